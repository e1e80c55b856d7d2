"""The dry run of a weekly list on a page, without JavaScript: signs nothing, keeps nothing."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter

from special_channel.desk import payloads
from special_channel.desk.clearance import Sender, queue_for_release
from special_channel.desk.payloads import Author
from special_channel.web.shell import private_log
from tests.desk import test_lists
from tests.desk.test_lists import HEADER, csv, xlsx
from tests.web.pages_node import Shown
from tests.web.reading import Page
from tests.world import World

CANARY = "Fictional CANARY AG"
PATH = "/batches/check"
AT = "2026-11-24T09:00:00Z"


ALIKE = "FIKTIV-200 and FIKTIV-2OO (row 1) differ only in characters that are easily confused."


def line(row: int, number: str = "") -> str:
    """A line with a rank of its own."""
    return test_lists.line(row, number).replace("urgent,1,", f"urgent,{row},")


def sent(data: bytes) -> dict[str, io.BytesIO]:
    file = io.BytesIO(data)
    file.name = "liste.csv"
    return {"file": file}


def codes_of(html: str) -> list[str]:
    """The codes at the end of faults and notices, in the order of the page."""
    ends = [row[-1].split()[-1] for row in Page(html).rows() if row[-1]]
    return [code for code in ends if code.startswith(("list-", "amendment-"))]


def looks_of(shown: Shown) -> list[str]:
    """The codes of what must be looked at, in the order of the page."""
    return [each.attributes["data-look"] for each in shown.page.marked("data-look")]


def aside_of(shown: Shown) -> list[tuple[str, str]]:
    """Line and code of what is set aside."""
    rows = shown.page.marked("data-aside")
    return [(row.attributes["data-aside"], row.attributes["data-fault"]) for row in rows]


def crossing(shown: Shown) -> list[dict[str, Any]]:
    """The rows that the page would have the browser sign."""
    return [
        row
        for part in shown.page.marked("data-bytes")
        for row in json.loads(part.source)["data"]["rows"]
    ]


async def test_rows_set_aside_are_corrected_on_screen_and_join_the_others(pages_of):
    """One file, corrected in two steps; it stays the reader's draft and never crosses."""
    site = await pages_of(World.founded(), "eu")
    size = await site.node.size("eu")
    bad = csv(line(1), line(2).replace("urgent", "soon"), line(3, "1.2E+16"))
    shown = await site.post(PATH, sent(bad))
    assert "1 of 3 rows; 2 set aside." in shown.text
    assert "共3行，其中1行已就绪，2行暂不发送。" in (await site.get(PATH, lang="zh-CN")).text
    done = await site.post(PATH, {"cell:3:urgency": "urgent", "cell:4:application_no": ""})
    assert (done.status, done.headers["Location"]) == (303, PATH)
    shown = await site.get(PATH)
    assert aside_of(shown) == [("4", "list-digits-lost")]
    assert [row["urgency"] for row in crossing(shown)] == ["urgent", "urgent"]
    await site.post(PATH, {"cell:4:application_no": "FIKTIV-3"})
    whole = await site.get(PATH)
    assert whole.page.one("heading", "List L2026-47: no errors")
    assert [row["number"] for row in crossing(whole)] == ["FIKTIV-1", "FIKTIV-2", "FIKTIV-3"]
    drafts = await site.get("/drafts")
    assert "File of a weekly list: liste.csv" in drafts.text
    assert crossing(await site.get(PATH, who="clerk")) == [], "its reader's draft alone"
    await site.post(PATH, {"forget": "1"})
    assert crossing(await site.get(PATH)) == []
    assert await site.node.size("eu") == size


async def test_hidden_row_is_sent_only_if_an_official_says_so(pages_of):
    site = await pages_of(World.founded(), "eu")
    shown = await site.post(PATH, sent(hiding()))
    assert aside_of(shown) == [("3", "list-row-hidden"), ("4", "list-comment")]
    assert "B4 hold until Friday" in shown.text
    assert [row["row"] for row in crossing(shown)] == [1]
    await site.post(PATH, {"send:row-hidden": "send"})
    assert [row["row"] for row in crossing(await site.get(PATH))] == [1, 2]
    await site.post(PATH, {"send:4:comment": "send"})
    whole = await site.get(PATH)
    assert [row["row"] for row in crossing(whole)] == [1, 2, 3]
    assert "hold until Friday" not in repr(crossing(whole))
    asked = await site.ask("POST", "/api/lists/check?send=4:comment", "desk", "en", data=hiding())
    report = json.loads(asked.html)
    assert [each["line"] for each in report["aside"]] == [3]
    assert (len(report["rows"]), report["total"]) == (2, 3)


async def test_cell_that_should_be_empty_is_left_empty_on_screen(pages_of):
    site = await pages_of(World.founded(), "eu")
    header = f"{HEADER},stop_on"
    lines = (f"{line(1)},", f"{line(2)},2026-12-01", f"{line(3)},2026-12-02")
    shown = await site.post(PATH, sent(csv(*lines, header=header)))
    assert aside_of(shown) == [("3", "list-stop-needless"), ("4", "list-stop-needless")]
    [box] = shown.page.marked("name", "empty:3:stop_on")
    assert "leave empty" in shown.text
    assert "留空" in (await site.get(PATH, lang="zh-CN")).text
    assert box.attributes["value"] == "1"
    odd = {"cell:²:urgency": "x", f"empty:{'9' * 5_000}:urgency": "1", "send:²:faint": "send"}
    await site.post(PATH, {"empty:3:stop_on": "1", "cell:3:stop_on": "", **odd})
    left = await site.get(PATH)
    assert aside_of(left) == [("4", "list-stop-needless")]
    assert [row.get("stop_on") for row in crossing(left)] == [None, None]
    await site.post(PATH, {"empty:4:stop_on": "1", "cell:4:stop_on": "soon"})
    assert aside_of(await site.get(PATH)) == [("4", "list-stop-needless")], "what is typed counts"


