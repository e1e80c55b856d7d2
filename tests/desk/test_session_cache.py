"""The cache of sessions: a second long, bounded, and woken when a session ends."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from special_channel.core.rows.directory import KeyRow
from special_channel.desk import signin
from special_channel.desk.signin import KnownSessions, token_digest
from special_channel.stores.desk_sessions import Session

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ROW: Any = KeyRow  # the cache hands on what it was given
ENTRY = (Session("eu:ed25519:" + "a" * 43, 1, "browser", NOW), ROW)
DIGEST = token_digest("token")


@pytest.mark.parametrize(
    ("later", "known"), [(0.0, True), (0.99, True), (1.0, False), (9.0, False)]
)
def test_session_is_known_for_less_than_a_second(later, known):
    cache = KnownSessions()
    cache.put(DIGEST, ENTRY, 100.0)
    assert cache.get(DIGEST, 100.0 + later) == (ENTRY if known else None)


def test_session_of_another_token_is_unknown():
    cache = KnownSessions()
    cache.put(DIGEST, ENTRY, 100.0)
    assert cache.get(token_digest("other"), 100.0) is None


def test_cache_that_is_full_begins_again():
    cache = KnownSessions()
    digests = [token_digest(str(number)) for number in range(10_001)]
    for digest in digests[:10_000]:
        cache.put(digest, ENTRY, 100.0)
    assert all(cache.get(digest, 100.0) for digest in digests[:10_000])
    cache.put(digests[10_000], ENTRY, 100.0)
    assert [digest for digest in digests if cache.get(digest, 100.0)] == [digests[10_000]]


async def test_session_that_ends_is_forgotten_and_wakes_waiters():
    cache = KnownSessions()
    cache.put(DIGEST, ENTRY, 100.0)
    waiting = asyncio.get_running_loop().create_future()
    cache.looking[DIGEST] = waiting
    cache.forget(DIGEST)
    assert cache.get(DIGEST, 100.0) is None
    assert await waiting is None
    assert cache.looking == {}
    cache.forget(DIGEST)  # nothing is left to forget


async def test_query_that_has_ended_is_not_woken_again():
    cache = KnownSessions()
    done = asyncio.get_running_loop().create_future()
    done.set_result(ENTRY)
    cache.looking[DIGEST] = done
    cache.forget(DIGEST)
    assert done.result() == ENTRY


def test_challenge_lives_two_minutes_and_persons_alone_sign_in():
    assert timedelta(minutes=2) == signin.CHALLENGE_LIFE
    assert {"desk", "head", "director", "oversight", "registrar"} == signin.SIGN_IN_ROLES
