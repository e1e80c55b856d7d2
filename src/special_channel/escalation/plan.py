"""When to look at an ask again: a pure function of the record, the ladder and who is there.

One look ahead per ask at a time. Does not look, fire or keep anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.private import EscalationRow
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.ladder import Ladder, Planned, Taken, next_step
from special_channel.ports.work import AskKey, Look


@dataclass(frozen=True, slots=True)
class Rules:
    """What plans are made by: whose node, its ladder and calendar, and steps nobody holds.

    `known`: steps found already, by due time and last step taken. A herd has few of either.
    """

    own: Party
    ladder: Ladder
    calendar: Calendar
    absent: AbstractSet[int] = frozenset()
    known: dict[tuple[str, Taken | None], Planned | None] = field(
        default_factory=dict, compare=False, repr=False
    )


def key_of(row: QuestionRow) -> AskKey:
    """Return an ask's key."""
    return row.note, row.q


def generation(row: QuestionRow, raised: Sequence[EscalationRow]) -> int:
    """Count the facts that can change a plan. It only grows, so it orders plans.

    Answers and their withdrawals count: a question that is open again needs a newer plan than
    the one that was dropped when it was answered.
    """
    withdrawn = sum(answer.withdrawn is not None for answer in row.answers)
    said = len(row.proposals) + len(row.acceptances) + len(row.answers) + withdrawn
    return len(row.moves) + len(row.passed) + len(raised) + said


def is_passed(row: QuestionRow) -> bool:
    """Tell whether the due time in force is recorded as passed."""
    return any(fact.due == row.due for fact in row.passed)


def is_over(row: QuestionRow) -> bool:
    """Tell whether no time can pass before somebody acts: an answer was withdrawn after it."""
    return row.outcome() == "withdrawn"


def is_held(row: QuestionRow) -> bool:
    """Tell whether the due time rests on days that no calendar covers: it does not fire."""
    return row.is_provisional


def last_taken(row: QuestionRow, raised: Iterable[EscalationRow]) -> Taken | None:
    """Return the last own step about the due time in force."""
    steps = [step for step in raised if step.due == row.due]
    if not steps:
        return None
    last = max(steps, key=lambda step: step.step)
    return Taken(last.step, instant(last.fired))


def step_ahead(row: QuestionRow, raised: Iterable[EscalationRow], rules: Rules) -> Planned | None:
    """Return the own step that is next, or None: all taken, or only a person may take it."""
    asked = row.due, last_taken(row, raised)
    if asked not in rules.known:
        due, last = instant(row.due), asked[1]
        rules.known[asked] = next_step(rules.ladder, rules.calendar, due, last, rules.absent)
    following = rules.known[asked]
    return None if following is None or following.step.by_hand else following


def time_ahead(row: QuestionRow, raised: Sequence[EscalationRow], rules: Rules) -> datetime | None:
    """Return when something may be due about an ask, or None: nothing is ahead."""
    if not row.is_open or is_over(row):
        return None
    if not row.is_agreed:
        # Requested: the asker's own desk is reminded, the other side of nothing (rule 15).
        return instant(row.due) if row.asker == rules.own else None
    if row.asker == rules.own and is_held(row):
        # At once: a release may have arrived with the charter in force.
        return instant(row.accepted)
    if row.asker == rules.own and not is_passed(row):
        return instant(row.due)
    if row.asker != rules.own and row.rule and last_taken(row, raised) is None:
        # At once: its rule may warn the own desk before the due time.
        return instant(row.accepted)
    following = step_ahead(row, raised, rules)
    return None if following is None else following.at


def look_at(row: QuestionRow, raised: Sequence[EscalationRow], rules: Rules) -> Look | None:
    """Return the look that is ahead of an ask, or None."""
    at = time_ahead(row, raised, rules)
    return None if at is None else Look(key_of(row), at, generation(row, raised))