async def test_choices_about_a_file_are_shown_and_taken_back(pages_of):
    site = await pages_of(World.founded(), "eu")
    lines = (f"{line(1)},", f"{line(2)},2026-12-01".replace("urgent", "soon"), f"{line(3)},x")
    data = csv(*lines, header=f"{HEADER},stop_on".replace("application_no", "Antragsnummer"))
    shown = await site.post(PATH, sent(data))
    assert "list-columns" in shown.page.codes()
    assert len(shown.page.marked("name", "forget")) == 1, "a refused file can be discarded"
    made = {
        "head:antragsnummer": "application_no",
        "send:3:comment": "send",
        "send:row-hidden": "send",
        "cell:3:urgency": "urgent",
        "empty:3:stop_on": "1",
        "order:first_listed": "day",
    }
    await site.post(PATH, made)
    page = await site.get(PATH)
    assert chosen_in(page) == [
        "send:row-hidden", "head:antragsnummer", "send:3:comment", "cell:3:urgency",
        "cell:3:stop_on", "order:first_listed",
    ]  # fmt: skip
    assert "line 3 → sent in spite of its comment" in page.text
    assert "day first" in page.text
    assert "日在前" in (await site.get(PATH, lang="zh-CN")).text
    assert aside_of(page) == [("4", "list-stop-needless")]
    await site.post(PATH, {"drop:cell:3:urgency": "1"})
    assert ("3", "list-word") in aside_of(await site.get(PATH))
    for name in chosen_in(await site.get(PATH)):
        await site.post(PATH, {f"drop:{name}": "1"})
    bare = await site.get(PATH)
    assert (chosen_in(bare), "list-columns" in bare.page.codes()) == ([], True)
    await site.post(PATH, {"forget": "1"})
    assert (await site.get(PATH)).page.marked("name", "forget") == []


def chosen_in(shown: Shown) -> list[str]:
    """Names of the choices about a file that the page shows."""
    return [each.attributes["data-chosen"] for each in shown.page.marked("data-chosen")]


async def test_sheet_of_a_company_needs_only_the_number_of_its_list(pages_of):
    site = await pages_of(World.founded(), "eu")
    header = "Application number,Urgency,Company"
    lines = (f"FIKTIV-7,urgent,{CANARY}", f"FIKTIV-8,normal,{CANARY}")
    data = csv(*lines, header=header)
    shown = await site.post(PATH, sent(data))
    assert shown.page.codes()[0] == "list-unnamed"
    box = shown.page.one("main").one("textbox", "Number of the list")
    assert box.attributes["value"].startswith("L20")
    assert "Read the columns so" not in shown.text, "every column is known"
    assert "文件未注明属于哪份清单。" in (await site.get(PATH, lang="zh-CN")).text
    await site.post(PATH, {"list": "next week"})
    assert (await site.get(PATH)).page.codes()[0] == "list-unnamed", "no number of a list"
    await site.post(PATH, {"list": "L2026-49"})
    named = await site.get(PATH)
    assert named.page.one("heading", "List L2026-49: no errors")
    rows = [
        (row["row"], row["number"], row["rank"], row["times_listed"]) for row in crossing(named)
    ]
    assert rows == [(1, "FIKTIV-7", 1, 1), (2, "FIKTIV-8", 2, 1)]
    assert {row["first_listed"] for row in crossing(named)} == {AT[:10]}
    assert [each.attributes["data-filled"] for each in named.page.marked("data-filled")] == [
        "row", "priority_rank", "first_listed", "times_listed",
    ]  # fmt: skip
    assert "times listed: as the record counts" in named.text
    assert CANARY not in repr(crossing(named))
    await site.post(PATH, {"drop:list": "1"})
    assert (await site.get(PATH)).page.codes()[0] == "list-unnamed"
    asked = await site.ask("POST", "/api/lists/check?list=L2026-49", "desk", "en", data=data)
    report = json.loads(asked.html)
    assert (report["list"], len(report["rows"])) == ("L2026-49", 2)
    assert report["filled"] == ["row", "priority_rank", "first_listed", "times_listed"]


async def test_order_of_dates_is_chosen_for_a_whole_column(pages_of):
    site = await pages_of(World.founded(), "eu")
    lines = (line(row).replace("2026-11-06", "06/11/2026") for row in (1, 2))
    shown = await site.post(PATH, sent(csv(*lines)))
    assert aside_of(shown) == [("2", "list-date-order"), ("3", "list-date-order")]
    assert len(shown.page.marked("name", "order:first_listed")) == 1
    await site.post(PATH, {"order:first_listed": "day"})
    assert [row["first_listed"] for row in crossing(await site.get(PATH))] == ["2026-11-06"] * 2


async def test_columns_and_sheet_are_chosen_on_screen(pages_of):
    site = await pages_of(World.founded(), "eu")
    head = HEADER.replace("application_no", "Antragsnummer")
    shown = await site.post(PATH, sent(csv(line(1), header=head)))
    assert "list-columns" in shown.page.codes()
    await site.post(PATH, {"head:antragsnummer": "application_no"})
    assert [row["number"] for row in crossing(await site.get(PATH))] == ["FIKTIV-1"]
    later = await site.post(PATH, sent(csv(line(2), header=head)))
    assert [row["number"] for row in crossing(later)] == ["FIKTIV-2"], "the choice is remembered"
    other = await site.post(PATH, sent(csv(line(2), header=head)), who="other-desk")
    assert "list-columns" in other.page.codes(), "by its own desk alone"
    shown = await site.post(PATH, sent(two_sheets()))
    assert "list-two-sheets" in shown.page.codes()
    assert shown.page.one("combobox", "The sheet to read").names("option") == ["Liste", "Notizen"]
    await site.post(PATH, {"sheet": "Liste"})
    chosen = await site.get(PATH)
    assert [row["number"] for row in crossing(chosen)] == ["FIKTIV-1"]
    assert "sheet “Notizen” not read" in chosen.text


