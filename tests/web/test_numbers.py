"""Applications in numbers: what SQL counts is what a plain count of the rows gives, on any date."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import python_calamine

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.numbers.statuses import ApplicationStatus, statuses
from special_channel.core.rows.applications import ApplicationRow
from special_channel.sample.year import turns
from special_channel.stores.rows import TABLES
from special_channel.wiring.files import calendars
from tests.broker.test_rebuild import write
from tests.web.pages_node import CONFIG, PagesNode
from tests.web.test_applications import state
from tests.web.test_applications import told as nine_applications
from tests.world import World

CODES = ("9A999.z",) * 4 + (" 9A998 ", "")
"""As an own column may have them: of no control list, with blanks, and none."""

DATES = ("2025-07-20", "2025-10-21", "2025-12-15", "2026-11-24")


@pytest.fixture(scope="module")
def year() -> World:
    """Every 25th application of the fictional year's first twelve lists."""
    world = World.founded(columns=["state", "as_of", "question", "customers"])
    both = calendars(CONFIG / "calendars")
    for turn in turns(both["eu"], both["cn"], first=12, share=25):
        for body in turn.stated:
            _state(world, "eu", body)
        payload = world.payload(
            "eu", "batch.listed", body={"list": turn.list, "rows": len(turn.rows)}
        )
        listed = world.append(
            "eu", payload, [world.data("list", {"rows": list(turn.rows)})], also=["head"]
        )
        world.exchange()
        for body in turn.acts:
            _state(world, "cn", body)
        for body in turn.licences:
            world.append("cn", world.payload("cn", "licence.issued", body=body))
        world.answer_batch(listed, turn.answers)
        world.exchange()
    return world


def _state(world: World, party: Party, body: Any) -> None:
    world.append(party, world.payload(party, "application.asserted", body=body))


async def numbers(site: PagesNode, on: str) -> dict[str, Any]:
    shown = await site.get(f"/api/numbers?on={on}", headers={"Accept": "application/json"})
    assert shown.status == 200, shown.html
    return dict(json.loads(shown.html))


async def rows(site: PagesNode) -> list[ApplicationRow]:
    found = await site.node.record.pool.fetch("SELECT doc FROM record.applications")
    made = [TABLES["application"].decode(each["doc"]) for each in found]
    return [row for row in made if isinstance(row, ApplicationRow)]


def plain(found: list[ApplicationRow], party: Party, on: str) -> dict[str, int]:
    """Count by hand, one application after the other."""
    count: dict[str, int] = {}
    for row in found:
        if not any("" < seen.first <= on for seen in row.listed):
            continue
        said = [each for each in statuses(row, party) if each.as_of <= on]
        last = said[-1] if said else ApplicationStatus("")
        runs = (bool(last.accepted) or last.begun == "now") and not last.end
        for name, fits in {
            "listed": True,
            "matched": bool(said),
            "accepted": bool(last.accepted or last.begun),
            "decided": last.end in {"approved", "refused", "decided"},
            last.end: bool(last.end) and last.end != "decided",
            "sent_back": bool(last.returned),
            "running": runs,
            "uncounted": runs and last.paused,
            "over": runs
            and not last.paused
            and bool(last.accepted)
            and _days(last.accepted, on) > 45,
        }.items():
            count[name] = count.get(name, 0) + fits
    return count


def _days(since: str, on: str) -> int:
    calendar = calendars(CONFIG / "calendars")["cn"]
    first, last = date.fromisoformat(since), date.fromisoformat(on)
    days = [first + timedelta(days=number) for number in range(1, (last - first).days + 1)]
    return sum(map(calendar.is_working_day, days))


@pytest.mark.parametrize("party", PARTIES)
async def test_both_nodes_count_what_a_plain_count_gives_on_any_date(pages_of, year, party):
    site = await pages_of(year, party)
    found = await rows(site)
    assert len(found) > 80
    for on in DATES:
        counted = await numbers(site, on)
        assert [side["by"] for side in counted["sides"]] == [party, "cn" if party == "eu" else "eu"]
        for side in counted["sides"]:
            expected = plain(found, side["by"], on)
            got = {name: side[name] for name in expected if name}
            assert got == {name: n for name, n in expected.items() if name}, (on, side["by"])
            assert side["addressed"] == side["decided"] + side["not_accepted"] + side["withdrawn"]
        by_list = {each["list"]: each["sides"][0]["listed"] for each in counted["lists"]}
        assert len(by_list) == sum(turn <= on for turn in _closes()), on
        month = {each["month"]: each for each in counted["months"]}
        assert sum(each["listed"] for each in month.values()) == counted["sides"][0]["listed"]
        approved = sum(each["approved"].get(party, 0) for each in month.values())
        assert approved == counted["sides"][0]["approved"]


