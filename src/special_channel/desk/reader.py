"""Read uploaded files, each in a separate process with limits.

A file that costs too much is stopped without delaying the node's event loop or its threads. The
numbers of running and of waiting reads are bounded. Does not interpret files: `reader_process.py`
defines the jobs. Results are JSON; nothing is unpickled.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson
import structlog

import special_channel
from special_channel.core.bytes.errors import Malformed, Unavailable
from special_channel.desk import lists, tables
from special_channel.desk.sheet import Sheet

log = structlog.get_logger(__name__)

_SOURCE: Final = str(Path(special_channel.__file__).resolve().parents[1])
_PROGRAM: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from special_channel.desk.reader_process import main; "
    "sys.exit(main(sys.argv[2], *map(int, sys.argv[3:])))"
)
"""Runs this source tree, isolated from environment and working folder (`python -I`)."""

MAX_WAITING: Final = 16
"""Longest queue of files; further senders are asked to retry later."""

MAX_RESULT_BYTES: Final = 16 * 1024 * 1024
"""Larger than any table: `tables.MAX_TEXT` characters as JSON."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ReaderLimits:
    """Resource limits of reading one file.

    Attributes:
        cpu_seconds: Processor time, by RLIMIT_CPU.
        memory_bytes: Address space, by RLIMIT_AS; Python and the readers use 25 MB.
        wall_seconds: From start to end; then the process is killed.
        at_once: Files read concurrently.
    """

    cpu_seconds: int = 10
    memory_bytes: int = 400 * 1024 * 1024
    wall_seconds: int = 60
    at_once: int = 2


class Reader:
    """Reads files within limits."""

    def __init__(self, limits: ReaderLimits | None = None) -> None:
        self._limits = limits or ReaderLimits()
        self._turns = asyncio.Semaphore(self._limits.at_once)
        self._waiting = 0
        # Separate from the loop's default threads, so that reading delays no other work.
        self._beside = ThreadPoolExecutor(self._limits.at_once, thread_name_prefix="reader")

    async def weekly_list(self, data: bytes, opted: frozenset[str]) -> Sheet:
        """Read a weekly list.

        Raises:
            Malformed: As `lists.weekly_list`; `file-too-costly`.
            Unavailable: As `run`.
        """
        table = tables.from_job(await self.run("table", data))
        return await self.aside(lambda: lists.list_of(table, opted))

    async def return_sheet(self, data: bytes) -> Sheet:
        """Read a return sheet.

        Raises:
            Malformed: As `lists.return_sheet`; `file-too-costly`.
            Unavailable: As `run`.
        """
        table = tables.from_job(await self.run("table", data))
        return await self.aside(lambda: lists.return_of(table))

    async def aside(self, work: Callable[[], _T]) -> _T:
        """Run slow work in the reader's own thread pool."""
        return await asyncio.get_running_loop().run_in_executor(self._beside, work)

    async def run(self, job: str, data: bytes) -> Any:  # noqa: ANN401 - JSON, as the job makes it
        """Run a job of `reader_process.JOBS` on a file; at most `at_once` jobs run concurrently.

        Raises:
            Malformed: The job's error codes; `file-too-costly` if a limit stopped the job.
            Unavailable: `reader-busy`, `reader-failed`.
        """
        if self._waiting >= MAX_WAITING:
            raise Unavailable("reader-busy", "Too many files are being read.")
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            status, out = await self._process(job, data)
        finally:
            self._turns.release()
        return _result(status, out)

    async def _process(self, job: str, data: bytes) -> tuple[int, bytes]:
        """Run the process; return its exit status (negative for a signal) and output."""
        limits = self._limits
        numbers = (limits.cpu_seconds, limits.memory_bytes, limits.wall_seconds)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-c", _PROGRAM, _SOURCE, job, *map(str, numbers)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # No secret of the node's environment. Each thread of Typst would take memory.
            env={"LC_ALL": "C.UTF-8", "RAYON_NUM_THREADS": "1"},
            cwd="/",
        )
        try:
            async with asyncio.timeout(limits.wall_seconds):
                out, _ = await process.communicate(data)
        except TimeoutError:
            out = b""
        finally:
            # Also when the task is cancelled because the node stops.
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            status = await process.wait()
        return status, out


def _result(status: int, out: bytes) -> Any:  # noqa: ANN401 - as `Reader.run`
    """Decode a job's result.

    Raises:
        Malformed, Unavailable: As `Reader.run`.
    """
    try:
        result = orjson.loads(out) if 0 < len(out) <= MAX_RESULT_BYTES else {}
    except orjson.JSONDecodeError:
        result = {}  # the process was stopped while writing
    if status == 0 and "ok" in result:
        return result["ok"]
    if status == 0 and "refused" in result:
        refused = result["refused"]
        raise Malformed(refused["code"], refused["detail"], **refused["facts"])
    if status <= 0:
        # SIGXCPU, the wall clock, lack of memory or a crash: caused by the file.
        log.warning("reader.stopped", status=status)
        raise Malformed("file-too-costly", "Reading the file took too much and was stopped.")
    log.error("reader.failed", status=status, fault=result.get("fault", ""))
    raise Unavailable("reader-failed", "The process that reads files does not work.")
