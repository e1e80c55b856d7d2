"""Figures on questions as recorded then: the address of today's gives the same for ever."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from tests.web.pages_node import PagesNode
from tests.web.test_figures import AGREED, asked
from tests.world import World

WEEK = 7 * 24 * 60 * 60


async def figures(site: PagesNode, query: str = "") -> dict[str, Any]:
    shown = await site.get(f"/api/figures{query}", headers={"Accept": "application/json"})
    assert shown.status == 200, shown.html
    return dict(json.loads(shown.html))


def counted(view: dict[str, Any]) -> dict[str, Any]:
    """What is counted, apart from the period and the way of counting."""
    return {name: view[name] for name in ("eu", "cn", "agreed", "sides", "effect")}


def go_on(world: World) -> None:
    """Acknowledge and answer CN's question, a week later, and withdraw the old answer."""
    world.clock.forward(WEEK + 1)
    [note] = [each for each in world.cn.own.entries if each.leaf.kind == "note.posted"][:1]
    world.about("eu", "note.acknowledged", note)
    world.answer("eu", note)
    answers = [each for each in world.cn.own.entries if each.payload.get("answers")]
    world.about("cn", "note.withdrawn", answers[0])
    world.exchange()


async def address(site: PagesNode) -> str:
    page = (await site.get("/figures?year=2026")).page
    return str(page.one("link", "Address of these figures for ever").attributes["href"])


async def cells(site: PagesNode, path: str) -> list[list[str]]:
    """Return the rows of a file, without what follows the table."""
    answer = await site.get(path)
    assert answer.status == 200, answer.html
    rows = [*csv.reader(io.StringIO(answer.html.lstrip("\ufeff")))]
    return [row for row in rows if len(row) > 4]


@pytest.mark.parametrize("agreed", [False, True])
@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_address_of_figures_gives_the_same_later(pages_of, party, agreed):
    world = asked(**({"figures": AGREED} if agreed else {}))
    site = await pages_of(world, party)
    before, link = await figures(site), await address(site)
    query = link.partition("?")[2].partition("&")[2]
    rows = await cells(site, "/figures.csv?year=2026")
    assert counted(await figures(site, f"?{query}")) == counted(before)
    go_on(world)
    later = await pages_of(world, party)
    assert (await figures(later))["sides"] != before["sides"], "something changed since"
    then = await figures(later, f"?{query}")
    assert counted(then) == counted(before)
    assert then["extent"]["counting"] == "recorded"
    page = await later.get(link)
    assert "As recorded then: from entries up to " in page.text
    file = page.page.one("link", "CSV").attributes["href"]
    assert await cells(later, file) == rows
    again = page.page.one("link", "By the present record").attributes["href"]
    assert again == "/figures?year=2026"
    chinese = await later.get(link, lang="zh-CN")
    assert "按当时记录统计" in chinese.text


async def test_figures_as_recorded_at_the_end_of_a_period(pages_of):
    world = asked()
    before = await figures(await pages_of(world, "eu"))
    go_on(world)
    later = await pages_of(world, "eu")
    then = await figures(later, "?counting=recorded&until=2026-11-25")
    now = await figures(later, "?until=2026-11-25")
    assert (then["eu"], then["cn"]) == (before["eu"], before["cn"])
    assert then["sides"][0]["months"] != now["sides"][0]["months"]


async def test_figures_up_to_no_entry_count_nothing(pages_of):
    site = await pages_of(asked(), "eu")
    view = await figures(site, "?eu=-&cn=-")
    assert (view["eu"], view["cn"], view["sides"][0]["asks"]) == (0, 0, 0)
    assert "known" not in view["sides"][0]


async def test_figures_up_to_an_unknown_entry_are_refused(pages_of):
    site = await pages_of(asked(), "eu")
    for query, code in (
        ("eu=EU-99999", "extent-outside"),
        ("eu=CN-1", "extent-outside"),
        ("cn=x", "position-malformed"),
        ("counting=recorded&eu_known=yesterday", "date-malformed"),
        ("counting=corrected", "request-malformed"),
    ):
        for path in ("/api/figures", "/figures", "/figures.csv"):
            answer = await site.get(f"{path}?{query}")
            # The page names the value of its form.
            on_page = path == "/figures" and code == "request-malformed"
            named = "filter-malformed" if on_page else code
            assert (answer.status, named in answer.html) == (400, True), (path, query)
    malformed = await site.get("/api/figures?eu_known=yesterday")
    assert json.loads(malformed.html)["facts"] == {"field": "eu_known"}


async def test_time_to_come_is_known_up_to_now_alone(pages_of):
    site = await pages_of(asked(), "eu")
    view = await figures(site, "?counting=recorded&eu_known=2036-01-01T00:00:00Z")
    present = await figures(site)
    assert view["sides"][0]["known"] == present["sides"][0]["known"]


async def test_other_side_is_known_up_to_what_was_heard_of_it(pages_of):
    world = asked(figures=AGREED)
    world.clock.forward(WEEK)  # nothing was heard of CN since
    site = await pages_of(world, "eu")
    now = {each["answering"]: each for each in (await figures(site))["sides"]}
    for query in (
        "cn_known=2036-01-01T00:00:00Z",
        "counting=recorded&cn_known=2036-01-01T00:00:00Z",
    ):
        then = {each["answering"]: each for each in (await figures(site, f"?{query}"))["sides"]}
        assert then["cn"].get("known") == now["cn"].get("known"), query
