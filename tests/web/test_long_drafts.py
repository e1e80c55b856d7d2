"""Pages of drafts for release: each of at most 400 KB, and nothing is signed that was not shown."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from special_channel.core.bytes import dsse
from special_channel.core.rows.submission import read
from special_channel.core.rows.writing import sign
from special_channel.core.sense.reasons import GivenReason
from special_channel.desk.clearance import Sender, queue_for_release
from special_channel.desk.payloads import Author, Fields, batch_listed
from special_channel.messages.catalogue import Lang
from special_channel.stores.clearances import Clearance
from special_channel.web.approvals.layouts import queue_page, several_page
from special_channel.web.approvals.portions import PIECE, read_apart
from special_channel.web.approvals.views import (
    DraftQueue,
    ReleaseFilters,
    RowReason,
    SeveralDrafts,
)
from special_channel.web.lists.views import MAX_ROWS
from special_channel.web.shared.portions import PortionQuery, heavy
from special_channel.web.shared.query import read_query
from special_channel.web.shell import private_log
from special_channel.web.shell.looks import FoundItem
from special_channel.web.shell.render import render
from tests.web.pages_node import PagesNode, Shown
from tests.web.reading import Page
from tests.web.samples import every_page
from tests.web.test_list_check import AT
from tests.web.test_long_threads import MOST_BYTES
from tests.web.test_portions import NUMBERS, next_of
from tests.web.test_reasons import reasoned
from tests.web.test_release_queue import ask_each, list_waits, waits
from tests.web.test_sign_routes import RELEASE, asked_of, routes_of, waiting
from tests.world import World

DESK_MAY = ["desk", "head"]
LONG = 13_000
"""Bytes of the signed data of an acknowledgement of 200 notes."""


async def walk(
    site: PagesNode, address: str, part: str, lang: Lang = "en", who: str = "head"
) -> list[Shown]:
    """Read the pages of a part, following their links."""
    found = []
    while address:
        shown = await site.get(address, who, lang)
        assert (shown.status, len(shown.html.encode()) <= MOST_BYTES) == (200, True), address
        found.append(shown)
        address = next_of(shown, part)
    return found


def signed(draft: Clearance) -> str:
    return dsse.decode(draft.envelope).payload.decode()


def laid_out(shown: Shown) -> dict[str, str]:
    """The signed data of each draft on a page, by the draft's id."""
    return {
        row.attributes["data-draft"]: row.marked("class", "bytes")[0].text
        for row in shown.page.marked("data-draft")
    }


async def test_several_drafts_are_on_pages_that_show_what_is_signed(pages_of):
    """Long signed data: each draft on one page, with the very bytes of it."""
    world = World.founded(release=[{"kind": "note.acknowledged", "roles": DESK_MAY}])
    site, signer = await pages_of(world, "eu"), world.eu.keys["desk"]
    for number in range(40):
        ids = [f"{number:04x}{n:060x}" for n in range(200)]
        made = sign(world.payload("eu", "note.acknowledged", body={"entries": ids}), [signer], [])
        id_ = read(made, whole=True).id
        at = site.own.node.clock.now()
        await site.own.desk.clearances.put(
            [Clearance(id_, made.envelope, (), signer.key, at, "waiting")]
        )
    drafts = {each.id: signed(each) for each in await site.own.desk.clearances.waiting()}
    assert min(map(len, drafts.values())) > LONG
    pages = await walk(site, "/clearances/several", "drafts")
    assert len(pages) > 2
    seen: dict[str, str] = {}
    for shown in pages:
        here = laid_out(shown)
        count = f"{len(here)} of {len(here)} can be released together"
        assert f"On this page, {count}; in all, 40 are on {len(pages)} pages." in shown.text
        boxes = {each.attributes["value"] for each in shown.page.marked("name", "draft")}
        # What can be chosen is what the page shows.
        assert boxes == here.keys()
        assert seen.keys().isdisjoint(here)
        seen |= here
    assert seen == drafts


