"""The release screen: rows to be seen, what is kept, and drafts that were sent back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from special_channel.core.bytes.times import instant
from special_channel.core.rows.submission import read
from special_channel.core.rows.writing import part_refs, sign
from special_channel.stores.clearances import Clearance
from tests.permits import licence_body, list_row
from tests.web.pages_node import PagesNode
from tests.web.reading import Page
from tests.web.test_page_acts import sent_back
from tests.web.test_releasing import BOTH, STOP, released, waiting_list
from tests.world import World

RELEASED = [{"kind": "batch.answered", "roles": ["head", "director"]}]


def sheet_of(world: World, batch: Any, rows: list[dict[str, Any]], remark: str = "") -> Clearance:
    """A return sheet, signed by its author."""
    parts = [world.data("return", {"rows": rows}), *([world.text(remark)] if remark else [])]
    fields: dict[str, Any] = {"lang": "zh-CN"} if remark else {}
    payload = world.payload("cn", "batch.answered", ref=batch.id, body={"rows": len(rows)})
    signer = world.cn.keys["desk"]
    made = sign(payload | fields | {"parts": part_refs(parts)}, [signer], parts)
    id_, at = read(made, whole=True).id, instant(world.clock.now)
    return Clearance(id_, made.envelope, tuple(parts), signer.key, at, "waiting")


def found(row: int, state: str, **changed: Any) -> dict[str, Any]:
    stated = {"row": row, "number": f"A-{row}", "match": "found", "state": state}
    return stated | {"as_of": "2026-11-23"} | changed


async def answer_waits(pages_of) -> tuple[PagesNode, str]:
    """A return sheet of five rows: a line stop, a correction, a date ahead, two clean rows."""
    world = World.founded(release=RELEASED)
    numbers = [f"A-{row}" for row in range(1, 6)]
    week = world.list_batch(numbers, list_="W46")
    world.exchange()
    before = world.answer_batch(
        week, [{"row": row, "number": f"A-{row}", "state": "review"} for row in (2, 4)]
    )
    world.exchange()
    rows = [list_row(row, f"A-{row}", **(STOP if row == 1 else {})) for row in range(1, 6)]
    payload = world.payload("eu", "batch.listed", body={"list": "W47", "rows": 5})
    batch = world.append("eu", payload, [world.data("list", {"rows": rows})], also=["head"])
    world.exchange()
    site = await pages_of(world, "cn")
    draft = sheet_of(
        world,
        batch,
        [
            found(1, "supplement", missing=["contract"]),
            found(2, "accepted", corrects={"id": before.id, "row": 2}),
            found(3, "review", accepted_on="2027-01-04"),
            found(4, "review"),
            found(5, "accepted"),
        ],
    )
    await site.own.desk.clearances.put([draft])
    return site, draft.id


WORDS = {
    "en": (
        "3 rows must be on screen",
        "Line stops 8 Dec 2026",
        "row 2. The other side sees both.",
        "now: accepted 1",
        "not stated before 3",
        "Release to EU",
    ),
    "zh-CN": (
        "须逐行显示的内容：3行",
        "2026年12月8日停产",
        "第2行。对方可见更正前后的内容。",
        "变更为：已受理 1",
        "此前未反馈 3",
        "复核通过，发送虚构",
    ),
}


@pytest.mark.parametrize("lang", WORDS)
async def test_sheet_shows_what_matters_before_its_rows(pages_of, lang):
    site, id_ = await answer_waits(pages_of)
    shown = await site.get(f"/clearances/{id_}", "head", lang)
    for words in WORDS[lang]:
        assert words in shown.text, words
    page = shown.page
    rows = [each.attributes["id"] for each in page.marked("data-look")]
    assert rows == ["row-1", "row-2", "row-3"]
    [button] = page.marked("data-act", "clear")
    assert button.attributes["aria-disabled"] == "true"
    assert page.by_id(button.attributes["aria-describedby"]) is not None
    assert id_ not in shown.text.replace(" ", "").split(WORDS[lang][0].replace(" ", ""))[0]


async def test_page_and_api_state_the_same_of_a_draft(pages_of):
    site, id_ = await answer_waits(pages_of)
    answer = await site.ask("GET", f"/api/clearances/{id_}", "head", "en")
    draft = json.loads(answer.html)
    assert [row["row"] for row in draft["checks"]["look"]] == [1, 2, 3]
    assert draft["checks"]["look"][1]["before"] == [["state", ["review"]]]
    assert draft["checks"]["digest"] in (await site.get(f"/clearances/{id_}", "head")).html
    gone = await site.ask("GET", f"/api/clearances/{'0' * 64}", "head", "en")
    assert (gone.status, json.loads(gone.html)["code"]) == (404, "clearance-unknown")


async def test_release_needs_its_rows_seen_and_keeps_what_was_shown(pages_of):
    site = await pages_of(World.founded(release=BOTH), "eu")
    id_ = await waiting_list(site, **STOP)
    answer = await site.ask("GET", f"/api/clearances/{id_}", "head", "en")
    digest = json.loads(answer.html)["checks"]["digest"]
    unseen = await released(site, id_, "head", looked=[])
    assert (unseen[0], unseen[1]["code"], "1" in unseen[1]["title"]) == (
        409,
        "release-unseen",
        True,
    )
    for summary in ("0" * 64, ""):  # other checks than were shown, or none
        other = await released(site, id_, "head", summary=summary)
        assert other[1]["code"] == "release-changed"
    assert [draft.id for draft in await site.own.desk.clearances.waiting()] == [id_]
    assert (await released(site, id_, "head", summary=digest, opened=["rows"]))[0] == 200
    draft = await site.own.desk.clearances.get(id_)
    assert draft.state == "cleared"
    assert json.loads(draft.shown) == {
        "version": 7,
        "summary": digest,
        "changes": [],
        "findings": [[1, "line_stop"]],
        "looked": [1],
        "opened": ["rows"],
    }


async def test_sheet_of_another_form_can_be_sent_back_alone(pages_of):
    world = World.founded(release=BOTH)
    site = await pages_of(world, "eu")
    parts = [world.data("list", {"rows": [{"row": 1, "number": "A-1"}, "A-2"]})]
    payload = world.payload("eu", "batch.listed", body={"list": "W48", "rows": 2})
    made = sign(payload | {"parts": part_refs(parts)}, [world.eu.keys["desk"]], parts)
    id_, at = read(made, whole=True).id, site.own.node.clock.now()
    by = world.eu.keys["desk"].key
    await site.own.desk.clearances.put(
        [Clearance(id_, made.envelope, tuple(parts), by, at, "waiting")]
    )
    shown = await site.get(f"/clearances/{id_}", "head")
    assert "do not have the form of this kind: it can’t be sent" in shown.text
    assert (await released(site, id_, "head"))[0] != 200


async def test_remark_is_shown_beside_the_form_and_to_who_releases_next(pages_of):
    world = World.founded()
    week = world.list_batch(["A-1", "A-2"])
    world.exchange()
    site = await pages_of(world, "cn")
    first = sheet_of(world, week, [found(1, "review"), found(2, "review")])
    await site.own.desk.clearances.put([first])
    await site.own.desk.clearances.close(first.id, "returned", "Row 2: <which> state?")
    back = await site.post(f"/clearances/{first.id}/take-up", {})
    assert back.headers["Location"] == f"{week_url(week)}?sent-back={first.id}"
    form = await site.get(back.headers["Location"])
    assert "What to change Row 2: <which> state?" in form.text
    for who, id_ in (("head", first.id), ("desk", "0" * 64), ("desk", "x")):
        other = await site.get(f"/batches/{week.position}/answer?sent-back={id_}", who)
        assert (other.status, "<which>" in other.text) == (200, False)
    site.node.world.clock.forward(60)
    again = sheet_of(world, week, [found(1, "review"), found(2, "accepted")])
    await site.own.desk.clearances.put([again])
    shown = await site.get(f"/clearances/{again.id}", "head")
    assert "Sent back before changed since: row 2 · Row 2: <which> state?" in shown.text


def week_url(week: Any) -> str:
    return f"/batches/{week.position}/answer"


async def test_remark_of_several_texts_is_kept_whole(pages_of):
    """What to change, then a remark on each row: parts of one signed entry."""
    world = World.founded(release=BOTH)
    site = await pages_of(world, "eu")
    id_ = await waiting_list(site, **STOP)
    texts = [world.text("Check the dates."), world.text("Row 1: which day?")]
    fields = {"body": {"id": id_}, "lang": "en", "parts": part_refs(texts)}
    payload = world.payload("eu", "draft.returned", by="head") | {
        "log": site.own.node.identity.private_origin, "seen": [],
    }  # fmt: skip
    note = sign(payload | fields, [world.eu.keys["head"]], texts)
    body = {"envelope": note.envelope.decode(), "parts": [part.decode() for part in texts]}
    answer = await site.ask("POST", f"/api/clearances/{id_}/return", "head", "en", json=body)
    assert answer.status == 200
    assert "Check the dates. Row 1: which day?" in (await site.get("/clearances")).text
    assert "Nothing to release." in (await site.get("/clearances", "head")).text
    assert (await sent_back(world, site, id_, "Again")).status == 404


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_other_kinds_are_told_in_a_sentence_and_their_fields(pages_of, lang):
    world = World.founded()
    site = await pages_of(world, "cn")
    payload = world.payload("cn", "licence.issued", body=licence_body(applications=["A-1"]))
    made = sign(payload, [world.cn.keys["desk"]], [])
    id_, at = read(made, whole=True).id, site.own.node.clock.now()
    by = world.cn.keys["desk"].key
    await site.own.desk.clearances.put([Clearance(id_, made.envelope, (), by, at, "waiting")])
    facts = Page((await site.get(f"/clearances/{id_}", "head", lang)).html).facts()
    shown = (await site.get(f"/clearances/{id_}", "head", lang)).text
    told = {
        "en": (
            "CN records the issue of a licence for A-1.",
            {"Valid to": "30 Nov 2027", "Kind of licence": "general licence"},
        ),
        "zh-CN": (
            "中方登记：A-1的许可证已签发。",
            {"有效期止": "2027年11月30日", "许可种类": "通用许可"},
        ),
    }[lang]
    assert told[0] in shown
    assert {name: facts.get(name) for name in told[1]} == told[1]


async def test_draft_that_comes_back_as_it_was_is_not_called_changed(pages_of):
    world = World.founded()
    week = world.list_batch(["A-1"])
    world.exchange()
    site = await pages_of(world, "cn")
    first = sheet_of(world, week, [found(1, "review")])
    await site.own.desk.clearances.put([first])
    await site.own.desk.clearances.close(first.id, "returned", "Which state?")
    site.node.world.clock.forward(60)
    again = sheet_of(world, week, [found(1, "review")])
    await site.own.desk.clearances.put([again])
    shown = await site.get(f"/clearances/{again.id}", "head")
    assert "Sent back before Which state?" in shown.text
    assert "changed since" not in shown.text