def _closes() -> list[str]:
    both = calendars(CONFIG / "calendars")
    return [turn.closed.isoformat() for turn in turns(both["eu"], both["cn"], first=12, share=25)]


async def test_a_page_says_of_each_number_how_it_is_counted_and_of_what(pages_of, year):
    site = await pages_of(year, "cn")
    page = await site.get("/numbers?on=2025-12-15")
    assert "as of" not in page.text.split("As of")[0]
    for words in (
        "properly addressed",
        "By statements of CN",
        "Compared with published figures",
        "just over half “properly addressed”",
        "There is no published definition; ours is given next to each.",
        "L2025-50",
        "by statements dated 15 Dec 2025 or earlier",
    ):
        assert words in page.text, words
    assert page.text.index("By statements of CN") < page.text.index("By statements of EU")
    described = page.page.by_id("desc-months")
    assert described
    assert "Oct 2025: CN " in described.source
    zh = await site.get("/numbers?on=2025-12-15", lang="zh-CN")
    assert "已妥善处理" in zh.text
    assert "截至2025年12月15日" in zh.text
    for word in ("overdue", "missed", "late", "逾期"):
        assert word not in page.text.split() + zh.text.split()


async def test_a_workbook_opens_with_numbers_that_are_numbers_in_both_languages(pages_of, year):
    site = await pages_of(year, "eu")
    for lang, word in (("en", "properly addressed"), ("zh-CN", "已妥善处理")):
        async with site.client.get(
            f"{site.base}/numbers.xlsx?on=2025-10-21",
            headers={
                "Cookie": f'sc-session-eu="{await site.sign_in("desk")}"; sc-lang-eu="{lang}"'
            },
        ) as response:
            assert response.status == 200
            book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(await response.read()))
        table, about = (book.get_sheet_by_name(each).to_python() for each in book.sheet_names)
        line = next(row for row in table if row[3] == word)
        part, whole = line[4], line[5]
        assert isinstance(part, float)
        assert isinstance(whole, float)
        assert whole >= part > 0
        assert any("2025-10-21" in row for row in about)
    text = (await site.get("/numbers.csv?on=2025-10-21")).html
    assert "measure_code" in text.splitlines()[1]


async def test_control_codes_are_counted_by_the_licences_that_name_them(pages_of, year):
    site = await pages_of(year, "eu")
    before, on = await numbers(site, "2025-12-01"), await numbers(site, "2025-12-02")
    assert "first_general" not in before
    assert on["first_general"] == "2025-12-02"
    general = {each["code"]: each["general"] for each in on["codes"]}
    assert (general["1C905.a"], general["1C904.a"]) == (2, 1)
    assert all(each["applications"] == each["individual"] for each in on["codes"])
    assert "First general licence: 2 Dec 2025." in (await site.get("/numbers?on=2025-12-02")).text
    none = await site.get("/numbers?on=2025-07-12")
    assert "No licence is stated as issued by that date." in none.text


def of_source(counted: dict[str, Any], source: str) -> dict[str, dict[str, Any]]:
    """The own side's counts by control code, of one source."""
    return {each["code"]: each["sides"][0] for each in counted["coded"] if each["source"] == source}


async def test_applications_are_counted_by_the_control_code_of_the_licence_that_names_them(
    pages_of, year
):
    site = await pages_of(year, "cn")
    licences = await site.node.record.pool.fetch(
        "SELECT codes, applications, doc #>> '{issues,0,issued_on}' AS on FROM record.licences"
    )
    found = await rows(site)
    for on in DATES:
        counted = await numbers(site, on)
        named = {
            (code, number)
            for each in licences
            if each["on"] <= on
            for code in each["codes"]
            for number in each["applications"]
        }
        coded = {number for _, number in named}
        codes = sorted({code for code, _ in named})
        expected = {
            code: plain([row for row in found if (code, row.number) in named], "cn", on)
            for code in codes
        }
        if codes:
            expected[""] = plain([row for row in found if row.number not in coded], "cn", on)
        got = of_source(counted, "licence")
        assert list(got) == list(expected), on
        for code, counts in expected.items():
            assert got[code]["listed"] == counts["listed"], (on, code)
            assert got[code]["approved"] == counts.get("approved", 0), (on, code)
            assert got[code]["running"] == counts["running"], (on, code)
        assert of_source(counted, "list") == of_source(counted, "own") == {}
    assert len(codes) > 2


