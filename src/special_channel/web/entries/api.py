"""Store signed entries, and read entries with their proofs.

Does not judge entries: the appender does.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final

import orjson
from aiohttp import web

from special_channel.broker.receipts import Accepted
from special_channel.core.bytes.errors import BadSignature, Malformed, NotAllowed, RuleBroken
from special_channel.core.rows.submission import Submission, read
from special_channel.core.sense.findings import Finding
from special_channel.desk.proposed import of_entry
from special_channel.stores.drafts import Replaces
from special_channel.web.entries import queries
from special_channel.web.entries.views import EvidenceView
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.http.services import DeskServices, Services, services
from special_channel.web.http.sessions import Visitor, visitor
from special_channel.web.shared.query import Query
from special_channel.web.shell import private_log
from special_channel.web.shell.act_looks import look_at_each, refuse_impossible_acts
from special_channel.web.shell.act_reasons import (
    EntryConfirm,
    refuse_unreasoned,
    stated_confirm,
    to_confirm_of,
)
from special_channel.web.shell.attachments import read_sent
from special_channel.web.shell.context import known_doubts, page_context
from special_channel.web.shell.damage import refuse_hidden
from special_channel.web.shell.looks import (
    FoundItem,
    found_items,
    look_at,
    refuse_unmarked,
    row_items,
)
from special_channel.web.shell.proofs import EntryWithProof, find_entry, with_proof
from special_channel.web.shell.reasons import parted
from special_channel.web.shell.sense import look_at_stated, refuse_impossible
from special_channel.web.shell.signoff import queue_for_release
from special_channel.web.shell.submissions import (
    Receipts,
    SentDraft,
    SentEntries,
    respond_receipts,
)


class EntriesWithProof(Body):
    """Entries in the order of the query."""

    entries: tuple[EntryWithProof, ...]


MAX_IDS: Final = 50
"""Entries of one response: a thread's page checks as many in one slice."""


class EntriesQuery(Query):
    """Ids of entries, separated by commas."""

    ids: str = ""


@operation(
    Operation("Store signed entries in the own shared log", request=SentEntries, response=Receipts)
)
async def post_entries(request: web.Request, body: SentEntries) -> Receipts | web.Response:
    """Append entries and return their receipts; or queue them for a second official."""
    who = await visitor(request)
    own = services(request)
    sent = await read_sent(own, body.entries)
    others, reasons = parted(sent)
    await refuse_unmarked(request, others)
    await refuse_impossible_acts(request, others)
    await refuse_impossible(request, others, reasons)
    await refuse_unreasoned(request, others, reasons)
    # The reasons first: no statement is stored whose reasons were lost on the way.
    kept = await private_log.store(own, reasons) if reasons else []
    answer = await _store(own, who, body, others, kept)
    if body.draft:
        # Here and not by the browser alone: a page that is gone would offer again what is sent.
        over = Replaces(body.draft.version)
        await own.desk.drafts.save(who.key, body.draft.name, "", own.node.clock.now(), over)
    return answer


class Found(Body):
    """What should be looked at in entries before they are sent, the gravest of each first.

    `confirm`: for which of it the author gives a reason.
    """

    items: tuple[FoundItem, ...]
    confirm: tuple[EntryConfirm, ...] = ()


@operation(
    Operation("Look at signed entries without storing them", request=SentEntries, response=Found)
)
async def post_entries_look(request: web.Request, body: SentEntries) -> Found:
    """Return what should be looked at in entries; store nothing.

    Raises:
        RuleBroken: As `refuse_marked`.
    """
    await visitor(request)
    own = services(request)
    sent = await read_sent(own, body.entries)
    context = await page_context(request)
    entries = [of_entry(item.envelope, item.parts) for item in sent]
    found: tuple[Finding, ...] = await look_at(own.desk.scanner, entries)
    if not context.writes:
        # Whoever signs nothing learns nothing of the record by asking what would be found.
        return Found(items=found_items(context.t, found))
    acts = await look_at_each(context, entries)
    found = (*found, *chain.from_iterable(acts))
    looked = await look_at_stated(context, sent)
    stated = [each for one in looked if not one.sheet.total for each in one.findings]
    rows = [each for one in looked if one.sheet.total for each in one.findings]
    return Found(
        items=(
            *found_items(context.t, (*found, *stated)),
            *row_items(context.t, rows),
        ),
        confirm=(
            *await to_confirm_of(context, entries, found, acts),
            *stated_confirm(context, looked),
        ),
    )


