"""No fork after a restore: signatures of a node that starts on an old state (ADR 16)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from special_channel.core.bytes.errors import Unavailable
from special_channel.launcher.postgres import SUPERUSER
from special_channel.stores.views import Views
from special_channel.web.http.services import SERVICES
from special_channel.wiring.guards import ask_to_start_alone
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.whole import assert_equal
from tests.restoring import Machine, run

pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(240)]


@pytest_asyncio.fixture
async def made() -> AsyncIterator[Channel]:
    with servers.open_folder() as folder:
        async with channel(folder) as made:
            yield made


@pytest.fixture
def eu(made: Channel) -> Machine:
    return Machine(made, "eu")


async def refused(made: Channel, thread: str) -> str:
    """Try to post at EU and return the code of the refusal."""
    with pytest.raises(Unavailable) as error:
        await made.note("eu", thread)
    assert error.value.code == "read-only"
    return str(error.value.facts["reason"])


async def signs(made: Channel) -> None:
    """Wait until EU signs."""

    async def ready() -> bool:
        return made.nodes["eu"].core.committer.read_only == ""

    await made.until(ready)


async def write_more(made: Channel, thread: str) -> int:
    """Post entries that an old copy lacks, and have them delivered; return the size of EU's log."""
    for number in range(3):
        await made.note("eu", thread, f"Later {number}.")
    await made.caught_up()
    return (await made.nodes["eu"].core.record.head("eu")).size


async def healed(made: Channel, thread: str, size: int) -> None:
    """Start the peer, wait until EU fetches its missing entries, and sign on without a fork."""
    await made.start("cn")
    await signs(made)
    assert (await made.note("eu", thread, "Signed on.")).index == size
    await made.caught_up()
    await assert_equal(made)


async def test_plain_restart_with_link_down_signs_at_once(made: Channel):
    thread = await made.open_thread("eu")
    await made.stop_all()
    await made.start("eu")
    await made.note("eu", thread)
    assert made.nodes["eu"].core.alarms.own() in {(), ("link-down",)}


async def test_dump_and_guard_restored_together_wait_for_peer(made: Channel, eu: Machine):
    thread = await made.open_thread("eu")
    await made.caught_up()
    dump = await eu.dump()
    eu.keep("guard", eu.guard)
    size = await write_more(made, thread)
    await made.stop_all()
    await eu.restore(dump)
    eu.put_back("guard", eu.guard)
    node = await made.start("eu")
    assert await refused(made, thread) == "database-changed"
    assert "database-changed" in node.core.alarms.own()
    assert node.app[SERVICES].status.ready() == "database-changed"
    assert (await Views(node.core.record.pool).thread_entries(thread))[0].kind == "thread.opened", (
        "reading goes on"
    )
    await healed(made, thread, size)
    await made.stop_all()
    await made.start("eu")
    await made.note("eu", thread, "What was noted is what is there: no wait.")


async def test_base_backup_and_guard_restored_wait_for_peer(made: Channel, eu: Machine):
    thread = await made.open_thread("eu")
    await made.caught_up()
    await made.stop("eu")
    with (eu.data / "postgres" / "cluster" / "pg_hba.conf").open("a") as rules:
        rules.write("local replication all trust\n")
    backup = eu.data / "postgres" / "backup"
    async with eu.server(wal_level="replica", max_wal_senders="4") as server:
        source = f"--dbname={server.dsn(SUPERUSER, 'postgres')}"
        await run("pg_basebackup", source, f"--pgdata={backup}", "--wal-method=stream")
        eu.keep("guard", eu.guard)
    await made.start("eu")
    size = await write_more(made, thread)
    await made.stop_all()
    cluster = eu.data / "postgres" / "cluster"
    cluster.rename(cluster.with_name("gone"))
    backup.rename(cluster)
    eu.put_back("guard", eu.guard)
    await made.start("eu")
    assert await refused(made, thread) == "database-changed"
    await healed(made, thread, size)


async def test_copies_of_data_and_guard_wait_for_peer(made: Channel, eu: Machine):
    thread = await made.open_thread("eu")
    await made.caught_up()
    await made.stop("eu")
    eu.keep("data", eu.data / "postgres")
    eu.keep("guard", eu.guard)
    await made.start("eu")
    size = await write_more(made, thread)
    await made.stop_all()
    eu.put_back("data", eu.data / "postgres")
    eu.put_back("guard", eu.guard)
    await made.start("eu")
    assert await refused(made, thread) == "database-changed"
    await healed(made, thread, size)


