"""Heartbeats of escalation's tasks and the length of its queues, in PostgreSQL.

Does not decide about lateness: `escalation/watch.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from special_channel.stores.sessions import Pool
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class EscalationStatus:
    """Status of escalation, for watcher and metrics.

    Attributes:
        pulse: Time of each task's last run.
        looks: Numbers of looks by state.
        overdue: Number of armed looks past their time.
        oldest_overdue: Time of the oldest overdue look.
        pending: Numbers of alerts ready to send, by channel.
        oldest_pending: Earliest time of sending among these alerts.
        canary_due: When the last canary was made.
        canary_closed: When the last delivered canary was delivered.
        canary_seconds: Seconds from due time to delivery of the last delivered canary.
    """

    pulse: Mapping[str, datetime]
    looks: Mapping[str, int]
    overdue: int
    oldest_overdue: datetime | None
    pending: Mapping[str, int]
    oldest_pending: datetime | None
    canary_due: datetime | None
    canary_closed: datetime | None
    canary_seconds: float


COUNT_AGAIN: Final = timedelta(minutes=1)
"""Cache time of the count of planned checks by state: counting reads every row, for a metric."""


class Pulse(Store):
    """Times of escalation's last work, shared between processes."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._counted: tuple[datetime, Mapping[str, int]] | None = None

    async def beat(self, beats: Mapping[str, datetime]) -> None:
        """Store the times of tasks' last runs; never lower a time."""
        await self._pool.execute(
            "INSERT INTO work.pulse AS held (task, at)"
            " SELECT * FROM unnest($1::text[], $2::timestamptz[])"
            " ON CONFLICT (task) DO UPDATE SET at = greatest(held.at, excluded.at)",
            *(list(beats), list(beats.values())),
        )

    async def standing(self, now: datetime) -> EscalationStatus:
        """Return the tasks' last runs and the numbers and ages of overdue and pending work."""
        pulse = await self._pool.fetch("SELECT task, at FROM work.pulse")
        [past] = await self._pool.fetch(
            "SELECT count(*) AS many, min(at) AS oldest FROM work.looks"
            " WHERE state = 'armed' AND at < $1",
            now,
        )
        pending = await self._pool.fetch(
            "SELECT channel, count(*) AS many, min(greatest(at, not_before)) AS oldest"
            " FROM work.outbox WHERE state = 'waiting' AND greatest(at, not_before) <= $1"
            " GROUP BY channel",
            now,
        )
        [canary] = await self._pool.fetch(
            "SELECT max(at) AS at, max(closed) FILTER (WHERE state = 'sent') AS closed,"
            " max(due) FILTER (WHERE state = 'sent') AS due"
            " FROM work.outbox WHERE kind = 'canary'"
        )
        closed: datetime | None = canary["closed"]
        took = closed - datetime.fromisoformat(canary["due"]) if closed else timedelta()
        return EscalationStatus(
            pulse={row["task"]: row["at"] for row in pulse},
            looks=await self._looks(now),
            overdue=past["many"],
            oldest_overdue=past["oldest"],
            pending={row["channel"]: row["many"] for row in pending},
            oldest_pending=min((row["oldest"] for row in pending), default=None),
            canary_due=canary["at"],
            canary_closed=closed,
            canary_seconds=took.total_seconds(),
        )

    async def _looks(self, now: datetime) -> Mapping[str, int]:
        if self._counted is None or not timedelta() <= now - self._counted[0] < COUNT_AGAIN:
            rows = await self._pool.fetch(
                "SELECT state, count(*) AS many FROM work.looks GROUP BY state"
            )
            self._counted = now, {row["state"]: row["many"] for row in rows}
        return self._counted[1]