def several_words(lang: Lang, count: int) -> list[str]:
    """What a page of 120 drafts of one act says of `count` that are on it."""
    said: dict[Lang, list[str]] = {
        "en": [
            f"On this page, {count} of {count} can be released together;",
            "in all, 120 are on 2 pages.",
            "One act sent these 120; the texts of this page are below.",
        ],
        "zh-CN": [
            f"本页{count}项中有{count}项可一并复核；全部共120项，分为2页。",
            "以上120项由同一次操作送交，本页各项正文附后。",
        ],
    }
    return said[lang]


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_long_act_is_released_page_by_page(pages_of, lang):
    world = World.founded(release=[{"kind": "asks", "roles": ["head"]}])
    site = await pages_of(world, "eu")
    ids = await ask_each(site, 60)
    pages = await walk(site, f"/clearances/several?act={ids[0]}", "drafts", lang)
    assert len(pages) == 2
    seen: list[str] = []
    for shown in pages:
        rows = shown.page.marked("data-draft")
        seen += [row.attributes["data-draft"] for row in rows]
        assert len(shown.page.marked("name", "draft")) == len(rows)
        assert [each for each in several_words(lang, len(rows)) if each not in shown.text] == []
    assert seen == ids
    texts = " ".join(shown.text for shown in pages)
    assert all(f"How far is FIKTIV-{number}?" in texts for number in range(60))


async def act_of(site: PagesNode, texts: list[str]) -> list[str]:
    """Queue notes of one act; return their ids in order."""
    world, found = site.node.world, []
    for text in texts:
        stated: dict[str, Any] = {"thread": world.thread_id(), "lang": "en", "body": {}}
        found.append(await waits(site, "note.posted", [world.text(text)], **stated))
    await site.node.record.pool.execute("UPDATE desk.clearances SET act = $1", found[0])
    return found


async def test_long_text_of_an_act_is_read_on_its_own_page(pages_of):
    site = await pages_of(World.founded(), "eu")
    short, long = await act_of(site, ["A short text.", "A long text. " * 6_000])
    shown = await site.get(f"/clearances/several?act={short}", "head")
    assert len(shown.html.encode()) <= MOST_BYTES
    boxes = {
        each.attributes["value"]: "disabled" in each.attributes
        for each in shown.page.marked("name", "draft")
    }
    assert boxes == {short: False, long: True}
    assert "A short text." in shown.text
    assert "A long text." not in shown.text
    assert "Read the text first." in shown.text


def read_text(pages: list[Shown], class_: str) -> str:
    """The words of a column of a text, without its label."""
    return "".join(
        each.text
        for shown in pages
        for column in shown.page.marked("class", class_)
        for each in column.marked("data-part")
    )


