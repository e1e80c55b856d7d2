"""Overseers read by grants alone: nothing without one, what it names, until its time."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest

from special_channel.core.bytes.errors import BadSignature
from special_channel.core.rows.writing import sign
from special_channel.desk.proposed import SIGNING
from special_channel.web.http.readings import READ, UNREAD
from special_channel.web.http.routes import NOUNS
from special_channel.web.shell import private_log
from tests.web.pages_node import PagesNode, catch_up
from tests.web.test_marked_texts import sent
from tests.world import World

EVERYWHERE = sorted(
    {path for noun in NOUNS.values() for method, path, _ in noun.routes if method == "GET"}
    - UNREAD
    - {"/calendar/{token}.ics"}
)


class Scene:
    """EU's pages with two threads and a list, and an overseer without any grant."""

    def __init__(self, world: World, site: PagesNode) -> None:
        self.world, self.site = world, site
        self.site.scoped = True

    async def status(self, path: str) -> int:
        return (await self.site.get(path, who="oversight")).status

    async def code(self, path: str) -> str:
        shown = await self.site.get(path, who="oversight", headers={"Accept": "application/json"})
        return shown.html.partition("problem:")[2].partition('"')[0]


@pytest.fixture
def scene(pages_of):
    async def make() -> tuple[Scene, Any, Any, Any]:
        world = World.founded()
        first, second = world.open_thread("eu", "First"), world.open_thread("eu", "Second")
        batch = world.list_batch(["FIKTIV-26-0000001"])
        world.note("eu", first.leaf.thread, ("A note.",))
        world.exchange()
        site = await pages_of(world, "eu")
        return Scene(world, site), first, second, batch

    return make


async def test_overseer_without_a_grant_reads_nothing(scene):
    made, *_ = await scene()
    codes = {path: await made.code(re.sub(r"\{\w+\}", "EU-1", path)) for path in EVERYWHERE}
    assert codes == dict.fromkeys(EVERYWHERE, "access-scope")


@pytest.mark.parametrize("path", ["/review", "/priority/EU-1", "/rules/charters/" + "0" * 64])
async def test_overseer_without_a_grant_reads_nothing_by_a_form(scene, path):
    made, *_ = await scene()
    assert "access-scope" in (await made.site.post(path, {}, "oversight")).html


async def test_own_grants_keys_and_sign_in_stay_open(scene):
    made, *_ = await scene()
    for path in ("/keys", "/api/access", "/api/heads", "/api/directory"):
        assert await made.status(path) == 200, path


async def test_grant_of_everything_opens_everything(scene):
    made, first, *_ = await scene()
    await made.site.grant_access()
    for path in ("/inbox", f"/threads/{first.position}", "/applications.csv", "/api/numbers"):
        assert await made.status(path) == 200, path


async def test_grant_of_a_thread_opens_it_alone(scene):
    made, first, second, batch = await scene()
    await made.site.grant_access(threads=[first.leaf.thread])
    number = first.position
    for path in (
        f"/threads/{number}",
        f"/api/threads/{number}",
        f"/api/entries/{number}",
        f"/api/entries/{first.id}",
    ):
        assert await made.status(path) == 200, path
    for path in (
        f"/threads/{second.position}",
        f"/api/threads/{second.position}",
        f"/api/entries/{second.id}",
        f"/batches/{batch.position}",
        f"/api/export?scope={second.position}",
        "/inbox",
        "/threads",
        "/api/entries?log=eu&first=0&limit=10",
        "/api/export",
        "/api/stream",
        "/brief/working/internal",
    ):
        assert await made.code(path) == "access-scope", path


async def test_grant_of_a_list_opens_it_and_its_entry(scene):
    made, first, _, batch = await scene()
    await made.site.grant_access(batches=[batch.id])
    for path in (f"/batches/{batch.position}", f"/api/entries/{batch.position}"):
        assert await made.status(path) == 200, path
    assert await made.code(f"/threads/{first.position}") == "access-scope"


async def test_grant_of_days_opens_what_lies_within(scene):
    made, first, _, _ = await scene()
    today = str(made.site.own.node.clock.now().date())
    await made.site.grant_access(dates={"first": today, "last": today})
    assert await made.status(f"/threads/{first.position}") == 200
    made.world.clock.forward(86_400)
    made.world.note("eu", first.leaf.thread, ("A day later.",))
    await catch_up(made.site.node)
    assert await made.code(f"/threads/{first.position}") == "access-scope"
    assert await made.status(f"/api/entries/{first.position}") == 200


async def test_file_opens_with_the_thread_that_names_it(scene):
    made, first, *_ = await scene()
    await made.site.grant_access(threads=[first.leaf.thread])
    assert await made.code("/api/files/" + "0" * 64) == "access-scope"


async def test_grant_ends_at_its_time(scene):
    made, *_ = await scene()
    await made.site.grant_access(until="2026-11-25T00:00:00Z")
    assert await made.status("/inbox") == 200
    made.world.clock.forward(30 * 86_400)
    assert await made.code("/inbox") == "access-scope"


async def test_ended_grant_admits_nothing(scene):
    made, *_ = await scene()
    grant = await made.site.grant_access()
    assert await made.status("/inbox") == 200
    payload = made.world.payload("eu", "access.ended", by="oversight", ref=grant)
    payload |= {"log": made.world.eu.private_origin, "seen": []}
    entry = sign(payload, [made.world.eu.keys["oversight"]])
    await private_log.store(made.site.own, [entry])
    assert await made.code("/inbox") == "access-scope"


