"""Due times and the own ladder, as pages show them.

Does not decide outcomes (`core.rows.questions`) and never speaks of the other side's ladder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from special_channel.core.bytes.ids import EntryId, Party, ThreadId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.private import EscalationRow
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.due import working_days_left
from special_channel.core.time.ladder import Ladder, PlannedStep, TakenStep, steps_ahead
from special_channel.core.time.ladder import Step as LadderStep
from special_channel.ports.history import Acknowledgement
from special_channel.ports.people import Official
from special_channel.web.pages.ruler import Day
from special_channel.web.shared.capitals import Due, local
from special_channel.web.shared.office import shared_hours
from special_channel.web.shared.steps import Step, TakenOver
from special_channel.web.shared.words import Pair
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.people import People, desk_of, people

RULER_DAYS = 40
"""Days offered to the ruler, which stops after its tenth working day: the longest closures
on either side, ten days and more, leave that many within it."""


def due_of(context: PageContext, row: QuestionRow) -> Due:
    """Return an ask's due time in force.

    A date that nothing is fired at does not pass: a provisional or requested one, that of a
    question which has not arrived, or whose answer was withdrawn after it (rule 11).
    """
    requested = not row.is_agreed
    over = row.outcome() == "withdrawn"
    made = due_at(
        context,
        instant(row.due),
        row.answering,
        waiting=row.is_open and not (row.is_provisional or requested or over),
        provisional=row.is_provisional,
    )
    made = replace(made, requested=requested, withdrawn=over)
    arrived = bool(row.passed) or row.index < context.heads[row.asker].cosigned
    return made if arrived else replace(made, passed=False, undelivered=True)


def due_at(
    context: PageContext,
    at: datetime,
    answering: Party,
    *,
    waiting: bool = True,
    provisional: bool = False,
) -> Due:
    """Return a due instant, with the working days that are left on the answering side."""
    calendar = context.calendar(answering)
    left = _left(calendar, calendar.local(context.now).date(), at)
    return Due(
        at=at,
        answering=answering,
        working_days=left,
        passed=waiting and context.now >= at,
        provisional=provisional or left is None,
    )


# Dates of a page are at the close of business of a few days, and are looked at all day long.
@lru_cache(maxsize=4096)
def _left(calendar: Calendar, today: date, at: datetime) -> int | None:
    """Return the working days that are left, None where no calendar covers the date."""
    until = calendar.local(at).date()
    if not calendar.covers(until):
        return None
    own = {calendar.side: calendar}
    return working_days_left(own, calendar.side, calendar.midnight(today), at)


def has_ladder(row: QuestionRow) -> bool:
    """Tell whether steps of a ladder follow: somebody waits, and the due time can pass."""
    return row.is_open and row.is_agreed and row.outcome() != "withdrawn"


def nearest(rows: Sequence[QuestionRow]) -> QuestionRow:
    """Return the ask with the nearest due time."""
    return min(rows, key=lambda row: (row.due, row.index, int(row.q)))


def nearest_of(rows: Sequence[QuestionRow]) -> dict[ThreadId, QuestionRow]:
    """Return the ask of each thread with the nearest due time."""
    found: dict[ThreadId, list[QuestionRow]] = {}
    for row in rows:
        found.setdefault(row.thread, []).append(row)
    return {thread: nearest(asks) for thread, asks in found.items()}


def within_this_week(context: PageContext, due: Due) -> bool:
    """Tell whether a date that has not passed lies in the own side's present week."""
    today = local(context.now, context.party).date()
    sunday = today + timedelta(days=6 - today.weekday())
    return not due.passed and local(due.at, context.party).date() <= sunday


def steps(
    context: PageContext,
    row: QuestionRow,
    raised: Sequence[EscalationRow],
    names: Mapping[int, str],
    over: Mapping[EntryId, TakenOver],
) -> tuple[Step, ...]:
    """Return the own ladder for an ask: the steps taken, then those ahead.

    Args:
        context: Who reads, and when.
        row: The ask; open.
        raised: Steps of the private log, of any asks.
        names: Who holds a step, by its number, where one person alone does (`holders`).
        over: Who took which step over (`taken_over`).
    """
    taken = _taken(row, raised)
    last = TakenStep(taken[-1].step, instant(taken[-1].fired)) if taken else None
    ahead = _ahead(context.own.ladder, context.calendar(context.party), instant(row.due), last)
    following = next((plan for plan in ahead if not plan.step.by_hand), None)
    return (
        *(_told(context, one, names, over) for one in taken),
        *(
            _planned(context, plan, names, "next" if plan is following else "later")
            for plan in ahead
        ),
    )


def standing(
    context: PageContext,
    row: QuestionRow,
    raised: Sequence[EscalationRow],
    names: Mapping[int, str],
    over: Mapping[EntryId, TakenOver],
) -> tuple[Step | None, tuple[int, int]]:
    """Return `now_step` of an ask's ladder, and how many of its steps are taken, of how many.

    For lists: makes none of the steps that they do not show.
    """
    taken = _taken(row, raised)
    last = taken[-1].step if taken else 0
    # Steps that no machine takes have no place in a list: nobody waits for them.
    machine = [step for step in context.own.ladder.steps if not step.by_hand]
    whole = len(taken) + sum(step.number > last for step in machine)
    if taken:
        return _told(context, taken[-1], names, over), (len(taken), whole)
    ahead = _ahead(context.own.ladder, context.calendar(context.party), instant(row.due), None)
    following = next((plan for plan in ahead if not plan.step.by_hand), None)
    step = _planned(context, following, names, "next") if following else None
    return step, (0, whole)


