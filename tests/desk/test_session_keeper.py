"""Expired sessions are swept after each change of the record, and a failed sweep is retried."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from special_channel.core.bytes.errors import Unavailable
from special_channel.desk.session_keeper import PACE_SECONDS, SWEEP_SECONDS, SessionKeeper

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


class Journal:
    """Stands for sessions, changes, clock and sleep; notes what the keeper does, in order."""

    def __init__(self, faults: list[Exception | None]) -> None:
        self.done: list[Any] = []
        self.version = 7
        self._faults = faults

    def now(self) -> datetime:
        return NOW

    async def sweep(self, now: datetime) -> None:
        self.done.append(now)
        if fault := self._faults.pop(0):
            raise fault

    async def sleep(self, seconds: float) -> None:
        self.done.append(seconds)

    async def after(self, version: int, seconds: float) -> None:
        self.done.append((version, seconds))
        self.version += 1
        if not self._faults:
            raise asyncio.CancelledError


@pytest.mark.parametrize(
    "fault", [None, Unavailable("database-down", "The database is down."), ValueError("unforeseen")]
)
async def test_keeper_sweeps_after_each_change_even_when_a_sweep_fails(fault):
    journal: Any = Journal([fault, None])
    with pytest.raises(asyncio.CancelledError):
        await SessionKeeper(journal, journal, journal, journal.sleep).run()
    assert journal.done == [
        NOW, PACE_SECONDS, (7, SWEEP_SECONDS),
        NOW, PACE_SECONDS, (8, SWEEP_SECONDS),
    ]  # fmt: skip
