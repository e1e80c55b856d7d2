"""Entries that a mirror accepts from the peer, and entries that it refuses."""

from __future__ import annotations

import asyncio

import pytest

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.log.checkpoint import cosigned_at, parse
from special_channel.core.log.note import VerifierKey
from special_channel.link.checking import EntryMissing, MirrorStopped
from special_channel.link.mirror import resume
from tests.link.nodes import page_of, signed


async def test_a_founded_world_is_mirrored_whole(cn, world):
    assert (await cn.size("eu"), await cn.size("cn")) == world.cn.sizes
    assert set(await cn.codes("eu")) == {""}
    assert (await cn.record.state())[2] == world.cn.digest


async def test_what_is_mirrored_is_cosigned_in_the_same_breath(cn, world):
    world.open_thread("eu")
    await cn.mirror_all()
    head = await cn.record.head("eu")
    assert head.cosigned == head.size == world.eu.own.size
    note = await cn.record.cosigned("eu", head.size - 1)
    _, checkpoint = parse(note)
    assert (checkpoint.size, checkpoint.root) == (world.eu.own.size, world.eu.own.roots[-1])
    key = VerifierKey.parse(world.cn.cosigning_vkey)
    assert cosigned_at(note, key) == world.clock.seconds


async def test_the_mirror_keeps_the_bytes_of_the_peer(cn, world):
    world.open_thread("eu")
    await cn.mirror_all()
    for stored, entry in zip(
        await cn.record.entries("eu", 0, 1000), world.eu.own.entries, strict=True
    ):
        assert stored.leaf == entry.leaf.encode()
        assert stored.envelope == entry.submission.envelope
        assert stored.parts == entry.submission.parts
        assert (
            await cn.record.checkpoint("eu", stored.index + 1)
            == (world.eu.own.notes[stored.index + 1])
        )


def flip(text: str) -> str:
    return text[:-9] + ("A" if text[-9] != "A" else "B") + text[-8:]


TAMPERINGS = {
    "leaf-malformed": lambda page: page["commits"][1]["entries"][0].update(leaf="sc1 nothing"),
    "checkpoint-signature": lambda page: page["commits"][1].update(
        note=flip(page["commits"][1]["note"])
    ),
    "root-mismatch": lambda page: page["commits"][1].update(note=page["commits"][2]["note"]),
    "checkpoint-malformed": lambda page: page["commits"][1].update(note="no note"),
}


@pytest.mark.parametrize("code", TAMPERINGS)
async def test_a_tampered_log_is_followed_up_to_the_fault_and_no_further(cn, world, code):
    first = world.eu.own.size
    for _ in range(3):
        world.open_thread("eu")
    with pytest.raises(MirrorStopped) as stopped:
        await cn.take(page_of(world, "eu", first, change=TAMPERINGS[code]))
    assert stopped.value.code == code
    assert await cn.size("eu") == first + 1
    evidence = await cn.house.stores.evidence.last("eu")
    assert evidence.code == code
    assert evidence.ours == world.eu.own.notes[first + 1]
    assert cn.alarms.ringing["mirror-stopped"]["reason"] == code
    assert await cn.link.mirror.step() is None, "a stopped mirror asks for nothing"
    assert (await cn.record.head("eu")).cosigned == first + 1


async def test_an_operator_lets_a_stopped_mirror_go_on(cn, world):
    first = world.eu.own.size
    world.open_thread("eu")
    with pytest.raises(MirrorStopped):
        await cn.take(
            page_of(world, "eu", first, change=lambda page: page["commits"][0].update(note="x"))
        )
    assert await cn.link.mirror.stopped()
    await resume(cn.shared, cn.house.stores.evidence, "eu")
    assert not await cn.link.mirror.stopped()
    await cn.mirror_all()
    assert await cn.size("eu") == world.eu.own.size


async def test_a_running_mirror_sees_that_another_process_let_it_go_on(cn, world):
    first = world.eu.own.size
    assert await resume(cn.shared, cn.house.stores.evidence, "eu") == "", "it did not stand still"
    world.open_thread("eu")
    with pytest.raises(MirrorStopped) as fault:
        await cn.take(
            page_of(world, "eu", first, change=lambda page: page["commits"][0].update(note="x"))
        )
    assert await resume(cn.shared, cn.house.stores.evidence, "eu") == fault.value.code
    assert "mirror-stopped" in cn.alarms.ringing
    assert not await cn.link.mirror.stopped()
    assert "mirror-stopped" not in cn.alarms.ringing
    assert await resume(cn.shared, cn.house.stores.evidence, "eu") == "", "one decision a fault"