async def test_hidden_sheet_is_decided_about_before_anything_is_read(pages_of):
    site = await pages_of(World.founded(), "eu")
    await site.post(PATH, sent(two_sheets(hidden=True)))
    await site.post(PATH, {"sheet": "Liste"})
    asked = await site.get(PATH)
    assert "list-sheet-hidden" in asked.page.codes()
    assert "The workbook hides filled sheets: Notizen." in asked.text
    [button] = asked.page.marked("name", "send:sheet-hidden")
    assert button.text == "The hidden sheets were looked at: read the file"
    await site.post(PATH, {"send:sheet-hidden": "send"})
    chosen = await site.get(PATH)
    assert [row["number"] for row in crossing(chosen)] == ["FIKTIV-1"]
    assert "hidden sheets were looked at" in chosen.text
    zh = await site.get(PATH, lang="zh-CN")
    assert "已查看隐藏的工作表" in zh.text


async def test_rows_set_aside_of_a_signed_list_go_on_as_an_amendment(pages_of):
    """The good rows were signed; the kept file is compared with the list that they made."""
    world = World.founded()
    batch = world.list_batch(["FIKTIV-1"], list_="L2026-47", urgency="urgent")
    world.exchange()
    site = await pages_of(world, "eu")
    shown = await site.post(PATH, sent(csv(line(1), line(2).replace("urgent", "soon"))))
    assert "list-known" in codes_of(shown.html)
    moved = await site.get(PATH)
    url = f"/batches/{batch.position}/amend"
    assert (moved.status, moved.headers["Location"]) == (303, url)
    assert aside_of(await site.get(url)) == [("3", "list-word")]
    await site.post(url, {"cell:3:urgency": "urgent"})
    page = await site.get(url)
    [part] = page.page.marked("data-bytes")
    assert [row["number"] for row in json.loads(part.source)["data"]["added"]] == ["FIKTIV-2"]
    assert crossing(await site.get(PATH)) == [], "the form for the next file"


async def test_amendment_keeps_its_file_apart_from_a_new_list(pages_of):
    world = World.founded()
    batch = world.list_batch(["FIKTIV-1"], list_="L2026-47", urgency="urgent")
    world.exchange()
    site = await pages_of(world, "eu")
    url = f"/batches/{batch.position}/amend"
    later = csv(line(1).replace("L2026-47", "L2026-48"), line(2).replace("L2026-47", "L2026-48"))
    await site.post(PATH, sent(later))
    assert len(crossing(await site.get(PATH))) == 2
    amending = csv(line(1), line(2).replace("urgent", "soon"))
    assert aside_of(await site.post(url, sent(amending))) == [("3", "list-word")]
    assert len(crossing(await site.get(PATH))) == 2, "the new list still waits"
    await site.post(url, {"cell:3:urgency": "urgent"})
    [part] = (await site.get(url)).page.marked("data-bytes")
    assert [row["number"] for row in json.loads(part.source)["data"]["added"]] == ["FIKTIV-2"]
    drafts = await site.get("/drafts")
    assert "File of a weekly list: liste.csv" in drafts.text
    assert "File of an amendment: L2026-47" in drafts.text
    assert "清单变更文件" in (await site.get("/drafts", lang="zh-CN")).text
    assert f'href="{url}"' in drafts.html
    await site.post(url, {"forget": "1"})
    assert (await site.get(url)).page.marked("data-bytes") == []
    assert len(crossing(await site.get(PATH))) == 2
    # A choice on the page of another list changes nothing of the file of the new one.
    await site.post(url, {"forget": "1"})
    assert len(crossing(await site.get(PATH))) == 2


async def test_row_that_an_amendment_adds_is_counted_by_the_record(pages_of):
    """A company's sheet has no counts; a number of an earlier list is listed once more."""
    world = World.founded()
    world.list_batch(["FIKTIV-9"], list_="L2026-46", urgency="normal")
    batch = world.list_batch(["FIKTIV-1"], list_="L2026-47", urgency="urgent")
    world.exchange()
    site = await pages_of(world, "eu")
    url, header = f"/batches/{batch.position}/amend", "Application number,Urgency"
    data = csv("FIKTIV-1,urgent", "FIKTIV-9,normal", "FIKTIV-10,normal", header=header)
    page = await site.post(url, sent(data))
    [part] = page.page.marked("data-bytes")
    added = json.loads(part.source)["data"]["added"]
    counts = {row["number"]: (row["times_listed"], row["first_listed"]) for row in added}
    assert counts["FIKTIV-10"] == (1, AT[:10])
    assert counts["FIKTIV-9"][0] == 2
    assert counts["FIKTIV-9"][1] < AT[:10]
    assert "changed" not in json.loads(part.source)["data"], "rank and urgency stay"


async def test_amendment_tells_how_its_file_was_read(pages_of):
    """Heads of several meanings, columns without a head, other sheets and totals are told."""
    world = World.founded()
    batch = world.list_batch(["FIKTIV-1"], list_="L2026-47", urgency="urgent")
    world.exchange()
    site = await pages_of(world, "eu")
    url = f"/batches/{batch.position}/amend"
    heads = [*HEADER.split(","), "Date", ""]

    def fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        rows = (heads, [*line(1).split(","), "1 Dec", "x"], [*line(2).split(","), "2 Dec", "x"])
        for at, cells in enumerate((*rows, ["Total: 2"])):
            sheet.write_row(at, 0, cells)
        book.add_worksheet("Notizen").write_string(0, 0, "intern")

    shown = await site.post(url, sent(workbook(fill)))
    assert "list-two-sheets" in shown.page.codes()
    await site.post(url, {"sheet": "Liste"})
    page = await site.get(url)
    assert len(page.page.marked("data-unnamed")) == 1
    assert "list-head-unclear" in looks_of(page)
    [sheet] = page.page.marked("data-sheet")
    assert sheet.attributes["data-sheet"] == "Notizen"
    [skipped] = page.page.marked("data-skipped")
    assert skipped.attributes["data-skipped"] == "4"
    assert "stays with us" in page.text
    odd = csv(line(1), line(2), header=HEADER.replace("application_no", "Antragsnummer"))
    assert "list-columns" in (await site.post(url, sent(odd))).page.codes()
    await site.post(url, {"head:antragsnummer": "application_no"})
    [part] = (await site.get(url)).page.marked("data-bytes")
    assert [row["number"] for row in json.loads(part.source)["data"]["added"]] == ["FIKTIV-2"]


