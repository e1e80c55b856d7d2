"""Applications without a number on pages: listed under a reference, matched by either side."""

from __future__ import annotations

import io
import json
from typing import Any

from special_channel.desk.sheets import csv_bytes
from tests.desk import test_references as files
from tests.desk.test_lists import csv
from tests.web.test_list_check import PATH, aside_of, crossing, sent
from tests.world import World

REFERENCE = "REF:FIKTIV-17"
PAGE = "/applications/REF%3AFIKTIV-17"


def listed_world() -> tuple[World, Any]:
    world = World.founded()
    batch = world.list_batch([REFERENCE, "A-2"])
    world.exchange()
    return world, batch


def to_sign(page: Any) -> list[dict[str, Any]]:
    return [
        json.loads(x.attributes["data-body"])
        for x in page.marked("data-sign", "application.linked")
    ]


async def test_rows_without_a_number_are_listed_under_our_reference(pages_of):
    site = await pages_of(World.founded(), "eu")
    data = csv(files.line(1, "A-1", "FK 16"), files.line(2, "", "FK 17"), header=files.HEADER)
    shown = await site.post(PATH, sent(data))
    assert aside_of(shown) == [("3", "list-unnumbered")]
    assert "It can be listed under our own reference: “REF:FK-17”." in shown.text
    assert [row["number"] for row in crossing(shown)] == ["A-1"]
    chinese = await site.get(PATH, lang="zh-CN")
    assert "文件第3行没有申请编号，可以我方自编号“REF:FK-17”列入。" in chinese.text
    await site.post(PATH, {"send:unnumbered": "send"})
    whole = await site.get(PATH)
    assert [row["number"] for row in crossing(whole)] == ["A-1", "REF:FK-17"]
    # Chosen for one row, or given its number after all.
    await site.post(PATH, {"send:unnumbered": "aside", "cell:3:application_no": "A-9"})
    assert [row["number"] for row in crossing(await site.get(PATH))] == ["A-1", "A-9"]
    asked = await site.ask("POST", "/api/lists/check?send=unnumbered", "desk", "en", data=data)
    assert [row["number"] for row in json.loads(asked.html)["rows"]] == ["A-1", "REF:FK-17"]


async def test_either_side_states_the_number_of_a_reference(pages_of):
    for party in ("eu", "cn"):
        world, _ = listed_world()
        site = await pages_of(world, party)
        page = await site.get(PAGE)
        assert page.page.one("heading", "EU: reference FIKTIV-17")
        assert "No side has stated the number yet." in page.text
        assert "Ask for priority" not in page.text
        assert "Record a change of the statutory clock" not in page.text
        form = page.page.one("form", "State the application number")
        assert form.one("textbox", "Application number found")
        shown = await site.get(f"{PAGE}?found_as=A-2")
        body = {"number": "A-2", "former": REFERENCE, "basis": "matched"}
        assert to_sign(shown.page) == [body]
        assert "REF:FIKTIV-17 is application A-2. The record has this number" in shown.text
        unlisted = await site.get(f"{PAGE}?found_as=A-8")
        assert "No list of the record has this number." in unlisted.text
        for wrong in ("REF:FIKTIV-18", "A%202", "x" * 65):
            refused = await site.get(f"{PAGE}?found_as={wrong}")
            assert to_sign(refused.page) == []
            assert "reference-number" in refused.page.codes()
        assert to_sign((await site.get(f"{PAGE}?found_as=A-2", who="oversight")).page) == []


async def test_link_of_ours_is_taken_back_and_both_sides_read_it(pages_of):
    world, _ = listed_world()
    body = {"number": "A-9", "former": REFERENCE, "basis": "matched"}
    wrong = world.append("eu", world.payload("eu", "application.linked", body=body))
    world.exchange()
    address = f"{PAGE}?link={wrong.position}"
    theirs = await pages_of(world, "cn")
    assert "Take back" not in (await theirs.get(PAGE)).text
    assert to_sign((await theirs.get(address)).page) == []
    site = await pages_of(world, "eu")
    assert address in (await site.get(PAGE)).page.links().values()
    assert to_sign((await site.get(address, who="oversight")).page) == []
    form = await site.get(address)
    [taken] = to_sign(form.page)
    assert taken == body | {"basis": "withdrawn"}
    assert f"It then counts as if {wrong.position} had not been stated." in form.text
    chinese = await site.get(address, lang="zh-CN")
    assert f"撤回后，视为未曾登记{wrong.position}。" in chinese.text
    back = world.append("eu", world.payload("eu", "application.linked", body=taken))
    world.exchange()
    for party in ("eu", "cn"):
        site = await pages_of(world, party)
        page = await site.get(PAGE)
        assert "No side has stated the number yet." in page.text
        assert f"taken back in {back.position}" in page.text
        assert "EU takes back its link of A-9 with REF:FIKTIV-17." in page.text
        assert [each.text for each in page.page.all("deletion")] == [
            "Taken back: EU states: REF:FIKTIV-17 is application A-9."
        ]
        assert "?link=" not in " ".join(page.page.links().values())
        found = json.loads((await site.get("/api/applications/A-9")).html)
        names = ("basis", "holds", "withdrawn_in")
        assert [tuple(each.get(name) for name in names) for each in found["links"]] == [
            ("matched", False, str(back.position)), ("withdrawn", False, None),
        ]  # fmt: skip


