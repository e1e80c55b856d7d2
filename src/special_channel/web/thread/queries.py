"""Read a thread: its entries, open questions, our ladder and the form for a note.

The number of queries does not grow with the number of entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import orjson
import structlog

from special_channel.broker.act import Act, Decide
from special_channel.broker.commit import Heads
from special_channel.broker.live import Cursor
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import PARTIES, Position, ThreadId
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import CloseFact, ThreadRow
from special_channel.core.rows.writing import sign
from special_channel.core.rules.private import EscalationRow
from special_channel.ports import Stored, Transaction
from special_channel.stores.history import AlertItem
from special_channel.stores.reads import ReadMark
from special_channel.web.shared.dues import has_ladder, nearest
from special_channel.web.shared.query import Query, Text
from special_channel.web.shared.steps import Step
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell import ladders
from special_channel.web.shell.composer import OpenAsk, note_composer
from special_channel.web.shell.content import contents, number_of, party_of, position_of, title
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.damage import lost_of
from special_channel.web.shell.deliveries import delivered
from special_channel.web.shell.people import people
from special_channel.web.shell.threads import MANY, batch_refs
from special_channel.web.thread.events import about, items
from special_channel.web.thread.notes import ThreadData
from special_channel.web.thread.views import (
    LANGUAGES,
    Arrival,
    Headline,
    Languages,
    NoteView,
    QuestionView,
    RecordView,
    ThreadView,
)

MOST_WAITING: Final = 200
"""Entries not checked yet, on one page."""

log = structlog.get_logger(__name__)


class ThreadQuery(Query):
    """How to show the languages (an unknown word is the default), and where an open page is.

    `after`: cursor of the live stream, of an update alone.
    """

    view: str = ""
    after: Text = ""

    @property
    def languages(self) -> Languages:
        """The way to show the languages."""
        return next((view for view in LANGUAGES if view == self.view), "pair")


async def read_thread(context: PageContext, row: ThreadRow) -> ThreadData:
    """Read a thread's entries and the rows about them."""
    views = context.own.stores.views
    entries = await views.thread_entries(row.thread)
    erased = await views.erased([entry.id for entry in entries if entry.parts])
    texts = contents(entries, erased)
    digests = {file.sha256 for each in texts.values() for file in each.files if file.sha256}
    notes = await views.notes([row.thread])
    marks = await context.own.desk.reads.marks(context.reader.key, [row.thread])
    return ThreadData(
        context=context,
        row=row,
        entries=entries,
        contents=texts,
        notes={note.note: note for note in notes},
        rows=await views.asks(threads=[row.thread], limit=MANY),
        deliveries=await delivered(context, [position_of(entry) for entry in entries]),
        people=await people(context, {entry.by for entry in entries}),
        files=await context.own.stores.files.held(sorted(digests)) if digests else frozenset(),
        erased=erased,
        mark=marks.get(row.thread, ReadMark()),
        lost=lost_of(entries, [row.position, *(Position(n.party, n.index) for n in notes)]),
    )


async def thread_view(data: ThreadData, languages: Languages) -> ThreadView:
    """Read the view of a thread."""
    context, row = data.context, data.row
    raised = await context.own.stores.views.escalations(sorted({ask.note for ask in data.rows}))
    batch = (await batch_refs(context, [row.opening.batch])).get(row.opening.batch)
    ladder = await _ladder(data, raised)
    close = _close(row)
    unchecked = await context.own.stores.waiting.lines(
        context.peer, MOST_WAITING, thread=row.thread
    )
    gap = (await context.own.stores.waiting.waits(context.peer)).gap if unchecked else None
    return ThreadView(
        number=str(row.position),
        thread_id=row.thread,
        opener_id=row.opening.id,
        opener_key=row.opening.by,
        opened_at=instant(row.opening.accepted),
        title=_title(data),
        headline=_headline(data, ladder),
        items=await items(data, raised),
        record=await _record(data),
        view=languages,
        batch=batch,
        applications=row.opening.applications,
        last_visit=data.mark.at,
        asks=tuple(sorted(data.questions, key=lambda ask: (ask.outcome != "open", ask.due.at))),
        ladder=ladder,
        composer=None if close else await note_composer(context, row.thread, _to_answer(data)),
        closable=context.writes and not close and row.opening.party == context.party,
        closing_body=_closing_body(data),
        reopen_ref=close.id if close and context.writes else None,
        unchecked=tuple(unchecked),
        waits_for=str(gap) if gap else "",
    )


