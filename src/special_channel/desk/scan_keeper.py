"""Scan files that wait for a verdict, scan again by new signatures, and seal verdicts.

Runs in one process of a node; several would scan twice and do no other harm. Sounds the alarms
about finds and silent scanners to our side alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog

from special_channel.broker.act import Act, Decide
from special_channel.broker.commit import Heads
from special_channel.broker.guarding import Behind
from special_channel.broker.identity import Identity
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.broker.turns import repeat
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import ChannelError, NotFound, Unavailable
from special_channel.core.bytes.times import timestamp
from special_channel.desk.file_scanner import FileScanner
from special_channel.ports import Alarms, Sleep, Transaction
from special_channel.scanners.active import LOOK
from special_channel.stores.file_scans import DueFile, FileScans, UnsealedVerdict

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 2.0
"""Pause between two looks for files that wait."""

BATCH: Final = 20
"""Files of one look."""

AT_ONCE: Final = 4
"""Files scanned at the same time."""

SIGNATURES_SECONDS: Final = 600.0
"""How often the node asks each scanner for its signatures."""

FORGET_SECONDS: Final = 60.0
"""How often verdicts on erased files are deleted."""

RESCAN_AGE: Final = timedelta(hours=1)
"""A file is scanned again by new signatures this long after its last scan, not sooner."""

SILENT_TRIES: Final = 3
"""Failures in a row about one file after which the operator is told."""

PER_ENTRY: Final = 100
"""Verdicts in one `files.scanned` (docs/formats/kinds.md)."""


class ScanKeeper:
    """Looks for files to scan, and seals verdicts in the private log.

    Attributes:
        scanner: Scans, and stores verdicts.
        append: Appends under the lock.
        identity: The node key signs.
        lost: Returns by how much the private log is behind its guard; verdicts wait meanwhile.
        alarms: Alarms of our side.
    """

    def __init__(
        self,
        scanner: FileScanner,
        append: Callable[[Decide], Awaitable[object]],
        identity: Identity,
        lost: Callable[[], Awaitable[Behind | None]],
        alarms: Alarms,
    ) -> None:
        self._scanner = scanner
        self._scans = scanner.scans
        self._append = append
        self._identity = identity
        self._lost = lost
        self._alarms = alarms
        self._asked: float | None = None
        self._forgot: float | None = None
        self._signatures: dict[str, str] = {}
        self._renewed = False
        # Scanners whose files may have been scanned by older signatures.
        self._renewing: set[str] = set()

    async def run(self, sleep: Sleep) -> None:
        """Step until cancelled."""
        await repeat(self.step, sleep, EVERY_SECONDS, "files.scan_delayed")

    async def step(self) -> None:
        """Scan some files, seal new verdicts, and set the alarms.

        Raises:
            Refused, Unavailable, OutcomeUnknown: As the append; the next step goes on.
        """
        now = self._scanner.clock.now()
        names = tuple(self._scanner.scanners)
        if not self._renewed:
            await self._scans.renew(names, LOOK)
            self._renewed = True
        for digest in await self._scans.unlooked(BATCH):
            with suppress(NotFound, Unavailable):  # erased meanwhile; many files are being read
                await self._scanner.look_into(digest)
        if names:
            await self._scan(await self._scans.due(names, now, BATCH))
        await self._ask_signatures()
        for name in sorted(self._renewing):
            signatures = self._signatures[name]
            files = await self._scans.stale(name, signatures, now, RESCAN_AGE, BATCH)
            await self._scan(files)
            if not files:  # until the node asks for signatures again
                self._renewing.discard(name)
        await self._forget()
        await self._sound()
        # Asked first: an append locks the heads, and most steps have nothing to seal.
        if await self._scans.any_unsealed() and await self._lost() is None:
            while await self._seal() == PER_ENTRY:
                pass

    async def _scan(self, files: Sequence[DueFile]) -> None:
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(file: DueFile) -> None:
            async with slots:
                try:
                    await self._scanner.scan(file)
                except ChannelError as error:
                    log.warning("files.scan_delayed", problem=error.code)

        async with asyncio.TaskGroup() as tasks:
            for file in files:
                tasks.create_task(one(file))

    async def _ask_signatures(self) -> None:
        now = self._scanner.clock.monotonic()
        if self._asked is not None and now - self._asked < SIGNATURES_SECONDS:
            return
        self._asked = now
        for name, scanner in self._scanner.scanners.items():
            try:
                signatures = (await scanner.engine()).signatures
            except ChannelError as error:
                log.warning("scanner.silent", scanner=name, problem=error.code)
                continue
            if signatures:  # a scanner that names none cannot have new ones
                self._signatures[name] = signatures
                self._renewing.add(name)

    async def _forget(self) -> None:
        now = self._scanner.clock.monotonic()
        if self._forgot is None or now - self._forgot >= FORGET_SECONDS:
            self._forgot = now
            await self._scans.forget()

    async def _sound(self) -> None:
        finds = [each for each in await self._scans.finds(PER_ENTRY) if each.taken is None]
        if finds:
            self._alarms.sound("file-found", files=len(finds))
        else:
            self._alarms.quiet("file-found")
        silent = await self._scans.failing(SILENT_TRIES)
        if silent:
            self._alarms.sound("scanner-silent", files=silent)
        else:
            self._alarms.quiet("scanner-silent")

    async def _seal(self) -> int:
        count = 0

        async def decide(transaction: Transaction, heads: Heads) -> Act | None:
            nonlocal count
            verdicts = await FileScans.unsealed(transaction, PER_ENTRY)
            count = len(verdicts)
            if not verdicts:
                return None
            now = timestamp(self._scanner.clock.now())
            signer = NodeEntrySigner(self._identity, heads, now)
            entry = signer.private("files.scanned", {"scans": [sealed(each) for each in verdicts]})

            async def effect(transaction: Transaction) -> None:
                await FileScans.seal(transaction, [each.id for each in verdicts], entry.incoming.id)

            return Act(private=[entry], effect=effect)

        await self._append(decide)
        return count


def sealed(verdict: UnsealedVerdict) -> Value:
    """Return a verdict as the private log has it: the file by a salted digest."""
    body: dict[str, Value] = {
        "file": verdict.file,
        "scanner": verdict.scanner,
        "verdict": "found" if verdict.found else "clean",
        "engine": verdict.engine or verdict.scanner,
        "at": timestamp(verdict.at),
    }
    named = {
        "threat": verdict.threat,
        "signatures": verdict.signatures,
        "dated": verdict.dated.isoformat() if verdict.dated else "",
    }
    return body | {name: value for name, value in named.items() if value}
