"""Exports over HTTP: made outside the node's memory, streamed, and gone whoever goes away."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import os
import sys
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from special_channel.broker.act import Decide
from special_channel.cli.client import Node
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import NotFound, Unavailable
from special_channel.core.rows.writing import file_part, text_part
from special_channel.export.verify import verify
from special_channel.stores.file_scans import FileScans
from special_channel.stores.files import Files
from special_channel.stores.views import Views
from special_channel.web.http.services import Bundle
from special_channel.wiring import exporting
from special_channel.wiring.exporting import exporter
from special_channel.wiring.founding import guard_folder
from tests.channel import Channel
from tests.nodes.api import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")

LARGE = 20_000_000
"""Bytes of the attachment in the thread whose export is measured."""

ADDED = 30_000_000
"""Bytes that three such exports at once may add to the node."""


async def attached(made: Channel, size: int) -> str:
    """A thread of the EU's with a file of this size; its registration number."""
    thread = await made.open_thread("eu", "Large")
    content = os.urandom(1000) * (size // 1000)

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, size, 1_000_000):
            yield content[start : start + 1_000_000]

    core, key = made.nodes["eu"].core, made.officials["eu", "desk", 1]
    digest = sha256(content).hexdigest()
    await Files(core.record.pool).put(chunks(), max_bytes=size, type_="text/plain")
    payload = await made.payload("eu", key.key, "note.posted", thread=thread, body={}, lang="en")
    parts = (
        text_part("text", os.urandom(32), "See the file."),
        file_part(os.urandom(32), "large.txt", "text/plain", size, digest),
    )
    await made.submit("eu", payload, key.signer, parts=parts)
    await made.caught_up()
    entries = await Views(core.record.pool).thread_entries(thread)
    return next(f"EU-{each.index}" for each in entries if each.kind == "thread.opened")


def nameless() -> frozenset[str]:
    """Unnamed files open in this process; pytest has some of its own."""
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            target = str(descriptor.readlink())
            if target.endswith(" (deleted)"):
                found.add(target)
    return frozenset(found)


async def gone(before: frozenset[str]) -> None:
    """Wait until no export's file is open; only the browser's end of a connection tells."""
    async with asyncio.timeout(30):
        while nameless() - before:  # noqa: ASYNC110 - a closed file signals nobody
            await asyncio.sleep(0.05)


async def api_of(made: Channel, http: aiohttp.ClientSession) -> Api:
    api = Api(http, made.nodes["eu"].core.settings.node.url)
    return await api.sign_in(made.officials["eu", "desk", 1].signer)


async def looked_into(made: Channel) -> None:
    """Wait until each node has looked into each of its files, which takes a file's memory."""
    scans = [FileScans(node.core.record.pool) for node in made.nodes.values()]

    async def done() -> bool:
        return not any([await each.unlooked(1) for each in scans])

    await made.until(done)


async def test_three_large_exports_add_little_to_the_node(two_nodes: Channel) -> None:
    before = nameless()
    number = await attached(two_nodes, LARGE)
    await looked_into(two_nodes)
    async with aiohttp.ClientSession() as http:
        api = await api_of(two_nodes, http)
        assert await drained(await exported(api, number)) > LARGE  # what is made once is made
        gc.collect()
        tracemalloc.start()
        try:
            start, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            # All three are on their way before any is read.
            answers = await asyncio.gather(*(exported(api, number) for _ in range(3)))
            lengths = await asyncio.gather(*map(drained, answers))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert min(lengths) > LARGE
    assert peak - start < ADDED
    await gone(before)


async def exported(api: Api, number: str) -> aiohttp.ClientResponse:
    """Ask for an export; return once its first bytes came."""
    answer = await api.http.get(
        f"{api.url}/api/export",
        params={"scope": number},
        headers={"Authorization": f"Bearer {api.token}"},
    )
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return answer


async def drained(answer: aiohttp.ClientResponse) -> int:
    """Read a response without storing it; return its length."""
    length = 0
    async for chunk in answer.content.iter_any():
        length += len(chunk)
    assert length == int(answer.headers["Content-Length"])
    return length


async def test_export_file_is_gone_when_the_client_goes_away(two_nodes: Channel) -> None:
    before = nameless()
    number = await attached(two_nodes, LARGE)
    async with aiohttp.ClientSession() as http:
        api = await api_of(two_nodes, http)
        answer = await exported(api, number)
        assert await answer.content.readany()
        assert nameless() - before, "the bundle waits in a file while it is sent"
        answer.close()
        await gone(before)
        assert (await api.call("GET", "/api/status")).status in {200, 404}


