"""The HTTP client against nodes that lie, fall silent or forget a token."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from special_channel.cli.client import Node, refusal
from special_channel.core.bytes import canonical, dsse, suites
from special_channel.core.bytes.errors import (
    BadSignature,
    Malformed,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    RuleBroken,
    Unavailable,
)
from special_channel.desk.keyfile import KeyFile

KEY = KeyFile.make("eu", "desk", bytes(range(32)), unit="u", desk="permits")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Door:
    """A sign-in like the node's, with errors chosen by a test."""

    def __init__(self, origin: str = "") -> None:
        self.origin = origin
        self.opened = 0
        self.routes: list[tuple[str, str, Handler]] = [
            ("POST", "/api/signin/challenge", self.challenge),
            ("POST", "/api/signin", self.signin),
        ]

    async def challenge(self, request: web.Request) -> web.Response:
        said = {
            "v": 1,
            "origin": self.origin or str(request.url.origin()),
            "key": (await request.json())["key"],
            "nonce": "n" * 43,
            "expires": "2026-11-24T09:00:00Z",
        }
        self.said = canonical.dumps(said)
        return web.json_response({"payload": b64encode(self.said).decode()})

    async def signin(self, request: web.Request) -> web.Response:
        signed = dsse.decode((await request.json())["envelope"].encode())
        message = dsse.pae(dsse.SIGNIN_TYPE, self.said)
        suites.verify("ed25519", KEY.private.public, message, signed.signatures[0].sig)
        self.opened += 1
        return web.json_response({"token": f"t{self.opened}", "expires": "2026-11-24T09:15:00Z"})


@asynccontextmanager
async def serving(door: Door, *more: tuple[str, str, Handler]) -> AsyncIterator[Node]:
    app = web.Application()
    for method, path, handler in (*door.routes, *more):
        app.router.add_route(method, path, handler)
    async with TestServer(app, host="localhost") as server, aiohttp.ClientSession() as http:
        yield Node(http, str(server.make_url("")), KEY)


async def test_a_challenge_of_another_address_is_not_signed():
    door = Door("https://cn.channel.example")
    async with serving(door) as node:
        with pytest.raises(NotAllowed, match="signin-other-origin"):
            await node.get("/api/heads")
    assert door.opened == 0


async def test_a_token_that_is_over_is_renewed_and_the_same_goes_again_once():
    door = Door()
    asked: list[str] = []

    async def entries(request: web.Request) -> web.Response:
        asked.append(request.headers["Authorization"])
        if asked == ["Bearer t1"]:
            return web.json_response({"code": "session-over", "title": "x"}, status=401)
        return web.json_response({"body": (await request.read()).decode()})

    async with serving(door, ("POST", "/api/entries", entries)) as node:
        answer = await node.post("/api/entries", {"entries": [1]})
    assert asked == ["Bearer t1", "Bearer t2"]
    assert json.loads(answer["body"]) == {"entries": [1]}


async def test_a_token_known_to_be_over_is_renewed_before_it_is_sent():
    door = Door()
    hour = [10]
    asked: list[str] = []

    async def heads(request: web.Request) -> web.Response:
        asked.append(request.headers["Authorization"])
        return web.json_response({})

    async with serving(door, ("GET", "/api/heads", heads)) as node:
        told = Node(
            node._http, node.url, KEY, now=lambda: datetime(2026, 11, 24, hour[0], tzinfo=UTC)
        )
        for hour[0] in (8, 9, 10):
            await told.get("/api/heads")
    assert asked == ["Bearer t1", "Bearer t1", "Bearer t2"], "they end at a quarter past nine"


async def test_of_requests_at_a_time_one_signs_in():
    door = Door()

    async def heads(_request: web.Request) -> web.Response:
        return web.json_response({})

    async with serving(door, ("GET", "/api/heads", heads)) as node:
        await asyncio.gather(node.sign_in(), *(node.get("/api/heads") for _ in range(3)))
    assert door.opened == 1


async def test_a_node_that_always_says_the_token_is_over_is_not_asked_for_ever():
    door = Door()

    async def entries(_request: web.Request) -> web.Response:
        return web.json_response({"code": "session-over", "title": "x"}, status=401)

    async with serving(door, ("POST", "/api/entries", entries)) as node:
        with pytest.raises(NotAllowed, match="session-over"):
            await node.post("/api/entries", {})
    assert door.opened == 2


async def test_silence_after_something_was_sent_is_an_unknown_outcome():
    async def entries(request: web.Request) -> web.Response:
        await request.read()
        assert request.transport is not None
        request.transport.close()
        await asyncio.Event().wait()
        raise AssertionError

    async with serving(Door(), ("POST", "/api/entries", entries)) as node:
        with pytest.raises(OutcomeUnknown, match="commit-unknown"):
            await node.post("/api/entries", {})


async def test_a_node_that_is_not_there_is_unavailable():
    async with aiohttp.ClientSession() as http:
        with pytest.raises(Unavailable, match="node-unreachable"):
            await Node(http, "http://localhost:1", KEY).get("/api/heads")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Malformed),
        (401, NotAllowed),
        (403, NotAllowed),
        (404, NotFound),
        (409, RuleBroken),
        (413, Malformed),
        (422, BadSignature),
        (429, Unavailable),
        (500, Unavailable),
        (503, Unavailable),
        (504, OutcomeUnknown),
    ],
)
def test_a_problem_document_becomes_the_error_it_tells(status, kind):
    document = {"code": "some-code", "title": "Some words.", "facts": {"limit": 3, "odd": [1]}}
    error = refusal(status, json.dumps(document).encode())
    assert type(error) is kind
    assert error.code == "some-code"
    assert error.detail == "Some words."
    assert error.facts == {"limit": 3}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"title":"x"}', b"\xff"])
def test_an_answer_in_no_form_is_still_an_error_with_a_code(body):
    error = refusal(502, body)
    assert isinstance(error, Unavailable)
    assert error.code == "server-error"