def arrivals(data: ThreadData, view: ThreadView, since: Cursor | None) -> tuple[Arrival, ...]:
    """Return the items that an open page lacks; None: none is new to the page.

    Private events have no cursor and are few: every one is sent.
    """
    fresh = {number_of(entry) for entry in _entries_since(data, since)}
    following = (*(item.position for item in view.items[1:]), "")
    return tuple(
        Arrival(item=item, before=before)
        for item, before in zip(view.items, following, strict=True)
        if item.private or item.position in fresh
    )


def changed_notes(data: ThreadData, view: ThreadView, since: Cursor | None) -> tuple[NoteView, ...]:
    """Return notes of an open page whose questions, remarks or stages can have changed."""
    new = _entries_since(data, since)
    fresh = {number_of(entry) for entry in new}
    affected = {data.number(id_) for entry in new for id_ in about(entry)}
    if since is not None:
        affected |= _delivered_since(data, since.delivered)
    return tuple(
        item
        for item in view.items
        if isinstance(item, NoteView)
        and item.position not in fresh
        and (item.moves or item.position in affected)
    )


def _entries_since(data: ThreadData, since: Cursor | None) -> list[Stored]:
    if since is None:
        return []
    sizes = {"eu": since.eu, "cn": since.cn}
    return [entry for entry in data.entries if entry.index >= sizes[entry.log]]


def _delivered_since(data: ThreadData, size: int) -> set[str]:
    """Return the numbers of entries of our log that were delivered beyond a size."""
    own = data.context.party
    reached = range(size, data.context.delivered[own])
    return {number_of(e) for e in data.entries if e.log == own and e.index in reached}


async def remember(data: ThreadData) -> None:
    """Record in our private log that the reader was shown a thread.

    One record per reader, thread and news: the mark moves for a single request. A node that
    cannot write still shows its pages.
    """
    context, thread_id = data.context, data.row.thread
    sizes = dict.fromkeys(PARTIES, 0)
    for entry in data.entries:
        sizes[party_of(entry)] = max(sizes[party_of(entry)], entry.index + 1)
    mark = ReadMark(sizes["eu"], sizes["cn"], context.now)
    try:
        if await context.own.desk.reads.mark(context.reader.key, thread_id, mark, context.now):
            await context.own.acts.appender.act(_access(context, thread_id))
    except ChannelError as error:
        log.warning("access.read.unrecorded", code=error.code)


def _access(context: PageContext, thread_id: ThreadId) -> Decide:
    """Sign `access.read` with the node's key: the reader, and the sizes that the page showed."""
    identity = context.own.node.identity
    sizes: dict[str, Value] = dict(context.sizes)
    payload: dict[str, Value] = {
        "v": 1,
        "log": identity.origin("private"),
        "kind": "access.read",
        "by": identity.node.key,
        "at": timestamp(context.now),
        "seen": [],
        "thread": thread_id,
        "body": {"key": context.reader.key, **sizes},
    }
    submission = sign(payload, [identity.node])

    async def decide(_transaction: Transaction, _heads: Heads) -> Act:
        return Act(private=[submission], may_follow=True)

    return decide


def _title(data: ThreadData) -> Pair:
    if data.row.position in data.lost:
        return Pair(Words("", data.context.lang, None, "damaged"))
    return title(data.contents.get(data.row.opening.id))


