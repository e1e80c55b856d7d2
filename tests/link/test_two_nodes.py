"""Two real nodes over loopback: delivery, outages, loss of a disk, files, heads."""

from __future__ import annotations

import asyncio
import contextlib
import time
from hashlib import sha256

import orjson
import pytest
import pytest_asyncio

from special_channel.core.bytes.errors import Corrupt, Unavailable
from special_channel.core.log.checkpoint import cosigned_at, parse
from special_channel.core.log.note import VerifierKey
from special_channel.core.rows.writing import file_part, part_refs, sign
from special_channel.link.checking import MirrorStopped
from tests import servers
from tests.link.nodes import following, open_node, point, serving, signed, until, until_equal


@pytest_asyncio.fixture
async def linked(eu, cn):
    """Both nodes serve and know each other's address; neither follows yet."""
    async with contextlib.AsyncExitStack() as stack:
        for node, other in ((eu, cn), (cn, eu)):
            point(other, await stack.enter_async_context(serving(node)))
        yield eu, cn


@pytest.fixture
def thread(world):
    """A thread opened by EU, included in nodes made later."""
    found = world.open_thread("eu").leaf.thread
    world.exchange()
    return found


def note(world, party, thread, *words):
    payload = world.payload(party, "note.posted", thread=thread, lang="en")
    return signed(world, party, payload, *(words or ("A paragraph.",)))


async def test_an_entry_is_delivered_and_both_sides_know(world, thread, linked):
    eu, cn = linked
    async with following(eu, cn):
        accepted = (await eu.appender.submit([note(world, "eu", thread)]))[0]
        await until_equal(eu, cn)
    assert (await cn.record.entries("eu", accepted.index, 1))[0].id == accepted.id
    delivered = await eu.record.cosigned("eu", accepted.index)
    key = VerifierKey.parse(world.cn.cosigning_vkey)
    assert cosigned_at(delivered, key) == world.clock.seconds
    assert await eu.record.state() == await cn.record.state()


async def test_delivery_is_prompt(world, thread, linked):
    eu, cn = linked
    took = []
    async with following(eu, cn):
        await until_equal(eu, cn)
        for _ in range(20):
            began = time.monotonic()
            accepted = (await eu.appender.submit([note(world, "eu", thread)]))[0]

            async def arrived(size=accepted.index + 1) -> bool:
                return bool(await cn.size("eu") >= size)

            await until(cn, arrived)
            took.append(time.monotonic() - began)
    # A few ms on an idle machine; a poll that nobody wakes takes 20 s on any.
    assert sorted(took)[len(took) // 2] < 10


async def test_a_cut_link_heals_by_itself_and_misses_nothing(world, thread, eu, cn):
    async with contextlib.AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(eu, servers.free_port()))
        point(cn, url)
        async with following(cn):
            await until(cn, lambda: _equal_sizes(eu, cn, "eu"))
            await stack.aclose()  # EU's node is gone
            for number in range(3):
                await eu.appender.submit([note(world, "eu", thread, f"Written apart {number}.")])
                await cn.appender.submit([note(world, "cn", thread, f"Apart, too {number}.")])
            await _until_down(cn)
            assert not cn.link.status.up
            async with serving(eu, int(url.rpartition(":")[2])), serving(cn) as back:
                point(eu, back)
                async with following(eu):
                    await _waking(cn, until_equal(eu, cn))
                    await _wait_for(cn, lambda: cn.link.status.up)
    assert await eu.record.state() == await cn.record.state()


async def _waking(node, waiting):
    """Let a node's retries happen at once while something is awaited."""
    task = asyncio.ensure_future(waiting)
    while not task.done():
        node.naps.wake()
        await asyncio.wait([task], timeout=0.02)
    await task


async def _until_down(node):
    await _wait_for(node, lambda: node.link.status.since is not None and not node.link.status.up)


async def _equal_sizes(one, other, log) -> bool:
    return bool(await one.size(log) == await other.size(log))


async def test_nothing_new_after_an_outage_and_the_backlog_still_arrives(world, thread, linked):
    eu, cn = linked
    for number in range(12):
        await eu.appender.submit([note(world, "eu", thread, f"Before {number}.")])
    async with following(cn):
        await until(cn, lambda: _equal_sizes(eu, cn, "eu"))


