"""`POST /api/entries` past the router answers as by the router, whatever is sent."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from structlog.testing import capture_logs

from special_channel.web.http import connections
from special_channel.web.http.app import make_app
from special_channel.web.http.connections import (
    SHORTCUT,
    Handler,
    Timeouts,
    listening,
    runner_of,
)
from special_channel.web.http.services import SERVICES, Services
from special_channel.web.http.sessions import session_cookie
from special_channel.web.http.statics import read_statics
from tests.nodes.api import sent
from tests.nodes.desk import Desk, forged
from tests.nodes.odd_requests import (
    HEADERS,
    METHODS,
    TARGETS,
    VERSIONS,
    chunked,
    lengths,
    request,
)
from tests.web.pages_node import MONITORED

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 60
TIMEOUTS = Timeouts(header=30.0, idle=30.0)
LINGER = 0.2
LIMIT = 64 * 1024
NEXT = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
"""Follows each request on its connection: it shows where the node saw the request's end."""


@dataclass
class Measured:
    """Calls of the metrics, without durations."""

    told: list[tuple[Any, ...]] = field(default_factory=list)

    def stored(self, log: str, count: int) -> None:
        self.told.append(("stored", log, count))

    def refused(self, code: str) -> None:
        self.told.append(("refused", code))

    def unreadable(self, source: str) -> None:
        self.told.append(("unreadable", source))

    def answered(self, route: str, seconds: float) -> None:
        assert seconds >= 0
        self.told.append(("answered", route))

    def streaming(self, change: int) -> None:
        raise AssertionError(change)


@dataclass
class Way:
    """A path to the node's services: by the shortcut or by the router."""

    port: int
    measured: Measured
    by_router: list[str]

    async def ask(self, request: bytes) -> tuple[bytes, list[tuple[Any, ...]], list[str]]:
        """Send a request and a second one behind it; return responses, metrics and log lines."""
        self.measured.told.clear()
        with capture_logs() as lines:
            answers = await exchange(self.port, request + NEXT)
        events = [str(line["event"]) for line in lines]
        # The node's watches write lines of their own meanwhile.
        said = [event for event in events if event.startswith("request.")]
        return answers, list(self.measured.told), said


async def exchange(port: int, data: bytes) -> bytes:
    """Send bytes, read until the node closes; headers are put in order, without the date."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        async with asyncio.timeout(PATIENCE):
            answers = await reader.read()
    except ConnectionResetError:
        answers = b"(reset)"
    finally:
        writer.close()
    return HEAD.sub(lambda head: in_order(head[0]), answers)


HEAD = re.compile(rb"HTTP/1\.[01] \d+ [^\r]*\r\n(?:[A-Za-z-]+: [^\r]*\r\n)*\r\n")


def in_order(head: bytes) -> bytes:
    first, *headers = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    kept = sorted(each for each in headers if not each.startswith(b"Date: "))
    return b"\r\n".join([first, *kept, b"", b""])


@asynccontextmanager
async def served(
    own: Services, limits: dict[str, Any], *, short: bool, timeouts: Timeouts = TIMEOUTS
) -> AsyncIterator[Way]:
    """Serve the node's application once more, with the shortcut or without."""
    measured, by_router = Measured(), []
    own = replace(
        own,
        node=replace(own.node, measures=measured),
        limits=replace(own.limits, **limits),
    )
    app = make_app(own, read_statics(), MONITORED)
    before = app[SHORTCUT]

    def counted(ordinary: Handler) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            by_router.append(request.raw_path)
            return await ordinary(request)

        return before(handle) if short else handle

    app[SHORTCUT] = counted
    runner = runner_of(app, timeouts, shutdown_seconds=0.1)
    await runner.setup()
    try:
        async with listening(runner, "127.0.0.1", 0, timeouts) as port:
            yield Way(port, measured, by_router)
    finally:
        await runner.cleanup()


@dataclass
class Both:
    """Both paths, and the parts of a valid request."""

    desk: Desk
    short: Way
    router: Way
    bearer: str
    browser: str
    cookie: str
    bodies: dict[str, bytes]

    def request(self, **changed: Any) -> bytes:
        return request(**{"body": self.bodies["known"], "auth": self.auth(), **changed})

    def auth(self) -> bytes:
        return b"Authorization: Bearer " + self.bearer.encode()


