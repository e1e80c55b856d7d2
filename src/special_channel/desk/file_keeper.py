"""Delete unreferenced uploads after some days, and bytes of unfinished uploads.

Runs in one process of a node; several would do no harm. Files named by an entry, by a draft or by
a draft waiting for release are kept: `Files.drop_unnamed` checks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, NoReturn

import structlog

from special_channel.core.bytes.errors import ChannelError
from special_channel.stores.files import Files
from special_channel.stores.uploads import Uploads

log = structlog.get_logger(__name__)

SWEEP_SECONDS: Final = 3600.0
"""Pause between two sweeps: ages are counted in days."""

PACE_SECONDS: Final = 5.0
"""Pause between two batches of a sweep, since writers of entries wait during a batch."""

BATCH: Final = 50
"""Files deleted at once."""


class FileKeeper:
    """Sweeps batch after batch until no file is left, and again after an hour.

    `holds` tells whether deletion is on hold because the logs may lack entries that name a file.
    """

    def __init__(
        self,
        files: Files,
        uploads: Uploads,
        age: timedelta,
        holds: Callable[[], bool],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._files = files
        self._uploads = uploads
        self._age = age
        self._holds = holds
        self._sleep = sleep

    async def run(self) -> NoReturn:
        """Sweep until cancelled; a failed sweep is retried with the next."""
        while True:
            more = False
            try:
                more = await self.step()
            except ChannelError as error:
                log.warning("files.unswept", problem=error.code)
            except Exception:
                log.exception("files.sweep_failed")
            await self._sleep(PACE_SECONDS if more else SWEEP_SECONDS)

    async def step(self) -> bool:
        """Delete one batch; return whether more files may remain."""
        if self._holds():
            return False
        files = await self._files.drop_unnamed(self._age, BATCH)
        if files:
            log.info("files.unnamed_deleted", count=files)
        await self._uploads.forget()
        return BATCH in {files, await self._files.sweep(BATCH)}
