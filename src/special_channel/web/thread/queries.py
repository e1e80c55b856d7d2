"""Read a thread: its entries, questions, our ladder and our private entries.

The number of queries does not grow with the number of entries.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any, Final

import structlog

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import PARTIES, PersonId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import PrivateErased, ThreadAssigned
from special_channel.core.rows.private import EscalationRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.ports import Stored
from special_channel.stores.history import AlertItem
from special_channel.stores.private_views import ASSIGNED, WRITTEN
from special_channel.stores.reads import ReadMark
from special_channel.web.shared.doubts import Doubt, doubt_at, private_doubt
from special_channel.web.shared.dues import (
    Step,
    due_history,
    due_of,
    has_ladder,
    nearest,
    question_dates,
)
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.colleagues import Colleague, colleagues
from special_channel.web.shell.content import (
    content,
    contents,
    entry_of,
    number_of,
    party_of,
    position_of,
    question,
    question_in,
    question_translation,
    title,
)
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.damage import lost_of
from special_channel.web.shell.people import people
from special_channel.web.shell.questions import LastHeard, delivered, ladders, last_heard_of
from special_channel.web.shell.threads import MANY, batch_refs, thread_item
from special_channel.web.shell.translations import in_both, subject_of
from special_channel.web.thread.items import ThreadData, items
from special_channel.web.thread.views import (
    EventView,
    Flag,
    QuestionItem,
    QuestionView,
    RecordView,
    ThreadView,
    WithdrawnAnswer,
)

MOST_WAITING: Final = 200
"""Entries not checked yet, on one page."""

MOST_READS: Final = 4
"""Most readings of a thread while others write to it."""

UNTIL_NOW: Final = 2**62
"""Index beyond any log: none of its entries is new."""

log = structlog.get_logger(__name__)


async def read_thread(context: PageContext, row: ThreadRow) -> ThreadData:
    """Read a thread's entries and the rows about them."""
    views = context.own.stores.views
    notes = await views.notes([row.thread])
    asks, entries = await _questions_and_entries(context, row)
    erased = await views.erased([entry.id for entry in entries if entry.parts])
    texts = contents(entries, erased)
    digests = {file.sha256 for each in texts.values() for file in each.files if file.sha256}
    marks = await context.own.desk.reads.marks(context.reader.marks_as, [row.thread])
    return ThreadData(
        context=context,
        row=row,
        entries=entries,
        contents=texts,
        notes={note.note: note for note in notes},
        asks=asks,
        deliveries=await delivered(context, [position_of(entry) for entry in entries]),
        people=await people(context, {entry.by for entry in entries}),
        files=await context.own.desk.scanner.checks(sorted(digests)),
        erased=erased,
        mark=marks.get(row.thread, ReadMark()),
        lost=lost_of(entries, [row.position, *(Position(n.party, n.index) for n in notes)]),
    )


async def _questions_and_entries(
    context: PageContext, row: ThreadRow
) -> tuple[Sequence[QuestionRow], Sequence[Stored]]:
    """Read a thread's questions, and entries of the same state of both logs.

    Of one state each: a due time whose move is not among the entries, or a question without its
    row, would look to the browser like something that was not signed.
    """
    views = context.own.stores.views
    after = await views.asks(threads=[row.thread], limit=MANY)
    for _ in range(MOST_READS):
        before = after
        entries = await views.thread_entries(row.thread)
        after = await views.asks(threads=[row.thread], limit=MANY)
        if after == before:
            break
    return after, entries


async def thread_view(data: ThreadData) -> ThreadView:
    """Read the view of a thread."""
    context, row = data.context, data.row
    stores = context.own.stores
    raised = await stores.views.escalations(sorted({ask.note for ask in data.asks}))
    asks = questions(data)
    batch = (await batch_refs(context, [row.opening.batch])).get(row.opening.batch)
    about = _question_of_ladder(data)
    unchecked = await stores.waiting.lines(context.peer, MOST_WAITING, thread=row.thread)
    gap = (await stores.waiting.waits(context.peer)).gap if unchecked else None
    passed = context.own.status.check().passed
    written = await stores.views.private_of_thread(row.thread, (*WRITTEN, ASSIGNED))
    assigned = any(stored.kind == ASSIGNED for stored in written)
    staff = await colleagues(context) if assigned else {}
    held = await stores.views.holders([row.thread]) if assigned else {}
    return ThreadView(
        **context.sizes,
        thread=thread_item(
            context, row, _title(data), batch=batch, holder=staff.get(held.get(row.thread, ""))
        ),
        opener_id=row.opening.id,
        opener_key=row.opening.by,
        opened_at=instant(row.opening.accepted),
        translatable=context.writes and row.position not in data.lost,
        closed_in=str(Position(data.close.party, data.close.index)) if data.close else None,
        applications=row.opening.applications,
        items=items(data, asks, await _private_events(data, raised, written, staff)),
        asks=tuple(sorted(asks, key=lambda ask: (ask.outcome != "open", ask.due.at))),
        record=await _record(data),
        last_visit=data.mark.at,
        ladder=await _ladder(context, about, raised) if about else (),
        ladder_of=ask_number(about) if about else None,
        unchecked=tuple(unchecked),
        waits_for=str(gap) if gap else "",
        check_passed_at=passed.isoformat() if passed else None,
    )


