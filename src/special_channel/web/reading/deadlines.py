"""The deadlines page: every question that somebody waits for, and those lately decided.

A fixed number of queries. Does not page in the database: what is open at once is little.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.rows.questions import Outcome, QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.time.calendars import Calendar
from special_channel.web.pages.deadlines import (
    SIDE_FILTERS,
    STATE_FILTERS,
    Asked,
    DeadlineRow,
    DeadlinesPage,
)
from special_channel.web.pages.lanes import (
    DAYS,
    Lane,
    LaneDay,
    LaneMark,
    Lanes,
    lane,
    named,
    place,
)
from special_channel.web.shared.capitals import Due, local
from special_channel.web.shared.dues import due_of, has_ladder
from special_channel.web.shared.office import shared_hours
from special_channel.web.shared.paging import Paging, paging
from special_channel.web.shared.references import BatchRef, ask_number
from special_channel.web.shared.silence import known
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.ladders import Ladders, ladders
from special_channel.web.shell.last_heard import LastHeard, last_heard_of
from special_channel.web.shell.scopes import fitting
from special_channel.web.shell.threads import Subjects, batch_refs, subjects

OPEN: Final = 500
"""Open questions of one side that the page reads, the nearest due first."""

PAGE: Final = 100
"""Rows of one page."""

OVER: Final[frozenset[Outcome]] = frozenset({"in-time", "late", "crossed", "answered", "ended"})
"""Outcomes that nobody waits for."""

DECIDED: Final = 500
"""Decided questions that the page looks at, the latest due first."""

BACK: Final = timedelta(weeks=6)
"""How far back what is decided is shown."""

MAX_BATCH: Final = 32


def asked_of(query: Mapping[str, str]) -> Asked:
    """Read the filters of an address.

    Raises:
        Malformed: `request-malformed`, with the field.
    """
    side = next((one for one in SIDE_FILTERS if one == query.get("side", "")), None)
    state = next((one for one in STATE_FILTERS if one == query.get("state", "")), None)
    batch = query.get("batch", "")
    if side is None or state is None or len(batch) > MAX_BATCH:
        field = "side" if side is None else "state" if state is None else "batch"
        raise Malformed("request-malformed", "There is no such filter.", field=field)
    return Asked(side, state, batch, query.get("desk") == "1")


@dataclass(frozen=True, slots=True)
class Dated:
    """A question with its thread, that one's number, and its date where it is to be answered."""

    number: str
    ask: QuestionRow
    thread: ThreadRow
    due: Due
    on: date


async def deadlines(context: PageContext, asked: Asked, page: int) -> DeadlinesPage:
    """Read the page: all dates, and what the rows say that are shown."""
    asks = await _asks(context, asked)
    threads = await context.own.views.threads_by_id(sorted({row.thread for row in asks}))
    fits = await fitting(context, "unit" if asked.desk else "all", [*threads.values()])
    near = [
        _dated(context, threads[row.thread], row)
        for row in asks
        if row.thread in threads and fits(threads[row.thread])
    ]
    refs = await batch_refs(context, [one.thread.opening.batch for one in near])
    kept = [
        one
        for one in near
        if _is_wanted(one, asked) and asked.batch in {"", _batch_of(refs, one.thread)}
    ]
    shown = kept[(page - 1) * PAGE : page * PAGE]
    first = _first(context)
    lanes = _lanes(context, kept, first)
    of = {one.number: one.thread for one in kept}
    drawn = {pill.mark.number for side in (lanes.own, lanes.peer) for pill in side.pills}
    titles = await subjects(
        context, [of[number] for number in {*drawn, *(r.number for r in shown)}]
    )
    said = await ladders(context, [one.ask for one in shown])
    known_at = await last_heard_of(context, [one.ask for one in shown])
    labels = {number: titles.title(of[number]).first(context.lang).text for number in drawn}
    return DeadlinesPage(
        lanes=replace(lanes, own=named(lanes.own, labels), peer=named(lanes.peer, labels)),
        rows=tuple(
            replace(_row(one, titles, said, refs), known=_known(context, one, known_at))
            for one in shown
        ),
        paging=_paging(page, len(kept), asked),
        asked=asked,
        ours=sum(one.ask.is_open and one.ask.answering == context.party for one in kept),
        theirs=sum(one.ask.is_open and one.ask.answering == context.peer for one in kept),
        passed=sum(one.due.passed for one in kept),
        earlier=sum(one.on < first for one in kept),
        later=sum(one.on >= first + timedelta(days=DAYS) for one in kept),
        shared=_shared(context, first),
        batches=_batches(context, refs, [one.thread for one in near]),
        next_due=next((one.due for one in kept if not one.due.passed), None),
    )


def _dated(context: PageContext, thread: ThreadRow, ask: QuestionRow) -> Dated:
    due = due_of(context, ask)
    return Dated(str(thread.position), ask, thread, due, local(due.at, due.answering).date())


async def _asks(context: PageContext, asked: Asked) -> Sequence[QuestionRow]:
    """Return the questions of the sides and the state that are asked for, nearest first."""
    sides: dict[str, tuple[Party, ...]] = {
        "ours": (context.party,), "theirs": (context.peer,), "": (context.party, context.peer),
    }  # fmt: skip
    answering = sides[asked.side]
    if asked.state == "decided":
        found = await context.own.past_asks.decided(timestamp(context.now - BACK), DECIDED)
        return [row for row in found if row.answering in answering]
    views = context.own.views
    held = [
        row
        for party in answering
        for row in await views.asks(answering=party, only_open=True, limit=OPEN)
    ]
    return sorted(held, key=lambda row: (row.due, row.answering != context.party, row.index, row.q))


