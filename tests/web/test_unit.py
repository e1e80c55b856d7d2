"""What each desk holds, for heads: page, API and file of one model, and threads handed over."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest

from tests.web.pages_node import PagesNode, catch_up
from tests.web.reading import Element
from tests.web.test_assign import Scene
from tests.web.test_page_acts import laid_before

SOON, LATE = "2026-11-25T11:00:00Z", "2026-11-24T08:30:00Z"


class Unit(Scene):
    """Two threads of the other side, with questions to us: one date is ahead, one has passed."""

    def __init__(self) -> None:
        super().__init__()
        world = self.world
        for thread, due in zip(self.threads, (SOON, LATE), strict=True):
            asks = [world.ask("cn", due)]
            world.note("cn", thread.leaf.thread, ("Is it complete?",), asks=asks)
        world.exchange()
        world.clock.forward(3600)

    async def model(self, site: PagesNode, query: str = "", who: str = "head") -> dict[str, Any]:
        shown = await site.get(f"/api/unit{query}", who)
        assert shown.status == 200, shown.html
        view: dict[str, Any] = orjson.loads(shown.html)
        return view


def cells(page: Element, name: str) -> list[list[str]]:
    """Texts of the rows of the table that a heading names."""
    [table] = [
        each
        for group in page.all("group")
        if group.name.startswith(name)
        for each in group.all("table")
    ]
    return [
        [cell.text for cell in row.within() if cell.tag in {"td", "th"}]
        for row in table.all("row")[1:]
    ]


async def test_desks_are_counted_and_threads_of_nobody_named(pages_of):
    scene = Unit()
    site = await pages_of(scene.world, "eu")
    view = await scene.model(site)
    assert [(each["desk"], each["open"], each["passed"]) for each in view["desks"]] == [
        ("licensing", 0, 0), ("-", 2, 1),
    ]  # fmt: skip
    nobody = view["desks"][-1]
    assert dict(zip(view["days"], nobody["dates"], strict=True)) == {
        "2026-11-24": 0, "2026-11-25": 1, "2026-11-26": 0, "2026-11-27": 0, "2026-11-30": 0,
    }  # fmt: skip
    assert [each["number"] for each in view["nobody"]] == scene.numbers
    await scene.assign(site, 0, to="clerk")
    view = await scene.model(site)
    assert [(each["desk"], each["open"]) for each in view["desks"]] == [("licensing", 1), ("-", 1)]
    page = (await site.get("/unit", "head")).page
    assert page.names("heading")[0] == "Our unit, Tue 24 Nov"
    assert cells(page, "What each desk holds") == [
        ["Licensing", "1", "opened today", "0", "0", "1", "0", "0", "0"],
        ["Nobody", "1", "opened today", "1", "0", "0", "0", "0", "0"],
    ]
    assert "2 threads are open. 1 is with nobody. 0 drafts wait for release." in page.text
    [thread] = [row.text for row in page.all("row") if row.text.startswith(scene.numbers[1])]
    assert "nobody" in thread


async def test_thread_we_wrote_in_is_with_the_desk_of_its_author(pages_of):
    scene = Unit()
    for who, thread in (("desk", 0), ("other-desk", 1)):
        scene.world.note("eu", scene.threads[thread].leaf.thread, ("We look.",), by=who)
    scene.world.exchange()
    site = await pages_of(scene.world, "eu")
    view = await scene.model(site)
    assert [(each["desk"], each["open"]) for each in view["desks"]] == [
        ("licensing", 1), ("customs", 1),
    ]  # fmt: skip
    assert view["nobody"] == []
    page = (await site.get("/unit", "head")).page
    assert "No thread is with nobody." in page.text
    [thread] = [row.text for row in page.all("row") if row.text.startswith(scene.numbers[0])]
    assert "no person yet Licensing" in thread


@pytest.mark.parametrize(
    ("query", "threads"),
    [
        ("", [0, 1]),
        ("?desk=-", [1]),
        ("?desk=licensing", [0]),
        ("?desk=unheard", []),
        ("?on=passed", [1]),
        ("?on=2026-11-25", [0]),
        ("?on=2026-11-24", []),
        ("?desk=licensing&on=passed", []),
        ("?holder=4", [0]),
        ("?holder=99", []),
        ("?page=2", []),
        ("?sort=newest", [1, 0]),
        ("?sort=nearest", [1, 0]),
        ("?desk=-&sort=newest", [1]),
    ],
)
async def test_filter_serves_page_api_and_file_alike(pages_of, query, threads):
    scene = Unit()
    site = await pages_of(scene.world, "eu")
    await scene.assign(site, 0, to="clerk")
    expected = [scene.numbers[each] for each in threads]
    assert [each["number"] for each in (await scene.model(site, query))["items"]] == expected
    page = (await site.get(f"/unit{query}", "head")).page
    assert [each.attributes["value"] for each in page.all("checkbox")] == expected
    assert ("All open threads" in page.names("link")) == (
        {*parse_qs(query[1:])} - {"page", "sort"} != set()
    )
    if "page" not in query:
        href = page.one("link", "CSV").attributes["href"]
        rows = [*csv.reader(io.StringIO((await site.get(href, "head")).html.lstrip("\ufeff")))]
        assert [row[0] for row in rows[2:-1] if any(row)] == expected


async def test_threads_without_a_date_come_after_the_nearest_dates(pages_of):
    scene = Unit()
    plain = scene.world.open_thread("eu", "Without a question")
    scene.world.exchange()
    site = await pages_of(scene.world, "eu")
    listed = [each["number"] for each in (await scene.model(site, "?sort=nearest"))["items"]]
    assert listed == [*scene.numbers[::-1], str(plain.position)]
    names = (await site.get("/unit?sort=nearest", "head")).page.names("heading")
    assert "Open threads 3" in names
    assert "Oldest threads 3" in (await site.get("/unit", "head")).page.names("heading")
    assert (await site.get("/unit?sort=desk", "head")).status == 400


@pytest.mark.parametrize("query", ["?on=soon", "?on=2026-13-01", "?holder=x", "?page=0"])
async def test_filter_that_is_no_filter_is_refused(pages_of, query):
    site = await pages_of(Unit().world, "eu")
    assert (await site.get(f"/unit{query}", "head")).status == 400


@pytest.mark.parametrize("who", ["desk", "oversight", "registrar"])
@pytest.mark.parametrize("path", ["/unit", "/api/unit", "/unit.csv"])
async def test_unit_is_open_to_heads_alone(pages_of, who, path):
    site = await pages_of(Unit().world, "eu")
    assert (await site.get(path, who)).status == 403
    assert (await site.get(path, "director")).status == 200
    assert "/unit" not in (await site.get("/notices", who)).page.links().values()


async def test_releases_say_for_whom_and_absences_who_stands_in(pages_of):
    scene = Unit()
    site = await pages_of(scene.world, "eu")
    await site.own.desk.clearances.put([laid_before(scene.world, site)])
    until = (site.own.node.clock.now().date() + timedelta(days=2)).isoformat()
    away = {"until": until, "stand_in": scene.world.eu.person("clerk")}
    assert (await site.post("/keys/away", away)).status == 303
    await scene.assign(site, 0, to="desk")
    shown = await site.get("/unit", "head")
    assert "Weekly list: W48" in shown.text
    assert "Waits for you." in shown.text
    assert "away until Thu 26 Nov ask Łukasz Żelazny meanwhile" in shown.text
    [release] = (await scene.model(site))["releases"]
    assert release["whose"] == ["head of unit", "director"]
    other = (await site.get("/unit", "director")).page
    href = other.one("link", "Threads assigned to Ilona Kőszegi").attributes["href"]
    listed = (await site.get(href.partition("#")[0], "director")).page
    assert [each.attributes["value"] for each in listed.all("checkbox")] == [scene.numbers[0]]


async def test_chosen_threads_are_assigned_and_lead_back(pages_of):
    scene = Unit()
    site = await pages_of(scene.world, "eu")
    query = "&".join(f"thread={each}" for each in scene.numbers)
    page = (await site.get(f"/assign?back=unit&{query}", "head")).page
    assert "/unit" in {each.attributes["data-next"] for each in page.marked("data-next")}
    assert page.one("main").one("link", "Our unit").attributes["href"] == "/unit"
    assert (await site.get(f"/assign?back=elsewhere&{query}", "head")).status == 400


async def test_chosen_threads_are_marked_and_lead_back(pages_of):
    """A head reminds, watches and labels; what the head's own inbox is worked by is not offered."""
    scene = Unit()
    site = await pages_of(scene.world, "eu")
    page = (await site.get("/unit", "head")).page
    buttons = [each for each in page.all("button") if "formaction" in each.attributes]
    assert [(e.attributes["formaction"], e.attributes["value"]) for e in buttons] == [
        ("/mark", "remind"), ("/mark", "watch"), ("/mark", "label"),
    ]  # fmt: skip
    query = "&".join(f"thread={each}" for each in scene.numbers)
    form = (await site.get(f"/mark?back=unit&act=watch&{query}", "head")).page
    [after] = form.marked("name", "next")
    assert after.attributes["value"] == "/unit"
    assert form.one("navigation", "You are here").one("link").name == "Our unit"
    assert (await site.get(f"/mark?back=elsewhere&act=watch&{query}", "head")).status == 400


async def test_unit_asks_a_fixed_number_of_questions(pages_of):
    counts = []
    for times in (1, 30):
        scene = Unit()
        for place in range(times):
            thread = scene.world.open_thread("cn", f"Thread {place}")
            asks = [scene.world.ask("cn", SOON)]
            scene.world.note("cn", thread.leaf.thread, ("Which?",), asks=asks)
        scene.world.exchange()
        site = await pages_of(scene.world, "eu")
        await site.watch()
        assert (await site.get("/unit", "head")).status == 200
        counts.append(len(site.statements))
    assert counts[1] <= counts[0] + 2, counts


async def test_unit_of_the_other_language_is_whole(pages_of):
    scene = Unit()
    site = await pages_of(scene.world, "cn")
    await catch_up(site.node)
    shown = await site.get("/unit", "head", "zh-CN")
    assert shown.status == 200
    for words in ("本部门办理情况", "各处室办理情况", "按处室统计，不按个人统计。"):
        assert words in shown.text