def own_of(desk: Desk) -> Services:
    return desk.channel.nodes["eu"].app[SERVICES]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(desk: Desk) -> AsyncIterator[Both]:
    own = own_of(desk)
    payload = await desk.api.challenge(desk.keys["desk"].signer)
    reply = await desk.api.answer(
        payload, desk.keys["desk"].signer, browser=True, Origin=own.node.url
    )
    cookie = session_cookie(own.node)
    browser = re.search(rf"{cookie}=([^;]+)", reply.headers["Set-Cookie"])
    assert browser
    limits = {
        "request_bytes": LIMIT,
        "body_seconds": 2.0,
        "requests_per_minute": 10**6,
        "address_requests_per_minute": 10**6,
    }
    async with AsyncExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(connections, "LINGER_SECONDS", LINGER)
        short = await stack.enter_async_context(served(own, limits, short=True))
        router = await stack.enter_async_context(served(own, limits, short=False))
        bodies = await bodies_of(desk)
        yield Both(desk, short, router, desk.api.token, browser[1], cookie, bodies)


async def bodies_of(desk: Desk) -> dict[str, bytes]:
    """Bodies that are stored, refused or unreadable. `known` was stored before."""
    note, bad = await desk.note(), forged(await desk.note())
    await desk.api.receipt(note)
    elsewhere = await desk.note(thread="eu:9999")
    documents: dict[str, Any] = {
        "known": {"entries": [sent(note)]},
        "known twice": {"entries": [sent(note), sent(note)]},
        "forged": {"entries": [sent(bad)]},
        "second forged": {"entries": [sent(note), sent(bad)]},
        "unknown thread": {"entries": [sent(elsewhere)], "lay": True},
        "no entries": {"entries": []},
        "other field": {"entries": [sent(note)], "more": 1},
        "other type": {"entries": "x"},
        "no envelope": {"entries": [{"envelope": "x"}]},
        "unlaid list": {"entries": [sent(await desk.list())]},
    }
    return {name: json.dumps(each).encode() for name, each in documents.items()} | {
        "empty": b"",
        "null": b"null",
        "no json": b"{",
        "deep": b"[" * 5000,
        "no text": b'{"entries": "\xff\xfe"}',
        "surrogate": b'{"entries": [{"envelope": "\\ud800"}]}',
        "mark of order": b"\xef\xbb\xbf{}",
        "too long": b" " * (LIMIT + 1),
    }


def credentials(both: Both) -> list[bytes]:
    token, browser, cookie = (each.encode() for each in (both.bearer, both.browser, both.cookie))
    own = own_of(both.desk).node.url.encode()
    shown = b"Cookie: %b=%b" % (cookie, browser)
    return [
        b"",
        b"Authorization: Bearer",
        b"Authorization: Bearer ",
        b"Authorization: Bearer x",
        b"Authorization: bearer " + token,
        b"Authorization: Basic " + token,
        b"Authorization: Bearer " + token + b"x",
        b"Authorization: Bearer \xff",
        b"Authorization: Bearer " + browser,
        shown,
        shown + b"\r\nOrigin: " + own,
        shown + b"\r\nOrigin: https://elsewhere.example",
        shown + b"\r\nOrigin: null\r\nSec-Fetch-Site: cross-site",
        shown + b"\r\nSec-Fetch-Site: same-site",
        b"Cookie: %b=%b" % (cookie, token),
        b"Cookie: %b=\xff" % cookie,
        shown + b"\r\nAuthorization: Bearer " + token,
        shown + b"\r\nAuthorization: Basic x",
    ]


