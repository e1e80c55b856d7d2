"""Meetings on the pages of a real node: what each side may do, and what a brief may hold."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
from typing import Any

import pytest

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.core.writing import Signer, data_part, part_refs, sign, text_part
from special_channel.ports import Transaction
from tests.web.pages_node import NAMES, PagesNode
from tests.world import Entry, World

DUE = "2026-11-27T09:30:00Z"
SECRETS = {
    "column": "CANARY Fictional Magnets",
    "reason": "CANARY why it got its rank",
    "note": "CANARY what we think of it",
}


@pytest.fixture
def world() -> World:
    made = World.founded()
    made.exchange()
    return made


@pytest.fixture
def meeting(world: World) -> Entry:
    """Drafted by the EU: a promise that CN agreed to, one that it understood differently."""
    held = world.meeting("eu", "Third meeting")
    first = world.point("eu", held, "The list comes.", point="promise", who="cn", due="2026-12-01")
    second = world.point("eu", held, "Licences by March.", point="promise", who="cn")
    world.point("eu", held, "Lines stop in December.")
    world.exchange()
    world.agree("cn", first)
    world.differ("cn", second, "We said that we would look.")
    world.exchange()
    return held


def promise_of(page: str) -> dict[str, Any]:
    """The question that the script would put into the form."""
    [found] = re.findall(r'data-ask="([^"]*)"', page)
    made: dict[str, Any] = json.loads(html.unescape(found))
    return made


async def test_the_drafter_adds_points_and_the_other_side_marks_them(pages_of, world, meeting):
    path = f"/meetings/{meeting.position}"
    eu = await (await pages_of(world, "eu")).get(path)
    assert 'data-kind="point.noted"' in eu.html.split("data-write", 1)[1]
    assert 'data-kind="point.agreed"><' not in eu.html
    assert eu.text.index("As it was noted") < eu.text.index("How it is marked")
    assert "We said that we would look." in eu.text
    cn_node = await pages_of(world, "cn")
    cn = await cn_node.get(path, lang="zh-CN")
    assert len(re.findall("data-write ", cn.html)) == 6, "three points, two ways to mark each"
    assert 'data-kind="point.noted" data-k' not in cn.html
    assert cn.text.index("确认情况") < cn.text.index("记录内容")
    overseer = await cn_node.get(path, who="oversight", lang="zh-CN")
    assert "data-write" not in overseer.html
    listed = await cn_node.get("/meetings", lang="zh-CN")
    assert str(meeting.position) in listed.text
    assert (await cn_node.get("/meetings?level=ministers", lang="zh-CN")).text.count("EU-") == 0


async def test_the_side_that_was_promised_gets_the_question_prepared_and_signs_it_itself(
    pages_of, world, meeting
):
    eu = await pages_of(world, "eu")
    page = (await eu.get(f"/meetings/{meeting.position}")).html
    [path] = set(re.findall(r'href="(/threads/new\?promise=[^"]*)"', page))
    form = await eu.get(path)
    asked = promise_of(form.html)
    assert asked["due"] == "2026-12-01T17:30"
    assert "The list comes." in form.text
    entries = (await eu.node.record.state())[:2]
    thread = world.open_thread("eu").leaf.thread
    asks = [world.ask("eu", DUE, promise=asked["promise"])]
    note = world.note("eu", thread, asks=asks)
    world.exchange()
    assert (await eu.node.record.state())[:2] == entries, "no machine wrote anything"
    after = await pages_of(world, "eu")
    shown = await after.get(f"/meetings/{meeting.position}")
    assert f"{note.position} Q1" in shown.text
    cn = await pages_of(world, "cn")
    assert "/threads/new?promise=" not in (await cn.get(f"/meetings/{meeting.position}")).html
    second = f"/threads/new?promise=EU-{meeting.position.index + 2}"
    assert (await after.get(second)).status == 409


async def test_an_entry_of_a_meeting_leads_to_its_page(pages_of, world, meeting):
    eu = await pages_of(world, "eu")
    where = meeting.position.index
    for index, anchor in ((where, f"EU-{where}"), (where + 1, f"EU-{where + 1}")):
        found = await eu.get(f"/entries/EU-{index}")
        assert found.headers["Location"] == f"/meetings/{meeting.position}#{anchor}"
    marked = max(entry.position.index for entry in world.cn.own.entries)
    found = await eu.get(f"/entries/CN-{marked}")
    assert found.headers["Location"].startswith(f"/meetings/{meeting.position}#CN-")


async def test_the_api_tells_a_meeting_with_what_was_said(pages_of, world, meeting):
    eu = await pages_of(world, "eu")
    listed = json.loads((await eu.get("/api/meetings")).html)["items"]
    assert [item["subjects"] for item in listed] == [["Third meeting"]]
    items = json.loads((await eu.get(f"/api/meetings/{meeting.position}")).html)["items"]
    points = [item for item in items if item["type"] == "point"]
    assert [point["standing"] for point in points] == ["agreed", "differed", "noted"]
    assert "We said that we would look." in str(items)


# Briefs ------------------------------------------------------------------------------


async def keep_privately(pages: PagesNode, thread: str, key: Signer) -> None:
    """The own columns of the list W47, and an internal note, in the private log."""
    identity, world = pages.node.identity, pages.node.world
    columns = {"company": SECRETS["column"], "rank_reason": SECRETS["reason"]}
    rows = {"rows": [{"row": 1, "columns": columns}]}
    said: list[tuple[str, dict[str, Any], bytes]] = [
        (
            "columns.kept",
            {"body": {"list": "W47", "rows": 1}},
            data_part(os.urandom(32), "columns", rows),
        ),
        (
            "note.internal",
            {"thread": thread, "lang": "en", "body": {}},
            text_part("text", os.urandom(32), SECRETS["note"]),
        ),
    ]
    private = []
    for kind, fields, part in said:
        payload = world.payload(pages.node.party, kind, **fields)
        payload |= {"log": identity.private_origin, "parts": part_refs((part,))}
        private.append(sign(payload, [key], [part]))

    async def decide(_transaction: Transaction, _heads: Heads) -> Act:
        return Act(private=private)

    await pages.node.appender.act(decide)


def pdf_text(document: bytes) -> str:
    done = subprocess.run(
        ["/usr/bin/pdftotext", "-layout", "-", "-"], input=document, capture_output=True, check=True
    )
    return done.stdout.decode()


async def test_what_our_side_alone_holds_stands_on_the_internal_brief_and_on_no_other(
    pages_of, world, meeting
):
    world.list_batch(
        ["A-1"], urgency="line_stop", stop_on="2026-12-14", state="review", as_of="2026-11-20"
    )
    thread = world.open_thread("eu").leaf.thread
    note = world.note("eu", thread, ("Is it there?",), asks=[world.ask("eu", DUE)])
    world.exchange()
    eu = await pages_of(world, "eu")
    await keep_privately(eu, thread, world.eu.keys["desk"])
    everybody = {*SECRETS.values(), *NAMES["eu"].values()} - {NAMES["eu"]["desk"]}
    for lang in ("en", "zh-CN"):
        inside = await eu.get("/brief/working/internal", lang=lang)
        assert all(secret in inside.text for secret in SECRETS.values())
        assert {"Internal, EU only", "内部，仅供欧方"} & set(
            re.findall(r"<b>([^<]*)</b>", inside.html)
        )
        handed = await eu.get("/brief/working/handover", lang=lang)
        assert not [secret for secret in everybody if secret in handed.html]
        assert "CANARY" not in handed.html
        for shown in (inside, handed):
            assert f"{note.position} Q1" in shown.text
            assert "A-1" in shown.text
            assert "The list comes." in shown.text
            assert "We said that we would look." in shown.text
        for kind, there in (("internal", True), ("handover", False)):
            document = await read_pdf(eu, f"/brief/working/{kind}.pdf?lang={lang}")
            words = " ".join(pdf_text(document).split())
            assert ("CANARY" in words) is there
            assert (NAMES["eu"]["desk"] in words) is there, "who holds the thread"
            assert "The list comes." in words


async def read_pdf(pages: PagesNode, path: str) -> bytes:
    """The bytes of a PDF, as a signed-in official downloads them."""
    cookie = f'sc-session-eu="{await pages.sign_in("desk")}"'
    async with pages.client.get(pages.base + path, headers={"Cookie": cookie}) as answer:
        assert answer.status == 200
        assert answer.content_type == "application/pdf"
        return await answer.read()


async def test_what_changed_is_counted_since_the_last_meeting_or_a_date(pages_of, world, meeting):
    thread = world.open_thread("eu").leaf.thread
    world.note("eu", thread)
    world.exchange()
    eu = await pages_of(world, "eu")
    since = (await eu.get("/brief/working/handover")).text
    assert "new threads: 1; notes: 1; points agreed: 1; points understood differently: 1" in since
    earlier = (await eu.get("/brief/working/handover?since=2026-01-01")).text
    assert "meetings: 1" in earlier
    later = (await eu.get("/brief/working/handover?since=2027-01-01")).text
    assert "Nothing was added to the record since." in later
    none = (await eu.get("/brief/ministers/handover")).text
    assert "No meeting at this level yet; choose a date." in none
