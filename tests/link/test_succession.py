"""Keys of checkpoints, cosignatures and the link that take another's place while the link runs."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

import pytest
import pytest_asyncio

from special_channel.broker.identity import KeyRing
from special_channel.broker.rebuild import rebuild
from special_channel.core.bytes.errors import Unavailable
from special_channel.core.log import checkpoint
from special_channel.core.log.checkpoint import parse
from special_channel.core.log.note import Note, VerifierKey
from special_channel.core.log.receipt import Receipt, verify_receipt
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.log_keys import named_for, verify_checkpoint
from special_channel.link.checking import MirrorStopped
from special_channel.link.client import PeerRefusedRequest
from special_channel.link.judging import FORGED
from tests import damage
from tests.broker.test_rebuild import write
from tests.broker.test_record_check import checked
from tests.core.test_judge_succession import PERSONS, Committed, succession
from tests.link.nodes import (
    Node,
    following,
    identity_of,
    open_node,
    page_of,
    point,
    serving,
    signed,
    until,
    until_equal,
)
from tests.sides import public_text


@pytest.fixture
def world():
    return Committed.founded()


@pytest.fixture
def thread(world):
    found = world.open_thread("eu").leaf.thread
    world.exchange()
    return found


@pytest_asyncio.fixture
async def linked(eu, cn):
    """Both nodes serve and know each other's address; neither follows yet."""
    async with contextlib.AsyncExitStack() as stack:
        for node, other in ((eu, cn), (cn, eu)):
            point(other, await stack.enter_async_context(serving(node)))
        yield eu, cn


def note(world, party, thread, *words):
    payload = world.payload(party, "note.posted", thread=thread, lang="en")
    return signed(world, party, payload, *(words or ("A paragraph.",)))


async def succeed(node: Node, role: str, which: str = "", **changed):
    """Append the succession of a key at its own node; return the receipt."""
    payload = succession(node.world, node.party, role, which, **changed)
    [accepted] = await node.appender.submit([signed(node.world, node.party, payload, also=PERSONS)])
    return accepted


async def row_of(node: Node, party) -> PartyRow:
    async with node.record.begin() as transaction:
        row = (await transaction.rows(frozenset({("party", party)})))["party", party]
    assert isinstance(row, PartyRow)
    return row


async def test_routine_succession_has_both_lines(world, thread, eu):
    before = await eu.appender.submit([note(world, "eu", thread)])
    accepted = await succeed(eu, "checkpoint")
    after = await eu.appender.submit([note(world, "eu", thread, "After.")])
    old, new = (key.verifier for key in (await row_of(eu, "eu")).checkpoint)
    assert [line.name for line in Note.parse(_head(accepted)).signatures] == [new.name, old.name]
    for key in (old, new):
        verify_receipt(Receipt.parse(accepted.receipt), key)
    for [receipt], key in ((before, old), (after, new)):
        assert len(Note.parse(_head(receipt)).signatures) == 1
        verify_receipt(Receipt.parse(receipt.receipt), key)


def _head(accepted) -> str:
    return Receipt.parse(accepted.receipt).checkpoint


@pytest.mark.parametrize("reason", ["lost", "compromised"])
async def test_other_succession_has_the_line_of_the_new_key(reason, eu):
    accepted = await succeed(eu, "checkpoint", reason=reason)
    [line] = Note.parse(_head(accepted)).signatures
    assert (await row_of(eu, "eu")).checkpoint[-1].verifier.key_hash == line.key_hash


async def test_keys_are_succeeded_while_the_link_runs(world, thread, linked):
    eu, cn = linked
    async with following(eu, cn):
        for role in ("checkpoint", "cosigning"):
            await eu.appender.submit([note(world, "eu", thread, f"Before {role}.")])
            await succeed(eu, role)
            await cn.appender.submit([note(world, "cn", thread, f"CN on {role}.")])
            await succeed(cn, role)
            await eu.appender.submit([note(world, "eu", thread, f"After {role}.")])
        await until_equal(eu, cn)
        for node in (eu, cn):
            await node.link.heads.exchange()
    assert await eu.record.state() == await cn.record.state()
    assert not eu.alarms.heard
    assert not cn.alarms.heard
    for party in ("eu", "cn"):
        assert await eu.codes(party) == await cn.codes(party)
        assert set(await eu.codes(party)) == {""}


