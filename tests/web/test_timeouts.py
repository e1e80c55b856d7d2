"""Clients that start and do not continue, over real sockets: none of them blocks the node.

The time-outs are short. Tests wait for the node's acts, never for a fixed time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from special_channel.telemetry import Metrics
from special_channel.web.http.app import make_app
from special_channel.web.http.connections import Timeouts, listening, runner_of, watch
from special_channel.web.http.statics import read_statics
from tests.web.pages_node import MONITORED, PagesNode
from tests.world import World

PATIENCE = 30
SHORT, LONG = 0.3, 3600.0


@dataclass
class Line:
    """A connection with bytes written by a test."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, text: str) -> None:
        self.writer.write(text.replace("\n", "\r\n").encode())

    async def answer(self) -> str:
        """The next answer's first line; its body is dropped."""
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            length = int(head.lower().partition("content-length: ")[2].split("\r\n")[0] or 0)
            await self.reader.readexactly(length)
        return head.partition("\r\n")[0]

    async def closed(self) -> bytes:
        """The remaining bytes until the node closes the connection."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""


@asynccontextmanager
async def serving(app: web.Application, timeouts: Timeouts) -> AsyncIterator[int]:
    """Serve an application as a node does; its port."""
    runner = runner_of(app, timeouts, shutdown_seconds=0.1)
    await runner.setup()
    try:
        async with listening(runner, "127.0.0.1", 0, timeouts) as port:
            yield port
    finally:
        await runner.cleanup()


@asynccontextmanager
async def line_to(port: int) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()


def app_of(site: PagesNode, **limits: Any) -> web.Application:
    own = replace(site.own, limits=replace(site.own.limits, **limits))
    return make_app(own, read_statics(), MONITORED)


def small_app() -> web.Application:
    """Answers anything; long answers at /long."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path != "/long":
            return web.Response(text="ok")
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65536)
        finally:
            request.app[ENDED].set()

    app = web.Application()
    watch(app)
    app[ENDED] = asyncio.Event()
    app.router.add_route("*", "/{path:.*}", answer)
    return app


ENDED = web.AppKey("ended", asyncio.Event)
GET = "GET / HTTP/1.1\nHost: x\n\n"


@pytest.mark.parametrize("begun", ["", "G", "GET / HTTP/1.1\n", "GET / HTTP/1.1\nHost: x\nA: "])
async def test_half_open_headers_are_cut_off(begun):
    async with serving(small_app(), Timeouts(SHORT, LONG)) as port, line_to(port) as line:
        line.send(begun)
        assert await line.closed() == b""


async def test_dripping_headers_are_cut_off():
    """Each line is in time; together the lines are too late."""
    async with serving(small_app(), Timeouts(SHORT, LONG)) as port, line_to(port) as line:
        line.send("GET / HTTP/1.1\n")

        async def drip() -> None:
            for number in range(10**6):
                line.send(f"A{number}: x\n")
                await asyncio.sleep(SHORT / 10)

        dripping = asyncio.create_task(drip())
        assert await line.closed() == b""
        dripping.cancel()


async def test_half_open_second_request_is_cut_off():
    async with serving(small_app(), Timeouts(SHORT, LONG)) as port, line_to(port) as line:
        line.send(GET)
        assert await line.answer() == "HTTP/1.1 200 OK"
        line.send("GET / HT")
        assert await line.closed() == b""


async def test_second_request_has_its_own_time():
    """The first request's timer fires during the second and must not end it."""
    async with serving(small_app(), Timeouts(SHORT, LONG)) as port, line_to(port) as line:
        line.send(GET)
        assert await line.answer() == "HTTP/1.1 200 OK"
        began = asyncio.get_running_loop().time()
        line.send("GET / HT")
        assert await line.closed() == b""
        assert asyncio.get_running_loop().time() - began >= SHORT


async def test_idle_connection_is_closed():
    async with serving(small_app(), Timeouts(LONG, SHORT)) as port, line_to(port) as line:
        line.send(GET)
        assert await line.answer() == "HTTP/1.1 200 OK"
        assert await line.closed() == b""


