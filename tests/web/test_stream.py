"""The live stream: every event once, from any cursor, with one read of the record for all."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from tests.web.pages_node import PagesNode
from tests.world import World

STREAMS = 8


@contextlib.asynccontextmanager
async def opened(site: PagesNode, after: str = "") -> AsyncIterator[aiohttp.ClientResponse]:
    """A stream with its first line received."""
    headers = {"Cookie": f'sc-session-{site.node.party}="{await site.sign_in("desk")}"'}
    where = f"{site.base}/api/stream" + (f"?after={after}" if after else "")
    async with site.client.get(where, headers=headers) as stream:
        if stream.status == 200:
            assert await stream.content.readline() == b"retry: 2000\n"
            assert await stream.content.readline() == b"\n"
        yield stream


async def event(stream: aiohttp.ClientResponse) -> tuple[str, str, dict[str, Any]]:
    """The next event: cursor, kind and data."""
    told: dict[str, str] = {}
    async with asyncio.timeout(30):
        while (line := (await stream.content.readline()).decode()) != "\n":
            name, _, value = line.rstrip("\n").partition(": ")
            assert name, "a heartbeat came first"
            told[name] = value
    return told.get("id", ""), told["event"], json.loads(told["data"])


async def world_of(pages_of) -> tuple[World, str, PagesNode]:
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread or ""
    world.exchange()
    return world, thread, await pages_of(world, "cn")


async def test_from_a_cursor_on_each_entry_is_told_once_and_in_order(pages_of):
    world, _, site = await world_of(pages_of)
    sizes = {party: world.sides["cn"].copies[party].size for party in ("eu", "cn")}
    async with opened(site, "1.0.0") as stream:
        told = [await event(stream) for _ in range(sum(sizes.values()) - 1)]
    assert [said["position"] for _, kind, said in told if kind == "entry"] == [
        *(f"EU-{index}" for index in range(1, sizes["eu"])),
        *(f"CN-{index}" for index in range(sizes["cn"])),
    ]
    assert told[-1][0].startswith(f"{sizes['eu']}.{sizes['cn']}.")
    async with opened(site, "x") as refused:
        assert refused.status == 400
        assert (await refused.json(content_type=None))["code"] == "cursor-malformed"


async def test_however_many_pages_are_open_a_change_is_read_once_for_all(pages_of):
    world, thread, site = await world_of(pages_of)
    await site.watch()
    async with contextlib.AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(opened(site)) for _ in range(STREAMS)]
        assert {(await event(stream))[1] for stream in streams} == {"menu"}
        site.statements.clear()
        note = world.note("eu", thread, ("Said while pages are open.",))
        await site.node.mirror_all()
        told = [await event(stream) for stream in streams]
    assert [said["id"] for _, _, said in told] == [note.id] * STREAMS
    looked = [each for each in site.statements if "FROM private.heads" in each]
    assert 0 < len(looked) < STREAMS / 2


async def test_a_note_lets_no_stream_read_the_directory_again(pages_of):
    world, thread, site = await world_of(pages_of)
    await site.watch()
    async with opened(site) as stream:
        assert (await event(stream))[1] == "menu"
        site.statements.clear()
        for words in ("One.", "Two."):  # the second arrives once the menu was counted for the first
            note = world.note("eu", thread, (words,))
            await site.node.mirror_all()
            assert (await event(stream))[2]["id"] == note.id
        read = [each for each in site.statements if "SELECT doc FROM record.keys" in each]
        assert read == []
        assert len([each for each in site.statements if "count(DISTINCT thread)" in each]) > 0


async def test_who_is_told_that_the_session_is_over_is_signed_out(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    token = await site.sign_in("desk")
    headers = {"Cookie": f'sc-session-{site.node.party}="{token}"'}
    async with site.client.get(f"{site.base}/api/stream", headers=headers) as stream:
        assert stream.status == 200
        for _ in range(2):  # "retry", and an empty line
            await stream.content.readline()
        assert (await event(stream))[1] == "menu"
        world.append("eu", world.suspension("eu", "desk", "director"))
        async with site.client.get(f"{site.base}/api/sessions", headers=headers) as before:
            assert before.status == 200  # and kept for a second
        await site.node.write_own()
        assert (await event(stream))[1:] == ("over", {"code": "key-suspended"})
        async with site.client.get(f"{site.base}/api/sessions", headers=headers) as after:
            assert (await after.json(content_type=None))["code"] in {
                "key-suspended",
                "session-over",
            }