@pytest.mark.parametrize("count", [1200, pytest.param(10_001, marks=pytest.mark.bench)])
async def test_a_backlog_larger_than_any_page_arrives_whole(world, thread, linked, count):
    eu, cn = linked
    backlog = [note(world, "eu", thread, f"Backlog {number}.") for number in range(count)]
    for first in range(0, len(backlog), 250):
        await eu.appender.submit(backlog[first : first + 250])
    async with following(cn):
        await until(cn, lambda: _equal_sizes(eu, cn, "eu"), 50)
    assert set(await cn.codes("eu")) == {""}
    assert (await eu.record.state())[2] == (await cn.record.state())[2]


async def test_a_lost_cosignature_reaches_the_peer_by_its_own_poll(world, thread, linked):
    eu, cn = linked
    accepted = (await eu.appender.submit([note(world, "eu", thread)]))[0]
    while await cn.size("eu") <= accepted.index:
        await cn.link.mirror.step()  # cosigns, and nobody posts
    while (await eu.record.head("eu")).cosigned <= accepted.index:
        await eu.link.mirror.step()
    assert await eu.record.cosigned("eu", accepted.index) is not None


async def test_a_cosignature_that_a_poll_fetched_is_not_posted(world, thread, linked):
    eu, cn = linked
    accepted = (await eu.appender.submit([note(world, "eu", thread)]))[0]
    while await cn.size("eu") <= accepted.index:
        await cn.link.mirror.step()
    while (await eu.record.head("eu")).cosigned <= accepted.index:
        await eu.link.mirror.step()
    await cn.appender.submit([note(world, "cn", thread)])
    await eu.link.mirror.step()  # this poll says what the last one brought
    point(cn, "http://127.0.0.1:9")
    assert await cn.link.delivery.step() is False, "nobody is asked"


async def test_a_poll_from_before_a_cosignature_does_not_keep_it_from_being_posted(
    world, thread, linked
):
    eu, cn = linked
    async with following(eu, cn):
        await until_equal(eu, cn)
    accepted = (await eu.appender.submit([note(world, "eu", thread)]))[0]
    while await cn.size("eu") <= accepted.index:
        await cn.link.mirror.step()
    cn.link.status.polled = accepted.index
    assert await cn.link.delivery.step() is True
    assert (await eu.record.head("eu")).cosigned == accepted.index + 1
    assert await cn.link.delivery.step() is False, "once is enough"


async def test_a_cosignature_is_handed_over_once_the_peer_is_there(world, thread, eu, cn):
    await eu.appender.submit([note(world, "eu", thread)])
    async with serving(eu) as url:
        point(cn, url)
        while await cn.size("eu") < await eu.size("eu"):
            await cn.link.mirror.step()
    with pytest.raises(Unavailable):
        await cn.link.delivery.step()


async def test_a_stamped_head_is_fresh_signed_and_kept(world, thread, linked):
    eu, cn = linked
    world.clock.forward(90)
    head = await cn.link.heads.fresh_head(5)
    assert head is not None
    _, checkpoint = parse(head)
    assert checkpoint.size == await eu.size("eu")
    assert cosigned_at(head, VerifierKey.parse(world.eu.cosigning_vkey)) == world.clock.seconds
    assert await cn.record.stamped("eu") == head
    assert (await eu.record.head("eu")).stamp == world.clock.seconds, "durable before it left"


async def test_a_head_beyond_the_mirror_is_waited_for_until_it_is_mirrored(world, thread, linked):
    eu, cn = linked
    await eu.appender.submit([note(world, "eu", thread)])
    assert await cn.link.heads.fresh_head(0.2) is None, "the answer may lie in what is missing"
    async with following(cn):
        head = await cn.link.heads.fresh_head(10)
    assert parse(head)[1].size == await cn.size("eu")


async def test_no_head_in_time_is_none_and_no_error(cn):
    assert await cn.link.heads.fresh_head(0.2) is None


async def test_views_that_differ_are_an_alarm(world, thread, linked):
    eu, cn = linked
    async with following(eu, cn):
        await until_equal(eu, cn)
    await cn.link.heads.exchange()
    assert "views-diverged" not in cn.alarms.ringing
    await cn.record.pool.execute(
        "UPDATE record.heads SET digest = decode(repeat('07', 32), 'hex') WHERE log = 'cn'"
    )
    await cn.link.heads.exchange()
    assert "views-diverged" in cn.alarms.ringing


@pytest.fixture
def unchecked(monkeypatch):
    """Nodes that accept any file in their own entries, as an older or dishonest program does."""
    monkeypatch.setattr("special_channel.broker.groups.check_stored", lambda *_: None)


