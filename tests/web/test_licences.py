"""Licences and priority on pages, forms and the API; the EU's own view of who is listed."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest_asyncio

from special_channel.core.entries import StatementRef, parse_model
from special_channel.core.entries.permits import Draw, Licence, PriorityAnswers, PriorityRequest
from tests.broker.test_rebuild import write
from tests.permits import LICENCE, draw, issue, line, mark, reply, request
from tests.web.pages_node import PagesNode
from tests.web.reading import rows_of
from tests.world import World

NORD, SUED = "Fictional Antriebe Nord GmbH", "Fictional Motorenwerk Süd AG"
PAGE = "/licences/%E8%99%9A%E6%9E%84-26-00001"
COLUMNS = {
    "A-1": {"control_code": "1C905.a", "eu_company": NORD, "member_state": "DE", "is_sme": "true"},
    "A-2": {"control_code": "1C905.a", "eu_company": SUED, "member_state": "DE", "is_sme": "false"},
    "A-3": {"control_code": "1C904.b", "eu_company": NORD, "member_state": "PL", "is_sme": "true"},
}


def told() -> World:
    """Tuesday 24 November 2026: a general licence with draw-downs, an individual one, priority."""
    world = World.founded(columns=["customers", "state", "as_of"])
    world.list_batch(["A-1", "A-2", "A-3"], state="review", as_of="2026-11-20")
    world.exchange()
    issue(
        world,
        lines=[line(), line("1C904.b", "40", "kg", "contained")],
        customers=[NORD],
        valid_from="2026-11-01",
        valid_to="2027-10-31",
    )
    wrong = draw(world, "1250.5", on="2026-11-10", application="A-9")
    draw(world, "125.5", on="2026-11-10", corrects=wrong.id, customer=NORD)
    issue(world, licence="FIKTIV-L-2", type="individual", per="licence", applications=["A-3"])
    mark(world, "cn", "A-1", "uncounted", "2026-11-12", basis="expert_opinion")
    asked = request(world, "A-1", "A-2")
    world.exchange()
    reply(world, asked, {"A-1": "granted"})
    world.exchange()
    return world


@pytest_asyncio.fixture
async def eu(pages_of):
    site = await pages_of(told(), "eu")
    rows = [
        {"row": place, "number": number, "columns": columns}
        for place, (number, columns) in enumerate(COLUMNS.items(), 1)
    ]
    await write(site.node, "columns.kept", rows=rows, body={"list": "W47", "rows": len(rows)})
    return site


async def api(site, path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (await site.get(path, headers={"Accept": "application/json"})).html
    )
    assert "code" not in found, found
    return found


async def test_what_is_left_is_shown_exactly_and_corrected_draw_downs_do_not_count(eu):
    shown = await eu.get("/licences")
    assert "4874.5 left of 5000 kg" in shown.text
    assert "40 left of 40 kg" in shown.text
    one = await eu.get(PAGE)
    assert re.search(r"replaced by CN-\d+, not counted", one.text)
    assert NORD in one.text
    assert "Approved does not mean issued" in shown.text
    found = await api(eu, "/api/licences")
    assert found["total"] == 2
    assert [each["licence"] for each in found["items"]] == ["FIKTIV-L-2", LICENCE][::-1]
    detail = await api(eu, f"/api{PAGE}")
    assert [(each["code"], each["left"]) for each in detail["lines"]] == [
        ("1C905.a", "4874.5"),
        ("1C904.b", "40"),
    ]
    assert [each["amount"] for each in detail["draws"] if "corrected_in" not in each] == ["125.5"]


async def test_what_can_still_be_used_comes_first_and_of_the_rest_is_said_what_was_used(pages_of):
    world = World.founded(columns=["customers"])
    spans = {
        "OVER-1": ("2025-01-01", "2025-06-30"),
        "OVER-2": ("2025-01-01", "2025-12-31"),
        "SOON": ("2026-01-01", "2026-12-31"),
        "LATER": ("2026-01-01", "2027-06-30"),
    }
    for licence, (first, last) in spans.items():
        issue(world, licence=licence, lines=[line(quantity="48")], valid_from=first, valid_to=last)
    world.exchange()
    for party in ("eu", "cn"):
        site = await pages_of(world, party)
        shown = await site.get("/licences")
        assert shown.page.names("rowheader") == ["SOON", "LATER", "OVER-2", "OVER-1"]
        assert shown.text.count("48 000 left of 48 000 kg") == 2
        assert shown.text.count("0 drawn of 48 000 kg") == 2
        one = await site.get("/licences/OVER-1", lang="zh-CN")
        assert "共48 000，已使用0 千克" in one.text


async def test_only_a_named_customers_applications_with_the_code_would_be_covered(eu):
    """A-2 is another firm's, and A-3 has a licence of its own: it waits for none."""
    detail = await api(eu, f"/api{PAGE}")
    assert [(each["number"], each["rule"]) for each in detail["covers"]] == [
        ("A-1", "code-customer")
    ]
    shown = await eu.get("/applications/A-1")
    assert "Licences that would cover it" in shown.text
    assert LICENCE in shown.text
    assert "Licences that would cover it" not in (await eu.get("/applications/A-2")).text
    assert "Licences issued for this application" in (await eu.get("/applications/A-3")).text
    assert "time not counted" in shown.text.lower() or "12 November 2026" in shown.text


