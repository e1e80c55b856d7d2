"""A part is erased by order while the link is down, on real stores at both ends (rule 17)."""

from __future__ import annotations

import asyncio
import contextlib

import asyncpg
import pytest

from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import Party
from tests.link.nodes import Node, following, point, serving, signed, until_equal

ORDER = {"parts": [1], "basis": "order", "order": "Order 7/2026"}


@pytest.fixture
def thread(world):
    """A thread opened by EU, included in nodes made later."""
    found = world.open_thread("eu").leaf.thread
    world.exchange()
    return found


async def say(node: Node, thread: str, *words: str) -> int:
    """Post a note at its node; return its index."""
    payload = node.world.payload(node.party, "note.posted", thread=thread, lang="en")
    [receipt] = await node.appender.submit([signed(node.world, node.party, payload, *words)])
    return receipt.index


async def erase(node: Node, log: Party, index: int) -> None:
    """Order the erasure of an entry's second part at a node; the order deletes the part."""
    [held] = await node.record.entries(log, index, 1)
    payload = node.world.payload(node.party, "part.erased", by="head", ref=held.id, body=ORDER)
    await node.appender.submit([signed(node.world, node.party, payload)])
    assert (await whole(node, log, index))[1] is False


@contextlib.asynccontextmanager
async def linked(one: Node, other: Node):
    """Serve and follow in both directions for a while."""
    async with contextlib.AsyncExitStack() as stack:
        for node, reader in ((one, other), (other, one)):
            point(reader, await stack.enter_async_context(serving(node)))
        await stack.enter_async_context(following(one, other))
        yield


async def meet(one: Node, other: Node) -> None:
    async with linked(one, other):
        await until_equal(one, other)


async def whole(node: Node, log: Party, index: int) -> list[bool]:
    [held] = await node.record.entries(log, index, 1)
    return [part is not None for part in held.parts]


async def assert_level(one: Node, other: Node) -> None:
    """No part is missing without a declaration, no alarm was raised, and both states are equal."""
    for node in (one, other):
        for log in ("eu", "cn"):
            assert await node.house.stores.book.gaps(log) == []
        assert node.alarms.ringing == {}
    assert await one.record.state() == await other.record.state()


async def test_what_was_erased_during_an_outage_is_declared_and_cosigned_on(thread, eu, cn):
    async with linked(eu, cn):
        delivered = await say(eu, thread, "Stays.", "Goes later.")
        await until_equal(eu, cn)
    unseen = await say(eu, thread, "Stays, too.", "Nobody there ever saw this.")
    after = await say(eu, thread, "Written after it.")
    await erase(eu, "eu", unseen)
    await erase(eu, "eu", delivered)
    reply = await say(cn, thread, "Written meanwhile.", "With a second paragraph.")
    await meet(eu, cn)
    await assert_level(eu, cn)
    assert await whole(cn, "eu", unseen) == [True, False]
    assert await whole(cn, "eu", after) == [True]
    assert await whole(eu, "cn", reply) == [True, True]
    assert await whole(eu, "eu", delivered) == [True, False], "it does not come back"
    assert await whole(cn, "eu", delivered) == [True, True], "until its own order there"


async def test_the_peer_confirms_by_its_own_order_and_both_go_on(thread, eu, cn):
    delivered = await say(eu, thread, "Stays.", "Goes.")
    await meet(eu, cn)
    await erase(eu, "eu", delivered)
    await meet(eu, cn)
    await erase(cn, "eu", delivered)
    await say(eu, thread, "Afterwards.")
    await say(cn, thread, "Afterwards, too.")
    await meet(eu, cn)
    await assert_level(eu, cn)
    for node in (eu, cn):
        assert await whole(node, "eu", delivered) == [True, False]
        assert set(await node.codes("eu")) == set(await node.codes("cn")) == {""}


async def test_the_peer_erases_a_copy_first_and_the_owner_keeps_its_own(thread, eu, cn):
    delivered = await say(eu, thread, "Stays.", "Goes there alone.")
    await meet(eu, cn)
    await erase(cn, "eu", delivered)
    await meet(eu, cn)
    await assert_level(eu, cn)
    assert await whole(eu, "eu", delivered) == [True, True]
    assert await whole(cn, "eu", delivered) == [True, False], "no gap to be filled again"


