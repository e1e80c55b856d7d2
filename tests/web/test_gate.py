"""Rate limits of a client, who can't become another client by any chosen text."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from special_channel.desk.signin import token_digest
from special_channel.stores.desk_sessions import Session
from special_channel.web.http import gate
from special_channel.web.http.gate import MAX_BUCKETS, Buckets, Proxies, client_of
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import OPERATION, Operation
from special_channel.web.http.routes import ROUTES
from special_channel.web.http.services import Limits
from tests.web.pages_node import PagesNode
from tests.world import World

BEHIND = Proxies("X-Forwarded-For", (ip_network("127.0.0.0/8"), ip_network("10.0.0.1")))
LIMITS = Limits(1024 * 1024, 1024 * 1024, requests_per_minute=4, address_requests_per_minute=6)


@pytest.mark.parametrize(
    ("remote", "header", "counted"),
    [
        ("192.0.2.7", (), "192.0.2.7"),
        ("192.0.2.7", ("198.51.100.1",), "192.0.2.7"),
        ("127.0.0.1", (), "127.0.0.1"),
        ("127.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("127.0.0.1", ("6.6.6.6, 198.51.100.1",), "198.51.100.1"),
        ("127.0.0.1", ("6.6.6.6", "198.51.100.1"), "198.51.100.1"),
        ("127.0.0.1", ("6.6.6.6, 198.51.100.1, 10.0.0.1",), "198.51.100.1"),
        ("127.0.0.1", ("anything",), "127.0.0.1"),
        ("127.0.0.1", ("198.51.100.1, ",), "127.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", (), "2001:db8:1:2::/64"),
        ("127.0.0.1", ("2001:db8:1:2:ffff::1",), "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", (), "192.0.2.7"),
        ("", (), ""),
    ],
)
def test_client_is_named_by_trusted_proxies_alone(remote, header, counted):
    assert client_of(remote, header, BEHIND) == counted


def test_long_text_of_a_client_is_no_address_and_is_not_kept():
    before = gate._address.cache_info().currsize
    assert client_of("127.0.0.1", ("fe80::1%" + "z" * 10_000,), BEHIND) == "127.0.0.1"
    assert gate._address.cache_info().currsize <= before + 1  # 127.0.0.1


def test_without_proxies_a_header_names_nobody():
    assert client_of("127.0.0.1", ("198.51.100.1",), Proxies()) == "127.0.0.1"


def test_bucket_refills_evenly_and_forgets_the_oldest():
    buckets = Buckets(60)
    assert [buckets.take("a", 0.0) for _ in range(61)] == [0.0] * 60 + [1.0]
    assert buckets.take("a", 0.5) == 0.5
    assert buckets.take("a", 1.5) == 0.0
    buckets.give_back("a", 1.5)
    assert buckets.take("a", 1.5) == 0.0
    for number in range(MAX_BUCKETS):
        buckets.take(f"other {number}", 1.5)
    assert buckets.take("a", 1.5) == 0.0, "forgotten, so full again"


async def status(site: PagesNode, path: str = "/api/heads", **headers: str) -> int:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with site.client.get(site.base + path, headers=sent) as response:
        return response.status


async def test_changing_credentials_does_not_evade_the_limit(pages_of):
    site = await pages_of(World.founded(), "cn", limits=LIMITS)
    asked = [await status(site, Authorization=f"Bearer {number}") for number in range(9)]
    assert asked == [401] * 6 + [429] * 3
    cookies = [await status(site, Cookie=f"sc-session-cn=x{number}") for number in range(3)]
    assert cookies == [429] * 3
    site.node.clock.ticks += 10  # a sixth of a minute
    assert [await status(site) for _ in range(2)] == [401, 429]


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "Wait 10 seconds"), ("zh-CN", "10秒")], ids=["en", "zh-CN"]
)
async def test_refusal_says_when_to_try_again(pages_of, lang, words):
    site = await pages_of(World.founded(), "cn", limits=LIMITS)
    for _ in range(6):
        await status(site)
    headers = {"Accept-Language": lang}
    async with site.client.get(f"{site.base}/api/heads", headers=headers) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "10")
        told = await response.json(content_type=None)
    assert (told["code"], words in told["next"]) == ("rate-limited", True)
    async with site.client.get(
        f"{site.base}/inbox", headers=headers | {"Accept": "text/html"}
    ) as r:
        assert (r.status, r.headers["Retry-After"], words in await r.text()) == (429, "10", True)


async def test_person_is_counted_with_all_sessions(pages_of):
    site = await pages_of(World.founded(), "cn", limits=LIMITS)
    cookie = f'sc-session-cn="{await site.sign_in("desk")}"'
    held = await site.own.desk.door.sessions.find(
        token_digest("token of desk"), site.own.node.clock.now()
    )
    assert held is not None
    await site.own.desk.door.sessions.open(token_digest("machine"), replace(held, kind="bearer"))
    assert [await status(site, Cookie=cookie) for _ in range(2)] == [200, 200]
    assert [await status(site, Authorization="Bearer machine") for _ in range(3)] == [200, 200, 429]
    assert await status(site, Cookie=cookie) == 429
    other = f'sc-session-cn="{await site.sign_in("clerk")}"'
    assert await status(site, Cookie=other) == 200, "a colleague at the same address"


async def test_stranger_at_the_same_address_locks_nobody_out(pages_of):
    site = await pages_of(World.founded(), "cn", limits=LIMITS)
    cookie = f'sc-session-cn="{await site.sign_in("desk")}"'
    assert await status(site, Cookie=cookie) == 200
    assert [await status(site) for _ in range(7)] == [401] * 6 + [429]
    assert await status(site, Cookie=cookie) == 200


async def test_ended_session_counts_by_address_again(pages_of):
    site = await pages_of(World.founded(), "cn", limits=LIMITS)
    key = site.node.world.sides["cn"].keys["desk"].key
    session = Session(key, None, "bearer", site.own.node.clock.now() + timedelta(seconds=5))
    await site.own.desk.door.sessions.open(token_digest("short"), session)
    bearer = {"Authorization": "Bearer short"}
    assert await status(site, **bearer) == 200
    site.node.world.clock.seconds += 6
    site.node.clock.ticks += 2
    assert [await status(site, **bearer) for _ in range(8)] == [401] * 7 + [429]


async def test_clients_behind_a_proxy_count_apart(pages_of):
    site = await pages_of(World.founded(), "cn", limits=LIMITS, proxies=BEHIND)
    outsider = [
        await status(site, X_Forwarded_For=f"192.0.2.{number}, 198.51.100.1") for number in range(8)
    ]
    assert outsider == [401] * 6 + [429] * 2
    assert await status(site, X_Forwarded_For="198.51.100.2") == 401


async def test_calendars_of_others_are_not_slowed_down(pages_of):
    site = await pages_of(World.founded(), "cn", proxies=BEHIND)
    for number in range(120):
        assert await status(site, f"/calendar/{number}.ics", X_Forwarded_For="198.51.100.1") == 404
    assert await status(site, "/calendar/x.ics", X_Forwarded_For="198.51.100.1") == 429
    assert await status(site, "/calendar/x.ics", X_Forwarded_For="198.51.100.2") == 404


async def raw(site: PagesNode, head: str) -> str:
    """Send a request's headers and nothing of its body; return the first line that comes."""
    port = int(site.base.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head.encode())
        async with asyncio.timeout(30):
            return (await reader.readline()).decode()
    finally:
        writer.close()