async def test_old_key_beyond_its_window_stops_the_mirror(world, eu, cn):
    """Attack 23: a stolen key signs what follows its end."""
    world.append("eu", succession(world, "eu", "checkpoint"), also=PERSONS)
    k = world.eu.own.size - 1
    stolen = checkpoint.sign(
        parse(world.eu.own.notes[k + 1])[1], world.eu.keys["checkpoint"].private, world.eu.origin
    )
    note = checkpoint.make_note(parse(world.eu.own.notes[k + 1])[1], stolen)
    bad = page_of(world, "eu", k, change=lambda page: page["commits"][0].update(note=note))
    with pytest.raises(MirrorStopped) as stopped:
        await cn.take(bad)
    assert stopped.value.code == "checkpoint-key"
    assert await cn.size("eu") == k
    assert cn.alarms.ringing["mirror-stopped"]["reason"] == "checkpoint-key"


async def test_invalid_succession_leaves_the_key(world, eu, cn):
    world.append("eu", succession(world, "eu", "checkpoint", "other"), also=PERSONS, honest=False)
    await cn.take(page_of(world, "eu", await cn.size("eu")))
    assert await cn.size("eu") == world.eu.own.size
    assert (await cn.codes("eu"))[-1] == "successor-uncommitted"
    assert len((await row_of(cn, "eu")).checkpoint) == 1


async def test_process_without_the_new_key_appends_nothing(world, thread, eu):
    """K31: neither the succession, nor anything after it."""
    old = world.eu.keys["checkpoint"].private
    eu.committer.identity = _with_ring(eu, KeyRing(old))
    with pytest.raises(Unavailable) as absent:
        await succeed(eu, "checkpoint")
    assert absent.value.code == "checkpoint-key-absent"
    before = await eu.size("eu")
    eu.committer.identity = _with_ring(eu, identity_of(world, "eu").checkpoint)
    await succeed(eu, "checkpoint")
    eu.committer.identity = _with_ring(eu, KeyRing(old))
    with pytest.raises(Unavailable, match="checkpoint-key-absent"):
        await eu.appender.submit([note(world, "eu", thread)])
    assert await eu.size("eu") == before + 1
    eu.committer.identity = _with_ring(eu, identity_of(world, "eu").checkpoint)
    await eu.appender.submit([note(world, "eu", thread)])


def _with_ring(node: Node, ring: KeyRing):
    return replace(node.identity, checkpoint=ring)


async def test_other_process_signs_with_the_new_key(world, thread, eu, tmp_path):
    async with open_node(world, "eu", eu.database, tmp_path) as other:
        await other.appender.submit([note(world, "eu", thread, "One process.")])
        await succeed(eu, "checkpoint")
        [accepted] = await other.appender.submit([note(world, "eu", thread, "The other.")])
    keys = (await row_of(eu, "eu")).checkpoint
    verify_checkpoint(_head(accepted), keys)
    verify_receipt(Receipt.parse(accepted.receipt), keys[-1].verifier)


async def test_new_cosigning_key_delivers_what_the_old_one_left(world, thread, linked):
    """The new key's line on the newest tree covers what the old key's never delivered."""
    eu, cn = linked
    async with following(cn):  # CN cosigns; EU learns nothing while its link does not run
        [accepted] = await eu.appender.submit([note(world, "eu", thread)])

        async def cosigned() -> bool:
            return bool((await cn.record.head("eu")).cosigned > accepted.index)

        await until(cn, cosigned)
        await succeed(cn, "cosigning", reason="lost")
    # EU reads of the succession first: from then on it takes no line of the old key.
    page = await eu.house.peer.client.log(await eu.size("cn"), 100)
    await eu.link.healer._followers["cn"].take(page)
    assert len((await row_of(eu, "cn")).cosigning) == 2
    async with following(eu, cn):
        await until_equal(eu, cn)
    delivered = await eu.record.cosigned("eu", accepted.index)
    assert delivered is not None
    lines = {line.key_hash for line in Note.parse(delivered).signatures}
    keys = [key.verifier.key_hash for key in (await row_of(eu, "cn")).cosigning]
    assert lines & set(keys)
    assert "cosignature-refused" not in eu.alarms.heard
    assert "cosignature-unwanted" not in cn.alarms.heard