def questions(data: ThreadData) -> tuple[QuestionView, ...]:
    """Return views of a thread's questions, note by note."""
    heard = LastHeard(data.context.parties, data.by_id)
    notes = list(dict.fromkeys(row.note for row in data.asks))
    rows = sorted(data.asks, key=lambda row: (notes.index(row.note), int(row.q)))
    return tuple(_question(data, row, heard) for row in rows)


async def open_questions(
    context: PageContext, rows: Sequence[QuestionRow]
) -> tuple[QuestionItem, ...]:
    """Read items of questions, from their rows alone."""
    heard = await last_heard_of(context, rows)
    return tuple(QuestionItem(**_question_facts(context, row, heard)) for row in rows)


def _question_facts(context: PageContext, row: QuestionRow, heard: LastHeard) -> dict[str, Any]:
    """Return the fields of `QuestionItem`."""
    return {
        "number": ask_number(row),
        "note": row.note,
        "q": row.q,
        "asker": row.asker,
        "index": row.index,
        "thread": row.thread,
        "accepted": row.accepted,
        "rule": row.rule,
        "due": due_of(context, row),
        "outcome": row.outcome(),
        "history": due_history(context, row, writes=context.writes),
        "known_up_to": heard.at(row),
        "doubt": doubt_at(context.doubts, row.position),
    }


def _question(data: ThreadData, row: QuestionRow, heard: LastHeard) -> QuestionView:
    context, answer = data.context, row.answer
    texts = in_both(context.party, row.note, data.notes, data.contents)
    answered_in = Position(row.answering, answer.index) if answer else None
    return QuestionView(
        **_question_facts(context, row, heard),
        text=question(texts, row.part) if texts else Words("", context.lang, None, "damaged"),
        read=question_in(texts, row.part, context.lang) if texts else None,
        translation=question_translation(texts, row.part) if texts else None,
        answered_in=str(answered_in) if answered_in else None,
        answered_at=instant(answer.accepted) if answer else None,
        arrived_at=data.deliveries.at(answered_in) if answered_in else None,
        dates=question_dates(context.dates, row, data.deliveries.at(row.position)),
        withdrawn=_withdrawn(row),
    )


def _withdrawn(row: QuestionRow) -> WithdrawnAnswer | None:
    pair = row.taken_back if row.is_open else None
    if pair is None:
        return None
    answer, withdrawal = pair
    return WithdrawnAnswer(
        answered_in=str(Position(row.answering, answer.index)),
        answered_at=instant(answer.accepted),
        withdrawn_in=str(Position(row.answering, withdrawal.index)),
        withdrawn_at=instant(withdrawal.accepted),
    )


async def remember(data: ThreadData) -> None:
    """Store how far the reader was shown a thread, for the marks of what is new."""
    context = data.context
    sizes = dict.fromkeys(PARTIES, 0)
    for entry in data.entries:
        sizes[party_of(entry)] = max(sizes[party_of(entry)], entry.index + 1)
    mark = ReadMark(sizes["eu"], sizes["cn"], context.now)
    reads, reader = context.own.desk.reads, context.reader.marks_as
    await reads.mark(reader, data.row.thread, mark, context.now)


async def mark_unread(data: ThreadData, number: str) -> None:
    """Store that an entry, and what the thread shows after it, is unread by the reader.

    Raises:
        NotFound: `entry-unknown` for an entry of another thread.
    """
    numbers = [number_of(entry) for entry in data.entries]
    if number not in numbers:
        raise NotFound("entry-unknown", "There is no such entry in this thread.")
    context, following = data.context, data.entries[numbers.index(number) :]
    first = dict.fromkeys(PARTIES, UNTIL_NOW)
    for entry in following:
        first[party_of(entry)] = min(first[party_of(entry)], entry.index)
    mark = ReadMark(first["eu"], first["cn"])
    reads, reader = context.own.desk.reads, context.reader.marks_as
    await reads.mark_unread(reader, data.row.thread, mark, context.now)


def _title(data: ThreadData) -> Pair:
    if data.row.position in data.lost:
        return Pair(Words("", data.context.lang, None, "damaged"))
    opening = data.row.opening
    texts = {mark.id: title(data.contents.get(mark.id)).original for mark in opening.translated}
    return subject_of(data.context.party, opening, title(data.contents.get(opening.id)), texts)