async def test_command_writes_the_export_piece_by_piece(two_nodes: Channel) -> None:
    number = await attached(two_nodes, 3_000_000)
    pieces: list[int] = []

    class Counting(io.BytesIO):
        def write(self, data, /):
            pieces.append(len(data))
            return super().write(data)

    target = Counting()
    url = two_nodes.nodes["eu"].core.settings.node.url
    async with aiohttp.ClientSession() as http:
        node = Node(http, url, two_nodes.officials["eu", "desk", 1])
        await node.download("/api/export", {"scope": number}, target)
    assert max(pieces) < 1_000_000
    report = verify(target.getvalue(), two_nodes.trust)
    assert report.verdict == "authentic-and-complete"
    assert report.export["basis"] == "own-record"
    assert report.export["role"] == "desk"


async def test_unknown_thread_is_refused_by_its_code(two_nodes: Channel) -> None:
    before = nameless()
    async with aiohttp.ClientSession() as http:
        api = await api_of(two_nodes, http)
        reply = await api.call("GET", "/api/export?scope=EU-9999")
    assert (reply.status, reply.code) == (404, "thread-unknown")
    with pytest.raises(NotFound):
        await made_of(two_nodes, "EU-9999")
    await gone(before)


async def test_maker_that_dies_is_an_error_and_leaves_no_file(
    two_nodes: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = nameless()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(Unavailable) as caught:
        await made_of(two_nodes, "all")
    assert caught.value.code == "export-failed"
    await gone(before)


async def test_maker_that_takes_too_long_is_ended(
    two_nodes: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = nameless()
    monkeypatch.setattr(exporting, "SECONDS", 0)
    with pytest.raises(Unavailable) as caught:
        await made_of(two_nodes, "all")
    assert caught.value.code == "export-failed"
    await gone(before)


async def stated(made: Channel) -> list[dict[str, Any]]:
    """The bodies of all `export.made` in the EU's private log, in order."""
    entries = await made.nodes["eu"].core.record.entries("private", 0, 10_000)
    payloads = [
        json.loads(dsse.decode(each.envelope).payload)
        for each in entries
        if each.kind == "export.made"
    ]
    assert {each["by"] for each in payloads} <= {made.nodes["eu"].core.identity.node.key}
    return [each["body"] for each in payloads]


async def test_export_is_stated_in_the_private_log(two_nodes: Channel) -> None:
    """By API and by command alike: who asked, for what, and the digest of the very bytes."""
    number = await attached(two_nodes, 1000)
    url = two_nodes.nodes["eu"].core.settings.node.url
    before = len(await stated(two_nodes))
    async with aiohttp.ClientSession() as http:
        api = await api_of(two_nodes, http)
        reply = await api.call("GET", f"/api/export?scope={number}")
        node, target = Node(http, url, two_nodes.officials["eu", "desk", 1]), io.BytesIO()
        await node.download("/api/export", {"scope": "all"}, target)
    desk = two_nodes.officials["eu", "desk", 1].key
    assert (await stated(two_nodes))[before:] == [
        {
            "scope": scope,
            "asked_by": desk,
            "basis": "own-record",
            "sha256": sha256(data).hexdigest(),
        }
        for scope, data in ((number, reply.body), ("all", target.getvalue()))
    ]
    for data in (reply.body, target.getvalue()):
        assert verify(data, two_nodes.trust).export["asked_by"] == desk


async def test_export_that_can_not_be_stated_is_not_given(two_nodes: Channel) -> None:
    before, many = nameless(), len(await stated(two_nodes))
    with pytest.raises(Unavailable) as caught:
        await made_of(two_nodes, "all", refusing)
    assert caught.value.code == "read-only"
    await gone(before)
    async with aiohttp.ClientSession() as http:
        api = await api_of(two_nodes, http)
        assert (await api.call("GET", "/api/export?scope=EU-9999")).status == 404
    assert len(await stated(two_nodes)) == many, "nothing was taken"


async def test_same_export_twice_in_a_second_is_given_twice(
    two_nodes: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal bytes, key and second make the same entry."""
    await two_nodes.caught_up()  # a cosignature that arrives between the two changes the bytes
    core, many = two_nodes.nodes["eu"].core, len(await stated(two_nodes))
    now = core.clock.now()
    monkeypatch.setattr(type(core.clock), "now", lambda _self: now)
    for _ in range(2):
        assert (await made_of(two_nodes, "all")).length > 0
    monkeypatch.undo()
    assert len(await stated(two_nodes)) == many + 1


async def refusing(_decide: object) -> None:
    raise Unavailable("read-only", "Nothing can be written.")


async def made_of(
    made: Channel, scope: str, append: Callable[[Decide], Awaitable[object]] | None = None
) -> Bundle:
    core = made.nodes["eu"].core
    guard, append = guard_folder(core.settings), append or core.appender.act
    export = exporter(core.engines.node, guard, core.identity, core.clock, append)
    async with export(scope, core.identity.node.key) as bundle:
        return bundle
