"""Rows of a weekly list: filters and order, the same on the page, over the API and in the file."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from special_channel.core.bytes.canonical import Value
from tests.broker.test_rebuild import write
from tests.web.pages_node import PagesNode
from tests.web.test_every_list_file import records
from tests.world import Entry, World

URGENCY = {"B-2": "normal", "A-9": "line_stop", "C-1": "urgent"}
"""By application number, in the order of the rows."""


def listed() -> tuple[World, Entry, Entry]:
    """A list of three rows; CN answers the first two, one with a state that the EU does not state.

    Returns the world, the list and the return sheet.
    """
    world = World.founded(columns=["state", "as_of"])
    rows: list[Value] = [
        {
            "row": place, "number": number, "urgency": urgency, "rank": place,
            "first_listed": "2026-11-20", "times_listed": place, "state": "review",
            "as_of": "2026-11-19",
        }
        | ({"stop_on": "2026-12-24"} if urgency == "line_stop" else {})
        for place, (number, urgency) in enumerate(URGENCY.items(), 1)
    ]  # fmt: skip
    body: dict[str, Value] = {"list": "W47", "rows": len(rows)}
    payload = world.payload("eu", "batch.listed", body=body)
    batch = world.append("eu", payload, [world.data("list", {"rows": rows})], also=["head"])
    world.exchange()
    answers: list[dict[str, Value]] = [
        {"row": 1, "number": "B-2", "state": "review", "as_of": "2026-11-20"},
        {"row": 2, "number": "A-9", "state": "approved", "as_of": "2026-11-20", "remark": "typo"},
    ]
    sheet = world.answer_batch(batch, answers)
    world.exchange()
    return world, batch, sheet


async def numbers(site: PagesNode, batch: Entry, query: str) -> list[str]:
    """Application numbers over the API; page and file must have the same rows in this order."""
    path = f"/batches/{batch.position}"
    page = (await site.get(f"{path}?{query}")).page
    shown = [each.text for each in page.all("rowheader")]
    _, *rows = orjson.loads((await site.get(f"/api{path}?{query}")).html)["items"]
    assert [each["number"] for each in rows] == shown
    file = await records(site, page.one("link", "CSV").attributes["href"])
    assert [row["number"] for row in file] == shown
    return shown


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_rows_of_a_list_are_filtered_and_ordered(pages_of, party):
    world, batch, _ = listed()
    site = await pages_of(world, party)
    for query, expected in (
        ("", ["B-2", "A-9", "C-1"]),
        ("sort=number", ["A-9", "B-2", "C-1"]),
        ("sort=urgency", ["A-9", "C-1", "B-2"]),
        ("state=approved", ["A-9"]),
        ("differs=1", ["A-9"]),
        ("match=found&sort=number", ["A-9", "B-2"]),
        ("text=c-", ["C-1"]),
        ("text=%25", []),
    ):
        if expected:
            assert await numbers(site, batch, query) == expected, query
        else:
            page = await site.get(f"/batches/{batch.position}?{query}")
            assert "No application matches." in page.text
    chosen = (await site.get(f"/batches/{batch.position}?state=approved")).page
    assert chosen.links()["Clear the filters"] == f"/batches/{batch.position}"
    assert "Clear the filters" not in (
        await site.get(f"/batches/{batch.position}?sort=number")
    ).page.names("link")


async def test_api_begins_with_the_row_that_is_asked_for(pages_of):
    world, batch, _ = listed()
    site = await pages_of(world, "eu")
    path = f"/api/batches/{batch.position}"
    for query, expected in (
        ("first=2", [2, 3]), ("first=2&limit=1", [2]), ("first=2&sort=urgency", [3, 1]),
        ("first=3&state=approved", []), ("first=0", [1, 2, 3]),
    ):  # fmt: skip
        _, *rows = orjson.loads((await site.get(f"{path}?{query}")).html)["items"]
        assert [each["row"] for each in rows] == expected, query


async def test_file_of_rows_has_both_records_and_the_answer(pages_of):
    world, batch, sheet = listed()
    body: dict[str, Value] = {"batch": batch.leaf.id, "applications": ["A-9"]}
    thread = world.open_thread("eu", "Papers", body=body)
    world.exchange()
    site = await pages_of(world, "cn")
    first, second, third = await records(site, f"/batches/{batch.position}/rows.csv")
    assert (second["row"], second["urgency"], second["stop_on"]) == (
        "2", "production stopped", "2026-12-24",
    )  # fmt: skip
    assert [second[f"{side}_state_code"] for side in ("eu", "cn")] == ["review", "approved"]
    assert (second["eu_as_of"], second["cn_as_of"]) == ("2026-11-19", "2026-11-20")
    assert (second["cn_entry"], second["answer_entry"]) == (str(sheet.position),) * 2
    assert (second["differing_states"], first["differing_states"]) == ("differs", "")
    assert second["row_threads"] == str(thread.position)
    assert (third["row_match"], third["answer_entry"], third["cn_state"]) == ("", "", "")
    assert [row["times_listed"] for row in (first, second, third)] == ["1", "2", "3"]


async def test_file_of_rows_has_own_columns_of_our_side_alone(pages_of):
    world, batch, _ = listed()
    site = await pages_of(world, "eu")
    rows: list[dict[str, Any]] = [
        {"row": place, "number": number, "columns": {"eu_company": "=1+1", "member_state": "DE"}}
        for place, number in enumerate(URGENCY, 1)
    ]
    await write(site.node, "columns.kept", rows=rows, body={"list": "W47", "rows": len(rows)})
    path = f"/batches/{batch.position}/rows.csv"
    found = await records(site, path)
    assert {row["own_member_state"] for row in found} == {"DE"}
    # A spreadsheet must not take typed text for a formula.
    assert {row["own_eu_company"] for row in found} == {"'=1+1"}
    other = await records(await pages_of(world, "cn"), path)
    assert not [code for code in other[0] if code.startswith("own_")]


CELLS: dict[str, tuple[str, str, str]] = {
    "is_sme": ("false", "no", "否"),
    "qty_basis": ("contained", "rare earth contained", "所含稀土"),
    "stock_out_on": ("2026-12-15", "15 Dec 2026", "2026年12月15日"),
}
"""Cells of our columns: as the file had them, and as pages say it."""


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_own_cells_have_words_on_page_in_print_and_in_files(pages_of, lang):
    world, batch, _ = listed()
    site = await pages_of(world, "eu")
    columns = {name: raw for name, (raw, *_) in CELLS.items()}
    rows: list[dict[str, Any]] = [{"row": 1, "number": "B-2", "columns": columns}]
    await write(site.node, "columns.kept", rows=rows, body={"list": "W47", "rows": 1})
    said = {name: words[lang != "en"] for name, (_, *words) in CELLS.items()}
    path = f"/batches/{batch.position}"
    for query in ("", "?print=all"):
        shown = await site.get(f"{path}{query}", lang=lang)
        first, *_ = [each for each in shown.page.all("row") if "B-2" in each.text]
        cells = [each.text for each in first.within() if each.attributes.get("class") == "mine"]
        assert sorted(cells) == sorted(said.values()), query
    file, *_ = await records(site, f"{path}/rows.csv", lang=lang)
    # Dates of files are those of every list, so that a spreadsheet sorts them.
    said["stock_out_on"] = CELLS["stock_out_on"][0]
    assert {name: file[f"own_{name}"] for name in CELLS} == said


@pytest.mark.parametrize(
    ("query", "status"),
    [("?sort=rank", 400), ("?differs=yes", 400), ("?state=%00", 400), ("", 404)],
)
async def test_wrong_rows_are_refused(pages_of, query, status):
    world, batch, _ = listed()
    site = await pages_of(world, "eu")
    number = batch.position if query else "EU-99999"
    for path in ("", "/rows.csv"):
        assert (await site.get(f"/batches/{number}{path}{query}")).status == status


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_page_reads_its_applications_and_counts_once(pages_of, party):
    world, batch, _ = listed()
    site = await pages_of(world, party)
    await site.watch()
    assert (await site.get(f"/batches/{batch.position}")).status == 200
    assert sum("SELECT key, doc FROM record.applications" in each for each in site.statements) == 1
    assert sum("record.listings AS l" in each and "GROUP" in each for each in site.statements) == 1


async def test_row_that_is_stated_anew_is_shown_anew(pages_of):
    world, batch, _ = listed()
    site = await pages_of(world, "eu")
    path = f"/batches/{batch.position}"
    assert "approved" in (await site.get(path)).page.marked("class", "data apps")[0].text
    body = {"number": "A-9", "state": "refused", "as_of": "2026-11-23", "source": "bureau"}
    world.append("cn", world.payload("cn", "application.asserted", body=body))
    world.exchange()
    anew = await pages_of(world, "eu")
    table = (await anew.get(path)).page.marked("class", "data apps")[0].text
    assert "approved" not in table
    assert "refused" in table