def _taken(row: QuestionRow, raised: Sequence[EscalationRow]) -> list[EscalationRow]:
    return sorted(
        (one for one in raised if (one.note, one.q, one.due) == (row.note, row.q, row.due)),
        key=lambda one: one.step,
    )


async def taken_over(
    context: PageContext, raised: Iterable[EscalationRow]
) -> Mapping[EntryId, TakenOver]:
    """Return who took these steps over, and when: the first to sign, of each."""
    steps = sorted(one.id for one in raised if one.acknowledged)
    if not steps:
        return {}
    facts = await context.own.acknowledgements.of(steps)
    authors = await people(context, {fact.by for each in facts.values() for fact in each})
    return {id_: _over(context, each[0], authors) for id_, each in facts.items()}


def _over(context: PageContext, fact: Acknowledgement, authors: People) -> TakenOver:
    author = authors.author(fact.by)
    by = author.name or f"{context.t.label('role', author.role)} {author.number}"
    return TakenOver(
        by, instant(fact.accepted), context.who is not None and fact.by == context.who.key
    )


def _told(
    context: PageContext,
    one: EscalationRow,
    names: Mapping[int, str],
    over: Mapping[EntryId, TakenOver],
) -> Step:
    step = next((step for step in context.own.ladder.steps if step.number == one.step), None)
    return Step(
        role=one.role,
        at=instant(one.fired),
        name=names.get(one.step),
        state="acknowledged" if one.acknowledged else "told",
        you=step is not None and _is_for(context, step),
        raised=one.id,
        title=step.title if step is not None else None,
        desk=_desk(context, step),
        taken_over=over.get(one.id),
    )


def _planned(
    context: PageContext,
    plan: PlannedStep,
    names: Mapping[int, str],
    state: Literal["next", "later"],
) -> Step:
    return Step(
        role=plan.step.role,
        at=plan.at,
        name=names.get(plan.step.number),
        state=state,
        you=_is_for(context, plan.step),
        title=plan.step.title,
        desk=_desk(context, plan.step),
        by_hand=plan.step.by_hand,
    )


# Most questions of a page fall due at the close of business of a few days.
@lru_cache(maxsize=1024)
def _ahead(
    ladder: Ladder, calendar: Calendar, due: datetime, last: TakenStep | None
) -> tuple[PlannedStep, ...]:
    return steps_ahead(ladder, calendar, due, last)


def holders(ladder: Ladder, officials: Sequence[Official]) -> Mapping[int, str]:
    """Name who holds a step of the own ladder, by its number, where one person alone does."""
    names = {
        step.number: [one.name for one in officials if ladder.tells(step, one.role, one.desk)]
        for step in ladder.steps
    }
    return {number: found[0] for number, found in names.items() if len(found) == 1}


def present(ladder: Sequence[Step]) -> tuple[Step, ...]:
    """Return the last step taken and the next one that a machine takes, as a thread shows them."""
    told = [step for step in ladder if step.state in {"told", "acknowledged"}]
    return (*told[-1:], *(step for step in ladder if step.state == "next"))


def now_step(ladder: Sequence[Step]) -> Step | None:
    """Return the last step taken, else the next."""
    told = [step for step in ladder if step.state in {"told", "acknowledged"}]
    return told[-1] if told else next(iter(ladder), None)


def following(ladder: Sequence[Step]) -> Step | None:
    """Return the step ahead, where one is taken already."""
    ahead = next((step for step in ladder if step.state == "next"), None)
    return ahead if ahead is not now_step(ladder) else None


def _desk(context: PageContext, step: LadderStep | None) -> Pair | None:
    return desk_of(context, context.party, step.desk) if step is not None and step.desk else None


def by_note(raised: Sequence[EscalationRow]) -> Mapping[EntryId, Sequence[EscalationRow]]:
    """Group the own steps by the note that asks."""
    found: dict[EntryId, list[EscalationRow]] = {}
    for row in raised:
        found.setdefault(row.note, []).append(row)
    return found


def days(context: PageContext) -> tuple[Day, ...]:
    """Return the days from today on, and who works on them."""
    own, peer = context.calendar(context.party), context.calendar(context.peer)
    today = local(context.now, context.party).date()
    return tuple(
        Day(on, own.is_working_day(on), peer.is_working_day(on), shared_hours(own, peer, on))
        for on in _from(today)
    )


def _from(today: date) -> tuple[date, ...]:
    return tuple(today + timedelta(days=step) for step in range(RULER_DAYS))


def _is_for(context: PageContext, step: LadderStep) -> bool:
    me = context.reader.row
    return context.own.ladder.tells(step, me.role, me.desk)
