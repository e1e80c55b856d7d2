"""Extract the texts of stored files for full-text search, one after the other.

Runs in a single process of a node; several would read files twice and do no other harm. Leaves
out files without a scanner's verdict, infected files and unreadable files.
"""

from __future__ import annotations

from typing import Final, NoReturn

from special_channel.broker.turns import repeat
from special_channel.core.bytes.errors import NotFound
from special_channel.desk.file_scanner import FileScanner
from special_channel.desk.text_job import READING
from special_channel.ports import Sleep
from special_channel.stores.file_texts import FileTexts

EVERY_SECONDS: Final = 2.0
"""Pause between two looks for files."""

BATCH: Final = 20
"""Files of one look."""

MOST_BYTES: Final = 20 * 2**20
"""Longest file to read, as with previews."""


class FileTextKeeper:
    """Reads waiting files and stores their texts."""

    def __init__(self, texts: FileTexts, scanner: FileScanner) -> None:
        self._texts = texts
        self._scanner = scanner
        self._renewed = False

    async def run(self, sleep: Sleep) -> NoReturn:
        """Read until cancelled."""
        await repeat(self.step, sleep, EVERY_SECONDS, "search.unread")

    async def step(self) -> None:
        """Read all waiting files.

        Raises:
            Unavailable: `reader-busy`, `database-unavailable`; the next step goes on.
        """
        names = tuple(self._scanner.scanners)
        if not self._renewed:
            await self._texts.renew(names, READING)
            self._renewed = True
        while files := await self._texts.unread(names, BATCH):
            for file in files:
                await self._read(file.sha256, file.length)

    async def _read(self, sha256: str, length: int) -> None:
        read = None
        if length <= MOST_BYTES:
            try:
                read = await self._scanner.text(sha256)
            except NotFound:
                return  # erased meanwhile
        paragraphs, whole = read or ((), False)
        await self._texts.keep(sha256, READING, paragraphs, whole=whole)