def _is_wanted(one: Dated, asked: Asked) -> bool:
    if asked.state == "passed":
        return one.due.passed
    return asked.state != "provisional" or one.due.provisional


def _row(one: Dated, titles: Subjects, said: Ladders, refs: Mapping[str, BatchRef]) -> DeadlineRow:
    row, number = one.ask, one.number
    proposal = row.proposals[-1].due if row.proposals and row.is_open else row.due
    return DeadlineRow(
        number=ask_number(row),
        url=f"/threads/{number}#{row.position}",
        thread=number,
        title=titles.title(one.thread),
        due=one.due,
        outcome=row.outcome(),
        answered_in=_answer(row),
        next_step=said.standing(row)[0] if has_ladder(row) else None,
        batch=refs.get(one.thread.opening.batch),
        first_due=instant(row.first_due) if row.moves else None,
        basis=row.moves[-1].basis if row.moves else "",
        proposed=instant(proposal) if proposal != row.due else None,
    )


def _known(context: PageContext, one: Dated, known_at: LastHeard) -> str:
    return known(one.ask.outcome(), one.due, known_at.at(one.ask), context)


def _answer(row: QuestionRow) -> str | None:
    return f"{row.answering.upper()}-{row.answer.index}" if row.answer else None


def _batch_of(refs: Mapping[str, BatchRef], thread: ThreadRow) -> str:
    ref = refs.get(thread.opening.batch)
    return ref.position if ref else "standing"


def _batches(
    context: PageContext, refs: Mapping[str, BatchRef], threads: Iterable[ThreadRow]
) -> tuple[tuple[str, str], ...]:
    """Return what a reader may choose from: the batches that the dates belong to."""
    names = {ref.position: ref.name for ref in refs.values()}
    found = {_batch_of(refs, thread) for thread in threads}
    document = context.document
    if document is not None:
        zh = context.lang == "zh-CN"
        names["standing"] = document.standing_zh if zh else document.standing_en
    return tuple(sorted((key, names.get(key, key)) for key in found))


def _paging(page: int, total: int, asked: Asked) -> Paging:
    fields = {"side": asked.side, "state": asked.state, "batch": asked.batch}
    query = {name: value for name, value in fields.items() if value}
    if asked.desk:
        query["desk"] = "1"
    return paging(page, total, PAGE, f"/deadlines?{urlencode(query) or 'side='}")


def _first(context: PageContext) -> date:
    """Return the Monday of the own side's present week."""
    today = local(context.now, context.party).date()
    return today - timedelta(days=today.weekday())


def _lanes(context: PageContext, dated: Sequence[Dated], first: date) -> Lanes:
    own, peer = context.calendar(context.party), context.calendar(context.peer)
    dates = [first + timedelta(days=n) for n in range(DAYS)]
    shared = [place(n) for n, on in enumerate(dates) if shared_hours(own, peer, on)]
    return Lanes(
        _lane(context, own, dated, dates), _lane(context, peer, dated, dates), tuple(shared)
    )


def _lane(
    context: PageContext, calendar: Calendar, dated: Sequence[Dated], dates: Sequence[date]
) -> Lane:
    here = calendar.local(context.now)
    return lane(
        calendar.side,
        [_day(calendar, on) for on in dates],
        _marks([one for one in dated if one.due.answering == calendar.side]),
        here.date(),
        (here.hour * 60 + here.minute) / 1440,
    )


def _day(calendar: Calendar, on: date) -> LaneDay:
    note = calendar.note(on)
    return LaneDay(on, note.kind, note.name)


def _marks(dated: Sequence[Dated]) -> list[LaneMark]:
    """Join the questions of one thread that fall due at one instant; they have no words yet."""
    found: dict[tuple[str, datetime], list[Dated]] = {}
    for one in dated:
        found.setdefault((one.number, one.due.at), []).append(one)
    return [
        LaneMark(
            number=number,
            url=f"/threads/{number}#{each[0].ask.position}",
            label="",
            on=each[0].on,
            asks=tuple(ask_number(one.ask) for one in each),
            tone=_tone(each[0]),
            provisional=each[0].due.provisional,
        )
        for (number, _), each in found.items()
    ]


def _tone(one: Dated) -> str:
    if not one.ask.is_open and one.ask.outcome() in OVER:
        return "done"
    return "due" if one.due.near else one.due.answering


def _shared(context: PageContext, first: date) -> tuple[tuple[datetime, datetime], ...]:
    """Return the shared office hours of the weeks ahead, once for each clock change."""
    own, peer = context.calendar(context.party), context.calendar(context.peer)
    today = local(context.now, context.party).date()
    found: dict[str, tuple[datetime, datetime]] = {}
    for n in range(DAYS):
        on = first + timedelta(days=n)
        hours = shared_hours(own, peer, on) if on >= today else None
        if hours is not None:
            key = f"{local(hours[0], context.party):%H:%M}{local(hours[0], context.peer):%H:%M}"
            found.setdefault(key, hours)
    return tuple(found.values())
