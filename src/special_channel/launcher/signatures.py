"""Check signatures in a process of their own: Python's lock lets one thread at a time work.

Under load a node spends a third of its time on signatures. The process gets public keys,
messages and signatures over a pipe, and says of each whether it holds. It has no key of ours, no
settings, no environment; it ends when its pipe does. Nothing depends on it: whoever asks goes on
alone while it is away, and checks again whatever it says does not hold.

    request = count, 4 bytes || check, count times
    check = lengths of suite, public key, message, signature, 4 bytes each || those four
    answer = one byte a check: 1 if it holds, else 0

Lengths are big-endian. Does not judge, and does not know entries.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import sys
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from special_channel.core import suites
from special_channel.core.errors import Refused
from special_channel.core.judge import Check

ENOUGH: Final = 500
"""Checks offered before the process is started: a node that nobody hurries never has one."""

PATIENCE_SECONDS: Final = 5.0
"""For an answer that takes some milliseconds; after this the process is ended."""

_COUNT: Final = struct.Struct(">I")
_LENGTHS: Final = struct.Struct(">IIII")


class SignatureProcess:
    """Port `Verifying`. One caller at a time; `stop` it in the end."""

    def __init__(self, enough: int = ENOUGH) -> None:
        """Start after so many checks."""
        self._enough = enough
        self._offered = 0
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        return self._process.pid if self._process else None

    async def verify(self, checks: Sequence[Check]) -> Sequence[bool] | None:
        """Tell of each check whether it holds; None if there is no process to ask."""
        if self._process is None:
            await self._offer(len(checks))
            return None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await _ask(self._process, checks)
        except (OSError, EOFError, TimeoutError):
            await self.stop()
            return None
        except BaseException:  # cancelled: its answer would be taken for the next one's
            await self.stop()
            raise

    async def stop(self) -> None:
        """End the process if there is one."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _offer(self, count: int) -> None:
        self._offered += count
        if self._offered >= self._enough:
            self._offered = 0
            with contextlib.suppress(OSError):  # no memory for it, say
                self._process = await _start()


async def _start() -> asyncio.subprocess.Process:
    # A session of its own: Ctrl-C reaches the node alone.
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,
    )


async def _ask(process: asyncio.subprocess.Process, checks: Sequence[Check]) -> list[bool]:
    assert process.stdin is not None  # noqa: S101 - `_start` asked for both
    assert process.stdout is not None  # noqa: S101 - as above
    process.stdin.write(b"".join(_request(checks)))
    await process.stdin.drain()
    answer = await process.stdout.readexactly(len(checks))
    return [each == 1 for each in answer]


def _request(checks: Sequence[Check]) -> Iterator[bytes]:
    yield _COUNT.pack(len(checks))
    for suite, public, message, signature in checks:
        named = suite.encode()
        yield _LENGTHS.pack(len(named), len(public), len(message), len(signature))
        yield from (named, public, message, signature)


def answer(asked: BinaryIO, said: BinaryIO) -> bool:
    """Answer one request; False at the end of the pipe."""
    head = asked.read(_COUNT.size)
    if len(head) < _COUNT.size:
        return False
    (count,) = _COUNT.unpack(head)
    said.write(bytes(_holds(_check(asked)) for _ in range(count)))
    said.flush()
    return True


def _check(asked: BinaryIO) -> Check:
    lengths = _LENGTHS.unpack(asked.read(_LENGTHS.size))
    suite, public, message, signature = map(asked.read, lengths)
    return suite.decode(), public, message, signature


def _holds(check: Check) -> bool:
    try:
        suites.verify(*check)
    except Refused:
        return False
    return True


if __name__ == "__main__":
    while answer(sys.stdin.buffer, sys.stdout.buffer):
        pass
