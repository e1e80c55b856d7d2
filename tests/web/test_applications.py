"""Applications on pages and in files: two statements beside each other, clocks, differences."""

from __future__ import annotations

import csv
import io
import json

import pytest
import python_calamine

from special_channel.core.entries import parse_model
from special_channel.core.entries.permits import Mark
from tests.permits import mark
from tests.web.reading import Page
from tests.world import World

REFILED = "虚构/26+A-1"
"""A number may hold what an address gives meaning to."""


def act(name, on, **more):
    return {"act": name, "on": on, **more}


def state(world, party, number, code, as_of="2026-11-20", **more):
    body = {"number": number, "state": code, "as_of": as_of, "source": "bureau", **more}
    return world.append(party, world.payload(party, "application.asserted", body=body))


def link(world, party, number, former):
    body = {"number": number, "former": former, "basis": "refiled"}
    return world.append(party, world.payload(party, "application.linked", body=body))


def told() -> World:
    """Nine applications; Tuesday 24 November 2026."""
    world = World.founded()
    world.list_batch(["OLD-1", "A-1"], list_="W46", urgency="urgent")
    numbers = ["A-1", "A-2", "A-3", "A-4", "A-5", "=A-6", "A-7"]
    world.list_batch(numbers, list_="W47", state="submitted", as_of="2026-11-18")
    world.exchange()
    pause = [act("uncounted", "2026-10-12", basis="expert_opinion")]
    back = [act("counted", "2026-10-31")]
    courses = {
        "A-1": [act("accepted", "2026-09-21")],
        "A-2": [act("accepted", "2026-08-03"), *pause],
        "A-3": [act("accepted", "2026-08-03"), *pause, *back],
        "A-4": [act("accepted", "2026-08-03")],
        "A-5": [act("received", "2026-11-02")],
        "=A-6": [],
    }
    for number, clock in courses.items():
        state(world, "cn", number, "review", clock=clock)
    state(
        world, "eu", "A-1", "returned", source="supplier",
        clock=[act("accepted", "2026-09-18"), act("returned", "2026-11-10")],
    )  # fmt: skip
    state(world, "cn", REFILED, "accepted", clock=[act("accepted", "2026-11-23")])
    world.exchange()
    link(world, "eu", REFILED, "A-1")
    world.exchange()
    return world


def shown(html: str) -> list[str]:
    return [each.text for each in Page(html).all("rowheader")]


def numbers_of(html: str) -> list[str]:
    """The numbers in the table of differences: each in the first row of its application."""
    return [row[0] for row in Page(html).rows() if len(row) == WHOLE][1:]


WHOLE = 5
"""Cells of an application's first row: number, last list, aspect, and both sides' records."""

ALL = ["=A-6", "A-1", "A-2", "A-3", "A-4", "A-5", "A-7", "OLD-1", REFILED]


async def test_applications_are_found_by_either_sides_statements(pages_of):
    site = await pages_of(told(), "eu")
    page = Page((await site.get("/applications")).html)
    w46 = page.one("option", "W46").attributes["value"]
    for query, expected in (
        ("", ALL),
        ("?text=a-", ["=A-6", "A-1", "A-2", "A-3", "A-4", "A-5", "A-7", REFILED]),
        ("?own=submitted&peer=review", ["=A-6", "A-2", "A-3", "A-4", "A-5"]),
        ("?own=-", ["OLD-1", REFILED]),
        ("?peer=-", ["A-7", "OLD-1"]),
        ("?differs=any", ["=A-6", "A-1", "A-2", "A-3", "A-4", "A-5"]),
        ("?differs=accepted", ["A-1"]),
        ("?differs=link", ["A-1"]),
        ("?batch={w46}", ["A-1", "OLD-1"]),
        ("?urgency=urgent", ["OLD-1"]),
        ("?clock=none", ["=A-6", "A-7", "OLD-1"]),
        ("?clock=running", ["A-1", "A-3", "A-4", "A-5", REFILED]),
        ("?clock=uncounted", ["A-2"]),
        ("?clock=over", ["A-4"]),
        ("?sort=times", ["A-1", "=A-6", "A-2", "A-3", "A-4", "A-5", "A-7", "OLD-1", REFILED]),
        ("?sort=day&clock=running", ["A-3", "A-4", "A-1", "A-5", REFILED]),
    ):
        page = await site.get("/applications" + query.format(w46=w46))
        assert page.status == 200
        assert shown(page.html) == expected, query
    for query in (
        "?own=nothing",
        "?clock=late",
        "?sort=firm",
        "?text=" + "x" * 65,
        "?differs=x",
        "?text=%00",
    ):
        assert (await site.get("/applications" + query)).status == 400
    assert (await site.get("/applications?batch=EU-99999")).status == 404


