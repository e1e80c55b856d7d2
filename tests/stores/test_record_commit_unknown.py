"""Rule 22: the reply to COMMIT is lost, and the outcome is looked up."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio

from special_channel.core.bytes.errors import OutcomeUnknown, Unavailable
from special_channel.stores.record import open_record
from tests import servers
from tests.stores.conftest import FORGETFUL
from tests.stores.made_entries import commit, stored


class Proxy:
    """Stands between client and server; cuts the line around COMMIT when told to."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self.cut: str | None = None

    async def serve(self, reader, writer) -> None:
        upstream_reader, upstream = await asyncio.open_unix_connection(str(self._target))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._forward(reader, upstream, writer))
                group.create_task(self._return(upstream_reader, writer))
        except* ConnectionError:
            pass
        finally:
            for each in (writer, upstream):
                each.close()
                with contextlib.suppress(ConnectionError):
                    await each.wait_closed()

    async def _forward(self, reader, upstream, writer) -> None:
        while received := await reader.read(65536):
            commits = b"COMMIT" in received
            if commits and self.cut == "before":
                writer.transport.abort()
                upstream.transport.abort()
                return
            if commits and self.cut == "after":
                self._muted = True
            upstream.write(received)
            await upstream.drain()
        upstream.close()

    _muted = False

    async def _return(self, reader, writer) -> None:
        while received := await reader.read(65536):
            if self._muted:  # the server has answered, so it has committed
                writer.transport.abort()
                self._muted = False
                self.cut = None
                return
            writer.write(received)
            await writer.drain()
        writer.close()


@pytest_asyncio.fixture
async def proxy(database):
    with servers.open_folder() as folder:
        direct = database.dsn("channel_node")
        sockets = Path(database.server._sockets)
        proxy = Proxy(sockets / ".s.PGSQL.5432")
        server = await asyncio.start_unix_server(proxy.serve, str(folder / ".s.PGSQL.5432"))
        async with server:
            through = direct.replace(quote(str(sockets)), quote(str(folder)))
            assert through != direct
            async with open_record(through, FORGETFUL) as record:
                yield proxy, record


async def _append(record):
    async with record.begin() as transaction:
        head = await transaction.lock("eu")
        await transaction.write(commit(head, [stored("eu", head.size)]))


async def test_a_commit_whose_reply_is_lost_is_unknown_and_stands(proxy, record):
    line, through = proxy
    line.cut = "after"
    with pytest.raises(OutcomeUnknown, match="commit-unknown"):
        await _append(through)
    # A new session reads back, through the same pool.
    assert (await through.head("eu")).size == 1
    assert (await record.head("eu")).size == 1


async def test_a_commit_that_never_arrived_is_unknown_and_left_nothing(proxy, record):
    line, through = proxy
    line.cut = "before"
    with pytest.raises(OutcomeUnknown, match="commit-unknown"):
        await _append(through)
    line.cut = None
    assert (await through.head("eu")).size == 0


async def test_a_line_cut_before_the_commit_is_known_to_have_written_nothing(proxy, record):
    _, through = proxy

    async def cut_off():
        async with through.begin() as transaction:
            head = await transaction.lock("eu")
            (mine,) = await transaction.execute("SELECT pg_backend_pid() AS pid")
            async with record.begin() as other:
                await other.execute("SELECT pg_terminate_backend($1)", mine["pid"])
            await transaction.write(commit(head, [stored("eu", head.size)]))

    with pytest.raises(Unavailable, match="database-unavailable"):
        await cut_off()
    assert (await through.head("eu")).size == 0


async def _read_on(record):
    """Sessions of a killed postmaster notice its death within moments, not at once."""
    while True:
        await record.head("eu")


async def test_a_stopped_server_is_unavailable_and_comes_back(tmp_path):
    from special_channel.launcher import binaries
    from special_channel.launcher.postgres import embedded_postgres
    from special_channel.stores.migrations import migrate

    async with embedded_postgres(
        tmp_path, sockets=servers.sockets(), binaries=binaries.find_postgres()
    ) as server:
        await migrate(server.dsn())
        # With fsync, as in production: a durable record opens here.
        async with open_record(server.dsn("channel_node")) as record:
            await _append(record)
            await server.kill()
            with pytest.raises(Unavailable, match="database-unavailable"):
                await _read_on(record)
            await server.restart()
            assert (await record.head("eu")).size == 1
