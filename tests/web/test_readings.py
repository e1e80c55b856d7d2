"""Each answer that shows something of the record leaves a row, before its first byte."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from special_channel.desk.readings import ReadingSealer
from special_channel.desk.signin import token_digest
from special_channel.messages.catalogue import LANGS, catalogue
from special_channel.stores.reads import Readings
from special_channel.web.http.readings import OTHER, READ, UNREAD, What, what_of
from special_channel.web.http.routes import NOUNS, PUBLIC
from tests.damage import tamper
from tests.web.pages_node import PagesNode
from tests.world import World


async def rows(site: PagesNode) -> list[tuple[str, str, str]]:
    """What was read, in order: way, kind, subject."""
    found = await site.node.record.pool.fetch("SELECT * FROM desk.reads ORDER BY id")
    return [(row["way"], row["what"], row["subject"]) for row in found]


async def site_of(pages_of: Any, **changed: Any) -> tuple[PagesNode, Any]:
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    return await pages_of(world, "eu", **changed), thread


def test_tables_name_routes_that_exist():
    routes = {(method, path) for noun in NOUNS.values() for method, path, _ in noun.routes}
    assert not READ.keys() - routes
    assert not UNREAD - {path for _, path in routes}
    assert not UNREAD & {path for _, path in READ}


def test_subject_of_each_route_is_in_its_address():
    for (_, path), what in READ.items():
        in_query = what == What("export", "scope")
        assert not what.subject or in_query or f"{{{what.subject}}}" in path


def test_each_get_of_the_record_is_a_reading():
    routes = {(method, path) for noun in NOUNS.values() for method, path, _ in noun.routes}
    gets = {route for route in routes if route[0] == "GET" and route[1] not in UNREAD}
    assert all(what_of(*route) for route in gets)
    assert what_of("GET", "/a-page-of-tomorrow") is OTHER
    assert what_of("POST", "/api/entries") is None
    without_session = {route for route in PUBLIC if what_of(*route)}
    assert without_session == {("GET", "/calendar/{token}.ics")}


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("/inbox", ("page", "inbox", "")),
        ("/threads?show=all", ("page", "threads", "")),
        ("/threads/{thread}", ("page", "thread", "{thread}")),
        ("/threads/{thread}/now", ("page", "thread", "{thread}")),
        ("/entries/{thread}/evidence", ("page", "entry", "{thread}")),
        ("/entries/{thread}/envelope", ("page", "entry", "{thread}")),
        ("/api/threads", ("api", "threads", "")),
        ("/api/threads/{thread}", ("api", "thread", "{thread}")),
        ("/api/entries/{thread}", ("api", "entry", "{thread}")),
        ("/api/entries?log=eu&first=0&limit=5", ("api", "entries", "")),
        ("/applications", ("page", "applications", "")),
        ("/applications.csv", ("page", "applications", "")),
        ("/api/numbers", ("api", "numbers", "")),
        ("/brief/working/internal", ("page", "brief", "working")),
        ("/deadlines", ("page", "deadlines", "")),
        ("/figures", ("page", "figures", "")),
        ("/rules", ("page", "rules", "")),
    ],
)
async def test_answer_leaves_a_row(pages_of, path, row):
    site, thread = await site_of(pages_of)
    number = str(thread.position)
    assert (await site.get(path.format(thread=number))).status == 200
    assert await rows(site) == [tuple(each.format(thread=number) for each in row)]


async def test_row_names_person_key_and_session(pages_of):
    site, _ = await site_of(pages_of)
    await site.get("/inbox", who="head")
    [row] = await site.node.record.pool.fetch("SELECT * FROM desk.reads")
    side = site.node.world.eu
    assert (row["person"], row["key"]) == (side.person("head"), side.keys["head"].key)
    assert row["session"] == token_digest("token of head")
    assert row["at"] == site.own.node.clock.now()


@pytest.mark.parametrize(
    "path", ["/threads/EU-99999", "/api/threads/EU-99999", "/registrar", "/api/files/" + "0" * 64]
)
async def test_refusal_leaves_no_row(pages_of, path):
    site, _ = await site_of(pages_of)
    assert (await site.get(path)).status in {403, 404}
    assert await rows(site) == []


async def test_stranger_leaves_no_row(pages_of):
    site, _ = await site_of(pages_of)
    assert (await site.get("/inbox", who="")).status == 303
    assert await rows(site) == []


async def test_own_keys_and_state_of_the_node_are_no_readings(pages_of):
    site, _ = await site_of(pages_of)
    for path in ("/keys", "/api/heads", "/api/status", "/link", "/terms", "/help", "/help/answer"):
        assert (await site.get(path)).status == 200
    assert await rows(site) == []


async def test_file_leaves_a_row_before_its_first_byte(pages_of):
    site, _ = await site_of(pages_of)

    async def chunks():
        yield b"words"

    file = await site.own.stores.files.put(chunks(), max_bytes=100, type_="text/plain")
    await _waits_for_its_row(site, f"/api/files/{file.sha256}")
    assert await rows(site) == [("api", "file", file.sha256)]


async def test_page_is_not_answered_before_its_row_is_stored(pages_of):
    site, thread = await site_of(pages_of)
    await _waits_for_its_row(site, f"/threads/{thread.position}")
    assert await rows(site) == [("page", "thread", str(thread.position))]


async def test_stream_leaves_a_row_before_its_first_byte(pages_of):
    site, _ = await site_of(pages_of)
    headers = {"Cookie": f'sc-session-eu="{await site.sign_in("desk")}"'}
    async with site.client.get(site.base + "/api/stream", headers=headers) as response:
        assert response.status == 200
        assert await rows(site) == [("api", "stream", "")]


async def _waits_for_its_row(site: PagesNode, path: str) -> None:
    """Assert that a request is not answered while its row can't be written."""
    async with site.node.record.pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE desk.reads IN EXCLUSIVE MODE")
        request = asyncio.ensure_future(site.get(path))
        async with asyncio.timeout(20):
            while not await connection.fetchval(_WAITS):  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
        assert not request.done()
    assert (await request).status == 200


_WAITS = "SELECT count(*) FROM pg_locks WHERE relation = 'desk.reads'::regclass AND NOT granted"


async def test_nothing_is_answered_whose_row_can_not_be_stored(pages_of):
    site, thread = await site_of(pages_of)
    await tamper(site.node.database.superuser, "ALTER TABLE desk.reads RENAME TO gone")
    for path in (f"/threads/{thread.position}", f"/api/threads/{thread.position}", "/inbox"):
        shown = await site.get(path)
        assert shown.status == 503
        assert "Certificate without stamp" not in shown.html


async def test_readings_of_pages_and_api_are_sealed_together(pages_of):
    site, thread = await site_of(pages_of)
    for path in ("/inbox", f"/api/threads/{thread.position}", "/inbox"):
        await site.get(path)

    async def whole() -> None:
        return None

    node = site.node
    store = Readings(node.record.pool)
    age = site.own.node.clock.now() - site.own.node.clock.now()
    sealer = ReadingSealer(node.appender.perform, node.identity, node.clock, whole, store, age)
    assert await sealer.step() == 3
    [entry] = await node.record.entries("private", 0, 10)
    assert entry.kind == "access.read"
    shared = await node.record.entries("eu", 0, 1000)
    assert not [each for each in shared if each.kind == "access.read"]


def test_each_kind_of_reading_has_words_in_both_languages():
    for word in {what.word for what in READ.values()} | {OTHER.word}:
        for lang in LANGS:
            assert catalogue(lang).label("reading", word) != word