async def test_no_name_of_a_customer_is_kept_with_what_would_be_covered(eu):
    """An erasure order does not reach what the node's memory holds."""
    assert len((await api(eu, f"/api{PAGE}"))["covers"]) == 1
    kept = eu.own.stores.permits._cache._results
    [key] = [each for each in kept if "coverable" in each]
    assert NORD.lower() not in repr(key).lower()


async def test_the_other_node_says_that_it_can_not_tell_what_would_be_covered(pages_of):
    site = await pages_of(told(), "cn")
    shown = await site.get(PAGE)
    assert "the EU does not share them" in shown.text
    assert "covers" not in await api(site, f"/api{PAGE}")
    for path in ("/fairness", "/fairness.csv", "/api/fairness", "/new-priority?application=A-1"):
        assert (await site.get(path)).status in {403, 404}
    assert "/fairness" not in shown.page.links().values()
    for lang, words in (("en", "Licences"), ("zh-CN", "许可证")):
        assert words in (await site.get("/licences", lang=lang)).text


FORM = {
    "licence": "FIKTIV-L-9", "type": "general", "per": "calendar_year",
    "issued_on": "2026-11-23", "valid_from": "2026-12-01", "valid_to": "2027-11-30",
    "code-0": "1C905.a", "quantity-0": "1.5", "unit-0": "t", "basis-0": "gross",
    "code-1": "", "quantity-1": "", "unit-1": "kg", "basis-1": "gross",
    "applications": "A-1\nA-2 A-1", "customers": f"{NORD}\n\n", "ended_how": "", "ended_on": "",
}  # fmt: skip


async def test_an_official_of_china_records_a_licence_and_a_draw_down_by_a_form(pages_of):
    site = await pages_of(told(), "cn")
    assert (await site.get("/new-licence")).status == 200
    checked = await site.post("/new-licence", FORM)
    [body] = checked.page.signs("licence.issued")
    said = parse_model(Licence, body.encode())
    assert (said.applications, said.customers) == (("A-1", "A-2"), (NORD,))
    assert [(each.code, each.quantity, each.unit) for each in said.lines] == [
        ("1C905.a", "1.5", "t")
    ]
    for field, value in (("valid_to", "2026-11-01"), ("quantity-0", "1,5"), ("licence", "a b")):
        refused = await site.post("/new-licence", FORM | {field: value})
        assert refused.page.signs("licence.issued") == []
        assert "licence-malformed" in refused.html
    known = await site.get("/new-licence?licence=FIKTIV-L-2")
    assert "FIKTIV-L-2" in known.page.fields().values()
    given = {"code": "1C905.a", "quantity": "12.25", "unit": "kg", "basis": "gross"}
    drawn = await site.post(f"{PAGE}/draw", given | {"on": "2026-11-24", "corrects": ""})
    [body] = drawn.page.signs("licence.drawn")
    assert parse_model(Draw, body.encode()).quantity == "12.25"
    links = [each.attributes["href"] for each in (await site.get(PAGE)).page.all("link")]
    again = next(to for to in links if "draw?corrects=CN-" in to)
    replaced = (await site.get(again)).page.fields()["corrects"]
    taken = await site.post(
        f"{PAGE}/draw", given | {"quantity": "0", "on": "2026-11-24", "corrects": replaced}
    )
    [body] = taken.page.signs("licence.drawn")
    assert parse_model(Draw, body.encode()).corrects == StatementRef(id=replaced)


