"""The reminders as escalation uses them: prompt while they serve, missed by nobody when not.

Absence is an answer here, not an error: the record holds the same times. Does not decide
what is due.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import structlog

from special_channel.core.bytes.errors import Unavailable
from special_channel.escalation.house import House
from special_channel.ports import Claim, TimerDue
from special_channel.ports.work import AskKey, Look

log = structlog.get_logger(__name__)

_T = TypeVar("_T")

AWAY_SECONDS: Final = 2.0
"""How long a store that failed is left alone, so that one that hangs doesn't delay what the
record knows to be due."""

SKEW_SECONDS: Final = 2.0
"""Between the store's clock and ours. More is an alarm: a look may come late by as much,
until a sweep finds it."""

REFUSED_SECONDS: Final = 30.0
"""A store whose clock is this far from ours is not asked: the record tells what is due."""


def timer_id(ask: AskKey) -> str:
    """Return the reminder's id of an ask: one reminder an ask."""
    return f"{ask[0]}:{ask[1]}"


def ask_of(id_: str) -> AskKey:
    """Return the ask of a reminder's id."""
    note, _, q = id_.partition(":")
    return note, q


class Reminders:
    """One node's reminders."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._away_until: float | None = None
        self._looked_over = False

    async def claim(self, token: str) -> Claim | None:
        """Lease what is due; None while the store is away, or its clock is far from ours."""
        pace = self._house.pace
        lease = int(pace.lease_seconds * 1000)
        claim = await self._asking(lambda: self._house.timers.claim(pace.batch, lease, token))
        if claim is None:
            self._looked_over = False  # another server may answer when one does again
            return None
        if not self._looked_over:
            self._looked_over = True
            await self._look_over()
        if self._compare(claim) <= REFUSED_SECONDS:
            return claim
        # What it leased comes back by itself; that others wait meanwhile is harmless.
        self._away_until = self._house.clock.monotonic() + AWAY_SECONDS
        return None

    async def remind(self, looks: Sequence[Look], over: Sequence[tuple[AskKey, int]] = ()) -> None:
        """Set reminders of these looks, and forget those of (ask, generation)."""
        timers = [_timer(look) for look in looks]
        gone = [(timer_id(ask), generation) for ask, generation in over]
        if timers:
            await self._asking(lambda: self._house.timers.schedule(timers))
        if gone:
            await self._asking(lambda: self._house.timers.cancel(gone))

    async def fill(self, looks: Sequence[Look]) -> int:
        """Set those that are not held; leases stay. Returns how many were missing."""
        timers = [_timer(look) for look in looks]
        return (
            await self._asking(lambda: self._house.timers.schedule(timers, only_missing=True)) or 0
        )

    async def missing(self, looks: Sequence[Look]) -> Sequence[Look]:
        """Return those looks that no reminder is held of."""
        held = {timer_id(look.ask): look for look in looks}
        absent = await self._asking(lambda: self._house.index.missing(list(held)))
        return [held[id_] for id_ in absent or ()]

    async def whole(self) -> None:
        """Mark the reminders as whole, after a rebuild."""
        epoch = self._house.randomness.bytes(8).hex()
        await self._asking(lambda: self._house.index.mark_epoch(epoch))

    async def _look_over(self) -> None:
        """Alarm about a store that would drop reminders when it is full."""
        policy = await self._asking(self._house.index.eviction_policy)
        if policy in {None, "noeviction"}:
            self._house.alarms.quiet("redis-evicts")
        else:
            self._house.alarms.sound("redis-evicts", policy=str(policy))

    async def give_back(
        self, token: str, ahead: Sequence[tuple[str, int]], done: Sequence[str]
    ) -> None:
        """Release (id, visible again at ms of the store's clock), and complete the others.

        Lost, both only mean another look: leases run out by themselves.
        """
        if ahead:
            await self._asking(lambda: self._house.timers.release(token, ahead))
        if done:
            await self._asking(lambda: self._house.timers.complete(token, done))

    async def _asking(self, work: Callable[[], Awaitable[_T]]) -> _T | None:
        now = self._house.clock.monotonic()
        if self._away_until is not None and now < self._away_until:
            return None
        try:
            found = await work()
        except Unavailable as error:
            self._away_until = now + AWAY_SECONDS
            self._house.alarms.sound("redis-unavailable", reason=error.code)
            return None
        self._away_until = None
        self._house.alarms.quiet("redis-unavailable")
        return found

    def _compare(self, claim: Claim) -> float:
        skew = claim.now_ms / 1000 - self._house.clock.now().timestamp()
        if abs(skew) > SKEW_SECONDS:
            self._house.alarms.sound("clock-skew", seconds=round(skew))
        else:
            self._house.alarms.quiet("clock-skew")
        return abs(skew)


def _timer(look: Look) -> TimerDue:
    return TimerDue(timer_id(look.ask), int(look.at.timestamp() * 1000), look.generation)
