"""One thread: its entries, what is open in it, the own ladder, the composer.

A fixed number of queries, however long the thread. Reading is remembered by `remember`,
after the page is gathered, in the own private log alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Final

import orjson
import structlog

from special_channel.broker.act import Act, Decide
from special_channel.broker.commit import Heads
from special_channel.broker.live import Cursor
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import PARTIES, EntryId, KeyId, Party, Position, ThreadId
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import CloseFact, ThreadRow
from special_channel.core.rows.writing import sign
from special_channel.core.rules.private import EscalationRow
from special_channel.ports import Stored, Transaction
from special_channel.ports.people import ReadMark
from special_channel.ports.work import AlertItem
from special_channel.web.pages.thread import (
    VIEWS,
    Arrival,
    Ask,
    Entry,
    Headline,
    Record,
    ThreadPage,
    ThreadUpdate,
    View,
)
from special_channel.web.reading.asks import page_ask
from special_channel.web.reading.items import Thread, about, in_order, is_private, with_lost
from special_channel.web.reading.own_side import own_events
from special_channel.web.shared import dues
from special_channel.web.shared.steps import Step
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell import ladders
from special_channel.web.shell.composer import OpenAsk, note_composer
from special_channel.web.shell.content import contents, number_of, position_of, title
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.damage import lost_of
from special_channel.web.shell.deliveries import delivered
from special_channel.web.shell.people import people
from special_channel.web.shell.threads import MANY, batch_refs

MOST_WAITING: Final = 200
"""Entries not checked yet, on one page."""

log = structlog.get_logger(__name__)

DEFAULT_VIEW: View = "pair"


def view_of(text: str) -> View:
    """Read how to show the languages; anything unknown is the default."""
    return next((view for view in VIEWS if view == text), DEFAULT_VIEW)


async def gather(context: PageContext, row: ThreadRow) -> Thread:
    """Read a thread's entries and all that tells about them."""
    views = context.own.views
    entries = await views.thread_entries(row.thread)
    erased = await views.erased([entry.id for entry in entries if entry.parts])
    said = contents(entries, erased)
    asks = await views.asks(threads=[row.thread], limit=MANY)
    reached = await delivered(context, [position_of(e) for e in entries])
    held = {entry.id: entry for entry in entries}
    shown: dict[EntryId, list[Ask]] = {}
    for ask in asks:
        if ask.note in said:
            made = page_ask(context, ask, said[ask.note], reached, held)
            shown.setdefault(ask.note, []).append(made)
    digests = sorted({file.sha256 for one in said.values() for file in one.files if file.sha256})
    notes = await views.notes([row.thread])
    marks = await context.own.reads.marks(context.reader.key, [row.thread])
    return Thread(
        context=context,
        row=row,
        entries=entries,
        said=said,
        notes={note.note: note for note in notes},
        asks={note: sorted(each, key=lambda ask: int(ask.q)) for note, each in shown.items()},
        rows=asks,
        reached=reached,
        people=await people(context, _keys(entries)),
        here=await context.own.files.held(digests) if digests else frozenset(),
        erased=erased,
        mark=marks.get(row.thread, ReadMark()),
        lost=lost_of(entries, [row.position, *(Position(n.party, n.index) for n in notes)]),
    )


async def thread(context: PageContext, gathered: Thread, view: View = DEFAULT_VIEW) -> ThreadPage:
    """Read a thread's page."""
    row = gathered.row
    raised = await context.own.views.escalations(sorted({ask.note for ask in gathered.rows}))
    batch = (await batch_refs(context, [row.opening.batch])).get(row.opening.batch)
    ladder = await _ladder(gathered, raised)
    asks = tuple(ask for each in gathered.asks.values() for ask in each)
    closed = row.is_closed()
    shared = with_lost(gathered)
    unchecked = await context.own.waiting.lines(context.peer, MOST_WAITING, thread=row.thread)
    gap = (await context.own.waiting.waits(context.peer)).gap if unchecked else None
    return ThreadPage(
        number=str(row.position),
        thread_id=row.thread,
        opener_id=row.opening.id,
        opener_key=row.opening.by,
        opened_at=instant(row.opening.accepted),
        title=title_of(gathered),
        headline=_headline(gathered, ladder),
        items=in_order(shared, await own_events(gathered, raised)),
        record=await _record(gathered),
        view=view,
        views=tuple((one, f"/threads/{row.position}?view={one}") for one in VIEWS),
        batch=batch,
        applications=row.opening.applications,
        applications_url=f"{batch.url}#apps" if batch else None,
        last_visit=gathered.mark.at,
        asks=tuple(sorted(asks, key=lambda ask: (ask.outcome != "open", ask.due.at))),
        ladder=ladder,
        composer=None if closed else await note_composer(context, row.thread, _to_answer(gathered)),
        closable=context.writes and not closed and row.opening.party == context.party,
        closing_body=_closing(gathered),
        reopen_ref=_reopen(row) if context.writes and closed else None,
        closed=closed,
        unchecked=tuple(unchecked),
        waits_for=str(gap) if gap else "",
    )


