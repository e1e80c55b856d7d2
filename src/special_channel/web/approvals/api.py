"""Saved texts of forms, and signed drafts waiting for release.

Does not write a draft to the shared log before both officials have signed it.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import orjson
from aiohttp import web
from pydantic import Field

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Malformed, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import Digest
from special_channel.core.bytes.times import timestamp
from special_channel.core.entries import DraftCleared, DraftReturned
from special_channel.core.entries.batches import RowCount
from special_channel.core.rows.submission import Submission
from special_channel.desk.clearance import draft_remark
from special_channel.stores.clearances import Clearance
from special_channel.stores.drafts import Replaces
from special_channel.web.approvals import queries
from special_channel.web.approvals.drafts import is_own, releasers, sheet_rows, signed_fields
from special_channel.web.approvals.sheets import check_sheet
from special_channel.web.approvals.views import DraftDetail, WaitingDraft, WaitingDrafts
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.http.services import services
from special_channel.web.http.sessions import visitor
from special_channel.web.shell import private_log
from special_channel.web.shell.content import entry_in
from special_channel.web.shell.context import (
    OFFICIALS,
    REGISTRAR,
    PageContext,
    context_for,
    page_context,
)
from special_channel.web.shell.people import people
from special_channel.web.shell.submissions import (
    Receipts,
    SentEntry,
    queue_for_release,
    receipts,
    submission,
)

MAX_NAME: Final = 100
"""Characters of a text's name: a thread id, or `new-` and a batch id."""

MAX_UNSEEN: Final = 20
"""Row numbers in an error."""

FieldName = Annotated[str, Field(max_length=64)]
FieldText = Annotated[str, Field(max_length=65536)]

PageName = Annotated[str, Field(max_length=64, pattern=r"^[!-~]*$")]
"""Visible ASCII: PostgreSQL stores no text with U+0000."""


class DraftVersion(Body):
    """The saved text to replace or delete.

    `version`: as the page loaded or saved the text last, 0 for a new text, null for whatever is
    saved. `page`: a random name of the open page, which may replace a text of its own regardless of
    the version.
    """

    version: Annotated[int, Field(ge=0, lt=2**53)] | None = 0
    page: PageName = ""


class DraftFields(DraftVersion):
    """Texts of the form by field name."""

    fields: dict[FieldName, FieldText | tuple[FieldText, ...]]


class SavedDraft(Body):
    """A saved text with its time and version; without fields if no text is saved."""

    fields: dict[str, str | tuple[str, ...]] | None = None
    at: str | None = None
    version: int = 0


class ClearedEnvelope(Body):
    """An envelope with the second official's signature added.

    Attributes:
        note: The second official's signed `draft.cleared` for our private log.
        looked: Numbers of the rows that were on screen.
        summary: Digest of the checks as shown; empty if they were not shown.
        opened: Parts of the page that were opened.
    """

    envelope: Annotated[str, Field(max_length=65536)]
    note: SentEntry | None = None
    looked: Annotated[tuple[RowCount, ...], Field(max_length=2000)] = ()
    summary: Digest | Literal[""] = ""
    opened: Annotated[tuple[Literal["rows", "data"], ...], Field(max_length=2)] = ()


@operation(Operation("Save a draft", request=DraftFields, response=SavedDraft))
async def put_draft(request: web.Request, body: DraftFields) -> SavedDraft:
    """Save the fields of a form; delete the saved text if all are empty.

    Raises:
        RuleBroken: `draft-elsewhere` if another page saved or deleted the text meanwhile.
    """
    text = orjson.dumps(body.fields).decode() if any(body.fields.values()) else ""
    saved = await _save(request, text, body)
    if saved is None:
        raise RuleBroken("draft-elsewhere", "This draft was changed in another window.")
    return saved


@operation(Operation("Load a draft", response=SavedDraft))
async def get_draft(request: web.Request) -> SavedDraft:
    """Return the saved fields of a form."""
    who = await visitor(request)
    saved = await services(request).desk.drafts.load(who.key, _name(request))
    if saved is None:
        return SavedDraft()
    body = DraftFields.model_validate_json(b'{"fields":%b}' % saved.text.encode())
    return SavedDraft(fields=body.fields, at=timestamp(saved.at), version=saved.version)


@operation(Operation("Delete a draft", request=DraftVersion))
async def delete_draft(request: web.Request, body: DraftVersion) -> None:
    """Delete a saved text, unless another page saved it meanwhile."""
    await _save(request, "", body)


@operation(Operation("Send a signed draft for release", request=SentEntry, response=WaitingDraft))
async def post_clearance(request: web.Request, body: SentEntry) -> WaitingDraft:
    """Queue a signed draft for a second official."""
    who = await visitor(request, *OFFICIALS, REGISTRAR)
    [draft] = await queue_for_release(services(request), who, [submission(body)])
    return WaitingDraft(**signed_fields(draft))


