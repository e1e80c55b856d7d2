"""A note from one node to the other, through the real engines and the real link."""

from __future__ import annotations

import pytest

from special_channel.core.submission import Submission
from special_channel.export.verify import verify
from special_channel.stores.files import PostgresFiles
from special_channel.wiring.exporting import exporter
from tests.channel import Channel

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_note_is_delivered_and_both_states_are_equal(two_nodes: Channel) -> None:
    thread = await two_nodes.open_thread("eu", "End-user certificates")
    note = await two_nodes.note("eu", thread, "缺少最终用户签章。")
    await two_nodes.caught_up()
    eu, cn = (two_nodes.nodes[party].core.record for party in ("eu", "cn"))
    held = (await cn.find([note.id]))[note.id]
    assert held == (await eu.find([note.id]))[note.id]
    assert await eu.state() == await cn.state()


async def test_the_same_note_again_gets_the_same_receipt_on_both_nodes(two_nodes: Channel) -> None:
    thread = await two_nodes.open_thread("eu")
    note = await two_nodes.note("eu", thread)
    await two_nodes.caught_up()
    for party in ("eu", "cn"):
        core = two_nodes.nodes[party].core
        held = (await core.record.find([note.id]))[note.id]
        [again] = await core.appender.submit([Submission(held.envelope, held.parts)])
        assert again.receipt == note.receipt
        assert again.known


async def test_an_export_of_a_thread_is_authentic_and_complete(two_nodes: Channel) -> None:
    thread = await two_nodes.open_thread("cn", "实地核查")
    await two_nodes.note("cn", thread)
    await two_nodes.caught_up()
    core = two_nodes.nodes["eu"].core
    [entry] = [entry for entry in await core.record.thread(thread) if entry.kind == "thread.opened"]
    export = exporter(core.record, PostgresFiles(core.record.pool), core.identity, core.clock)
    bundle, _ = await export(f"CN-{entry.index}", core.identity.node.key)
    assert verify(bundle, two_nodes.trust).verdict == "authentic-and-complete"