async def test_stamped_head_waits_until_its_size_is_mirrored(world, eu, cn):
    await succeed(eu, "cosigning")
    head = await eu.house.own_log.stamp()
    assert not await cn.link.heads.keep(head)
    assert parse(head)[1].size > await cn.size("eu")
    key = VerifierKey.parse((await row_of(eu, "eu")).cosigning[-1].vkey)
    assert Note.parse(head).signature_of(key) is not None


async def test_successions_race_with_plain_notes(world, thread, linked):
    """Under load no entry is lost, and every receipt verifies by the key of its size."""
    eu, cn = linked

    async def load(node: Node, count: int):
        taken = []
        for number in range(count):
            text = f"{node.party} {number}"
            taken += await node.appender.submit([note(world, node.party, thread, text)])
        return taken

    async with following(eu, cn):
        async with asyncio.TaskGroup() as tasks:
            loads = [tasks.create_task(load(node, 12)) for node in (eu, cn, eu)]
            for role in ("checkpoint", "cosigning", "checkpoint"):
                more = {"checkpoint": "checkpoint-2+"} if role == "checkpoint" else {}
                known = len((await row_of(eu, "eu")).checkpoint)
                await succeed(eu, role, more.get(role, "") if known > 1 else "")
        await until_equal(eu, cn)
    keys = {party: (await row_of(eu, party)).checkpoint for party in ("eu", "cn")}
    receipts = [accepted for done in loads for accepted in done.result()]
    for accepted in receipts:
        verify_checkpoint(_head(accepted), keys[accepted.log])
    assert len({(accepted.log, accepted.index) for accepted in receipts}) == 36
    assert await eu.record.state() == await cn.record.state()


async def test_lost_tail_with_a_succession_heals(world, thread, linked, make_node):
    """Rule 20: the tail that names the new key is itself signed by it; attack 24: no forged key."""
    eu, cn = linked
    async with following(eu, cn):
        await eu.appender.submit([note(world, "eu", thread)])
        for role in ("checkpoint", "cosigning"):
            await succeed(eu, role)
        await eu.appender.submit([note(world, "eu", thread, "After.")])
        await until_equal(eu, cn)
        await eu.link.heads.exchange()
    before = [await eu.record.entries(log, 0, 999) for log in ("eu", "cn")]
    old = await make_node(world, "eu", folder=eu.published._folder)
    await old.catch_up_alone()
    async with serving(cn) as url:
        point(old, url)
        assert await old.link.healer.check()
    assert [await old.record.entries(log, 0, 999) for log in ("eu", "cn")] == before
    assert await old.record.state() == await cn.record.state()
    [accepted] = await old.appender.submit([note(world, "eu", thread, "Now it may.")])
    newest = (await row_of(old, "eu")).checkpoint[-1].verifier
    verify_receipt(Receipt.parse(accepted.receipt), newest)
    assert not {"log-tail-lost", FORGED} & set(old.alarms.heard)


async def test_empty_disk_is_filled_across_successions(world, thread, linked, make_node):
    eu, cn = linked
    async with following(eu, cn):
        for role in ("checkpoint", "cosigning"):
            await succeed(eu, role)
            await succeed(cn, role)
        await until_equal(eu, cn)
    empty = await make_node(world, "eu")
    async with serving(cn) as url:
        point(empty, url)
        assert await empty.link.healer.check()
    assert await empty.record.state() == await cn.record.state()
    await rebuild(empty.record)
    assert await empty.record.state() == await cn.record.state()