async def test_clock_explains_its_day_next_to_its_side(pages_of):
    world = told()
    for party in ("eu", "cn"):
        site = await pages_of(world, party)
        page = await site.get("/applications/A-1")
        first, second = (
            page.text.index("Our record"),
            page.text.index("Record of CN" if party == "eu" else "Record of EU"),
        )
        assert first < second
        # 21 September accepted; 45 days less those closed, counted by hand in the calendar.
        assert (
            "CN: accepted 21 Sep 2026; day 41 of 45 working days in China’s calendar" in page.text
        )
        assert "1 Oct 2026 to 7 Oct 2026 (National Day)" in page.text
        assert (
            "EU estimate, from the supplier: accepted 18 Sep 2026; ended on working day"
            in page.text
        )
        assert "returned according to the supplier; legal act unknown" in page.text
        assert "differ in: state, date of acceptance, linked number." in page.text
        assert "EU states: " + REFILED + " replaces A-1 (filed again)." in page.text
        assert "Listed 2 times, last in W47" in page.text
        zh = await site.get("/applications/A-1", lang="zh-CN")
        assert "2026年9月21日受理；按中国工作日历为第41个工作日（期限45个工作日）" in zh.text
        assert "欧方推算（来源：供应商）" in zh.text
        assert "供应商称已退回，法律性质不明" in zh.text


MARK = {
    "act": "uncounted", "on": "2026-10-12", "basis": "expert_opinion",
    "expected_until": "2026-12-18",
}  # fmt: skip


async def test_act_is_shown_with_its_clock_before_it_is_signed(pages_of):
    site = await pages_of(told(), "cn")
    empty = await site.get("/applications/A-1")
    assert (
        Page(empty.html).signs("clock.marked"),
        "Record a change of the statutory clock" in empty.text,
    ) == (
        [],
        True,
    )
    checked = await site.post("/applications/A-1", MARK)
    [body] = Page(checked.html).signs("clock.marked")
    said = parse_model(Mark, body.encode())
    assert (said.number, said.act, said.on, said.basis, said.expected_until, said.source) == (
        "A-1", "uncounted", "2026-10-12", "expert_opinion", "2026-12-18", "bureau",
    )  # fmt: skip
    then = checked.text[checked.text.index("Both sides will then read") :]
    assert "time not counted since 12 Oct 2026 (expert opinion), expected until 18 Dec 2026" in then
    assert "expert opinion" not in empty.text[: empty.text.index("Record a change")]
    zh = await site.post("/applications/A-1", MARK, lang="zh-CN")
    assert "自2026年10月12日起不计入期限（专家评审），预计至2026年12月18日" in zh.text
    again = await site.post("/applications/A-2", {"act": "counted", "on": "2026-11-02"})
    [body] = Page(again.html).signs("clock.marked")
    assert parse_model(Mark, body.encode()).basis is None


async def test_act_that_cannot_follow_is_named_and_not_offered(pages_of):
    site = await pages_of(told(), "cn")
    typed = {"act": "counted", "on": "2026-11-02"}
    refused = await site.post("/applications/A-1", typed)
    assert Page(refused.html).signs("clock.marked") == []
    said = "“time counted again” on 2 Nov 2026 does not follow from what we stated before."
    assert said in refused.text
    assert "statement-impossible" in refused.text
    zh = await site.post("/applications/A-1", typed, lang="zh-CN")
    assert "2026年11月2日“恢复计算期限”与此前反馈不衔接。" in zh.text
    far = await site.post("/applications/A-1", MARK | {"expected_until": "2027-12-01"})
    assert "is more than 180 days ahead" in far.text
    assert len(Page(far.html).signs("clock.marked")) == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [("basis", ""), ("on", "12/10"), ("expected_until", "2026-10-01"), ("act", "paused")],
)
async def test_malformed_act_is_named_and_not_offered_for_signing(pages_of, field, typed):
    site = await pages_of(told(), "cn")
    refused = await site.post("/applications/A-1", MARK | {field: typed})
    assert Page(refused.html).signs("clock.marked") == []
    assert "act-malformed" in refused.html
    page = Page(refused.html)
    invalid = [each for each in page.within() if each.attributes.get("aria-invalid") == "true"]
    assert [each.attributes["name"] for each in invalid] == [field]