async def test_files_follow_and_one_that_is_gone_holds_up_no_other(
    world, thread, linked, unchecked
):
    eu, cn = linked
    there, gone = b"an attachment " * 100_000, b"never uploaded"
    await eu.files.put(_chunks(there), max_bytes=len(there), type_="text/plain")
    for content in (gone, there):
        digest = sha256(content).hexdigest()
        part = file_part(world.draw(), "list.txt", "text/plain", len(content), digest)
        payload = world.payload("eu", "note.posted", thread=thread, lang="en")
        payload |= {"parts": part_refs([part])}
        await eu.appender.submit([sign(payload, [world.eu.keys["desk"]], [part])])
    while await cn.size("eu") < await eu.size("eu"):
        await cn.link.mirror.step()
    assert (await cn.record.head("eu")).cosigned == await cn.size("eu"), "delivered without files"
    assert await cn.link.files.step() == 1
    assert await cn.link.files.step() == 0
    digest = sha256(there).hexdigest()
    assert b"".join([chunk async for chunk in cn.files.get(digest)]) == there
    assert cn.alarms.ringing["file-not-delivered"]["sha256"] == sha256(gone).hexdigest()
    late = await cn.files.state(digest)
    assert late.length == len(there)
    [lost, _] = await eu.record.entries("eu", await eu.size("eu") - 2, 2)
    body = {"parts": [0], "basis": "lost"}
    order = world.payload("eu", "part.erased", by="head", ref=lost.id, body=body)
    await eu.appender.submit([sign(order, [world.eu.keys["head"]])])
    while await cn.size("eu") < await eu.size("eu"):
        await cn.link.mirror.step()
    assert await cn.house.stores.files.missing(10) == [], "its owner says that it won't come"
    await cn.link.files.step()
    assert "file-not-delivered" not in cn.alarms.ringing


async def _chunks(content):
    yield content


async def test_file_of_another_length_is_not_taken_in(world, thread, linked, unchecked):
    """The bytes have the signed digest, but not the signed length."""
    eu, cn = linked
    content = b"twelve bytes"
    await eu.files.put(_chunks(content), max_bytes=len(content), type_="text/plain")
    digest = sha256(content).hexdigest()
    part = file_part(world.draw(), "list.txt", "text/plain", 13, digest)
    payload = world.payload("eu", "note.posted", thread=thread, lang="en")
    payload |= {"parts": part_refs([part])}
    await eu.appender.submit([sign(payload, [world.eu.keys["desk"]], [part])])
    while await cn.size("eu") < await eu.size("eu"):
        await cn.link.mirror.step()
    assert await cn.link.files.step() == 0
    assert cn.alarms.ringing["file-not-delivered"] == {"sha256": digest, "reason": "file-length"}
    assert await cn.files.state(digest) is None


async def test_a_file_that_lies_here_unsent_is_not_served_even_by_its_digest(
    world, thread, linked, unchecked
):
    eu, cn = linked
    secret = b"a private attachment"
    digest = sha256(secret).hexdigest()
    await eu.files.put(_chunks(secret), max_bytes=99, type_="text/plain")
    # CN names the digest in an entry of its own, to learn whether EU has it.
    part = file_part(world.draw(), "probe", "text/plain", len(secret), digest)
    payload = world.payload("cn", "note.posted", thread=thread, lang="en")
    payload |= {"parts": part_refs([part])}
    await cn.appender.submit([sign(payload, [world.cn.keys["desk"]], [part])])
    while await eu.size("cn") < await cn.size("cn"):
        await eu.link.mirror.step()
    assert await eu.house.stores.files.length(digest) is None


async def test_a_node_on_an_old_copy_of_its_database_heals_before_it_signs(
    world, thread, eu, cn, make_node, fresh_database
):
    """Failure mode 21, P1: what was delivered comes back from the peer, byte for byte."""
    async with contextlib.AsyncExitStack() as stack:
        for node, other in ((eu, cn), (cn, eu)):
            point(other, await stack.enter_async_context(serving(node)))
        async with following(eu, cn):
            for number in range(5):
                await eu.appender.submit([note(world, "eu", thread, f"EU {number}.")])
                await until_equal(eu, cn)
                await cn.appender.submit([note(world, "cn", thread, f"CN {number}.")])
                await until_equal(eu, cn)
    before = [await eu.record.entries(log, 0, 999) for log in ("eu", "cn")]
    state = await eu.record.state()

    # The same node on a database that ends where the world's founding did.
    old = await make_node(world, "eu", folder=eu.published._folder)
    guard = old.published.read("eu")
    await old.catch_up_alone()
    assert old.published.read("eu") == guard
    assert await old.size("eu") < guard[0]
    with pytest.raises((Corrupt, Unavailable)):
        await old.appender.submit([note(world, "eu", thread, "Over what was signed.")])

    async with serving(cn) as url:
        point(old, url)
        assert await old.link.healer.check()
    assert [await old.record.entries(log, 0, 999) for log in ("eu", "cn")] == before
    assert await old.record.state() == state
    accepted = (await old.appender.submit([note(world, "eu", thread, "Now it may.")]))[0]
    assert accepted.index == len(before[0])


