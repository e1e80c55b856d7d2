"""Ports of meetings, their points, and the growth of the logs: one query for each method.

Returns core's row types, without texts. Read-only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from special_channel.core.bytes.ids import EntryId, Party, Position, ThreadId
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.meetings import MeetingRow, PointRow


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of both logs at some time: entries with smaller indexes existed."""

    eu: int
    cn: int

    def of(self, party: Party) -> int:
        """Return the size of a side's log."""
        return self.eu if party == "eu" else self.cn


@dataclass(frozen=True, slots=True)
class ThreadGrowth:
    """A thread with the number of new notes of each side."""

    thread: ThreadId
    eu: int
    cn: int

    def of(self, party: Party) -> int:
        """Return the number of a side's notes."""
        return self.eu if party == "eu" else self.cn


class Meetings(Protocol):
    """Queries of meetings, latest first. Each call reads one snapshot of the record."""

    async def meetings(
        self, level: str = "", limit: int = 100, offset: int = 0
    ) -> tuple[Sequence[MeetingRow], int]:
        """Return a page of meetings of a level (empty: of all), and their total number."""
        ...

    async def meeting(self, which: Position | EntryId) -> MeetingRow | None:
        """Look up a meeting by its number or its entry's id."""
        ...

    async def points(self, meetings: Sequence[EntryId]) -> Sequence[PointRow]:
        """Return the points of meetings, in order within each meeting."""
        ...

    async def point(self, point: EntryId) -> PointRow | None:
        """Look up a point by id."""
        ...


class Growth(Protocol):
    """Queries of the logs' growth since some time. Each call reads one snapshot of the record."""

    async def sizes_at(self, at: str) -> Sizes:
        """Return the sizes of both logs at an instant (`…Z`), from times stated by their owners."""
        ...

    async def written(self, since: Sizes) -> Mapping[str, int]:
        """Count valid entries in both logs beyond `since`, by kind."""
        ...

    async def turned(self, since: Sizes, limit: int) -> tuple[Sequence[ApplicationRow], int]:
        """Return up to `limit` applications with a state changed since, and their total number.

        Line stops come first, then the newest dates of statements.
        """
        ...

    async def moved(self, since: Sizes, limit: int) -> tuple[Sequence[ThreadGrowth], int]:
        """Return up to `limit` threads with new entries, latest first, and their total number."""
        ...
