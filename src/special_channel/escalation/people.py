"""Whom a step tells: the own people who hold its role. Names stay on this node.

Does not send anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from special_channel.core.ladder import Ladder, Step
from special_channel.ports.people import Official, Officials


@dataclass(frozen=True, slots=True)
class Staff:
    """The own people, as they were when it was read."""

    officials: tuple[Official, ...]

    def holders(self, step: Step) -> list[Official]:
        """Return who holds a step's role and can be reached."""
        return [
            one
            for one in self.officials
            if one.role == step.role and step.desk in {None, one.desk} and one.email
        ]

    def told(self, step: Step, desk: str) -> Sequence[Official]:
        """Return whom a step tells: of its holders those of the ask's own desk, if any are."""
        holders = self.holders(step)
        near = [one for one in holders if one.desk == desk]
        return near if step.desk is None and near else holders

    def absent(self, ladder: Ladder) -> frozenset[int]:
        """Return the numbers of steps that nobody can be told of."""
        return frozenset(step.number for step in ladder.steps if not self.holders(step))

    def unreachable(self) -> int:
        """Count own people without an address."""
        return sum(not one.email for one in self.officials)


async def read_staff(officials: Officials) -> Staff:
    """Read the own directory.

    Raises:
        Unavailable: `database-unavailable`.
    """
    return Staff(tuple(await officials.all()))