async def test_the_eu_records_no_licence(eu):
    assert (await eu.get("/new-licence")).status == 403
    assert (await eu.post(f"{PAGE}/draw", {})).status == 403
    assert "/draw" not in (await eu.get(PAGE)).html
    assert (await eu.get("/licences/unknown")).status == 404


async def test_priority_is_asked_for_a_selection_and_answered_row_by_row(eu, pages_of):
    shown = await eu.get("/new-priority?application=A-1&application=A-3&application=nobody")
    assert "nobody" in shown.text
    bodies = [parse_model(PriorityRequest, each.encode())
              for each in shown.page.signs("priority.requested")]  # fmt: skip
    assert {each.applications for each in bodies} == {("A-1", "A-3")}
    assert {each.reason for each in bodies} >= {"line_stop", "stock_low"}
    found = (await eu.get("/applications?priority=granted&col=priority")).text
    assert "A-1" in found
    assert "A-2" not in found
    site = await pages_of(told(), "cn")
    links = (await site.get("/priority")).page.links()
    [number] = [to for to in links.values() if to.startswith("/priority/EU-")]
    checked = await site.post(number, {"answer-1": "not_now", "remark-1": "in_turn"})
    [body] = checked.page.signs("priority.answered")
    said = parse_model(PriorityAnswers, body.encode()).answers
    assert [(each.number, each.answer, each.remark) for each in said] == [
        ("A-2", "not_now", "in_turn")
    ]
    assert (await site.post(number, {"answer-1": "perhaps"})).status == 400
    detail = await api(site, f"/api/priorities/{number.rpartition('/')[2]}")
    assert [each.get("answer") for each in detail["wanted"]] == ["granted", None]
    assert (await site.get("/priority/CN-1")).status == 404


async def test_a_licence_says_by_which_charter_its_customers_are_named(eu, pages_of):
    shown = await eu.get(PAGE)
    assert f"Named customers {NORD} Charter no. 1, which both sides adopted" in shown.text
    world = World.founded()
    issue(world)
    world.exchange()
    plain = await (await pages_of(world, "eu")).get(PAGE)
    assert "not shared: the charter does not provide for naming companies" in plain.text
    assert "which both sides adopted" not in plain.text


async def test_who_is_listed_is_counted_by_columns_that_stay_with_population_and_definition(eu):
    shown = await eu.get("/fairness")
    assert "Basis: 3 applications" in shown.text
    cells = {
        name: [cell.partition(" ") for cell in row]
        for name, *row in rows_of(shown.html)
        if row[0][:1].isdigit()
    }
    counts = {name: [int(count) for count, _, _ in row] for name, row in cells.items()}
    shares = {name: [share for _, _, share in row] for name, row in cells.items()}
    # applications, approved, without decision, refused, over, no state; asked, granted
    assert counts["DE"] == [2, 0, 2, 0, 0, 0, 2, 1]
    assert counts["PL"] == [1, 1, 0, 0, 0, 0, 0, 0]
    assert counts["yes"] == [2, 1, 1, 0, 0, 0, 1, 1]
    assert list(counts)[:2] == ["DE", "PL"]
    assert counts["All together"] == [3, 1, 2, 0, 0, 0, 2, 1]
    none = "0.0\N{NO-BREAK SPACE}%"
    # Of the population; of the line's own; granted of those asked for, where any was.
    assert shares["DE"] == [
        "66.7\N{NO-BREAK SPACE}%", none, "100.0\N{NO-BREAK SPACE}%", none, none, none,
        "100.0\N{NO-BREAK SPACE}%", "50.0\N{NO-BREAK SPACE}%",
    ]  # fmt: skip
    assert shares["PL"][-2:] == [none, ""]
    assert shares["All together"][:2] == ["100.0\N{NO-BREAK SPACE}%", "33.3\N{NO-BREAK SPACE}%"]
    assert "Priority granted: share of the requests" in shown.text
    chinese = (await eu.get("/fairness", lang="zh-CN")).text
    assert "66.7%" in chinese
    assert "可优先办理为占请求数的比例" in chinese
    assert "never leave our node" in shown.text


