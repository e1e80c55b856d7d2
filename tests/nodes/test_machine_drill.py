"""Drill: the keys of checkpoints, cosignatures and the link are replaced under load (K16 to K19).

Commands of the operator and of two registrars, two whole nodes, the link running.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from special_channel.broker.receipts import Accepted
from special_channel.cli.client import Node
from special_channel.core.bytes.ids import Party
from special_channel.core.log.receipt import Receipt
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.log_keys import verify_checkpoint
from special_channel.desk.keyfile import KeyFile
from special_channel.export.verify import verify
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.test_root_drills import Ceremony
from tests.nodes.whole import assert_equal

pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(300)]


@pytest_asyncio.fixture
async def made() -> AsyncIterator[Channel]:
    with servers.open_folder() as folder:
        async with channel(folder) as made:
            yield made


class Drill(Ceremony):
    """The EU's operator and registrars at work."""

    def signed_by(self, registrar: str) -> tuple[str, ...]:
        url = self.made.nodes["eu"].core.settings.node.url
        return "--node", url, "--as", str(self.keys / f"{registrar}.json")

    async def prepare(self, role: str) -> dict[str, Any]:
        return await self.run("machine", "prepare", role, "--config", str(self.settings))

    async def enrol(self, role: str, public: str, *more: str) -> dict[str, Any]:
        """Let two registrars name a key; return what became of the act."""
        stated = ("--public", public, "--reason", "routine", *more)
        begun = await self.run("machine", "enrol", role, *stated, *self.signed_by("registrar"))
        assert begun["state"] == "waiting"
        signed = await self.run("act", "sign", begun["id"], *self.signed_by("registrar-2"))
        assert signed["state"] == "done"
        return signed

    async def succeed(self, role: str) -> dict[str, Any]:
        """Name the key that the founding prepared, and commit to a new one."""
        coming = await self.run("machine", "list", "--config", str(self.settings))
        assert coming
        following = await self.prepare(role)
        public = _public(self.keys / f"{role}-next.json")
        return await self.enrol(role, public, "--next", following["commitment"])


def _public(file: Path) -> str:
    return KeyFile.read(file).public


async def bundle(made: Channel, party: Party) -> bytes:
    """Export everything at a node, as an official does."""
    target = io.BytesIO()
    url = made.nodes[party].core.settings.node.url
    async with aiohttp.ClientSession() as http:
        node = Node(http, url, made.officials[party, "desk", 1])
        await node.download("/api/export", {"scope": "all"}, target)
    return target.getvalue()


@dataclass
class Load:
    """Notes of both sides, one after the other, until it ends."""

    made: Channel
    thread: str
    receipts: list[Accepted] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._write(party)) for party in ("eu", "cn")]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _write(self, party: Party) -> None:
        while True:
            text = f"Note {len(self.receipts)} of {party}."
            self.receipts.append(await self.made.note(party, self.thread, text))


async def test_keys_of_machines_are_replaced_under_load(made, capsys):
    drill = Drill(made, capsys)
    load = Load(made, await made.open_thread("eu"))
    await made.caught_up()
    before = await bundle(made, "eu")
    took: dict[str, float] = {}
    async with load.on():
        for role in ("checkpoint", "cosigning", "link"):
            started = time.monotonic()
            if role == "link":
                await drill.enrol(role, (await drill.prepare(role))["public"])
            else:
                await drill.succeed(role)
            took[role] = time.monotonic() - started
    await made.caught_up()
    await assert_equal(made)
    await all_are_held(made, load.receipts)
    for data in (before, await bundle(made, "eu"), await bundle(made, "cn")):
        report = verify(data, made.trust)
        assert report.verdict == "authentic-and-complete", report.findings
    seconds = ", ".join(f"{role} {lasted:.1f} s" for role, lasted in took.items())
    print(f"Keys replaced under {len(load.receipts)} notes: {seconds}.")  # noqa: T201


async def all_are_held(made: Channel, receipts: list[Accepted]) -> None:
    """Check that the other node has each entry, and each receipt the key of its size."""
    record = made.nodes["cn"].core.record
    row = (await record.rows(frozenset({("party", "eu")})))["party", "eu"]
    assert isinstance(row, PartyRow)
    assert (len(row.checkpoint), len(row.cosigning)) == (2, 2)
    for accepted in receipts:
        if accepted.log == "eu":
            verify_checkpoint(Receipt.parse(accepted.receipt).checkpoint, row.checkpoint)
        log: Party = "eu" if accepted.log == "eu" else "cn"
        held = await record.entries(log, accepted.index, 1)
        assert [entry.id for entry in held] == [accepted.id]