async def _ladder(data: ThreadData, raised: Sequence[EscalationRow]) -> tuple[Step, ...]:
    """Return the last step taken and the next, for the question with the nearest due time.

    The page of the ladder has the other steps, and those by hand.
    """
    ask = _question_of_ladder(data)
    if ask is None:
        return ()
    context, own = data.context, data.context.own
    names = ladders.holders(own.times.ladder, await own.desk.officials.all())
    over = await ladders.taken_over(context, raised)
    steps = ladders.present(ladders.steps(context, ask, raised, names, over))
    if not any(step.raised for step in steps):
        return steps
    alerts = await own.alerts.history.of_ask((ask.note, ask.q))
    return tuple(replace(step, held_until=_held_until(step, alerts, context.now)) for step in steps)


def _held_until(step: Step, alerts: Sequence[AlertItem], now: datetime) -> datetime | None:
    """Return when the first alert of a raised step leaves; None once an alert has left."""
    own = [alert for alert in alerts if step.raised and alert.raised == step.raised]
    if any(alert.state == "sent" for alert in own):
        return None
    waiting = [alert for alert in own if alert.state == "waiting"]
    leaves = [max(each.next_at, each.alert.not_before or each.next_at) for each in waiting]
    return min((at for at in leaves if at > now), default=None)


def _open_questions(data: ThreadData) -> list[QuestionRow]:
    """Return the open questions to our side; without any, those to the other side."""
    waiting = [ask for ask in data.rows if ask.is_open]
    ours = [ask for ask in waiting if ask.answering == data.context.party]
    return ours or waiting


def _question_of_ladder(data: ThreadData) -> QuestionRow | None:
    waiting = [row for row in _open_questions(data) if has_ladder(row)]
    return nearest(waiting) if waiting else None


def _headline(data: ThreadData, ladder: Sequence[Step]) -> Headline:
    close, leading = _close(data.row), _open_questions(data)
    if close is not None:
        return Headline(kind="closed", closed_in=str(Position(close.party, close.index)))
    if not leading:
        return Headline(kind="none")
    party, about_ladder = data.context.party, _question_of_ladder(data)
    waiting = {(ask.note, ask.q) for ask in data.rows if ask.is_open}
    shown = [ask for ask in data.questions if (ask.entry_id, ask.q) in waiting]
    shown.sort(key=lambda ask: (ask.due.answering != party, ask.due.at))
    key = (about_ladder.note, about_ladder.q) if about_ladder else None
    return Headline(
        kind="ours" if leading[0].answering == party else "theirs",
        asks=tuple(shown),
        next_step=ladders.now_step(ladder),
        following=ladders.following(ladder),
        about=next((ask for ask in shown if (ask.entry_id, ask.q) == key), None),
    )


def _close(row: ThreadRow) -> CloseFact | None:
    """Return the first close that no reopening undid; None for an open thread."""
    undone = {fact.close for fact in row.reopened}
    return next((close for close in row.closes if close.id not in undone), None)


def _to_answer(data: ThreadData) -> tuple[OpenAsk, ...]:
    def is_ours(ask: QuestionView) -> bool:
        ours = ask.due.answering == data.context.party
        return ours and not ask.answered_in and ask.outcome != "ended"

    return tuple(
        OpenAsk(ask.entry_id, ask.q, ask.number, ask.read or ask.text, ask.due)
        for ask in data.questions
        if is_ours(ask)
    )


def _closing_body(data: ThreadData) -> str:
    """Return the JSON body of a close, with our open questions that the close would end."""
    own = [ask for ask in data.rows if ask.is_open and ask.asker == data.context.party]
    asks = [{"id": ask.note, "q": ask.q} for ask in own]
    return orjson.dumps({"asks": asks} if asks else {}).decode()


async def _record(data: ThreadData) -> RecordView:
    context = data.context
    own, peer = context.heads[context.party], context.heads[context.peer]
    last = own.cosigned - 1
    note = await context.own.stores.record.cosigned(context.party, last) if own.cosigned else None
    return RecordView(
        entries=len(data.entries),
        own_size=own.size,
        peer_size=peer.size,
        cosigned_at=context.cosigned(context.party, note) if note else None,
        export_url=f"/api/export?scope={data.row.position}",
        own_root=own.frontier.root().hex(),
        peer_root=peer.frontier.root().hex(),
    )