async def test_file_of_a_signed_list_is_forgotten(pages_of):
    world = World.founded()
    batch = world.list_batch(["FIKTIV-1"], list_="L2026-47", urgency="urgent")
    world.exchange()
    site = await pages_of(world, "eu")
    for path in (PATH, f"/batches/{batch.position}/amend"):
        await site.post(PATH, sent(csv(line(1))))
        assert "File of a weekly list" in (await site.get("/drafts")).text
        await site.get(path)
        assert "File of a weekly list" not in (await site.get("/drafts")).text


async def test_choice_of_columns_is_remembered_for_the_same_heads_alone(pages_of):
    """In a book of several sheets, the heads are those of the chosen sheet."""
    site = await pages_of(World.founded(), "eu")
    odd = HEADER.replace("application_no", "Antragsnummer")
    await site.post(PATH, sent(two_sheets(odd)))
    await site.post(PATH, {"sheet": "Liste"})
    await site.post(PATH, {"head:antragsnummer": "application_no"})
    assert [row["number"] for row in crossing(await site.get(PATH))] == ["FIKTIV-1"]
    await site.post(PATH, sent(two_sheets(f"{odd},other")))
    await site.post(PATH, {"sheet": "Liste"})
    assert "list-columns" in (await site.get(PATH)).page.codes(), "other heads: not chosen yet"
    await site.post(PATH, sent(two_sheets(odd)))
    await site.post(PATH, {"sheet": "Liste"})
    assert [row["number"] for row in crossing(await site.get(PATH))] == ["FIKTIV-1"]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "State, As of, Question, Company, HS code (CN), Sonstiges"),
        ("zh-CN", "状态、截至日期、问题、企业、海关商品编号、Sonstiges"),
    ],
)
async def test_columns_that_stay_have_their_names_and_no_codes(pages_of, lang, said):
    """A known column by its name, though the charter does not share it; an own head as it is."""
    site = await pages_of(World.founded(columns=[]), "eu")
    shown = await site.post(
        PATH, sent(csv(f"{line(1)},x", header=f"{HEADER},Sonstiges")), lang=lang
    )
    [stays] = shown.page.marked("data-stays")
    assert stays.text == said
    for code in ("eu_company", "hs_cn", "as_of", "eu_asserted_status"):
        assert code not in shown.text.split("Signed data")[0].split("签名数据")[0]


@pytest.mark.parametrize("amends", [False, True])
async def test_line_stop_that_is_set_aside_is_told_first(pages_of, amends):
    """On the page before everything else, and in the API; corrected, nothing is said of it."""
    world = World.founded()
    batch = world.list_batch(["FIKTIV-1"], list_="L2026-47", urgency="urgent")
    world.exchange()
    site = await pages_of(world, "eu")
    url = f"/batches/{batch.position}/amend" if amends else PATH
    stop = line(2).replace("urgent", "line stop").replace("2026-11-06", "yesterday")
    dated = line(3).replace("urgent", "soon")
    lines = [f"{line(1)},", f"{stop},2026-12-03", f"{dated},2026-12-03"]
    named = [each if amends else each.replace("L2026-47", "L2026-48") for each in lines]
    file = csv(*named, header=f"{HEADER},stop_on")
    said = [
        "Row 2 (FIKTIV-2) states a line stop and is set aside.",
        "Row 3 (FIKTIV-3) states a stop date and is set aside.",
    ]
    shown = await site.post(url, sent(file))
    [alert] = shown.page.marked("data-stops")
    assert alert.attributes["role"] == "alert"
    assert [each.text for each in shown.page.marked("data-stop")] == said
    assert shown.html.index("data-stops") < shown.html.index('class="lead"')
    chinese = await site.get(url, lang="zh-CN")
    assert "第2行（FIKTIV-2）紧急程度为停产，该行暂不发送。" in chinese.text
    api = f"/api/batches/{batch.position}/amendment/check" if amends else "/api/lists/check"
    report = json.loads((await site.ask("POST", api, "desk", "en", data=file)).html)
    assert [each["sentence"] for each in report["stops_aside"]] == said
    assert list(report)[: list(report).index("faults")][-1] == "stops_aside"
    await site.post(url, {"cell:3:first_listed": "2026-11-06", "cell:4:urgency": "line_stop"})
    assert (await site.get(url)).page.marked("data-stops") == []


