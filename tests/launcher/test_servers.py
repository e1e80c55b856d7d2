from __future__ import annotations

import tempfile
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio

from special_channel.core.bytes.errors import Unavailable
from special_channel.launcher import binaries
from special_channel.launcher.servers import embedded_servers

TEMPORARY = Path(tempfile.gettempdir())


async def test_two_nodes_under_one_folder_have_servers_of_their_own(tmp_path):
    async with (
        embedded_servers(tmp_path / "eu", temporary=TEMPORARY, token="t1") as eu,
        embedded_servers(tmp_path / "cn", temporary=TEMPORARY, token="t1") as cn,
    ):
        connection = await asyncpg.connect(eu.postgres.dsn())
        await connection.execute("CREATE TABLE here ()")
        await connection.close()
        connection = await asyncpg.connect(cn.postgres.dsn())
        assert await connection.fetchval("SELECT to_regclass('here')") is None
        await connection.close()
        client = redis.asyncio.from_url(cn.redis.url)
        assert await client.ping()
        await client.aclose()
        assert eu.redis.url != cn.redis.url


async def test_a_fault_of_one_server_is_told_in_its_own_words_and_stops_the_other(tmp_path):
    async with embedded_servers(tmp_path, temporary=TEMPORARY, token="t2"):
        with pytest.raises(Unavailable) as refused:
            async with embedded_servers(tmp_path, temporary=TEMPORARY, token="t3"):
                pass
    assert refused.value.code == "data-in-use"
    async with embedded_servers(tmp_path, temporary=TEMPORARY, token="t2"):
        pass


def test_programs_are_found_for_the_version_that_made_the_data():
    newest = binaries.find_postgres()
    assert binaries.find_postgres(newest.major) == newest
    assert binaries.find_postgres(9999) == newest  # the launcher then refuses the folder by name
    if other := binaries.system_postgres():
        assert binaries.find_postgres(other.major).major == other.major


def test_a_missing_engine_is_named_with_what_to_install(monkeypatch):
    monkeypatch.setattr(binaries, "_package_folder", lambda _: None)
    monkeypatch.setattr(binaries, "_SYSTEM_POSTGRES", Path("/nowhere"))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Unavailable) as missing:
        binaries.find_postgres()
    assert missing.value.code == "postgres-missing"
    with pytest.raises(Unavailable) as missing:
        binaries.find_redis()
    assert missing.value.code == "redis-missing"
