"""Scanners that speak clamd's protocol and ICAP on loopback, and find EICAR also in archives.

Each has the signatures that a test gives it. What it answers, when and whether can be set.
"""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

# In two halves: no scanner may take this repository for the test file.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
FIRST_LIST = ("27812", "Sat Nov 28 09:31:02 2026")
SECOND_LIST = ("27813", "Sun Nov 29 09:30:11 2026")


def zipped(exact: Mapping[str, bytes] | None = None, **members: bytes) -> bytes:
    """Return a ZIP file of members, `__` in a name for a slash and `_` for a dot.

    `exact`: members by their names as they are.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (exact or {}).items():
            archive.writestr(name, data)
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), data)
    return buffer.getvalue()


def holds(data: bytes, needle: bytes) -> bool:
    """Tell whether a file, or a member of a ZIP file, holds some bytes."""
    if needle in data:
        return True
    if not data.startswith(b"PK"):
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return any(holds(archive.read(name), needle) for name in archive.namelist())


@dataclass
class Engine:
    """What a scanner knows and does.

    Attributes:
        signatures: Version and date of the list.
        threats: Name of each find by the bytes that are looked for.
        raw: Bytes to answer instead, to any request.
        answers: Unset: the scanner takes requests and does not answer.
        files: Files received whole, in order.
    """

    signatures: tuple[str, str] = FIRST_LIST
    threats: dict[bytes, str] = field(default_factory=lambda: {EICAR: "Eicar-Test-Signature"})
    raw: bytes | None = None
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    files: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.answers.set()

    def judge(self, data: bytes) -> str:
        """Return the name of the find, empty for a clean file."""
        self.files.append(data)
        return next((name for needle, name in self.threats.items() if holds(data, needle)), "")


@dataclass
class Running:
    """A running scanner. `address`: as in the settings; `engine`: change it while it runs."""

    address: str
    engine: Engine
    server: asyncio.Server

    async def stop(self) -> None:
        """End the scanner; its port is closed from now on."""
        self.server.close()
        self.server.close_clients() if hasattr(self.server, "close_clients") else None


@asynccontextmanager
async def clamd(engine: Engine | None = None, path: str = "") -> AsyncIterator[Running]:
    """Run clamd on loopback, or on a UNIX socket."""
    engine = engine or Engine()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command = await reader.readuntil(b"\0")
        await engine.answers.wait()
        if engine.raw is not None:
            writer.write(engine.raw)
        elif command == b"zVERSION\0":
            writer.write(f"ClamAV 1.4.3/{'/'.join(engine.signatures)}\0".encode())
        else:
            data = b""
            while size := int.from_bytes(await reader.readexactly(4), "big"):
                data += await reader.readexactly(size)
            found = engine.judge(data)
            writer.write(f"stream: {found} FOUND\0".encode() if found else b"stream: OK\0")

    async with _listening(serve, path) as server:
        port = 0 if path else server.sockets[0].getsockname()[1]
        yield Running(path or f"tcp://127.0.0.1:{port}", engine, server)


@asynccontextmanager
async def icap(
    engine: Engine | None = None, *, options: bool = True, echoes: bool = False, page: bool = False
) -> AsyncIterator[Running]:
    """Run an ICAP server.

    Args:
        engine: What it finds.
        options: Whether it knows OPTIONS.
        echoes: Whether it sends a clean file back instead of 204.
        page: Whether it answers a find with a page and no header of its own.
    """
    engine = engine or Engine()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        await engine.answers.wait()
        tag = f'ISTag: "{engine.signatures[0]}"\r\n'
        if engine.raw is not None:
            writer.write(engine.raw)
        elif head.startswith("OPTIONS"):
            line = "ICAP/1.0 200 OK\r\n" if options else "ICAP/1.0 405 Method not allowed\r\n"
            about = f"{tag}Service: Sample Scanner 2.1\r\n" if options else ""
            writer.write(f"{line}{about}Encapsulated: null-body=0\r\n\r\n".encode())
        else:
            writer.write(
                _icap_answer(engine, head, await _body(reader, head), tag, echoes=echoes, page=page)
            )

    async with _listening(serve) as server:
        port = server.sockets[0].getsockname()[1]
        yield Running(f"icap://127.0.0.1:{port}/avscan", engine, server)


async def _body(reader: asyncio.StreamReader, head: str) -> tuple[bytes, bytes]:
    """Read the encapsulated heads, at the places that the client names, and the body."""
    [line] = [each for each in head.split("\r\n") if each.startswith("Encapsulated")]
    places = [int(each.partition("=")[2]) for each in line.partition(":")[2].split(",")]
    names = [each.partition("=")[0].strip() for each in line.partition(":")[2].split(",")]
    heads = await reader.readexactly(places[-1])
    assert names in (["req-hdr", "res-hdr", "res-body"], ["req-hdr", "req-body"])
    assert all(heads[:place].endswith(b"\r\n\r\n") for place in places[1:])
    data = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        data += (await reader.readexactly(size + 2))[:-2]
    assert await reader.readexactly(2) == b"\r\n"
    return heads[places[-2] :], data


def _icap_answer(
    engine: Engine, head: str, body: tuple[bytes, bytes], tag: str, *, echoes: bool, page: bool
) -> bytes:
    inner, data = body
    found = engine.judge(data)
    ok = f"ICAP/1.0 200 OK\r\n{tag}"
    name = "res" if head.startswith("RESPMOD") else "req"
    if not found and not echoes:
        return f"ICAP/1.0 204 No modifications needed\r\n{tag}\r\n".encode()
    if not found:
        sections = f"Encapsulated: {name}-hdr=0, {name}-body={len(inner)}\r\n\r\n"
        return (ok + sections).encode() + inner + _chunked(data)
    threat = "" if page else f"X-Infection-Found: Type=0; Resolution=2; Threat={found};\r\n"
    blocked = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n"
    sections = f"Encapsulated: res-hdr=0, res-body={len(blocked)}\r\n\r\n"
    return (ok + threat + sections).encode() + blocked + _chunked(b"<p>blocked</p>")


def _chunked(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n0\r\n\r\n" if data else b"0\r\n\r\n"


@asynccontextmanager
async def _listening(serve, path: str = "") -> AsyncIterator[asyncio.Server]:
    tasks: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await serve(reader, writer)
            await writer.drain()
        except (EOFError, ConnectionError, asyncio.CancelledError):
            pass  # the client hung up
        finally:
            writer.close()
            tasks.discard(task)

    server = await (
        asyncio.start_unix_server(one, path)
        if path
        else asyncio.start_server(one, "127.0.0.1", limit=2**22)
    )
    try:
        yield server
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
