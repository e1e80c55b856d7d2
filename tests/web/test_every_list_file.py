"""Every list is taken along as a file: the same rows as its page, headings in both languages."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import timedelta

import orjson
import pytest

from special_channel.core.bytes.ids import PARTIES
from special_channel.core.bytes.times import instant
from special_channel.web.shared.capitals import local
from special_channel.web.shell.list_files import TIMES
from tests.stories import busy
from tests.web.pages_node import PagesNode
from tests.web.test_alert_history import AT, Desk, alert, desk, outgoing
from tests.web.test_licences import told
from tests.web.test_page_acts import laid_before
from tests.web.test_priority import told as asked_for_priority
from tests.web.test_quotas import call

__all__ = ["desk"]  # a fixture

LISTS = {
    "licences": ("/licences?standing=in_force", "desk"),
    "batches": ("/batches", "desk"),
    "meetings": ("/meetings", "desk"),
    "priority": ("/priority", "desk"),
    "figures": ("/figures", "desk"),
    "alerts": ("/alerts", "desk"),
    "clearances": ("/clearances", "head"),
    "drafts": ("/drafts", "desk"),
    "templates": ("/templates", "desk"),
    "search": ("/search?q=certificate", "desk"),
    "unit": ("/unit", "head"),
}
"""Lists with a page, and who reads them; threads, deadlines and applications have own tests."""


async def table(site: PagesNode, path: str, who: str, lang: str = "en") -> list[list[str]]:
    """Rows of a file: words of the headings, codes, then the list."""
    shown = await site.get(path, who, lang)
    assert shown.status == 200, shown.text
    rows = [*csv.reader(io.StringIO(shown.html.lstrip("\ufeff"), newline=""))]
    return [row for row in rows[:-1] if any(row)]


async def records(
    site: PagesNode, path: str, who: str = "desk", lang: str = "en"
) -> list[dict[str, str]]:
    """Rows of a file by the codes of its columns."""
    _, codes, *rows = await table(site, path, who, lang)
    return [dict(zip(codes, row, strict=True)) for row in rows]


async def workbook(site: PagesNode, path: str) -> dict[str, str]:
    """Parts of a workbook by name, as the desk officer downloads it."""
    token = await site.sign_in("desk")
    cookie = {"Cookie": f'sc-session-{site.node.party}="{token}"'}
    async with site.client.get(site.base + path, headers=cookie) as answer:
        assert answer.status == 200
        name = path[1:].partition(".")[0]
        assert f'filename="{name}' in answer.headers["Content-Disposition"]
        with zipfile.ZipFile(io.BytesIO(await answer.read())) as book:
            return {each: book.read(each).decode() for each in book.namelist()}


@pytest.mark.parametrize("name", sorted(LISTS))
@pytest.mark.parametrize("party", PARTIES)
async def test_headings_of_a_file_are_words_of_the_reader(pages_of, name, party):
    site = await pages_of(busy().world, party)
    _, who = LISTS[name]
    query = "?q=certificate" if name == "search" else ""
    english, codes = (await table(site, f"/{name}.csv{query}", who))[:2]
    chinese, same = (await table(site, f"/{name}.csv{query}", who, "zh-CN"))[:2]
    assert codes == same
    assert len({*codes}) == len(codes)
    for words in (english, chinese):
        assert all(words)
        assert not [each for each in words if each.startswith("extract.") or "_" in each]
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in each) for each in chinese)


WALL_CLOCK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
CAPITALS = {"eu": ("Brussels", "布鲁塞尔"), "cn": ("Beijing", "北京")}
FILES = {name: (f"/{name}.csv", who) for name, (_, who) in LISTS.items()} | {
    "search": ("/search.csv?q=certificate", "desk"),
    "threads": ("/threads.csv", "desk"),
    "deadlines": ("/deadlines.csv", "desk"),
    "inbox": ("/inbox.csv", "desk"),
    "notices": ("/notices.csv", "desk"),
    "journal": ("/people/journal.csv", "oversight"),
}


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("party", PARTIES)
async def test_headings_of_times_name_their_capital(pages_of, name, party):
    """In the files of either format: a workbook has the same headings."""
    site = await pages_of(busy().world, party)
    path, who = FILES[name]
    for lang, capital in zip(("en", "zh-CN"), CAPITALS[party], strict=True):
        heads, codes, *rows = await table(site, path, who, lang)
        for at, (head, code) in enumerate(zip(heads, codes, strict=True)):
            # A description below the list has fewer cells.
            cells = [row[at] for row in rows if len(row) == len(codes)]
            timed = any(WALL_CLOCK.fullmatch(cell) for cell in cells) or code in TIMES
            assert timed == (capital in head), (head, cells)


@pytest.mark.parametrize(
    "name",
    sorted(
        LISTS.keys()
        - {"clearances", "drafts", "templates", "alerts", "licences", "meetings", "priority"}
    ),
)
async def test_page_leads_to_the_files_of_its_rows(pages_of, name):
    site = await pages_of(busy().world, "eu")
    path, who = LISTS[name]
    page = (await site.get(path, who)).page
    for ending in ("XLSX", "CSV"):
        href = page.one("link", ending).attributes["href"]
        assert href.startswith(f"/{name}.{ending.lower()}?")
    assert await records(site, page.one("link", "CSV").attributes["href"], who)


async def test_file_of_lists_counts_as_the_page(pages_of):
    story = busy()
    site = await pages_of(story.world, "eu")
    [row] = await records(site, "/batches.csv")
    [item] = orjson.loads((await site.get("/api/batches")).html)["items"]
    assert (row["weekly_list"], row["entry"]) == ("W47", str(story.batch.position))
    counts = ("rows_first", "rows", "answered_rows", "open_threads", "differing")
    fields = ("rows", "standing", "answered", "open_threads", "differing")
    assert [row[each] for each in counts] == [str(item[each]) for each in fields]


async def test_file_of_licences_has_a_line_for_each_code_as_filtered(pages_of):
    site = await pages_of(told(), "eu")
    page = (await site.get("/licences")).page
    rows = await records(site, page.one("link", "CSV").attributes["href"])
    items = orjson.loads((await site.get("/api/licences")).html)["items"]
    assert [(row["licence"], row["control_code"], row["left"]) for row in rows] == [
        (item["licence"], line["code"], line["left"]) for item in items for line in item["lines"]
    ]
    assert rows
    assert await records(site, "/licences.csv?text=nothing-like-it") == []
    assert (await site.get("/licences.csv?standing=lost")).status == 400


@pytest.mark.parametrize(
    ("lang", "chosen"), [("en", "1C905.a, general licence"), ("zh-CN", "1C905.a、通用许可")]
)
async def test_workbook_of_licences_names_its_filter(pages_of, lang, chosen):
    site = await pages_of(told(), "eu")
    parts = await workbook(site, f"/licences.xlsx?lang={lang}&type=general&code=1C905.a")
    assert f">{chosen}<" in parts["xl/sharedStrings.xml"]


async def test_file_of_priority_counts_as_the_page(pages_of):
    world, first, later, _ = asked_for_priority()
    site = await pages_of(world, "eu")
    page = (await site.get("/priority?reason=line_stop")).page
    [row] = await records(site, page.one("link", "CSV").attributes["href"])
    assert (row["request"], row["reason"]) == (str(first.position), "production stops")
    assert (row["rows"], row["unanswered"], row["granted"]) == ("3", "1", "1")
    asked = orjson.loads((await site.get("/api/priorities?first=2")).html)["items"][0]["accepted"]
    assert row["requested"] == f"{local(instant(asked), 'eu'):%Y-%m-%d %H:%M}"
    everything = await records(site, "/priority.csv?sort=newest")
    assert [each["request"] for each in everything] == [str(later.position), str(first.position)]


async def test_file_of_meetings_is_of_the_level(pages_of):
    world = busy().world
    world.point("eu", world.meeting("eu", "Third meeting"))
    world.exchange()
    site = await pages_of(world, "cn")
    page = (await site.get("/meetings")).page
    [row] = await records(site, page.one("link", "CSV").attributes["href"])
    [item] = orjson.loads((await site.get("/api/meetings")).html)["items"]
    assert (row["meeting"], row["held"]) == (item["number"], item["on"])
    assert (row["points"], row["points_unmarked"]) == (str(item["points"]), "1")
    assert await records(site, f"/meetings.csv?level={item['level']}") == [row]
    assert (await site.get("/meetings.csv?level=kings")).status == 400


async def test_file_of_releases_names_the_draft_and_whose_turn(pages_of):
    story = busy()
    site = await pages_of(story.world, "eu")
    await site.own.desk.clearances.put([laid_before(story.world, site)])
    page = (await site.get("/clearances", "head")).page
    [row] = await records(site, page.one("link", "CSV").attributes["href"], "head")
    assert (row["draft"], row["subject"], row["author"]) == (
        "Weekly list", "W48", "Ilona Kőszegi",
    )  # fmt: skip
    assert row["releasers"] == "head of unit, director"
    assert (await site.get("/clearances.csv", "oversight")).status == 403


async def test_file_of_drafts_is_the_readers_alone(pages_of):
    story = busy()
    site = await pages_of(story.world, "eu")
    key, now = story.world.eu.keys["desk"].key, site.own.node.clock.now()
    await site.own.desk.drafts.save(key, story.thread.leaf.thread, '{"text": "=1+1"}', now)
    page = (await site.get("/drafts")).page
    [row] = await records(site, page.one("link", "CSV").attributes["href"])
    assert row["about_number"] == str(story.thread.position)
    # A spreadsheet must not take typed text for a formula.
    assert row["first_words"] == "'=1+1"
    assert await records(site, "/drafts.csv", "clerk") == []
    assert (await site.get("/drafts.csv", "oversight")).status == 403


async def test_file_of_templates_has_both_texts_and_the_last_use(pages_of):
    site = await pages_of(busy().world, "eu")
    for title, text in (("=1+1", "It\nfollows."), ("@later", "+86")):
        form = {"kind": "answer", "title": title, "text": text, "translation": "后补。"}
        assert (await site.post("/templates", form)).status == 303
    _, answer = await call(site, "GET", "/api/templates?sort=name")
    await call(site, "POST", f"/api/templates/{answer['items'][1]['id']}/use", data={"thread": ""})
    page = (await site.get("/templates")).page
    later, first = await records(site, page.one("link", "CSV").attributes["href"])
    # A spreadsheet must not take typed text for a formula.
    assert (later["template"], later["english_text"]) == ("'@later", "'+86")
    assert (first["template"], first["english_text"]) == ("'=1+1", "It\nfollows.")
    assert (first["template_kind"], first["keeper"], first["chinese_text"]) == (
        "Answer", "kept by your desk", "后补。",
    )  # fmt: skip
    used = f"{local(site.own.node.clock.now(), 'eu'):%Y-%m-%d %H:%M}"
    assert (later["last_used"], first["last_used"]) == (used, "")
    assert await records(site, "/templates.csv?keeper=side") == []
    assert (await site.get("/templates.csv?keeper=us")).status == 400
    colleague = await records(site, "/templates.csv", "clerk")
    assert [row["last_used"] for row in colleague] == ["", ""], "what another person used"
    assert (await site.get("/templates.csv", "oversight")).status == 403


async def test_workbook_of_templates_has_texts_and_no_formula(pages_of):
    site = await pages_of(busy().world, "cn")
    form = {"kind": "question", "title": "=1+1", "text": "=2+2", "translation": ""}
    assert (await site.post("/templates", form, lang="zh-CN")).status == 303
    parts = await workbook(site, "/templates.xlsx?lang=zh-CN&kind=question")
    words = parts["xl/sharedStrings.xml"]
    for word in ("=1+1", "=2+2", "模板名称", "正文，中文", "本处保存", "筛选条件", "问题"):
        assert f">{word}<" in words, word
    assert not [each for name, each in parts.items() if "sheets/" in name and "<f>" in each]


async def test_file_of_a_search_goes_beyond_its_page(pages_of, monkeypatch):
    story = busy()
    for number in range(3):
        story.world.note("eu", story.thread.leaf.thread, (f"Certificate {number}.",))
    story.world.exchange()
    site = await pages_of(story.world, "eu")
    monkeypatch.setattr("special_channel.web.search.tables.MAX_LIMIT", 2)
    rows = await records(site, "/search.csv?q=certificate")
    hits = orjson.loads((await site.get("/api/search?q=certificate&limit=100")).html)["items"]
    assert [row["number_found"] for row in rows] == [hit["number"] for hit in hits]
    assert len(rows) > 2
    assert "Certificate 2." in {row["excerpt"] for row in rows}
    monkeypatch.setattr("special_channel.web.search.tables.MOST", 1)
    assert len(await records(site, "/search.csv?q=certificate")) == 1


@pytest.mark.parametrize(
    ("lang", "signer", "side"), [("en", "Signed by", "Side"), ("zh-CN", "签署人", "所属方")]
)
async def test_file_of_a_search_has_the_words_of_its_page(pages_of, lang, signer, side):
    site = await pages_of(busy().world, "eu")
    heads, codes, *_ = await table(site, "/search.csv?q=certificate", "desk", lang)
    words = dict(zip(codes, heads, strict=True))
    assert (words["signer"], words["side"]) == (signer, side)
    page = (await site.get("/search?q=certificate", lang=lang)).page.one("main")
    assert signer in page.names("columnheader")
    form = (await site.get("/search", lang=lang)).page.one("main").one("search")
    assert {signer, side} <= {*form.names("combobox")}


async def test_file_of_alerts_says_to_whom_and_what_became_of_it(desk: Desk):
    head = await desk.official("head")
    made = outgoing(alert(desk.note, desk.thread, "a1"), desk.note, official=head.id)
    warned = alert(desk.note, desk.thread, "b2", step=175)
    await desk.put(made, outgoing(warned, desk.note, kind="warning"))
    await desk.close("a1", "sent", AT + timedelta(seconds=3), "250 taken")
    page = await desk.page("/alerts")
    rows = await records(desk.site, page.one("link", "CSV").attributes["href"])
    told_, warning = sorted(rows, key=lambda row: row["alert"])
    assert told_["alert"] == "Step 1: Head of unit"
    assert (told_["questions"], told_["recipient"], told_["alert_state"]) == (
        f"{desk.note.position} Q1", head.name, "delivered",
    )  # fmt: skip
    assert (told_["made"], told_["closed"]) == ("2026-11-24 10:00", "2026-11-24 10:00")
    assert warning["alert"].startswith("Warning before the date: 75%")
    mine = await records(desk.site, "/alerts.csv?show=mine", "head")
    assert [row["recipient"] for row in mine] == [head.name]
    assert await records(desk.site, "/alerts.csv?show=mine") == []