async def test_choice_of_columns_serves_colleagues_of_the_same_desk(pages_of):
    """A colleague is not asked again, sees who chose, and can choose or take back for the desk."""
    site = await pages_of(World.founded(), "eu")
    odd = csv(line(1), header=HEADER.replace("application_no", "Antragsnummer"))
    shown = await site.post(PATH, sent(odd), who="clerk")
    assert "list-columns" in shown.page.codes()
    await site.post(PATH, {"head:antragsnummer": "application_no"}, who="clerk")
    shown = await site.post(PATH, sent(odd))
    assert [row["number"] for row in crossing(shown)] == ["FIKTIV-1"]
    said = "The columns are read as your desk chose on 24 Nov 2026, by Łukasz Żelazny."
    assert said in shown.text
    chinese = await site.get(PATH, lang="zh-CN")
    assert "各列按本处室2026年11月24日的选择识别，选择人：Łukasz Żelazny。" in chinese.text
    plain = await site.post(PATH, sent(csv(line(1))))
    assert "your desk chose" not in plain.text, "nothing was chosen for these heads"
    await site.post(PATH, sent(odd))
    await site.post(PATH, {"drop:head:antragsnummer": "1"})
    assert "list-columns" in (await site.get(PATH)).page.codes()
    again = await site.post(PATH, sent(odd), who="clerk")
    assert "list-columns" in again.page.codes(), "taken back for the desk"
    await site.post(PATH, {"head:antragsnummer": "application_no"})
    assert "by Ilona Kőszegi" in (await site.post(PATH, sent(odd), who="clerk")).text
    other = await site.post(PATH, sent(odd), who="other-desk")
    assert "list-columns" in other.page.codes()


def two_sheets(header: str = HEADER, *, hidden: bool = False) -> bytes:
    def fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        for at, cells in enumerate((header.split(","), line(1).split(","))):
            sheet.write_row(at, 0, cells)
        notes = book.add_worksheet("Notizen")
        notes.write_string(0, 0, "intern")
        if hidden:
            notes.hide()

    return workbook(fill)


