"""What changed since both logs had given sizes: whose word on an application, and a thread's state.

For people who prepare a meeting. Does not read entries: rows carry the index of each statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from special_channel.core.bytes.ids import PARTIES, Party, Position
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.core.rows.threads import CloseFact, OpeningFact, ReopeningFact, ThreadRow

Standing = Literal["", "open", "closed"]
"""A thread's; empty before it was opened."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One side now calls an application's state by another word than it did.

    `before`: what it held at the sizes, None if nothing; `after`: what it holds.
    """

    party: Party
    before: AssertedStatement | None
    after: AssertedStatement


@dataclass(frozen=True, slots=True)
class Passage:
    """How a thread stood and stands; `by`: the entry that last made it so, if one did since."""

    before: Standing
    after: Standing
    by: Position | None = None


def turned(row: ApplicationRow, party: Party) -> int:
    """Return the index of the statement since which a side calls the state what it does; or -1."""
    found = -1
    for said in reversed(row.history(party)):
        if said.state != row.history(party)[-1].state:
            break
        found = said.index
    return found


def turns(row: ApplicationRow, sizes: Mapping[Party, int]) -> tuple[Turn, ...]:
    """Return which sides changed their word on an application's state since, and how."""
    found = []
    for party in PARTIES:
        latest = row.latest(party)
        earlier = [said for said in row.history(party) if said.index < sizes[party]]
        before = earlier[-1] if earlier else None
        if latest is not None and (before is None or before.state != latest.state):
            found.append(Turn(party, before, latest))
    return tuple(found)


def passage(row: ThreadRow, sizes: Mapping[Party, int]) -> Passage:
    """Return how a thread stood at the sizes and stands now."""

    def since(fact: OpeningFact | CloseFact | ReopeningFact) -> bool:
        return fact.index >= sizes[fact.party]

    undone = {fact.close for fact in row.reopened if not since(fact)}
    before: Standing = "" if all(map(since, row.opened)) else "open"
    if any(not since(close) and close.id not in undone for close in row.closes):
        before = "closed"
    after: Standing = "closed" if row.is_closed() else "open"
    if before == after:
        return Passage(before, after)
    reopened = {fact.close for fact in row.reopened}
    standing = [close for close in row.closes if close.id not in reopened]
    facts: list[OpeningFact | CloseFact | ReopeningFact] = (
        [*standing] if after == "closed" else [*row.opened, *row.reopened]
    )
    last = [fact for fact in facts if since(fact)][-1]
    return Passage(before, after, Position(last.party, last.index))
