"""Port of timers for the next check of a question.

A lost, duplicate or late reminder can delay a step, never make it wrong. Decides nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TimerDue:
    """A timer with its due time in ms since 1970. `generation` rises with each new due time."""

    id: str
    due_ms: int
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Claimed:
    """A leased timer. `attempt`: number of claims of this generation, from 1."""

    id: str
    generation: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Claim:
    """The result of a claim.

    Attributes:
        now_ms: The store's clock in ms since 1970, only for release times and clock skew.
        epoch: Set after the last full rebuild; None if the store was emptied and needs a rebuild.
        next_due_ms: When the earliest timer is due, if none was claimed; None if there are no
            timers, or some were claimed (claim again at once).
        items: Timers leased to the token, oldest first.
    """

    now_ms: int
    epoch: str | None
    next_due_ms: int | None
    items: tuple[Claimed, ...]


class Timers(Protocol):
    """Timers with leases. The store may lose or repeat timers: only promptness depends on it.

    Each call is atomic per batch and may be retried. All calls raise `Unavailable`
    (`redis-unavailable`); a call that raised may have taken effect nevertheless.
    """

    async def schedule(self, timers: Sequence[TimerDue], *, only_missing: bool = False) -> int:
        """Set timers; ignore generations older than the stored one. Return the number written.

        `only_missing`: leave existing timers and their leases as they are (sweep, rebuild).
        """
        ...

    async def cancel(self, timers: Sequence[tuple[str, int]]) -> int:
        """Remove timers up to their generation, by (id, generation); return the number removed."""
        ...

    async def claim(self, limit: int, lease_ms: int, token: str) -> Claim:
        """Lease up to `limit` timers due by the store's clock, oldest first.

        A timer is due again when its lease expires. `token`: a new random value for each claim.
        """
        ...

    async def complete(self, token: str, ids: Sequence[str]) -> int:
        """Remove timers still leased to the token; return the number removed."""
        ...

    async def release(self, token: str, visible: Sequence[tuple[str, int]]) -> int:
        """End leases of the token, by (id, next due time in ms); return the number released."""
        ...

    async def mark_epoch(self, epoch: str) -> None:
        """Store the epoch of a complete rebuild."""
        ...

    async def missing(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Return the subset of `ids` without a timer."""
        ...

    async def count(self) -> int:
        """Return the number of timers."""
        ...

    def ids(self) -> AsyncIterator[str]:
        """Yield ids, some perhaps twice; ids added or removed meanwhile may be missing."""
        ...

    async def eviction_policy(self) -> str | None:
        """Return the store's eviction policy, None if unknown. Must be `noeviction`."""
        ...
