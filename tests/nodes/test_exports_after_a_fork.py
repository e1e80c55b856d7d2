"""Bundles of both nodes after a fork ended, for readers with heads of before and after (K30)."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from special_channel.cli.app import run as run_command
from special_channel.cli.client import Node
from special_channel.core.bytes.ids import PARTIES, Party
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.test_disowned_tail import LOST, Fork
from tests.nodes.test_root_drills import Ceremony
from tests.nodes.whole import assert_equal

pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(300)]


@pytest_asyncio.fixture
async def made() -> AsyncIterator[Channel]:
    with servers.open_folder() as folder:
        async with channel(folder) as made:
            yield made


Found = tuple[str, list[str]]
"""A verdict, and the codes of all findings."""


class Reader:
    """An overseer with bundles and a trust file, who has no node."""

    def __init__(self, made: Channel, capsys: pytest.CaptureFixture[str]) -> None:
        self.made, self.capsys = made, capsys
        self.bundles: list[Path] = []

    def trust(self, name: str) -> Path:
        """Write a trust file without heads."""
        file = self.made.folder / f"{name}.json"
        file.write_bytes(self.made.trust)
        return file

    async def export(self, party: Party) -> Path:
        target = io.BytesIO()
        url = self.made.settings(party).node.url
        async with aiohttp.ClientSession() as http:
            node = Node(http, url, self.made.officials[party, "desk", 1])
            await node.download("/api/export", {"scope": "all"}, target)
        file = self.made.folder / f"bundle-{len(self.bundles)}-{party}.zip"
        file.write_bytes(target.getvalue())
        self.bundles.append(file)
        return file

    async def run(self, *words: str) -> tuple[int, str]:
        self.capsys.readouterr()
        code = await asyncio.to_thread(run_command, [*words])
        return code, self.capsys.readouterr().out

    async def verify(self, bundle: Path, trust: Path, *more: str) -> Found:
        """Verify a bundle; return the verdict and the codes of all findings."""
        words = ("verify", str(bundle), "--trust", str(trust), *more, "--json")
        report = json.loads((await self.run(*words))[1].splitlines()[-1])
        return report["verdict"], [each["code"] for each in report["findings"]]

    async def said(self, bundle: Path, trust: Path, lang: str) -> str:
        """Return what `verify` prints for people."""
        words = ("--lang", lang, "verify", str(bundle), "--trust", str(trust))
        return (await self.run(*words))[1]

    async def update(self, bundle: Path, trust: Path, *more: str) -> int:
        return (await self.run("trust", "update", str(bundle), "--trust", str(trust), *more))[0]


GOOD: Found = ("authentic-and-complete", [])
VOID: Found = ("contradicted", ["receipt-void", "split-view"])
SAID = {
    "en": ("was signed in two versions", "first {} entries", "declared in EU-", "evidence"),
    "zh-CN": ("存在两个均经签名的版本", "前{}条", "根密钥已在EU-", "仍可证明"),
}
ACCUSING = ("one side", "forged", "invalid", "有一方", "伪造", "无效")


class Story:
    """A fork, ended while readers hold heads of before and of the void tail."""

    def __init__(self, made: Channel, capsys: pytest.CaptureFixture[str]) -> None:
        self.made, self.reader, self.fork = made, Reader(made, capsys), Fork(made, capsys)
        self.common, self.void = self.reader.trust("common"), self.reader.trust("void")
        self.receipt = made.folder / "receipt"
        self.entry = 0

    async def tell(self) -> None:
        made = self.made
        await made.open_thread("eu", "Before.")
        await made.caught_up()
        self.before = await self.reader.export("eu")
        assert await self.reader.update(self.before, self.common) == 0
        await self.fork.make(delivered=self._delivered)
        await made.stop("cn")
        signed = await self.fork.declare(self.fork.size)
        self.entry = (await made.nodes["eu"].core.record.head("eu")).size - 1
        await self.fork.follows(signed)
        await made.until(self.fork.signs)

    async def _delivered(self) -> None:
        accepted = await self.made.note("eu", self.fork.thread, "Forgotten, with a receipt.")
        self.receipt.write_text(accepted.receipt, encoding="utf-8")
        await self.made.caught_up()
        # After a minute of quiet the other side would write `peer.seen` and rest on the tail.
        await self.made.stop("cn")
        self.tail = await self.reader.export("eu")
        assert await self.reader.update(self.tail, self.void) == 0

    async def go_on(self) -> None:
        """Let both sides write until the log is longer than the void tail."""
        for number in range(LOST + 2):
            await self.made.note("eu", self.fork.thread, f"Goes on {number}.")
        await self.made.note("cn", self.fork.thread, "Here as well.")
        await self.made.caught_up()


async def test_bundles_after_a_fork_say_what_is_true(made, capsys):
    story = Story(made, capsys)
    reader = story.reader
    await story.tell()
    await made.caught_up()
    # The log is shorter than the void tail: nobody can tell yet which of the two a head is of.
    short = await reader.export("cn")
    assert await reader.verify(short, story.common) == GOOD
    assert await reader.verify(short, story.void) == ("not-proven", ["head-older"])
    await story.go_on()
    await assert_equal(made)
    after = reader.trust("after")
    for party in PARTIES:
        bundle = await reader.export(party)
        assert await reader.verify(bundle, story.common) == GOOD
        assert await reader.verify(bundle, story.void) == VOID
        held = await reader.verify(bundle, story.common, "--held", str(story.receipt))
        assert held == VOID, "a receipt of the void tail is evidence as well"
        for lang, words in SAID.items():
            said = await reader.said(bundle, story.void, lang)
            for each in words:
                assert each.format(story.fork.size) in said, said
            assert f"EU-{story.entry}" in said
            assert not [word for word in ACCUSING if word in said], said
        assert await reader.update(bundle, after) == 0
    for older in (story.before, short):
        assert await reader.verify(older, after) == ("not-proven", ["head-older", "head-older"])
    assert (await reader.verify(story.tail, after))[0] == "not-proven"


async def test_reader_of_a_void_tail_goes_on_by_side_and_size(made, capsys):
    story = Story(made, capsys)
    reader, void = story.reader, story.void
    await story.tell()
    await story.go_on()
    bundle, before = await reader.export("cn"), void.read_bytes()
    size = story.fork.size
    assert await reader.update(bundle, void) == 2
    assert await reader.update(bundle, void, "--void", f"eu {size + 1}") == 3
    assert await reader.update(bundle, void, "--void", f"cn {size}") == 3
    assert void.read_bytes() == before
    assert await reader.update(bundle, void, "--void", f"eu {size}") == 0
    assert await reader.verify(bundle, void) == GOOD
    assert await reader.verify(await reader.export("eu"), void) == GOOD


async def test_status_of_a_forked_node_is_said_in_words(made, capsys):
    reader, fork = Reader(made, capsys), Fork(made, capsys)
    await fork.make()
    key = made.folder / "eu" / "keys" / "registrar.json"
    where = ("--node", made.settings("eu").node.url, "--as", str(key))
    trust = ("--trust", str(reader.trust("trust")))
    for lang, words in (
        ("en", ("The node has stopped signing.", "how the root ends the fork", "resumes signing")),
        ("zh-CN", ("本节点不再签名。", "分叉终止", "自动恢复签名")),
    ):
        said = (await reader.run("--lang", lang, "status", *where, *trust))[1]
        assert "log-forked" not in said
        for each in words:
            assert each in said, said
    told = json.loads((await reader.run("status", *where, *trust, "--json"))[1].splitlines()[-1])
    assert (told["reason"], "log-forked" in told["alarms"]) == ("log-forked", True)
    root = Ceremony(made, capsys)
    request = await root.request("log.restored", "--size", str(fork.size))
    signed = await root.signed(request, *root.parts[:2])
    said = (await reader.run("recover", *where, "--signed", str(signed)))[1]
    assert "its operator stops the node there and runs resume --restored" in said
    assert "resumes signing; no restart is needed" in said
