"""Scan stored files; refuse to open a file before every scanner of our side has found it clean.

Looks into every file as well and names its active content, with or without scanners.
Does not decide when to scan again: `scan_keeper.py` does. Without a scanner every file is usable.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final, Literal

import structlog

from special_channel.core.bytes.errors import (
    ChannelError,
    Malformed,
    NotAllowed,
    NotFound,
    Unavailable,
)
from special_channel.desk.reader import Reader
from special_channel.ports import Clock, Randomness
from special_channel.ports.scanning import Scanner
from special_channel.scanners.active import LOOK
from special_channel.scanners.listing import Holding, from_job
from special_channel.stores.file_scans import DueFile, FileScans, FileVerdict
from special_channel.stores.files import Files, FileState

log = structlog.get_logger(__name__)

AT_UPLOAD_SECONDS: Final = 10.0
"""How long an upload waits for the verdict; a file that takes longer is scanned after it."""

FIRST_RETRY_SECONDS: Final = 5
LAST_RETRY_SECONDS: Final = 900

SALT_BYTES: Final = 32

UNREAD: Final = ("unread",)
"""What is said of a file that the look did not come to an end with."""

MOST_READ: Final = 20 * 2**20
"""Longest file that is looked through before it crosses, as with previews and search."""

ARRIVING: Final = 8
"""Uploads that are held in memory at once; further ones are refused for now."""

KEPT: Final = 500
"""Files of which a process remembers what was found."""

UNREADABLE: Final[tuple[Mapping[str, Any], ...]] = (
    {"rule": "S-100", "grade": "confirm", "at": "file", "number": 1, "what": "unread"},
)
"""What is said of a file that is too long or takes too much."""

QUARANTINED: Final = "file-quarantined"
CHECKING: Final = "file-being-checked"

CheckState = Literal["unscanned", "checking", "clean", "found"]


@dataclass(frozen=True, slots=True)
class FileCheck:
    """State of a file by our side's scanners.

    Attributes:
        verdicts: Verdicts in force, a single verdict for a scanner.
        active: Names of active content; None before the file was looked into.
    """

    state: CheckState
    verdicts: tuple[FileVerdict, ...] = ()
    active: tuple[str, ...] | None = None

    @property
    def usable(self) -> bool:
        """Whether the file may be opened and attached."""
        return self.state in {"unscanned", "clean"}


@dataclass(frozen=True, slots=True)
class FileScanner:
    """Our side's scanners, in the order of the settings, and their verdicts."""

    files: Files
    scans: FileScans
    scanners: Mapping[str, Scanner]
    clock: Clock
    randomness: Randomness
    reader: Reader
    # Uploads until their bytes are stored, each a whole file in memory.
    arriving: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ARRIVING))
    # What was found in a file never changes: the newest are kept.
    crossing: dict[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    # Each holds a whole file in memory.
    reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    async def checks(self, digests: Sequence[str]) -> Mapping[str, FileCheck]:
        """Return the checks of stored files by digest; files not stored are omitted."""
        stored = await self.files.held(digests) if digests else frozenset()
        verdicts = await self.scans.verdicts(sorted(stored)) if stored else {}
        contents = await self.scans.contents(sorted(stored), LOOK) if stored else {}
        return {
            each: replace(
                check_of(self.scanners, verdicts.get(each, ())), active=contents.get(each)
            )
            for each in stored
        }

    async def look_into(self, sha256: str) -> tuple[str, ...]:
        """Return the names of a file's active content; look into the file if not done yet.

        In a process of its own with limits: the other side's file may be made to cost much.

        Raises:
            NotFound: `file-missing`.
            Unavailable: `reader-busy`.
        """
        known = (await self.scans.contents([sha256], LOOK)).get(sha256)
        if known is not None:
            return known
        async with self.reading:
            data = b"".join([row async for row in self.files.get(sha256)])
            found = await self._read("look", data)
        active = UNREAD if found is None else tuple(found)
        await self.scans.looked(sha256, LOOK, active)
        return active

    async def holding(self, sha256: str) -> Holding | None:
        """Return the contents of an archive; None for another file, or too costly an archive.

        In a separate process, as `look_into`. Not stored: the names are the sender's text.

        Raises:
            NotFound: `file-missing`.
            Unavailable: `reader-busy`.
        """
        async with self.reading:
            data = b"".join([row async for row in self.files.get(sha256)])
            held = await self._read("holding", data)
        return from_job(held) if held else None

    async def text(self, sha256: str) -> tuple[Sequence[str], bool] | None:
        """Return the paragraphs of a file, and whether its whole text was read.

        In a separate process, as `look_into`; None for too costly a file.

        Raises:
            NotFound: `file-missing`.
            Unavailable: `reader-busy`.
        """
        async with self.reading:
            data = b"".join([row async for row in self.files.get(sha256)])
            read = await self._read("text", data)
        return (read["paragraphs"], read["whole"]) if read else None

    async def found_in(self, sha256: str) -> tuple[Mapping[str, Any], ...]:
        """Return the findings of `crossing_job` in a stored file.

        Raises:
            NotFound: `file-missing`.
            Unavailable: `reader-busy`.
        """
        if sha256 not in self.crossing:
            state = await self.files.state(sha256)
            if state is None or state.length > MOST_READ:
                return UNREADABLE
            async with self.reading:
                data = b"".join([row async for row in self.files.get(sha256)])
                self._keep(sha256, await self.look_before_crossing(data))
        return self.crossing[sha256]

    async def look_before_crossing(self, data: bytes) -> tuple[Mapping[str, Any], ...]:
        """Return the findings of `crossing_job` in a file not stored yet, in a separate process.

        Raises:
            Unavailable: `reader-busy`.
        """
        found = await self._read("crossing", data)
        return UNREADABLE if found is None else tuple(found)

    def _keep(self, sha256: str, found: tuple[Mapping[str, Any], ...]) -> None:
        while len(self.crossing) >= KEPT:
            self.crossing.pop(next(iter(self.crossing)))
        self.crossing[sha256] = found

    async def refuse_unusable(self, digests: Sequence[str]) -> None:
        """Refuse to open or attach files before their verdict, or after a find.

        Files that are not stored are left out: other checks refuse them.

        Raises:
            NotAllowed: `file-quarantined`.
            Unavailable: `file-being-checked`.
        """
        _refuse({check.state for check in (await self.checks(digests)).values()})

    async def _read(self, job: str, data: bytes) -> Any:  # noqa: ANN401 - JSON
        """Return the finding of a job on a file; None if the job was too much or failed."""
        try:
            return await self.reader.run(job, data)
        except Malformed:
            return None
        except Unavailable as error:
            if error.code == "reader-busy":
                raise
            return None

    async def check_upload(self, sha256: str, length: int) -> FileCheck:
        """Scan an uploaded file for at most `AT_UPLOAD_SECONDS`; return the check so far."""
        with suppress(Unavailable):  # the keeper looks later
            await self.look_into(sha256)
        check = (await self.checks([sha256])).get(sha256, FileCheck("checking"))
        if check.state == "checking":
            try:
                async with asyncio.timeout(AT_UPLOAD_SECONDS):
                    await self.scan(DueFile(sha256, length, tuple(self.scanners), 0))
            except TimeoutError:
                log.info("file.scan_slow", seconds=AT_UPLOAD_SECONDS)
            check = (await self.checks([sha256])).get(sha256, check)
        return check

    async def scan(self, file: DueFile) -> None:
        """Scan a file and store the verdicts; or store when to try again.

        Raises:
            Unavailable: `database-unavailable`.
        """
        failed = False
        for name in file.scanners:
            if name not in self.scanners:
                continue
            try:
                chunks = self.files.get(file.sha256)
                scan = await self.scanners[name].scan(chunks, file.length)
            except NotFound:
                return  # erased meanwhile
            except ChannelError as error:
                failed = True
                log.warning("file.unscanned", scanner=name, problem=error.code, **error.facts)
                continue
            except Exception:  # a scanner's bytes must not end the node
                failed = True
                log.exception("file.unscanned", scanner=name)
                continue
            salt = self.randomness.bytes(SALT_BYTES)
            await self.scans.record(file.sha256, name, scan, self.clock.now(), salt)
        if failed:
            pause = timedelta(seconds=pause_after(file.tries))
            await self.scans.failed(file.sha256, file.tries + 1, self.clock.now() + pause)
        else:
            await self.scans.judged(file.sha256)


@dataclass(frozen=True, slots=True)
class UsableFiles:
    """Stored files for an export, which gets no file before its verdict, or after a find.

    `scanners`: names of the scanners in the settings.
    """

    files: Files
    scans: FileScans
    scanners: Collection[str]

    async def state(self, sha256: str) -> FileState | None:
        """Return a stored file's state; None if missing.

        Raises:
            NotAllowed, Unavailable: As `FileScanner.refuse_unusable`.
        """
        verdicts = await self.scans.verdicts([sha256])
        state = await self.files.state(sha256)
        if state is not None:
            _refuse({check_of(self.scanners, verdicts.get(sha256, ())).state})
        return state

    def get(self, sha256: str) -> AsyncIterator[bytes]:
        """Stream a file."""
        return self.files.get(sha256)


def check_of(scanners: Collection[str], verdicts: tuple[FileVerdict, ...]) -> FileCheck:
    """Return the state of a file by its verdicts; `scanners`: names in our side's settings."""
    # A find holds also if its scanner is no longer in the settings.
    if any(each.found for each in verdicts):
        return FileCheck("found", verdicts)
    if not set(scanners) <= {each.scanner for each in verdicts}:
        return FileCheck("checking", verdicts)
    mine = tuple(each for each in verdicts if each.scanner in scanners)
    return FileCheck("clean" if mine else "unscanned", mine)


def _refuse(states: Collection[CheckState]) -> None:
    if "found" in states:
        raise NotAllowed(QUARANTINED, "A scanner of our side refuses the file.")
    if "checking" in states:
        raise Unavailable(CHECKING, "The file is being scanned.")


def pause_after(tries: int) -> int:
    """Return the seconds to wait after a failure; `tries`: number of earlier failures."""
    return min(FIRST_RETRY_SECONDS << min(tries, 16), LAST_RETRY_SECONDS)