def closed(route: Route) -> bool:
    spec = getattr(route[2], OPERATION, None)
    return route[0] != "GET" and isinstance(spec, Operation) and not spec.open_


@pytest.mark.parametrize("length", [2, 15_000_000, 10**12])
async def test_strangers_body_is_never_waited_for(pages_of, length):
    """401 before 400 and 413: every operation with a body, called without one."""
    site = await pages_of(World.founded(), "cn")
    for method, path, _ in filter(closed, ROUTES):
        line = await raw(
            site,
            f"{method} {path.replace('{', '').replace('}', '')} HTTP/1.1\r\nHost: localhost\r\n"
            f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n",
        )
        assert line.startswith("HTTP/1.1 401 "), path


async def test_strangers_query_is_401_before_400(pages_of):
    site = await pages_of(World.founded(), "cn")
    assert await status(site, "/api/heads?x=%00") == 401
    assert await status(site, "/api/enrol/status?key=%00") == 400


async def test_open_operation_takes_no_large_body(pages_of):
    site = await pages_of(World.founded(), "cn")
    url, big = f"{site.base}/api/signin", b"x" * 200_000
    async with site.client.post(url, data=big) as response:
        told = await response.json(content_type=None)
        assert (response.status, told["facts"]) == (413, {"limit": 131072})
    form = {"to": "en", "back": "/" + "x" * 200_000}
    async with site.client.post(f"{site.base}/lang", data=form) as response:
        assert response.status == 413
