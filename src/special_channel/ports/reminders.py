"""Ports of reminders: hints across processes, and timers that say "look again".

Losing, doubling or delaying one can make a step late, never wrong. Does not decide.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol


class Wakeups(Protocol):
    """A hint across processes that something changed. May lose, double or delay any."""

    async def publish(self, topic: str) -> None:
        """Send a hint; never raises."""
        ...

    def subscribe(self) -> AsyncIterator[str]:
        """Yield topics as they come, for ever; survives the server's absence."""
        ...


@dataclass(frozen=True, slots=True)
class TimerDue:
    """A reminder to look at something. `generation` rises when its time is set anew."""

    id: str
    due_ms: int
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Claimed:
    """A leased reminder. `attempt` counts claims of this generation, from 1."""

    id: str
    generation: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claim found.

    Attributes:
        now_ms: The store's clock, ms since 1970; for release times and skew alone.
        epoch: Set after the last full rebuild; None: the store was emptied, rebuild.
        next_due_ms: When the earliest reminder becomes visible, if nothing was; None:
            there is none, or something was claimed (ask again at once).
        items: Leased to the token, oldest first.
    """

    now_ms: int
    epoch: str | None
    next_due_ms: int | None
    items: tuple[Claimed, ...]


class Timers(Protocol):
    """Reminders with leases. Promptness alone is trusted to it: it may lose or repeat any.

    Each call is atomic per batch and may be repeated. All raise `Unavailable`
    (`redis-unavailable`); it may have taken effect all the same.
    """

    async def schedule(self, timers: Sequence[TimerDue], *, only_missing: bool = False) -> int:
        """Set reminders; an older generation than the one held changes nothing.

        `only_missing` keeps what is held with its lease (sweep, rebuild). Returns how many
        were written.
        """
        ...

    async def cancel(self, timers: Sequence[tuple[str, int]]) -> int:
        """Remove (id, generation) and older generations; return how many went."""
        ...

    async def claim(self, limit: int, lease_ms: int, token: str) -> Claim:
        """Lease what is due by the store's clock, oldest first.

        A lease that runs out makes it due again. `token` is new for each claim.
        """
        ...

    async def complete(self, token: str, ids: Sequence[str]) -> int:
        """Remove what this token still holds; return how many went."""
        ...

    async def release(self, token: str, visible: Sequence[tuple[str, int]]) -> int:
        """Give back (id, visible again at ms of the store's clock) what it still holds."""
        ...


class TimerIndex(Protocol):
    """The same reminders, seen whole: for sweep, rebuild and alarm.

    All raise `Unavailable` (`redis-unavailable`).
    """

    async def mark_epoch(self, epoch: str) -> None:
        """Say that a full rebuild is complete."""
        ...

    async def missing(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Return those of the ids that are not held."""
        ...

    async def count(self) -> int:
        """Return how many are held."""
        ...

    def ids(self) -> AsyncIterator[str]:
        """Yield ids held throughout, some perhaps twice; what comes or goes may show."""
        ...

    async def eviction_policy(self) -> str | None:
        """Return what the store does when full, None if it won't say. Must be `noeviction`."""
        ...