async def test_number_found_in_a_sheet_is_not_taken_back_on_the_page(pages_of):
    world, batch = listed_world()
    row: dict[str, Any] = {"row": 1, "number": REFERENCE, "found_as": "A-9"}
    answered = world.answer_batch(batch, [row])
    world.exchange()
    site = await pages_of(world, "cn")
    assert "Take back" not in (await site.get(PAGE)).text
    assert to_sign((await site.get(f"{PAGE}?link={answered.position}")).page) == []


async def test_matched_reference_shows_its_number_and_what_was_replaced(pages_of):
    world, batch = listed_world()
    row: dict[str, Any] = {"row": 1, "number": REFERENCE, "found_as": "A-9"}
    wrong = world.answer_batch(batch, [row])
    world.exchange()
    right = world.answer_batch(
        batch, [row | {"found_as": "A-2", "corrects": {"id": wrong.id, "row": 1}}]
    )
    world.exchange()
    site = await pages_of(world, "eu")
    page = await site.get(PAGE)
    assert f"CN states: it is A-2 ({right.position})." in page.text
    assert "it is A-9" not in page.text
    corrected, struck = (each.text for each in page.page.all("deletion"))
    assert "found A-9" in corrected
    assert struck == "Replaced: CN states: REF:FIKTIV-17 is application A-9."
    assert "Application number found A-2" in page.text
    chinese = await site.get(PAGE, lang="zh-CN")
    assert f"中方填写的申请编号为A-2（{right.position}）。" in chinese.text
    number = await site.get("/applications/A-2")
    assert "CN states: REF:FIKTIV-17 is application A-2." in number.text
    old = await site.get("/applications/A-9")
    assert [each.text for each in old.page.all("deletion")] == [struck]
    assert "Application number found A-2" in (await site.get(f"/batches/{batch.position}")).text
    found = json.loads((await site.get("/api/applications/REF%3AFIKTIV-17")).html)
    assert found["reference"] == "FIKTIV-17"
    assert [(each["number"], each["holds"]) for each in found["links"]] == [
        ("A-9", False), ("A-2", True),
    ]  # fmt: skip


async def test_answer_page_asks_for_the_number_of_a_reference(pages_of):
    world, batch = listed_world()
    site = await pages_of(world, "cn")
    path = f"/batches/{batch.position}/answer"
    page = await site.get(path)
    assert page.page.one("columnheader", "Application number found")
    assert "State of it only whether it was found, and its number." in page.text
    file = io.BytesIO(
        csv_bytes(
            ["list_id", "row", "application_no", "found_as"],
            [{"list_id": "W47", "row": "1", "application_no": REFERENCE, "found_as": "A-9"}],
        )
    )
    file.name = "反馈表.csv"
    answered = await site.post(path, {"file": file, "as_of": "2026-11-24"})
    assert answered.status == 303, answered.text
    plain = World.founded()
    numbered = plain.list_batch(["A-1"])
    plain.exchange()
    site = await pages_of(plain, "cn")
    page = await site.get(f"/batches/{numbered.position}/answer")
    assert "Application number found" not in page.text


async def test_reference_counts_once_its_number_is_listed(pages_of):
    world, _ = listed_world()
    world.list_batch(["A-9"], list_="W48")
    world.exchange()
    site = await pages_of(world, "cn")
    counted = json.loads((await site.get("/api/numbers?on=2026-11-24")).html)
    assert [side["listed"] for side in counted["sides"]] == [2, 2]
    lists = {each["list"]: each["sides"][0]["listed"] for each in counted["lists"]}
    assert lists == {"W47": 1, "W48": 1}
    page = await site.get("/numbers?on=2026-11-24")
    assert "An application listed under a reference counts once its number is listed." in page.text
