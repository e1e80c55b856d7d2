"""Signatures of queued requests checked together: a verdict for each request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest_asyncio

from special_channel.broker.prover import Prover
from special_channel.core.bytes.errors import BadSignature, ChannelError, Malformed
from special_channel.core.rows.submission import Incoming, read
from special_channel.core.rows.writing import part_refs, sign, text_part
from tests.link.nodes import Node, open_node
from tests.stories import busy


@pytest_asyncio.fixture
async def node(fresh_database, tmp_path) -> AsyncIterator[Node]:
    async with open_node(busy().world, "eu", await fresh_database(), tmp_path) as made:
        await made.catch_up_alone()
        yield made


def note(node: Node, text: str) -> Incoming:
    part = text_part("text", bytes(32), text)
    thread = busy().thread.leaf.thread
    payload = node.world.payload("eu", "note.posted", thread=thread, lang="en", body={})
    payload |= {"parts": part_refs([part])}
    return read(sign(payload, [node.world.eu.keys["desk"]], [part]), whole=True)


def forged(incoming: Incoming) -> Incoming:
    """Return the submission with a signature over other bytes."""
    (signature,) = incoming.envelope.signatures
    turned = replace(signature, sig=bytes(64))
    return replace(incoming, envelope=replace(incoming.envelope, signatures=(turned,)))


def by_nobody(incoming: Incoming) -> Incoming:
    """Return the submission signed by a key without enrolment."""
    (signature,) = incoming.envelope.signatures
    stranger = replace(signature, keyid="eu:" + "0" * 32)
    return replace(incoming, envelope=replace(incoming.envelope, signatures=(stranger,)))


def unreadable(node: Node) -> Incoming:
    """Return an enrolment whose new key can't be read, signed by the registrar as well."""
    keys = node.world.eu.keys
    payload = node.world.enrolment("eu", "desk", public="AAAAA")
    return read(sign(payload, [keys["registrar"], keys["desk"]]), whole=True)


def own_fault(_what: str, error: Exception) -> ChannelError:
    raise error


async def verdicts(prover: Prover, *requests: Sequence[Incoming]) -> list[object]:
    """Prove requests in a batch; return each result."""
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(prover.run())
        found = await asyncio.gather(
            *(prover.prove(tuple(each)) for each in requests), return_exceptions=True
        )
        running.cancel()
    return list(found)


async def test_good_forged_and_unknown_in_one_batch_each_have_their_verdict(node):
    notes = [note(node, f"Note {number}") for number in range(8)]
    requests = [notes[:3], [notes[3], forged(notes[4])], [by_nobody(notes[5])], notes[6:]]
    requests.append([unreadable(node)])
    good, with_forged, unknown, also_good, not_read = await verdicts(
        Prover(node.record, own_fault), *requests
    )
    assert good == tuple(frozenset(each.signers) for each in notes[:3])
    assert also_good == tuple(frozenset(each.signers) for each in notes[6:])
    assert isinstance(with_forged, BadSignature)
    assert (with_forged.code, with_forged.facts["entry"]) == ("signature-bad", 1)
    assert unknown == (None,), "a key that is not known is left to the judge"
    assert isinstance(not_read, Malformed)
    assert not_read.code == "key-malformed"
