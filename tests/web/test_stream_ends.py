"""Live streams end with their session: signed out, expired, or of a key that is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from special_channel.desk.session_keeper import SWEEP_SECONDS, SessionKeeper
from special_channel.desk.signin import sign_out, token_digest
from special_channel.stores.desk_sessions import KEPT, Session, Sessions
from special_channel.web.http import stream
from tests.web.pages_node import PagesNode
from tests.world import World

PATIENCE = 30
KINDS = ("browser", "bearer")


async def site_of(pages_of) -> tuple[World, str, PagesNode]:
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread or ""
    world.exchange()
    return world, thread, await pages_of(world, "cn")


async def session_of(site: PagesNode, kind: str, who: str = "desk") -> str:
    """Open a session of a kind; return its token."""
    token, key = f"{kind} of {who}", site.node.world.sides[site.node.party].keys[who].key
    expires = site.own.node.clock.now() + timedelta(minutes=10)
    held = Session(key, None, kind, expires)  # type: ignore[arg-type]
    await site.own.desk.door.sessions.open(token_digest(token), held)
    return token


@contextlib.asynccontextmanager
async def opened(site: PagesNode, kind: str, token: str) -> AsyncIterator[aiohttp.ClientResponse]:
    """A stream that has sent the menu's counts."""
    cookie = {"Cookie": f'sc-session-{site.node.party}="{token}"'}
    headers = cookie if kind == "browser" else {"Authorization": f"Bearer {token}"}
    async with (
        asyncio.timeout(PATIENCE),
        site.client.get(f"{site.base}/api/stream", headers=headers) as response,
    ):
        assert response.status == 200
        while await response.content.readline() != b"event: menu\n":
            pass
        yield response


async def rest_of(response: aiohttp.ClientResponse) -> str:
    """The remaining lines until the node ends the stream."""
    async with asyncio.timeout(PATIENCE):
        return (await response.content.read()).decode()


def code_of(rest: str) -> str:
    """The last event's cause."""
    event, data = rest.strip().split("\n\n")[-1].split("\n")
    assert event == "event: over"
    code: str = json.loads(data.removeprefix("data: "))["code"]
    return code


def suspend(world: World, who: str) -> None:
    side = world.sides["cn"]
    body = {"key": side.keys[who].key, "reason": "stated-at-home"}
    world.append("cn", world.payload("cn", "key.suspended", by="clerk", body=body))


@pytest.mark.parametrize("kind", KINDS)
async def test_stream_ends_when_key_suspended(pages_of, kind):
    world, thread, site = await site_of(pages_of)
    token = await session_of(site, kind)
    async with opened(site, kind, token) as response:
        suspend(world, "desk")
        world.note("cn", thread, ("Not for a stolen laptop.",), by="clerk")
        await site.node.write_own()  # both at once: one wake-up
        rest = await rest_of(response)
    assert code_of(rest) == "key-suspended"
    assert "note.posted" not in rest


async def test_stream_ends_when_last_function_ends(pages_of):
    world, thread, site = await site_of(pages_of)
    token, other = await session_of(site, "browser"), await session_of(site, "browser", "clerk")
    body = {"person": world.sides["cn"].person("desk"), "grant": 1, "reason": "ended"}
    async with opened(site, "browser", other) as stays, opened(site, "browser", token) as response:
        world.append(
            "cn", world.payload("cn", "role.ended", by="registrar", body=body), also=["head"]
        )
        world.note("cn", thread, ("For those who are still here.",), by="clerk")
        await site.node.write_own()
        rest = await rest_of(response)
        async with asyncio.timeout(PATIENCE):
            while await stays.content.readline() != b"event: entry\n":
                pass
    assert code_of(rest) == "grant-ended"
    assert "note.posted" not in rest


