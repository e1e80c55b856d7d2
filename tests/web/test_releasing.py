"""Release by a second official: who is told what, who is offered the button, who is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from special_channel.core.bytes import dsse
from special_channel.core.rows.submission import read
from special_channel.core.rows.writing import part_refs, sign
from special_channel.stores.clearances import Clearance
from tests.desk.test_lists import csv, line
from tests.permits import list_row
from tests.web.pages_node import PagesNode
from tests.web.reading import Page
from tests.web.test_list_check import sent
from tests.world import World

STOP = {"urgency": "line_stop", "stop_on": "2026-12-08"}
BOTH = [{"kind": "batch.listed", "roles": ["desk", "head", "director"]}]


async def waiting_list(site: PagesNode, **row: str) -> str:
    """A list of the desk's that waits for release; its id."""
    world = site.node.world
    parts = [world.data("list", {"rows": [list_row(1, "A-1", **row)]})]
    payload = world.payload("eu", "batch.listed", body={"list": "W48", "rows": 1})
    signer = world.eu.keys["desk"]
    made = sign(payload | {"parts": part_refs(parts)}, [signer], parts)
    id_ = read(made, whole=True).id
    at = site.own.node.clock.now()
    draft = Clearance(id_, made.envelope, tuple(parts), signer.key, at, "waiting")
    await site.own.desk.clearances.put([draft])
    return id_


async def released(site: PagesNode, id_: str, who: str, **shown: Any) -> tuple[int, dict[str, str]]:
    """Release a draft as a machine client would, whatever the page offers.

    `shown`: what the page states of itself; without it the first row was seen, and the checks as
    the API returns them.
    """
    held = await site.own.desk.clearances.get(id_)
    assert held is not None
    envelope = dsse.decode(held.envelope)
    signer = site.node.world.eu.keys[who]
    sig = signer.private.sign(dsse.pae(envelope.payload_type, envelope.payload))
    if signer.key != held.by:
        envelope = envelope.with_signature(dsse.Signature(signer.key, sig))
    both = envelope.encode().decode()
    detail = json.loads((await site.ask("GET", f"/api/clearances/{id_}", who, "en")).html)
    summary = detail.get("checks", {}).get("digest", "")
    body = {"envelope": both, "looked": [1], "summary": summary} | shown
    answer = await site.ask("POST", f"/api/clearances/{id_}", who, "en", json=body)
    return answer.status, json.loads(answer.html)


@pytest.mark.parametrize("row", [{}, STOP], ids=["normal", "line-stop"])
@pytest.mark.parametrize("who", ["desk", "clerk", "head", "director"])
async def test_release_is_offered_where_it_is_taken(pages_of, row, who):
    site = await pages_of(World.founded(release=BOTH), "eu")
    id_ = await waiting_list(site, **row)
    shown = await site.get(f"/clearances/{id_}", who=who)
    offered = f'data-act="clear" data-ref="{id_}"' in shown.html
    status, told = await released(site, id_, who)
    assert offered == (status == 200), told
    if row and who == "clerk":
        assert "the head of unit or the director releases it" in shown.text
        assert (status, told["code"]) == (403, "release-leader")
        assert "send the draft back" in told["next"]
    if who == "desk":
        assert (status, told["code"]) == (403, "clearance-own")


async def test_role_the_charter_does_not_name_is_told_who_may(pages_of):
    site = await pages_of(World.founded(), "eu")  # head and director alone
    id_ = await waiting_list(site)
    shown = await site.get("/clearances", who="clerk")
    assert "You can’t release this. It can be released by: head of unit, director" in shown.text
    assert (await released(site, id_, "clerk"))[1]["code"] == "release-role"
    chinese = await site.get("/clearances", who="clerk", lang="zh-CN")
    assert "可复核人员：处长、司局负责人" in chinese.text.replace(" ", "")


async def test_signed_data_is_collapsed_below_what_is_released(pages_of):
    site = await pages_of(World.founded(), "eu")
    await waiting_list(site)
    [draft] = Page((await site.get("/clearances", who="head")).html).all("article")
    sheet, signed = (
        draft.all("group", "A sheet of 1 row: Read the sheet")
        + draft.all("group", "Signed data")[:1]
    )
    assert "open" not in sheet.attributes
    assert "open" not in signed.attributes
    assert draft.inside.index(sheet) < draft.inside.index(signed)


def dialog(html: str) -> tuple[str, str]:
    """What the confirmation asks, and to whom it says that it goes, once the script opens it."""
    [confirmation] = Page(html).marked("class", "confirm")
    confirmation.tag = "div"
    return confirmation.one("heading").text, next(iter(confirmation.facts().values()))


@pytest.mark.parametrize(
    ("lang", "question", "to"),
    [
        (
            "en",
            "Sign and send for release?",
            "A second official of our side (head of unit, director)",
        ),
        ("zh-CN", "签名并提请复核？", "我方另一名人员（处长、司局负责人）"),
    ],
    ids=["en", "zh-CN"],
)
async def test_author_is_told_that_a_second_official_gets_it(pages_of, lang, question, to):
    site = await pages_of(World.founded(), "eu")
    shown = await site.post("/batches/check", sent(csv(line(1))), lang=lang)
    assert dialog(shown.html) == (question, to)
    assert "Sign and send for release" in shown.text or lang != "en"


async def test_author_of_a_return_sheet_is_told_the_same(pages_of):
    world = World.founded()
    week = world.list_batch(["A-1"])
    world.exchange()
    site = await pages_of(world, "cn")
    shown = await site.get(f"/batches/{week.position}/answer", lang="en")
    told = "A second official of our side (head of unit, director)"
    assert dialog(shown.html) == ("Sign and send for release?", told)


async def test_without_release_the_other_side_gets_it(pages_of):
    site = await pages_of(World.founded(release=[]), "eu")
    shown = await site.post("/batches/check", sent(csv(line(1))))
    assert dialog(shown.html) == ("Sign and send?", "CN")


async def test_second_official_is_told_that_it_goes_out(pages_of):
    site = await pages_of(World.founded(), "eu")
    await waiting_list(site)
    shown = await site.get("/clearances", who="head")
    assert dialog(shown.html) == ("Sign and release?", "CN")


async def test_problem_says_each_sentence_once(pages_of):
    """In the box of a page, which shows `title`, `detail` and `next`, and in the document."""
    site = await pages_of(World.founded(), "eu")
    told = json.loads((await site.ask("GET", "/api/threads/EU-9999", "desk", "en")).html)
    sentences = [told[name] for name in ("title", "detail", "next") if name in told]
    assert len(sentences) == len(set(sentences)) == 2