async def test_application_shows_listings_before_the_record(pages_of):
    world = World.founded()
    world.list_batch(["A-1"], list_="W47", times_listed=4, first_listed="2026-08-07")
    world.exchange()
    page = (await (await pages_of(world, "cn")).get("/applications/A-1")).text
    assert "Listed 1 time, last in W47" in page
    assert "That list gives, including lists before this record: 4." in page


async def test_sheet_with_counted_time_is_no_new_beginning(pages_of):
    world = World.founded()
    batch = world.list_batch(["A-1"], list_="W47")
    world.exchange()
    world.answer_batch(batch, [{
        "row": 1, "number": "A-1", "state": "review", "as_of": "2026-11-20",
        "accepted_on": "2026-10-23", "clock": "runs",
    }])  # fmt: skip
    world.exchange()
    site = await pages_of(world, "eu")
    page = (await site.get("/applications/A-1")).text
    assert "time is counted, as of 20 Nov 2026" in page
    assert "counted again" not in page


async def test_difference_with_equal_states_names_its_aspect(pages_of):
    world = World.founded()
    world.list_batch(["A-1"], list_="W47")
    world.exchange()
    for party, on in (("eu", "2026-09-18"), ("cn", "2026-09-21")):
        state(world, party, "A-1", "review", clock=[act("accepted", on)])
    world.exchange()
    site = await pages_of(world, "eu")
    assert "differs: date of acceptance" in (await site.get("/applications")).text
    assert "不一致：受理日期" in (await site.get("/applications", lang="zh-CN")).text


async def test_form_for_an_act_is_for_officials_of_cn_alone(pages_of):
    for party, who in (("eu", "desk"), ("cn", "oversight")):
        site = await pages_of(told(), party)
        assert "Record a change" not in (await site.get("/applications/A-1", who=who)).text
        refused = await site.post("/applications/A-1", MARK, who=who)
        assert refused.status == 403


async def test_act_without_state_gives_its_side_a_clock(pages_of):
    world = told()
    mark(world, "cn", "OLD-1", "accepted", "2026-10-12")
    mark(world, "cn", "OLD-1", "uncounted", "2026-11-02", basis="test")
    mark(world, "eu", "OLD-1", "accepted", "2026-10-13", source="supplier")
    world.exchange()
    shown = await (await pages_of(world, "eu")).get("/applications/OLD-1")
    assert "CN: accepted 12 Oct 2026; day 14 of 45" in shown.text
    assert shown.text.count("time not counted since 2 Nov 2026 (tests)") == 2
    assert "EU estimate, from the supplier: accepted 13 Oct 2026" in shown.text


async def test_clock_after_a_pause_is_never_over_the_limit(pages_of):
    site = await pages_of(told(), "cn")
    paused = (await site.get("/applications/A-3")).text
    assert "time not counted: 12 Oct 2026 to 30 Oct 2026 (expert opinion)" in paused
    assert "more than" not in paused
    standing = (await site.get("/applications/A-2")).text
    assert "time not counted since 12 Oct 2026 (expert opinion)" in standing
    assert "more than" not in standing
    over = "more than 45 working days, time not counted is not stated"
    assert over in (await site.get("/applications/A-4")).text
    deemed = (await site.get("/applications/A-5")).text
    assert "deemed accepted" in deemed
    assert "counts by law as accepted on 2 Nov 2026, the day of receipt" in deemed
    unknown = await site.get("/applications/%E8%99%9A%E6%9E%84%2F26%2BA-1")
    assert unknown.status == 200
    assert "provisional: no calendar of that year is in use yet" in unknown.text
    for number in ("A-99", "%00", "%ED%A0%80"):
        assert (await site.get(f"/applications/{number}")).status == 404