@pytest.mark.parametrize(
    ("query", "orders"),
    [
        ("", ["Order 9/2026", "Order 7/2026", "Order 8/2026"]),
        ("?sort=oldest", ["Order 8/2026", "Order 7/2026", "Order 9/2026"]),
        ("?sort=expiry", ["Order 9/2026", "Order 8/2026", "Order 7/2026"]),
        ("?text=8/2026", ["Order 8/2026"]),
        ("?text=AUDIT+of", ["Order 9/2026", "Order 7/2026", "Order 8/2026"]),
        ("?state=in-force&sort=oldest", ["Order 8/2026", "Order 9/2026"]),
        ("?state=over", ["Order 7/2026"]),
        ("?state=ended", []),
        ("?text=unheard", []),
    ],
)
async def test_grants_are_filtered_and_ordered_alike_everywhere(scene, query, orders):
    made, *_ = await scene()
    for order, year in (("8", 2099), ("7", 2026), ("9", 2050)):
        until = f"{year}-12-01T00:00:00Z"
        await made.site.grant_access(order=f"Order {order}/2026", until=until)
    made.world.clock.forward(30 * 86_400)
    site, who = made.site, "oversight"
    view = json.loads((await site.get(f"/api/access{query}", who)).html)
    assert [each["order"] for each in view["grants"]] == orders
    shown = await site.get(f"/access{query}", who)
    tables = [shown.page.all("group", name) for name in ("Grants in force", "Over or ended")]
    cells = [cell for found in tables for each in found for cell in each.all("cell")]
    told = [cell.name for cell in cells if cell.name.startswith("Order ")]
    # Those in force stand first.
    now = {each["order"] for each in view["grants"] if each["in_force"]}
    listed = [*filter(now.__contains__, orders), *(each for each in orders if each not in now)]
    assert told == listed
    assert ("No grant matches." in shown.text) == ("text" in query or "state" in query)
    href = shown.page.one("link", "CSV").attributes["href"]
    assert href == f"/access.csv?{query[1:].replace('/', '%2F')}"
    rows = [*csv.reader(io.StringIO((await site.get(href, who)).html.lstrip("\ufeff")))]
    assert [row[5] for row in rows[2:] if len(row) > 5 and row[5]] == listed
    assert (await site.get("/access?state=lost", who)).status == 400


async def test_one_part_of_the_root_ends_no_access(scene):
    made, *_ = await scene()
    grant = await made.site.grant_access()
    payload = made.world.payload("eu", "access.ended", by="root", ref=grant)
    payload |= {"log": made.world.eu.private_origin, "seen": []}
    keys = made.world.eu.keys
    with pytest.raises(BadSignature) as refused:
        await private_log.store(made.site.own, [sign(payload, [keys["root"]])])
    assert refused.value.code == "root-threshold"
    assert await made.status("/inbox") == 200
    await private_log.store(made.site.own, [sign(payload, [keys["root"], keys["root-2"]])])
    assert await made.code("/inbox") == "access-scope"


async def test_person_with_a_further_function_reads_by_it(scene):
    made, *_ = await scene()
    made.world.grant("eu", "oversight", role="desk", desk="permits", grant=2)
    await catch_up(made.site.node)
    assert await made.status("/inbox") == 200


@pytest.mark.parametrize("who", ["desk", "head", "registrar"])
async def test_nobody_else_sees_scope_or_purpose(scene, who):
    made, *_ = await scene()
    await made.site.grant_access(purpose="Secret purpose", order="Secret order")
    assert (await made.site.get("/api/access", who=who)).status == 403
    for noun in NOUNS.values():
        for method, path, _ in noun.routes:
            if method == "GET" and "{" not in path and path not in {"/api/stream", "/api/export"}:
                shown = await made.site.get(path, who=who) if ".xlsx" not in path else None
                assert shown is None or "Secret" not in shown.html, path


@pytest.mark.parametrize("who", ["head", "registrar"])
async def test_grant_is_no_entry_for_those_who_erase(scene, who):
    made, *_ = await scene()
    site = made.site
    id_ = await site.grant_access(purpose="Secret purpose", order="Secret order")
    grant = await site.own.desk.access.get(id_)
    for which in (id_, f"PRIVATE-{grant.index}"):
        headers = {"Accept": "application/json"}
        shown = await site.get(f"/api/private/entries/{which}", who=who, headers=headers)
        assert shown.status == 404, which
        assert "entry-unknown" in shown.html


def test_every_subject_of_a_reading_is_known_to_the_scope_or_whole():
    """A kind of reading with a subject that no query knows needs a grant of everything."""
    with_subject = {what.word for what in READ.values() if what.subject}
    assert {"thread", "entry", "list", "file", "export"} <= with_subject


@pytest.mark.parametrize("who", ["oversight", "desk"])
async def test_a_look_before_signing_tells_an_overseer_nothing_of_the_record(scene, who):
    """It was no reading, and named states of the other side and numbers of the record."""
    made, first, *_ = await scene()
    world, number = made.world, "FIKTIV-26-O000001"
    stated = {"number": number, "state": "approved", "as_of": "2026-11-20", "source": "supplier"}
    payload = world.payload("eu", "application.asserted", body=stated)
    note = {"make": "note", "thread": first.leaf.thread, "text": f"Of {number}."}

    async def found(method: str, path: str, body: dict[str, Any], name: str) -> int:
        headers = {"Accept": "application/json"}
        answer = await made.site.ask(method, path, who, "en", json=body, headers=headers)
        assert answer.status == 200, answer.html
        return len(json.loads(answer.html)[name])

    entries = {"entries": [sent(sign(payload, [world.eu.keys["desk"]]))]}
    draft = {"fields": {SIGNING: [json.dumps({"steps": [{"entries": [note]}]})]}, "version": None}
    told = [
        await found("POST", "/api/entries/look", entries, "items"),
        await found("PUT", "/api/drafts/sign x", draft, "found"),
    ]
    assert all(told) if who == "desk" else not any(told)
