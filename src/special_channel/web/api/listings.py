"""Listings: threads, batches, asks.

Rows come from the views; each listing names the sizes (m, n) that it shows (rule 3). Does
not render.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, cast

import orjson
from aiohttp import web

from special_channel.core.bytes import canonical, dsse, parts
from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.ids import Position
from special_channel.core.rows.charter import CharterRow, in_force
from special_channel.core.rows.past import Past
from special_channel.core.rows.threads import ThreadRow
from special_channel.ports import Stored
from special_channel.web.api.items import as_item, ask_items
from special_channel.web.http.operation import Body, Operation, operation, whole_number
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import visitor
from special_channel.web.shell.damage import lost_of

EVERYTHING = 2**53
"""Larger than any log: a past that holds all that is known."""


class CharterInForce(Body):
    """The charter in force, with its document."""

    number: int
    digest: str
    document: dict[str, Any]


class Listing(Body):
    """Rows as the fold made them, with the sizes that they show.

    `check_passed_at`, of a thread: when the last check of the whole record found nothing.
    """

    eu: int
    cn: int
    items: tuple[dict[str, Any], ...]
    check_passed_at: str | None = None


async def charter_now(own: Services) -> CharterInForce | None:
    """Return the charter in force."""
    rows = await own.record.rows(frozenset())
    charters = tuple(row for row in rows.values() if isinstance(row, CharterRow))
    found = in_force(charters, Past(own.identity.party, EVERYTHING, EVERYTHING))
    if found is None:
        return None
    document = next(row for row in charters if row.number == found.number).document(found.digest)
    return CharterInForce(
        number=found.number,
        digest=found.digest,
        document=cast(dict[str, Any], orjson.loads(document)),
    )


@operation(Operation("Read a thread with its entries", response=Listing))
async def get_thread(request: web.Request) -> Listing:
    """Return a thread's row, then its entries in display order, with their texts."""
    await visitor(request)
    own = services(request)
    row = await own.views.thread(Position.parse(request.match_info["number"]))
    if row is None:
        raise NotFound("thread-unknown", "There is no such thread here.")
    entries = await own.views.thread_entries(row.thread)
    asks = await own.views.asks(threads=[row.thread])
    notes = await own.views.notes([row.thread])
    lost = lost_of(entries, [row.position, *(Position(n.party, n.index) for n in notes)])
    items = [
        *await thread_items(own, [row]),
        *map(entry_item, entries),
        *({"type": "entry", "position": str(each), "damaged": ["entry"]} for each in lost),
    ]
    made = await listing(own, [*items, *await ask_items(own, asks)])
    return made.model_copy(update={"check_passed_at": _iso(own.check().passed)})


@operation(Operation("List batches", response=Listing))
async def get_batches(request: web.Request) -> Listing:
    """Return batches, the newest first, with counts by state."""
    await visitor(request)
    own = services(request)
    found = await own.views.batches()
    counts = await own.views.counts([row.batch for row in found])
    items = [
        {**as_item(row), "number": f"EU-{row.index}", "counts": counts[row.batch]} for row in found
    ]
    return await listing(own, items)


@operation(Operation("Read a batch's rows", response=Listing, query=("first", "limit")))
async def get_batch(request: web.Request) -> Listing:
    """Return a batch's row, then its rows."""
    await visitor(request)
    own = services(request)
    row = await own.views.batch(Position.parse(request.match_info["number"]))
    if row is None:
        raise NotFound("batch-unknown", "There is no such batch here.")
    rows = await own.views.listings(
        row.batch, whole_number(request, "first", 1), whole_number(request, "limit", 100)
    )
    return await listing(own, [as_item(row), *map(as_item, rows)])


@operation(Operation("List open asks", response=Listing, query=("answering",)))
async def get_asks(request: web.Request) -> Listing:
    """Return open asks, the nearest due first."""
    await visitor(request)
    own = services(request)
    answering = request.query.get("answering")
    if answering not in {None, "eu", "cn"}:
        raise Malformed("request-malformed", "The answering side is eu or cn.", field="answering")
    found = await own.views.asks(
        answering=cast(Literal["eu", "cn"] | None, answering), only_open=True
    )
    return await listing(own, await ask_items(own, found))


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


async def listing(own: Services, items: list[dict[str, Any]]) -> Listing:
    """Name the sizes that a listing shows."""
    eu, cn, _ = await own.record.state()
    return Listing(eu=eu, cn=cn, items=tuple(items))


async def thread_items(own: Services, rows: Sequence[ThreadRow]) -> list[dict[str, Any]]:
    """Return threads' rows with their numbers and subjects, by one question."""
    openings = await own.record.find([row.opening.id for row in rows])
    return [_thread_item(row, openings.get(row.opening.id)) for row in rows]


def _thread_item(row: ThreadRow, opening: Stored | None) -> dict[str, Any]:
    texts = [] if opening is None else entry_item(opening)["texts"]
    return {
        **as_item(row),
        "number": str(row.position),
        "closed": row.is_closed(),
        "subjects": texts,
    }


def entry_item(entry: Stored) -> dict[str, Any]:
    """Return an entry for a listing: payload, texts and files, as far as they are here.

    The payload is None where the envelope did not come, or is damaged: `damaged` tells.
    """
    payload = canonical.loads(dsse.decode(entry.envelope).payload) if entry.envelope else None
    found = [None if part is None else parts.parse(part) for part in entry.parts]
    return {
        "type": "entry",
        "position": f"{entry.log.upper()}-{entry.index}",
        "id": entry.id,
        "accepted": entry.accepted,
        "verdict": entry.code,
        "damaged": list(entry.damaged),
        "payload": payload,
        "texts": [
            part.text for part in found if isinstance(part, parts.SubjectPart | parts.TextPart)
        ],
        "files": [
            {"name": part.name, "sha256": part.sha256, "len": part.len}
            for part in found
            if isinstance(part, parts.FilePart)
        ],
    }