async def test_differences_are_found_by_number_and_state(pages_of):
    site = await pages_of(told(), "eu")
    for query, expected in (
        ("own=returned", ["A-1"]),
        ("own=submitted&peer=review", ["=A-6", "A-2", "A-3", "A-4", "A-5"]),
        ("text=a-3", ["A-3"]),
        ("text=a-3&own=returned", []),
        ("peer=review&differs=accepted", ["A-1"]),
    ):
        page = await site.get(f"/differences?{query}")
        assert numbers_of(page.html) == expected, query
        assert "6 applications differ between" in page.text, "the population stays what it is"
        assert "Clear the filters" in page.text
        text = (await site.get(f"/differences.csv?{query}")).html
        assert ("A-3" in text) == ("A-3" in expected), query
    other = await pages_of(told(), "cn")
    page = await other.get("/differences?own=review&peer=returned")
    assert "A-1" in page.text


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_differences_are_ordered_as_applications_are(pages_of, party):
    site = await pages_of(told(), party)
    orders = set()
    for sort in ("number", "listed", "own_as_of", "peer_as_of"):
        page = await site.get(f"/differences?sort={sort}")
        shown = numbers_of(page.html)
        path = f"/api/applications?differs=any&sort={sort}"
        items = json.loads((await site.get(path)).html)["items"]
        assert shown == [item["number"] for item in items], sort
        href = page.page.one("link", "CSV").attributes["href"]
        assert href == f"/differences.csv?{'' if sort == 'number' else f'sort={sort}'}"
        lines = [*csv.reader(io.StringIO((await site.get(href)).html.lstrip("\ufeff")))][2:]
        found = [line[0].lstrip("'") for line in lines if line and line[0].lstrip("'") in shown]
        assert [*dict.fromkeys(found)] == shown
        assert "Clear the filters" not in page.page.names("link"), "an order leaves no row out"
        orders.add((*shown,))
    assert len(orders) > 1
    assert (await site.get("/differences?sort=times")).status == 400


@pytest.mark.parametrize("party", ["eu", "cn"])
@pytest.mark.parametrize(
    "query",
    ["", "peer=review&differs=accepted", "text=a-3", "own=-", "sort=peer_as_of", "first=2&limit=3"],
)
async def test_differences_over_the_api_are_those_of_the_page(pages_of, party, query):
    site = await pages_of(told(), party)
    page = numbers_of((await site.get(f"/differences?{query}")).html)
    found = json.loads((await site.get(f"/api/differences?{query}&lang=en")).html)
    listed = [item["number"] for item in found["items"]]
    assert listed == (page[1:4] if "first" in query else page)
    assert (found["known"], found["both"], found["differing"]) == (9, 6, 6)
    assert all(item["aspects"] for item in found["items"])
    refused = await site.get("/api/differences?sort=times")
    assert refused.status == 400


async def test_differences_are_counted_with_their_population(pages_of):
    world = told()
    for party in ("eu", "cn"):
        site = await pages_of(world, party)
        page = await site.get("/differences")
        assert "6 applications differ between" in page.text
        assert "of 6 with a state from both sides, 9 known in all" in page.text
        sizes = [site.node.world.sides[party].copies[log] for log in ("eu", "cn")]
        named = [
            f"{log.upper()}-{len(copy.entries) - 1}"
            for log, copy in zip(("eu", "cn"), sizes, strict=True)
        ][:: 1 if party == "eu" else -1]
        assert f"up to {named[0]} and {named[1]}" in page.text
        only = await site.get("/differences?differs=accepted")
        assert numbers_of(only.html) == ["A-1"]
        dates = ["18 Sep 2026", "21 Sep 2026"] if party == "eu" else ["21 Sep 2026", "18 Sep 2026"]
        rows = Page(only.html).rows()
        assert ["date of acceptance", *dates] in rows
        for word in ("overdue", "wrong", "owes", "逾期"):
            assert word not in page.text + (await site.get("/differences", lang="zh-CN")).text


async def test_file_of_applications_has_text_with_words_and_codes(pages_of):
    site = await pages_of(told(), "eu")
    for lang, word, differs in (
        ("en", "Application number", "state, date of acceptance, linked number"),
        ("zh-CN", "申请编号", "状态、受理日期、编号关联"),
    ):
        text = (await site.get("/applications.csv?peer=review", lang=lang)).html
        words, codes, *rows, _effect = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""))
        assert (words[0], codes[0]) == (word, "number")
        assert [row[0] for row in rows] == ["'=A-6", "A-1", "A-2", "A-3", "A-4", "A-5"]
        line = dict(zip(codes, rows[1], strict=True))
        assert (line["eu_state_code"], line["cn_state_code"]) == ("returned", "review")
        assert (line["eu_accepted_on"], line["cn_accepted_on"]) == ("2026-09-18", "2026-09-21")
        assert line["differs"] == differs
    token = await site.sign_in("desk")
    for name, lines in (("applications", 9), ("differences", 8)):
        async with site.client.get(
            f"{site.base}/{name}.xlsx", headers={"Cookie": f'sc-session-eu="{token}"'}
        ) as response:
            assert response.headers["Content-Disposition"].startswith(
                f'attachment; filename="{name}-2026-11-24'
            )
            book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(await response.read()))
        table, about = (book.get_sheet_by_name(each).to_python() for each in book.sheet_names)
        assert len(table) == lines + 3  # the words above, an empty line and the effect below
        assert all(isinstance(cell, str) for row in table for cell in row)
        named = {row[1] for row in about}
        assert [word for word in table[0] if word not in named] == []
        assert table[1][0] == "=A-6"  # text, never a formula


