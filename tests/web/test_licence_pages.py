"""A licence on its page and over the API: the same facts, by role and visible text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from special_channel.core.entries import parse_model
from special_channel.core.entries.permits import Draw, Licence
from tests.broker.test_rebuild import write
from tests.permits import draw, issue, line
from tests.web.pages_node import PagesNode
from tests.web.reading import Page
from tests.world import Entry, World

NORD = "Fictional Antriebe Nord GmbH"
PAGE = "/licences/L%2F1"


def told(**charter: Any) -> tuple[World, dict[str, Entry]]:
    """A licence stated twice, with draw-downs: counted, corrected, and of another unit."""
    world = World.founded(**{"columns": ["customers", "state", "as_of"]} | charter)
    world.list_batch(["A-1", "A-2"], state="review", as_of="2026-11-20")
    world.exchange()
    customers: Any = {"customers": [NORD]} if not charter else {}
    first = issue(
        world, licence="L/1", valid_from="2026-01-01", valid_to="2026-12-31",
        lines=[line(), line("1C904.b", "10", "pcs")],
    )  # fmt: skip
    apart = draw(
        world, "3", licence="L/1", code="1C904.b", on="2026-11-12", unit="pcs", basis="gross"
    )
    second = issue(
        world, licence="L/1", per="calendar_year", applications=["A-1", "A-9"],
        lines=[line(), line("1C904.b", "40", "kg", "contained")], **customers,
        valid_from="2026-01-01", valid_to="2027-12-31",
    )  # fmt: skip
    wrong = draw(world, "900", licence="L/1", on="2026-11-10", application="A-1")
    customer: Any = {"customer": NORD} if not charter else {}
    right = draw(world, "100.5", licence="L/1", on="2026-11-10", corrects=wrong.id, **customer)
    world.exchange()
    return world, {
        "first": first, "second": second, "wrong": wrong, "right": right, "apart": apart,
    }  # fmt: skip


def at(entries: dict[str, Entry], name: str) -> str:
    return str(entries[name].position)


async def page(site: PagesNode, path: str = PAGE, lang: str = "en", who: str = "desk") -> Page:
    shown = await site.get(path, lang=lang, who=who)
    assert shown.status == 200, shown.text
    return Page(shown.html)


async def read(site: PagesNode, path: str = f"/api{PAGE}") -> dict[str, Any]:
    shown = await site.get(path, headers={"Accept": "application/json"})
    assert shown.status == 200, shown.html
    return dict(json.loads(shown.html))


async def test_draw_downs_are_told_newest_first_with_what_counts(pages_of):
    world, entries = told()
    site = await pages_of(world, "eu")
    shown = await page(site)
    head, *rows = shown.rows("Draw-downs 3")
    assert head == [
        "Stated in", "Date", "Control code", "Quantity", "Application", "Customer", "Correction",
    ]  # fmt: skip
    assert rows == [
        [at(entries, "apart"), "12 Nov 2026", "1C904.b",
         "3 pieces goods, not counted: the licence now states another unit or basis", "–", "–",
         "–"],
        [at(entries, "right"), "10 Nov 2026", "1C905.a", "100.5 kg goods", "–", NORD,
         f"replaces {at(entries, 'wrong')}"],
        [at(entries, "wrong"), "10 Nov 2026", "1C905.a", "900 kg goods", "A-1", "–",
         f"replaced by {at(entries, 'right')}, not counted"],
    ]  # fmt: skip
    links = shown.links()
    assert links[at(entries, "apart")] == f"/entries/{at(entries, 'apart')}/evidence"
    assert links["A-1"] == "/applications/A-1"


async def test_content_is_that_of_the_last_statement(pages_of):
    world, entries = told()
    site = await pages_of(world, "eu")
    shown = await page(site)
    facts = shown.facts()
    assert facts["Stated in"] == at(entries, "second")
    assert facts["Issued on"] == "20 Nov 2026"
    assert facts["Issued for applications"] == "A-1, A-9"
    assert facts["Named customers"].startswith(NORD)
    assert "4899.5 left of 5000 kg" in shown.one("region", "What is left").text
    assert "40 left of 40 kg" in shown.one("region", "What is left").text
    shown.one("heading", "Licence L/1")
    assert shown.one("navigation", "You are here").links() == {"Licences": "/licences"}
    head, *rows = shown.rows("History 2")
    assert head == ["Stated in", "Kind", "Valid", "Quantities", "Ended"]
    assert [row[0] for row in rows] == [at(entries, "second"), at(entries, "first")]
    assert rows[0][2] == "1 Jan 2026 – 31 Dec 2027"
    assert rows[0][3] == "1C905.a 5000 kg (goods) 1C904.b 40 kg (rare earth contained)"
    assert rows[0][4] == "–"


async def test_api_tells_what_the_page_tells(pages_of):
    world, entries = told()
    site = await pages_of(world, "eu")
    detail = await read(site)
    assert detail["position"] == at(entries, "second")
    assert (detail["type"], detail["standing"], detail["per"]) == (
        "general", "in_force", "calendar_year",
    )  # fmt: skip
    assert (detail["since"], detail["issued_on"]) == ("2026-01-01", "2026-11-20")
    assert (detail["applications"], detail["customers"]) == (["A-1", "A-9"], [NORD])
    assert detail["lines"] == [
        {"code": "1C905.a", "allowed": "5000", "drawn": "100.5", "left": "4899.5", "unit": "kg",
         "basis": "gross"},
        {"code": "1C904.b", "allowed": "40", "drawn": "0", "left": "40", "unit": "kg",
         "basis": "contained"},
    ]  # fmt: skip
    assert detail["draws"] == [
        {"position": at(entries, "apart"), "on": "2026-11-12", "code": "1C904.b", "amount": "3",
         "unit": "pcs", "basis": "gross", "apart": True},
        {"position": at(entries, "right"), "on": "2026-11-10", "code": "1C905.a",
         "amount": "100.5", "unit": "kg", "basis": "gross", "customer": NORD,
         "corrects": at(entries, "wrong"), "apart": False},
        {"position": at(entries, "wrong"), "on": "2026-11-10", "code": "1C905.a",
         "amount": "900", "unit": "kg", "basis": "gross", "application": "A-1",
         "corrected_in": at(entries, "right"), "apart": False},
    ]  # fmt: skip
    assert [each["position"] for each in detail["history"]] == [
        at(entries, "second"), at(entries, "first"),
    ]  # fmt: skip
    assert detail["history"][1] == {
        "position": at(entries, "first"), "type": "general", "valid_from": "2026-01-01",
        "valid_to": "2026-12-31",
        "lines": [
            {"code": "1C905.a", "amount": "5000", "unit": "kg", "basis": "gross"},
            {"code": "1C904.b", "amount": "10", "unit": "pcs", "basis": "gross"},
        ],
    }  # fmt: skip
    assert (detail["covers"], detail["covered"]) == ([], 0)
    sizes = await read(site, "/api/licences")
    assert (detail["eu_size"], detail["cn_size"]) == (sizes["eu"], sizes["cn"])


async def test_licence_that_ended_says_how_and_when(pages_of):
    world, _ = told()
    last = issue(
        world, licence="L/1", valid_from="2026-01-01", valid_to="2027-12-31",
        ended={"how": "revoked", "on": "2026-11-20"},
    )  # fmt: skip
    world.exchange()
    site = await pages_of(world, "cn")
    detail = await read(site)
    assert (detail["standing"], detail["ended"], detail["ended_on"]) == (
        "ended", "revoked", "2026-11-20",
    )  # fmt: skip
    assert "covers" not in detail
    shown = await page(site)
    assert shown.rows("History 3")[1][4] == "permission revoked 20 Nov 2026"
    assert f"As MOFCOM states it in {last.position}." in shown.text
    assert not shown.all("region", "What is left")
    assert "100.5 kg drawn of 5000 kg" in shown.text or "100.5 drawn of 5000 kg" in shown.text


async def test_draw_downs_beyond_the_quantity_are_told(pages_of):
    world, _ = told()
    draw(world, "6000", licence="L/1", on="2026-11-13")
    world.exchange()
    site = await pages_of(world, "eu")
    [first, _] = (await read(site))["lines"]
    assert (first["drawn"], first["left"]) == ("6100.5", "-1100.5")
    assert "1100.5" in (await page(site)).one("region", "What is left").text


async def test_pending_applications_that_it_would_cover_are_named(pages_of):
    world = World.founded(columns=["state", "as_of"])
    numbers = [f"A-{number:02}" for number in range(52)]
    world.list_batch(numbers, state="review", as_of="2026-11-20")
    issue(world, licence="L/1", valid_from="2026-01-01", valid_to="2027-12-31")
    issue(world, licence="L-2", valid_from="2027-01-01", valid_to="2027-12-31")
    world.exchange()
    site = await pages_of(world, "eu")
    kept = [
        {"row": place, "number": number, "columns": {"control_code": "1C905.a"}}
        for place, number in enumerate(numbers, 1)
    ]
    await write(site.node, "columns.kept", rows=kept, body={"list": "W47", "rows": len(kept)})
    detail = await read(site)
    assert detail["covered"] == 52
    assert detail["covers"] == [
        {"number": number, "code": "1C905.a", "state": "review", "rule": "code"}
        for number in numbers[:50]
    ]
    shown = await page(site)
    shown.one("heading", "Pending applications it would cover 52")
    assert "The first 50 by number." in shown.text
    assert shown.links()["A-49"] == "/applications/A-49"
    assert "A-50" not in shown.links()
    later = await page(site, "/licences/L-2")
    assert "only a general licence in force covers further applications" in later.text
    assert (await read(site, "/api/licences/L-2"))["covers"] == []
    kept[0]["columns"] = {"control_code": "6A004"}
    await write(site.node, "columns.kept", rows=kept, body={"list": "W47", "rows": len(kept)})
    detail = await read(site)
    assert detail["covered"] == 51
    assert detail["covers"][0]["number"] == "A-01"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["SOON", "L/1", "LATER"]),
        ("?standing=to_come", ["LATER"]),
        ("?standing=in_force", ["SOON", "L/1"]),
        ("?code=1C904.b", ["L/1"]),
        ("?text=oo", ["SOON"]),
        ("?standing=expired", []),
    ],
)
async def test_licences_are_filtered_and_the_next_to_expire_comes_first(pages_of, query, found):
    world, _ = told()
    issue(world, licence="SOON", valid_from="2026-11-01", valid_to="2026-11-30")
    issue(world, licence="LATER", valid_from="2027-01-01", valid_to="2028-11-30")
    world.exchange()
    site = await pages_of(world, "cn")
    listed = await read(site, f"/api/licences{query}")
    assert [each["licence"] for each in listed["items"]] == found
    assert listed["total"] == len(found)
    shown = await page(site, f"/licences{query}")
    assert [row[0] for row in shown.rows()[1:]] == found


async def test_list_of_licences_has_pages_of_25_that_keep_the_filter(pages_of):
    world = World.founded()
    for number in range(26):
        issue(world, licence=f"L-{number:02}", valid_from="2026-01-01", valid_to="2027-12-31")
    world.exchange()
    site = await pages_of(world, "eu")
    shown = await page(site, "/licences?standing=in_force")
    assert len(shown.rows()) == 1 + 25
    [following] = shown.one("navigation", "Pages").links().values()
    assert following == "/licences?standing=in_force&page=2"
    assert len((await page(site, following)).rows()) == 2
    listed = await read(site, "/api/licences?first=26")
    assert [each["licence"] for each in listed["items"]] == ["L-25"]


async def test_form_for_a_known_licence_is_filled_in_as_last_stated(pages_of):
    world, _ = told()
    site = await pages_of(world, "cn")
    fields = (await page(site, "/new-licence?licence=L%2F1")).one("main").fields()
    filled = {name: value for name, value in fields.items() if value and name != "csrf"}
    assert filled == filled | {
        "licence": "L/1", "type": "general", "per": "calendar_year", "issued_on": "2026-11-20",
        "valid_from": "2026-01-01", "valid_to": "2027-12-31", "applications": "A-1\nA-9",
        "customers": NORD, "code-0": "1C905.a", "quantity-0": "5", "unit-0": "t",
        "basis-0": "gross", "code-1": "1C904.b", "quantity-1": "40", "unit-1": "kg",
        "basis-1": "contained",
    }  # fmt: skip
    assert "code-5" in fields
    assert "code-6" not in fields
    empty = (await page(site, "/new-licence")).one("main").fields()
    assert (empty["licence"], empty["type"], empty["per"]) == ("", "general", "licence_year")


async def test_what_will_be_signed_is_told_in_words(pages_of):
    world, _ = told()
    site = await pages_of(world, "cn")
    form = {
        "licence": "L-9", "type": "general", "per": "licence", "issued_on": "2026-11-23",
        "valid_from": "2026-12-01", "valid_to": "2027-11-30", "applications": "A-1\nA-2 A-1",
        "customers": f"{NORD}\n\n", "ended_how": "revoked", "ended_on": "2026-11-24",
    }  # fmt: skip
    lines = {"code-7": "1C905.a", "quantity-7": "1.5", "unit-7": "t", "basis-7": "gross"}
    shown = Page((await site.post("/new-licence", form | lines)).html)
    [body] = shown.signs("licence.issued")
    said = parse_model(Licence, body.encode())
    assert (said.applications, said.customers) == (("A-1", "A-2"), (NORD,))
    assert said.ended is not None
    assert (said.ended.how, said.ended.on) == ("revoked", "2026-11-24")
    assert "A-1, A-2" in shown.text
    assert "1C905.a 1.5 t goods" in shown.text
    assert "code-8" in shown.one("main").fields(), "one line more than was filled in"
    refused = Page((await site.post("/new-licence", form)).html)
    assert refused.signs("licence.issued") == []
    assert "licence-malformed" in refused.text


async def test_without_the_column_no_customer_is_recorded_or_shown(pages_of):
    world, _ = told(columns=["state", "as_of"])
    site = await pages_of(world, "cn")
    shown = await page(site)
    assert "Customer" not in shown.rows("Draw-downs 3")[0]
    assert shown.facts()["Named customers"] == (
        "not shared: the charter does not provide for naming companies"
    )
    given = {"code": "1C905.a", "quantity": "1", "unit": "kg", "basis": "gross"}
    checked = Page(
        (await site.post(f"{PAGE}/draw", given | {"on": "2026-11-24", "customer": NORD})).html
    )
    [body] = checked.signs("licence.drawn")
    assert parse_model(Draw, body.encode()).customer is None
    assert "customers" not in (await page(site, "/new-licence")).one("main").fields()


async def test_correction_begins_with_the_draw_down_that_it_replaces(pages_of):
    world, entries = told()
    site = await pages_of(world, "cn")
    links = (await page(site)).links()
    address = f"{PAGE}/draw?corrects={at(entries, 'right')}"
    assert address in links.values()
    fields = (await page(site, address)).one("main").fields()
    assert {name: fields[name] for name in ("code", "quantity", "unit", "basis", "on")} == {
        "code": "1C905.a", "quantity": "100.5", "unit": "kg", "basis": "gross", "on": "2026-11-10",
    }  # fmt: skip
    assert (fields["corrects"], fields["customer"]) == (entries["right"].id, NORD)
    replaced = f"{PAGE}/draw?corrects={at(entries, 'wrong')}"
    assert replaced not in links.values()
    fresh = (await page(site, replaced)).one("main").fields()
    assert (fresh.get("corrects", ""), fresh["quantity"], fresh["unit"]) == ("", "", "t")


@pytest.mark.parametrize("path", ["/licences/none", "/licences/none/draw"])
async def test_licence_that_is_not_there_is_named(pages_of, path):
    world, _ = told()
    site = await pages_of(world, "cn")
    shown = await site.get(path)
    assert shown.status == 404
    assert "licence-unknown" in shown.text


async def test_correction_of_a_licence_begins_with_what_it_replaces(pages_of):
    world, entries = told()
    site = await pages_of(world, "cn")
    links = (await page(site)).links()
    address = f"/new-licence?licence=L/1&corrects={at(entries, 'first')}"
    assert address in links.values()
    form = (await page(site, address)).one("main")
    assert f"A correction says that {at(entries, 'first')} was never right" in form.text
    fields = form.fields()
    assert (fields["corrects"], fields["valid_to"]) == (entries["first"].id, "2026-12-31")
    checked = Page((await site.post("/new-licence", fields | {"issued_on": "2026-11-19"})).html)
    [body] = checked.signs("licence.issued")
    stated = parse_model(Licence, body.encode())
    assert stated.corrects is not None
    assert (stated.corrects.id, stated.issued_on) == (entries["first"].id, "2026-11-19")
    # People read the number of the entry, never its id.
    [would] = checked.marked("aria-labelledby", "would")
    [facts] = [each for each in would.within() if each.tag == "dl"]
    assert entries["first"].id not in facts.text
    assert at(entries, "first") in facts.text
    typed = Page((await site.post("/new-licence", fields | {"type": "individual"})).html)
    [body] = typed.signs("licence.issued")
    assert parse_model(Licence, body.encode()).type == "individual", "a type is correctable"
    fresh = (await page(site, "/new-licence?licence=L/1&corrects=CN-999")).one("main").fields()
    assert (fresh["corrects"], fresh["valid_to"]) == ("", "2027-12-31")


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_replaced_terms_are_struck_and_said_in_words(pages_of, party):
    world, entries = told()
    wrong = entries["second"]
    right = issue(
        world, licence="L/1", applications=["A-9"], lines=[line()], valid_from="2026-01-01",
        valid_to="2027-11-30", corrects={"id": wrong.id},
    )  # fmt: skip
    world.exchange()
    site = await pages_of(world, party)
    shown = await page(site)
    struck = [each.text for each in shown.all("deletion")]
    assert struck == ["Replaced: general licence", "Replaced: 1 Jan 2026 – 31 Dec 2027"]
    assert f"replaced in {right.position}" in shown.text
    assert f"corrects={wrong.position}" not in " ".join(shown.links().values())
    history = (await read(site))["history"]
    assert [each.get("corrected_in") for each in history] == [None, str(right.position), None]
    # A-1 is on no issue any more, and is not stated as issued.
    application = await read(site, "/api/applications/A-1")
    assert application["cn"].get("latest", {}).get("state") != "issued"
    assert application["cn"]["corrections"][0]["corrected_in"] == str(right.position)