def hiding() -> bytes:
    def fill(_: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        for at, cells in enumerate((HEADER.split(","), *(line(n).split(",") for n in (1, 2, 3)))):
            sheet.write_row(at, 0, cells)
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.write_comment(3, 1, "hold until Friday")

    return workbook(fill)


def workbook(fill: Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    fill(book, book.add_worksheet("Liste"))
    book.close()
    return out.getvalue()


async def test_checked_list_is_shown_and_nothing_is_stored(pages_of):
    site = await pages_of(World.founded(), "eu")
    size = await site.node.size("eu")
    page = await site.get("/batches")
    assert 'enctype="multipart/form-data"' in page.html
    assert "Check a weekly list" in page.text
    assert (await site.get(PATH)).status == 200
    lines = [line(1, "FIKTIV-2OO"), line(2, "FIKTIV-200"), line(3)]
    good = await site.post(
        PATH, sent(csv(*(each.replace("Fictional AG", CANARY) for each in lines)))
    )
    assert good.status == 200
    assert good.page.one("heading", "List L2026-47: no errors")
    assert f"{ALIKE} line 3 of the file, row 2 of the list" in good.text
    assert "Company, HS code (CN)" in good.text
    [part] = good.page.marked("data-bytes")
    [kept] = good.page.marked("data-sign", "columns.kept")
    assert kept.attributes["data-log"] == site.own.node.identity.private_origin
    assert CANARY in kept.source
    assert good.html.count(CANARY) == kept.source.count(CANARY)
    assert [row["number"] for row in json.loads(part.source)["data"]["rows"]] == [
        "FIKTIV-2OO",
        "FIKTIV-200",
        "FIKTIV-3",
    ]
    bad = csv(line(1), line(2, "=1+1").replace("urgent", "<b>soon</b>"))
    for lang, said, known in (
        ("en", "List L2026-47: 1 row set aside", "urgent · production stopped"),
        ("zh-CN", "清单L2026-47：1行暂不发送", "紧急 · 停产"),
    ):
        shown = await site.post(PATH, sent(bad), lang=lang)
        assert said in shown.text
        assert aside_of(shown) == [("3", "list-formula"), ("3", "list-word")]
        assert all(each in shown.text for each in ("<b>soon</b>", known))
        assert [row["number"] for row in crossing(shown)] == ["FIKTIV-1"]
    other = await site.post(PATH, sent(xlsx(["x"], ["y"])))
    # The page names a command, too.
    assert (other.status, other.page.codes()[0]) == (200, "list-columns")
    assert "list-unreadable" in (await site.post(PATH, sent(b"\x00\x01"))).html
    assert "list-empty" in (await site.post(PATH, sent(b""))).html
    assert (await site.node.size("eu")) == size
    assert len(await site.own.desk.clearances.waiting()) == 0


async def test_report_compares_the_list_with_the_record(pages_of):
    world = World.founded(columns=[])
    listed = {"first_listed": "2026-10-23", "times_listed": 4}
    batch = world.list_batch(["FIKTIV-1", "FIKTIV-9O"], list_="L2026-46", **listed)
    world.exchange()
    site = await pages_of(world, "eu")
    lines = (line(1), line(2), line(3, "FIKTIV-90").replace("urgent", "normal"))
    shown = await site.post(PATH, sent(csv(*lines)))
    assert "1 number was on an earlier list" in shown.text
    assert codes_of(shown.html) == ["list-times-listed", "list-first-listed"]
    assert looks_of(shown) == ["S-006"]
    assert "Number of times that FIKTIV-1 was listed: 3 in the file, 5 in the record." in shown.text
    rows = Page(shown.html).rows()
    for counts in (
        ["production stopped", "0", "0"],
        ["urgent", "2", "0"],
        ["normal", "1", "2"],
        ["All", "3", "2"],
    ):
        assert counts in rows
    assert f'href="/batches/{batch.position}">L2026-46' in shown.html
    assert "Charter no. 1, which both sides adopted, adds nothing." in shown.text
    chinese = await site.post(PATH, sent(csv(*lines)), lang="zh-CN")
    assert "FIKTIV-1的列入次数：文件为3，记录为5。" in chinese.text
    same = await site.post(
        PATH, sent(csv(*(each.replace("L2026-47", "L2026-46") for each in lines)))
    )
    assert "list-known" in codes_of(same.html)
    assert f"as {batch.position}." in same.text
    assert "data-sign=" not in same.html


SERIES = [f"FIKTIV-26-{at:07}" for at in range(1, 263)]


async def test_clean_list_of_serial_numbers_says_what_changes_and_who_is_next(pages_of):
    """250 neighbours in a series, of which twelve are new: nothing but what is told by evidence."""
    world = World.founded()
    world.list_batch(SERIES[:250], list_="L2026-46")
    world.exchange()
    site = await pages_of(world, "eu")
    lines = [line(row, number) for row, number in enumerate(SERIES[12:262], 1)]
    for lang, heading, said in (
        ("en", "List L2026-47: no errors", ("250 rows in liste.csv.", "Next: Tereza Šťastná.")),
        ("zh-CN", "清单L2026-47：无错误", ("liste.csv共250行。", "下一步：由Tereza Šťastná复核。")),
    ):
        shown = await site.post(PATH, sent(csv(*lines)), lang=lang)
        assert shown.page.one("heading", heading)
        assert all(words in shown.text for words in said)
        assert looks_of(shown) == []
        counts = {"on the last list too": "238", "not on the last list": "12"}
        counts |= {"only on the last list": "12", "to look at": "0", "errors": "0"}
        if lang == "en":
            assert counts.items() <= shown.page.facts().items()
        [button] = shown.page.marked("data-sign", "batch.listed")
        assert "data-bar" in button.attributes


async def test_author_reads_who_may_release_a_list_with_line_stops(pages_of):
    site = await pages_of(World.founded(), "eu")
    stop = line(1).replace("urgent,", "line_stop,")
    shown = await site.post(PATH, sent(csv(f"{stop},2026-12-03", header=f"{HEADER},stop_on")))
    assert "1 line stop needs a release by: head of unit, director." in shown.text
    assert shown.page.facts()["line stops, first on 3 Dec 2026"] == "1"
    assert "Next: Tereza Šťastná." in shown.text


async def test_rows_share_a_sentence_only_if_it_is_true_of_each(pages_of):
    """One line names the date of a production stop; rows with another date have their own."""
    site = await pages_of(World.founded(), "eu")
    stop, header = line(1).replace("urgent,", "line_stop,"), f"{HEADER},stop_on"
    days = ("2026-08-03", "2026-08-05", "2026-08-03")
    rows = [
        f"{stop},{day}".replace("L2026-47,1,FIKTIV-1,", f"L2026-47,{row},FIKTIV-{row}00,")
        for row, day in enumerate(days, 1)
    ]
    asked = await site.ask("POST", "/api/lists/check", "desk", "en", data=csv(*rows, header=header))
    items = [each for each in json.loads(asked.html)["confirm"] if each["code"] == "S-016"]
    assert [(each["rows"], "3 Aug" in each["text"]) for each in items] == [
        ([1, 3], True),
        ([2], False),
    ]


async def test_a_number_that_the_last_list_had_is_proposed(pages_of):
    world = World.founded()
    world.list_batch([*SERIES[:120], "FIKTIV-26-0012614"], list_="L2026-46")
    world.exchange()
    site = await pages_of(world, "eu")
    numbers = [*SERIES[:120], "FIKTIV-26-0012641"]
    lines = [line(row, number) for row, number in enumerate(numbers, 1)]
    shown = await site.post(PATH, sent(csv(*lines)), lang="zh-CN")
    assert looks_of(shown) == ["S-007"]
    said = "FIKTIV-26-0012641可能应为FIKTIV-26-0012614：后者列于上次清单，本清单未列。"
    assert said in shown.text
    asked = await site.ask("POST", "/api/lists/check", "desk", "en", data=csv(*lines))
    report = json.loads(asked.html)
    found = [(each["rule"], each["grade"], each["row"]) for each in report["findings"]]
    assert ("S-007", "note", 121) in found
    assert [each["code"] for each in report["look"]] == ["S-007"]
    assert (report["again"], report["gone"]) == (120, 1)


async def test_number_that_the_other_side_decided_is_to_be_looked_at(pages_of):
    world = World.founded()
    batch = world.list_batch(["FIKTIV-1"], list_="L2026-46")
    world.exchange()
    refused: dict[str, Any] = {
        "row": 1,
        "number": "FIKTIV-1",
        "state": "refused",
        "as_of": "2026-11-19",
    }
    world.answer_batch(batch, [refused])
    world.exchange()
    site = await pages_of(world, "eu")
    data = csv(line(1).replace("urgent", "normal"))
    shown = await site.post(PATH, sent(data))
    assert looks_of(shown) == ["list-decided"]
    assert "CN states “refused” for FIKTIV-1." in shown.text
    asked = await site.ask("POST", "/api/lists/check", "desk", "en", data=data)
    [look] = json.loads(asked.html)["look"]
    assert (look["code"], look["list_rows"]) == ("list-decided", [1])


async def test_note_on_many_rows_names_the_first_and_counts_the_others(pages_of):
    site = await pages_of(World.founded(), "eu")
    data = csv(*(line(row, f"FIKTIV-{row}00") for row in range(1, 9)))
    asked = await site.ask("POST", "/api/lists/check", "desk", "en", data=data)
    [note] = json.loads(asked.html)["notes"]
    assert (note["code"], note["list_row"], note["number"]) == ("S-013", 1, "FIKTIV-100")
    assert note["sentence"].endswith(" Further rows with a finding of this kind: 7.")


async def test_api_returns_the_same_report(pages_of):
    world = World.founded(columns=["state"])
    world.list_batch(["FIKTIV-1"], list_="L2026-46", times_listed=4)
    world.exchange()
    site = await pages_of(world, "eu")
    data = csv(line(1), line(2).replace("Fictional AG", CANARY))
    asked = await site.ask("POST", "/api/lists/check", "desk", "zh-CN", data=data)
    assert asked.status == 200
    report = json.loads(asked.html)
    assert [row["times_listed"] for row in report["rows"]] == [5, 3]
    assert {"question", "as_of"}.isdisjoint(report["rows"][1])
    assert report["rows"][1]["state"] == "review"
    assert report["kept"][1]["columns"]["eu_company"] == CANARY
    assert report["notes"][0]["sentence"] == "FIKTIV-1的列入次数：文件为3，记录为5。"
    assert report["last"]["urgency"] == {"normal": 1}
    assert report["counted"]["urgency"] == {"line_stop": 0, "urgent": 2, "normal": 0}
    assert [each["number"] for each in report["reopened"]] == ["FIKTIV-1"]
    bad = await site.ask("POST", "/api/lists/check", "desk", "en", data=b"\0")
    assert (bad.status, "list-unreadable" in bad.html) == (400, True)
    peer = await pages_of(World.founded(), "cn")
    refused = await peer.ask("POST", "/api/lists/check", "desk", "en", data=data)
    assert (refused.status, "owner" in refused.html) == (403, True)


async def test_page_after_signing_exists(pages_of):
    site = await pages_of(World.founded(), "eu")
    shown = await site.post(PATH, sent(csv(line(1))))
    [button] = shown.page.marked("data-sign", "batch.listed")
    assert (await site.get(button.attributes["data-next"])).status == 200


async def test_list_that_waits_for_release_is_noted(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    author = Author(world.eu.keys["desk"], world.eu.origin, AT, (), lambda size: b"\1" * size)
    drafted = payloads.batch_listed(author, "L2026-47", ({"row": 1},))
    by = Sender(author.signer.key, {1: "desk"}, "eu", world.eu.origin)
    await queue_for_release(site.own.desk.clearances, [drafted], by, site.own.node.clock.now())
    shown = await site.post(PATH, sent(csv(line(1))))
    assert looks_of(shown) == ["list-waiting"]


async def test_list_check_of_other_roles_is_refused(pages_of):
    site = await pages_of(World.founded(), "eu")
    assert (await site.post(PATH, {"csrf": "0" * 64} | sent(csv(line(1))))).status == 403
    assert (await site.post(PATH, {"file": "no file"})).status == 400
    assert (await site.get(PATH, who="")).status in {303, 401, 403}
    peer = await pages_of(World.founded(), "cn")
    assert "multipart" not in (await peer.get("/batches")).html
    refused = await peer.post(PATH, sent(csv(line(1))))
    assert (refused.status, "owner" in refused.html) == (403, True)


async def test_listings_of_a_former_number_are_never_added(pages_of):
    """FIKTIV-2 stands in place of OLD-9: it is counted by itself, OLD-9's lists by whose word."""
    world = World.founded()
    old = world.list_batch(["OLD-9"], list_="L2026-40", times_listed=4, first_listed="2026-09-04")
    body = {"number": "FIKTIV-2", "former": "OLD-9", "basis": "refiled"}
    said = world.append("cn", world.payload("cn", "application.linked", body=body))
    world.exchange()
    site = await pages_of(world, "eu")
    shown = await site.post(PATH, sent(csv(line(1), line(2))))
    words = f"replaces OLD-9 stated by CN ({said.position}); former number listed 4 times, L2026-40"
    assert words in shown.text
    assert "1 number replaces another" in shown.text
    assert "0 numbers were on an earlier list" in shown.text
    asked = await site.ask("POST", "/api/lists/check", "desk", "en", data=csv(line(1), line(2)))
    report = json.loads(asked.html)
    assert [row["times_listed"] for row in report["rows"]] == [3, 3], "as the file says"
    [linked] = report["linked"]
    assert (linked["former"], linked["by"], linked["times"]) == ("OLD-9", "cn", 4)
    week = world.list_batch(["FIKTIV-2"], list_="L2026-47", times_listed=1)
    world.exchange()
    for party in ("eu", "cn"):
        node = await pages_of(world, party)
        batch = await node.get(f"/batches/{week.position}")
        assert f"listed 1 time replaces OLD-9 stated by CN ({said.position})" in batch.text
        page = await node.get("/applications/FIKTIV-2")
        assert "Listed 1 time, last in L2026-47" in page.text
        assert "OLD-9 listed 4 times, last in L2026-40" in page.text
        assert "not across linked numbers" in page.text
        former = await node.get("/applications/OLD-9")
        assert f"Listed 1 time, last in L2026-40 ({old.position})" in former.text


IMPOSSIBLE = (
    line(1).replace("2026-11-18", "2026-12-24"),
    line(2).replace(",review,2026-11-18", ",review,"),
    line(3).replace("2026-11-06", "2026-12-01"),
    line(4),
)


@pytest.mark.parametrize(
    ("lang", "place", "said"),
    [
        ("en", "1 line 2", "As of Thu 24 Dec 2026 lies in the future."),
        ("zh-CN", "1 文件第2行", "“截至日期”2026年12月24日晚于今日。"),
    ],
)
async def test_row_that_cannot_be_true_is_set_aside(pages_of, lang, place, said):
    site = await pages_of(World.founded(), "eu")
    shown = await site.post(PATH, sent(csv(*IMPOSSIBLE)), lang=lang)
    assert aside_of(shown) == [("2", "S-009"), ("3", "S-011"), ("4", "S-009")]
    assert codes_of(shown.html) == []
    assert said.replace("Thu ", "") in shown.text.replace("Thu ", "")
    assert any(row[0] == place for row in shown.page.rows())
    assert [row["row"] for row in crossing(shown)] == [4], "the others go first"
    assert len(shown.page.marked("data-sign", "batch.listed")) == 1
    # The same rows and rules over the API, with both numbers of the line.
    asked = await site.ask("POST", "/api/lists/check", "desk", lang, data=csv(*IMPOSSIBLE))
    report = json.loads(asked.html)
    refused = [each for each in report["findings"] if each["grade"] == "refuse"]
    assert [(each["line"], each["row"], each["rule"]) for each in refused] == [
        (2, 1, "S-009"), (3, 2, "S-011"), (4, 3, "S-009"),
    ]  # fmt: skip
    assert [
        (each["line"], fault["fault"]["code"], fault["fault"]["list_row"])
        for each in report["aside"]
        for fault in each["faults"]
    ] == [(2, "S-009", 1), (3, "S-011", 2), (4, "S-009", 3)]
    assert [row["row"] for row in report["rows"]] == [4]
    assert (report["total"], report["counted"]["urgency"]["urgent"]) == (4, 1)


async def test_row_that_cannot_be_true_is_corrected_on_screen(pages_of):
    """Each is shown with its original cell, and the rules read the corrected one."""
    site = await pages_of(World.founded(), "eu")
    await site.post(PATH, sent(csv(*IMPOSSIBLE)))
    shown = await site.get(PATH)
    assert "2026-12-24" in " ".join(shown.page.rows()[1]), "the original cell"
    fixed = {"cell:2:eu_as_of": "2026-11-18", "cell:3:eu_as_of": "2026-11-18"}
    await site.post(PATH, fixed | {"cell:4:first_listed": "2026-11-06"})
    whole = await site.get(PATH)
    assert aside_of(whole) == []
    assert [row["row"] for row in crossing(whole)] == [1, 2, 3, 4]


async def test_finding_of_rows_together_leaves_out_a_refused_row(pages_of):
    """Two rows of one rank: the warning goes with the row that is set aside."""
    site = await pages_of(World.founded(), "eu")
    ahead = test_lists.line(2).replace("2026-11-18", "2026-12-24")
    shown = await site.post(PATH, sent(csv(test_lists.line(1), ahead)))
    assert (aside_of(shown), looks_of(shown)) == ([("3", "S-009")], [])
    both = await site.post(PATH, sent(csv(test_lists.line(1), test_lists.line(2))))
    assert "S-017" in looks_of(both)


async def test_file_with_a_classified_cell_is_kept_nowhere(pages_of):
    site = await pages_of(World.founded(), "eu")
    secret = csv(line(1).replace("Fictional", "SECRET UE/EU SECRET"), line(2))
    assert b"SECRET UE" in secret
    shown = await site.post(PATH, sent(secret))
    assert "text-eu-classified" in shown.page.codes()
    assert crossing(await site.get(PATH)) == []
    await site.post(PATH, sent(csv(line(1), line(2).replace("urgent", "soon"))))
    typed = await site.post(PATH, {"cell:3:urgency": "RESTREINT UE/EU RESTRICTED"})
    assert typed.status >= 400
    assert aside_of(await site.get(PATH)) == [("3", "list-word")], "as it was before"
    drafts = await site.get("/drafts")
    assert "RESTREINT" not in drafts.html


async def test_release_shows_what_the_check_of_the_file_found(pages_of):
    """One function: what the author confirms is what the second official reads of the same rows."""
    world = World.founded()
    world.list_batch(["FIKTIV-9O"], list_="L2026-46")
    world.exchange()
    site = await pages_of(world, "eu")
    header = f"{HEADER},stop_on,qty"
    stop = line(1).replace("urgent,", "line_stop,")
    lines = (
        f"{stop},2027-06-01,5",
        f"{line(2, 'FIKTIV-90')},,0",
        f"{line(3)},,1",
    )
    asked = await site.ask(
        "POST", "/api/lists/check", "desk", "en", data=csv(*lines, header=header)
    )
    report = json.loads(asked.html)
    confirm = [each for each in report["findings"] if each["grade"] == "confirm"]
    assert {each["rule"] for each in confirm} == {"S-006", "S-016", "S-023"}
    keys = world.eu.keys["desk"]
    author = Author(keys, site.own.node.identity.private_origin, AT, (), lambda size: b"\1" * size)
    kept = payloads.columns_kept(author, "L2026-47", report["kept"])
    await private_log.store(site.own, [kept])
    author = Author(keys, world.eu.origin, AT, (), lambda size: b"\1" * size)
    drafted = payloads.batch_listed(author, "L2026-47", report["rows"])
    by = Sender(keys.key, {1: "desk"}, "eu", world.eu.origin)
    await queue_for_release(site.own.desk.clearances, [drafted], by, site.own.node.clock.now())
    [draft] = await site.own.desk.clearances.waiting()
    answer = await site.ask("GET", f"/api/clearances/{draft.id}", "head", "en")
    look = json.loads(answer.html)["checks"]["look"]
    shown = {
        (row["row"], each["words"])
        for row in look
        for each in row["reasons"]
        if each["code"] != "line_stop"
    }
    assert shown == {(each["row"], each["sentence"]) for each in confirm}
    page = await site.get(f"/clearances/{draft.id}", "head", "zh-CN")
    for words in ("须再次核对的日期", "须再次核对的编号", "各行优先次序互不相同"):
        assert words in page.text


async def test_reader_is_told_of_a_date_after_its_statement_on_the_page_alone(pages_of):
    """The other side's list is kept and counted; the note is in no file, API or print."""
    world = World.founded()
    week = world.list_batch(
        ["FIKTIV-1"], first_listed="2026-12-24", state="review", as_of="2026-12-25"
    )
    world.exchange()
    site = await pages_of(world, "cn")
    for lang, first, then in (
        ("en", "First listed 24 Dec 2026 is later than the day on which it was stated", "As of 25"),
        (
            "zh-CN",
            "“首次列入日期”2026年12月24日晚于填报之日",
            "“截至日期”2026年12月25日晚于填报之日",
        ),
    ):
        shown = await site.get(f"/batches/{week.position}", lang=lang)
        assert first in shown.text
        assert then in shown.text
        for elsewhere in (
            f"/batches/{week.position}?print=all",
            f"/api/batches/{week.position}",
            "/batches.csv",
            "/inbox",
            "/applications/FIKTIV-1",
        ):
            other = await site.get(elsewhere, lang=lang)
            assert first[:20] not in other.text + other.html, elsewhere
            assert "S-009" not in other.html
    own = await pages_of(world, "eu")
    assert "is later than the day" not in (await own.get(f"/batches/{week.position}")).text