async def test_api_has_both_sides_statements_and_clocks(pages_of):
    site = await pages_of(told(), "eu")
    found = json.loads((await site.get("/api/applications?clock=over&limit=2")).html)
    assert (found["total"], [item["number"] for item in found["items"]]) == (1, ["A-4"])
    assert found["items"][0]["cn"]["clock"]["over"] is True
    second = json.loads((await site.get("/api/applications?first=2&limit=1")).html)
    assert [item["number"] for item in second["items"]] == ["A-1"]
    one = json.loads((await site.get("/api/applications/A-1?lang=zh-CN")).html)
    assert [side["latest"]["state"] for side in (one["eu"], one["cn"])] == ["returned", "review"]
    assert one["eu"]["latest"]["state_text"] == "供应商称已退回，法律性质不明"
    assert (one["cn"]["clock"]["day"], one["cn"]["clock"]["standing"]) == (41, "running")
    assert one["differences"] == ["state", "accepted", "link"]
    assert [said["state"] for said in one["eu"]["history"]] == ["submitted", "returned"]
    assert [row["list"] for row in one["listed"]] == ["W47", "W46"]
    assert [(link["by"], link["former"]) for link in one["links"]] == [("eu", "A-1")]
    assert (await site.get("/api/applications/A-99")).status == 404


async def test_batch_counts_days_and_links_to_the_application(pages_of):
    world = World.founded()
    batch = world.list_batch(["A-1", "A-2"])
    world.exchange()
    world.answer_batch(
        batch,
        [
            {"row": 1, "number": "A-1", "state": "review", "as_of": "2026-11-20",
             "accepted_on": "2026-09-21", "days_used": 7},
            {"row": 2, "number": "A-2", "match": "not_found"},
        ],
    )  # fmt: skip
    world.exchange()
    site = await pages_of(world, "eu")
    page = await site.get(f"/batches/{batch.position}")
    assert 'href="/applications/A-1"' in page.html
    assert "day 41 of 45" in page.text
    assert "7 of 45" not in page.text


async def test_entry_of_an_application_leads_to_its_page(pages_of):
    world = World.founded()
    stated = state(world, "cn", REFILED, "review")
    linked = link(world, "eu", REFILED, "OLD/1")
    body = {"batch": "standing", "applications": [REFILED]}
    payload = world.payload("eu", "thread.opened", thread=world.thread_id(), lang="en", body=body)
    thread = world.append("eu", payload, [world.text("Papers filed anew", "subject")])
    world.exchange()
    site = await pages_of(world, "eu")
    place = "/applications/%E8%99%9A%E6%9E%84%2F26%2BA-1"
    for entry in (stated, linked):
        moved = await site.get(f"/entries/{entry.position}")
        assert moved.headers["Location"] == f"{place}?entry={entry.position}#{entry.position}"
    page = await site.get(place)
    assert {f'id="{entry.position}"' in page.html for entry in (stated, linked)} == {True}
    assert f"{thread.position} Papers filed anew" in page.text
    listed = await site.get("/applications")
    assert f'href="{place}"' in listed.html
    assert f'href="/threads/{thread.position}"' in listed.html
    chosen = await site.get("/threads/new", params={"application": REFILED})
    assert REFILED in chosen.text


async def test_page_beyond_the_end_leads_to_the_last_with_its_filters(pages_of):
    world = World.founded()
    world.list_batch([f"A-{n:03}" for n in range(120)], state="review", as_of="2026-11-18")
    site = await pages_of(world, "eu")
    beyond = await site.get("/applications?own=review&page=99")
    assert beyond.status == 303
    last = await site.get(beyond.headers["Location"])
    assert shown(last.html) == [f"A-{n:03}" for n in range(100, 120)]


