"""Services on loopback that accept or refuse letters in all usual ways."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from special_channel.ports import Letter
from special_channel.ports.mail import Matter

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
LETTER = Letter(
    id="ab" * 32,
    to="zhang.wei@cn.example",
    subject="中欧出口许可沟通平台：EU-877 Q1 提醒",
    text="EU-877 Q1期限已到，尚未收到答复。\n查看：https://cn.example/threads/EU-142\n",
    html="<p>x</p>",
    lang="zh-CN",
    at=NOW,
    matters=(
        Matter(
            "EU-877 Q1",
            "confirmed",
            NOW - timedelta(minutes=1),
            2,
            "https://cn.example/threads/EU-142",
        ),
    ),
)


@dataclass
class HandClock:
    """A clock moved by hand."""

    at: datetime = NOW
    passed: float = 0.0

    def now(self) -> datetime:
        return self.at + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed


@dataclass
class Taken:
    """A received request."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Service:
    """Configured responses, and received requests."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    die: bool = False
    port: int = 0
    taken: list[Taken] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def handle(self, request: web.Request) -> web.Response:
        data = await request.read()
        self.taken.append(Taken(request.path, dict(request.query), dict(request.headers), data))
        if self.seconds:
            await asyncio.sleep(self.seconds)
        if self.die and request.transport is not None:
            request.transport.abort()
        return web.Response(status=self.status, body=self.body, headers=self.headers)


@asynccontextmanager
async def service(**told: Any) -> AsyncIterator[Service]:
    """Serve on a free port of loopback."""
    made = Service(**told)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handle_signals=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.port = runner.addresses[0][1]
    try:
        yield made
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_service(answer: bytes) -> AsyncIterator[int]:
    """Send bytes to each client, and close the connection."""
    talks = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        writer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.ensure_future(talk(reader, writer)))

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[1]
    await asyncio.gather(*talks)
