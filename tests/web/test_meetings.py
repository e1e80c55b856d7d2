"""Meetings on the pages of a real node: what each side may do, and what a brief may hold."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import Any

import pytest

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.core.rows.writing import Signer, data_part, part_refs, sign, text_part
from special_channel.ports import Transaction
from tests import damage
from tests.broker.test_rebuild import write
from tests.web.pages_node import NAMES, PagesNode
from tests.web.reading import Page
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


def promise_of(page: Page) -> dict[str, Any]:
    """The question that the script would put into the form."""
    [form] = page.marked("data-ask")
    made: dict[str, Any] = json.loads(form.attributes["data-ask"])
    return made


async def page(site: PagesNode, path: str, lang: str = "en", who: str = "desk") -> Page:
    shown = await site.get(path, who=who, lang=lang)
    assert shown.status == 200, shown.text
    return Page(shown.html)


def headings(shown: Page, tag: str) -> list[str]:
    return [each.text for each in shown.all("heading") if each.tag == tag]


async def test_meeting_shows_its_points_with_both_sides_texts(pages_of, world, meeting):
    shown = await page(await pages_of(world, "eu"), f"/meetings/{meeting.position}")
    shown.one("heading", "Third meeting")
    facts = shown.facts()
    assert (facts["Held"], facts["Level"]) == ("19 Nov 2026, Brussels", "Working level")
    assert headings(shown, "h3") == [f"{meeting.position} P{number}" for number in (1, 2, 3)]
    assert headings(shown, "h4") == ["EU 欧方 As recorded", "CN 中方 Mark"] * 3
    first, second, third = (
        shown.by_id(f"EU-{meeting.position.index + number}").text for number in (1, 2, 3)
    )
    assert "Promise by CN, promised for 1 Dec 2026 Agreed EU" in first
    assert first.index("The list comes.") < first.index("CN 中方 Mark Agreed CN-")
    assert "Promise by CN Understood differently EU" in second
    assert second.index("Our understanding differs") < second.index("We said that we would look.")
    assert "Statement by EU Not marked by CN yet EU" in third
    assert "Not marked yet." in third


async def test_marks_of_one_entry_stand_at_their_points_with_their_words(pages_of, world):
    held = world.meeting("eu", "Fourth meeting")
    points = [world.point("eu", held, f"Point {number}.") for number in range(3)]
    world.exchange()
    marks = ((points[0], ["Not the first."]), (points[1], ()), (points[2], ["Nor the third."]))
    entry = world.mark("cn", *marks)
    world.exchange()
    shown = await page(await pages_of(world, "eu"), f"/meetings/{held.position}")
    texts = [shown.by_id(str(point.position)).text for point in points]
    words = ("Not the first.", "Nor the third.")
    assert [[word in text for word in words] for text in texts] == [
        [True, False],
        [False, False],
        [False, True],
    ]
    assert "Agreed" in texts[1]
    assert len(shown.marked("id", str(entry.position))) == 1
    blocks = [each.attributes for each in shown.marked("data-entry-id", entry.id)]
    assert [(each["data-point"], each["data-word"]) for each in blocks] == [
        (points[0].id, "differed"),
        (points[1].id, "agreed"),
        (points[2].id, "differed"),
    ]


async def test_drafter_adds_points_and_the_other_side_marks_them(pages_of, world, meeting):
    path = f"/meetings/{meeting.position}"
    names = [f"{meeting.position} P{number}" for number in (1, 2, 3)]
    eu = await page(await pages_of(world, "eu"), path)
    assert "Add points" in eu.names("group")
    assert not [name for name in eu.names("button") if name.startswith("Agreed")]
    site = await pages_of(world, "cn")
    cn = await page(site, path)
    agree = [name for name in cn.names("button") if name.startswith("Agreed")]
    assert agree == [f"Agreed {name}" for name in names]
    differ = [name for name in cn.names("group") if name.startswith("Our understanding")]
    assert differ == [f"Our understanding differs {name}" for name in names]
    assert cn.names("group").count("Mark it again") == 2, "the third has no mark yet"
    assert "Add points" not in cn.names("group")
    assert headings(cn, "h4") == ["CN 中方 Mark", "EU 欧方 As recorded"] * 3
    reader = await page(site, path, who="oversight")
    assert not [each for each in reader.all("form") if "data-write" in each.attributes]


async def test_meetings_are_listed_with_the_standing_of_points(pages_of, world, meeting):
    eu = await pages_of(world, "eu")
    shown = await page(eu, "/meetings")
    head, row = shown.rows("Meetings held 1")
    assert head[-4:] == ["Points", "Agreed", "Understood differently", "Not marked"]
    assert row == [
        str(meeting.position), "Third meeting Brussels", "19 Nov 2026", "Working level", "EU 欧方",
        "3", "1", "1", "1",
    ]  # fmt: skip
    assert shown.links()["Draft a meeting"] == "/meetings/new"
    assert shown.links()["Internal, EU only"].startswith("/brief/")
    assert "Draft a meeting" not in (await page(eu, "/meetings", who="oversight")).links()
    none = await page(eu, "/meetings?level=ministers")
    assert "No meeting matches." in none.text
    assert not none.all("table")


async def test_side_with_a_promise_gets_the_question_prepared(pages_of, world, meeting):
    """And signs it itself."""
    eu = await pages_of(world, "eu")
    shown = await page(eu, f"/meetings/{meeting.position}")
    ask = [name for name in shown.links() if name.startswith("Ask about this promise")]
    assert ask == [f"Ask about this promise {meeting.position} P1"]
    form = await eu.get(shown.links()[ask[0]])
    asked = promise_of(form.page)
    assert asked["due"] == "2026-12-01T17:30"
    assert "The list comes." in form.text
    fields = form.page.fields()
    name = f"{meeting.position} P1"
    assert re.fullmatch(rf"Promise of \d+ \w+ 2026, {name}", fields["subject"])
    assert re.fullmatch(rf"2026年\d+月\d+日会谈承诺（{name}）", fields["subject_tr"])
    entries = (await eu.node.record.state())[:2]
    thread = world.open_thread("eu").leaf.thread
    asks = [world.ask("eu", DUE, promise=asked["promise"])]
    note = world.note("eu", thread, asks=asks)
    world.exchange()
    assert (await eu.node.record.state())[:2] == entries, "no machine wrote anything"
    after = await pages_of(world, "eu")
    shown = await page(after, f"/meetings/{meeting.position}")
    assert shown.links()[f"{note.position} Q1"] == f"/entries/{note.position}"
    assert "Question about this promise:" in shown.text
    cn = await page(await pages_of(world, "cn"), f"/meetings/{meeting.position}")
    assert not [name for name in cn.links() if name.startswith("Ask about")]
    second = f"/threads/new?promise=EU-{meeting.position.index + 2}"
    assert (await after.get(second)).status == 409


async def test_new_meeting_offers_levels_roles_and_three_points(pages_of, world):
    site = await pages_of(world, "cn")
    shown = await page(site, "/meetings/new")
    shown.one("heading", "Draft a meeting")
    levels = shown.one("combobox", "Level").names("option")
    assert levels == ["Working level", "Directors’ level", "Ministerial level"]
    assert shown.names("combobox").count("Kind") == 3
    assert shown.names("checkbox")[:4] == ["desk officer", "head of unit", "director", "Minister"]
    assert shown.fields()["on"] == site.own.node.clock.now().date().isoformat()


@pytest.mark.parametrize("path", ["/meetings/{number}", "/api/meetings/{number}"])
async def test_meeting_with_a_lost_entry_is_named_as_damaged(pages_of, world, meeting, path):
    eu = await pages_of(world, "eu")
    first = meeting.position.index + 1
    lost = f"DELETE FROM record.entries WHERE log = 'eu' AND idx = {first}"  # noqa: S608
    await damage.tamper(eu.node.database.superuser, lost)
    shown = await eu.get(path.format(number=meeting.position))
    assert (shown.status, "record-damaged" in shown.html) == (503, True)
    assert str(meeting.position) in shown.html


async def test_an_entry_of_a_meeting_leads_to_its_page(pages_of, world, meeting):
    eu = await pages_of(world, "eu")
    where = meeting.position.index
    for index, anchor in ((where, f"EU-{where}"), (where + 1, f"EU-{where + 1}")):
        found = await eu.get(f"/entries/EU-{index}")
        assert found.headers["Location"] == f"/meetings/{meeting.position}?entry={anchor}#{anchor}"
    marked = max(entry.position.index for entry in world.cn.own.entries)
    found = await eu.get(f"/entries/CN-{marked}")
    assert found.headers["Location"].startswith(f"/meetings/{meeting.position}?entry=CN-")


async def test_the_api_tells_a_meeting_with_what_was_said(pages_of, world, meeting):
    eu = await pages_of(world, "eu")
    listed = json.loads((await eu.get("/api/meetings")).html)["items"]
    assert [item["subjects"] for item in listed] == [["Third meeting"]]
    assert listed[0]["level_title"] == {"en": "Working level", "zh-CN": "工作层"}
    shown = json.loads((await eu.get(f"/api/meetings/{meeting.position}")).html)
    assert {name: shown[name] for name in listed[0]} == listed[0], "the same model"
    assert (listed[0]["points"], listed[0]["agreed"], listed[0]["differed"]) == (3, 1, 1)
    points = shown["items"]
    assert [point["name"] for point in points] == [f"{meeting.position} P{n}" for n in (1, 2, 3)]
    assert [point["standing"] for point in points] == ["agreed", "differed", "noted"]
    assert [point.get("due") for point in points] == ["2026-12-01", None, None]
    [mark] = points[1]["marks"]
    assert not mark["agreed"]
    assert [words["text"] for words in mark["paragraphs"]] == ["We said that we would look."]
    assert (mark["party"], mark["author"].get("name")) == ("cn", None)
    assert points[0]["author"]["name"] == NAMES["eu"]["desk"]


# Briefs ------------------------------------------------------------------------------


async def keep_privately(
    pages: PagesNode, thread: str, key: Signer, column: str = "company"
) -> None:
    """The own columns of the list W47, and an internal note, in the private log."""
    identity, world = pages.node.identity, pages.node.world
    columns = {column: SECRETS["column"], "rank_reason": SECRETS["reason"]}
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


def pdf_text(document: bytes, order: str = "-layout") -> str:
    done = subprocess.run(
        ["/usr/bin/pdftotext", order, "-", "-"], input=document, capture_output=True, check=True
    )
    return done.stdout.decode()


def pdf_facts(document: bytes) -> str:
    command = ["/usr/bin/pdfinfo", "-"]
    done = subprocess.run(command, input=document, capture_output=True, check=True)
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
        bold = {each.text for each in inside.page.within() if each.tag == "b"}
        assert {"Internal, EU only", "内部，仅供欧方"} & bold
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


async def test_a_brief_names_what_hangs_on_a_line_stop_and_the_differences_that_matter_first(
    pages_of, world
):
    world.list_batch(["A-1", "A-2", "A-3"], list_="W46", state="submitted", as_of="2026-11-13")
    world.list_batch(
        ["Z-9"], list_="W47", urgency="line_stop", stop_on="2026-12-14", state="submitted",
        as_of="2026-11-20",
    )  # fmt: skip
    world.exchange()
    for number in ("A-1", "A-2", "A-3", "Z-9"):
        body = {"number": number, "state": "review", "as_of": "2026-11-20", "source": "bureau"}
        world.append("cn", world.payload("cn", "application.asserted", body=body))
    world.exchange()
    eu = await pages_of(world, "eu")
    columns = {
        "case_id": "SC-1", "cn_code_eu": "85051110", "content_pct": "1.3", "elements": "Tb",
        "eori": "DE1", "eu_company": "Fictional Motoren GmbH", "jobs_at_risk": "240",
        "member_state": "DE", "stock_out_on": "2026-12-08",
    }  # fmt: skip
    rows = [{"row": 1, "number": "Z-9", "columns": columns}]
    await write(eu.node, "columns.kept", rows=rows, body={"list": "W47", "rows": 1})
    page = (await eu.get("/brief/working/internal")).text
    named = page.partition("Line stops without")[2].partition("Where the sides differ")
    for words in ("Fictional Motoren GmbH", "DE", "8 Dec 2026", "240"):
        assert words in named[0]
    assert "85051110" not in named[0]
    assert named[2].index("Z-9") < named[2].index("A-1")
    assert "2 more in the record." in named[2]
    chinese = (await eu.get("/brief/working/handover", lang="zh-CN")).text
    assert "已提交，尚未受理（2026年11月20日）" in chinese


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
    assert f"What changed since meeting {meeting.position}" in since
    assert "new threads: 1; notes: 1; points agreed: 1; points understood differently: 1" in since
    earlier = (await eu.get("/brief/working/handover?since=2026-01-01")).text
    assert "What changed since 1 Jan 2026" in earlier
    assert "meetings: 1" in earlier
    later = (await eu.get("/brief/working/handover?since=2027-01-01")).text
    assert "Nothing was added to the record since then." in later
    none = (await eu.get("/brief/ministers/handover")).text
    assert "No meeting at this level yet; choose a date." in none


def changed_week(world: World) -> tuple[Entry, Entry]:
    """Since the last meeting: CN's word on A-2, six new numbers, a thread closed and one opened."""
    world.list_batch(["A-1", "A-2", "A-3"], list_="W46", state="review", as_of="2026-11-13")
    old = world.open_thread("eu", "Of old").leaf.thread
    world.exchange()
    world.meeting("eu", "Fourth meeting")
    world.exchange()
    more = [f"B-{number}" for number in range(1, 7)]
    world.list_batch(["A-1", *more], state="review", as_of="2026-11-20")
    said = {"number": "A-2", "state": "approved", "as_of": "2026-11-23", "source": "bureau"}
    stated = world.append("cn", world.payload("cn", "application.asserted", body=said))
    closing = world.payload("eu", "thread.closed", thread=old, body={"asks": []})
    closed = world.append("eu", closing)
    world.note("cn", world.open_thread("cn", "Of new").leaf.thread)
    world.exchange()
    return stated, closed


