"""Answers to steps of a draft's sign-off route, and its release at the last step (ADR 47).

Does not judge: the private log does, in the transaction that writes the answer.
"""

from __future__ import annotations

from typing import Any, Final

import orjson
from aiohttp import web

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.receipts import Accepted
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.entries import DraftChecked
from special_channel.core.rows.routes import RouteRow
from special_channel.core.rows.submission import Submission, read
from special_channel.desk.clearance import draft_remark, signed_draft
from special_channel.ports import Transaction
from special_channel.stores.clearances import Clearance, replace_draft
from special_channel.web.approvals import queries
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.http.services import ActServices, Services, services
from special_channel.web.http.sessions import visitor
from special_channel.web.shell import private_log
from special_channel.web.shell.act_looks import refuse_impossible_acts
from special_channel.web.shell.act_reasons import refuse_unreasoned
from special_channel.web.shell.attachments import read_sent
from special_channel.web.shell.context import OFFICIALS
from special_channel.web.shell.looks import refuse_unmarked
from special_channel.web.shell.sense import refuse_impossible
from special_channel.web.shell.signoff import follows, routed, sender
from special_channel.web.shell.submissions import (
    Receipts,
    SentEntry,
    SentReasons,
    each_of,
    receipts,
    submission,
)

FREE: Final = frozenset({"by", "as", "at", "seen", "parts"})
"""Fields of a draft that change with its texts and its signer."""


class SentAnswer(Body):
    """A signed `draft.checked`, and the changed draft that it names, signed by the same person.

    `confirmed`: the same person's signed reasons for what the rules ask to confirm in the draft.
    """

    note: SentEntry
    draft: SentEntry | None = None
    confirmed: SentReasons = ()


@operation(
    Operation("Answer a step of a draft's sign-off route", request=SentAnswer, response=Receipts)
)
async def post_step(request: web.Request, body: SentAnswer) -> Receipts:
    """Store an official's answer; a changed draft takes the place of the draft.

    Raises:
        NotFound: `clearance-unknown`.
        Malformed: `clearance-differs`.
        RuleBroken: `route-change`, `answer-impossible`, `text-unmarked`; as the judge,
            `refuse_marked` and `refuse_unreasoned`.
    """
    who = await visitor(request, *OFFICIALS)
    own = services(request)
    draft = await queries.find_waiting(own.desk, request.match_info["id"])
    sent = await read_sent(own, [body.draft] if body.draft else [])
    await refuse_unmarked(request, sent)
    await refuse_impossible_acts(request, sent)
    # Rows are as they were: their reasons were looked at when the draft was first laid to release.
    await refuse_impossible(request, sent, None)
    reasons = await read_sent(own, each_of(body.confirmed) if body.draft else ())
    await refuse_unreasoned(request, sent, reasons)
    [note] = await read_sent(own, [body.note])
    draft_remark(note, DraftChecked, draft.id, who.key)
    changed = None
    if body.draft is not None:
        now = own.node.clock.now()
        changed = signed_draft(submission(body.draft), sender(own.node, who), now)
        _check_change(draft, changed)
    entry = read(note, whole=True).entry
    assert isinstance(entry, DraftChecked)  # noqa: S101 - own bug: `draft_remark` checked it
    if entry.body.next != (changed.id if changed else None):
        raise Malformed("clearance-differs", "The answer names another changed draft.")
    if changed is None:
        return receipts(await private_log.store(own, [note]))
    row = (await own.stores.views.routes([draft.id])).get(draft.id)
    if row is None:
        raise RuleBroken("route-unknown", "The draft is on no sign-off route.")
    # The reasons first: no draft goes on whose reasons were lost on the way.
    if reasons:
        await private_log.store(own, reasons)
    return receipts((await _replace(own, note, draft, changed, row))[:1])


async def release_on_route(
    acts: ActServices, draft: Clearance, envelope: bytes, note: Submission | None
) -> list[Accepted]:
    """Append a released draft and the note of its release together; return the draft's receipt.

    Raises:
        Malformed: `request-malformed` without a note.
        Refused: As the judges, such as `route-step` before the last step; nothing was written.
    """
    if note is None:
        raise Malformed("request-malformed", "A release on a route is noted.", field="note")

    async def decide(_transaction: Transaction, _heads: Heads) -> Act:
        return Act(shared=[Submission(envelope, draft.parts)], private=[note])

    return (await acts.appender.act(decide))[:1]


def _check_change(before: Clearance, after: Clearance) -> None:
    """Refuse a changed draft that is another act, or has other files, rows or questions.

    Raises:
        RuleBroken: `route-change`.
    """
    if _rest(before) != _rest(after):
        raise RuleBroken("route-change", "More than texts differ.")


def _rest(draft: Clearance) -> tuple[Any, ...]:
    payload = orjson.loads(dsse.decode(draft.envelope).payload)
    fixed = {name: value for name, value in payload.items() if name not in FREE}
    roles = [part["k"] for part in payload.get("parts", ())]
    # Files and rows are as they were, byte for byte, salts included.
    whole = [part for part, k in zip(draft.parts, roles, strict=True) if k in {"file", "data"}]
    return fixed, roles, whole


async def _replace(
    own: Services, note: Submission, before: Clearance, after: Clearance, row: RouteRow
) -> list[Accepted]:
    """Store an answer with the changed draft, which goes on on the route."""

    async def decide(_transaction: Transaction, heads: Heads) -> Act:
        version = routed(own.node, heads, after, follows(row, after.id))

        async def effect(transaction: Transaction) -> None:
            await replace_draft(transaction, before.id, after)

        return Act(private=[note, version], effect=effect)

    return await own.acts.appender.act(decide)


API: Final[tuple[Route, ...]] = (("POST", "/api/clearances/{id}/steps", post_step),)
