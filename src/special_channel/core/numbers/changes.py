"""Changes since earlier sizes of both logs: states of applications, and open or closed threads.

For briefs before a meeting. Does not read entries: rows contain the index of each statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from special_channel.core.bytes.ids import PARTIES, Party, Position
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.core.rows.recorded import as_recorded
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
    """Return the index of the entry since which a side's latest state is the present one.

    -1 without a statement. A correction may be that entry, as it changes the latest state.
    """
    since = -1
    latest = row.latest(party)
    for index, state in _states_before(row, party):
        if latest is None or state != latest.state:
            break
        since = index
    return since


def _states_before(row: ApplicationRow, party: Party) -> Iterator[tuple[int, str]]:
    """Yield each entry that changed a side's latest state, the last first, with that state."""
    own = [each for each in row.corrections if each.party == party]
    if not own:
        yield from ((each.index, each.state) for each in reversed(row.history(party)))
        return
    turns = {each.index for each in row.history(party)} | {each.index for each in own}
    for index in sorted(turns, reverse=True):
        then = as_recorded(row, {"eu": index + 1, "cn": index + 1}).latest(party)
        yield index, then.state if then else ""


def state_changes(row: ApplicationRow, sizes: Mapping[Party, int]) -> tuple[StateChange, ...]:
    """Compare the latest stated states of an application with those at earlier log sizes.

    Returns:
        A change for each side with another state, the EU's first. A state that a correction since
        has replaced is the state before.
    """
    changes = []
    recorded = as_recorded(row, sizes)
    for party in PARTIES:
        latest, before = row.latest(party), recorded.latest(party)
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
