"""Rows of views edited in the database: no list, count, figure or page shows them."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
import pytest_asyncio

from special_channel.core.bytes.ids import Position
from tests import damage
from tests.permits import LICENCE, draw, issue, reply, request
from tests.stories import busy
from tests.web.damaged import Known, check
from tests.web.pages_node import PagesNode
from tests.world import World

PAGES = (
    "/inbox",
    "/threads",
    "/threads?show=all",
    "/batches",
    "/deadlines",
    "/figures",
    "/alerts",
    "/rules",
    "/keys",
    "/link",
    "/clearances",
    "/licences",
    "/applications",
    "/differences",
    "/numbers",
    "/terms",
    "/meetings",
    "/priority",
    "/fairness",
    "/brief/directors/internal",
    "/brief/ministers/handover",
    "/api/directory",
    "/api/status",
    "/api/threads",
    "/api/batches",
    "/api/applications",
    "/api/differences",
    "/api/licences",
    "/api/priorities",
    "/api/meetings",
    "/api/asks",
    "/api/figures",
    "/api/numbers",
)
"""Every page and answer that lists or counts rows of views."""


@dataclass(frozen=True)
class Case:
    """An edit of rows of a table, and where its marker is seen until the check finds it."""

    table: str
    edit: str
    marker: str
    seen: tuple[str, ...]


def doc(relation: str, path: str, value: str, where: str = "true") -> str:
    """Return a statement that edits a value in rows' documents."""
    edited = f"jsonb_set(doc, '{path}', '{value}')"
    return f"UPDATE {relation} SET doc = {edited} WHERE {where}"  # noqa: S608 - a test's own


CASES = (
    Case(
        "meeting",
        doc("record.meetings", "{on}", '"2011-11-11"'),
        "2011",
        ("/meetings", "/api/meetings"),
    ),
    Case(
        "licence",
        doc("record.licences", "{issues,0,valid_to}", '"2044-04-04"'),
        "2044",
        ("/licences", "/api/licences", f"/licences/{LICENCE}"),
    ),
    Case(
        "draw",
        doc("record.draws", "{quantity}", '"777.125"'),
        "777.125",
        (f"/licences/{LICENCE}", f"/api/licences/{LICENCE}"),
    ),
    Case(
        "priority",
        doc("record.priorities", "{accepted}", '"2011-11-11T11:11:11Z"'),
        "2011",
        ("/priority", "/api/priorities"),
    ),
    Case(
        "batch",
        doc("record.batches", "{list}", '"L1999-09"'),
        "L1999-09",
        ("/batches", "/api/batches"),
    ),
    Case(
        "ask",
        doc("record.asks", "{accepted}", '"2044-04-04T08:00:00Z"', "open"),
        "2044",
        ("/api/asks",),
    ),
    Case(
        "application",
        doc("record.applications", "{eu,0,as_of}", '"1999-09-09"', "key = 'A-1'"),
        "1999",
        ("/applications", "/api/applications"),
    ),
    Case(
        "key",
        doc("record.keys", "{grants,0,desk}", '"Bad desk"', "role = 'desk' AND party = 'cn'"),
        "Bad desk",
        ("/threads/{thread}",),
    ),
    Case(
        "point",
        doc("record.points", "{due}", '"2011-11-11"'),
        "2011",
        ("/api/meetings/{meeting}",),
    ),
)


@pytest.fixture
def story():
    made = busy()
    world = made.world
    meeting = world.meeting("eu", "Third meeting")
    world.point("eu", meeting)
    issue(world, applications=["A-1"])
    draw(world, "125.5")
    asked = request(world, "A-1", "A-2")
    world.exchange()
    reply(world, asked, {"A-1": "granted"})
    world.exchange()
    return made


@pytest.fixture
def known() -> Known:
    return Known()


@pytest_asyncio.fixture
async def pages(pages_of, story, known) -> PagesNode:
    """EU's pages, with a check's findings."""
    served: PagesNode = await pages_of(story.world, "eu", check=known)
    return served


def meeting_of(world: World) -> Position:
    return next(e.position for e in world.eu.own.entries if e.leaf.kind == "meeting.held")


def headers(path: str) -> dict[str, str]:
    return {"Accept": "application/json"} if path.startswith("/api") else {}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.table)
async def test_edited_row_is_nowhere_once_it_is_found(pages, known, story, case):
    seen = [
        path.format(thread=story.thread.position, meeting=meeting_of(story.world))
        for path in case.seen
    ]
    await damage.tamper(pages.node.database.superuser, case.edit)
    for path in seen:
        assert case.marker in (await pages.get(path, headers=headers(path))).html, path
    await check(pages, known)
    assert {f"{case.table} "} == {one.place[: len(case.table) + 1] for one in known.state.damaged}
    for path in {*PAGES, *seen}:
        for lang in ("en", "zh-CN"):
            shown = await pages.get(path, lang=lang, headers=headers(path))
            assert case.marker not in shown.html, path
            if shown.status != 200:
                assert (shown.status, "record-damaged" in shown.html) == (503, True), path


@pytest.mark.parametrize(
    ("table", "relation", "path"),
    [
        ("licence", "record.licences", f"/licences/{LICENCE}"),
        ("meeting", "record.meetings", "/meetings/{meeting}"),
        ("priority", "record.priorities", "/priority/{asked}"),
        ("thread", "record.threads", "/threads/{thread}"),
        ("batch", "record.batches", "/batches/{batch}"),
    ],
)
async def test_damaged_row_asked_for_by_its_number_is_named(
    pages, known, story, table, relation, path
):
    entries = story.world.eu.own.entries
    asked = next(e.position for e in entries if e.leaf.kind == "priority.requested")
    where = path.format(
        thread=story.thread.position,
        batch=story.batch.position,
        meeting=meeting_of(story.world),
        asked=asked,
    )
    assert (await pages.get(where)).status == 200
    edit = f"UPDATE {relation} SET digest = sha256(digest)"  # noqa: S608 - a test's own
    await damage.tamper(pages.node.database.superuser, edit)
    await check(pages, known)
    called = where.rpartition("/")[2]
    for each in (where, f"/api{where}".replace("/priority/", "/priorities/")):
        shown = await pages.get(each, headers=headers(each))
        assert (shown.status, "record-damaged" in shown.html) == (503, True), each
        assert called in shown.text


async def test_counts_leave_a_damaged_row_out(pages, known):
    """Counts cached before the check's finding are not used."""
    await damage.tamper(
        pages.node.database.superuser, "UPDATE record.licences SET digest = sha256(digest)"
    )
    before = json.loads((await pages.get("/api/numbers", headers=headers("/api"))).html)
    await check(pages, known)
    after = json.loads((await pages.get("/api/numbers", headers=headers("/api"))).html)
    assert (len(before["codes"]), len(after["codes"])) == (1, 0)