async def test_an_empty_disk_is_filled_again_from_the_peer(world, thread, eu, cn, make_node):
    async with serving(eu) as url:
        point(cn, url)
        async with following(cn):
            await until(cn, lambda: _equal_sizes(eu, cn, "eu"))
    empty = await make_node(world, "eu")
    async with serving(cn) as url:
        point(empty, url)
        assert await empty.link.healer.check()
    assert await empty.record.state() == await cn.record.state()


async def test_a_tail_that_no_peer_ever_had_keeps_the_node_read_only(
    world, thread, eu, cn, make_node
):
    for number in range(3):  # receipted here, never delivered
        await eu.appender.submit([note(world, "eu", thread, f"Undelivered {number}.")])
    old = await make_node(world, "eu", folder=eu.published._folder)
    async with serving(cn) as url:
        point(old, url)
        assert not await old.link.healer.check()
    assert "log-tail-lost" in old.alarms.ringing
    with pytest.raises(Unavailable, match="read-only"):
        await old.appender.submit([note(world, "eu", thread)])


async def test_without_guard_and_peer_a_node_does_not_sign(world, eu, make_node, tmp_path):
    lonely = await make_node(world, "eu", database=eu.database)
    assert not await lonely.link.healer.check()
    assert lonely.committer.read_only == "guard-missing"


async def test_with_its_guard_a_node_goes_on_without_its_peer(world, thread, eu):
    assert await eu.link.healer.check()
    await eu.appender.submit([note(world, "eu", thread)])


async def test_a_peer_that_claims_more_of_our_log_without_our_signature_stops_its_own_mirror(
    world, linked
):
    _, cn = linked
    size = world.cn.own.size
    thread = world.thread_id()
    payload = world.payload(
        "eu", "thread.opened", thread=thread, lang="en", body={"batch": "standing"}
    )
    subject = world.text("Beyond", "subject")
    payload |= {"parts": part_refs([subject])}
    world.append_signed(
        "eu",
        sign(payload, [world.eu.keys["desk"]], [subject]),
        honest=False,
        frontier=size + 7,
    )
    with pytest.raises(MirrorStopped) as stopped:
        await cn.mirror_all()
    assert stopped.value.code == "frontier-beyond"
    assert cn.committer.read_only == "", "a claim counts only with our own signature on it"


async def test_automatic_acknowledgement_is_written_once_and_echoes_nothing(world, thread, linked):
    eu, cn = linked
    await eu.appender.submit([note(world, "eu", thread)])
    while await cn.size("eu") < await eu.size("eu"):
        await cn.link.mirror.step()
    size = await cn.size("cn")
    assert not await cn.link.acknowledging.step()
    cn.clock.ticks += 59
    assert not await cn.link.acknowledging.step()
    cn.clock.ticks += 1
    assert await cn.link.acknowledging.step()
    stored = (await cn.record.entries("cn", size, 9))[-1]
    assert (stored.kind, stored.frontier) == ("peer.seen", await eu.size("eu"))
    while await eu.size("cn") < await cn.size("cn"):
        await eu.link.mirror.step()
    eu.clock.ticks += 10_000
    assert not await eu.link.acknowledging.step(), "no echo of an acknowledgement"
    eu.clock.ticks += 10_000
    assert not await eu.link.acknowledging.step()
    await eu.appender.submit([note(world, "eu", thread)])
    while await cn.size("eu") < await eu.size("eu"):
        await cn.link.mirror.step()
    await cn.link.acknowledging.step()
    cn.clock.ticks += 120
    assert not await cn.link.acknowledging.step(), "at most hourly"
    world.clock.forward(3600)
    assert await cn.link.acknowledging.step()


async def test_act_on_people_is_acknowledged_within_the_hour(world, thread, linked):
    """Until then the person acted on signs no act on people (K3)."""
    eu, cn = linked

    async def mirror() -> None:
        while await cn.size("eu") < await eu.size("eu"):
            await cn.link.mirror.step()
        await cn.link.acknowledging.step()

    await eu.appender.submit([note(world, "eu", thread)])
    await mirror()
    cn.clock.ticks += 60
    assert await cn.link.acknowledging.step()
    granted = world.granting("eu", "newcomer")
    signers = [world.eu.keys[name] for name in ("registrar", "second-registrar")]
    await eu.appender.submit([sign(granted, signers, [])])
    await mirror()
    cn.clock.ticks += 59
    assert not await cn.link.acknowledging.step()
    cn.clock.ticks += 1
    assert await cn.link.acknowledging.step()
    cn.clock.ticks += 10_000
    assert not await cn.link.acknowledging.step(), "once"


