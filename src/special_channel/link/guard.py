"""Lets no own checkpoint leave before the rollback guard knows it (rule 20).

The append writes the guard, too; this covers a process that died between commit and guard,
and pages read by a process that did not append. Does not judge the database: the appender
does at its next session.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from special_channel.ports import LogName, Published


class LeavingGuard:
    """Raises `published` to what is about to leave. Keeps the largest size in memory."""

    def __init__(self, published: Published) -> None:
        self._published = published
        self._sizes: dict[LogName, int] = {}
        self._turn = asyncio.Lock()
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="link-guard")

    async def leaving(self, log: LogName, size: int, root: bytes) -> None:
        """Return once the guard durably knows this size or a larger one."""
        if size <= self._sizes.get(log, 0):
            return
        async with self._turn:
            noted = partial(self._published.write, log, size, root)
            await asyncio.get_running_loop().run_in_executor(self._beside, noted)
            self._sizes[log] = max(size, self._sizes.get(log, 0))