async def test_a_code_of_our_own_columns_is_counted_here_as_internal_and_nowhere_else(
    pages_of, year
):
    site, peer = await pages_of(year, "eu"), await pages_of(year, "cn")
    some = [row.number for row in await rows(site)][:6]
    assert of_source(await numbers(site, "2026-11-24"), "own") == {}
    kept = [
        {"row": place, "number": number, "columns": {"control_code": code}}
        for place, (number, code) in enumerate(zip(some, CODES, strict=True), 1)
    ]
    await write(site.node, "columns.kept", rows=kept, body={"list": "own", "rows": len(kept)})
    counted = await numbers(site, "2026-11-24")
    own = {code: side["listed"] for code, side in of_source(counted, "own").items()}
    assert own == {"9A998": 1, "9A999.z": 4, "": counted["sides"][0]["listed"] - 5}
    page = await site.get("/numbers")
    [figure] = page.page.marked("data-codes", "own")
    [caption] = [each.text for each in figure.within() if each.tag == "figcaption"]
    assert caption.endswith(" internal")
    assert "9A999.z: listed 4" in next(e.source for e in figure.within() if e.tag == "desc")
    assert page.page.source.count("9A999.z") == figure.source.count("9A999.z")
    for lang, word in (("en", "internal"), ("zh-CN", "内部")):
        text = (await site.get("/numbers.csv", lang=lang)).html
        lines = [line for line in text.splitlines() if "9A999.z" in line]
        assert len(lines) > 3
        assert all(word in line for line in lines)
    assert "9A99" not in (await peer.get("/numbers")).html


async def test_a_list_carries_its_control_codes_where_both_sides_opted_in(pages_of):
    world = World.founded(columns=["control_code"])
    world.list_batch(["A-1", "A-2"], control_code="1C904.a")
    world.list_batch(["A-2", "A-3"], list_="W48", control_code="1C905.b")
    world.list_batch(["A-3", "A-4"], list_="W49")
    world.exchange()
    for party in PARTIES:
        site = await pages_of(world, party)
        counted = of_source(await numbers(site, "2026-11-24"), "list")
        assert {code: side["listed"] for code, side in counted.items()} == {
            "1C904.a": 1,
            "1C905.b": 2,
            "": 1,
        }
        page = await site.get("/numbers")
        assert "Stated by the EU: the last list with a code" in page.text
        assert "No control code given for 1 application." in page.text


async def test_only_dates_that_can_have_numbers_are_answered(pages_of):
    site = await pages_of(nine_applications(), "eu")
    for on in ("2024-12-31", "2026-11-25"):
        outside = await site.get(f"/numbers?on={on}")
        assert (outside.status, "date-outside" in outside.html) == (400, True), on
        assert "the last is today in Beijing, 2026-11-24" in outside.text
    for on in ("today", "20251021", "2025-02-30"):
        malformed = await site.get(f"/numbers?on={on}")
        assert (malformed.status, "date-malformed" in malformed.html) == (400, True), on
    assert (await site.get("/numbers", who="")).status in {303, 401, 403}
    empty = await site.get("/numbers?on=2025-12-15")
    assert "No list was closed by that date." in empty.text
    assert "Compared with published figures" not in empty.text


async def test_where_time_was_not_counted_it_is_never_over(pages_of):
    site = await pages_of(nine_applications(), "cn")
    (own, peer) = (await numbers(site, "2026-11-24"))["sides"]
    # A-4 alone is over: in time was not counted, in A-1 day 41 is reached.
    # Of A-5 and =A-6 it is said that they are under review, and not since when.
    assert (own["running"], own["uncounted"], own["over"]) == (6, 2, 1)
    assert own["age"]["of"] == 2
    assert (peer["returned"], peer["sent_back"], peer["accepted"]) == (1, 1, 1)


async def test_what_is_stated_later_does_not_change_an_earlier_date(pages_of):
    world = nine_applications()
    state(world, "cn", "A-4", "approved", as_of="2026-11-23", decided_on="2026-11-10")
    world.exchange()
    site = await pages_of(world, "eu")
    peer = {on: (await numbers(site, on))["sides"][1] for on in ("2026-11-22", "2026-11-23")}
    assert [peer[on]["approved"] for on in peer] == [0, 1]


async def test_numbers_cost_a_fixed_number_of_questions(pages_of, year):
    few, many = await pages_of(nine_applications(), "eu"), await pages_of(year, "eu")
    asked: list[int] = []
    count: Callable[[PagesNode], int] = lambda site: len(  # noqa: E731 - one line
        [each for each in site.statements if "first_listed" in each]
    )
    for site in (few, many):
        await site.watch()
        await site.get("/numbers?on=2026-11-24")
        asked.append(count(site))
    assert asked[0] <= asked[1] <= 4