async def test_nodes_of_one_world_opened_twice_do_not_disturb_each_other(
    world, fresh_database, tmp_path
):
    """The fixtures' own promise: a node can be opened again on the same database."""
    database = await fresh_database()
    for _ in range(2):
        async with open_node(world, "eu", database, tmp_path) as node:
            await node.catch_up_alone()
            assert await node.size("eu") == world.eu.own.size


async def test_a_part_that_did_not_come_is_asked_for_until_it_is_there(world, thread, eu, cn):
    lacking = {"on": True}

    def drop(request, body):
        if not lacking["on"] or "/head" in request.path:
            return body
        page = orjson.loads(body)
        for commit in page["commits"]:
            for entry in commit["entries"]:
                if len(entry["parts"]) == 2:
                    entry["parts"][1] = "nonsense"
        return orjson.dumps(page)

    async with serving(eu, tap=drop) as url:
        point(cn, url)
        sent = note(world, "eu", thread, "First.", "Second.")
        index = (await eu.appender.submit([sent]))[0].index
        await eu.appender.submit([note(world, "eu", thread, "After.")])
        while await cn.size("eu") < await eu.size("eu"):
            await cn.link.mirror.step()
        assert await cn.link.gaps.step() == 1, "nonsense does not fill it"
        assert (await cn.record.head("eu")).cosigned == index
        lacking["on"] = False
        assert await cn.link.gaps.step() == 0
    assert (await cn.record.entries("eu", index, 1))[0].parts == sent.parts
    assert (await cn.record.head("eu")).cosigned == await eu.size("eu")


async def test_a_missing_envelope_holds_up_neither_cosignatures_nor_what_came_before(
    world, thread, eu, cn
):
    """Failure mode 17: garbage for an item, and the link keeps requesting it."""
    lacking = {"on": True}

    def drop(request, body):
        if not lacking["on"] or "/wait" not in request.path:
            return body
        page = orjson.loads(body)
        for commit in page["commits"]:
            for entry in commit["entries"]:
                if "key.enrolled" not in entry["leaf"] and len(entry["parts"]) == 2:
                    entry["envelope"] = ""
        return orjson.dumps(page)

    async with serving(eu, tap=drop) as url, serving(cn) as back:
        point(cn, url)
        point(eu, back)
        before = (await eu.appender.submit([note(world, "eu", thread, "Before.")]))[0].index
        await eu.appender.submit([note(world, "eu", thread, "One.", "Two.")])
        async with following(eu, cn):
            await until(cn, lambda: _at_least(cn, "eu", before + 1))
            await cn.appender.submit([note(world, "cn", thread, "From the other side.")])
            await until(eu, lambda: _equal_sizes(cn, eu, "cn"))
            lacking["on"] = False
            await _waking(cn, until_equal(eu, cn))


async def _at_least(node, log, size) -> bool:
    return bool(await node.size(log) >= size)


async def test_a_short_outage_shows_and_a_long_one_is_an_alarm_until_it_ends(world, eu, cn):
    async with following(cn):
        await _until_down(cn)
        assert cn.link.status.since == cn.clock.now()
        assert "link-down" not in cn.alarms.ringing
        world.clock.forward(60)
        await _wait_for(cn, lambda: "link-down" in cn.alarms.ringing)
        assert cn.alarms.ringing["link-down"] == {"since": "2026-11-24T08:00:00Z"}
        async with serving(eu) as url:
            point(cn, url)
            world.open_thread("eu")
            await eu.write_own()
            await _waking(cn, until(cn, lambda: _equal_sizes(eu, cn, "eu")))
            assert "link-down" not in cn.alarms.ringing
            assert cn.link.status.heard == cn.clock.now()


async def _wait_for(node, holds):
    async with asyncio.timeout(60):
        while not holds():
            node.naps.wake()
            await asyncio.sleep(0.01)


async def test_a_peer_that_refuses_us_is_a_link_that_is_down(world, eu, cn):
    cn.house.peer.client.signer = world.cn.keys["desk"]
    async with serving(eu) as url:
        point(cn, url)
        async with following(cn):
            await _wait_for(cn, lambda: "link-failed" in cn.alarms.ringing)
            assert cn.alarms.ringing["link-failed"]["reason"] == "link-key-unknown"
            await _until_down(cn)
