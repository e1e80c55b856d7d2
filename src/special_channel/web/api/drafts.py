"""Texts being typed, and signed drafts that wait for a second signature.

Does not put anything into the shared log before both signatures are there.
"""

from __future__ import annotations

from typing import Annotated

import orjson
from aiohttp import web
from pydantic import Field

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Malformed, NotAllowed, NotFound, RuleBroken
from special_channel.core.bytes.times import timestamp
from special_channel.core.entries import DraftCleared, DraftReturned
from special_channel.core.rows.submission import Submission, read
from special_channel.desk import clearance
from special_channel.ports.people import Clearance, Replaces
from special_channel.web.api import acknowledging
from special_channel.web.api.entries import (
    Receipts,
    SentEntry,
    lay_before,
    receipts,
    submission,
)
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import Visitor, visitor
from special_channel.web.reading.clearance import data_of, entry_in, has_line_stop, released_by
from special_channel.web.shell.context import OFFICIALS, context_for

FieldName = Annotated[str, Field(max_length=64)]
FieldText = Annotated[str, Field(max_length=65536)]


PageName = Annotated[str, Field(max_length=64, pattern=r"^[!-~]*$")]
"""Visible ASCII: PostgreSQL stores no text with U+0000."""


class DraftVersion(Body):
    """Which draft is replaced or deleted.

    `version`: as it was loaded or saved last, 0 where there was none. `page`: a random name of
    the open page; a draft that the same page saved may be replaced whatever its version.
    """

    version: Annotated[int, Field(ge=0, lt=2**53)] = 0
    page: PageName = ""


class DraftFields(DraftVersion):
    """What is in the form, by field name."""

    fields: dict[FieldName, FieldText | tuple[FieldText, ...]]


class SavedDraft(Body):
    """A draft, when it was saved and its version; without fields where there is none."""

    fields: dict[str, str | tuple[str, ...]] | None = None
    at: str | None = None
    version: int = 0


class WaitingDraft(Body):
    """A signed draft that waits for a second official."""

    id: str
    kind: str
    by: str
    at: str
    envelope: str
    parts: tuple[str, ...]


class WaitingDrafts(Body):
    """All drafts that wait."""

    clearances: tuple[WaitingDraft, ...]


class ClearedEnvelope(Body):
    """The same envelope with the second official's signature added.

    `note`: their signed `draft.cleared` for the own private log.
    """

    envelope: Annotated[str, Field(max_length=65536)]
    note: SentEntry | None = None


MAX_NAME = 100
"""Length of a draft's name: a thread id, or `new-` and a batch id."""


@operation(Operation("Save a draft", request=DraftFields, response=SavedDraft))
async def put_draft(request: web.Request, body: DraftFields) -> SavedDraft:
    """Keep what is typed.

    Raises:
        RuleBroken: `draft-elsewhere` if another page saved or deleted the draft meanwhile.
    """
    who = await visitor(request)
    own = services(request)
    at = own.clock.now()
    text = orjson.dumps(body.fields).decode() if any(body.fields.values()) else ""
    over = Replaces(body.version, body.page)
    version = await own.drafts.save(who.key, _name(request), text, at, over)
    if version is None:
        raise RuleBroken("draft-elsewhere", "This draft was changed in another window.")
    return SavedDraft(at=timestamp(at), version=version)


@operation(Operation("Load a draft", response=SavedDraft))
async def get_draft(request: web.Request) -> SavedDraft:
    """Return what was typed."""
    who = await visitor(request)
    found = await services(request).drafts.load(who.key, _name(request))
    if found is None:
        return SavedDraft()
    held = DraftFields.model_validate_json(b'{"fields":%b}' % found.text.encode())
    return SavedDraft(fields=held.fields, at=timestamp(found.at), version=found.version)


@operation(Operation("Delete a draft", request=DraftVersion))
async def delete_draft(request: web.Request, body: DraftVersion) -> None:
    """Delete what was typed; what another page saved meanwhile stays."""
    who = await visitor(request)
    own = services(request)
    over = Replaces(body.version, body.page)
    await own.drafts.save(who.key, _name(request), "", own.clock.now(), over)


