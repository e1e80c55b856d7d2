"""A fork ends by the root: the other side sets the void tail aside (docs/rules.md, K30)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from special_channel.cli.app import run as run_command
from special_channel.cli.exits import exit_code
from special_channel.core.bytes.errors import Unavailable
from special_channel.stores.disowning import disowned
from special_channel.stores.key_holders import KeyHolders
from special_channel.web.http.services import SERVICES
from special_channel.wiring.guards import ask_to_start_alone
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.test_root_drills import Ceremony
from tests.nodes.whole import assert_equal, entries
from tests.restoring import Machine

pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(300)]

RUNNING = exit_code(Unavailable("node-running"))
LOST = 3
"""Entries that the EU's node forgot, and that the other side holds."""


@pytest_asyncio.fixture
async def made() -> AsyncIterator[Channel]:
    with servers.open_folder() as folder:
        async with channel(folder) as made:
            yield made


class Fork:
    """The EU's log in two versions: entries that it forgot, and others signed alone."""

    def __init__(self, made: Channel, capsys: pytest.CaptureFixture[str]) -> None:
        self.made, self.capsys = made, capsys
        self.machine = Machine(made, "eu")
        self.size = 0
        self.thread = ""

    async def make(
        self, *, answered: bool = False, delivered: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Fork the log.

        `answered`: the CN has written something since it copied the tail; `delivered` is called
        once the CN has the tail, while the EU still has it.
        """
        made = self.made
        self.thread = await made.open_thread("eu")
        await made.caught_up()
        dump = await self.machine.dump()
        self.machine.keep("guard", self.machine.guard)
        self.size = (await made.nodes["eu"].core.record.head("eu")).size
        for number in range(LOST):
            await made.note("eu", self.thread, f"Forgotten {number}.")
        await made.caught_up()
        if answered:
            await made.note("cn", self.thread, "All of them are read.")
        if delivered is not None:
            await delivered()
        await made.stop_all()
        await self.machine.restore(dump)
        self.machine.put_back("guard", self.machine.guard)
        await made.start("eu")
        alone = await ask_to_start_alone(made.settings("eu"), "A. Operator", "Wrongly.")
        assert alone == "signs"
        for number in range(2):
            await made.note("eu", self.thread, f"Signed alone {number}.")
        await made.start("cn")
        await made.until(self.forked)

    async def forked(self) -> bool:
        return self.made.nodes["eu"].core.committer.read_only == "log-forked"

    async def follows(self, signed: Path) -> None:
        """Let the CN set the void tail aside while the EU's node runs on."""
        if "cn" in self.made.nodes:
            await self.made.stop("cn")
        await self.resume("--restored", str(signed))
        await self.made.start("cn")

    async def signs(self) -> bool:
        return bool(self.made.nodes["eu"].app[SERVICES].status.ready() == "")

    async def declare(self, size: int, exits: int = 0) -> Path:
        """Let the EU's root declare void what is beyond a size; return the signed entry."""
        root = Ceremony(self.made, self.capsys)
        request = await root.request("log.restored", "--size", str(size))
        signed = await root.signed(request, *root.parts[:2])
        await root.run(
            *("recover", "--node", self.made.settings("eu").node.url, "--signed", str(signed)),
            *("--as", str(root.keys / "registrar.json")),
            exits=exits,
        )
        return signed

    def config(self) -> Path:
        """Write the settings of the CN's node, which is stopped."""
        settings = self.made.settings("cn")
        lines: list[str] = []
        sections = {"node": settings.node, "escalation": settings.escalation}
        sections |= {f"pins.{party}": pin for party, pin in settings.pins.items()}
        for name, section in sections.items():
            fields = section.model_dump(mode="json", exclude_none=True).items()
            lines += [f"[{name}]", *(f"{field} = {json.dumps(value)}" for field, value in fields)]
        file = self.made.folder / "cn.toml"
        file.write_text("\n".join(lines), encoding="utf-8")
        return file

    async def resume(self, *options: str, exits: int = 0) -> str:
        """Run `special-channel resume` for the CN's node; return what it prints."""
        self.capsys.readouterr()
        words = ["resume", *options, "--config", str(self.config()), "--json"]
        assert await asyncio.to_thread(run_command, words) == exits
        out, err = self.capsys.readouterr()
        return err.partition(":")[0] if exits else out


async def assert_shown(fork: Fork, ids: list[str]) -> None:
    """Compare what `resume --show` lists with the entries set aside."""
    shown = [json.loads(line) for line in (await fork.resume("--show")).splitlines()]
    places = [f"EU-{fork.size + place}" for place in range(LOST)]
    assert [one["position"] for one in shown] == places
    assert [one["id"] for one in shown] == ids
    assert all(one["note"].startswith("eu.channel.example/log\n") for one in shown)


async def test_fork_ends_by_the_root_and_the_tail_is_kept(made, capsys):
    fork = Fork(made, capsys)
    await fork.make()
    before = await entries(made.nodes["cn"].core.record, "eu")
    signed = await fork.declare(fork.size)
    await made.stop_all()
    done = json.loads(await fork.resume("--restored", str(signed)))
    assert done == {"moved": LOST, "size": fork.size}
    await assert_shown(fork, [entry.id for entry in before[fork.size :]])
    again = json.loads(await fork.resume("--restored", str(signed)))
    assert again == done, "an interrupted run can be finished"
    await made.start("cn")
    await made.start("eu")
    await made.until(fork.signs)
    await made.note("eu", fork.thread, "Goes on.")
    await made.note("cn", fork.thread, "Here as well.")
    await made.caught_up()
    await assert_equal(made)
    kept = await disowned(made.nodes["cn"].core.record.pool, "eu")
    assert [one.envelope for one in kept] == [entry.envelope for entry in before[fork.size :]]
    kinds = [entry.kind for entry in await entries(made.nodes["cn"].core.record, "eu")]
    assert kinds.count("log.restored") == 1
    await made.stop_all()
    await made.start("cn")
    await made.start("eu")
    await made.note("eu", fork.thread, "After a restart.")
    await made.caught_up()
    await assert_equal(made)
    await made.stop_all()
    refused = await fork.resume("--restored", str(signed), exits=3)
    assert refused == "nothing-disowned", "what was copied since is the true log"


async def test_forked_node_signs_again_without_a_restart(made, capsys):
    """It compares by itself, and not before the other side has followed the root's order."""
    fork = Fork(made, capsys)
    await fork.make()
    node = made.nodes["eu"]
    signed = await fork.declare(fork.size)
    assert (await node.core.record.entries("eu", fork.size, 9))[-1].kind == "log.restored"
    await node.link.healer.check()
    assert await fork.forked(), "the other side still has the void tail"
    with pytest.raises(Unavailable, match="read-only"):
        await made.note("eu", fork.thread, "Too early.")
    await fork.follows(signed)
    await made.until(fork.signs)
    assert made.nodes["eu"] is node
    assert "log-forked" not in node.app[SERVICES].status.alarms()
    await made.note("eu", fork.thread, "Goes on.")
    await made.note("cn", fork.thread, "Here as well.")
    await made.caught_up()
    await assert_equal(made)


async def test_tail_that_our_log_rests_on_is_not_set_aside(made, capsys):
    fork = Fork(made, capsys)
    await fork.make(answered=True)
    before = await entries(made.nodes["cn"].core.record, "eu")
    root = Ceremony(made, capsys)
    request = await root.request("log.restored", "--size", str(fork.size))
    signed = await root.signed(request, *root.parts[:2])
    await made.stop_all()
    assert await fork.resume("--restored", str(signed), exits=3) == "disowned-relied"
    assert await fork.resume("--show") == ""
    await made.start("cn")
    assert await entries(made.nodes["cn"].core.record, "eu") == before


async def test_only_the_other_sides_root_declares_a_tail_void(made, capsys):
    fork = Fork(made, capsys)
    await fork.make()
    root = Ceremony(made, capsys)
    request = await root.request("log.restored", "--size", str(fork.size))
    one = await root.run("root", "sign", str(request), "--part", str(root.parts[0]), "--yes")
    other = await root.request("role.granted", "--role", "registrar", "--desk", "registry",
                               "--unit", "Registry")  # fmt: skip
    granted = await root.signed(other, *root.parts[:2])
    beyond = await root.signed(await root.request("log.restored", "--size", "1"), *root.parts[:2])
    core = made.nodes["cn"].core
    later = core.clock.now() + timedelta(minutes=10)
    await KeyHolders(core.record.pool).tell("web 4711", [], later)
    await made.stop_all()
    assert await fork.resume("--restored", str(beyond), exits=RUNNING) == "node-running"
    await made.start("cn")
    await KeyHolders(made.nodes["cn"].core.record.pool).forget("web 4711")
    await made.stop_all()
    assert await fork.resume("--restored", one["file"], exits=4) == "root-threshold"
    assert await fork.resume("--restored", str(granted), exits=3) == "root-file-malformed"
    assert await fork.resume("--restored", str(beyond), exits=3) in {
        "disowned-size", "disowned-relied",
    }  # fmt: skip