async def test_missing_guard_waits_for_peer(made: Channel, eu: Machine):
    thread = await made.open_thread("eu")
    await made.caught_up()
    await made.stop_all()
    for file in eu.guard.iterdir():
        file.unlink()
    await made.start("eu")
    assert await refused(made, thread) == "guard-missing"
    await healed(made, thread, (await made.nodes["eu"].core.record.head("eu")).size)


async def test_damaged_guard_waits_for_peer_and_is_renewed(made: Channel, eu: Machine):
    thread = await made.open_thread("eu")
    await made.caught_up()
    await made.stop_all()
    (eu.guard / "eu.published").write_bytes(b"\xff" * 8192)
    await made.start("eu")
    assert await refused(made, thread) == "published-damaged"
    size = (await made.nodes["eu"].core.record.head("eu")).size
    await healed(made, thread, size)
    guard = made.nodes["eu"].core.published.read("eu")
    assert guard is not None
    assert guard[0] > size


async def test_start_alone_signs_and_rings_until_peer_is_seen(made: Channel, eu: Machine):
    thread = await made.open_thread("eu")
    await made.caught_up()
    await made.stop_all()
    for file in eu.guard.iterdir():
        file.unlink()
    node = await made.start("eu")
    settings = made.settings("eu")
    assert await ask_to_start_alone(settings, "A. Operator", "The other side is away.") == "signs"
    await made.note("eu", thread, "Alone.")
    assert "started-alone" in node.core.alarms.own()

    async def entered() -> bool:
        [*_, last] = await node.core.record.entries("private", 0, 100)
        words = b"".join(part or b"" for part in last.parts)
        return last.kind == "node.started" and b"A. Operator: The other side" in words

    await made.until(entered)
    await made.stop("eu")
    node = await made.start("eu")
    await made.note("eu", thread, "It counts at the next start, and still rings.")
    assert "started-alone" in node.core.alarms.own()
    await made.start("cn")

    async def quiet() -> bool:
        return "started-alone" not in node.core.alarms.own()

    await made.until(quiet)
    await made.caught_up()
    kinds = [one.kind for one in await node.core.record.entries("private", 0, 100)]
    assert kinds.count("node.started") == 1
    assert await ask_to_start_alone(settings, "A. Operator", "Again.") == "not-needed"


async def test_machine_put_back_by_snapshot_waits_if_set_so(made: Channel):
    thread = await made.open_thread("eu")
    await made.caught_up()
    await made.stop_all()
    link = {"peer": f"http://127.0.0.1:{made.ports['cn']}", "wait_for_peer_at_start": True}
    await made.start("eu", link=link)
    assert await refused(made, thread) == "peer-awaited"
    await made.start("cn")
    await signs(made)
    await made.note("eu", thread)


async def test_process_without_link_signs_once_peer_is_seen(made: Channel, eu: Machine):
    thread = await made.open_thread("eu")
    await made.caught_up()
    await made.stop_all()
    for file in eu.guard.iterdir():
        file.unlink()
    await made.start("eu", ("web",))
    assert await refused(made, thread) == "guard-missing"
    await made.start("cn")
    await signs(made)
    await made.note("eu", thread)


async def test_forked_log_is_found_and_signed_no_further(made: Channel, eu: Machine):
    await found_forked(made, eu, 4)


async def test_fork_behind_a_longer_copy_is_found(made: Channel, eu: Machine):
    await found_forked(made, eu, 1)


async def found_forked(made: Channel, eu: Machine, entries: int) -> None:
    """Lose three entries, sign as many alone, and check that signing then stops."""
    thread = await made.open_thread("eu")
    await made.caught_up()
    dump = await eu.dump()
    eu.keep("guard", eu.guard)
    await write_more(made, thread)
    await made.stop_all()
    await eu.restore(dump)
    eu.put_back("guard", eu.guard)
    node = await made.start("eu")
    assert await ask_to_start_alone(made.settings("eu"), "A. Operator", "Wrongly.") == "signs"
    for _ in range(entries):
        await made.note("eu", thread, "Over what was forgotten.")
    await made.start("cn")

    async def forked() -> bool:
        return node.core.committer.read_only == "log-forked"

    await made.until(forked)
    assert await refused(made, thread) == "log-forked"
    assert node.app[SERVICES].status.ready() == "log-forked"
