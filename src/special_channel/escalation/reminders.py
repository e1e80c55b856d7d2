"""Use the reminders (Redis) as an accelerator that may be absent at any time.

An unavailable store is no error: the database has the same times. Does not decide which questions
are due.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import structlog

from special_channel.core.bytes.errors import Unavailable
from special_channel.escalation.deps import NodeContext, ReminderStore, WorkerSettings
from special_channel.ports import Claim, TimerDue
from special_channel.stores.work import Look, QuestionKey

log = structlog.get_logger(__name__)

_T = TypeVar("_T")

AWAY_SECONDS: Final = 2.0
"""Pause after a failure of the store, so that a hanging store does not delay due looks in the
database."""

SKEW_SECONDS: Final = 2.0
"""Tolerated difference between the store's clock and ours. A larger difference raises an alarm: a
look may be late by the difference, until a sweep."""

REFUSED_SECONDS: Final = 30.0
"""Difference at which the store is ignored: due looks are read from the database instead."""


def timer_id(ask: QuestionKey) -> str:
    """Return the id of a question's only reminder."""
    return f"{ask[0]}:{ask[1]}"


def ask_of(id_: str) -> QuestionKey:
    """Return the question's key from a reminder's id."""
    note, _, q = id_.partition(":")
    return note, q


class Reminders:
    """Reminders of one node."""

    def __init__(self, node: NodeContext, store: ReminderStore, settings: WorkerSettings) -> None:
        self._node = node
        self._timers, self._index = store.timers, store.index
        self._settings = settings
        self._away_until: float | None = None
        self._looked_over = False

    async def claim(self, token: str) -> Claim | None:
        """Lease due reminders; None if the store is unavailable or its clock is too far off."""
        settings = self._settings
        lease = int(settings.lease_seconds * 1000)
        claim = await self._asking(lambda: self._timers.claim(settings.batch, lease, token))
        if claim is None:
            self._looked_over = False  # after an outage, another server may be the store
            return None
        if not self._looked_over:
            self._looked_over = True
            await self._look_over()
        if self._compare(claim) <= REFUSED_SECONDS:
            return claim
        # The leases expire by themselves; the delay of other reminders is harmless.
        self._away_until = self._node.clock.monotonic() + AWAY_SECONDS
        return None

    async def remind(
        self, looks: Sequence[Look], over: Sequence[tuple[QuestionKey, int]] = ()
    ) -> None:
        """Set reminders for looks, and cancel the reminders of `over`: (question, generation)."""
        timers = [_timer(look) for look in looks]
        gone = [(timer_id(ask), generation) for ask, generation in over]
        if timers:
            await self._asking(lambda: self._timers.schedule(timers))
        if gone:
            await self._asking(lambda: self._timers.cancel(gone))

    async def fill(self, looks: Sequence[Look]) -> int:
        """Set missing reminders without changes to leases. Returns the number set."""
        timers = [_timer(look) for look in looks]
        return await self._asking(lambda: self._timers.schedule(timers, only_missing=True)) or 0

    async def missing(self, looks: Sequence[Look]) -> Sequence[Look]:
        """Return looks without a reminder; empty if the store is unavailable."""
        by_id = {timer_id(look.ask): look for look in looks}
        absent = await self._asking(lambda: self._index.missing(list(by_id)))
        return [by_id[id_] for id_ in absent or ()]

    async def whole(self) -> None:
        """Mark the reminders as complete, after a rebuild."""
        epoch = self._node.randomness.bytes(8).hex()
        await self._asking(lambda: self._index.mark_epoch(epoch))

    async def _look_over(self) -> None:
        """Raise an alarm if the store evicts reminders when its memory is full."""
        policy = await self._asking(self._index.eviction_policy)
        if policy in {None, "noeviction"}:
            self._node.alarms.quiet("redis-evicts")
        else:
            self._node.alarms.sound("redis-evicts", policy=str(policy))

    async def give_back(
        self, token: str, ahead: Sequence[tuple[str, int]], done: Sequence[str]
    ) -> None:
        """Release the reminders `ahead` and complete the reminders `done`.

        Args:
            token: Token of the claim.
            ahead: (id, time in ms of the store's clock when the reminder is due again).
            done: Ids of completed reminders.
        """
        # If lost, both calls cost another look only: leases expire by themselves.
        if ahead:
            await self._asking(lambda: self._timers.release(token, ahead))
        if done:
            await self._asking(lambda: self._timers.complete(token, done))

    async def _asking(self, work: Callable[[], Awaitable[_T]]) -> _T | None:
        now = self._node.clock.monotonic()
        if self._away_until is not None and now < self._away_until:
            return None
        try:
            result = await work()
        except Unavailable as error:
            self._away_until = now + AWAY_SECONDS
            self._node.alarms.sound("redis-unavailable", reason=error.code)
            return None
        self._away_until = None
        self._node.alarms.quiet("redis-unavailable")
        return result

    def _compare(self, claim: Claim) -> float:
        skew = claim.now_ms / 1000 - self._node.clock.now().timestamp()
        if abs(skew) > SKEW_SECONDS:
            self._node.alarms.sound("clock-skew", seconds=round(skew))
        else:
            self._node.alarms.quiet("clock-skew")
        return abs(skew)


def _timer(look: Look) -> TimerDue:
    return TimerDue(timer_id(look.ask), int(look.at.timestamp() * 1000), look.generation)
