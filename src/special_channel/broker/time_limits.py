"""End functions whose time is over, in the first append at or after their limit (K28).

No clock ends a function (K1): the node states the end, by its own key. Does not grant, and does not
watch the time between appends.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.identity import Identity
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.core.bytes.ids import Party, PersonId
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.directory import PersonRow
from special_channel.core.rules.state import person_key
from special_channel.ports import Clock, Transaction

_CHANGES: Final = frozenset({"role.granted", "role.ended", "person.left"})

REFRESH_SECONDS: Final = 60.0
"""Time after which limits are read again, as another process may have granted a function."""


class TimeLimits:
    """Time limits of our side's functions in force."""

    def __init__(
        self,
        identity: Identity,
        clock: Clock,
        persons: Callable[[Party], Awaitable[Sequence[PersonRow]]],
    ) -> None:
        """Read limits by `persons`, which returns the persons of a side."""
        self._identity = identity
        self._clock = clock
        self._persons = persons
        self._limits: list[tuple[str, PersonId]] = []
        self._read: float | None = None

    async def due(self) -> list[PersonId]:
        """Return the persons with a function whose time is over."""
        # An append asks each time, so the limits are cached.
        if self._read is None or self._clock.monotonic() - self._read >= REFRESH_SECONDS:
            rows = await self._persons(self._identity.party)
            self._limits = [(until, row.person) for row in rows for _, until in _limits(row)]
            self._read = self._clock.monotonic()
        now = timestamp(self._clock.now())
        return sorted({person for until, person in self._limits if until <= now})

    def note(self, kinds: Iterable[str]) -> None:
        """Read the limits again at the next append if these kinds change functions."""
        if not _CHANGES.isdisjoint(kinds):
            self._read = None

    def pause(self) -> None:
        """Leave the functions alone until the limits are read again: ending them failed."""
        self._limits = []

    async def decide(self, transaction: Transaction, heads: Heads) -> Act | None:
        """Return the ends of functions, as an act under the lock; None if none is over."""
        party = self._identity.party
        keys = {person: person_key(party, person) for person in await self.due()}
        rows = await transaction.rows(frozenset(keys.values()))
        signer = NodeEntrySigner(self._identity, heads, heads.accepted)
        ends = [
            signer.shared("role.ended", {"person": person, "grant": number, "reason": "time-over"})
            for person, key in keys.items()
            for number, until in _limits(rows.get(key))
            if until <= heads.accepted
        ]
        return Act(shared=ends) if ends else None


def _limits(row: object) -> list[tuple[int, str]]:
    """Return the functions in force with a time limit: number and limit."""
    grants = row.grants if isinstance(row, PersonRow) else ()
    return [(one.number, one.until) for one in grants if one.until and one.end is None]
