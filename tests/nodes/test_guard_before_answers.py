"""No answer leaves before the guard on disk knows what it rests on (rule 20), a repeat's neither.

The next commit does not wait for the guard, so this looks at what happens in between.
"""

from __future__ import annotations

import asyncio
import os
import threading

import pytest

from special_channel.broker.commit import Heads
from special_channel.core.submission import Submission
from special_channel.core.writing import part_refs, sign, text_part
from special_channel.ports import LogName, Published, Transaction
from tests.channel import Channel

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Held:
    """The guard's files, but a write waits until `go`."""

    def __init__(self, files: Published) -> None:
        self._files = files
        self.go = threading.Event()
        self.known = 0

    def read(self, log: LogName) -> tuple[int, bytes] | None:
        return self._files.read(log)

    def write(self, log: LogName, size: int, root: bytes) -> None:
        assert self.go.wait(30)
        self._files.write(log, size, root)
        self.known = max(self.known, size)


async def a_note(two_nodes: Channel) -> Submission:
    key = two_nodes.officials["eu", "desk", 1]
    part = text_part("text", os.urandom(32), "A paragraph.")
    thread = await two_nodes.open_thread("eu")
    payload = await two_nodes.payload(
        "eu", key.key, "note.posted", thread=thread, body={}, lang="en", parts=part_refs((part,))
    )
    return sign(payload, [key.signer], [part])


async def nothing(_transaction: Transaction, _heads: Heads) -> None:
    return None


async def test_neither_the_first_nor_the_repeat_is_answered_before_the_guard_knows(
    two_nodes: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = two_nodes.nodes["eu"].core
    item = await a_note(two_nodes)
    before = (await core.record.head("eu")).size
    held = Held(core.published)
    monkeypatch.setattr(core.committer, "_published", held)
    first = asyncio.create_task(core.appender.submit([item]))
    await two_nodes.until(lambda: grown(two_nodes, before))
    repeat = asyncio.create_task(core.appender.submit([item]))
    while core.appender._waiting < len(("first", "repeat")):  # noqa: ASYNC110 - nothing tells it
        await asyncio.sleep(0)
    await core.appender.act(nothing)  # its turn comes after the repeat was judged
    assert not first.done()
    assert not repeat.done()
    held.go.set()
    [one], [other] = await first, await repeat
    assert one.receipt == other.receipt
    assert other.known
    assert held.known > before


async def grown(two_nodes: Channel, before: int) -> bool:
    return (await two_nodes.nodes["eu"].core.record.head("eu")).size > before
