"""Applications in numbers as a file: each row is a number of the API, under its own code."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.web.numbers.views import MEASURES, OF_LISTS
from tests.permits import issue, line
from tests.web.pages_node import PagesNode
from tests.web.test_applications import told
from tests.world import World

ON = "2026-11-24"


def counted_world() -> World:
    """Nine applications, and a licence of November that names one of them."""
    world = told()
    issue(
        world, applications=["A-1"], lines=[line()], issued_on="2026-11-20",
        valid_from="2026-11-20", valid_to="2027-11-19",
    )  # fmt: skip
    world.exchange()
    return world


async def numbers(site: PagesNode) -> dict[str, Any]:
    shown = await site.get(f"/api/numbers?on={ON}", headers={"Accept": "application/json"})
    return dict(json.loads(shown.html))


async def lines(site: PagesNode, lang: str = "en") -> list[list[str]]:
    shown = await site.get(f"/numbers.csv?on={ON}", lang=lang)
    assert shown.status == 200
    return list(csv.reader(io.StringIO(shown.html.removeprefix("\ufeff"))))


def cells(side: dict[str, Any], measure: str) -> list[str]:
    """Count, population and share of a measure, as the file writes them."""
    count, listed = side[measure], side["listed"]
    tenths = (2000 * count + listed) // (2 * listed) if listed else 0
    return [str(count), str(listed), f"{tenths // 10}.{tenths % 10}" if listed else ""]


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_file_has_the_numbers_of_the_api_our_side_first(pages_of, party: Party):
    site = await pages_of(counted_world(), party)
    view = await numbers(site)
    names, codes, *rows = await lines(site)
    peer = peer_of(party)
    assert codes == [
        "part", "part_name", "measure_code", "measure",
        f"{party}_count", f"{party}_of", f"{party}_share",
        f"{peer}_count", f"{peer}_of", f"{peer}_share", "how",
    ]  # fmt: skip
    assert len(names) == len(codes)
    assert names[4].startswith(party.upper())
    assert names[7].startswith(peer.upper())
    whole = rows[: len(MEASURES)]
    assert [row[2] for row in whole] == list(MEASURES)
    titles = {each["measure"]: each for each in view["definitions"]}
    for row in whole:
        assert row[1] == ""
        assert row[3] == titles[row[2]]["title"]
        assert row[4:10] == [cell for side in view["sides"] for cell in cells(side, row[2])]
        assert row[10] == titles[row[2]]["definition"]


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_times_are_rows_of_median_and_ninth_decile(pages_of, party):
    site = await pages_of(counted_world(), party)
    view = await numbers(site)
    found = (await lines(site))[2 + len(MEASURES) :][:4]
    assert [row[2] for row in found] == ["age_median", "age_ninth", "took_median", "took_ninth"]
    for row in found:
        time, _, which = row[2].partition("_")
        field = "median" if which == "median" else "ninth_decile"
        expected = []
        for side in view["sides"]:
            days = side[time]
            expected += [str(days.get(field, "")), str(days["of"]), ""]
        assert row[4:10] == expected


async def test_lists_codes_and_months_follow_newest_first(pages_of):
    site = await pages_of(counted_world(), "cn")
    view = await numbers(site)
    rows = (await lines(site))[2:-1]
    of_lists = [row for row in rows if row[1] in {each["list"] for each in view["lists"]}]
    per_list = len(OF_LISTS) + 2
    assert [row[1] for row in of_lists[::per_list]] == [each["list"] for each in view["lists"]]
    newest = view["lists"][0]
    assert [row[2] for row in of_lists[:per_list]] == [*OF_LISTS, "age_median", "age_ninth"]
    for row in of_lists[: len(OF_LISTS)]:
        assert row[4:10] == [cell for side in newest["sides"] for cell in cells(side, row[2])]
    coded = {each["code"]: each for each in view["coded"]}
    assert set(coded) == {"1C905.a", ""}
    of_code = [row for row in rows if row[1] == "1C905.a"]
    assert [row[2] for row in of_code] == ["listed", *OF_LISTS]
    for row in of_code:
        sides = coded["1C905.a"]["sides"]
        assert row[4:10] == [cell for side in sides for cell in cells(side, row[2])]
    without = [row for row in rows if row[0] == of_code[0][0] and row[1] != "1C905.a"]
    assert [row[2] for row in without] == ["listed", *OF_LISTS]
    assert without[0][4:7] == cells(coded[""]["sides"][0], "listed")
    months = [row for row in rows if row[1] in {each["month"] for each in view["months"]}]
    assert [row[2] for row in months[:3]] == ["accepted", "approved", "refused"]
    assert [row[1] for row in months[::3]] == [each["month"] for each in reversed(view["months"])]
    for row in months:
        [month] = [each for each in view["months"] if each["month"] == row[1]]
        counts = month[row[2]]
        assert row[4:10] == [
            str(counts.get("cn", 0)), "", "", str(counts.get("eu", 0)), "", "",
        ]  # fmt: skip
        assert row[10]
    assert sum(int(row[4]) for row in months) > 0


async def test_chinese_file_has_the_same_codes_and_numbers(pages_of):
    site = await pages_of(counted_world(), "eu")
    english, chinese = await lines(site), await lines(site, "zh-CN")
    assert chinese[1] == english[1]
    assert [row[2] for row in chinese] == [row[2] for row in english] or chinese[0] != english[0]
    assert [row[4:10] for row in chinese[2:-1]] == [row[4:10] for row in english[2:-1]]
    assert [row[3] for row in chinese[2:6]] != [row[3] for row in english[2:6]]
    assert chinese[0][4].startswith("欧")


@pytest.mark.parametrize("sort", ["newest", "oldest", "most"])
async def test_lists_and_codes_are_ordered_alike_on_page_file_and_api(pages_of, sort):
    world = World.founded()
    for name, count in (("W45", 2), ("W46", 3), ("W47", 1)):
        world.list_batch([f"{name}-{row}" for row in range(count)], list_=name)
    world.exchange()
    site = await pages_of(world, "eu")
    expected = {
        "newest": ["W47", "W46", "W45"],
        "oldest": ["W45", "W46", "W47"],
        "most": ["W46", "W45", "W47"],
    }[sort]
    told = json.loads((await site.get(f"/api/numbers?sort={sort}")).html)
    assert [each["list"] for each in told["lists"]] == expected
    page = (await site.get(f"/numbers?sort={sort}")).page
    assert [row[0].split()[0] for row in page.rows("By list 3")[1:]] == expected
    [chosen] = [
        each for each in page.one("combobox", "Order").within() if "selected" in each.attributes
    ]
    assert chosen.attributes["value"] == sort
    href = page.one("link", "CSV").attributes["href"]
    shown = await site.get(href)
    rows = [*csv.reader(io.StringIO(shown.html.lstrip("\ufeff")))]
    named = [row[1] for row in rows if len(row) > 1 and row[1] in expected]
    assert [*dict.fromkeys(named)] == expected
    assert (await site.get("/numbers?sort=best")).status == 400


async def test_codes_of_most_applications_come_first_and_none_last(pages_of):
    site = await pages_of(counted_world(), "cn")
    told = json.loads((await site.get("/api/numbers?sort=most")).html)
    assert [each["code"] for each in told["coded"]][-1] == ""
    counts = [each["sides"][0]["listed"] for each in told["coded"] if each["code"]]
    assert counts == sorted(counts, reverse=True)
