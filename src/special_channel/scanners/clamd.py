"""Scan files over the clamd protocol (clamd(8)): INSTREAM and VERSION.

The protocol has neither passwords nor encryption: use a UNIX socket or a protected network.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from special_channel.ports.scanning import Engine, Scan
from special_channel.scanners.connection import Address, connected, plain, unavailable

_END: Final = bytes(4)


@dataclass(frozen=True, slots=True)
class Clamd:
    """Port `Scanner` over clamd."""

    address: Address
    seconds: float

    async def engine(self) -> Engine:
        """Return version and signatures; see `ports.scanning.Scanner`."""
        return _engine(await self._ask(_one(b"zVERSION\0")))

    async def scan(self, chunks: AsyncIterator[bytes], length: int) -> Scan:
        """Scan a file; see `ports.scanning.Scanner`."""
        del length  # the stream ends with an empty chunk
        # Before the scan: signatures loaded meanwhile cause a further scan, never a missing one.
        engine = await self.engine()
        answer = await self._ask(_instream(chunks))
        said = answer.removeprefix(b"stream: ")
        if said == b"OK":
            return Scan(found=False, threat="", engine=engine)
        if said.endswith(b" FOUND"):
            return Scan(found=True, threat=plain(said.removesuffix(b" FOUND")), engine=engine)
        raise unavailable("answer", plain(answer))

    async def _ask(self, request: AsyncIterator[bytes]) -> bytes:
        async with connected(self.address, self.seconds) as connection:
            answer = await connection.exchange(request, connection.reader.readuntil(b"\0"))
        return answer.removesuffix(b"\0")


async def _one(command: bytes) -> AsyncIterator[bytes]:
    yield command


async def _instream(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield b"zINSTREAM\0"
    async for chunk in chunks:
        if chunk:  # an empty chunk would end the file
            yield len(chunk).to_bytes(4, "big") + chunk
    yield _END


def _engine(answer: bytes) -> Engine:
    """Read an answer such as `ClamAV 1.4.3/27812/Sat Nov 28 09:31:02 2026`."""
    if not answer or answer.endswith(b"ERROR"):
        raise unavailable("answer", plain(answer))
    name, _, rest = answer.partition(b"/")
    signatures, _, when = rest.partition(b"/")
    return Engine(plain(name), plain(signatures), _date(plain(when)))


def _date(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%a %b %d %H:%M:%S %Y").date()  # noqa: DTZ007 - a date
    except ValueError:
        return None
