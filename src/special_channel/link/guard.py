"""Write the rollback guard before one of our checkpoints is sent (rule 20).

Appends write the guard, too. This module covers a process killed between commit and guard, and
pages served by a process without the appender. Does not compare the database with the guard:
the appender does at its next session.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from special_channel.ports import LogName, Published


class SendingGuard:
    """Raises `published` to the sizes about to be sent; caches the largest size per log."""

    def __init__(self, published: Published) -> None:
        self._published = published
        self._sizes: dict[LogName, int] = {}
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="link-guard")

    async def leaving(self, log: LogName, size: int, root: bytes) -> None:
        """Return once the guard has durably stored at least this size."""
        if size <= self._sizes.get(log, 0):
            return
        async with self._turn:
            write_guard = partial(self._published.write, log, size, root)
            await asyncio.get_running_loop().run_in_executor(self._thread, write_guard)
            self._sizes[log] = max(size, self._sizes.get(log, 0))
