"""Sign-in of machine clients and browsers at two nodes without shared sessions."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from special_channel.core.bytes import canonical
from special_channel.core.bytes.ids import Party
from special_channel.core.rows.writing import Signer
from special_channel.desk import signin
from special_channel.desk.keyfile import KeyFile
from special_channel.wiring import files
from tests.channel import Channel
from tests.nodes.api import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@pytest.fixture
def eu(two_nodes: Channel, http: aiohttp.ClientSession) -> Api:
    return Api(http, two_nodes.settings("eu").node.url)


@pytest.fixture
def cn(two_nodes: Channel, http: aiohttp.ClientSession) -> Api:
    return Api(http, two_nodes.settings("cn").node.url)


def signer(channel: Channel, party: Party = "eu") -> Signer:
    return channel.officials[party, "desk", 1].signer


async def test_a_signed_challenge_opens_a_session_and_nothing_less_does(
    two_nodes: Channel, eu: Api
) -> None:
    assert (await eu.call("GET", "/api/heads")).status == 401
    signed_in = await eu.sign_in(signer(two_nodes))
    assert (await signed_in.call("GET", "/api/heads")).status == 200


async def test_a_challenge_is_answered_once(two_nodes: Channel, eu: Api) -> None:
    payload = await eu.challenge(signer(two_nodes))
    assert (await eu.answer(payload, signer(two_nodes))).status == 200
    again = await eu.answer(payload, signer(two_nodes))
    assert again.code == "challenge-over"


async def test_a_challenge_is_over_after_two_minutes(
    two_nodes: Channel, eu: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = await eu.challenge(signer(two_nodes))
    later(two_nodes, timedelta(minutes=2, seconds=1), monkeypatch)
    assert (await eu.answer(payload, signer(two_nodes))).code == "challenge-over"


async def test_nobody_answers_for_another_key(two_nodes: Channel, eu: Api) -> None:
    payload = await eu.challenge(signer(two_nodes))
    other = Signer(signer(two_nodes).key, two_nodes.officials["eu", "desk", 2].private)
    assert (await eu.answer(payload, other)).code == "signature-bad"


async def test_an_invented_challenge_opens_nothing(two_nodes: Channel, eu: Api) -> None:
    said = canonical.loads(await eu.challenge(signer(two_nodes)))
    assert isinstance(said, dict)
    invented = canonical.dumps(said | {"nonce": "A" * 43})
    assert (await eu.answer(invented, signer(two_nodes))).code == "challenge-over"


async def test_a_challenge_of_one_node_is_not_played_on_to_the_other(
    two_nodes: Channel, eu: Api, cn: Api
) -> None:
    payload = await cn.challenge(signer(two_nodes, "cn"))
    assert (await eu.answer(payload, signer(two_nodes, "cn"))).code == "signin-other-origin"


async def test_an_unknown_key_gets_a_challenge_but_no_session(eu: Api) -> None:
    stranger = KeyFile.make("eu", "desk", os.urandom(32), desk="permits").signer
    assert (await eu.answer(await eu.challenge(stranger), stranger)).code == "key-unknown"


async def test_a_nodes_own_key_does_not_sign_in(two_nodes: Channel, eu: Api) -> None:
    node = files.key_file(two_nodes.settings("eu"), "node").signer
    assert (await eu.answer(await eu.challenge(node), node)).code == "role-access"


async def test_an_official_of_the_other_side_is_let_in_nowhere_else(
    two_nodes: Channel, eu: Api
) -> None:
    """The mirror brought the official's key here; it opens none of the EU's pages."""
    other = signer(two_nodes, "cn")
    assert (await eu.answer(await eu.challenge(other), other)).code == "key-unknown"


async def test_a_token_of_one_node_opens_nothing_at_the_other(
    two_nodes: Channel, eu: Api, cn: Api
) -> None:
    signed_in = await eu.sign_in(signer(two_nodes))
    cn.token = signed_in.token
    reply = await cn.call("GET", "/api/heads")
    assert (reply.status, reply.code) == (401, "session-over")


async def test_a_token_holds_15_minutes(
    two_nodes: Channel, eu: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in = await eu.sign_in(signer(two_nodes))
    later(two_nodes, timedelta(minutes=14, seconds=50), monkeypatch)
    assert (await signed_in.call("GET", "/api/heads")).status == 200
    later(two_nodes, timedelta(minutes=15, seconds=1), monkeypatch)
    reply = await signed_in.call("GET", "/api/heads")
    assert (reply.status, reply.code) == (401, "session-over")


async def test_signing_out_ends_the_token(two_nodes: Channel, eu: Api) -> None:
    signed_in = await eu.sign_in(signer(two_nodes))
    assert (await signed_in.call("POST", "/api/signout", {})).status == 200
    assert (await signed_in.call("GET", "/api/heads")).code == "session-over"


async def test_a_suspended_keys_session_ends_with_it(
    two_nodes: Channel, eu: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = await two_nodes.enrol("eu", "desk", "permits", 7)
    signed_in = await eu.sign_in(lost.signer)
    clerk = two_nodes.officials["eu", "desk", 2]
    body = {"key": lost.key, "reason": "stated-at-home"}
    payload = await two_nodes.payload("eu", clerk.key, "key.suspended", body=body)
    await two_nodes.submit("eu", payload, clerk.signer)
    later(two_nodes, timedelta(seconds=1), monkeypatch)  # looked up again each second
    # Once the session is swept, which takes less than a second, it is over like any other.
    ended = await signed_in.call("GET", "/api/heads")
    assert ended.code in {"key-suspended", "session-over"}
    assert (await eu.answer(await eu.challenge(lost.signer), lost.signer)).code == "key-suspended"


async def browser(channel: Channel, node: Api) -> str:
    """A browser's session cookie."""
    key = signer(channel)
    reply = await node.answer(await node.challenge(key), key, browser=True)
    assert "token" not in reply.document, "no script of the page may read it"
    cookie = reply.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    return cookie.partition(";")[0]


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://elsewhere.example"}, {"Sec_Fetch_Site": "cross-site"}],
    ids=["origin", "fetch-metadata"],
)
async def test_another_sites_page_changes_nothing_with_a_browsers_cookie(
    two_nodes: Channel, eu: Api, headers: dict[str, Any]
) -> None:
    cookie = await browser(two_nodes, eu)
    reply = await eu.call("PUT", "/api/drafts/mine", {"fields": {}}, Cookie=cookie, **headers)
    assert (reply.status, reply.code) == (403, "other-site")
    reply = await eu.call("POST", "/api/signout", {}, Cookie=cookie, **headers)
    assert reply.code == "other-site"
    assert (await eu.call("GET", "/api/heads", Cookie=cookie)).status == 200, "still signed in"


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://elsewhere.example"}, {"Sec_Fetch_Site": "cross-site"}],
    ids=["origin", "fetch-metadata"],
)
async def test_another_sites_page_signs_nobody_in(
    two_nodes: Channel, eu: Api, headers: dict[str, str]
) -> None:
    """Its own user would be signed in, and could read later what is typed as drafts."""
    key = signer(two_nodes)
    reply = await eu.answer(await eu.challenge(key), key, browser=True, **headers)
    assert (reply.status, reply.code) == (403, "other-site")
    assert "Set-Cookie" not in reply.headers


async def test_a_cookie_is_no_bearer_token_and_the_other_way_round(
    two_nodes: Channel, eu: Api
) -> None:
    name, _, token = (await browser(two_nodes, eu)).partition("=")
    bearer = Api(eu.http, eu.url, token)
    assert (await bearer.call("GET", "/api/heads")).code == "session-over"
    signed_in = await eu.sign_in(signer(two_nodes))
    reply = await eu.call("GET", "/api/heads", Cookie=f"{name}={signed_in.token}")
    assert reply.code == "session-over"


def later(channel: Channel, by: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the EU node's clock forward until the test ends."""
    clock = channel.nodes["eu"].core.clock
    now = type(clock).now
    monkeypatch.setattr(clock, "now", lambda: now(clock) + by, raising=False)
    # What was looked up within the last second would be used without looking again.
    monkeypatch.setattr(signin, "KNOWN_SECONDS", 0.0)