@operation(
    Operation(
        "Send a signed draft for release",
        request=SentEntry,
        response=WaitingDraft,
    )
)
async def post_clearance(request: web.Request, body: SentEntry) -> WaitingDraft:
    """Keep a signed draft."""
    who = await visitor(request, *OFFICIALS)
    [made] = await lay_before(services(request), who, [submission(body)])
    return _waiting(made)


@operation(Operation("List drafts that wait for release", response=WaitingDrafts))
async def get_clearances(request: web.Request) -> WaitingDrafts:
    """Return the drafts that wait for a second signature."""
    await visitor(request, *OFFICIALS)
    found = await services(request).clearances.waiting()
    return WaitingDrafts(clearances=tuple(_waiting(item) for item in found))


@operation(
    Operation(
        "Release a draft: send it with both signatures", request=ClearedEnvelope, response=Receipts
    )
)
async def post_cleared(request: web.Request, body: ClearedEnvelope) -> Receipts:
    """Append a draft that now has both signatures; note for our side who released it."""
    who = await visitor(request, *OFFICIALS)
    own = services(request)
    held = await waiting(own, request.match_info["id"])
    await _check_role(request, who, held)
    envelope = dsse.decode(body.envelope.encode())
    if envelope.id != held.id:
        raise Malformed("clearance-differs", "These are not the bytes that were laid before you.")
    note = submission(body.note) if body.note else None
    if note is not None:
        clearance.draft_remark(note, DraftCleared, held.id, who.key)
    accepted = await own.appender.submit([Submission(envelope.encode(), held.parts)], who.key)
    if note is not None:
        await acknowledging.store(own, [note])
    await own.clearances.close(held.id, "cleared")
    return receipts(accepted)


@operation(Operation("Send a draft back to its author", request=SentEntry, response=Receipts))
async def post_returned(request: web.Request, body: SentEntry) -> Receipts:
    """Keep a signed remark in the own private log, and show it to the draft's author."""
    who = await visitor(request, *OFFICIALS)
    own = services(request)
    held = await waiting(own, request.match_info["id"])
    note = submission(body)
    remark = clearance.draft_remark(note, DraftReturned, held.id, who.key)
    accepted = await acknowledging.store(own, [note])
    await own.clearances.close(held.id, "returned", remark)
    return receipts(accepted)


async def _check_role(request: web.Request, who: Visitor, held: Clearance) -> None:
    """Refuse whoever the judge would refuse, with the reason and a way on.

    Raises:
        NotAllowed: `clearance-own`, `release-leader`, `release-role`.
    """
    if held.by == who.key:
        raise NotAllowed("clearance-own", "Nobody releases what they wrote themselves.")
    context = await context_for(request, who)
    line_stop = has_line_stop(data_of(held))
    entry = entry_in(dsse.decode(held.envelope).payload)
    if who.row.role in released_by(context.document, entry, line_stop=line_stop):
        return
    if line_stop:
        raise NotAllowed("release-leader", "A line stop is released by the head of unit.")
    raise NotAllowed("release-role", "The charter lets another role release this.")


async def waiting(own: Services, id_: str) -> Clearance:
    """Return a draft that waits.

    Raises:
        NotFound: `clearance-unknown`.
    """
    held = await own.clearances.get(id_)
    if held is None or held.state != "waiting":
        raise NotFound("clearance-unknown", "No such draft waits for release.")
    return held


def _waiting(item: Clearance) -> WaitingDraft:
    incoming = read(Submission(item.envelope, item.parts), whole=True)
    return WaitingDraft(
        id=item.id,
        kind=incoming.entry.kind,
        by=item.by,
        at=timestamp(item.at),
        envelope=item.envelope.decode(),
        parts=tuple(part.decode() for part in item.parts),
    )


def _name(request: web.Request) -> str:
    name = request.match_info["name"]
    if len(name) > MAX_NAME:
        raise Malformed("request-malformed", "A draft's name is shorter.", field="name")
    return name
