"""Index queued notes, applications, licences and lists for full-text search.

Runs in one process of a node; several processes take turns. A search request indexes the queue as
well, so that officials find a note of the last second.
"""

from __future__ import annotations

from typing import Final, NoReturn

from special_channel.broker.turns import repeat
from special_channel.ports import Sleep
from special_channel.stores.search_index import SearchIndex

EVERY_SECONDS: Final = 2.0
"""Pause between two reads of the queue."""

BATCH: Final = 50
"""Texts indexed in one transaction."""


class SearchKeeper:
    """Indexes the queue, batch after batch."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index

    async def run(self, sleep: Sleep) -> NoReturn:
        """Index until cancelled."""
        await repeat(self.step, sleep, EVERY_SECONDS, "search.unindexed")

    async def step(self) -> None:
        """Index the whole queue."""
        if await self._index.waiting(1):
            while await self._index.fill(BATCH) == BATCH:
                pass
