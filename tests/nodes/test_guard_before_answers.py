"""No response leaves before the guard on disk has its sizes (rule 20), not even for a repeat.

The next commit does not wait for the guard, so this looks at what happens in between, and at
what a fault inside a commit does to those who come after it: nothing.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable

import pytest

from special_channel.broker import working
from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.core.bytes.errors import ChannelError, OutcomeUnknown
from special_channel.core.replay.judge import judge
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import part_refs, sign, text_part
from special_channel.core.rules.doubt import NO_DOUBT
from special_channel.core.rules.judge_context import Candidate
from special_channel.ports import LogName, Published, Transaction
from special_channel.web.http.services import SERVICES
from special_channel.web.node.queries import heads as read_heads
from special_channel.web.shell.proofs import EntryWithProof, find_entry, with_proof
from tests.channel import Channel

pytestmark = pytest.mark.asyncio(loop_scope="module")

READER = KeyRow("eu:" + "0" * 32, "eu", "ed25519", "", 1, person="1" * 32)


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
    monkeypatch.setattr(core.committer, "published", held)
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


async def test_neither_pages_nor_exports_read_a_note_before_the_guard_knows_it(
    two_nodes: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = two_nodes.nodes["eu"]
    own = node.app[SERVICES]
    item = await a_note(two_nodes)
    before = (await node.core.record.head("eu")).size
    held = Held(node.core.published)
    monkeypatch.setattr(node.core.committer, "published", held)
    monkeypatch.setattr(node.core.record._gate, "_published", held)
    first = asyncio.create_task(node.core.appender.submit([item]))
    await two_nodes.until(lambda: grown(two_nodes, before))
    entry = await find_entry(own.stores, f"EU-{before}")

    async def proven() -> EntryWithProof:
        return await with_proof(own.stores, entry, await own.stores.record.heads(), NO_DOUBT)

    read = asyncio.create_task(proven())
    heads = asyncio.create_task(read_heads(own, READER))
    range_ = asyncio.create_task(node.core.record.checkpoints("eu", before, before + 1))
    done, _ = await asyncio.wait({read, heads, range_}, timeout=0.5)
    assert not done
    held.go.set()
    [accepted] = await first
    assert (await read).receipt == accepted.receipt
    assert [each.size for each in (await heads).heads if each.party == "eu"] == [before + 1]
    assert list(await range_) == [before + 1]
    assert held.known > before


async def failing(_transaction: Transaction, _heads: Heads) -> Act:
    raise ZeroDivisionError


async def cancelled_inside(_transaction: Transaction, _heads: Heads) -> Act:
    raise asyncio.CancelledError


async def failing_late(_transaction: Transaction, _heads: Heads) -> Act:
    async def effect(_transaction: Transaction) -> None:
        raise KeyError("late")

    return Act(effect=effect)


@pytest.mark.parametrize("decide", [failing, cancelled_inside, failing_late])
async def test_a_fault_in_a_deed_is_that_deeds_alone(
    two_nodes: Channel, decide: Callable[[Transaction, Heads], Awaitable[Act]]
) -> None:
    core = two_nodes.nodes["eu"].core
    core.alarms.quiet("internal")
    with pytest.raises(OutcomeUnknown, match="send it again"):
        await core.appender.act(decide)
    assert "internal" in core.alarms.codes()
    [accepted] = await core.appender.submit([await a_note(two_nodes)])
    assert not accepted.known


async def test_a_fault_in_judging_one_entry_leaves_its_group_alone(
    two_nodes: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = two_nodes.nodes["eu"].core
    bad, good = await a_note(two_nodes), await a_note(two_nodes)

    def faulty(candidate: Candidate, *rest: object) -> None:
        if candidate.envelope.encode() == bad.envelope:
            raise ZeroDivisionError
        judge(candidate, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(working, "judge", faulty)
        one, other = await asyncio.gather(
            core.appender.submit([bad]), core.appender.submit([good]), return_exceptions=True
        )
    assert isinstance(one, OutcomeUnknown)
    assert isinstance(other, list)
    [accepted] = await core.appender.submit([bad])
    assert not accepted.known


async def test_a_guard_that_cannot_be_written_answers_nobody_and_stops_nobody(
    two_nodes: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = two_nodes.nodes["eu"].core
    item = await a_note(two_nodes)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(core.committer, "published", core.published)
        patch.setattr(type(core.published), "write", full)
        with pytest.raises(OutcomeUnknown):
            await core.appender.submit([item])
    [accepted] = await core.appender.submit([item])
    assert accepted.known


class Fallen:
    """The guard's files, ahead of a database that was set back under a running node."""

    def __init__(self, files: Published, size: int, root: bytes) -> None:
        self._files = files
        self._ahead = size, root

    def read(self, log: LogName) -> tuple[int, bytes] | None:
        return self._ahead if log == "eu" else self._files.read(log)

    def write(self, log: LogName, size: int, root: bytes) -> None:
        self._files.write(log, size, root)


@pytest.mark.parametrize("beyond", [0, 1, 1000])
async def test_over_a_database_that_fell_back_under_a_running_node_nothing_is_signed(
    two_nodes: Channel, monkeypatch: pytest.MonkeyPatch, beyond: int
) -> None:
    """A failover to a copy that lags, in the middle of a session: as many entries, or fewer."""
    core = two_nodes.nodes["eu"].core
    item = await a_note(two_nodes)
    await two_nodes.caught_up()
    size = (await core.record.head("eu")).size
    with monkeypatch.context() as patch:
        fallen = Fallen(core.published, size + beyond, os.urandom(32))
        patch.setattr(core.committer, "published", fallen)
        for _ in range(2):
            with pytest.raises(ChannelError) as refused:
                await core.appender.submit([item])
            assert refused.value.code in {"log-rolled-back", "read-only"}
        assert core.committer.read_only == "log-rolled-back"
        patch.setattr(core.committer, "read_only", "")
    core.committer.read_only = ""
    [accepted] = await core.appender.submit([item])
    assert not accepted.known
