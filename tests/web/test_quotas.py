"""Quotas of a person or address, without effect on others."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import aiohttp
import pytest

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.rows.writing import file_part, part_refs, sign
from special_channel.desk.file_scanner import ARRIVING
from special_channel.stores.clearances import Clearances
from special_channel.stores.drafts import DraftQuota, Drafts
from special_channel.web.http.gate import Proxies
from special_channel.web.http.quotas import MOST_ARRIVING, MOST_WAITING
from special_channel.web.http.services import Limits
from tests.web.pages_node import PagesNode, serve_pages
from tests.world import World

KB = 1024
LIMITS = Limits(
    *(KB * KB, KB * KB, 10**6, 10**6), unnamed_file_bytes_per_person=100, streams_per_person=2
)


async def call(
    site: PagesNode, method: str, path: str, who: str = "desk", data: Any = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    cookie = f'sc-session-{site.node.party}="{await site.sign_in(who)}"'
    sent = {"Cookie": cookie} | {name.replace("_", "-"): text for name, text in headers.items()}
    body = json.dumps(data) if isinstance(data, dict) else data
    async with site.client.request(method, site.base + path, data=body, headers=sent) as response:
        told = await response.json(content_type=None)
        if response.status == 429 and "seconds" in told.get("facts", {}):
            assert response.headers["Retry-After"] == str(told["facts"]["seconds"])
        return response.status, told


async def bind_same_person(site: PagesNode, key: str, other: str) -> None:
    """Assign the key of `other` to the owner of `key`."""
    keys = site.node.world.sides[site.node.party].keys
    owner = await site.own.desk.officials.of_key(keys[key].key)
    assert owner is not None
    pool = site.node.record.pool
    await pool.execute(
        "UPDATE desk.official_keys SET official = $1 WHERE key = $2", owner.id, keys[other].key
    )


async def test_streams_of_one_person_are_limited(pages_of):
    site = await pages_of(World.founded(), "cn", limits=LIMITS)

    async def stream(stack: AsyncExitStack, who: str = "desk") -> aiohttp.ClientResponse:
        headers = {"Cookie": f'sc-session-cn="{await site.sign_in(who)}"'}
        url = f"{site.base}/api/stream"
        return await stack.enter_async_context(site.client.get(url, headers=headers))

    async with AsyncExitStack() as stack, AsyncExitStack() as one:
        await stream(one)
        await stream(stack)
        refused = await stream(stack)
        assert (refused.status, refused.headers["Retry-After"]) == (429, "30")
        assert (await refused.json(content_type=None))["code"] == "stream-limit"
        assert (await stream(stack, "clerk")).status == 200
        await one.aclose()
        async with asyncio.timeout(30):
            while (await stream(stack)).status != 200:
                site.own.node.changes.notify()  # the node notices that the reader has gone


async def test_requests_of_one_person_that_wait_for_a_log_are_limited(pages_of):
    site = await pages_of(World.founded(), "cn")
    asked = "/api/heads?log=cn&size=1000"
    # The node's clock stands still, so that all of them wait.
    waits = [
        asyncio.create_task(call(site, "GET", asked, who))
        for who in ("clerk", *["desk"] * (MOST_WAITING + 1))
    ]
    done, waiting = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    status, told = done.pop().result()
    assert (status, told["code"]) == (429, "wait-limit")
    assert str(MOST_WAITING) in told["title"]
    assert re.fullmatch(r"请于\d+秒后再试。", told["next"]), "not when they are answered"
    assert len(waiting) == len(waits) - 1
    assert (await call(site, "GET", "/api/heads?log=cn&size=1"))[0] == 200, "nothing to wait for"
    site.node.clock.ticks += 3
    site.own.node.changes.notify()
    assert {(await each)[0] for each in waiting} == {200}


async def test_challenges_of_one_address_are_limited(pages_of):
    proxies = Proxies(trusted=(ip_network("127.0.0.1"),))
    site = await pages_of(World.founded(), "cn", proxies=proxies)
    door = site.own.desk.door
    body = {"key": site.node.world.sides["cn"].keys["desk"].key}

    async def ask(address: str) -> tuple[int, dict[str, Any]]:
        return await call(site, "POST", "/api/signin/challenge", data=body, X_Forwarded_For=address)

    most = door.challenges_per_client
    assert {(await ask("198.51.100.1"))[0] for _ in range(most)} == {200}
    status, told = await ask("198.51.100.1")
    assert (status, told["code"]) == (429, "challenge-limit")
    assert (await ask("198.51.100.2"))[0] == 200
    site.node.world.clock.seconds += 121
    assert (await ask("198.51.100.1"))[0] == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("page", ["\x00", "a b", "页"])
async def test_draft_of_a_page_with_another_name_is_refused(pages_of, method, page):
    node = (await pages_of(World.founded(), "cn")).node
    async with serve_pages(node) as site:
        data = {"fields": {"text": "one"}} if method == "PUT" else {}
        status, told = await call(site, method, "/api/drafts/a", "desk", data | {"page": page})
        assert (status, told["code"]) == (400, "request-malformed")


async def test_draft_without_version_replaces_what_is_saved(pages_of):
    """What is to be signed is saved anew by each window, and left by one that was closed."""
    node = (await pages_of(World.founded(), "cn")).node
    path = "/api/drafts/sign%20note.acknowledged"
    async with serve_pages(node) as site:
        for text, page in (("one", "a"), ("two", "b")):
            data: dict[str, Any] = {"fields": {"draft": [text]}, "version": None, "page": page}
            assert (await call(site, "PUT", path, "desk", data))[0] == 200
        assert (await call(site, "GET", path))[1]["fields"] == {"draft": ["two"]}
        data = {"fields": {"draft": ["three"]}, "version": 0, "page": "c"}
        assert (await call(site, "PUT", path, "desk", data))[1]["code"] == "draft-elsewhere"
        assert (await call(site, "DELETE", path, "desk", {"version": None}))[0] < 300
        assert (await call(site, "GET", path))[1].get("fields") is None


async def test_drafts_left_by_closed_windows_never_stop_an_act(pages_of):
    """A full set of texts leaves room to sign, and drafts shown for signing end after a day."""
    node = (await pages_of(World.founded(), "cn")).node
    key = node.world.cn.keys["desk"].key
    drafts = Drafts(node.record.pool, DraftQuota(count=2, length=400))
    now = node.clock.now()
    for name in ("a", "b"):
        await drafts.save(key, name, "text", now - timedelta(days=9))
    for name in ("sign a", "sign b"):
        await drafts.save(key, name, "left", now - timedelta(days=2))
    assert await drafts.save(key, "sign c", "now", now)
    assert [bool(await drafts.load(key, name)) for name in ("a", "b", "sign a", "sign b")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert await drafts.save(key, "sign d", "now", now)
    with pytest.raises(RuleBroken, match="draft"):
        await drafts.save(key, "sign e", "now", now)


async def test_drafts_of_one_person_are_limited(pages_of):
    node = (await pages_of(World.founded(), "cn")).node
    drafts = Drafts(node.record.pool, DraftQuota(count=2, length=400))
    async with serve_pages(node, drafts=drafts) as site:

        async def save(name: str, text: str, who: str = "desk") -> tuple[int, str]:
            version = {"version": 0, "page": f"page-{name}"}
            data = {"fields": {"text": text}} | version
            status, told = await call(site, "PUT", f"/api/drafts/{name}", who, data)
            return status, told.get("code", "")

        assert await save("a", "one") == (200, "")
        assert await save("b", "two") == (200, "")
        assert await save("c", "three") == (429, "draft-limit")
        assert await save("b", "two and more") == (200, ""), "what is there may grow"
        assert await save("b", "x" * 400) == (429, "draft-limit")
        assert await save("c", "a colleague's", "clerk") == (200, "")
        await bind_same_person(site, "desk", "clerk")
        assert await save("d", "another key of the same person", "clerk") == (429, "draft-limit")
        assert (await call(site, "GET", "/api/drafts/b"))[1]["fields"] == {"text": "two and more"}


async def test_draft_that_is_deleted_is_gone(pages_of):
    node = (await pages_of(World.founded(), "cn")).node
    async with serve_pages(node) as site:
        data = {"fields": {"text": "one"}, "version": 0, "page": "a"}
        _, saved = await call(site, "PUT", "/api/drafts/a", "desk", data)
        assert (await call(site, "GET", "/api/drafts/a"))[1]["fields"] == {"text": "one"}
        gone = {"version": saved["version"], "page": "a"}
        assert (await call(site, "DELETE", "/api/drafts/a", "desk", gone))[0] < 300
        status, left = await call(site, "GET", "/api/drafts/a")
        assert (status, "fields" in left) == (200, False)


async def test_waiting_drafts_beyond_the_quota_are_refused(pages_of):
    world = World.founded()
    node = (await pages_of(world, "eu")).node
    clearances = Clearances(node.record.pool, most=DraftQuota(count=1, length=KB * KB))

    def draft(list_: str) -> dict[str, Any]:
        parts = [world.data("list", {"rows": [{"row": 1, "number": "A-1"}]})]
        payload = world.payload("eu", "batch.listed", body={"list": list_, "rows": 1})
        signer = world.eu.keys["desk"]
        made = sign(payload | {"parts": part_refs(parts)}, [signer], parts)
        return {"envelope": made.envelope.decode(), "parts": [part.decode() for part in parts]}

    async with serve_pages(node, clearances=clearances) as site:
        first = draft("W47")
        assert (await call(site, "POST", "/api/clearances", data=first))[0] == 200
        assert (await call(site, "POST", "/api/clearances", data=first))[0] == 200, "the same"
        for lang, words in (("en", "already waiting for release"), ("zh-CN", "提请复核")):
            status, told = await call(
                site, "POST", f"/api/clearances?lang={lang}", data=draft("W48")
            )
            assert (status, told["code"]) == (429, "release-limit")
            assert words in told["title"]
    assert len(await clearances.waiting()) == 1


async def test_unnamed_files_of_one_person_are_limited(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu", limits=LIMITS)
    assert (await call(site, "POST", "/api/files", data=b"a" * 60))[0] == 200
    status, told = await call(site, "POST", "/api/files", data=b"b" * 60)
    assert (status, told["code"]) == (429, "upload-limit")
    assert (await call(site, "POST", "/api/files", "clerk", data=b"b" * 60))[0] == 200
    await bind_same_person(site, "desk", "clerk")
    assert (await call(site, "POST", "/api/files", "clerk", data=b"c"))[0] == 429
    # Days alone change nothing: a file counts until it is deleted.
    world.clock.seconds += 30 * 86400
    assert (await call(site, "POST", "/api/files", data=b"c" * 60))[0] == 429
    assert await site.own.stores.files.drop_unnamed(timedelta(days=-1), 10) == 2
    assert (await call(site, "POST", "/api/files", data=b"c" * 60))[0] == 200


async def test_named_file_leaves_the_quota(pages_of):
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread
    site = await pages_of(world, "eu", limits=LIMITS)
    status, told = await call(site, "POST", "/api/files", data=b"a" * 60)
    assert status == 200
    part = file_part(bytes(32), "a.txt", "text/plain", 60, told["sha256"])
    note = world.payload("eu", "note.posted", thread=thread, lang="en")
    world.append("eu", note, [world.text("With a file."), part])
    await site.node.write_own()
    assert (await call(site, "POST", "/api/files", data=b"b" * 60))[0] == 200


async def test_uploads_under_way_count(pages_of):
    site = await pages_of(World.founded(), "eu", limits=LIMITS)
    begun, finish = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"a" * 30
        begun.set()
        await finish.wait()
        yield b"a" * 30

    first = asyncio.create_task(call(site, "POST", "/api/files", data=slowly()))
    async with asyncio.timeout(30):
        await begun.wait()
        while (await call(site, "POST", "/api/files", data=b"b" * 60))[0] != 429:
            pass  # until the node has begun with the first
        finish.set()
        status, told = await first
    # Either way the two together stay within the quota.
    assert status == 200 or told["code"] == "upload-limit"
    held = await site.own.desk.uploads.unnamed(site.node.world.sides["eu"].keys["desk"].key)
    assert held <= LIMITS.unnamed_file_bytes_per_person


async def test_uploads_that_arrive_at_once_are_limited(pages_of, monkeypatch):
    """Who sends slowly keeps nobody else waiting, also with files that are not looked through."""
    monkeypatch.setattr("special_channel.web.node.api.MOST_READ", 10)
    limits = replace(LIMITS, unnamed_file_bytes_per_person=10 * KB * KB)
    site = await pages_of(World.founded(), "eu", limits=limits)
    places, finish = site.own.desk.scanner.arriving, asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"a" * 30
        await finish.wait()
        yield b"a" * 30

    async def held() -> int:
        while (status := (await call(site, "POST", "/api/files", data=slowly()))[0]) == 503:
            pass  # the short one below was before it
        return status

    slow = [asyncio.create_task(held()) for _ in range(MOST_ARRIVING)]
    async with asyncio.timeout(30):
        while (told := await call(site, "POST", "/api/files", data=b"b"))[0] == 200:
            pass  # until the node has begun with both
    assert (told[0], told[1]["code"]) == (503, "reader-busy")
    assert (await call(site, "POST", "/api/files", "clerk", data=b"c"))[0] == 200
    for _ in range(ARRIVING - MOST_ARRIVING):
        await places.acquire()
    full = await call(site, "POST", "/api/files?lang=zh-CN", "clerk", data=b"c")
    assert (full[0], full[1]["code"]) == (503, "reader-busy")
    places.release()
    assert (await call(site, "POST", "/api/files", "clerk", data=b"c"))[0] == 200
    finish.set()
    assert await asyncio.gather(*slow) == [200, 200]
    assert (await call(site, "POST", "/api/files", data=b"b"))[0] == 200
