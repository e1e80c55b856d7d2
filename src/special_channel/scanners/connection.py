"""Connections to scanners. A scanner's bytes are hostile: bounded lines, total time, text.

Does not know a protocol: `clamd.py` and `icap.py` do.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from special_channel.core.bytes.errors import Unavailable

MAX_LINE: Final = 8192
"""Bytes of a line from a scanner."""

MAX_TEXT: Final = 100
"""Characters of a name that is stored and shown."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a scanner listens: a UNIX socket's path, else host and port, with TLS or without."""

    path: str = ""
    host: str = ""
    port: int = 0
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection to a scanner."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def exchange(self, request: AsyncIterator[bytes], answer: Awaitable[T]) -> T:
        """Send a request while reading its answer; a scanner may answer before the end."""
        try:
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(self._send(request))
                result = await answer
                sending.cancel()
        except BaseExceptionGroup as group:  # the file may be gone, or the scanner
            raise group.exceptions[0] from None
        return result

    async def _send(self, request: AsyncIterator[bytes]) -> None:
        # A scanner that has read enough hangs up, and its answer is still to be read.
        with suppress(ConnectionError):
            async for piece in request:
                self.writer.write(piece)
                await self.writer.drain()


@asynccontextmanager
async def connected(address: Address, seconds: float) -> AsyncIterator[Connection]:
    """Connect to a scanner for at most some seconds.

    Raises:
        Unavailable: `scanner-unavailable` with `reason`: `connection` or `answer`.
    """
    reason = "connection"
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await (
                asyncio.open_unix_connection(address.path, limit=MAX_LINE)
                if address.path
                else asyncio.open_connection(
                    address.host, address.port, ssl=address.tls, limit=MAX_LINE
                )
            )
            reason = "answer"
            try:
                yield Connection(reader, writer)
            finally:
                writer.transport.abort()
    except (OSError, EOFError, asyncio.LimitOverrunError, ValueError) as error:
        raise unavailable(reason) from error


def unavailable(reason: str, answer: str = "") -> Unavailable:
    """Return the error of a scanner without a verdict; `answer`: words of the scanner."""
    facts = {"reason": reason, "answer": answer} if answer else {"reason": reason}
    return Unavailable("scanner-unavailable", "The scanner gave no verdict.", **facts)


def plain(raw: bytes) -> str:
    """Return a scanner's words as one line of at most 100 printable characters."""
    # Controls of direction are not printable: a find cannot reorder the words around it.
    text = "".join(each if each.isprintable() else " " for each in raw.decode("utf-8", "replace"))
    return " ".join(text.split())[:MAX_TEXT]