async def test_check_of_the_record_knows_the_keys_of_each_size(world, thread, eu):
    """The private log's checkpoints belong to the keys by the own-log frontier."""
    thread_of = {"thread": thread, "body": {"person": world.eu.person("clerk")}}
    for which in ("", "checkpoint-2+"):
        await write(eu, "thread.assigned", **thread_of)
        await succeed(eu, "checkpoint", which)
        world.clock.forward()
    await write(eu, "thread.assigned", **thread_of)
    keys = (await row_of(eu, "eu")).checkpoint
    names = [named_for(key, eu.identity.private_origin).key_hash for key in keys]
    stated = [await eu.record.checkpoint("private", size) for size in (1, 2, 3)]
    lines = [Note.parse(text).signatures for text in stated if text is not None]
    assert [[names.index(line.key_hash) for line in each] for each in lines] == [[0], [1], [2]]
    assert (await checked(eu)).damaged == ()
    size = await eu.size("eu")
    root = (await eu.record.head("eu")).frontier.root()
    forged = eu.identity.sign("eu", size, root, keys[:1])
    await damage.tamper(
        eu.database.superuser,
        f"UPDATE record.checkpoints SET note = $note${forged}$note$ WHERE size = {size}",  # noqa: S608
    )
    assert [one.what for one in (await checked(eu)).damaged] == ["checkpoint"]


async def test_new_link_key_is_accepted_once_it_is_mirrored(world, linked):
    """K19: the directions are independent; attack 27: a revoked key opens nothing."""
    eu, cn = linked
    new = world.cn.make_key("link-2")
    body = {"role": "link", "suite": "ed25519", "public": public_text(new), "reason": "routine"}
    enrolment = world.payload("cn", "machine.enrolled", by="registrar", body=body)
    await cn.appender.submit([signed(world, "cn", enrolment, also=PERSONS)])
    cn.house.peer.client.signer = new
    with pytest.raises(PeerRefusedRequest) as refused:
        await cn.house.peer.client.head()
    assert refused.value.facts["answer"] == "link-key-unknown"
    await _mirrored(eu, cn)
    await cn.house.peer.client.head()
    cn.house.peer.client.signer = world.cn.keys["link"]
    await cn.house.peer.client.head()
    ended = world.revocation("cn", "link", reason="replaced")
    await cn.appender.submit([signed(world, "cn", ended, also=["second-registrar"])])
    await _mirrored(eu, cn)
    with pytest.raises(PeerRefusedRequest) as refused:
        await cn.house.peer.client.head()
    assert refused.value.facts["answer"] == "link-key-unknown"
    cn.house.peer.client.signer = new
    await cn.house.peer.client.head()


async def test_link_goes_over_to_the_new_key_by_itself(world, thread, linked):
    eu, cn = linked
    async with following(eu, cn):
        new = world.cn.make_key("link-2")
        body = {"role": "link", "suite": "ed25519", "public": public_text(new), "reason": "routine"}
        enrolment = world.payload("cn", "machine.enrolled", by="registrar", body=body)
        await cn.appender.submit([signed(world, "cn", enrolment, also=PERSONS)])
        await until_equal(eu, cn)
        for _ in range(2):
            await eu.appender.submit([note(world, "eu", thread)])
            await until_equal(eu, cn)

        async def changed() -> bool:
            cn.naps.wake()  # the rest before the key is looked at again
            return bool(cn.house.peer.client.signer == new)

        await until(cn, changed)
        ended = world.revocation("cn", "link", reason="replaced")
        await cn.appender.submit([signed(world, "cn", ended, also=["second-registrar"])])
        await until_equal(eu, cn)
        await eu.appender.submit([note(world, "eu", thread, "After.")])
        await until_equal(eu, cn)
    assert "link-failed" not in cn.alarms.heard


async def _mirrored(node: Node, owner: Node) -> None:
    while await node.size(owner.party) < await owner.size(owner.party):
        await node.link.mirror.step()
