"""Somebody with a copy of our checkpoint key extends our log at the other side (K30, attack 24)."""

from __future__ import annotations

import pytest

from special_channel.broker.record_check import Checked
from special_channel.core.bytes.errors import RuleBroken, Unavailable
from special_channel.link.judging import FORGED
from special_channel.link.mirror import adopt
from tests.broker.test_record_check import checked
from tests.core.test_judge_succession import PERSONS, Committed, succession
from tests.link.nodes import Node, following, page_of, point, serving, signed, until_equal


@pytest.fixture
def world():
    return Committed.founded()


@pytest.fixture
def thread(world):
    found = world.open_thread("eu").leaf.thread
    world.exchange()
    return found


def note(world, party, thread, text="A paragraph."):
    payload = world.payload(party, "note.posted", thread=thread, lang="en")
    return signed(world, party, payload, text)


async def forge(world, cn: Node) -> None:
    """Extend EU's log with an entry that no person signed, and serve it to CN."""
    seen = world.payload("eu", "peer.seen", by="checkpoint")
    world.append("eu", seen, honest=False)
    await cn.take(page_of(world, "eu", await cn.size("eu")))
    assert (await cn.codes("eu"))[-1] == "role"


async def test_forged_tail_stops_every_process_of_its_owner(world, thread, eu, cn, make_node):
    size = await eu.size("eu")
    await forge(world, cn)
    async with serving(cn) as url:
        point(eu, url)
        assert not await eu.link.healer.check()
        assert not await eu.link.healer.check()
    assert eu.alarms.ringing.keys() == {FORGED}
    assert eu.committer.read_only == FORGED
    assert await eu.size("eu") == size
    with pytest.raises(Unavailable, match="read-only"):
        await eu.appender.submit([note(world, "eu", thread)])
    kept = await eu.house.stores.evidence.last("eu")
    assert kept is not None
    assert (kept.code, kept.size) == (FORGED, size)
    assert kept.theirs == await cn.record.checkpoint("eu", size + 1)
    assert kept.ours == await eu.record.checkpoint("eu", size)
    # Another process, without the peer: the guard tells it.
    other = await make_node(world, "eu", database=eu.database, folder=eu.published._folder)
    with pytest.raises(Unavailable, match="read-only"):
        await other.appender.submit([note(world, "eu", thread)])


async def test_adopted_tail_goes_on_with_a_new_key(world, thread, eu, cn):
    await forge(world, cn)
    assert await adopt(eu.shared, eu.house.stores.evidence, "eu") == ""
    async with serving(cn) as cn_url, serving(eu) as eu_url:
        point(eu, cn_url)
        point(cn, eu_url)
        assert not await eu.link.healer.check()
        assert await adopt(eu.shared, eu.house.stores.evidence, "eu") == FORGED
        assert await eu.link.healer.check()
        assert not eu.alarms.ringing
        assert (await eu.codes("eu"))[-1] == "role"
        payload = succession(world, "eu", "checkpoint", reason="compromised")
        await eu.appender.submit([signed(world, "eu", payload, also=PERSONS)])
        async with following(eu, cn):
            await eu.appender.submit([note(world, "eu", thread)])
            await cn.link.refusals.step()
            await until_equal(eu, cn)
    assert await eu.record.state() == await cn.record.state()
    outcome: Checked = await checked(eu)
    assert outcome.damaged == ()


async def test_second_forged_tail_is_an_alarm_again(world, eu, cn):
    await forge(world, cn)
    async with serving(cn) as url:
        point(eu, url)
        await eu.link.healer.check()
        await adopt(eu.shared, eu.house.stores.evidence, "eu")
        assert await eu.link.healer.check()
        await forge(world, cn)
        with pytest.raises(RuleBroken, match=FORGED):
            await eu.link.healer.rolled_back()
    assert FORGED in eu.alarms.ringing