@operation(Operation("List drafts that wait for release", response=WaitingDrafts))
async def get_clearances(request: web.Request) -> WaitingDrafts:
    """Return drafts waiting for release."""
    who = await visitor(request, *OFFICIALS, REGISTRAR)
    waiting = await services(request).desk.clearances.waiting()
    rows = queries.laid_before(who.row.roles_now, waiting)
    return WaitingDrafts(clearances=tuple(WaitingDraft(**signed_fields(r)) for r in rows))


@operation(Operation("Show a draft that waits for release, as its page does"))
async def get_clearance(request: web.Request) -> DraftDetail:
    """Return a draft with its checks and the rows that must be on screen before its release."""
    context = await page_context(request, *OFFICIALS, REGISTRAR)
    return await queries.draft(context, request.match_info["id"])


@operation(
    Operation(
        "Release a draft: send it with both signatures", request=ClearedEnvelope, response=Receipts
    )
)
async def post_cleared(request: web.Request, body: ClearedEnvelope) -> Receipts:
    """Append a draft with both signatures; record the release in our private log."""
    who = await visitor(request, *OFFICIALS, REGISTRAR)
    own = services(request)
    draft = await queries.find_waiting(own.desk, request.match_info["id"])
    context = await context_for(request, who)
    await _check_role(context, draft)
    shown = await _check_shown(context, draft, body)
    envelope = dsse.decode(body.envelope.encode())
    if envelope.id != draft.id:
        raise Malformed("clearance-differs", "These are not the bytes that were laid before you.")
    note = submission(body.note) if body.note else None
    if note is not None:
        draft_remark(note, DraftCleared, draft.id, who.key)
    accepted = await own.acts.appender.submit([Submission(envelope.encode(), draft.parts)], who.key)
    if note is not None:
        await private_log.store(own, [note])
    await own.desk.clearances.close(draft.id, "cleared", shown=shown)
    return receipts(accepted)


@operation(Operation("Send a draft back to its author", request=SentEntry, response=Receipts))
async def post_returned(request: web.Request, body: SentEntry) -> Receipts:
    """Store a signed remark in our private log, and return the draft to its author."""
    who = await visitor(request, *OFFICIALS, REGISTRAR)
    own = services(request)
    draft = await queries.find_waiting(own.desk, request.match_info["id"])
    note = submission(body)
    remark = draft_remark(note, DraftReturned, draft.id, who.key)
    accepted = await private_log.store(own, [note])
    await own.desk.clearances.close(draft.id, "returned", remark)
    return receipts(accepted)


async def _check_role(context: PageContext, draft: Clearance) -> None:
    """Refuse as the judge would, with a reason and a next step.

    Raises:
        NotAllowed: `clearance-own`, `release-leader`, `release-role`.
    """
    row = context.reader.row
    if is_own((await people(context, [draft.by])).author(draft.by), row):
        raise NotAllowed("clearance-own", "Nobody releases what they wrote themselves.")
    entry = entry_in(draft.envelope)
    roles, line_stop, _ = releasers(context.document, entry, sheet_rows(draft))
    if not row.roles_now.isdisjoint(roles):
        return
    if line_stop:
        raise NotAllowed("release-leader", "A line stop is released by the head of unit.")
    raise NotAllowed("release-role", "The charter lets another role release this.")


async def _check_shown(context: PageContext, draft: Clearance, body: ClearedEnvelope) -> str:
    """Refuse a release of rows that nobody saw; return what our side keeps of the release.

    Raises:
        RuleBroken: `release-unseen`, `release-changed`.
    """
    sheet = await check_sheet(context, draft, entry_in(draft.envelope))
    if sheet is None:
        return orjson.dumps({"opened": body.opened}).decode()
    checked = sheet.checked
    unseen = sorted({*checked.look()} - {*body.looked})
    if unseen:
        rows = ", ".join(map(str, unseen[:MAX_UNSEEN]))
        raise RuleBroken("release-unseen", "Rows were not on screen.", rows=rows)
    if body.summary not in {"", checked.digest()}:
        raise RuleBroken("release-changed", "The checks have another result now.")
    kept = {**checked.kept(), "looked": checked.look(), "opened": body.opened}
    return orjson.dumps(kept).decode()


async def _save(request: web.Request, text: str, over: DraftVersion) -> SavedDraft | None:
    """Save a text of the caller; None if another page saved or deleted the text meanwhile."""
    who = await visitor(request)
    own = services(request)
    at = own.node.clock.now()
    replaces = None if over.version is None else Replaces(over.version, over.page)
    version = await own.desk.drafts.save(who.key, _name(request), text, at, replaces)
    return None if version is None else SavedDraft(at=timestamp(at), version=version)


def _name(request: web.Request) -> str:
    name = request.match_info["name"]
    if len(name) > MAX_NAME:
        raise Malformed("request-malformed", "A draft's name is shorter.", field="name")
    return name


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/drafts/{name}", get_draft),
    ("PUT", "/api/drafts/{name}", put_draft),
    ("DELETE", "/api/drafts/{name}", delete_draft),
    ("POST", "/api/clearances", post_clearance),
    ("GET", "/api/clearances", get_clearances),
    ("GET", "/api/clearances/{id}", get_clearance),
    ("POST", "/api/clearances/{id}", post_cleared),
    ("POST", "/api/clearances/{id}/return", post_returned),
)
