"""Look up the facts of a question that are not in its row: deliveries, silence, and our ladder.

Knows nothing about the other side's ladder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar

from special_channel.core.bytes.ids import EntryId, Party, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import DeadlinePassed
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.private import EscalationRow
from special_channel.core.rows.question_facts import DuePassedFact
from special_channel.core.rows.questions import Outcome, QuestionRow
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.ladder import Ladder, PlannedStep, TakenStep, steps_ahead
from special_channel.core.time.ladder import Step as LadderStep
from special_channel.ports import Stored
from special_channel.stores.history import Acknowledgement
from special_channel.stores.people import functions_in, functions_of
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.dues import Step, TakenOver, due_of, has_ladder
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.silence import line
from special_channel.web.shared.viewpoint import desk_of
from special_channel.web.shell.content import entry_of
from special_channel.web.shell.context import PageContext, stamped
from special_channel.web.shell.people import People, people


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Cosigned notes by entry: the first note that covers the entry."""

    context: PageContext
    notes: Mapping[Position, str]

    def at(self, position: Position) -> datetime | None:
        """Return the time of the cosignature that covers an entry; None before the cosignature."""
        note = self.notes.get(position)
        return None if note is None else self.context.cosigned(position.party, note)


async def delivered(context: PageContext, positions: Iterable[Position]) -> Deliveries:
    """Look up when entries reached the other side, by its cosignatures, with one query."""
    covered = [one for one in {*positions} if one.index < context.delivered[one.party]]
    return Deliveries(
        context, await context.own.stores.views.deliveries(covered) if covered else {}
    )


@dataclass(frozen=True, slots=True)
class LastHeard:
    """Entries `deadline.passed` by id, and the keys that stamp heads."""

    parties: Mapping[Party, PartyRow]
    held: Mapping[EntryId, Stored]

    def at(self, row: QuestionRow) -> datetime | None:
        """Return when the answering side was last heard at the due time in force (rule 14).

        The time is read from the stamped head in `deadline.passed`. None if both records were known
        at the due time, and for the other side's questions.
        """
        fact = _passed_of(row)
        stored = self.held.get(fact.id) if fact else None
        entry = entry_of(stored) if stored else None
        if not isinstance(entry, DeadlinePassed) or entry.body.head is None:
            return None
        return stamped(self.parties, row.answering, entry.body.head)


def _passed_of(row: QuestionRow) -> DuePassedFact | None:
    """Return the record that the due time in force passed, if any."""
    return next((fact for fact in row.passed if fact.due == row.due), None)


async def last_heard_of(context: PageContext, rows: Iterable[QuestionRow]) -> LastHeard:
    """Look up `deadline.passed` with one query; empty if no due time passed by our record alone."""
    facts = [_passed_of(row) for row in rows if row.asker == context.party]
    ids = sorted({fact.id for fact in facts if fact is not None and not fact.confirmed})
    return LastHeard(context.parties, await context.own.stores.record.find(ids) if ids else {})


class QuestionState(EntryItem):
    """A question with its outcome; `sentence` states the outcome in the reader's language."""

    numbered: ClassVar = "number"

    number: str
    url: str
    due: datetime
    outcome: Outcome
    sentence: str
    answered_in: str | None = None


def question_state(context: PageContext, row: QuestionRow, heard: LastHeard) -> QuestionState:
    """Return a question's state from its row."""
    due, answer = due_of(context, row), row.answer
    return QuestionState(
        number=ask_number(row),
        url=f"/entries/{row.position}",
        due=due.at,
        outcome=row.outcome(),
        sentence=line(row.outcome(), due, heard.at(row), context),
        answered_in=str(Position(row.answering, answer.index)) if answer else None,
    )


