"""Requests of one client that come together share one look-up of their session."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

from special_channel.core.bytes.errors import NotAllowed
from special_channel.desk.signin import KnownSessions, session_of, token_digest
from special_channel.stores.desk_sessions import Session, Sessions
from tests.world import World


class CountedSessions(Sessions):
    """The real queries, counted."""

    queries = 0

    async def find(self, token: bytes, now: datetime) -> Session | None:
        self.queries += 1
        return await super().find(token, now)


async def test_requests_together_look_up_their_session_once(pages_of):
    site = await pages_of(World.founded(), "eu")
    digest = token_digest(await site.sign_in("desk"))
    sessions = CountedSessions(site.node.record.pool)
    door = replace(site.own.desk.door, sessions=sessions, known=KnownSessions())
    async with asyncio.timeout(20):
        found = await asyncio.gather(*(session_of(door, digest) for _ in range(5)))
    assert {session.key for session, _ in found} == {site.node.world.eu.keys["desk"].key}
    assert sessions.queries == 1


async def test_requests_within_a_second_look_up_their_session_once(pages_of):
    site = await pages_of(World.founded(), "eu")
    digest = token_digest(await site.sign_in("desk"))
    sessions = CountedSessions(site.node.record.pool)
    door = replace(site.own.desk.door, sessions=sessions, known=KnownSessions())
    for _ in range(3):
        await session_of(door, digest)
    assert sessions.queries == 1


async def test_requests_together_are_all_refused_without_a_session(pages_of):
    site = await pages_of(World.founded(), "eu")
    door = replace(site.own.desk.door, known=KnownSessions())
    asked = (session_of(door, token_digest("unknown")) for _ in range(3))
    async with asyncio.timeout(20):
        refused = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in refused] == [NotAllowed] * 3
    assert door.known.looking == {}