@pytest.mark.parametrize("kind", KINDS)
async def test_stream_ends_when_signed_out(pages_of, kind):
    world, thread, site = await site_of(pages_of)
    token, other = await session_of(site, kind), await session_of(site, kind, "clerk")
    async with opened(site, kind, other) as stays, opened(site, kind, token) as response:
        await sign_out(site.own.desk.door, token)
        assert code_of(await rest_of(response)) == "session-over"
        world.note("cn", thread, ("For those who are still here.",), by="clerk")
        await site.node.write_own()
        async with asyncio.timeout(PATIENCE):
            while await stays.content.readline() != b"event: entry\n":
                pass


async def test_stream_ends_when_session_expires(pages_of, monkeypatch):
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.05)
    world, _, site = await site_of(pages_of)
    token = await session_of(site, "browser")
    async with opened(site, "browser", token) as response:
        world.clock.seconds += 601
        assert code_of(await rest_of(response)) == "session-over"


async def test_stream_ends_without_any_wakeup(pages_of, monkeypatch):
    """As without Redis: another process ended the session, without a wake-up in this process."""
    assert stream.HEARTBEAT_SECONDS < 15
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.05)
    _, _, site = await site_of(pages_of)
    site.node.clock.ticks = 0
    token = await session_of(site, "browser")
    async with opened(site, "browser", token) as response:
        await site.own.desk.door.sessions.end(token_digest(token), site.own.node.clock.now())
        site.node.clock.ticks += 2  # what was read is a second old by now
        assert code_of(await rest_of(response)) == "session-over"


async def test_restored_key_revives_no_session(pages_of):
    world, _, site = await site_of(pages_of)
    sessions = Sessions(site.node.record.pool)
    gone, stays = await session_of(site, "browser"), await session_of(site, "browser", "clerk")
    swept = asyncio.Event()

    async def pause(_seconds: float) -> None:
        swept.set()
        await asyncio.sleep(0)

    keeper = SessionKeeper(sessions, site.own.node.changes, site.own.node.clock, pause)
    running = asyncio.create_task(keeper.run())
    try:
        suspend(world, "desk")
        await site.node.write_own()
        swept.clear()
        site.own.node.changes.notify()
        async with asyncio.timeout(PATIENCE):
            while await sessions.find(token_digest(gone), site.own.node.clock.now()):
                await swept.wait()
                swept.clear()
                site.own.node.changes.notify()
    finally:
        running.cancel()
    assert await sessions.find(token_digest(stays), site.own.node.clock.now())
    assert SWEEP_SECONDS < 15


async def test_sweep_deletes_sessions_of_a_person_without_function(pages_of):
    world, _, site = await site_of(pages_of)
    sessions, side, now = site.own.desk.door.sessions, world.sides["cn"], site.own.node.clock.now()
    await session_of(site, "browser")
    person = side.person("desk")
    body = {"person": person, "grant": 1, "reason": "ended"}
    world.append("cn", world.payload("cn", "role.ended", by="registrar", body=body), also=["head"])
    await site.node.write_own()
    assert await sessions.sweep(now) == 1
    [past] = await sessions.past_of_person("cn", person, now - timedelta(days=1))
    assert (past.key, past.cause, past.ended) == (side.keys["desk"].key, "grant-ended", now)
    assert await sessions.sweep(now + KEPT) == 0
    assert await sessions.past_of_person("cn", person, now - timedelta(days=1)) == []


async def test_sweep_deletes_expired_sessions(pages_of):
    world, _, site = await site_of(pages_of)
    sessions, now = Sessions(site.node.record.pool), site.own.node.clock.now()
    key = world.sides["cn"].keys["desk"].key
    await session_of(site, "browser")
    await sessions.challenge("n" * 43, key, now + timedelta(minutes=2), "x", (1, now))
    assert await sessions.sweep(now) == 0
    later = now + timedelta(minutes=11)
    assert await sessions.sweep(later) == 1
    assert not await sessions.answered("n" * 43, key, now)