def changed_in(page: Page) -> str:
    """The words of the section on what changed."""
    [section] = page.marked("aria-labelledby", "b-changed")
    return section.text


@pytest.mark.parametrize("kind", ["internal", "handover"])
async def test_what_changed_is_named_with_how_it_was_and_is_by_whose_statement(
    pages_of, world, meeting, kind
):
    stated, closed = changed_week(world)
    for party in ("eu", "cn"):
        site = await pages_of(world, party)
        words = changed_in((await site.get(f"/brief/working/{kind}")).page)
        assert f"A-2 CN: not stated → approved ({stated.position}, as of 23 Nov 2026)" in words
        assert "B-1 EU: not stated → under review (EU-" in words
        assert "A-1" not in words, "what is said again is no change"
        assert f"open → closed by EU ({closed.position})" in words
        assert "not opened → open by CN (CN-" in words
        assert "notes since: CN 1" in words
        assert "3 more in the record." in words
        assert words.index("A-2") < words.index("B-1") < words.index("Of new")
        chinese = changed_in((await site.get(f"/brief/working/{kind}", lang="zh-CN")).page)
        assert f"未登记 → 准予许可（{stated.position}，截至2026年11月23日）" in chinese
        assert f"进行中 → 已办结（{closed.position}）" in chinese


@pytest.mark.parametrize(
    ("lang", "way"), [("en", "not stated → approved"), ("zh-CN", "未登记 → 准予许可")]
)
async def test_what_changed_stands_on_the_one_printed_page_too(pages_of, world, meeting, lang, way):
    changed_week(world)
    site = await pages_of(world, "eu")
    document = await read_pdf(site, f"/brief/working/handover.pdf?lang={lang}")
    words = "".join(pdf_text(document).split())
    assert "".join(way.split()) in words
    assert "Ofold" in words
    assert "Pages:           1\n" in pdf_facts(document)