@dataclass(frozen=True, slots=True)
class Ladders:
    """Our side's ladder for questions: steps taken, from the private log, and steps ahead.

    Attributes:
        raised: Steps taken, by the asking note.
        names: Names by step number, for steps that alert a single official.
        over: The first takeover of a step, by the step's entry.
    """

    context: PageContext
    raised: Mapping[EntryId, Sequence[EscalationRow]]
    names: Mapping[int, str]
    over: Mapping[EntryId, TakenOver]

    def steps(self, row: QuestionRow) -> tuple[Step, ...]:
        """Return the ladder of an open question: steps taken, then steps ahead."""
        taken = [
            one for one in self.raised.get(row.note, ()) if (one.q, one.due) == (row.q, row.due)
        ]
        taken.sort(key=lambda one: one.step)
        last = TakenStep(taken[-1].step, instant(taken[-1].fired)) if taken else None
        calendar = self.context.calendar(self.context.party)
        ahead = _ahead(self.context.own.times.ladder, calendar, instant(row.due), last)
        following = next((plan for plan in ahead if not plan.step.by_hand), None)
        return (
            *map(self._taken, taken),
            *(self._planned(plan, is_next=plan is following) for plan in ahead),
        )

    def present(self, row: QuestionRow) -> tuple[Step, ...]:
        """Return the last step taken of an open question, and the next automatic step."""
        steps = self.steps(row)
        return (
            *[step for step in steps if step.raised][-1:],
            *(step for step in steps if step.state == "next"),
        )

    def standing(self, row: QuestionRow) -> tuple[Step | None, tuple[int, int]]:
        """Return a question's present step, the number of steps taken, and the number of steps.

        A due time that cannot pass has no steps: nobody is alerted.
        """
        # Steps by hand are left out of lists: nobody waits for them.
        steps = [step for step in self.steps(row) if not step.by_hand] if has_ladder(row) else []
        taken = [step for step in steps if step.raised]
        return next(iter(taken[-1:] or steps), None), (len(taken), len(steps))

    def _taken(self, one: EscalationRow) -> Step:
        steps = self.context.own.times.ladder.steps
        step = next((step for step in steps if step.number == one.step), None)
        return Step(
            role=one.role,
            at=instant(one.fired),
            name=self.names.get(one.step),
            state="acknowledged" if one.acknowledged else "told",
            raised=one.id,
            taken_over=self.over.get(one.id),
            **self._described(step),
        )

    def _planned(self, plan: PlannedStep, *, is_next: bool) -> Step:
        return Step(
            role=plan.step.role,
            at=plan.at,
            name=self.names.get(plan.step.number),
            state="next" if is_next else "later",
            by_hand=plan.step.by_hand,
            **self._described(plan.step),
        )

    def _described(self, step: LadderStep | None) -> dict[str, Any]:
        """Return the fields of `Step` from the ladder's step; empty for a step removed since."""
        if step is None:
            return {}
        context, me = self.context, self.context.reader.row
        return {
            "you": any(
                context.own.times.ladder.tells(step, held.role, held.desk)
                for held in me.functions_now
            ),
            "title": step.title,
            "desk": desk_of(context, context.party, step.desk) if step.desk else None,
        }


async def ladders(
    context: PageContext,
    asks: Iterable[QuestionRow],
    raised: Sequence[EscalationRow] | None = None,
) -> Ladders:
    """Read the ladders of open questions; `raised`: steps taken, if already read."""
    if raised is None:
        waiting = sorted({row.note for row in asks if row.is_open})
        raised = await context.own.stores.views.escalations(waiting)
    by_note: dict[EntryId, list[EscalationRow]] = defaultdict(list)
    for row in raised:
        by_note[row.note].append(row)
    names = await _holders(context)
    return Ladders(context, by_note, names, await _taken_over(context, raised))


async def _taken_over(
    context: PageContext, raised: Iterable[EscalationRow]
) -> Mapping[EntryId, TakenOver]:
    steps = sorted(one.id for one in raised if one.acknowledged)
    if not steps:
        return {}
    facts = await context.own.alerts.acknowledgements.of(steps)
    authors = await people(context, {fact.by for each in facts.values() for fact in each})
    return {id_: _over(context, each[0], authors) for id_, each in facts.items()}


def _over(context: PageContext, fact: Acknowledgement, authors: People) -> TakenOver:
    author = authors.author(fact.by)
    desk = author.desk.first(context.lang).text
    by = author.name or context.t.gettext("official.numbered", desk=desk, number=author.place)
    return TakenOver(by, instant(fact.accepted), you=fact.by == context.reader.key)


# Due times of a page are at the close of business of a few days.
@lru_cache(maxsize=1024)
def _ahead(
    ladder: Ladder, calendar: Calendar, due: datetime, last: TakenStep | None
) -> tuple[PlannedStep, ...]:
    return steps_ahead(ladder, calendar, due, last)


async def _holders(context: PageContext) -> Mapping[int, str]:
    """Return names by step number, for steps that alert a single official."""
    ladder, officials = context.own.times.ladder, await context.officials.all()
    functions = functions_in(context.directory.persons_of(context.party).values())
    names = {
        step.number: [
            one.name
            for one in officials
            if any(
                ladder.tells(step, held.role, held.desk) for held in functions_of(one, functions)
            )
        ]
        for step in ladder.steps
    }
    return {number: each[0] for number, each in names.items() if len(each) == 1}