def update(gathered: Thread, page: ThreadPage, since: Cursor | None) -> ThreadUpdate:
    """List what an open page of a thread lacks.

    Args:
        gathered: The thread now.
        page: The page that a reload would show.
        since: Up to where the open page is current; None: no entry is new to it.
    """
    new = [] if since is None else [e for e in gathered.entries if e.index >= _size(since, e)]
    fresh = {number_of(entry) for entry in new}
    # Steps of one's own side have no cursor, and a thread has few: all of them are sent.
    arriving = [item.position in fresh or is_private(item) for item in page.items]
    following = (*(item.position for item in page.items[1:]), "")
    affected = {gathered.position_of(id_) for entry in new for id_ in about(entry)}
    if since is not None:
        affected |= _delivered_since(gathered, since.delivered)
    return ThreadUpdate(
        **{each.name: getattr(page, each.name) for each in fields(page)},
        arrivals=tuple(
            Arrival(item, before)
            for item, before, arrives in zip(page.items, following, arriving, strict=True)
            if arrives
        ),
        changed=tuple(
            item
            for item, arrives in zip(page.items, arriving, strict=True)
            if not arrives and isinstance(item, Entry) and (item.moves or item.position in affected)
        ),
    )


def _size(cursor: Cursor, entry: Stored) -> int:
    return cursor.eu if entry.log == "eu" else cursor.cn


def _delivered_since(gathered: Thread, size: int) -> set[str]:
    """Return the positions of entries of our log that were delivered beyond a size."""
    own = gathered.context.party
    reached = range(size, gathered.context.heads[own].cosigned)
    return {number_of(e) for e in gathered.entries if e.log == own and e.index in reached}


async def remember(context: PageContext, gathered: Thread) -> None:
    """Remember that the reader was shown a thread, and say so in the own private log.

    Once per reader, thread and news: the mark moves for one request alone. A node that can't
    write now still shows its pages.
    """
    thread_id = gathered.row.thread
    shown = {log: _beyond(gathered, log) for log in PARTIES}
    mark = ReadMark(shown["eu"], shown["cn"], context.now)
    try:
        if await context.own.reads.mark(context.reader.key, thread_id, mark, context.now):
            await context.own.appender.act(_access(context, thread_id))
    except ChannelError as error:
        log.warning("access.read.unrecorded", code=error.code)


def _beyond(gathered: Thread, log_: Party) -> int:
    indexes = [entry.index for entry in gathered.entries if entry.log == log_]
    return max(indexes, default=-1) + 1


def _access(context: PageContext, thread_id: ThreadId) -> Decide:
    """Sign `access.read` by the node's key: who, and the sizes that the page showed."""
    identity = context.own.identity
    sizes: dict[str, Value] = {party: head.size for party, head in context.heads.items()}
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


def title_of(gathered: Thread) -> Pair:
    """Return the thread's subject."""
    if gathered.row.position in gathered.lost:
        return Pair(Words("", gathered.context.lang, None, "damaged"))
    said = gathered.said.get(gathered.row.opening.id)
    return title(said)