async def test_mirror_that_stopped_before_a_restart_sounds_again(cn, world):
    first = world.eu.own.size
    world.open_thread("eu")
    with pytest.raises(MirrorStopped) as fault:
        await cn.take(
            page_of(world, "eu", first, change=lambda page: page["commits"][0].update(note="x"))
        )
    cn.alarms.ringing.clear()  # as in a process that starts now
    cn.link.mirror._status.stopped = ""
    assert await cn.link.mirror.step() is None
    assert cn.alarms.ringing["mirror-stopped"]["reason"] == fault.value.code


async def test_a_checkpoint_of_another_log_stops_the_mirror(cn, world):
    first = world.eu.own.size
    world.open_thread("eu")
    page = page_of(
        world,
        "eu",
        first,
        change=lambda page: page["commits"][0].update(note=world.cn.own.notes[first]),
    )
    with pytest.raises(MirrorStopped) as stopped:
        await cn.take(page)
    assert stopped.value.code == "checkpoint-unsigned"


async def test_a_falling_frontier_stops_the_mirror(cn, world):
    first = world.eu.own.size
    world.open_thread("cn")
    world.deliver("cn")
    world.open_thread("eu")
    await cn.write_own()
    await cn.mirror_all()
    thread = world.open_thread("eu").leaf.thread
    payload = world.payload("eu", "note.posted", thread=thread, lang="en")
    world.append_signed(
        "eu", signed(world, "eu", payload, "Seen less."), honest=False, frontier=first - 2
    )
    with pytest.raises(MirrorStopped) as stopped:
        await cn.mirror_all()
    assert stopped.value.code == "frontier-falling"


WRONG_COUNTS = {
    "ordinal repeated": (0, 1),
    "ordinal skipped": (0, 3),
    "directory skipped": (1, 2),
    "directory fell": (-1, 2),
}


@pytest.mark.parametrize("wrong", WRONG_COUNTS)
async def test_wrong_count_stops_the_mirror(cn, world, wrong):
    """A peer that repeats or skips a number of its thread, or of its directory (K26)."""
    thread = world.open_thread("eu")
    await cn.mirror_all()
    more, ordinal = WRONG_COUNTS[wrong]
    counts = thread.leaf.directory + more, ordinal
    payload = world.payload("eu", "note.posted", thread=thread.leaf.thread, lang="en")
    submission = signed(world, "eu", payload, "Counted wrongly.")
    world.append_signed("eu", submission, honest=False, counts=counts)
    with pytest.raises(MirrorStopped) as stopped:
        await cn.mirror_all()
    assert stopped.value.code == "ordinal"
    assert stopped.value.facts == {"index": thread.position.index + 1}
    assert await cn.size("eu") == thread.position.index + 1
    assert (await cn.house.stores.evidence.last("eu")).code == "ordinal"
    assert cn.alarms.ringing["mirror-stopped"]["reason"] == "ordinal"


@pytest.mark.parametrize("pages", ["one page", "a page each"])
async def test_renumbered_thread_stops_the_mirror_at_its_first_wrong_leaf(cn, world, pages):
    """Counts are compared with leaves of earlier pages, and of this one."""
    first = world.eu.own.size
    thread = world.open_thread("eu").leaf.thread
    world.note("eu", thread)
    other = world.open_thread("eu").leaf.thread
    world.note("eu", other)
    if pages == "a page each":
        for index in range(first, first + 4):
            await cn.take(page_of(world, "eu", index, index + 1))
    payload = world.payload("eu", "note.posted", thread=thread, lang="en")
    directory = world.eu.own.entries[-1].leaf.directory
    world.append_signed(
        "eu", signed(world, "eu", payload, "x"), honest=False, counts=(directory, 1)
    )
    with pytest.raises(MirrorStopped) as stopped:
        await cn.take(page_of(world, "eu", await cn.size("eu")))
    assert (stopped.value.code, stopped.value.facts["index"]) == ("ordinal", first + 4)
    assert await cn.size("eu") == first + 4


async def test_mirrored_counts_are_stored_with_entry_and_head(cn, world):
    thread = world.open_thread("eu").leaf.thread
    world.note("eu", thread)
    await cn.mirror_all()
    stored = await cn.record.entries("eu", 0, 1000)
    leaves = [entry.leaf for entry in world.eu.own.entries]
    assert [(one.directory, one.ordinal) for one in stored] == [
        (leaf.directory, leaf.ordinal) for leaf in leaves
    ]
    assert stored[-1].ordinal == 2
    assert (await cn.record.head("eu")).directory == leaves[-1].directory