async def test_text_is_read_to_its_end_before_its_release(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    words = "".join(f"Word{number} " for number in range(25_000))
    chinese = "".join(f"第{number}项。" for number in range(9_000))
    texts = [world.text(words), world.text(chinese)]
    translation = {"lang": "zh-CN", "parts": [1]}
    body = {"translation": translation}
    stated: dict[str, Any] = {"thread": world.thread_id(), "lang": "en", "body": body}
    id_ = await waits(site, "note.posted", texts, **stated)
    pages = await walk(site, f"/clearances/{id_}", "read")
    assert len(pages) > 2
    squeezed = re.sub(r"\s", "", words)
    assert re.sub(r"\s", "", read_text(pages, "or")) == squeezed
    assert re.sub(r"\s", "", read_text(pages, "tr")) == chinese
    released = [bool(shown.page.marked("data-act", "clear")) for shown in pages]
    assert released == [*([False] * (len(pages) - 1)), True]
    assert f"Read the draft to its end first: page 1 of {len(pages)}." in pages[0].text


async def test_text_on_a_route_is_read_to_its_end_before_an_answer(pages_of):
    world = World.founded(release=RELEASE)
    absent = {"until": "2026-12-30T00:00:00Z", "for": world.eu.person("other-desk")}
    world.grant("eu", "director", "head", grant=2, role="desk", desk="customs", **absent)
    world.exchange()
    note = asked_of(world)
    site = await pages_of(world, "eu", routes=routes_of())
    id_ = await waiting(site, note, "Each certificate was sent by post. " * 7_000)
    pages = await walk(site, f"/clearances/{id_}", "read", who="clerk")
    assert len(pages) > 1
    answers = [len(shown.page.marked("data-answer", "agreed")) for shown in pages]
    assert answers == [*([0] * (len(pages) - 1)), 1]
    sheets = await walk(site, f"/clearances/{id_}/sheet", "text")
    text = "".join(shown.text for shown in sheets)
    assert text.count("certificate") == 7_000


async def test_queue_of_many_drafts_shows_those_beside_the_open_one(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    first = await list_waits(site, "W48")
    copies = "SELECT md5(n::text) || md5((-n)::text), envelope, parts, by, at FROM desk.clearances"
    await site.node.record.pool.execute(
        "INSERT INTO desk.clearances (id, envelope, parts, by, at) "
        f"{copies}, generate_series(1, 900) AS n"
    )
    pages = await walk(site, f"/clearances/{first}?part=queue&page=1", "queue")
    listed = [
        each.attributes["href"].split("/")[-1]
        for shown in pages
        for queue in shown.page.marked("id", "queue")
        for each in queue.all("link")
        if re.fullmatch(r"/clearances/[0-9a-f]{64}", each.attributes["href"])
    ]
    drafts = [each.id for each in await site.own.desk.clearances.waiting()]
    assert len(drafts) == 901
    assert listed == drafts
    last = await site.get(f"/clearances/{drafts[-1]}", "head")
    [open_] = [each for each in last.page.marked("aria-current") if each.tag == "a"
               and each.attributes["href"].startswith("/clearances/")]  # fmt: skip
    assert open_.attributes["href"] == f"/clearances/{drafts[-1]}"


@pytest.mark.parametrize("text", ["\u202e" * 20_000, "'" * 20_000], ids=["control", "mark"])
async def test_text_full_of_marks_is_read_in_pieces_of_its_html(pages_of, text):
    """Each sign weighs 5 to 26 bytes of HTML: a piece is cut by these, not by characters."""
    site = await pages_of(World.founded(), "eu")
    world = site.node.world
    stated = {"thread": world.thread_id(), "lang": "en", "body": {}}
    id_ = await waits(site, "note.posted", [world.text(text) for _ in range(2)], **stated)
    pages = await walk(site, f"/clearances/{id_}", "read")
    assert len(pages) > 1
    paragraphs = [
        each.text.strip()
        for shown in pages
        for each in shown.page.within()
        if each.attributes.get("class") == "para"
    ]
    assert "".join(paragraphs) == text * 2
    assert max(map(heavy, paragraphs)) <= PIECE


async def test_long_remark_of_a_returned_draft_is_whole(pages_of):
    """Remarks on two hundred rows, as they go back with a list."""
    site = await pages_of(World.founded(), "eu")
    first = await list_waits(site, "W48")
    remark = "\n\n".join(f"Row {row}: {'certificate unclear; ' * 45}" for row in range(1, 401))
    await site.own.desk.clearances.close(first, "returned", remark)
    site.node.world.clock.forward(1)
    again = await list_waits(site, "W48", urgency="urgent")
    places = (("desk", "sent-back", "Sent back to you"), ("head", "again", "Sent back before"))
    for who, part, heading in places:
        pages = await walk(site, f"/clearances/{again}", part, who=who)
        rows = [int(n) for shown in pages for n in re.findall(r"Row (\d+): cert", shown.text)]
        assert {*rows} == {*range(1, 401)}
        # Pieces of a remark are nothing to count.
        assert not any(re.search("Shown: 1 to", shown.text) for shown in pages)
        # A link to a piece leads to what it belongs to.
        held = [shown.page.by_id(part) for shown in pages]
        assert all(each and heading in each.text for each in held)


@pytest.mark.timeout(300)
async def test_list_of_2000_rows_shows_each_reason_and_remark_field(pages_of):
    """Each row with a finding and the author's own words, and with a field for a remark."""
    world = World.founded()
    site = await pages_of(world, "eu")
    keys = world.eu.keys["desk"]
    author = Author(keys, world.eu.origin, AT, (), lambda size: b"\1" * size)
    fields: Fields = {"urgency": "line_stop", "stop_on": "2027-06-01", "times_listed": 1}
    rows: list[Fields] = [
        fields | {"row": n, "number": number, "rank": n, "first_listed": "2026-11-20"}
        for n, number in enumerate(NUMBERS, 1)
    ]
    drafted = batch_listed(author, "L2026-47", rows)
    by = Sender(keys.key, {1: "desk"}, "eu", world.eu.origin)
    await queue_for_release(site.own.desk.clearances, [drafted], by, site.own.node.clock.now())
    words = "已与企业核实，停产日期确为所列日期。" * 11
    given = GivenReason(("S-016",), range(1, MAX_ROWS + 1), "other", words)
    await private_log.store(site.own, [reasoned(site, drafted, given, party="eu")])
    [draft] = await site.own.desk.clearances.waiting()
    pages = await walk(site, f"/clearances/{draft.id}", "rows", "zh-CN")
    seen: list[int] = []
    for shown in pages:
        here = shown.page.marked("data-look")
        assert all(words in row.text for row in here)
        assert len(shown.page.marked("name", "row-remark")) == len(here)
        assert shown.page.marked("class", "bytes")[0].text == signed(draft)
        seen += [int(row.attributes["data-look"]) for row in here]
    assert seen == [*range(1, MAX_ROWS + 1)]
    several = await site.get("/clearances/several", "head")
    assert f"{MAX_ROWS} rows must be on screen." in several.text
    assert "disabled" in several.page.marked("name", "draft")[0].attributes


def test_rows_and_what_is_read_go_on_without_losing_the_place_in_the_other():
    """The next rows of a long draft led back to the beginning of its text."""
    sample = every_page("eu", "en")["clearance"]
    view = sample.page.view
    assert isinstance(view, DraftQueue)
    assert view.item
    assert view.item.checks
    row = view.item.checks.look[0]
    look = tuple(row.model_copy(update={"row": number}) for number in range(1, 501))
    checks = view.item.checks.model_copy(update={"look": look})
    stated = tuple(RowReason(code="confirm", words=f"Finding{n}. " * 20) for n in range(2_000))
    item = view.item.model_copy(update={"checks": checks, "stated": stated})
    long = view.model_copy(update={"item": item, "drafts": (item,)})

    def opened(address: str) -> tuple[Shown, list[str], list[str]]:
        asked = read_query(PortionQuery, parse_qsl(urlsplit(address).query))
        html = render(queue_page(long, ReleaseFilters(), asked), sample.frame)
        shown = Shown(200, html, address, {})
        read = shown.page.by_id("read")
        assert read is not None
        rows = [each.attributes.get("id", "") for each in shown.page.marked("data-row")]
        looks = [each for each in rows if each.startswith("row-")]
        return shown, looks, re.findall(r"Finding\d+", read.text)

    second, looks, findings = opened(next_of(opened(item.url)[0], "read"))
    assert findings[0] != "Finding0"
    rows, further, same = opened(next_of(second, "rows"))
    assert (same, further == looks) == (findings, False)
    _, kept, on = opened(next_of(rows, "read"))
    assert (kept, on == findings) == (further, False)
    [card] = rows.page.marked("data-elsewhere")
    _, far, same = opened(f"{card.attributes['data-elsewhere']}450")
    assert "row-450" in far
    assert same == findings


def test_draft_with_more_findings_than_fit_is_opened_first():
    sample = every_page("eu", "en")["several"]
    view = sample.page.view
    assert isinstance(view, SeveralDrafts)
    plain = {"stated": (), "confirmed": (), "may_release": True}
    free = view.drafts[1].model_copy(update=plain)
    long = FoundItem(rule="S-092", grade="note", number=1, sentence="Finding. " * 40_000)
    drafts = (free.model_copy(update={"found": (long,)}), free.model_copy(update={"id": "f" * 64}))
    apart = read_apart(drafts, texts=False)
    assert apart == {free.id}
    shown = several_page(view.model_copy(update={"drafts": drafts, "apart": apart}))
    html = render(shown, sample.frame)
    assert len(html.encode()) <= MOST_BYTES
    page = Page(html)
    assert "Read its findings first." in page.text
    boxes = ["disabled" in each.attributes for each in page.marked("name", "draft")]
    assert boxes == [True, False]
