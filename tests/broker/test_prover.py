"""Signatures checked by a process beside the node: the verdicts are those of the node alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
import pytest_asyncio

from special_channel.broker.prover import Prover
from special_channel.core.errors import BadSignature, ChannelError, Malformed
from special_channel.core.judge import Check
from special_channel.core.submission import Incoming, read
from special_channel.core.writing import part_refs, sign, text_part
from special_channel.launcher.signatures import SignatureProcess
from tests.link.nodes import Node, open_node
from tests.stories import busy


class Doubtful:
    """Says of every signature that it does not hold, or has nothing to say."""

    def __init__(self, *, silent: bool) -> None:
        self.silent = silent
        self.asked = 0

    async def verify(self, checks: Sequence[Check]) -> Sequence[bool] | None:
        self.asked += len(checks)
        return None if self.silent else [False] * len(checks)


@pytest_asyncio.fixture
async def node(fresh_database, tmp_path) -> AsyncIterator[Node]:
    async with open_node(busy().world, "eu", await fresh_database(), tmp_path) as made:
        await made.catch_up_alone()
        yield made


@pytest_asyncio.fixture
async def hands() -> AsyncIterator[SignatureProcess]:
    made = SignatureProcess(enough=1)
    await made.verify([("ed25519", bytes(32), b"", bytes(64))])
    yield made
    await made.stop()


def note(node: Node, text: str) -> Incoming:
    part = text_part("text", bytes(32), text)
    thread = busy().thread.leaf.thread
    payload = node.world.payload("eu", "note.posted", thread=thread, lang="en", body={})
    payload |= {"parts": part_refs([part])}
    return read(sign(payload, [node.world.eu.keys["desk"]], [part]), whole=True)


def forged(incoming: Incoming) -> Incoming:
    """Return it with a signature over something else."""
    (signature,) = incoming.envelope.signatures
    turned = replace(signature, sig=bytes(64))
    return replace(incoming, envelope=replace(incoming.envelope, signatures=(turned,)))


def by_nobody(incoming: Incoming) -> Incoming:
    """Return it signed by a key that is not enrolled."""
    (signature,) = incoming.envelope.signatures
    stranger = replace(signature, keyid="eu:" + "0" * 32)
    return replace(incoming, envelope=replace(incoming.envelope, signatures=(stranger,)))


def unreadable(node: Node) -> Incoming:
    """Return an enrolment whose new key can't be read, signed by the registrar as well."""
    keys = node.world.eu.keys
    body = {"suite": "ed25519", "public": "AAAAA", "role": "desk", "unit": "A.1", "desk": "x"}
    payload = node.world.payload("eu", "key.enrolled", by="desk", body=body)
    return read(sign(payload, [keys["registrar"], keys["desk"]]), whole=True)


def own_fault(_what: str, error: Exception) -> ChannelError:
    raise error


async def verdicts(prover: Prover, *requests: Sequence[Incoming]) -> list[object]:
    """Prove these requests as one batch: what each was told."""
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(prover.run())
        found = await asyncio.gather(
            *(prover.prove(tuple(each)) for each in requests), return_exceptions=True
        )
        running.cancel()
    return list(found)


async def told(node: Node, elsewhere: SignatureProcess | Doubtful | None) -> list[object]:
    """Prove good, forged and unknown entries among each other."""
    notes = [note(node, f"Note {number}") for number in range(8)]
    requests = [notes[:3], [notes[3], forged(notes[4])], [by_nobody(notes[5])], notes[6:]]
    requests.append([unreadable(node)])
    return await verdicts(Prover(node.record, own_fault, elsewhere), *requests)


def same(found: Sequence[object], expected: Sequence[object]) -> bool:
    """Compare verdicts; refusals by code and place."""
    plain = [
        [(each.code, each.facts) if isinstance(each, ChannelError) else each for each in side]
        for side in (found, expected)
    ]
    return plain[0] == plain[1]


async def test_verdicts_are_the_same_whoever_verifies(node, hands):
    alone = await told(node, None)
    assert [type(each) for each in alone] == [tuple, BadSignature, tuple, tuple, Malformed]
    assert same(alone[1:2], [BadSignature("signature-bad", "", entry=1)])
    assert alone[2] == (None,), "a key that is not known is left to the judge"
    assert same(await told(node, hands), alone)
    assert hands.pid is not None, "it was asked"


@pytest.mark.parametrize("silent", [True, False])
async def test_who_says_nothing_or_no_is_not_believed(node, silent):
    doubtful = Doubtful(silent=silent)
    assert same(await told(node, doubtful), await told(node, None))
    assert doubtful.asked