async def test_one_bad_entry_is_mirrored_without_effect_and_the_rest_goes_on(cn, world):
    thread = world.open_thread("eu").leaf.thread
    stranger = world.payload("eu", "note.posted", thread="0" * 32, lang="en")
    bad = world.append("eu", stranger, [world.text("In no thread.")], honest=False)
    after = world.note("eu", thread)
    await cn.mirror_all()
    codes = await cn.codes("eu")
    assert codes[bad.position.index] == "thread-unknown"
    assert codes[after.position.index] == ""
    assert cn.alarms.ringing["peer-entry-refused"] == {
        "index": bad.position.index,
        "reason": "thread-unknown",
    }
    assert (await cn.record.head("eu")).cosigned == world.eu.own.size
    world.deliver("eu")
    assert (await cn.record.state())[2] == world.cn.digest


async def test_a_bad_entry_is_named_once_in_a_signed_entry_of_the_own_log(cn, world):
    stranger = world.payload("eu", "note.posted", thread="0" * 32, lang="en")
    world.append("eu", stranger, [world.text("In no thread.")], honest=False)
    await cn.mirror_all()
    before = await cn.size("cn")
    assert await cn.link.refusals.step() == 1
    assert await cn.link.refusals.step() == 0
    refusals = await cn.house.stores.book.of_kind("cn", "peer.refused", 9)
    assert len(refusals) == 1
    assert await cn.size("cn") == before + 1
    stored = (await cn.record.entries("cn", before, 1))[0]
    assert stored.by == world.cn.keys["node"].key
    assert stored.frontier == world.eu.own.size
    assert b"peer.refused" in stored.leaf


async def test_a_missing_text_is_a_gap_that_no_cosignature_covers(cn, world):
    first = world.eu.own.size
    thread = world.open_thread("eu").leaf.thread
    world.note("eu", thread, ("First paragraph.", "Second paragraph."))
    world.note("eu", thread)
    await cn.take(
        page_of(
            world,
            "eu",
            first,
            change=lambda page: page["commits"][1]["entries"][0]["parts"].__setitem__(1, ""),
        )
    )
    assert await cn.size("eu") == first + 3, "later entries are stored"
    assert (await cn.record.head("eu")).cosigned == first + 1
    gaps = await cn.house.stores.book.gaps("eu")
    assert [(gap.index, gap.parts) for gap in gaps] == [(first + 1, (1,))]
    assert "parts-missing" in cn.alarms.ringing
    stored = (await cn.record.entries("eu", first + 1, 1))[0]
    assert stored.parts[0] is not None
    assert stored.parts[1] is None


async def test_a_gap_that_the_peer_declares_lost_is_covered_again(cn, world):
    thread = world.open_thread("eu").leaf.thread
    first = world.eu.own.size
    note = world.note("eu", thread, ("Stays.", "Lost."))
    await cn.take(page_of(world, "eu", await cn.size("eu"), first))
    world.erase("eu", note, [1], basis="lost")
    await cn.take(page_of(world, "eu", first))
    assert await cn.house.stores.book.gaps("eu") == []
    assert (await cn.record.head("eu")).cosigned == world.eu.own.size


async def test_without_an_envelope_the_log_is_not_followed_beyond(cn, world):
    first = world.eu.own.size
    for _ in range(3):
        world.open_thread("eu")
    with pytest.raises(EntryMissing):
        await cn.take(
            page_of(
                world,
                "eu",
                first,
                change=lambda page: page["commits"][1]["entries"][0].update(envelope=""),
            )
        )
    assert await cn.size("eu") == first + 1
    assert cn.alarms.ringing["entry-missing"] == {"index": first + 1}
    assert not await cn.link.mirror.stopped(), "nobody signed two stories"
    await cn.mirror_all()
    assert await cn.size("eu") == world.eu.own.size
    assert "entry-missing" not in cn.alarms.ringing


async def test_an_envelope_other_than_the_leaf_commits_to_did_not_come(cn, world):
    first = world.eu.own.size
    one, other = world.open_thread("eu"), world.open_thread("eu")
    swapped = other.submission.envelope.decode()
    with pytest.raises(EntryMissing):
        await cn.take(
            page_of(
                world,
                "eu",
                first,
                change=lambda page: page["commits"][0]["entries"][0].update(envelope=swapped),
            )
        )
    assert await cn.size("eu") == one.position.index


