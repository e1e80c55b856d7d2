"""Our side's ladder for a question: steps taken, from the private log, and steps ahead.

Knows nothing about the other side's ladder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from special_channel.core.bytes.ids import EntryId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.private import EscalationRow
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.ladder import Ladder, PlannedStep, TakenStep, steps_ahead
from special_channel.core.time.ladder import Step as LadderStep
from special_channel.stores.history import Acknowledgement
from special_channel.stores.people import Official
from special_channel.web.shared.dues import has_ladder
from special_channel.web.shared.people import desk_of
from special_channel.web.shared.steps import Step, TakenOver
from special_channel.web.shared.words import Pair
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.people import People, people


@dataclass(frozen=True, slots=True)
class Ladders:
    """The present steps of open questions, for lists."""

    context: PageContext
    raised: Mapping[EntryId, Sequence[EscalationRow]]
    names: Mapping[int, str]
    over: Mapping[EntryId, TakenOver]

    def standing(self, ask: QuestionRow) -> tuple[Step | None, tuple[int, int]]:
        """Return a question's present step, the number of steps taken, and of all steps.

        No steps for a due time that cannot pass: nobody is alerted about it.
        """
        if not has_ladder(ask):
            return None, (0, 0)
        return standing(self.context, ask, self.raised.get(ask.note, ()), self.names, self.over)


async def ladders(context: PageContext, asks: Iterable[QuestionRow]) -> Ladders:
    """Read the present steps of open questions."""
    waiting = sorted({row.note for row in asks if row.is_open})
    raised = await context.own.stores.views.escalations(waiting)
    names = holders(context.own.times.ladder, await context.own.desk.officials.all())
    return Ladders(context, by_note(raised), names, await taken_over(context, raised))


def steps(
    context: PageContext,
    row: QuestionRow,
    raised: Sequence[EscalationRow],
    names: Mapping[int, str],
    over: Mapping[EntryId, TakenOver],
) -> tuple[Step, ...]:
    """Return the ladder of a question: steps taken, then steps ahead.

    Args:
        context: Reader, time and ladder.
        row: The question; open.
        raised: Steps in the private log, of any questions.
        names: Names by step number (`holders`).
        over: Takeovers by step entry (`taken_over`).
    """
    taken = _taken(row, raised)
    last = TakenStep(taken[-1].step, instant(taken[-1].fired)) if taken else None
    ahead = _ahead(
        context.own.times.ladder, context.calendar(context.party), instant(row.due), last
    )
    following = next((plan for plan in ahead if not plan.step.by_hand), None)
    return (
        *(_taken_step(context, one, names, over) for one in taken),
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
    """Return `now_step` of a question's ladder, the number of steps taken, and of all steps.

    Builds a single step, for lists.
    """
    taken = _taken(row, raised)
    last = taken[-1].step if taken else 0
    # Steps by hand are left out of lists: nobody waits for them.
    machine = [step for step in context.own.times.ladder.steps if not step.by_hand]
    whole = len(taken) + sum(step.number > last for step in machine)
    if taken:
        return _taken_step(context, taken[-1], names, over), (len(taken), whole)
    ahead = _ahead(
        context.own.times.ladder, context.calendar(context.party), instant(row.due), None
    )
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
    """Look up the first takeover of each step, by the step's entry."""
    steps = sorted(one.id for one in raised if one.acknowledged)
    if not steps:
        return {}
    facts = await context.own.alerts.acknowledgements.of(steps)
    authors = await people(context, {fact.by for each in facts.values() for fact in each})
    return {id_: _over(context, each[0], authors) for id_, each in facts.items()}


def _over(context: PageContext, fact: Acknowledgement, authors: People) -> TakenOver:
    author = authors.author(fact.by)
    by = author.name or f"{context.t.label('role', author.role)} {author.number}"
    return TakenOver(
        by, instant(fact.accepted), context.who is not None and fact.by == context.who.key
    )


def _taken_step(
    context: PageContext,
    one: EscalationRow,
    names: Mapping[int, str],
    over: Mapping[EntryId, TakenOver],
) -> Step:
    step = next((step for step in context.own.times.ladder.steps if step.number == one.step), None)
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


# Due times of a page are at the close of business of a few days.
@lru_cache(maxsize=1024)
def _ahead(
    ladder: Ladder, calendar: Calendar, due: datetime, last: TakenStep | None
) -> tuple[PlannedStep, ...]:
    return steps_ahead(ladder, calendar, due, last)


def holders(ladder: Ladder, officials: Sequence[Official]) -> Mapping[int, str]:
    """Return names by step number, for steps that alert a single official."""
    names = {
        step.number: [one.name for one in officials if ladder.tells(step, one.role, one.desk)]
        for step in ladder.steps
    }
    return {number: each[0] for number, each in names.items() if len(each) == 1}


def present(ladder: Sequence[Step]) -> tuple[Step, ...]:
    """Return the last step taken and the next automatic step, for a thread's page."""
    taken = [step for step in ladder if step.state in {"told", "acknowledged"}]
    return (*taken[-1:], *(step for step in ladder if step.state == "next"))


def now_step(ladder: Sequence[Step]) -> Step | None:
    """Return the last step taken, else the next."""
    taken = [step for step in ladder if step.state in {"told", "acknowledged"}]
    return taken[-1] if taken else next(iter(ladder), None)


def following(ladder: Sequence[Step]) -> Step | None:
    """Return the step ahead, if a step was taken already."""
    ahead = next((step for step in ladder if step.state == "next"), None)
    return ahead if ahead is not now_step(ladder) else None


def _desk(context: PageContext, step: LadderStep | None) -> Pair | None:
    return desk_of(context, context.party, step.desk) if step is not None and step.desk else None


def by_note(raised: Sequence[EscalationRow]) -> Mapping[EntryId, Sequence[EscalationRow]]:
    """Group steps by the note that asks."""
    groups: dict[EntryId, list[EscalationRow]] = {}
    for row in raised:
        groups.setdefault(row.note, []).append(row)
    return groups


def _is_for(context: PageContext, step: LadderStep) -> bool:
    me = context.reader.row
    return context.own.times.ladder.tells(step, me.role, me.desk)
