"""Two whole nodes: damage is found by the running node, and repaired with its peer's help."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio

from special_channel.cli.client import Node
from special_channel.export.verify import verify
from special_channel.launcher.postgres import SUPERUSER
from special_channel.wiring.checking import check_record
from special_channel.wiring.repairing import repair_record
from tests import damage, servers
from tests.channel import Channel, channel
from tests.nodes.api import Api
from tests.nodes.whole import assert_equal, entries


@pytest_asyncio.fixture
async def pair() -> AsyncIterator[Channel]:
    with servers.open_folder() as folder:
        async with channel(folder) as made:
            yield made


async def test_damage_found_by_a_node_is_repaired_from_its_peer(pair):
    thread = await pair.open_thread("eu", "Certificate")
    note = await pair.note("eu", thread, "Good morning.")
    await pair.caught_up()  # CN answers in a thread that it must have mirrored
    theirs = await pair.note("cn", thread, "Noted.")
    await pair.caught_up()
    eu = pair.nodes["eu"]
    held = await entries(eu.core.record, "eu"), await entries(eu.core.record, "cn")
    postgres = eu.core.engines.embedded
    assert postgres is not None
    dsn = postgres.postgres.dsn(SUPERUSER)
    await damage.tamper(
        dsn,
        *damage.text_changed("eu", note.index, "Good morning", "Bad morning"),
        *damage.entry_deleted("cn", theirs.index),
    )
    await eu.core.checking.check.step()
    assert "record-damaged" in eu.core.codes()
    await assert_named_and_hidden(pair, thread, note.index, theirs.index)
    await pair.stop("eu")
    looked = await check_record(pair.settings("eu"))
    assert {one.name for one in looked.checked.damaged} == {
        f"EU-{note.index}",
        f"CN-{theirs.index}",
    }
    done = await repair_record(pair.settings("eu"))
    assert done.left == ()
    assert len(done.repaired) == 2
    eu = await pair.start("eu")
    await pair.caught_up()
    now = await entries(eu.core.record, "eu"), await entries(eu.core.record, "cn")
    assert [log[: len(was)] for log, was in zip(now, held, strict=True)] == list(held)
    await eu.core.checking.check.step()
    assert "record-damaged" not in eu.core.codes()
    assert eu.core.checking.state().passed is not None
    await assert_equal(pair)
    private = await eu.core.record.entries("private", 0, 100)
    assert [entry.kind for entry in private].count("record.repaired") == 1


async def test_export_without_a_damaged_entry_names_it(pair):
    thread = await pair.open_thread("eu", "Certificate")
    note = await pair.note("eu", thread, "Good morning.")
    await pair.caught_up()
    eu = pair.nodes["eu"]
    postgres = eu.core.engines.embedded
    assert postgres is not None
    dsn = postgres.postgres.dsn(SUPERUSER)
    await damage.tamper(dsn, *damage.envelope_changed("eu", note.index))
    target = io.BytesIO()
    async with aiohttp.ClientSession() as http:
        node = Node(http, pair.settings("eu").node.url, pair.officials["eu", "desk", 1])
        left_out = await node.download("/api/export", {"scope": "all"}, target)
    assert left_out == (f"EU-{note.index}",)
    report = verify(target.getvalue(), pair.trust)
    assert report.verdict == "not-proven"
    stated = [each.place for each in report.findings if each.code == "entry-damaged"]
    assert [(each.log, each.index) for each in stated] == [("eu", note.index)]


async def assert_named_and_hidden(pair: Channel, thread: str, ours: int, theirs: int) -> None:
    """Status, thread and export of the running node name both places and show neither."""
    async with aiohttp.ClientSession() as http:
        key = pair.officials["eu", "desk", 1]
        api = await Api(http, pair.settings("eu").node.url).sign_in(key.signer)
        status = (await api.call("GET", "/api/status")).document
        assert {(one["place"], one["what"]) for one in status["damaged"]} == {
            (f"EU-{ours}", "part"),
            (f"CN-{theirs}", "entry"),
        }
        shown = await api.call("GET", f"/api/threads/{await number(pair, thread)}")
        assert b"Bad morning" not in shown.body
        # The other side's log is not whole here: nothing of it can be proven to anybody.
        refused = await api.call("GET", "/api/export?scope=all")
        assert (refused.status, refused.code) == (503, "record-damaged")
        assert refused.document["facts"] == {"place": f"CN-{theirs}"}


async def number(pair: Channel, thread: str) -> str:
    row = await pair.nodes["eu"].core.record.pool.fetch(
        "SELECT upper(party) || '-' || idx AS number FROM record.threads WHERE key = $1", thread
    )
    return str(row[0]["number"])