def odd_requests(both: Both) -> list[bytes]:
    """One unusual part at a time, then several, drawn from a seed."""
    body, make = both.bodies["known"], both.request
    found = [make(body=each) for each in both.bodies.values()]
    found += [make(target=each) for each in TARGETS]
    found += [make(method=each) for each in METHODS]
    found += [make(version=each) for each in VERSIONS]
    found += [make(headers=each) for each in HEADERS]
    found += [make(length=each) for each in lengths(body)]
    found += [make(auth=each) for each in credentials(both)]
    packed = gzip.compress(body, mtime=0)
    bomb = gzip.compress(b" " * (100 * LIMIT), mtime=0)
    coding = (b"Transfer-Encoding: chunked",)
    found += [
        make(body=packed, headers=(b"Content-Encoding: gzip",)),
        make(body=packed[:-9], headers=(b"Content-Encoding: gzip",)),
        make(body=bomb, headers=(b"Content-Encoding: gzip",)),
        make(body=chunked(body), length=coding),
        make(body=chunked(both.bodies["too long"]), length=coding),
        make(body=chunked(body, b"%x;a=b" % len(body)), length=coding),
        make(body=chunked(body, b"zz"), length=coding),
        make(body=chunked(body, b"-1"), length=coding),
        make(body=chunked(body, b"1" * 40), length=coding),
        make(body=chunked(body)[:-5] + b"A: b\r\n\r\n", length=coding),
        make(end=b"\n"),
        make() + make(),
        make(auth=b"") + make(),
        make() + make(body=both.bodies["forged"]) + make(target=b"/api/heads", method=b"GET"),
        b"\r\n\r\n" + make(),
        make()[: len(make()) // 2],
    ]
    rng = random.Random(22)  # noqa: S311 - the same ones each time
    logins, framings = credentials(both), [None, *lengths(body)]
    for _ in range(100):
        found.append(
            make(
                method=rng.choice((b"POST", b"POST", b"POST", *METHODS)),
                target=rng.choice((TARGETS[0], TARGETS[0], *TARGETS)),
                version=rng.choice((b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0")),
                auth=rng.choice((both.auth(), both.auth(), *logins)),
                headers=(*rng.choice(HEADERS), *rng.choice(HEADERS)),
                length=rng.choice((None, None, None, *framings)),
                body=rng.choice(list(both.bodies.values())),
            )
        )
    return found


async def test_odd_requests_get_one_answer_by_both_ways(both: Both) -> None:
    found = odd_requests(both)
    statuses = set()
    for odd in found:
        by_router, short = await both.router.ask(odd), await both.short.ask(odd)
        assert short == by_router, odd[:600]
        statuses |= set(re.findall(rb"HTTP/1\.[01] (\d+)", short[0]))
    assert len(found) > 200
    assert statuses >= {b"200", b"400", b"401", b"403", b"404", b"405", b"408", b"413", b"422"}


async def test_plain_entries_do_not_come_by_the_router(both: Both) -> None:
    both.short.by_router.clear()
    both.router.by_router.clear()
    for way in (both.short, both.router):
        answers, told, _ = await way.ask(both.request())
        assert answers.startswith(b"HTTP/1.1 200 OK\r\n")
        assert told == [("stored", "eu", 1), ("answered", "/api/entries"), ("answered", "/healthz")]
    assert both.short.by_router == ["/healthz"]
    assert both.router.by_router == ["/api/entries", "/healthz"]


@pytest.mark.parametrize(
    "changed",
    [
        {"headers": (b"Expect: 100-continue",)},
        {"target": b"/api/entries?x=1"},
        {"target": b"/api/%65ntries"},
        {"method": b"PUT"},
    ],
)
async def test_unusual_entries_come_by_the_router(both: Both, changed: dict[str, Any]) -> None:
    both.short.by_router.clear()
    await both.short.ask(both.request(**changed))
    assert len(both.short.by_router) == 2


@pytest.mark.parametrize("auth", ["good", "none", "bad"])
async def test_requests_are_counted_alike_by_both_ways(both: Both, auth: str) -> None:
    """By person and by address, until refused, with what to do; the limit is both ways' own."""
    token = {"good": both.auth(), "none": b"", "bad": b"Authorization: Bearer x"}[auth]
    seen = []
    for short in (True, False):
        own = own_of(both.desk)
        limits = {"requests_per_minute": 3, "address_requests_per_minute": 20}
        async with served(own, limits, short=short) as way:
            answers = [await exchange(way.port, both.request(auth=token) + NEXT) for _ in range(25)]
            seen.append([answer.partition(b"\r\n")[0] for answer in answers])
    assert seen[0] == seen[1]
    assert seen[0][-1] == b"HTTP/1.1 429 Too Many Requests"


async def test_fault_of_the_node_is_one_answer_by_both_ways(both: Both, monkeypatch: Any) -> None:
    own = own_of(both.desk)

    async def broken(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr(type(own.acts.appender), "submit", broken)
    answers = [await way.ask(both.request()) for way in (both.short, both.router)]
    (short, *rest), (by_router, *rest_by_router) = answers
    assert rest == rest_by_router
    assert b"request.failed" not in short
    reference = rb'"reference":"[0-9a-f]{12}"'
    assert re.sub(reference, b"", short) == re.sub(reference, b"", by_router)
    assert short.startswith(b"HTTP/1.1 503 ")


async def test_answered_sender_has_only_the_idle_timeout(both: Both) -> None:
    """One that is half open for longer than a request's headers may take is cut off, not this."""
    timeouts = Timeouts(header=1.0, idle=3600.0)
    async with served(own_of(both.desk), {}, short=True, timeouts=timeouts) as way:
        reader, writer = await asyncio.open_connection("127.0.0.1", way.port)
        half, half_writer = await asyncio.open_connection("127.0.0.1", way.port)
        async with asyncio.timeout(PATIENCE):
            writer.write(both.request())
            assert await reader.readuntil(b"\r\n") == b"HTTP/1.1 200 OK\r\n"
            assert await half.read() == b""
            writer.write(NEXT)
            assert (await reader.read()).endswith(b"ok\n")
        assert way.by_router == ["/healthz"]
        for each in (writer, half_writer):
            each.close()