async def _ladder(gathered: Thread, raised: Sequence[EscalationRow]) -> tuple[Step, ...]:
    """Return where our own ladder is for the ask whose date is nearest: taken last, and next.

    All steps stand on the ladder's own page; those that no machine takes, there alone.
    """
    ask = _leads(gathered)
    if ask is None:
        return ()
    own = gathered.context.own
    names = ladders.holders(own.ladder, await own.officials.all())
    over = await ladders.taken_over(gathered.context, raised)
    ladder = ladders.present(ladders.steps(gathered.context, ask, raised, names, over))
    if not any(step.raised for step in ladder):
        return ladder
    told = await gathered.context.own.history.of_ask((ask.note, ask.q))
    now = gathered.context.now
    return tuple(replace(step, held_until=_held(step, told, now)) for step in ladder)


def _held(step: Step, told: Sequence[AlertItem], now: datetime) -> datetime | None:
    """Return when the first alert of a raised step leaves, while none of it has left."""
    about = [one for one in told if step.raised and one.raised == step.raised]
    if any(one.state == "sent" for one in about):
        return None
    waiting = [one for one in about if one.state == "waiting"]
    leaves = [max(one.next_at, one.alert.not_before or one.next_at) for one in waiting]
    return min((at for at in leaves if at > now), default=None)


def _leading(gathered: Thread) -> list[QuestionRow]:
    """Return the open asks whose ladder is told: for us first, else awaited."""
    waiting = [ask for ask in gathered.rows if ask.is_open]
    ours = [ask for ask in waiting if ask.answering == gathered.context.party]
    return ours or waiting


def _leads(gathered: Thread) -> QuestionRow | None:
    """Return the ask whose ladder is told, if any has one."""
    waiting = [row for row in _leading(gathered) if dues.has_ladder(row)]
    return dues.nearest(waiting) if waiting else None


def _headline(gathered: Thread, ladder: Sequence[Step]) -> Headline:
    row, leading = gathered.row, _leading(gathered)
    if row.is_closed():
        close = _standing_close(row)
        return Headline("closed", closed_in=str(Position(close.party, close.index)))
    if not leading:
        return Headline("none")
    party, first = gathered.context.party, _leads(gathered)
    waiting = {(ask.note, ask.q) for ask in gathered.rows if ask.is_open}
    shown = [
        ask for asks in gathered.asks.values() for ask in asks if (ask.entry_id, ask.q) in waiting
    ]
    shown.sort(key=lambda ask: (ask.due.answering != party, ask.due.at))
    return Headline(
        "ours" if leading[0].answering == party else "theirs",
        tuple(shown),
        ladders.now_step(ladder),
        following=ladders.following(ladder),
        about=next((ask for ask in shown if first and _is(ask, first)), None),
    )


def _is(ask: Ask, row: QuestionRow) -> bool:
    return (ask.entry_id, ask.q) == (row.note, row.q)


def _standing_close(row: ThreadRow) -> CloseFact:
    undone = {fact.close for fact in row.reopened}
    return next(close for close in row.closes if close.id not in undone)


def _reopen(row: ThreadRow) -> EntryId:
    return _standing_close(row).id


def _to_answer(gathered: Thread) -> tuple[OpenAsk, ...]:
    party = gathered.context.party
    return tuple(
        OpenAsk(ask.entry_id, ask.q, ask.number, ask.read or ask.text, ask.due)
        for each in gathered.asks.values()
        for ask in each
        if ask.due.answering == party and not ask.answered_in and ask.outcome != "ended"
    )


def _closing(gathered: Thread) -> str:
    """Return the own open asks that a close would end, for the script."""
    own = [ask for ask in gathered.rows if ask.is_open and ask.asker == gathered.context.party]
    asks = [{"id": ask.note, "q": ask.q} for ask in own]
    return orjson.dumps({"asks": asks} if asks else {}).decode()


async def _record(gathered: Thread) -> Record:
    context = gathered.context
    own, peer = context.heads[context.party], context.heads[context.peer]
    note = (
        await context.own.record.cosigned(context.party, own.cosigned - 1) if own.cosigned else None
    )
    return Record(
        entries=len(gathered.entries),
        own_size=own.size,
        peer_size=peer.size,
        cosigned_at=context.cosigned(context.party, note) if note else None,
        export_url=f"/api/export?scope={gathered.row.position}",
        own_root=own.frontier.root().hex(),
        peer_root=peer.frontier.root().hex(),
    )


def _keys(entries: Sequence[Stored]) -> set[KeyId]:
    return {entry.by for entry in entries}
