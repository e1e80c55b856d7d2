"""Weekly lists over the API: rows with answers and both sides' states, as the page shows them."""

from __future__ import annotations

import json

import pytest

from special_channel.cli.intake import _listing
from special_channel.core.bytes.canonical import Value
from special_channel.web.lists.views import MAX_ROWS
from tests.broker.test_rebuild import write
from tests.web.reading import Page, rows_of
from tests.world import World

ANSWER: dict[str, Value] = {
    "row": 1, "number": "A-1", "state": "review", "as_of": "2026-11-20",
    "accepted_on": "2026-09-21", "remark": "typo",
}  # fmt: skip


def listed() -> tuple[World, str, str, str]:
    """A list of three rows, one answered and one taken off, with the numbers of its entries."""
    world = World.founded()
    batch = world.list_batch(["A-1", "A-2", "A-3"], list_="W47", urgency="urgent")
    world.exchange()
    sheet = world.answer_batch(batch, [ANSWER])
    part = world.data("list-amendment", {"withdrawn": [{"row": 3, "reason": "issued"}]})
    payload = world.payload("eu", "batch.amended", ref=batch.id, body={"rows": 1})
    amendment = world.append("eu", payload, [part], also=["head"])
    world.exchange()
    return world, str(batch.position), str(sheet.position), str(amendment.position)


async def test_list_over_api_has_answers_and_states_of_both_sides(pages_of):
    world, number, sheet, amendment = listed()
    for party in ("eu", "cn"):
        site = await pages_of(world, party)
        path = f"/api/batches/{number}"
        batch, *rows = json.loads((await site.get(f"{path}?states=1")).html)["items"]
        assert (batch["number"], batch["rows"], batch["standing"]) == (number, 3, 2)
        assert [each["position"] for each in batch["answers"]] == [sheet]
        assert [each["position"] for each in batch["amendments"]] == [amendment]
        assert {name: rows[0][name] for name in ANSWER} == ANSWER
        states = rows[0]["states"]
        assert (rows[0]["answered_in"], states["statutory"]["day"]) == (sheet, 41)
        assert (states["cn"]["state"], states["cn"]["position"]) == ("review", sheet)
        assert "answered_in" not in rows[1]
        assert "match" not in rows[1]
        assert [row.get("withdrawn_in") for row in rows] == [None, None, amendment]
        plain = json.loads((await site.get(path)).html)["items"]
        for row in rows:
            del row["states"]
        assert plain == [{name: batch[name] for name in plain[0]}, *rows]
        page = rows_of((await site.get(f"/batches/{number}")).html)
        assert any("A-3" in row and f"taken off in {amendment}" in " ".join(row) for row in page)


async def test_lists_over_api_count_rows_by_both_sides_states(pages_of):
    world, number, _, _ = listed()
    site = await pages_of(world, "cn")
    [batch] = json.loads((await site.get("/api/batches?limit=5")).html)["items"]
    assert (batch["number"], batch["answered"], batch["differing"]) == (number, 1, 0)
    assert (batch["counts"], batch["eu_counts"]) == ({"": 1, "review": 1}, {"": 2})
    assert (await site.get("/api/batches?limit=x")).status == 400


async def test_command_line_reads_rows_of_a_list_as_recorded(pages_of):
    world, number, _, _ = listed()
    site = await pages_of(world, "eu")
    batch, *rows = json.loads((await site.get(f"/api/batches/{number}")).html)["items"]
    for row in await site.own.stores.views.listings(batch["batch"], 1, 10):
        read = _listing(batch["batch"], rows[row.row - 1])
        for name in ("batch", "row", "number", "urgency", "rank", "stop_on", "withdrawn"):
            assert getattr(read, name) == getattr(row, name)


async def test_print_of_a_list_has_every_row_from_the_first(pages_of):
    world = World.founded()
    numbers = [f"A-{n:03}" for n in range(1, 103)]
    batch = world.list_batch(numbers, list_="W47")
    world.exchange()
    site = await pages_of(world, "eu")
    for query, expected in (("", numbers[:100]), ("page=2", numbers[100:]), ("print=all", numbers)):
        page = Page((await site.get(f"/batches/{batch.position}?{query}")).html)
        assert [each.text for each in page.all("rowheader")] == expected
        chosen = [each for each in page.all("checkbox") if each.attributes["name"] == "application"]
        assert len(chosen) == (0 if query == "print=all" else len(expected))


MOST_BYTES = 400_000
"""Of the HTML of any page."""


@pytest.mark.parametrize("remark", ["", "Ein langer Hinweis. " * 400], ids=["light", "heavy"])
async def test_print_of_a_long_list_comes_in_parts_of_400_kb(pages_of, remark):
    world = World.founded()
    numbers = [f"FIKTIV-26-{n:07d}" for n in range(MAX_ROWS if not remark else 120)]
    batch = world.list_batch(numbers, list_="W47")
    world.exchange()
    site = await pages_of(world, "eu")
    if remark:
        kept: list[Value] = [
            {"row": row, "number": number, "columns": {"remarks": remark}}
            for row, number in enumerate(numbers, 1)
        ]
        await write(site.node, "columns.kept", rows=kept, body={"list": "W47", "rows": len(kept)})
    address = f"/batches/{batch.position}?text=FIKTIV&print=all"
    printed: list[str] = []
    while address:
        shown = await site.get(address, lang="en")
        assert shown.status == 200
        assert len(shown.html.encode()) <= MOST_BYTES
        before, rows = len(printed), [each.text for each in shown.page.all("rowheader")]
        printed += rows
        said = f"Shown: rows {before + 1} to {len(printed)} of {len(numbers)}."
        assert said in shown.text
        following = [e for e in shown.page.marked("rel") if e.attributes["rel"] == "next"]
        address = following[0].attributes["href"] if following else ""
    assert printed == numbers
    assert remark[:20] in shown.text
