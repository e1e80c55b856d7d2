"""A statement has the same findings at each place where it is checked, and at each way in.

The command line takes a file through the addresses of `lists/check` and `answer/look`, and sends
other statements to the door that is asked here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pytest

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rows.writing import part_refs, sign
from special_channel.core.sense.reasons import GivenReason
from tests.desk.test_lists import HEADER, csv
from tests.permits import licence_body, line
from tests.web.pages_node import PagesNode
from tests.web.test_list_check import sent
from tests.web.test_reasons import SATURDAY, ask, posted, reasoned
from tests.world import Entry, World

RELEASED: Final = [
    {"kind": kind, "roles": ["desk", "head"]}
    for kind in (
        *("batch.answered", "batch.listed", "batch.amended", "application.asserted"),
        *("clock.marked", "licence.issued"),
    )
]

Found = Mapping[str, str]
"""Grades by rule."""


def signed(site: PagesNode, party: Party, kind: str, *parts: bytes, **fields: Any) -> Submission:
    world = site.node.world
    payload = world.payload(party, kind, **fields)
    more = {"parts": part_refs(parts)} if parts else {}
    return sign(payload | more, [world.sides[party].keys["desk"]], parts)


def graded(found: list[dict[str, Any]], rule: str = "rule") -> Found:
    return {each[rule]: each["grade"] for each in found}


async def at_look(site: PagesNode, made: Submission) -> Found:
    told = await ask(site, "/api/entries/look", {"entries": [posted(made)]})
    return graded(told["items"])


async def at_append(site: PagesNode, made: Submission, party: Party, *, sheet: bool) -> set[str]:
    """The rules for which a door asks for a reason, until it takes the entry."""
    asked: list[tuple[str, int]] = []
    while True:
        reasons = [
            GivenReason((rule,), (row,) if sheet else (), "as_source") for rule, row in asked
        ]
        given = [posted(reasoned(site, made, each, party=party)) for each in reasons]
        entries = [posted(made), *given]
        told = await ask(site, "/api/entries", {"entries": entries, "lay": True})
        if told.get("code") != "sense-unconfirmed":
            assert "laid" in told, told
            return {rule for rule, _ in asked}
        place = told["facts"]["rule"], told["facts"]["row"]
        assert place not in asked, told
        asked.append(place)


async def at_release(site: PagesNode, made: Submission) -> dict[str, Any]:
    """What a releasing official is shown."""
    shown = await site.get(f"/api/clearances/{read(made, whole=True).id}", "head")
    assert shown.status == 200, shown.text
    return dict(json.loads(shown.html))


async def same_everywhere(
    site: PagesNode, party: Party, made: Submission, found: Found, *, sheet: bool
) -> None:
    """Ask the API look, the door and the release page of what a form or a file found."""
    looked = await ask(site, "/api/entries/look", {"entries": [posted(made)]})
    assert graded(looked["items"]) == found
    confirm = {rule for rule, grade in found.items() if grade == "confirm"}
    assert {(each["entry"], each["code"]) for each in looked["confirm"]} == {
        (0, rule) for rule in confirm
    }
    assert all(bool(each["rows"]) is sheet for each in looked["confirm"])
    assert await at_append(site, made, party, sheet=sheet) == confirm
    released = await at_release(site, made)
    if sheet:
        assert {
            f"Row {row['row']}: {reason['words']}"
            for row in released["checks"]["look"]
            for reason in row["reasons"]
            if reason["given"]
        } == {each["sentence"] for each in looked["items"] if each["grade"] == "confirm"}
    else:
        assert {each["code"] for each in released["stated"]} == confirm


def history() -> tuple[World, Entry]:
    """Applications of which both sides stated something, on a list before."""
    world = World.founded(release=RELEASED, columns=["state", "as_of", "question"])
    numbers = ["A-1", "A-2", "A-3"]
    before = world.list_batch(numbers, list_="W46", state="review", as_of="2026-11-20")
    world.exchange()
    world.answer_batch(before, [
        {"row": 1, "number": "A-1", "state": "issued", "as_of": "2026-11-20"},
        {"row": 2, "number": "A-2", "match": "duplicate"},
        {"row": 3, "number": "A-3", "state": "review", "as_of": "2026-11-20"},
    ])  # fmt: skip
    world.exchange()
    return world, before


LISTED: Final[dict[str, tuple[str, ...]]] = {
    "A-1": ("urgent", "1", "2026-11-06", "2", "review", "2026-11-23"),
    "A-2": ("normal", "2", "2026-11-06", "2", "review", "2026-11-23"),
    "A-3": ("normal", "3", "2026-11-06", "2", "submitted", "2026-11-24"),
    "A-9": ("normal", "4", "2026-11-06", "3", "review", "2025-04-03"),
}


def listing() -> bytes:
    lines = [
        ",".join(("L2026-47", str(row), number, *cells, "Q_STATUS", "Fictional AG", "0805"))
        for row, (number, cells) in enumerate(LISTED.items(), start=1)
    ]
    return csv(*lines, header=HEADER)


async def test_list_has_the_same_findings_everywhere(pages_of):
    world, _ = history()
    site = await pages_of(world, "eu")
    answer = await site.ask("POST", "/api/lists/check", "desk", "en", data=listing())
    report = json.loads(answer.html)
    assert (report["faults"], report["aside"]) == ([], [])
    found = graded(report["findings"])
    assert {"S-010", "S-013", "S-018", "S-025", "S-052", "S-061"} <= found.keys()
    page = await site.post("/batches/check", sent(listing()))
    offered = {each.attributes["data-look"] for each in page.page.marked("data-reason")}
    assert offered == {rule for rule, grade in found.items() if grade == "confirm"}
    part = world.data("list", {"rows": report["rows"]})
    body = {"list": report["list"], "rows": len(report["rows"])}
    made = signed(site, "eu", "batch.listed", part, body=body)
    await same_everywhere(site, "eu", made, found, sheet=True)


async def test_amendment_has_the_same_findings_everywhere(pages_of):
    world, before = history()
    site = await pages_of(world, "eu")
    path = f"/api/batches/{before.position}/amendment/check"
    line = "W46,1,A-1,line_stop,1,2026-11-20,1,review,2026-11-20,Q_STATUS,,,2026-08-03"
    data = csv(line, header=f"{HEADER},stop_on")
    report = json.loads((await site.ask("POST", path, "desk", "en", data=data)).html)
    found = graded(report["findings"])
    assert {"S-016", "S-018"} <= found.keys()
    part = world.data("list-amendment", report["data"])
    made = signed(site, "eu", "batch.amended", part, ref=before.id, body={"rows": 1})
    await same_everywhere(site, "eu", made, found, sheet=True)


async def test_answer_has_the_same_findings_everywhere(pages_of):
    world, _ = history()
    week = world.list_batch(["A-1", "A-2", "A-3"], list_="W47", question="accepted")
    world.exchange()
    site = await pages_of(world, "cn")
    rows: list[dict[str, Any]] = [
        {"row": 1, "number": "A-1", "match": "not_found"},
        {"row": 2, "number": "A-2", "match": "found", "state": "review", "as_of": "2026-11-24",
         "accepted_on": SATURDAY, "text": 1},
        {"row": 3, "number": "A-3", "match": "found", "state": "supplement",
         "as_of": "2026-11-24", "missing": ["contract"]},
    ]  # fmt: skip
    remark = "Told to Fictional Magnet Co., Ltd."
    bare = [{name: value for name, value in row.items() if name != "text"} for row in rows]
    body = {"rows": {"rows": bare}, "remarks": {"2": remark}}
    path = f"/api/batches/{week.position}/answer/look"
    found = graded((await ask(site, path, body))["notices"], "code")
    assert {"S-030", "S-046", "S-052", "S-099"} <= found.keys()
    part = world.data("return-sheet", {"rows": rows})
    made = signed(
        site, "cn", "batch.answered", part, world.text(remark), ref=week.id, body={"rows": 3}
    )
    await same_everywhere(site, "cn", made, found, sheet=True)


async def test_act_has_the_same_findings_everywhere(pages_of):
    world, _ = history()
    site = await pages_of(world, "cn")
    fields = {"act": "accepted", "on": SATURDAY, "basis": "", "expected_until": ""}
    shown = await site.post("/applications/A-3", fields)
    offered = {each.attributes["data-look"] for each in shown.page.marked("data-reason")}
    body = {"number": "A-3", "act": "accepted", "on": SATURDAY, "source": "bureau"}
    made = signed(site, "cn", "clock.marked", body=body)
    found = await at_look(site, made)
    assert offered == {rule for rule, grade in found.items() if grade == "confirm"} >= {"S-046"}
    await same_everywhere(site, "cn", made, found, sheet=False)


async def test_licence_has_the_same_findings_everywhere(pages_of):
    world, _ = history()
    site = await pages_of(world, "cn")
    stated = licence_body(issued_on=SATURDAY, applications=["A-3"])
    fields = {
        **{name: stated[name] for name in ("licence", "type", "per", "issued_on")},
        **{name: stated[name] for name in ("valid_from", "valid_to")},
        **{f"{name}-0": value for name, value in stated["lines"][0].items()},  # type: ignore[index]
        "applications": "A-3",
    }
    shown = await site.post("/new-licence", fields)
    offered = {each.attributes["data-look"] for each in shown.page.marked("data-reason")}
    made = signed(site, "cn", "licence.issued", body=stated)
    found = await at_look(site, made)
    assert offered == {rule for rule, grade in found.items() if grade == "confirm"}
    assert offered == {"S-046", "S-076"}
    await same_everywhere(site, "cn", made, found, sheet=False)


async def test_mistyped_number_of_a_state_has_the_same_finding_everywhere(pages_of):
    world, _ = history()
    site = await pages_of(world, "cn")
    body = {"number": "A-I", "state": "review", "as_of": "2026-11-24", "source": "bureau"}
    made = signed(site, "cn", "application.asserted", body=body)
    found = await at_look(site, made)
    assert found["S-006"] == "confirm"
    await same_everywhere(site, "cn", made, found, sheet=False)


async def test_licence_entered_twice_is_asked_about_everywhere(pages_of):
    world, _ = history()
    stated = licence_body(applications=["A-1"])
    world.append("cn", world.payload("cn", "licence.issued", body=stated), also=["head"])
    site = await pages_of(world, "cn")
    again = {**stated, "licence": "虚构-26-00002", "applications": ["A-1", "A-l"]}
    found = await at_look(site, signed(site, "cn", "licence.issued", body=again))
    assert found["S-006"] == "confirm"
    assert "S-084" not in found
    made = signed(site, "cn", "licence.issued", body={**again, "applications": ["A-1"]})
    found = await at_look(site, made)
    assert found["S-084"] == "confirm"
    await same_everywhere(site, "cn", made, found, sheet=False)


async def test_licence_entered_twice_is_found_among_many_alike(pages_of):
    """The licence with the last number is the same one; the others differ in a day or a code."""
    world, _ = history()
    for place in range(51):
        other = {"issued_on": "2026-11-19"} if place % 2 else {"lines": [line("1C905.b")]}
        body = licence_body(licence=f"虚构-26-{place:05}", applications=["A-1"], **other)
        world.append("cn", world.payload("cn", "licence.issued", body=body), also=["head"])
    stated = licence_body(licence="虚构-26-99999", applications=["A-1"])
    first = world.append("cn", world.payload("cn", "licence.issued", body=stated), also=["head"])
    right = stated | {"issued_on": "2026-11-23", "corrects": {"id": first.id}}
    world.append("cn", world.payload("cn", "licence.issued", body=right), also=["head"])
    site = await pages_of(world, "cn")
    again = {**stated, "licence": "虚构-27-00001"}
    found = await at_look(site, signed(site, "cn", "licence.issued", body=again))
    assert "S-084" not in found, "corrected since"
    again["issued_on"] = "2026-11-23"
    found = await at_look(site, signed(site, "cn", "licence.issued", body=again))
    assert found["S-084"] == "confirm"


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_look_names_the_row_of_a_sheet(pages_of, lang):
    world, _ = history()
    site = await pages_of(world, "eu")
    rows = [{"row": 7, "number": "FIKTIV-0007", "urgency": "normal", "rank": 1,
             "first_listed": "2025-04-03", "times_listed": 1}]  # fmt: skip
    part = world.data("list", {"rows": rows})
    made = signed(site, "eu", "batch.listed", part, body={"list": "W47", "rows": 1})
    told = await ask(site, "/api/entries/look", {"entries": [posted(made)]}, lang)
    [item] = [each for each in told["items"] if each["rule"] == "S-010"]
    assert item["number"] == 7
    assert re.match("Row 7|第7行" if lang == "en" else "第7行", item["sentence"])
