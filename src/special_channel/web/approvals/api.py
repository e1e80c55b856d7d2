"""Signed drafts waiting for release.

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
from special_channel.core.entries import DraftCleared, DraftReturned
from special_channel.core.entries.batches import RowCount
from special_channel.core.rows.submission import Submission, read
from special_channel.desk.clearance import draft_remark
from special_channel.desk.releasing import releasers, sheet_rows
from special_channel.stores.clearances import Clearance
from special_channel.web.approvals import queries
from special_channel.web.approvals.drafts import is_own, signed_fields
from special_channel.web.approvals.sheets import author_reasons, check_sheet
from special_channel.web.approvals.steps import release_on_route
from special_channel.web.approvals.views import (
    DraftDetail,
    ReleaseFilters,
    WaitingDraft,
    WaitingDrafts,
)
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.http.services import services
from special_channel.web.http.sessions import visitor
from special_channel.web.shell import private_log
from special_channel.web.shell.act_looks import refuse_impossible_acts
from special_channel.web.shell.act_reasons import refuse_unreasoned
from special_channel.web.shell.attachments import read_sent, refuse_unusable
from special_channel.web.shell.content import entry_in
from special_channel.web.shell.context import (
    OFFICIALS,
    REGISTRAR,
    PageContext,
    context_for,
    page_context,
)
from special_channel.web.shell.looks import refuse_unmarked
from special_channel.web.shell.people import people
from special_channel.web.shell.sense import refuse_impossible
from special_channel.web.shell.signoff import queue_for_release
from special_channel.web.shell.submissions import (
    Receipts,
    SentEntry,
    SentReasons,
    each_of,
    receipts,
)

MAX_UNSEEN: Final = 20
"""Row numbers in an error."""


class LaidEntry(SentEntry):
    """A signed draft, and the author's signed reasons for what the rules ask to confirm.

    Attributes:
        confirmed: The reasons; empty without findings to confirm.
    """

    confirmed: SentReasons = ()


class ClearedEnvelope(Body):
    """An envelope with the second official's signature added.

    Attributes:
        note: The second official's signed `draft.cleared` for our private log.
        looked: Numbers of the rows that were on screen.
        summary: Digest of the checks as shown; empty for a draft without rows.
        opened: Parts of the page that were opened, each if the page held it whole.
    """

    envelope: Annotated[str, Field(max_length=65536)]
    note: SentEntry | None = None
    looked: Annotated[tuple[RowCount, ...], Field(max_length=2000)] = ()
    summary: Digest | Literal[""] = ""
    opened: Annotated[tuple[Literal["rows", "data"], ...], Field(max_length=2)] = ()


@operation(Operation("Send a signed draft for release", request=LaidEntry, response=WaitingDraft))
async def post_clearance(request: web.Request, body: LaidEntry) -> WaitingDraft:
    """Queue a signed draft for a second official."""
    who = await visitor(request, *OFFICIALS, REGISTRAR)
    own = services(request)
    sent = await read_sent(own, [body])
    await refuse_unmarked(request, sent)
    await refuse_impossible_acts(request, sent)
    reasons = await read_sent(own, each_of(body.confirmed))
    await refuse_impossible(request, sent, reasons)
    await refuse_unreasoned(request, sent, reasons)
    # The reasons first: no draft waits whose reasons were lost on the way.
    if reasons:
        await private_log.store(own, reasons)
    [draft] = await queue_for_release(own, who, sent)
    return WaitingDraft(**signed_fields(draft))


@operation(
    Operation("List drafts waiting for release", response=WaitingDrafts, query=ReleaseFilters)
)
async def get_clearances(request: web.Request, query: ReleaseFilters) -> WaitingDrafts:
    """Return drafts waiting for release that match."""
    context = await page_context(request, *OFFICIALS, REGISTRAR)
    drafts = await queries.waiting(context, query)
    return WaitingDrafts(clearances=tuple(each.signed() for each in drafts))


@operation(Operation("Show a draft waiting for release, as its page does"))
async def get_clearance(request: web.Request) -> DraftDetail:
    """Return a draft with its checks and the rows to be seen before its release."""
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
    await refuse_unusable(own.desk, draft.parts)
    notes = await read_sent(own, [body.note] if body.note else [])
    note = notes[0] if notes else None
    if note is not None:
        draft_remark(note, DraftCleared, draft.id, who.key)
    await _check_confirmed(context, draft, note)
    signed = envelope.encode()
    if draft.id in await own.stores.views.routes([draft.id]):
        accepted = await release_on_route(own.acts, draft, signed, note)
    else:
        accepted = await own.acts.appender.submit([Submission(signed, draft.parts)], who.key)
        if note is not None:
            await private_log.store(own, [note])
    await own.desk.clearances.close(draft.id, "cleared", shown=shown)
    return receipts(accepted)


@operation(Operation("Send a draft back to its author", request=SentEntry, response=Receipts))
async def post_returned(request: web.Request, body: SentEntry) -> Receipts:
    """Store a signed remark in our private log, and return the draft to its author.

    A remark that names a later step of the draft's sign-off route leaves the draft waiting there.
    """
    who = await visitor(request, *OFFICIALS, REGISTRAR)
    own = services(request)
    draft = await queries.find_waiting(own.desk, request.match_info["id"])
    [note] = await read_sent(own, [body])
    remark = draft_remark(note, DraftReturned, draft.id, who.key)
    accepted = await private_log.store(own, [note])
    entry = read(note, whole=True).entry
    assert isinstance(entry, DraftReturned)  # noqa: S101 - own bug: `draft_remark` checked it
    if (entry.body.to or 1) == 1:
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


async def _check_confirmed(context: PageContext, draft: Clearance, note: Submission | None) -> None:
    """Refuse a release that names other reasons than the author's, such as fewer or none.

    Raises:
        Malformed: `request-malformed` without a note for a draft with reasons.
        RuleBroken: `release-changed`.
    """
    given = (await author_reasons(context, draft)).ids
    if note is None:
        if given:
            raise Malformed("request-malformed", "A release with reasons is noted.", field="note")
        return
    entry = read(note, whole=True).entry
    assert isinstance(entry, DraftCleared)  # noqa: S101 - own bug: `draft_remark` checked it
    if entry.body.confirmed != given:
        raise RuleBroken("release-changed", "The author's reasons are others now.")


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
    if body.summary != checked.digest():
        raise RuleBroken("release-changed", "The checks have another result now.")
    kept = {**checked.kept(), "looked": checked.look(), "opened": body.opened}
    return orjson.dumps(kept).decode()


API: Final[tuple[Route, ...]] = (
    ("POST", "/api/clearances", post_clearance),
    ("GET", "/api/clearances", get_clearances),
    ("GET", "/api/clearances/{id}", get_clearance),
    ("POST", "/api/clearances/{id}", post_cleared),
    ("POST", "/api/clearances/{id}/return", post_returned),
)
