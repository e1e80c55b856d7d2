"""Recipients of ladder steps: our officials in the step's role. Names stay on this node.

Does not send alerts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from special_channel.core.bytes.ids import Party, PersonId
from special_channel.core.rules.alerting import WARNED_ROLE
from special_channel.core.time.ladder import Ladder, Step
from special_channel.ports.mail import Channel
from special_channel.stores.people import Held, Official, Officials, functions_of

NO_USABLE_CHANNEL: Final = "none"
"""Channel of an alert on a node without channels: the alert waits until a channel exists."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Our officials, as of the time of the query, and our ladder.

    `functions`: those in force by person, as `Officials.functions`. A stand-in is told what the
    absent person is told.
    """

    officials: tuple[Official, ...]
    ladder: Ladder
    functions: Mapping[PersonId, Sequence[Held]] = field(default_factory=dict)

    def holders(self, step: Step) -> list[Official]:
        """Return officials with a step's role and an address."""
        return [one for one in self.officials if one.email and self.desks_told(step, one)]

    def desks_told(self, step: Step, official: Official) -> set[str]:
        """Return the desks of an official's functions that a step alerts."""
        held = functions_of(official, self.functions)
        return {each.desk for each in held if self.ladder.tells(step, each.role, each.desk)}

    def in_role(self, role: str) -> list[Official]:
        """Return officials with a function of a role and an address."""
        return [
            one
            for one in self.officials
            if one.email and any(each.role == role for each in functions_of(one, self.functions))
        ]

    def recipients(self, step: Step, desk: str) -> Sequence[Official]:
        """Return a step's recipients: holders at the question's desk, if any, else all holders."""
        holders = self.holders(step)
        near = [one for one in holders if desk in self.desks_told(step, one)]
        return near if step.desk is None and near else holders

    def warned(self) -> list[Official]:
        """Return the officials who are warned before a due time and have an address."""
        return self.in_role(WARNED_ROLE)

    def desk(self, desk: str) -> list[Official]:
        """Return the officials of a desk who have an address."""
        return [
            one
            for one in self.officials
            if one.email and any(each.desk == desk for each in functions_of(one, self.functions))
        ]

    def after(self, step: int, alerted: AbstractSet[str]) -> Sequence[Official]:
        """Return substitutes for an unreachable recipient, from the nearest step above.

        Args:
            step: Number of the recipient's step.
            alerted: Addresses that were alerted already; their owners are omitted.
        """
        for above in self.ladder.steps:
            if above.number > step and not above.by_hand:
                officials = [one for one in self.holders(above) if one.email not in alerted]
                if officials:
                    return officials
        return ()

    def absent(self) -> frozenset[int]:
        """Return the numbers of steps without a reachable holder."""
        return frozenset(step.number for step in self.ladder.steps if not self.holders(step))

    def unreachable(self) -> int:
        """Count our officials without an address."""
        return sum(not one.email for one in self.officials)


class Address(NamedTuple):
    """A recipient on a channel, with the directory number; 0 for a group."""

    channel: str
    recipient: str
    number: int


@dataclass(frozen=True, slots=True)
class Channels:
    """The node's channels by name, and the default order for officials without a preference."""

    by_name: Mapping[str, Channel]
    order: tuple[str, ...]

    def of(self, official: Official) -> tuple[str, ...]:
        """Return the names of an official's channels, preferred first."""
        own = tuple(name for name in official.channels if name in self.by_name)
        return own or tuple(name for name in self.order if name in self.by_name)

    def after(self, official: Official, channel: str) -> str | None:
        """Return the channel to try after a failed channel, or None if none is left."""
        names = self.of(official)
        if channel not in names:
            return next(iter(names), None)
        return next(iter(names[names.index(channel) + 1 :]), None)

    def address(self, official: Official, channel: str | None = None) -> Address:
        """Return an official's address on a channel, by default on the first one."""
        if channel is None:
            channel = next(iter(self.of(official)), NO_USABLE_CHANNEL)
        way = self.by_name.get(channel)
        if way is not None and way.group:
            return Address(channel, channel, 0)
        return Address(channel, official.email, official.id)


async def read_staff(officials: Officials, ladder: Ladder, party: Party) -> Staff:
    """Read our directory of officials, and their functions in force.

    Raises:
        Unavailable: `database-unavailable`.
    """
    return Staff(tuple(await officials.all()), ladder, await officials.functions(party))