async def test_a_lost_disk_comes_back_without_what_was_erased_and_signs_on(
    thread, eu, cn, make_node, world, tmp_path
):
    delivered = await say(eu, thread, "Stays.", "Goes.")
    held = await say(eu, thread, "Stays.", "Goes here; the peer still holds it.")
    theirs = await say(cn, thread, "Stays.", "Goes from the copy here.")
    await meet(eu, cn)
    erased: tuple[tuple[Party, int], ...] = (("eu", delivered), ("eu", held), ("cn", theirs))
    for log, index in erased:
        await erase(eu, log, index)
    await meet(eu, cn)
    await erase(cn, "eu", delivered)
    await meet(eu, cn)
    assert await whole(cn, "eu", held) == [True, True]
    empty = await make_node(world, "eu", folder=tmp_path / "empty")
    async with serving(cn) as url:
        point(empty, url)
        assert await empty.link.healer.check()
        async with asyncio.timeout(60):
            while await empty.size("cn") < await cn.size("cn"):
                await empty.link.mirror.step()
    for log, index in erased:
        assert await whole(empty, log, index) == [True, False], (log, index)
    await say(empty, thread, "Signed after the loss.")
    await meet(empty, cn)
    await assert_level(empty, cn)
    for index in (delivered, held):
        assert await whole(empty, "eu", index) == [True, False], "it does not come back"


async def test_an_order_and_what_it_erases_stand_or_fall_together(thread, eu):
    """The transaction fails at the deletion of the text, so the order is not stored either."""
    note = await say(eu, thread, "Stays.", "Goes.")
    size = await eu.size("eu")
    owner = await asyncpg.connect(eu.database.dsn())
    right = "EXECUTE ON FUNCTION record.erase(text, bigint)"
    try:
        await owner.execute(f"REVOKE {right} FROM channel_node")
        with pytest.raises(ChannelError):
            await erase(eu, "eu", note)
        assert (await eu.size("eu"), await whole(eu, "eu", note)) == (size, [True, True])
        await owner.execute(f"GRANT {right} TO channel_node")
    finally:
        await owner.close()
    await erase(eu, "eu", note)
    assert (await eu.size("eu"), await whole(eu, "eu", note)) == (size + 1, [True, False])


async def test_sent_again_what_was_erased_gets_its_receipt_and_stays_erased(thread, eu):
    payload = eu.world.payload("eu", "note.posted", thread=thread, lang="en")
    note = signed(eu.world, "eu", payload, "Stays.", "Goes.")
    [first] = await eu.appender.submit([note])
    await erase(eu, "eu", first.index)
    [again] = await eu.appender.submit([note])
    assert (again.receipt, again.known) == (first.receipt, True)
    assert await whole(eu, "eu", first.index) == [True, False]


async def test_orders_that_nobody_carried_out_are_carried_out_at_start(eu, world):
    """As a database may hold them that was filled by a program which did not."""
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread, ("Stays.", "Goes.", "Stays, too."))
    other = world.note("eu", thread.leaf.thread, ("Stays.", "Goes by a second order."))
    await eu.write_own()
    world.erase("eu", note, [1], basis="lost")
    world.erase("eu", other, [1])
    await eu.write_own()
    assert await whole(eu, "eu", note.position.index) == [True, True, True]
    async with eu.record.begin() as transaction:
        assert len(await transaction.orders_owed("eu")) == 2
        assert await transaction.orders_owed("cn") == []
    await eu.link.healer.check()
    assert await whole(eu, "eu", note.position.index) == [True, False, True]
    assert await whole(eu, "eu", other.position.index) == [True, False]
    async with eu.record.begin() as transaction:
        assert await transaction.orders_owed("eu") == []


async def test_an_order_beyond_the_page_covers_the_gap_once_it_arrives(thread, eu, cn):
    """The text is missing on one page and declared on the next: an alarm, then no alarm."""
    unseen = await say(eu, thread, "Stays.", "Nobody there ever saw this.")
    for number in range(3):
        await say(eu, thread, f"Between {number}.")
    await erase(eu, "eu", unseen)
    async with serving(eu) as url:
        point(cn, url)
        first = await cn.size("eu")
        while await cn.size("eu") < await eu.size("eu") - 1:
            held = await cn.size("eu")
            await cn.take(await cn.house.peer.client.log(held, 1))
        assert (await cn.record.head("eu")).cosigned == max(first, unseen)
        assert "parts-missing" in cn.alarms.ringing
        await cn.link.mirror.step()
        assert await cn.house.stores.book.gaps("eu") == []
        assert "parts-missing" not in cn.alarms.ringing
    assert (await cn.record.head("eu")).cosigned == await eu.size("eu")
