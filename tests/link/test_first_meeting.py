"""Two nodes at their first contact, and cosignatures that can't be checked yet."""

from __future__ import annotations

import contextlib

import orjson
import pytest_asyncio

from special_channel.core.log.note import Note
from tests.link.nodes import point, serving

FOUNDING = 1


@pytest_asyncio.fixture
async def strangers(make_node, world):
    """Both have founded their party and hold nothing of the other; nobody follows."""
    eu, cn = await make_node(world, "eu"), await make_node(world, "cn")
    for node in (eu, cn):
        await node.write_own(FOUNDING)
    async with contextlib.AsyncExitStack() as stack:
        for node, other in ((eu, cn), (cn, eu)):
            point(other, await stack.enter_async_context(serving(node)))
        yield eu, cn


async def cosigned(node) -> int:
    return int((await node.record.head(node.party)).cosigned)


async def test_a_cosignature_waits_quietly_until_the_peer_holds_our_founding(strangers):
    eu, cn = strangers
    await cn.link.mirror.step()
    for _ in range(3):
        assert await cn.link.delivery.step() is False
    assert await cosigned(eu) == 0
    await eu.link.mirror.step()
    assert await cn.link.delivery.step() is True
    assert await cosigned(eu) == FOUNDING
    assert cn.alarms.heard == eu.alarms.heard == []


async def test_a_cosignature_in_the_page_that_brings_the_founding_is_taken_by_the_next(strangers):
    eu, cn = strangers
    await cn.link.mirror.step()
    await eu.link.mirror.step()
    await eu.link.mirror.step()
    assert await cosigned(eu) == FOUNDING
    assert eu.alarms.heard == []


async def test_a_cosignature_on_a_tree_that_the_peer_lacks_is_an_alarm(make_node, cn, world):
    await cn.mirror_all()
    short = await make_node(world, "eu")
    await short.write_own(FOUNDING)
    async with serving(short) as url:
        point(cn, url)
        assert await cn.link.delivery.step() is True
    assert cn.alarms.ringing["cosignature-unwanted"]["reason"] == "cosignature-size"


async def test_a_cosigned_note_without_the_cosignature_is_an_alarm(strangers):
    eu, cn = strangers
    await cn.link.mirror.step()
    await eu.link.mirror.step()

    def strip(_request, body: bytes) -> bytes:
        page = orjson.loads(body)
        if page.get("cosigned"):
            note = Note.parse(page["cosigned"])
            page["cosigned"] = Note(note.text, note.signatures[:1]).encode()
        return orjson.dumps(page)

    async with serving(cn, tap=strip) as url:
        point(eu, url)
        await eu.link.mirror.step()
    assert eu.alarms.ringing["cosignature-refused"]["reason"] == "cosignature-absent"
    assert await cosigned(eu) == 0
