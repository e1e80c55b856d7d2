"""Whom a step tells: the own people who hold its role. Names stay on this node.

Does not send anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from special_channel.core.time.ladder import Ladder, Step
from special_channel.ports.mail import Channel
from special_channel.ports.people import Official, Officials

NO_WAY: Final = "none"
"""Stands where a node has no way to people at all: the alert waits until it has one."""


@dataclass(frozen=True, slots=True)
class Staff:
    """The own people, as they were when it was read, and the own ladder that tells them."""

    officials: tuple[Official, ...]
    ladder: Ladder

    def holders(self, step: Step) -> list[Official]:
        """Return who holds a step's role and can be reached."""
        return [
            one
            for one in self.officials
            if one.email and self.ladder.tells(step, one.role, one.desk)
        ]

    def told(self, step: Step, desk: str) -> Sequence[Official]:
        """Return whom a step tells: of its holders those of the ask's own desk, if any are."""
        holders = self.holders(step)
        near = [one for one in holders if one.desk == desk]
        return near if step.desk is None and near else holders

    def desk(self, desk: str) -> list[Official]:
        """Return who sits at a desk and can be reached: the desk on duty."""
        return [one for one in self.officials if one.desk == desk and one.email]

    def after(self, step: int, told: AbstractSet[str]) -> Sequence[Official]:
        """Return whom to tell when a person of this step can't be: the nearest step above.

        `told` are addresses that had an alert about it already.
        """
        for above in self.ladder.steps:
            if above.number > step and not above.by_hand:
                found = [one for one in self.holders(above) if one.email not in told]
                if found:
                    return found
        return ()

    def absent(self) -> frozenset[int]:
        """Return the numbers of steps that nobody can be told of."""
        return frozenset(step.number for step in self.ladder.steps if not self.holders(step))

    def unreachable(self) -> int:
        """Count own people without an address."""
        return sum(not one.email for one in self.officials)


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways to people that this node has, and the order of those who want no other."""

    channels: Mapping[str, Channel]
    order: tuple[str, ...]

    def of(self, official: Official) -> tuple[str, ...]:
        """Return the ways to a person in their order."""
        own = tuple(name for name in official.channels if name in self.channels)
        return own or tuple(name for name in self.order if name in self.channels)

    def first(self, official: Official) -> str:
        """Return the way that is tried first."""
        return next(iter(self.of(official)), NO_WAY)

    def after(self, official: Official, channel: str) -> str | None:
        """Return the way after one that failed, or None: there is no other."""
        ways = self.of(official)
        if channel not in ways:
            return next(iter(ways), None)
        return next(iter(ways[ways.index(channel) + 1 :]), None)

    def recipient(self, official: Official, channel: str) -> tuple[str, int]:
        """Return address and number of whom a message reaches: a group is told once for all."""
        way = self.channels.get(channel)
        if way is not None and way.group:
            return channel, 0
        return official.email, official.id


async def read_staff(officials: Officials, ladder: Ladder) -> Staff:
    """Read the own directory.

    Raises:
        Unavailable: `database-unavailable`.
    """
    return Staff(tuple(await officials.all()), ladder)