async def test_times_that_run_backwards_are_told_and_kept_but_refuse_nothing(cn, world):
    world.clock.forward(100)
    thread = world.open_thread("eu").leaf.thread
    payload = world.payload("eu", "note.posted", thread=thread, lang="en")
    late = world.append_signed(
        "eu", signed(world, "eu", payload, "Late."), accepted="2026-11-24T08:00:00Z"
    )
    await cn.mirror_all()
    assert cn.alarms.ringing["accepted-order"] == {"index": late.position.index}
    assert (await cn.house.stores.evidence.last("eu")).code == "accepted-order"
    assert not await cn.link.mirror.stopped()
    assert await cn.size("eu") == world.eu.own.size


async def test_a_backlog_of_one_page_names_trees_inside_itself(make_node, world):
    for _ in range(20):
        world.open_thread("eu")  # each author has seen the log up to the entry before
    world.exchange()
    node = await make_node(world, "cn")
    await node.catch_up_alone()
    assert set(await node.codes("eu")) == {""}
    assert (await node.record.state())[2] == world.cn.digest


async def test_the_peers_key_in_our_name_and_ours_in_its_log_have_no_effect(cn, world):
    """Failure mode 19: the peer impersonates, or states what is not its to state."""
    ours = world.payload("cn", "thread.opened", thread=world.thread_id(), lang="en")
    ours |= {"log": world.eu.origin, "body": {"batch": "standing"}}
    world.append("eu", ours | {"by": world.cn.keys["desk"].key}, honest=False)
    theirs = signed(world, "eu", world.payload("eu", "peer.seen", by="desk"))
    world.append_signed("eu", theirs, honest=False)
    world.append_signed("eu", world.cn.own.entries[0].submission, honest=False)
    before = await cn.size("eu")
    await cn.mirror_all()
    assert all((await cn.codes("eu"))[before:])
    state = (await cn.record.state())[2]
    world.deliver("eu")
    assert state == world.cn.digest


async def test_a_removal_made_during_an_outage_arrives(cn, world):
    """Failure mode 16."""
    thread = world.open_thread("eu").leaf.thread
    note = world.note("eu", thread)
    await cn.mirror_all()
    world.about("eu", "note.withdrawn", note)
    gone = world.note("eu", thread, ("Stays.", "Erased before it was fetched."))
    world.erase("eu", gone, [1])
    await cn.mirror_all()
    world.deliver("eu")
    assert (await cn.record.state())[2] == world.cn.digest
    assert await cn.house.stores.book.gaps("eu") == []
    assert (await cn.record.head("eu")).cosigned == world.eu.own.size, "declared, so no gap"


async def test_the_same_page_twice_changes_nothing(cn, world):
    first = world.eu.own.size
    world.open_thread("eu")
    page = page_of(world, "eu", first)
    await cn.take(page)
    state = await cn.record.state()
    await cn.take(page)
    assert await cn.record.state() == state


async def test_two_processes_that_mirror_at_once_store_each_entry_once(make_node, cn, world):
    other = await make_node(world, "cn", database=cn.database)
    first = world.eu.own.size
    for _ in range(5):
        world.open_thread("eu")
    page = page_of(world, "eu", first)
    done = await asyncio.gather(
        cn.take(page), other.take(page), cn.take(page), other.take(page), return_exceptions=True
    )
    assert [each for each in done if isinstance(each, BaseException)] == []
    assert await cn.size("eu") == first + 5


async def test_another_tree_shown_by_a_stamped_head_is_evidence_and_stops_the_mirror(cn, world):
    size = world.eu.own.size
    forged = world.eu.cosign(world.eu.sign_checkpoint(size, b"\1" * 32), world.clock.seconds)
    with pytest.raises(MirrorStopped, match="split-view"):
        await cn.link.heads._keep(forged)
    evidence = await cn.house.stores.evidence.last("eu")
    assert (evidence.code, evidence.theirs) == ("split-view", forged)
    assert evidence.ours == world.eu.own.notes[size]
    assert await cn.link.mirror.stopped() == "split-view"


async def test_a_head_that_its_owner_did_not_stamp_is_no_head(cn, world):
    note = world.eu.own.notes[world.eu.own.size]
    for wrong in (note, world.cn.cosign(note, world.clock.seconds)):
        with pytest.raises(MirrorStopped) as refused:
            await cn.link.heads.keep(wrong)
        assert refused.value.code == "cosignature-absent"
    assert await cn.record.stamped("eu") is None


async def test_a_cosigned_size_is_never_cosigned_with_another_root(cn, world):
    """Even on a database put back: the guard file remembers the peer's tree, too."""
    size = world.eu.own.size + 1
    cn.published.write("eu", size, b"\1" * 32)
    world.open_thread("eu")
    with pytest.raises(RuleBroken, match="split-view"):
        await cn.mirror_all()
    assert await cn.size("eu") == size - 1