def _question_of_ladder(data: ThreadData) -> QuestionRow | None:
    """Return the question to our side with the nearest due time; without any, the other side's."""
    waiting = [ask for ask in data.asks if ask.is_open]
    ours = [ask for ask in waiting if ask.answering == data.context.party]
    rows = [row for row in ours or waiting if has_ladder(row)]
    return nearest(rows) if rows else None


async def _ladder(
    context: PageContext, ask: QuestionRow, raised: Sequence[EscalationRow]
) -> tuple[Step, ...]:
    """Return the last step taken and the next. The page of the ladder has all steps."""
    steps = (await ladders(context, [ask], raised)).present(ask)
    if not any(step.raised for step in steps):
        return steps
    alerts = await context.own.alerts.history.of_ask((ask.note, ask.q))
    return tuple(replace(step, held_until=_held_until(step, alerts, context.now)) for step in steps)


def _held_until(step: Step, alerts: Sequence[AlertItem], now: datetime) -> datetime | None:
    """Return when the first alert of a raised step leaves; None once an alert has left."""
    own = [alert for alert in alerts if step.raised and alert.raised == step.raised]
    if any(alert.state == "sent" for alert in own):
        return None
    waiting = [alert for alert in own if alert.state == "waiting"]
    leaves = [max(each.next_at, each.alert.not_before or each.next_at) for each in waiting]
    return min((at for at in leaves if at > now), default=None)


async def _record(data: ThreadData) -> RecordView:
    context, own = data.context, data.context.heads[data.context.party]
    record = context.own.stores.record
    note = await record.cosigned(context.party, own.cosigned - 1) if own.cosigned else None
    return RecordView(
        entries=len(data.entries),
        roots={party: head.frontier.root().hex() for party, head in context.heads.items()},
        cosigned_at=context.cosigned(context.party, note) if note else None,
    )


async def _private_events(
    data: ThreadData,
    raised: Sequence[EscalationRow],
    written: Sequence[Stored],
    staff: Mapping[PersonId, Colleague],
) -> list[EventView]:
    """Return the private entries of our side on a thread, unordered. `staff`: names by person.

    Names a private order to erase only to officials who may sign such orders.
    """
    context, views = data.context, data.context.own.stores.views
    absent = [entry.id for entry in written if None in entry.parts]
    erased = await views.erased_privately(absent) if absent else {}
    orders = await _orders(context, {*chain.from_iterable(by.values() for by in erased.values())})
    authors = await people(context, [entry.by for entry in written])
    event = partial(EventView, party=context.party, private=True)

    def doubt(stored: Stored) -> Doubt | None:
        return private_doubt(context.doubts, stored.envelope, stored.by, stored.frontier)

    return [
        *(
            event(
                entry_id=step.id,
                position=_private_number(context, step.index),
                kind="escalation.raised",
                accepted=instant(step.fired),
                facts={
                    "ask": f"{data.number(step.note)} Q{step.q}",
                    "role": context.t.label("role", step.role),
                },
            )
            for step in raised
        ),
        *(
            event(
                entry_id=stored.id,
                position=_private_number(context, stored.index),
                kind=stored.kind,
                accepted=instant(stored.accepted),
                facts=_given(context, stored, staff),
                author=authors.writer(stored),
                doubt=doubt(stored),
                words=tuple(
                    Words(words.text, words.lang, None, words.presence)
                    for words in content(stored, erased.get(stored.id, ())).original
                ),
                flags=tuple(
                    orders[index]
                    for index in sorted({*erased.get(stored.id, {}).values()} & orders.keys())
                ),
            )
            for stored in written
        ),
    ]


def _given(
    context: PageContext, stored: Stored, staff: Mapping[PersonId, Colleague]
) -> dict[str, str]:
    """Return the placeholder of an assignment's sentence: to whom."""
    entry = entry_of(stored)
    if not isinstance(entry, ThreadAssigned):
        return {}
    found = staff.get(entry.body.person or "")
    return {"name": found.name if found else context.t.gettext("holder.nobody")}


async def _orders(context: PageContext, indexes: Collection[int]) -> dict[int, Flag]:
    """Return private orders to erase, for a reader who may sign such orders.

    The API of private entries has the same limit.
    """
    if context.reader.row.roles_now.isdisjoint(MAY_SIGN["private.erased"]):
        return {}
    flags = {}
    for index in indexes:
        [stored] = await context.own.stores.record.entries("private", index, 1)
        entry, number = entry_of(stored), _private_number(context, index)
        assert isinstance(entry, PrivateErased)  # noqa: S101 - the view names no other kind
        flags[index] = Flag(
            code="erased-by",
            position=number,
            url=f"/api/private/entries/{number}",
            at=instant(stored.accepted),
            reference=entry.body.order or "",
        )
    return flags


def _private_number(context: PageContext, index: int) -> str:
    return f"{context.party.upper()}-P-{index}"
