"""Queues drafts for release, each on our side's sign-off route for it, if any (ADR 47).

A node without a file of routes places none. Does not answer steps: officials do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import orjson

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import EntryId
from special_channel.core.bytes.parts import SALT_BYTES
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.entries import (
    BatchAmended,
    BatchAnswered,
    BatchListed,
    Entry,
    MeetingHeld,
    NotePosted,
    ReferralSent,
)
from special_channel.core.rows.routes import RouteRow
from special_channel.core.rows.submission import Authored, Submission, read
from special_channel.core.rows.writing import data_part
from special_channel.core.time.routes import DraftNature, Routes, route_for, stated_steps
from special_channel.desk import clearance
from special_channel.desk.tables import MAX_ROWS
from special_channel.ports import Transaction
from special_channel.stores.clearances import Clearance
from special_channel.web.http.services import NodeServices, Services, StoreServices
from special_channel.web.http.sessions import Visitor
from special_channel.web.shell.content import entry_in
from special_channel.web.shell.threads import MANY

_MOST_URGENT = ("line_stop", "urgent")


async def queue_for_release(
    own: Services, author: Visitor, submissions: Sequence[Submission], form: str = ""
) -> list[Clearance]:
    """Queue signed entries for a second official; `form`: as `clearance.queue_for_release`.

    Raises:
        Refused: As `clearance.queue_for_release`; nothing is stored.
    """
    return await clearance.queue_for_release(
        own.desk.clearances,
        submissions,
        sender(own.node, author),
        own.node.clock.now(),
        partial(route_drafts, own),
        form,
    )


def sender(node: NodeServices, author: Visitor) -> clearance.Sender:
    """Return who sends a draft, with the functions that the key may use."""
    party = node.identity.party
    row = author.row
    held = (each for each in row.grants if each.end is None and row.may_use(each))
    roles = {each.number: each.role for each in held}
    return clearance.Sender(author.key, roles, party, node.identity.origin(party))


async def route_drafts(own: Services, drafts: Sequence[Clearance]) -> None:
    """Record the route of each draft that needs one, with the draft itself, in one transaction.

    Raises:
        Refused, Unavailable, OutcomeUnknown: As the append; nothing is queued then.
    """
    routes = own.times.routes
    if routes is None:
        return
    known = await own.stores.views.routes([draft.id for draft in drafts])
    bodies = [
        (draft, await _routing(own, routes, draft)) for draft in drafts if draft.id not in known
    ]
    chosen = [(draft, body) for draft, body in bodies if body is not None]
    if not chosen:
        return

    async def decide(_transaction: Transaction, heads: Heads) -> Act:
        return Act(private=[routed(own.node, heads, draft, body) for draft, body in chosen])

    await own.acts.appender.act(decide)


async def _routing(own: Services, routes: Routes, draft: Clearance) -> dict[str, Value] | None:
    """Return the body of `draft.routed`; None for a draft without a route."""
    entry = entry_in(draft.envelope)
    if (
        entry is None
        or (route := route_for(routes, await _nature(own.stores, draft, entry))) is None
    ):
        return None
    rows = await own.stores.views.keys([draft.by])
    person = rows[draft.by].person if draft.by in rows else ""
    steps = stated_steps(
        route, own.times.calendars[own.node.identity.party], await due(own.stores, entry)
    )
    author: dict[str, Value] = {"author": person} if person else {}
    return {"id": draft.id, "route": route.id, "steps": steps, **author}


def routed(node: NodeServices, heads: Heads, draft: Clearance, body: dict[str, Value]) -> Authored:
    """Sign `draft.routed` with the draft's envelope and its own parts."""
    salt = node.randomness.bytes(SALT_BYTES)
    whole = data_part(salt, "draft", {"envelope": draft.envelope.decode()})
    signer = NodeEntrySigner(node.identity, heads, timestamp(node.clock.now()))
    return signer.private("draft.routed", body, (whole, *draft.parts))


def follows(row: RouteRow, draft: EntryId) -> dict[str, Value]:
    """Return the body of `draft.routed` for a draft that replaces another on its route."""
    steps: list[Value] = []
    for step in row.steps:
        stated: dict[str, Value] = {"word": step.word}
        if step.role:
            stated["role"] = step.role
        if step.desks:
            stated["desks"] = [*step.desks]
        if step.paper:
            stated["paper"] = True
        if step.by:
            stated["by"] = step.by
        steps.append(stated)
    author: dict[str, Value] = {"author": row.author} if row.author else {}
    return {"id": draft, "route": row.route, "steps": steps, "follows": row.draft, **author}


async def due(stores: StoreServices, entry: Entry) -> datetime | None:
    """Return the earliest date of the questions that a note answers."""
    if not isinstance(entry, NotePosted) or not entry.answers:
        return None
    ticked = {(answer.id, q) for answer in entry.answers for q in answer.numbers()}
    rows = await stores.views.asks(threads=[entry.thread], limit=MANY)
    return min((instant(row.due) for row in rows if (row.note, row.q) in ticked), default=None)


async def _nature(stores: StoreServices, draft: Clearance, entry: Entry) -> DraftNature:
    level = entry.body.level if isinstance(entry, MeetingHeld | ReferralSent) else ""
    urgencies = await _urgencies(stores, draft, entry)
    urgency = next((each for each in _MOST_URGENT if each in urgencies), "normal")
    return DraftNature(entry.kind, urgency, level)


async def _urgencies(stores: StoreServices, draft: Clearance, entry: Entry) -> set[str]:
    """Return the urgencies of a sheet's rows; of a return sheet those of the answered list."""
    if isinstance(entry, BatchAnswered):
        listed = await stores.views.listings(entry.ref, 1, MAX_ROWS)
        return {row.urgency for row in listed if row.withdrawn < 0}
    if not isinstance(entry, BatchListed | BatchAmended):
        return set()
    data = read(Submission(draft.envelope, draft.parts), whole=True).data
    acts: dict[str, Any] = orjson.loads(data or b"{}")
    rows = [row for act in ("rows", "added", "changed") for row in acts.get(act, ())]
    return {str(row.get("urgency", "")) for row in rows if isinstance(row, dict)}
