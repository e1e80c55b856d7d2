"""The heads of a day: read once for all officials who write on it, in a demonstration's past."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, Party, Position
from special_channel.sample.stage import Sizes


@dataclass(eq=False)
class DayHeads:
    """Both sides' heads as read first on a day, for all officials who write on that day.

    For a demonstration's past: its clock moves on once each node has what the other side's
    officials stored on a day. What was read last on the day before is as good, if both nodes then
    had the same.
    """

    _of_day: dict[Party, tuple[date, Mapping[str, Any]]] = field(default_factory=dict, init=False)
    _last: dict[Party, Mapping[str, Any]] = field(default_factory=dict, init=False)
    _stored: dict[Party, int] = field(default_factory=dict, init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    def note(self, party: Party, heads: Mapping[str, Any]) -> None:
        """Note what an official of a side read."""
        self._last[party] = heads

    def note_stored(self, receipts: Iterable[Mapping[str, Any]]) -> None:
        """Note the positions of entries that officials stored."""
        for receipt in receipts:
            with suppress(Malformed):  # a position in a private log
                place = Position.parse(str(receipt["position"]))
                self._stored[place.party] = max(self.stored(place.party), place.index + 1)

    def stored(self, party: Party) -> int:
        """Return the size of a side's log after the last entry that its officials stored."""
        return self._stored.get(party, 0)

    async def on(
        self, party: Party, day: date, read: Callable[[], Awaitable[Any]]
    ) -> Mapping[str, Any]:
        """Return the heads of a side's day, read by the first who asks."""
        async with self._turn:
            before, heads = self._of_day.get(party, (None, {}))
            if before != day:
                heads = self._whole(party) or await read()
                self._of_day[party] = day, heads
            return heads

    def _whole(self, party: Party) -> Mapping[str, Any] | None:
        """Return what a side read last, if the other side's officials last read the same sizes."""
        read = [sizes_of(self._last[each]) for each in PARTIES if each in self._last]
        sizes = [[held[log].size for log in PARTIES] for held in read]
        whole = len(sizes) == len(PARTIES) and sizes[0] == sizes[1]
        return self._last[party] if whole else None


def sizes_of(heads: Mapping[str, Any]) -> Mapping[Party, Sizes]:
    """Return the sizes in a response of `/api/heads`."""
    return {
        head["party"]: Sizes(int(head["size"]), int(head["delivered"])) for head in heads["heads"]
    }
