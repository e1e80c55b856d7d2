"""Changes since earlier sizes of both logs: states of applications, and open or closed threads.

For briefs before a meeting. Does not read entries: rows contain the index of each statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from special_channel.core.bytes.ids import PARTIES, Party, Position
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.core.rows.threads import CloseFact, OpeningFact, ReopeningFact, ThreadRow

Standing = Literal["", "open", "closed"]
"""State of a thread; empty before its opening."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """A side's new statement of an application's state.

    `before`: the side's last statement at the earlier sizes, or None; `after`: its latest.
    """

    party: Party
    before: AssertedStatement | None
    after: AssertedStatement


@dataclass(frozen=True, slots=True)
class ThreadChange:
    """A thread's state before and after; `by`: the entry that last changed the state, if any."""

    before: Standing
    after: Standing
    by: Position | None = None


def state_since(row: ApplicationRow, party: Party) -> int:
    """Return the index of the first statement of a side's present state; -1 without statements."""
    index = -1
    for statement in reversed(row.history(party)):
        if statement.state != row.history(party)[-1].state:
            break
        index = statement.index
    return index


def state_changes(row: ApplicationRow, sizes: Mapping[Party, int]) -> tuple[StateChange, ...]:
    """Compare the latest stated states of an application with those at earlier log sizes.

    Returns:
        A change for each side with another state, the EU's first.
    """
    changes = []
    for party in PARTIES:
        latest = row.latest(party)
        earlier = [each for each in row.history(party) if each.index < sizes[party]]
        before = earlier[-1] if earlier else None
        if latest is not None and (before is None or before.state != latest.state):
            changes.append(StateChange(party, before, latest))
    return tuple(changes)


def thread_change(row: ThreadRow, sizes: Mapping[Party, int]) -> ThreadChange:
    """Compare a thread's present state with its state at earlier log sizes."""

    def since(fact: OpeningFact | CloseFact | ReopeningFact) -> bool:
        return fact.index >= sizes[fact.party]

    undone = {fact.close for fact in row.reopened if not since(fact)}
    before: Standing = "" if all(map(since, row.opened)) else "open"
    if any(not since(close) and close.id not in undone for close in row.closes):
        before = "closed"
    after: Standing = "closed" if row.is_closed() else "open"
    if before == after:
        return ThreadChange(before, after)
    reopened = {fact.close for fact in row.reopened}
    in_force = [close for close in row.closes if close.id not in reopened]
    facts: list[OpeningFact | CloseFact | ReopeningFact] = (
        [*in_force] if after == "closed" else [*row.opened, *row.reopened]
    )
    last = [fact for fact in facts if since(fact)][-1]
    return ThreadChange(before, after, Position(last.party, last.index))
