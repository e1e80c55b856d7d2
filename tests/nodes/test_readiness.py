"""What `/readyz` says is so: a process is ready while it can append to its own log, and not else.

Each cause is the real one: servers stopped or stalled, the guard's folder gone, a disk that hangs.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from special_channel.core.bytes.errors import ChannelError, OutcomeUnknown
from special_channel.wiring.founding import guard_folder
from tests.nodes.monitored import Monitored, codes, monitored

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node() -> AsyncIterator[Monitored]:
    async with monitored() as made:
        yield made


async def well(node: Monitored, *without: str) -> None:
    """Wait until the node is ready again and the alarms are cleared."""
    await node.until_ready(lambda status, body: status == 200 and not codes(body) & {*without})


async def test_node_whose_stores_work_is_ready(node):
    await well(node)
    _, body = await node.ready()
    assert (body["party"], body["parts"]) == ("eu", ["web", "link", "escalate"])
    assert (body["ready"], body["reason"]) == (True, "")
    async with node.http.get(node.url("/healthz")) as response:
        assert (response.status, await response.text()) == (200, "ok\n")


async def test_stopped_database_is_not_ready_until_it_is_back(node):
    await node.own.postgres.stop()
    body = await node.until_ready(lambda status, _: status == 503)
    assert body["reason"] == "database-unavailable"
    assert "database-unavailable" in codes(body)
    assert (await node.figures())["sc_ready",] == 0
    await node.own.postgres.start()
    await well(node, "database-unavailable")
    assert (await node.figures())["sc_ready",] == 1
    await node.made.open_thread("eu")


async def test_missing_guard_folder_is_not_ready_until_it_is_back(node):
    folder = guard_folder(node.core.settings)
    away = folder.rename(folder.with_name("away"))
    body = await node.until_ready(lambda status, _: status == 503)
    assert body["reason"] == "guard-unavailable"
    assert "guard-unavailable" in codes(body)
    with pytest.raises(OutcomeUnknown) as refused:
        await node.made.open_thread("eu")
    assert refused.value.code == "guard-unavailable"
    away.rename(folder)
    await well(node, "guard-unavailable")
    await node.made.open_thread("eu")


async def test_guard_ahead_of_the_database_is_not_ready(node):
    """Seen by the probe: nobody has to lose an entry first."""
    folder = guard_folder(node.core.settings)
    file = folder / "eu.published"
    kept = file.read_bytes()
    head = await node.core.record.head("eu")
    node.core.published.write("eu", head.size + 1, b"?" * 32)
    body = await node.until_ready(lambda status, _: status == 503)
    assert body["reason"] == "log-rolled-back"
    assert "log-rolled-back" in codes(body)
    file.write_bytes(kept)
    await well(node, "log-rolled-back")
    await node.made.open_thread("eu")


async def test_hanging_probe_is_not_ready(node, monkeypatch):
    """A disk that never answers gives no result; the last result is too old to count."""
    clock, hangs = node.core.clock, threading.Event()
    monotonic = clock.monotonic
    entered = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hang() -> None:
        loop.call_soon_threadsafe(entered.set)
        hangs.wait()

    monkeypatch.setattr(node.core.probe, "test_guard", hang)
    ahead = 0.0
    monkeypatch.setattr(type(clock), "monotonic", lambda _self: monotonic() + ahead)
    try:
        await entered.wait()
        ahead = 30.0
        status, body = await node.ready()
        assert (status, body["reason"]) == (503, "probe-late")
        assert "probe-late" in codes(body)
        assert (await node.figures())["sc_alarm", "probe-late"] == 1
    finally:
        ahead = 0.0
        hangs.set()
        monkeypatch.undo()
    await well(node, "probe-late", "guard-unavailable")


async def test_link_that_is_cut_leaves_the_node_ready(node):
    """A problem that does not prevent writing is in the body of a 200."""
    for line in node.made.lines.values():
        line.cut()
    try:
        await node.until(lambda found: found["sc_link_up",] == 0)
        node.core.alarms.sound("link-down")
        status, body = await node.ready()
        assert (status, body["ready"]) == (200, True)
        assert "link-down" in codes(body)
        await node.made.open_thread("eu")
    finally:
        for line in node.made.lines.values():
            line.heal()
    await node.made.caught_up()
    await well(node, "link-down")


async def test_read_only_node_is_not_ready_and_says_why(node):
    node.core.committer.read_only = "guard-missing"
    try:
        with pytest.raises(ChannelError):
            await node.made.open_thread("eu")
        status, body = await node.ready()
        assert (status, body["reason"]) == (503, "guard-missing")
    finally:
        node.core.committer.read_only = ""
    await well(node)


@pytest.mark.parametrize("part", ["web", "link", "escalate"])
async def test_each_part_alone_answers_its_monitor(node, part):
    await node.made.stop("eu")
    try:
        await node.made.start("eu", (part,))
        body = await node.until_ready(lambda status, _: status == 200)
        assert body["parts"] == [part]
        async with node.http.get(node.url("/healthz")) as response:
            assert response.status == 200
        found = await node.figures()
        assert found["sc_ready",] == 1
        assert found["sc_log_entries", "eu"] == (await node.core.record.head("eu")).size
        async with node.http.get(node.url("/inbox"), allow_redirects=False) as response:
            assert (response.status == 404) == (part == "escalate")
    finally:
        await node.made.stop("eu")
        await node.made.start("eu")
