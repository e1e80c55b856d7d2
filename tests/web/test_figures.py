"""The page, the JSON and the rows of figures: one's own alone until both sides agreed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from special_channel.core.bytes.ids import Party, peer_of
from tests.stories import DUE
from tests.web.pages_node import PagesNode
from tests.web.test_every_list_file import records
from tests.world import World

AGREED = {
    "definitions": "imi-1",
    "thresholds": [
        {"name": "answered-in-time", "value": 80},
        {"name": "days-to-answer", "value": 16},
        {"name": "of-another-program", "value": 1},
    ],
}


def asked(**charter: Any) -> World:
    """EU asks three times: answered, date passed, withdrawn; CN asks once, open."""
    world = World.founded(**charter)
    thread = world.open_thread("eu").leaf.thread
    due = {} if not charter else {"charter": None}
    notes = [
        world.note("eu", thread, asks=[world.ask("eu", DUE) | _charter(world, due)])
        for _ in range(3)
    ]
    world.note(
        "cn",
        world.open_thread("cn").leaf.thread,
        asks=[world.ask("cn", DUE) | _charter(world, due)],
    )
    world.exchange()
    world.clock.forward(600)
    world.answer("cn", notes[0])
    world.about("eu", "note.withdrawn", notes[2])
    world.exchange()
    world.clock.seconds = 3600 * 10 + world.clock.seconds
    world.pass_due("eu", notes[1], DUE, head=world.stamp("cn"))
    world.exchange()
    return world


def _charter(world: World, due: dict[str, None]) -> dict[str, str]:
    """Name the charter that was adopted, where it is not the usual one."""
    if not due:
        return {}
    adopted = next(e for e in world.eu.own.entries if e.leaf.kind == "charter.adopted")
    return {"charter": adopted.payload["body"]["digest"]}


async def numbers(site: PagesNode, query: str = "") -> dict[str, Any]:
    shown = await site.get(f"/api/figures{query}", headers={"Accept": "application/json"})
    assert shown.status == 200
    found: dict[str, Any] = json.loads(shown.html)
    return found


def measures(side: dict[str, Any]) -> dict[str, Any]:
    return {each["measure"]: each for each in side["measures"]}


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_each_side_sees_its_own_alone(pages_of, party: Party):
    world = asked()
    site = await pages_of(world, party)
    found = await numbers(site)
    assert (found["eu"], found["cn"]) == world.sides[party].sizes
    assert found["agreed"] is False
    (side,) = found["sides"]
    assert side["answering"] == party
    other = "EU" if party == "cn" else "CN"
    for lang in ("en", "zh-CN"):
        shown = await site.get("/figures", lang=lang)
        assert shown.status == 200
        assert f'id="side-{party}"' in shown.html
        assert f'id="side-{peer_of(party)}"' not in shown.html
        assert f"{other}-" in shown.text, "both sizes are named"
        assert "、 " not in shown.text
    if party == "cn":
        assert (side["asks"], side["counted"], side["ended"]) == (3, 2, 1)
        assert measures(side)["answered-in-time"]["value"] == "50.0"
        assert measures(side)["date-passed"]["part"] == 1
        assert measures(side)["acknowledged-in-time"]["undecided"] == 1
    else:
        assert (side["asks"], measures(side)["answered-in-time"]["undecided"]) == (1, 1)
        assert "value" not in measures(side)["answered-in-time"]


async def test_both_nodes_show_the_same_numbers_once_the_charter_adopted_them(pages_of):
    world = asked(figures=AGREED)
    shown = {party: await numbers(await pages_of(world, party)) for party in ("eu", "cn")}
    assert all(each["agreed"] for each in shown.values())
    sides = {
        party: {side["answering"]: side for side in each["sides"]} for party, each in shown.items()
    }
    assert [side["answering"] for side in shown["cn"]["sides"]] == ["cn", "eu"], "one's own first"
    for answering in ("eu", "cn"):
        one, other = (sides[party][answering] for party in ("eu", "cn"))
        assert one | {"known": ""} == other | {"known": ""}
    timely = measures(sides["eu"]["cn"])["answered-in-time"]
    assert (timely["agreed"], timely["reached"]) == (80, False)
    days = measures(sides["eu"]["cn"])["days-to-answer"]
    assert (days["value"], days["agreed"], days["reached"]) == ("0.0", 16, True)
    page = await (await pages_of(world, "eu")).get("/figures")
    assert "at least 80 %" in page.text.replace("\u00a0", " ")
    assert "not reached" in page.text


async def test_other_definitions_are_named_and_not_counted_by(pages_of):
    site = await pages_of(asked(figures=AGREED | {"definitions": "imi-9"}), "eu")
    found = await numbers(site)
    assert (found["agreed"], len(found["sides"])) == (False, 1)
    assert "imi-9" in (await site.get("/figures")).text


async def test_a_period_and_a_year_leave_out_the_rest(pages_of):
    site = await pages_of(asked(), "cn")
    (side,) = (await numbers(site, "?since=2026-11-25"))["sides"]
    assert side["asks"] == 0
    (side,) = (await numbers(site, "?since=2026-11-24&until=2026-11-25"))["sides"]
    assert side["asks"] == 3
    before = await site.get("/figures?year=2025")
    assert before.status == 200
    assert "No question was asked in this year." in before.text
    for path in (
        "/figures?year=2027",
        "/figures?year=2024",
        "/figures?year=now",
        "/figures?year=²",
    ):
        assert (await site.get(path)).status == 400, path
    for query in ("?since=today", "?until=1999-12-31", "?since=2026-13-01"):
        assert (await site.get(f"/api/figures{query}")).status == 400, query
    assert (await site.get("/api/figures", who="")).status in {401, 403}


async def test_the_drawing_says_in_words_what_it_draws(pages_of):
    site = await pages_of(asked(), "cn")
    page = await site.get("/figures")
    described = page.html.partition("<desc")[2].partition("</desc>")[0]
    assert "Nov: 3" in described
    assert "answered in time 1" in described
    assert 'role="img"' in page.html


async def lines(site: PagesNode, path: str) -> dict[tuple[str, str, str], dict[str, str]]:
    """Rows of a file by side, part and measure."""
    rows = await records(site, path)
    return {(row["answering"], row["part_name"], row["measure_code"]): row for row in rows}


@pytest.mark.parametrize("agreed", [False, True])
async def test_file_of_figures_has_the_numbers_of_the_page(pages_of, agreed):
    site = await pages_of(asked(**({"figures": AGREED} if agreed else {})), "eu")
    page = (await site.get("/figures")).page
    found = await lines(site, page.one("link", "CSV").attributes["href"])
    view = await numbers(site)
    assert {side for side, *_ in found} == ({"EU", "CN"} if agreed else {"EU"})
    for side in view["sides"]:
        name = side["answering"].upper()
        assert found[name, "2026", "asks"]["count"] == str(side["asks"])
        for code in ("counted", "crossed", "withdrawn", "ended"):
            row = found[name, "2026", code]
            assert (row["count"], row["of"]) == (str(side[code]), str(side["asks"]))
        for each in side["measures"]:
            row = found[name, "2026", each["measure"]]
            assert (row["value"], row["of"]) == (each.get("value", ""), str(each["whole"]))
            assert row["count"] == str(each.get("part", ""))
            assert row["agreed"] == str(each.get("agreed", ""))
            assert row["value_unit"] == ("per cent" if "part" in each else "days")
        months = [row for (of, part, _), row in found.items() if of == name and part == "2026-11"]
        assert sum(int(row["count"]) for row in months) == side["asks"]


async def test_file_of_figures_is_of_the_year_of_the_page(pages_of):
    site = await pages_of(asked(), "eu")
    page = (await site.get("/figures?year=2025")).page
    href = page.one("link", "CSV").attributes["href"]
    found = await lines(site, href)
    assert {part for _, part, _ in found} == {"2025"}
    assert found["EU", "2025", "asks"]["count"] == "0"
    assert (await site.get("/figures.csv?year=2024")).status == 400


async def test_figures_cost_one_question_however_many_asks_there_are(pages_of):
    site = await pages_of(asked(), "cn")
    await site.watch()
    await site.get("/figures")
    assert sum("record.asks AS a" in each for each in site.statements) == 1