async def test_page_of_a_hundred_takes_as_many_queries_as_of_one(pages_of):
    counts = []
    for size in (1, 100):
        world = World.founded()
        world.list_batch([f"A-{n}" for n in range(size)], state="review", as_of="2026-11-18")
        site = await pages_of(world, "eu")
        await site.watch()
        for path in ("/applications?clock=over", "/applications", "/differences"):
            await site.get(path)
            counts.append((path, len(site.statements)))
    assert counts[:3] == counts[3:]


async def test_saved_filter_is_its_officials_own(pages_of):
    site = await pages_of(told(), "eu")
    query = "peer=review&sort=day&col=own&col=clock"
    kept = await site.post("/applications/views", {"name": "  Under  review ", "query": query})
    assert kept.status == 303
    assert kept.headers["Location"] == f"/applications?{query}"
    page = await site.get(kept.headers["Location"])
    assert "Under review" in page.text
    link = Page(page.html).one("link", "Under review")
    assert link.attributes["href"] == f"/applications?{query}"
    assert link.attributes["aria-current"] == "true"
    assert "Under review" not in (await site.get("/applications", who="head")).text
    [remove] = [
        form.attributes["action"]
        for form in page.page.all("form")
        if form.attributes.get("action", "").endswith("/remove")
    ]
    await site.post(remove, {}, who="head")
    assert "Under review" in (await site.get("/applications")).text
    other = {"name": "Under review", "query": "own=submitted"}
    assert (await site.post("/applications/views", other)).status == 409
    page = await site.get("/applications")
    assert Page(page.html).links()["Under review"] == f"/applications?{query}"
    await site.post("/applications/views", other | {"replace": "yes"})
    page = await site.get("/applications")
    assert Page(page.html).links()["Under review"].startswith("/applications?own=submitted")
    await site.post(remove, {})
    assert "Under review" not in (await site.get("/applications")).text


async def test_clock_of_the_table_is_a_dash_where_none_was_stated(pages_of):
    site = await pages_of(told(), "eu")
    head, *rows = (await site.get("/applications?col=clock")).page.rows()
    [number, clock] = [
        head.index(name) for name in ("Application number", "Statutory clock, by CN")
    ]
    clocks = {row[number]: row[clock] for row in rows}
    stated = {number for number, clock in clocks.items() if clock != "–"}
    assert stated == {"A-1", "A-2", "A-3", "A-4", "A-5", REFILED}
    assert clocks["A-7"] == "–"


async def test_filter_that_is_not_valid_is_not_saved(pages_of):
    site = await pages_of(told(), "eu")
    for fields, status in (
        ({"name": "", "query": "peer=review"}, 400),
        ({"name": "x" * 61, "query": "peer=review"}, 400),
        ({"name": "a", "query": "peer=nothing"}, 400),
        ({"name": "a", "query": "", "csrf": "no"}, 403),
    ):
        assert (await site.post("/applications/views", fields)).status == status, fields
    for place in range(50):
        await site.post("/applications/views", {"name": f"n{place}", "query": "own=-"})
    full = await site.post("/applications/views", {"name": "one more", "query": "own=-"})
    assert full.status == 409
    assert "You already have 50 saved views." in full.text
    same = {"name": "n7", "query": "peer=-", "replace": "yes"}
    again = await site.post("/applications/views", same)
    assert again.status == 303
    assert (await site.post("/applications/views/x/remove", {})).status == 404


async def test_page_names_questions_of_its_own_threads_with_their_state(pages_of):
    world = told()
    notes = []
    for number in ("A-1", "A-2"):
        body = {"batch": "standing", "applications": [number]}
        thread = world.open_thread("eu", f"Stamp · {number}", body=body).leaf.thread
        asks = [world.ask("eu", "2026-12-04T09:30:00Z")]
        notes.append((thread, world.note("eu", thread, asks=asks)))
    world.exchange()
    thread, note = notes[0]
    world.note("cn", thread, ("Yes.",), answers=[{"id": note.id, "q": ["1"]}])
    world.exchange()
    site = await pages_of(world, "eu")
    said = {}
    for number, (_, asked) in zip(("A-1", "A-2"), notes, strict=True):
        shown = await site.get(f"/applications/{number}")
        [item] = [
            each.text for each in shown.page.all("listitem") if f"{asked.position} Q1" in each.text
        ]
        said[number] = item
    assert "answered in time" in said["A-1"]
    assert "answered in time" not in said["A-2"]
