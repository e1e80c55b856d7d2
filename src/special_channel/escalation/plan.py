"""Plan the next look at a question: a pure function of record, ladder and officials present.

At most one planned look per question. Does not check questions, write entries or store looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant
from special_channel.core.rows.private import EscalationRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.ladder import Ladder, PlannedStep, TakenStep, next_step
from special_channel.stores.work import Look, QuestionKey


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of planning: our party, ladder and calendar, and `absent` steps without a holder.

    `known` caches next steps by due time and last step taken.
    """

    # A herd has few distinct due times and last steps, so the cache stays small.
    own: Party
    ladder: Ladder
    calendar: Calendar
    absent: AbstractSet[int] = frozenset()
    known: dict[tuple[str, TakenStep | None], PlannedStep | None] = field(
        default_factory=dict, compare=False, repr=False
    )


def key_of(row: QuestionRow) -> QuestionKey:
    """Return the key of a question."""
    return row.note, row.q


def generation(row: QuestionRow, raised: Sequence[EscalationRow]) -> int:
    """Count the facts that can change a plan. The count only grows, so it orders plans."""
    # Answers and withdrawals count: a reopened question needs a newer plan than the plan that was
    # dropped when the answer came.
    withdrawn = sum(answer.withdrawn is not None for answer in row.answers)
    replies = len(row.proposals) + len(row.acceptances) + len(row.answers) + withdrawn
    return len(row.moves) + len(row.passed) + len(raised) + replies


def is_passed(row: QuestionRow) -> bool:
    """Return whether the current due time is recorded as passed."""
    return any(fact.due == row.due for fact in row.passed)


def is_over(row: QuestionRow) -> bool:
    """Return whether no due time is ahead, because an answer was withdrawn after its due time."""
    return row.outcome() == "withdrawn"


def last_taken(row: QuestionRow, raised: Iterable[EscalationRow]) -> TakenStep | None:
    """Return our last step about the current due time, or None."""
    steps = [step for step in raised if step.due == row.due]
    if not steps:
        return None
    last = max(steps, key=lambda step: step.step)
    return TakenStep(last.step, instant(last.fired))


def step_ahead(
    row: QuestionRow, raised: Iterable[EscalationRow], rules: Rules
) -> PlannedStep | None:
    """Return our next step; None if all are taken or only a person may take the next."""
    return step_after(row, last_taken(row, raised), rules)


def step_after(row: QuestionRow, last: TakenStep | None, rules: Rules) -> PlannedStep | None:
    """Return the step after `last`; None if there is none, or only a person may take it."""
    key = row.due, last
    if key not in rules.known:
        due = instant(row.due)
        rules.known[key] = next_step(rules.ladder, rules.calendar, due, last, rules.absent)
    following = rules.known[key]
    return None if following is None or following.step.by_hand else following


def time_ahead(row: QuestionRow, raised: Sequence[EscalationRow], rules: Rules) -> datetime | None:
    """Return the time of the next look at a question, or None if nothing is ahead."""
    if not row.is_open or is_over(row):
        return None
    if not row.is_agreed:
        # A requested date: remind the asking side's desk, never the other side (rule 15).
        return instant(row.due) if row.asker == rules.own else None
    if row.asker == rules.own and row.is_provisional:
        # At once, since a release may have arrived with the charter in force.
        return instant(row.accepted)
    if row.asker == rules.own and not is_passed(row):
        return instant(row.due)
    if row.asker != rules.own and row.rule and last_taken(row, raised) is None:
        # At once, since the reply rule may warn our desk before the due time.
        return instant(row.accepted)
    following = step_ahead(row, raised, rules)
    return None if following is None else following.at


def look_at(row: QuestionRow, raised: Sequence[EscalationRow], rules: Rules) -> Look | None:
    """Return the next look at a question, or None."""
    at = time_ahead(row, raised, rules)
    return None if at is None else Look(key_of(row), at, generation(row, raised))