async def test_answered_connection_has_only_the_idle_timeout():
    """Another connection, half open since then, is closed; this connection responds as before."""
    async with (
        serving(small_app(), Timeouts(SHORT, LONG)) as port,
        line_to(port) as line,
        line_to(port) as half_open,
    ):
        for _ in range(2):
            line.send(GET)
            assert await line.answer() == "HTTP/1.1 200 OK"
            if not half_open.reader.at_eof():
                assert await half_open.closed() == b""


async def test_client_that_does_not_read_is_cut_off():
    app = small_app()
    async with serving(app, Timeouts(LONG, SHORT)) as port, line_to(port) as line:
        line.send(GET.replace("/ ", "/long ", 1))
        async with asyncio.timeout(PATIENCE):
            await app[ENDED].wait()


@pytest.mark.parametrize(
    "path", ["/api/drafts/x", "/api/files", "/api/lists/check", "/applications/views"]
)
async def test_slow_body_gets_408(pages_of, path):
    """Of JSON, of a raw file, of a form; sent by somebody who is signed in."""
    site = await pages_of(World.founded(), "eu")
    token = await site.sign_in("desk")
    app = app_of(site, body_seconds=SHORT, body_bytes_per_second=10**6)
    method = "PUT" if "drafts" in path else "POST"
    media = (
        "application/x-www-form-urlencoded" if path == "/applications/views" else "application/json"
    )
    async with serving(app, Timeouts(LONG, LONG)) as port, line_to(port) as line:
        line.send(
            f'{method} {path} HTTP/1.1\nHost: x\nCookie: sc-session-eu="{token}"\n'
            f"Content-Type: {media}\nContent-Length: 100\nAccept: application/json\n\n{{"
        )
        assert await line.answer() == "HTTP/1.1 408 Request Timeout"


async def test_slow_but_steady_body_is_taken(pages_of):
    """Slower than `body_seconds` in total; meanwhile four stalled bodies are cut off."""
    site = await pages_of(World.founded(), "eu")
    token = await site.sign_in("desk")
    app = app_of(site, body_seconds=SHORT, body_bytes_per_second=1)
    head = (
        f'POST /api/files HTTP/1.1\nHost: x\nCookie: sc-session-eu="{token}"\n'
        "Content-Type: text/plain\nContent-Length: 80\n\n"
    )
    async with serving(app, Timeouts(LONG, LONG)) as port, line_to(port) as line:
        line.send(head + "x" * 40)
        for _ in range(4):
            async with line_to(port) as stalled:
                stalled.send(head)
                assert await stalled.answer() == "HTTP/1.1 408 Request Timeout"
            line.send("x" * 10)
        assert await line.answer() == "HTTP/1.1 200 OK"


async def test_dripping_body_gets_408(pages_of):
    """Each byte is in time; together the bytes are too late."""
    site = await pages_of(World.founded(), "eu")
    token = await site.sign_in("desk")
    app = app_of(site, body_seconds=SHORT, body_bytes_per_second=10**6)
    async with serving(app, Timeouts(LONG, LONG)) as port, line_to(port) as line:
        line.send(
            f'POST /api/files HTTP/1.1\nHost: x\nCookie: sc-session-eu="{token}"\n'
            "Content-Type: text/plain\nContent-Length: 100\n\n"
        )

        async def drip() -> None:
            for _ in range(100):
                line.send("x")
                await asyncio.sleep(SHORT / 10)

        dripping = asyncio.create_task(drip())
        assert await line.answer() == "HTTP/1.1 408 Request Timeout"
        dripping.cancel()


class Heard(Metrics):
    """Metrics that report the end of a request."""

    def __init__(self) -> None:
        super().__init__()
        self.over = asyncio.Event()

    def answered(self, route: str, seconds: float) -> None:
        super().answered(route, seconds)
        self.over.set()


async def test_client_that_goes_away_is_no_fault_of_ours(pages_of):
    heard = Heard()
    site = await pages_of(World.founded(), "eu", measures=heard)
    token = await site.sign_in("desk")
    with capture_logs() as logs:
        async with serving(app_of(site), Timeouts(LONG, LONG)) as port, line_to(port) as line:
            line.send(
                f'PUT /api/drafts/x HTTP/1.1\nHost: x\nCookie: sc-session-eu="{token}"\n'
                "Content-Length: 100\n\n{"
            )
            line.writer.close()
            async with asyncio.timeout(PATIENCE):
                await heard.over.wait()
    assert not logs
