"""The own private log for those who may order an erasure in it: what it holds, and one entry.

Does not store: `entries.py` does, for every kind. What is looked for comes in a body, since
addresses are written into logs of proxies.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from special_channel.core.bytes.errors import NotFound
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.ports import Stored
from special_channel.web.api.entries import EntryWithProof, with_proof
from special_channel.web.api.listings import EVERYTHING
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import visitor

MOST: Final = 100
"""Entries of one answer."""

_NUMBER: Final = re.compile(r"(?:PRIVATE|EU-P|CN-P)-(\d{1,15})")


class PrivateSearch(Body):
    """Which entries: those of which a part holds these words, below an index. Empty: all."""

    words: Annotated[str, Field(max_length=300)] = ""
    before: Annotated[int, Field(ge=0, le=EVERYTHING)] = EVERYTHING


class PrivateItem(Body):
    """An entry that has parts. `about`: the list, or the draft; `here`: which parts still are."""

    position: str
    index: int
    id: str
    kind: str
    thread: str
    about: str
    by: str
    accepted: str
    here: tuple[bool, ...]


class PrivateItems(Body):
    """The newest first, at most 100."""

    items: tuple[PrivateItem, ...]


class PrivateEntry(EntryWithProof):
    """An entry with its proof. `stands`: it holds the columns of its list as kept last."""

    stands: bool


@operation(
    Operation("Find entries of the private log", request=PrivateSearch, response=PrivateItems)
)
async def post_private_search(request: web.Request, body: PrivateSearch) -> PrivateItems:
    """Return entries of the private log that have parts."""
    own = await _allowed(request)
    found = await own.views.private_with_parts(body.words, before=body.before, limit=MOST)
    return PrivateItems(
        items=tuple(
            PrivateItem(
                position=f"PRIVATE-{each.index}",
                index=each.index,
                id=each.id,
                kind=each.kind,
                thread=each.thread,
                about=each.about,
                by=each.by,
                accepted=each.accepted,
                here=each.here,
            )
            for each in found
        )
    )


@operation(Operation("Read an entry of the private log with its proof", response=PrivateEntry))
async def get_private_entry(request: web.Request) -> PrivateEntry:
    """Return an entry of the private log by its number (PRIVATE-7) or its id."""
    own = await _allowed(request)
    found = await _find(own, request.match_info["which"])
    if found is None:
        raise NotFound("entry-unknown", "There is no such entry here.")
    proven = await with_proof(own, found)
    stands = await own.views.columns_stand(found.id)
    # Nobody else is to have it: where it stands, it has arrived.
    return PrivateEntry(**dict(proven) | {"delivered": True, "stands": stands})


async def _allowed(request: web.Request) -> Services:
    """Let through who may order that something is erased there.

    Raises:
        NotAllowed: `role`.
    """
    await visitor(request, *MAY_SIGN["private.erased"])
    return services(request)


async def _find(own: Services, which: str) -> Stored | None:
    number = _NUMBER.fullmatch(which)
    if number:
        entries = await own.record.entries("private", int(number[1]), 1)
        return entries[0] if entries else None
    return (await own.views.find_private([which])).get(which)
