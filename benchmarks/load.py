"""A load of signed entries over HTTP: pre-signed, on persistent connections, little else.

The client is asyncio streams with hand-written HTTP/1.1, so that it takes as little of the
two cores as it can.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent: entries, seconds in all, and each request's seconds."""

    entries: int
    seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        """Entries a second."""
        return self.entries / self.seconds


class Connection:
    """One keep-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> Connection:
        """Connect to the node on loopback."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def get(self, path: str, token: str = "") -> tuple[int, bytes]:
        """Get a path and return status and answer."""
        return await self._ask("GET", path, b"", token)

    async def post(self, path: str, body: bytes, token: str = "") -> tuple[int, bytes]:
        """Post a body and return status and answer."""
        return await self._ask("POST", path, body, token)

    async def put(self, path: str, body: bytes, token: str = "") -> tuple[int, bytes]:
        """Put a body and return status and answer."""
        return await self._ask("PUT", path, body, token)

    async def download(self, path: str, target: BinaryIO, token: str = "") -> int:
        """Get a path, write its answer to a file piece by piece; return its bytes.

        Raises:
            RuntimeError: The answer is a refusal.
        """
        self._request("GET", path, b"", token)
        status, length, _ = await self._head()
        if status != 200:
            raise RuntimeError(f"{path}: {status} {await self._reader.readexactly(length)!r}")
        left = length
        while left:
            piece = await self._reader.read(min(left, 1 << 20))
            if not piece:
                raise RuntimeError(f"{path}: {left} bytes are missing")
            target.write(piece)
            left -= len(piece)
        return length

    async def _ask(self, method: str, path: str, body: bytes, token: str) -> tuple[int, bytes]:
        self._request(method, path, body, token)
        status, length, chunked = await self._head()
        return status, await (self._chunks() if chunked else self._reader.readexactly(length))

    def _request(self, method: str, path: str, body: bytes, token: str) -> None:
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n"
            + (f"Authorization: Bearer {token}\r\n" if token else "")
            + "\r\n"
        )
        self._writer.write(head.encode() + body)

    async def _head(self) -> tuple[int, int, bool]:
        """Read a status, the body's length, and whether it comes in chunks."""
        status = int((await self._reader.readline()).split()[1])
        length, chunked = 0, False
        while (line := await self._reader.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            elif name.lower() == b"transfer-encoding":
                chunked = True
        return status, length, chunked

    async def _chunks(self) -> bytes:
        """Read a body in chunks, as Synapse sends it (RFC 9112, 7.1)."""
        body = b""
        while length := int(await self._reader.readline(), 16):
            body += (await self._reader.readexactly(length + 2))[:-2]
        await self._reader.readline()
        return body

    def close(self) -> None:
        """Close it."""
        self._writer.close()


async def send(port: int, token: str, bodies: list[tuple[bytes, int]], senders: int) -> Sent:
    """Post all bodies, (JSON, entries in it), from that many connections at once.

    Raises:
        RuntimeError: An entry was not receipted.
    """
    work: Iterator[tuple[bytes, int]] = iter(bodies)
    latencies: list[float] = []
    connections = [await Connection.open(port) for _ in range(senders)]

    async def sender(connection: Connection) -> None:
        for body, count in work:
            start = time.perf_counter()
            status, answer = await connection.post("/api/entries", body, token)
            latencies.append(time.perf_counter() - start)
            if status != 200 or answer.count(b'"receipt"') != count:
                raise RuntimeError(answer[:500].decode())

    start = time.perf_counter()
    await asyncio.gather(*(sender(connection) for connection in connections))
    seconds = time.perf_counter() - start
    for connection in connections:
        connection.close()
    return Sent(sum(count for _, count in bodies), seconds, latencies)


def body_of(entries: list[tuple[bytes, tuple[bytes, ...]]]) -> bytes:
    """Write a request of these (envelope, parts)."""
    return json.dumps(
        {
            "entries": [
                {"envelope": envelope.decode(), "parts": [part.decode() for part in parts]}
                for envelope, parts in entries
            ]
        }
    ).encode()
