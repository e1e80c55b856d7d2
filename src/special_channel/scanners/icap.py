"""Scan files over ICAP (RFC 3507): RESPMOD or REQMOD, with 204 allowed, and OPTIONS.

A file is clean if the server leaves the bytes unchanged. Does not use previews; keeps no
connection.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

from special_channel.ports.scanning import Engine, Scan
from special_channel.scanners.connection import (
    MAX_LINE,
    Address,
    Connection,
    connected,
    plain,
    unavailable,
)

MAX_HEADERS: Final = 100
"""Header lines of an answer."""

FINDS: Final = ("x-infection-found", "x-virus-id", "x-violations-found")
"""Headers of common servers for a find (draft-stecher-icap-subid, and vendors' manuals)."""

UNNAMED: Final = "ICAP"
"""Name of an engine whose server does not name itself."""

_UNCHANGED, _ANSWERED = 204, 200

Method = Literal["respmod", "reqmod"]


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers of an answer; names of headers in lower case."""

    status: int
    headers: Mapping[str, bytes]

    def engine(self, name: str = UNNAMED) -> Engine:
        """Return the engine with the server's tag of its service as signatures."""
        service = self.headers.get("service", self.headers.get("server", b""))
        tag = self.headers.get("istag", b"").strip(b'" ')
        return Engine(plain(service) or name, plain(tag))


@dataclass(frozen=True, slots=True)
class Icap:
    """Port `Scanner` over ICAP. `service`: path of the service on the server."""

    address: Address
    service: str
    method: Method
    seconds: float

    async def engine(self) -> Engine:
        """Return service and tag by OPTIONS, if the server has the method."""
        async with connected(self.address, self.seconds) as connection:
            request = _one(self._head("OPTIONS", "null-body=0"))
            head = await connection.exchange(request, _head(connection))
        return head.engine() if head.status == _ANSWERED else Engine(UNNAMED)

    async def scan(self, chunks: AsyncIterator[bytes], length: int) -> Scan:
        """Scan a file; see `ports.scanning.Scanner`."""
        engine, digest = await self.engine(), sha256()
        async with connected(self.address, self.seconds) as connection:
            request = self._request(_hashed(chunks, digest.update), length)
            head, found, body = await connection.exchange(request, self._answer(connection, length))
        if head.status not in {_UNCHANGED, _ANSWERED}:
            raise unavailable("answer", str(head.status))
        # A server that does not know 204 sends the file back.
        changed = body is not None and body != digest.digest()
        if not engine.signatures:
            engine = head.engine(engine.name)
        threat = _threat(head.headers) if found else ""
        return Scan(found or changed, threat, engine)

    async def _answer(self, connection: Connection, length: int) -> tuple[Head, bool, bytes | None]:
        """Read an answer: head, find or block, digest of a returned body."""
        head = await _head(connection)
        if _names_find(head.headers):
            return head, True, None
        if head.status != _ANSWERED:
            return head, False, None
        # A page instead of the request, or instead of the file with another status.
        kind = head.headers.get("encapsulated", b"").strip().partition(b"=")[0]
        status = await _encapsulated(connection)
        if kind != (b"res-hdr" if self.method == "respmod" else b"req-hdr"):
            return head, True, None
        if self.method == "respmod" and status != b"200":
            return head, True, None
        return head, False, await _body_digest(connection, length)

    def _head(self, verb: str, encapsulated: str) -> bytes:
        host = self.address.host
        lines = (
            f"{verb} icap://{host}:{self.address.port}/{self.service} ICAP/1.0",
            f"Host: {host}",
            "User-Agent: special-channel",
            "Allow: 204",
            "Connection: close",
            f"Encapsulated: {encapsulated}",
        )
        return _lines(*lines)

    async def _request(self, chunks: AsyncIterator[bytes], length: int) -> AsyncIterator[bytes]:
        # Neither name nor type: the scanner judges the bytes, and learns nothing of the case.
        facts = ("Content-Type: application/octet-stream", f"Content-Length: {length}")
        if self.method == "respmod":
            asked = _lines("GET http://special-channel.invalid/file HTTP/1.1", *_HOST)
            answered = _lines("HTTP/1.1 200 OK", *facts)
            sections = f"req-hdr=0, res-hdr={len(asked)}, res-body={len(asked) + len(answered)}"
            yield self._head("RESPMOD", sections) + asked + answered
        else:
            posted = _lines("POST http://special-channel.invalid/file HTTP/1.1", *_HOST, *facts)
            yield self._head("REQMOD", f"req-hdr=0, req-body={len(posted)}") + posted
        async for chunk in chunks:
            if chunk:  # an empty chunk would end the file
                yield f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n"
        yield b"0\r\n\r\n"


_HOST: Final = ("Host: special-channel.invalid",)


def _lines(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


async def _one(head: bytes) -> AsyncIterator[bytes]:
    yield head


async def _hashed(
    chunks: AsyncIterator[bytes], update: Callable[[bytes], None]
) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        update(chunk)
        yield chunk


async def _line(connection: Connection) -> bytes:
    return (await connection.reader.readuntil(b"\n")).rstrip(b"\r\n")


async def _headers(connection: Connection) -> dict[str, bytes]:
    headers: dict[str, bytes] = {}
    last = ""
    for _ in range(MAX_HEADERS):
        line = await _line(connection)
        if not line:
            return headers
        if line[:1] in {b" ", b"\t"} and last:  # a folded line
            headers[last] = (headers[last] + b" " + line.strip())[:MAX_LINE]
            continue
        name, _, value = line.partition(b":")
        last = plain(name).lower()
        headers[last] = value.strip()
    raise unavailable("answer", "headers")


async def _head(connection: Connection) -> Head:
    protocol, _, rest = (await _line(connection)).partition(b" ")
    status = rest[:3]
    if not protocol.startswith(b"ICAP/") or not status.isdigit():
        raise unavailable("answer", plain(protocol))
    return Head(int(status), await _headers(connection))


async def _encapsulated(connection: Connection) -> bytes:
    """Read the encapsulated HTTP head; return the second word of its first line."""
    first = await _line(connection)
    await _headers(connection)
    return first.split(b" ")[1] if b" " in first else b""


async def _body_digest(connection: Connection, length: int) -> bytes:
    """Return the digest of a body, of at most the file's length."""
    digest, read = sha256(), 0
    while size := int((await _line(connection)).partition(b";")[0], 16):
        read += size
        if size < 0 or read > length:
            return b""  # another file than was sent
        while size:
            piece = await connection.reader.readexactly(min(size, MAX_LINE))
            digest.update(piece)
            size -= len(piece)
        await _line(connection)
    return digest.digest()


def _names_find(headers: Mapping[str, bytes]) -> bool:
    return any(
        name in headers and (name != "x-violations-found" or headers[name][:1] != b"0")
        for name in FINDS
    )


def _threat(headers: Mapping[str, bytes]) -> str:
    """Return the name of a find: `Threat` of X-Infection-Found, or X-Virus-ID."""
    fields = headers.get("x-infection-found", b"").split(b";")
    named = (each.strip()[7:] for each in fields if each.strip().lower().startswith(b"threat="))
    return plain(next(named, headers.get("x-virus-id", b"")))
