"""The four drills: an old dump and an empty database, each with the peer up and down.

Private and shared writes are driven on the restored node, from the loss to the end of recovery by
`special-channel recover`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.cli.app import run as run_command
from special_channel.core.bytes.errors import Unavailable
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.writing import part_refs, sign, text_part
from special_channel.ports import Transaction
from special_channel.web.http.services import SERVICES
from special_channel.wiring.guards import ask_to_start_alone
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.whole import assert_equal
from tests.restoring import Machine

pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(300)]

WRITES = 8
"""Notes of each side in one round: enough to meet a node that flaps."""


@pytest_asyncio.fixture
async def made() -> AsyncIterator[Channel]:
    with servers.open_folder() as folder:
        async with channel(folder) as made:
            yield made


class Drill:
    """One drill on EU's node: what was lost, who signs, what is driven."""

    def __init__(self, made: Channel, thread: str) -> None:
        self.made = made
        self.thread = thread
        self.machine = Machine(made, "eu")
        self.head = made.folder / "eu-head.json"
        made.officials["eu", "head", 1].write(self.head)
        self.registrar = made.folder / "eu" / "keys" / "registrar.json"

    async def write_privately(self) -> None:
        """Write an internal note, as an official does."""
        key = self.made.officials["eu", "desk", 1]
        core = self.made.nodes["eu"].core
        part = text_part("text", os.urandom(32), "For our side alone.")
        payload: dict[str, Any] = {
            "v": 1,
            "log": core.identity.private_origin,
            "kind": "note.internal",
            "by": key.key,
            "at": self.made.now("eu"),
            "seen": [],
            "thread": self.thread,
            "lang": "en",
            "body": {},
            "parts": part_refs((part,)),
        }

        async def decide(_transaction: Transaction, _heads: Heads) -> Act:
            return Act(private=[sign(payload, [key.signer], [part])])

        await core.appender.act(decide)

    async def state_privately(self) -> None:
        """Write what the node itself states in the private log, of an alert for instance."""
        core = self.made.nodes["eu"].core

        async def decide(_transaction: Transaction, heads: Heads) -> Act:
            stating = NodeEntrySigner(core.identity, heads, timestamp(core.clock.now()))
            body = {"alert": os.urandom(32).hex(), "channel": "mail", "state": "sent"}
            return Act(private=[stating.private("alert.sent", body)], may_follow=True)

        await core.appender.perform(decide)

    async def lose(self, dump: Path | None) -> int:
        """Write what is lost, deliver it, and put the database back; return EU's log's size."""
        for number in range(3):
            await self.made.note("eu", self.thread, f"Lost here {number}.")
            await self.write_privately()
        await self.made.caught_up()
        size = (await self.made.nodes["eu"].core.record.head("eu")).size
        await self.made.stop("eu")
        await self.machine.restore(dump)
        return size

    async def signs(self) -> None:
        async def ready() -> bool:
            return self.made.nodes["eu"].app[SERVICES].status.ready() == ""

        await self.made.until(ready)

    async def drive_while_private_waits(self) -> None:
        """Notes go on at both nodes, private entries wait, and readiness never flaps."""
        node = self.made.nodes["eu"]
        for number in range(WRITES):
            await self.made.note("eu", self.thread, f"EU {number}.")
            await self.made.note("cn", self.thread, f"CN {number}.")
            with pytest.raises(Unavailable) as refused:
                await self.write_privately()
            assert refused.value.code == "private-log-behind"
            await self.state_privately()
            assert node.app[SERVICES].status.ready() == ""
        await self.made.caught_up()
        assert "private-log-behind" in node.core.alarms.own()
        lost = node.app[SERVICES].status.private_behind()
        assert lost is not None
        assert lost.held < lost.signed

    async def recover(self, *options: str) -> int:
        """Run `special-channel recover` against the running node; return its exit code."""
        words = ["recover", "--node", self.made.settings("eu").node.url, *options]
        return await asyncio.to_thread(run_command, words)

    async def accept_loss(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Registrar and head accept the loss, each with the command."""
        assert await self.recover("--as", str(self.registrar)) == 0
        told = capsys.readouterr().out
        assert "The end of our private log is lost, and nobody else has it." in told
        assert "names and addresses of officials" in told, "what never comes back is listed"
        desk = self.made.folder / "eu-desk.json"
        if not desk.exists():
            self.made.officials["eu", "desk", 1].write(desk)
        assert await self.recover("--as", str(desk), "--accept-loss") == 4
        assert await self.recover("--as", str(self.registrar), "--accept-loss") == 0
        assert "A registrar has accepted the loss" in capsys.readouterr().out
        with pytest.raises(Unavailable):
            await self.write_privately()
        assert await self.recover("--as", str(self.head), "--accept-loss") == 0
        await self.write_privately()
        assert "private-log-behind" not in self.made.nodes["eu"].core.alarms.own()

    async def owed_follow(self) -> None:
        core = self.made.nodes["eu"].core

        async def settled() -> bool:
            return not await core.record.pool.fetch("SELECT 1 FROM work.owed")

        await self.made.until(settled)
        entries = await core.record.entries("private", 0, 200)
        kinds = [entry.kind for entry in entries]
        assert kinds.count("private.restored") == 1
        assert kinds.count("alert.sent") >= WRITES

    async def lives_on(self) -> None:
        """After a restart without its peer the node signs at once, and both nodes are equal."""
        await self.made.caught_up()
        await assert_equal(self.made)
        await self.made.stop_all()
        await self.made.start("eu")
        await self.made.note("eu", self.thread, "At once.")
        await self.write_privately()
        assert self.made.nodes["eu"].app[SERVICES].status.ready() == ""


async def begin(made: Channel) -> Drill:
    drill = Drill(made, await made.open_thread("eu"))
    await drill.write_privately()
    await made.caught_up()
    return drill


@pytest.mark.parametrize("loss", ["old-dump", "empty-database"])
async def test_drill_with_peer_up(made: Channel, loss: str, capsys: pytest.CaptureFixture[str]):
    drill = await begin(made)
    size = await drill.lose(None if loss == "empty-database" else await drill.machine.dump())
    await made.start("eu")
    await drill.signs()
    assert (await made.nodes["eu"].core.record.head("eu")).size >= size
    await drill.drive_while_private_waits()
    await drill.accept_loss(capsys)
    await drill.owed_follow()
    await drill.lives_on()


@pytest.mark.parametrize("loss", ["old-dump", "empty-database"])
async def test_drill_with_peer_down(made: Channel, loss: str, capsys: pytest.CaptureFixture[str]):
    drill = await begin(made)
    size = await drill.lose(None if loss == "empty-database" else await drill.machine.dump())
    await made.stop("cn")
    node = await made.start("eu")
    for _ in range(3):
        with pytest.raises(Unavailable) as refused:
            await made.note("eu", drill.thread)
        assert refused.value.facts["reason"] == "log-rolled-back"
        await drill.state_privately()
    assert node.app[SERVICES].status.ready() == "log-rolled-back"
    assert {"log-rolled-back", "private-log-behind"} <= {*node.core.alarms.own()}
    taken = await ask_to_start_alone(made.settings("eu"), "A. Operator", "No peer.")
    assert taken == "not-needed", "what the guard knows of can't be signed over"
    if loss == "old-dump":
        await drill.accept_loss(capsys)  # the private log needs no peer
    await made.start("cn")
    await drill.signs()
    assert (await node.core.record.head("eu")).size >= size
    if loss == "empty-database":
        await drill.drive_while_private_waits()
        await drill.accept_loss(capsys)
    await drill.lives_on()


async def test_tail_that_nobody_has_goes_on_by_root_key(
    made: Channel, capsys: pytest.CaptureFixture[str]
):
    drill = await begin(made)
    dump = await drill.machine.dump()
    held = (await made.nodes["eu"].core.record.head("eu")).size
    await made.stop("cn")
    for number in range(3):
        await made.note("eu", drill.thread, f"Delivered to nobody {number}.")
    await made.stop("eu")
    await drill.machine.restore(dump)
    await made.start("eu")
    parts = [made.folder / "eu" / "keys" / f"root-{number}.json" for number in (1, 3)]
    alone = ("--as", str(drill.registrar), "--root", str(parts[0]))
    signed = (*alone, "--root", str(parts[1]))
    assert await drill.recover(*signed) == 6, "the peer was not asked yet"
    assert "peer-not-asked" in capsys.readouterr().err
    await made.start("cn")
    node = made.nodes["eu"]

    async def asked() -> bool:
        return "log-tail-lost" in node.core.alarms.own()

    await made.until(asked)
    assert await drill.recover("--as", str(drill.registrar)) == 0
    assert "No node has the end of our shared log" in capsys.readouterr().out
    assert await drill.recover(*alone) != 0, "one part of the root alone signs nothing"
    assert "root-threshold" in capsys.readouterr().err
    assert await drill.recover(*signed) == 0
    await drill.signs()
    assert (await node.core.record.entries("eu", held, 1))[0].kind == "log.restored"
    assert "log-tail-lost" not in node.core.alarms.own()
    await made.note("eu", drill.thread, "Signed on.")
    await drill.lives_on()
    assert await drill.recover(*signed) == 3, "nothing is lost any more"