async def _store(
    own: Services,
    who: Visitor,
    body: SentEntries,
    sent: Sequence[Submission],
    kept: Sequence[Accepted],
) -> Receipts | web.Response:
    """Append entries, or queue them; `kept`: reasons stored before, whose receipts come last."""
    try:
        accepted = await own.acts.appender.submit(sent, who.key)
    except (NotAllowed, BadSignature) as error:
        if not body.lay or not _waits_for_second(error, sent):
            raise
        laid = await queue_for_release(own, who, sent, await _form(own.desk, who, body.draft))
        return Receipts(receipts=(), laid=tuple(draft.id for draft in laid))
    except RuleBroken as error:
        if error.code != "kind-other-log":
            raise
        # Pages send every one-click act to this address, also acts of the private log.
        try:
            return respond_receipts(await private_log.store(own, sent))
        except RuleBroken as other:
            # The entry names the shared log, so the first refusal is the answer.
            raise (error if other.code == "entry-other-log" else other) from None
    own.node.measures.stored(own.node.identity.party, len(accepted))
    return respond_receipts([*accepted, *kept])


async def _form(desk: DeskServices, who: Visitor, draft: SentDraft | None) -> str:
    """Return the author's typed words, for the form of a draft that is sent back."""
    saved = await desk.drafts.load(who.key, draft.name) if draft else None
    return (
        orjson.dumps({"name": draft.name, "text": saved.text}).decode() if draft and saved else ""
    )


def _waits_for_second(error: NotAllowed | BadSignature, sent: Sequence[Submission]) -> bool:
    """Tell whether entries lack the signature of a second official, and nothing else so far."""
    if error.code == "clearance-missing":
        return True
    # Acts on people wait elsewhere (`desk/acts.py`); a charter is laid before a second person.
    kinds = {read(item, whole=True).entry.kind for item in sent}
    return error.code == "persons-missing" and kinds == {"charter.adopted"}


@operation(
    Operation("Read entries with their proofs", response=EntriesWithProof, query=EntriesQuery)
)
async def get_entries(request: web.Request, query: EntriesQuery) -> EntriesWithProof:
    """Return up to 50 entries by their ids; unknown ids are left out."""
    await visitor(request)
    stores = services(request).stores
    ids = query.ids.split(",")
    if len(ids) > MAX_IDS:
        raise Malformed("request-malformed", "At most 50 ids.", field="ids")
    entries, heads = await stores.record.find(ids), await stores.record.heads()
    known = await known_doubts(stores, heads)
    found = [entries[each] for each in ids if each in entries]
    return EntriesWithProof(
        entries=tuple([await with_proof(stores, entry, heads, known) for entry in found])
    )


@operation(Operation("Read one entry with its proof", response=EntryWithProof))
async def get_entry(request: web.Request) -> EntryWithProof:
    """Return an entry by its id or its position (EU-877)."""
    who = await visitor(request)
    stores, which = services(request).stores, request.match_info["which"]
    entry = await private_log.find(stores, which, who.key) or await find_entry(stores, which)
    heads = await stores.record.heads()
    return await with_proof(stores, entry, heads, await known_doubts(stores, heads))


@operation(Operation("Read who signed an entry and when, in words", response=EvidenceView))
async def get_evidence(request: web.Request) -> EvidenceView:
    """Return an entry with its signers, times and place, as the page of its evidence has them."""
    context = await page_context(request)
    entry = await find_entry(context.own.stores, request.match_info["which"])
    refuse_hidden(entry)
    return await queries.evidence(context, entry)


API: Final[tuple[Route, ...]] = (
    ("POST", "/api/entries", post_entries),
    ("POST", "/api/entries/look", post_entries_look),
    ("GET", "/api/entries", get_entries),
    ("GET", "/api/entries/{which}", get_entry),
    ("GET", "/api/entries/{which}/evidence", get_evidence),
)
