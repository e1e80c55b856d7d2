"""Reading meetings and their points: what their pages and briefs ask, each in one query.

Rows come as the core's own, without texts. Does not change anything.
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
    """How long both logs were at some time: what stood at smaller indexes was there."""

    eu: int
    cn: int

    def of(self, party: Party) -> int:
        """Return the size of a side's log."""
        return self.eu if party == "eu" else self.cn


@dataclass(frozen=True, slots=True)
class Moved:
    """A thread, and how many notes of each side came to it."""

    thread: ThreadId
    eu: int
    cn: int

    def of(self, party: Party) -> int:
        """Return the notes of a side."""
        return self.eu if party == "eu" else self.cn


class Meetings(Protocol):
    """Meetings, the last held first. Each call sees one moment of the record."""

    async def meetings(
        self, level: str = "", limit: int = 100, offset: int = 0
    ) -> tuple[Sequence[MeetingRow], int]:
        """Return meetings at a level (of all, if empty), and how many there are."""
        ...

    async def meeting(self, which: Position | EntryId) -> MeetingRow | None:
        """Return a meeting by its number or its entry's id."""
        ...

    async def points(self, meetings: Sequence[EntryId]) -> Sequence[PointRow]:
        """Return the points of these meetings, in their order within each."""
        ...

    async def point(self, point: EntryId) -> PointRow | None:
        """Return one point."""
        ...


class Growth(Protocol):
    """What came since. Each call sees one moment of the record."""

    async def sizes_at(self, at: str) -> Sizes:
        """Return how long both logs were at an instant (`…Z`), by what their owners stated."""
        ...

    async def written(self, since: Sizes) -> Mapping[str, int]:
        """Return how many valid entries of each kind both logs gained since these sizes."""
        ...

    async def turned(self, since: Sizes, limit: int) -> tuple[Sequence[ApplicationRow], int]:
        """Return applications whose state a side calls by another word since, and how many.

        Line stops come first, then what is stated of the newest date.
        """
        ...

    async def moved(self, since: Sizes, limit: int) -> tuple[Sequence[Moved], int]:
        """Return threads in which something was written since, the last moved first; how many."""
        ...