async def test_file_of_countries_and_sectors_counts_as_the_page(eu):
    page = (await eu.get("/fairness")).page
    shown = await eu.get(page.one("link", "CSV").attributes["href"])
    names, codes, *rows = csv.reader(io.StringIO(shown.html.removeprefix("\ufeff")))
    assert names[:4] == ["Grouped by", "Group", "Applications", "Approved"]
    # The last line is the text on the effect.
    found = [dict(zip(codes, row, strict=True)) for row in rows[:-1] if any(row)]
    counts = {row["group"]: [row[code] for code in codes[2:]] for row in found}
    assert counts["DE"] == ["2", "0", "2", "0", "0", "0", "2", "1"]
    assert counts["yes"] == ["2", "1", "1", "0", "0", "0", "1", "1"]
    assert {row["grouping"] for row in found} >= {"Member state"}
    told = await api(eu, "/api/fairness")
    lines = [line for grouping in told["groupings"] for line in grouping["lines"]]
    [germany] = [line for line in lines if line["value"] == "DE"]
    counted = germany["total"], *germany["counts"].values(), germany["asked"], germany["granted"]
    assert [str(count) for count in counted] == counts["DE"]
    assert "All together" not in counts, "a sum would count each application twice"
    cookie = {"Cookie": f'sc-session-eu="{await eu.sign_in("desk")}"'}
    for lang in ("en", "zh-CN"):
        path = f"{eu.base}/fairness.xlsx?lang={lang}"
        async with eu.client.get(path, headers=cookie) as answer:
            assert answer.status == 200


async def test_countries_and_sectors_are_filtered_and_ordered_alike(eu):
    """On the page, in its file and over the API; shares stay those of all groups."""
    query = "by=member_state&sort=pending"
    page = (await eu.get(f"/fairness?{query}")).page
    names = [row[0] for row in rows_of(str((await eu.get(f"/fairness?{query}")).html))]
    groups = [name for name in names if name in {"DE", "PL", "yes", "no"}]
    assert groups == ["DE", "PL"], "both applications of Germany wait"
    href = page.one("link", "CSV").attributes["href"]
    assert href == f"/fairness.csv?{query}"
    assert [row["group"] for row in await groups_in(eu, href)] == groups
    [grouping] = (await api(eu, f"/api/fairness?{query}"))["groupings"]
    assert [line["value"] for line in grouping["lines"]] == groups
    poland = (await eu.get("/fairness?by=member_state&text=pl")).page
    assert poland.one("textbox", "Name").attributes["value"] == "pl"
    assert "DE" not in poland.text.partition("Group by")[2].split()
    assert "33.3" in poland.text, "of all three applications"
    # Their sum says that it is not of the rows above it alone.
    share = "3 100.0\N{NO-BREAK SPACE}%"
    last = poland.rows("Member state 3")[-1]
    assert last[:2] == ["All groups, also those not shown", share]
    assert page.rows("Member state 3")[-1][:2] == ["All together", share]
    chinese = (await eu.get("/fairness?by=member_state&text=pl", lang="zh-CN")).page
    assert chinese.one("rowheader", "合计（含未显示的分组）")
    assert "No group matches." in (await eu.get("/fairness?by=member_state&text=xx")).text
    assert [row["group"] for row in await groups_in(eu, "/fairness.csv?text=yes")] == ["yes"]
    found = await groups_in(eu, "/fairness.csv?text=是&lang=zh-CN")
    assert [row["group"] for row in found] == ["是"]
    assert (await eu.get("/fairness?by=owner")).status == 400


async def groups_in(eu: PagesNode, path: str) -> list[dict[str, str]]:
    """Rows of the file by the codes of its columns."""
    shown = await eu.get(path)
    assert shown.status == 200, shown.text
    _, codes, *rows = csv.reader(io.StringIO(shown.html.removeprefix("\ufeff")))
    return [dict(zip(codes, row, strict=True)) for row in rows[:-1] if any(row)]


async def test_application_names_fitting_licences_that_expire_first(pages_of):
    """Of more than a page has room for; each expires a day after the one before."""
    world = World.founded()
    world.list_batch(["A-1"])
    for day in range(1, 27):
        issue(
            world, licence=f"FIKTIV-L-{day:02}", valid_from="2026-11-01",
            valid_to=f"2027-10-{day:02}",
        )  # fmt: skip
    world.exchange()
    site = await pages_of(world, "eu")
    rows = [{"row": 1, "number": "A-1", "columns": COLUMNS["A-1"]}]
    await write(site.node, "columns.kept", rows=rows, body={"list": "W47", "rows": 1})
    covering = (await api(site, "/api/applications/A-1"))["covering"]
    assert [each["licence"] for each in covering] == [f"FIKTIV-L-{day:02}" for day in range(1, 26)]
