"""A loss is accepted whole or not at all, whenever the process dies."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from typing import Any

import pytest

from special_channel.broker.act import Act
from special_channel.broker.commit import Sealed
from special_channel.broker.guarding import behind
from special_channel.broker.recovering import Recovery, settle_guard
from special_channel.core.bytes.errors import OutcomeUnknown, Refused
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rows.writing import sign
from special_channel.link.checking import FrontierBeyond
from special_channel.link.follower import Follower
from special_channel.stores.recovery import Recoveries
from tests.link.nodes import Node, following, point, serving, until_equal
from tests.link.test_two_nodes import note
from tests.world import World

ROOT = os.urandom(32)
SIGNED = 5


@pytest.fixture
def bereft(eu: Node) -> Node:
    """EU's node with a private log that has lost its five entries."""
    eu.published.write("private", SIGNED, ROOT)
    return eu


@pytest.fixture
def thread(world: World) -> str:
    """A thread, included in both nodes made later."""
    made = world.open_thread("eu", "Subject").leaf.thread
    world.exchange()
    assert made is not None
    return made


def acceptance(world: World, node: Node, *signers: str, **changed: Any) -> Submission:
    body = {"size": 0, "signed": SIGNED, "root": ROOT.hex()} | changed
    payload = world.payload("eu", "private.restored", by="registrar", body=body)
    payload |= {"log": node.identity.private_origin, "seen": []}
    return sign(payload, [world.eu.keys[name] for name in signers])


def recovery(node: Node) -> Recovery:
    async def after() -> None:
        return None

    return Recovery(
        party="eu",
        record=node.record,
        append=node.appender.act,
        published=node.published,
        recoveries=Recoveries(node.record.pool),
        tail_lost=lambda: False,
        after=after,
    )


async def lost(node: Node) -> bool:
    return behind(node.published, await node.record.head("private")) is not None


async def test_two_signatures_let_private_log_go_on(world, bereft):
    made = recovery(bereft)
    first = acceptance(world, bereft, "registrar")
    assert await made.accept_private(first) == []
    assert await made.pending() == first.envelope
    assert await lost(bereft)
    [receipt] = await made.accept_private(acceptance(world, bereft, "registrar", "head"))
    assert receipt.number == "PRIVATE-0"
    assert await made.pending() is None
    assert not await lost(bereft)
    assert bereft.published.read("private")[0] == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"signed": SIGNED + 1}, "restored-size"),
        ({"root": "0" * 64}, "restored-size"),
        ({"size": 1}, "restored-size"),
    ],
)
async def test_acceptance_of_other_sizes_is_refused(world, bereft, changed, code):
    with pytest.raises(Refused) as refused:
        await recovery(bereft).accept_private(
            acceptance(world, bereft, "registrar", "head", **changed)
        )
    assert refused.value.code == code
    assert await lost(bereft)
    assert bereft.published.given_up("private") is None


async def test_acceptance_cut_off_after_commit_is_finished(world, bereft, monkeypatch):
    entry = acceptance(world, bereft, "registrar", "head")
    id_ = read(entry, whole=True).id

    async def dies(_sealed: Sequence[Sealed]) -> None:
        raise OutcomeUnknown("commit-unknown", "The process ended.")

    async def decide(*_: object) -> Act:
        async def effect(_transaction: object) -> None:
            bereft.published.give_up("private", 0, id_)

        return Act(private=[entry], effect=effect, restores=True)

    with monkeypatch.context() as patch:
        patch.setattr(bereft.committer, "publish", dies)
        with pytest.raises(OutcomeUnknown):
            await bereft.appender.act(decide)
    assert await lost(bereft)
    await settle_guard(bereft.record, bereft.published, "private")
    assert not await lost(bereft)
    assert bereft.published.read("private")[0] == 1


async def test_acceptance_cut_off_before_commit_is_taken_back(world, bereft):
    id_ = read(acceptance(world, bereft, "registrar", "head"), whole=True).id
    bereft.published.give_up("private", 0, id_)
    await settle_guard(bereft.record, bereft.published, "private")
    assert bereft.published.given_up("private") is None
    assert bereft.published.read("private") == (SIGNED, ROOT)


async def test_mirror_goes_on_if_tail_came_back_meanwhile(world, thread, eu, cn, make_node):
    """The page was checked against the old copy; by the time it counts, the healer was there."""
    async with contextlib.AsyncExitStack() as stack:
        for node, other in ((eu, cn), (cn, eu)):
            point(other, await stack.enter_async_context(serving(node)))
        async with following(eu, cn):
            await eu.appender.submit([note(world, "eu", thread, "Lost in a moment.")])
            await until_equal(eu, cn)
            await cn.appender.submit([note(world, "cn", thread, "It had that before it.")])
            await until_equal(eu, cn)
    old = await make_node(world, "eu", folder=eu.published._folder)
    await old.catch_up_alone()
    async with serving(cn) as url:
        point(old, url)
        page = await old.house.peer.client.log(await old.size("cn"), 100)
        taken = await Follower(old.shared, old.identity, "cn").take(page)
        assert isinstance(taken.fault, FrontierBeyond)
        assert await old.link.healer.check()
        await old.link.mirror._at_fault(taken.fault)
        assert await old.link.mirror.stopped() == ""


async def test_nothing_is_accepted_where_nothing_is_lost(world, eu):
    with pytest.raises(Refused) as refused:
        await recovery(eu).accept_private(acceptance(world, eu, "registrar", "head"))
    assert refused.value.code == "nothing-lost"
