"""The same entry again: the same receipt, byte for byte, whenever and wherever from (P2)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
import pytest_asyncio

from special_channel.core.bytes import dsse
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import part_refs, sign
from tests.channel import Channel
from tests.nodes.api import Api
from tests.nodes.desk import forged, words

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def api(two_nodes: Channel, http: aiohttp.ClientSession, party: str = "eu") -> Api:
    assert party in {"eu", "cn"}
    node = Api(http, two_nodes.settings(party).node.url)  # type: ignore[arg-type]
    return await node.sign_in(two_nodes.officials[party, "desk", 1].signer)  # type: ignore[index]


async def a_note(two_nodes: Channel, *, suite: str = "") -> Submission:
    key = two_nodes.officials["eu", "desk", 1]
    part = words(f"A paragraph {os.urandom(4).hex()}{suite}.")
    payload = await two_nodes.payload(
        "eu",
        key.key,
        "note.posted",
        thread=await two_nodes.open_thread("eu"),
        body={},
        lang="en",
        parts=part_refs((part,)),
    )
    return sign(payload, [key.signer], [part])


async def test_the_same_receipt_after_a_restart_and_from_the_other_nodes_copy(
    two_nodes: Channel, http: aiohttp.ClientSession
) -> None:
    item = await a_note(two_nodes)
    first = await (await api(two_nodes, http)).receipt(item)
    await two_nodes.caught_up()
    for party in ("eu", "cn"):
        assert await (await api(two_nodes, http, party)).receipt(item) == first, party
    await two_nodes.stop_all()
    await two_nodes.start("eu", ("web",))
    assert await (await api(two_nodes, http)).receipt(item) == first, "after a restart"
    await two_nodes.stop("eu")
    await two_nodes.start("cn")
    await two_nodes.start("eu")
    node = await api(two_nodes, http, "cn")
    assert await node.receipt(item) == first, "by the node that holds a mirror alone"


async def test_a_retry_grows_neither_log(two_nodes: Channel, http: aiohttp.ClientSession) -> None:
    item = await a_note(two_nodes)
    node = await api(two_nodes, http)
    await node.receipt(item)
    await two_nodes.caught_up()
    state = await two_nodes.nodes["eu"].core.record.state()
    for party in ("eu", "cn"):
        await (await api(two_nodes, http, party)).receipt(item)
    assert await two_nodes.nodes["eu"].core.record.state() == state


async def test_a_retry_among_new_entries_gets_its_old_receipt(
    two_nodes: Channel, http: aiohttp.ClientSession
) -> None:
    node = await api(two_nodes, http)
    old, new = await a_note(two_nodes), await a_note(two_nodes)
    first = await node.receipt(old)
    reply = await node.send(old, new)
    again, made = (item["receipt"] for item in reply.document["receipts"])
    assert again == first
    assert made == await node.receipt(new)


async def test_the_same_entry_twice_in_one_request_is_refused_whole(
    two_nodes: Channel, http: aiohttp.ClientSession
) -> None:
    node, item = await api(two_nodes, http), await a_note(two_nodes)
    size = (await two_nodes.nodes["eu"].core.record.head("eu")).size
    reply = await node.send(item, item)
    assert reply.code == "entry-duplicate"
    assert (await two_nodes.nodes["eu"].core.record.head("eu")).size == size


async def test_a_known_id_with_a_bad_signature_or_other_parts_gets_no_receipt(
    two_nodes: Channel, http: aiohttp.ClientSession
) -> None:
    """Failure modes 3 and 4, on the log's own node and on its peer's."""
    item = await a_note(two_nodes)
    await (await api(two_nodes, http)).receipt(item)
    await two_nodes.caught_up()
    for party in ("eu", "cn"):
        node = await api(two_nodes, http, party)
        alarms = two_nodes.nodes[party].core.alarms
        # Only the session of one of its signers raises the alarm: a stranger could keep it on.
        told = party == "eu"
        assert (await node.send(forged(item))).code == "signature-bad", party
        assert ("known-entry-forged" in alarms.codes()) == told
        alarms.quiet("known-entry-forged")
        other = replace(item, parts=(words("Other words."),))
        assert (await node.send(other)).code == "part-digest", party
        assert ("known-entry-forged" in alarms.codes()) == told
        alarms.quiet("known-entry-forged")


async def test_a_bad_signature_over_an_unknown_entry_is_no_alarm(
    two_nodes: Channel, http: aiohttp.ClientSession
) -> None:
    node = await api(two_nodes, http)
    assert (await node.send(forged(await a_note(two_nodes)))).code == "signature-bad"
    assert "known-entry-forged" not in two_nodes.nodes["eu"].core.alarms.codes()


async def test_a_second_valid_signature_over_a_known_entry_returns_the_first_receipt(
    two_nodes: Channel, http: aiohttp.ClientSession
) -> None:
    """Safari's signatures differ each time; the entry's id stays the same."""
    item = await a_note(two_nodes)
    node = await api(two_nodes, http)
    first = await node.receipt(item)
    clerk = two_nodes.officials["eu", "desk", 2].signer
    envelope = dsse.decode(item.envelope)
    signature = dsse.Signature(clerk.key, clerk.private.sign(envelope.pae))
    other = Submission(envelope.with_signature(signature).encode(), item.parts)
    assert await node.receipt(other) == first
    entry = (await two_nodes.nodes["eu"].core.record.find([envelope.id]))[envelope.id]
    assert entry.envelope == item.envelope, "what stands is what came first"


async def test_an_honest_retry_after_a_refusal_is_taken(
    two_nodes: Channel, http: aiohttp.ClientSession
) -> None:
    """Failure mode 2: a refused entry does not block its id."""
    item = await a_note(two_nodes)
    node = await api(two_nodes, http)
    assert (await node.send(forged(item))).code == "signature-bad"
    assert (await node.send(item)).status == 200


async def test_nobody_else_takes_an_id_by_signing_the_same_bytes(
    two_nodes: Channel, http: aiohttp.ClientSession
) -> None:
    """Failure mode 4: same id, other sender."""
    item = await a_note(two_nodes)
    envelope = dsse.decode(item.envelope)
    stranger = PrivateKey.from_seed("ed25519", os.urandom(32))
    author = two_nodes.officials["eu", "desk", 1].key
    stolen = dsse.Signature(author, stranger.sign(envelope.pae))
    other = Submission(replace(envelope, signatures=(stolen,)).encode(), item.parts)
    node = await api(two_nodes, http)
    assert (await node.send(other)).code == "signature-bad"
    assert (await node.send(item)).status == 200
