"""A list is answered from its page: filled in, looked at, sent as a file. Browsers sign."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from special_channel.desk.payloads import Fields
from special_channel.desk.sheets import csv_bytes
from special_channel.messages import terms
from special_channel.messages.catalogue import LANGS, catalogue
from special_channel.web.lists.views import MAX_ROWS
from tests.web.reading import Page
from tests.world import World

NUMBERS = ["A-1", "A-2", "A-3"]
NAMED = "已联系虚构磁材（宁波）有限公司"


def told() -> tuple[World, str]:
    """Last week's list answered in part; this week's lists two of it again, and a new one."""
    world = World.founded()
    last = world.list_batch(["A-1", "A-2", "OLD-1"], list_="W46")
    world.exchange()
    rows: list[Fields] = [
        {"row": 1, "number": "A-1", "state": "review", "as_of": "2026-11-17", "days_used": 12},
        {"row": 3, "number": "OLD-1", "match": "not_found"},
    ]
    world.answer_batch(last, rows)
    week = world.list_batch(NUMBERS, list_="W47", state="submitted", as_of="2026-11-18")
    world.exchange()
    return world, f"/batches/{week.position}"


def held(page: Page) -> dict[str, dict[str, Any]]:
    """What is filled in, by number."""
    return {
        row.marked("name", "application")[0].attributes["value"]: json.loads(
            row.attributes["data-held"]
        )
        for row in page.marked("data-held")
    }


def kept_in(page: Page) -> list[tuple[str, str, str]]:
    """Log, body and part of the columns that the page would have the browser sign."""
    return [
        (each.attributes["data-log"], each.attributes["data-body"], each.source)
        for each in page.marked("data-sign", "columns.kept")
    ]


def applications(page: Page) -> list[str]:
    """Applications that a form for a new thread would name."""
    return [each.attributes["value"] for each in page.marked("name", "application")]


def sent(lines: list[dict[str, str]], list_: str = "W47") -> dict[str, io.BytesIO]:
    columns = dict.fromkeys(("list_id", *(name for line in lines for name in line)))
    file = io.BytesIO(csv_bytes([*columns], [{"list_id": list_, **line} for line in lines]))
    file.name = "反馈表.csv"
    return {"file": file}


async def test_row_has_the_latest_statement_of_any_list(pages_of):
    world, path = told()
    site = await pages_of(world, "cn")
    batch = await site.get(path)
    assert f"{path}/answer" in batch.page.links().values()
    page = await site.get(f"{path}/answer")
    review = {"match": "found", "state": "review", "as_of": "2026-11-17"}
    assert held(page.page) == {"A-1": review, "A-2": {}, "A-3": {}}
    assert "under review 17 Nov 2026" in page.text
    assert "not stated yet" in page.text
    since = [each.attributes["data-since"] for each in page.page.marked("data-answer")]
    assert since == ["17 Nov 2026", "", ""]
    assert "js/answer.js" in page.html
    assert "js/main.js" in batch.html
    assert "17 Nov" not in (await site.get(f"{path}/answer", lang="zh-CN")).text
    so_far = json.loads((await site.get(f"/api{path}/answer")).html)
    assert [row.get("said_in", "")[:3] for row in so_far["rows"]] == ["CN-", "", ""]
    for name, first in (("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf")):
        async with site.client.get(
            f"{site.base}{path}/answer.{name}",
            headers={"Cookie": f'sc-session-cn="{await site.sign_in("desk")}"'},
        ) as file:
            assert (file.status, (await file.read()).startswith(first)) == (200, True)


async def test_long_list_is_answered_on_pages_of_400_kb(pages_of):
    world = World.founded()
    numbers = [f"FIKTIV-26-{n:07d}" for n in range(MAX_ROWS)]
    week = world.list_batch(numbers, list_="W47", state="submitted", as_of="2026-11-18")
    world.exchange()
    said: Fields = {
        "state": "supplement", "as_of": "2026-11-20", "accepted_on": "2026-09-21",
        "missing": ["contract", "translation"], "remark": "applicant_told",
    }  # fmt: skip
    half = [said | {"row": n, "number": numbers[n - 1]} for n in range(1, MAX_ROWS, 2)]
    world.answer_batch(week, half)
    world.exchange()
    site = await pages_of(world, "cn")
    await site.watch()
    everything = {*range(1, MAX_ROWS + 1)}
    address, seen = f"/batches/{week.position}/answer", list[int]()
    while address:
        shown = await site.get(address, lang="zh-CN")
        assert len(shown.html.encode()) <= 400_000
        here = [int(each.attributes["data-answer"]) for each in shown.page.marked("data-answer")]
        [form] = shown.page.marked("data-others")
        others = form.attributes["data-others"].split()
        assert {int(each.rstrip("+")) for each in others} == everything - {*here}
        assert {int(each[:-1]) % 2 for each in others if each.endswith("+")} == {1}
        assert "2000行中已答复1000行，尚余1000行" in shown.text
        seen += here
        following = [e for e in shown.page.marked("rel") if e.attributes["rel"] == "next"]
        address = following[0].attributes["href"] if following else ""
    assert seen == sorted(everything)
    # Licences are for what is looked at before signing.
    assert not any("record.licences" in each for each in site.statements)


async def test_answer_page_is_for_officials_of_cn_alone(pages_of):
    world, path = told()
    site = await pages_of(world, "eu")
    assert f"{path}/answer" not in (await site.get(path)).html
    refused = await site.get(f"{path}/answer")
    assert (refused.status, refused.page.codes()) == (403, ["owner"])
    assert (await site.get("/batches/EU-9999/answer")).page.codes() == ["batch-unknown"]


async def test_look_counts_rows_and_returns_notices(pages_of):
    world, path = told()
    site = await pages_of(world, "cn")
    same = {"row": 1, "number": "A-1", "match": "found", "state": "review", "as_of": "2026-11-24"}
    new = {"row": 2, "number": "A-2", "match": "found", "state": "supplement",
           "missing": ["contract", "translation"]}  # fmt: skip
    body = {"rows": {"rows": [same, new]}, "remarks": {"2": NAMED}}
    size = await site.node.size("cn")

    async def look(body: dict[str, Any], lang: str) -> dict[str, Any]:
        said = await site.ask("POST", f"/api{path}/answer/look", "desk", lang, json=body)
        return dict(json.loads(said.html))

    found = await look(body, "zh-CN")
    assert (found["rows"], found["same"], found["changed"]) == (2, 1, 1)
    assert found["summary"] == "将发送W47的2行：无变化1行，有更改1行。"
    assert [(each["row"], each["code"], each["grade"]) for each in found["notices"]] == [
        (2, "S-031", "refuse"),
        (2, "S-099", "confirm"),
        (1, "S-040", "note"),
    ]
    first, second, _ = (each["text"] for each in found["notices"])
    assert first == "第2行不能签名：请填写“待补正”的截至日期。"
    assert second.startswith("第2行：似提及企业：")
    assert "will be sent" in (await look(body, "en"))["summary"]
    bad = await look({"rows": {"rows": []}, "remarks": {}}, "en")
    assert bad["code"] == "request-malformed"
    assert await site.node.size("cn") == size


async def test_uploaded_sheet_becomes_a_draft_or_shows_faults(pages_of):
    world, path = told()
    site = await pages_of(world, "cn")
    lines = [
        {"row": "1", "application_no": "A-1", "match": "found", "cn_status": "approved",
         "remark_text": "已电话告知", "remark_en": "stays"},
        {"row": "2", "application_no": "A-2", "match": "withheld"},
        {"row": "3", "application_no": "A-3"},
    ]  # fmt: skip
    done = await site.post(f"{path}/answer", sent(lines))
    assert (done.status, done.headers["Location"]) == (303, f"{path}/answer")
    [form] = (await site.get(f"{path}/answer")).page.marked("data-draft")
    name = form.attributes["data-draft"]
    draft = json.loads((await site.get(f"/api/drafts/{name}")).html)["fields"]["rows"]
    assert [json.loads(row) for row in draft] == [
        {"row": 1, "number": "A-1", "match": "found", "state": "approved", "words": "已电话告知"},
        {"row": 2, "number": "A-2", "match": "withheld"},
    ]
    assert "stays" not in repr(draft)
    [(log, body, part)] = kept_in((await site.get(f"{path}/answer")).page)
    assert log == site.own.node.identity.private_origin
    assert json.loads(body) == {"list": "W47", "rows": 1}
    assert json.loads(part)["data"]["rows"] == [
        {"row": 1, "number": "A-1", "columns": {"remark_en": "stays"}}
    ]
    assert kept_in((await site.get(f"{path}/answer", who="clerk")).page) == [], "its author's draft"
    lines[1] |= {"application_no": "A-7"}
    for lang, said in (
        ("en", "Line 3: A-7 is not the number of that row of the list."),
        ("zh-CN", "文件第3行：A-7与清单该行的编号不符。"),
    ):
        shown = await site.post(f"{path}/answer", sent(lines), lang=lang)
        assert said in shown.text
        assert 'data-fault="answer-row-unknown"' in shown.html
    other = await site.post(f"{path}/answer", sent(lines, "W46"))
    assert "answer-other-list" in other.page.codes()
    assert (await site.post(f"{path}/answer", {"file": "no file"})).status == 400


def plain(text: str) -> dict[str, io.BytesIO]:
    file = io.BytesIO(text.encode())
    file.name = "反馈表.csv"
    return {"file": file}


async def test_file_of_some_rows_answers_them_and_leaves_the_rest_open(pages_of):
    """A number and a state alone, in the reader's words; a row without a change is left out."""
    world, path = told()
    site = await pages_of(world, "cn")
    file = plain("申请编号,办理状态\r\nA-3,审查中\r\nA-1,审查中\r\n")
    dated = {**file, "as_of": "2026-11-24"}
    assert (await site.post(f"{path}/answer", dated)).status == 303
    page = await site.get(f"{path}/answer")
    assert "1 of 3 rows answered, 2 open" in page.text
    assert "3行中已答复1行，尚余2行" in (await site.get(f"{path}/answer", lang="zh-CN")).text
    [form] = page.page.marked("data-draft")
    name = form.attributes["data-draft"]
    draft = json.loads((await site.get(f"/api/drafts/{name}")).html)["fields"]["rows"]
    assert [json.loads(row) for row in draft] == [
        {"row": 3, "number": "A-3", "match": "found", "state": "review", "as_of": "2026-11-24"}
    ]
    same = await site.post(f"{path}/answer", plain("申请编号,状态\r\nA-1,审查中"), lang="zh-CN")
    assert "文件中的1行均与我方最近一次反馈相同。" in same.text
    bad = await site.post(f"{path}/answer", {**plain("a"), "as_of": "soon"})
    assert "date-malformed" in bad.page.codes()


async def test_what_is_left_out_of_a_file_is_told(pages_of):
    world, path = told()
    site = await pages_of(world, "cn")
    file = plain("反馈表\r\n申请编号,办理状态,状态日期,\r\nA-3,审查中,2026-11-20,x\r\n合计,1\r\n")
    shown = await site.post(f"{path}/answer", file)
    assert "1 row was copied into the answer." in shown.text
    assert "set aside" not in shown.text
    skipped = [each.attributes["data-skipped"] for each in shown.page.marked("data-skipped")]
    assert skipped == ["1", "4"]
    assert len(shown.page.marked("data-unnamed")) == 1


async def test_other_value_in_a_column_to_read_is_named_by_row(pages_of):
    """Page and API say that the record stands; nothing is said of a sheet as it was given out."""
    world, path = told()
    site = await pages_of(world, "cn")
    head = "申请编号,办理状态,状态日期,紧急程度,欧方状态,欧方截至日期"
    same = "A-2,审查中,2026-11-20,一般,已提交，尚未受理,2026年11月18日"
    quiet = await site.post(f"{path}/answer", plain(f"{head}\r\n{same}"))
    assert quiet.status == 303, quiet.text
    # A row that states nothing is named as well: whoever changed it expects that something is said.
    other = "A-1,,,停产,,\r\nA-3,审查中,2026-11-20,normal,审查中,2026-11-19"
    shown = await site.post(f"{path}/answer", plain(f"{head}\r\n{other}"))
    rows = [each.attributes["data-given"] for each in shown.page.marked("data-given")]
    assert rows == ["1", "3", "3"]
    for said in (
        "Row 1: the urgency in the file (production stopped) is not that of the list (normal);",
        "Row 3: the EU’s state in the file (under review) is not that of the record (submitted",
        "the date of the EU’s state in the file (19 Nov 2026) is not that of the record (18 Nov",
        "the list prevails.",
    ):
        assert said in shown.text
    again = await site.post(f"{path}/answer", plain(f"{head}\r\n{other}"), lang="zh-CN")
    assert "第1行：文件中的紧急程度（停产）与清单所列（一般）不一致，以清单为准。" in again.text
    nothing_new = f"{head}\r\nA-1,审查中,2026-11-17,停产,,"
    refused = await site.post(f"{path}/answer", plain(nothing_new))
    assert "answer-unchanged" in refused.page.codes()
    assert "Row 1: the urgency in the file (production stopped)" in refused.text
    row = {"row": 3, "number": "A-3", "match": "withheld"}
    body = {"rows": {"rows": [row]}, "given": {"1": {"urgency": "停产"}, "2": {"urgency": "一般"}}}
    look = await site.ask("POST", f"/api{path}/answer/look", "desk", "en", json=body)
    [notice] = json.loads(look.html)["notices"]
    assert (notice["row"], notice["code"], notice["grade"]) == (1, "given-other", "note")
    assert "production stopped" in notice["text"]


async def test_cell_to_read_has_a_known_column_and_at_most_400_characters(pages_of):
    world, path = told()
    site = await pages_of(world, "cn")
    rows = {"rows": [{"row": 3, "number": "A-3", "match": "withheld"}]}

    async def code(**cells: str) -> str:
        body = {"rows": rows, "given": {"1": cells}}
        look = await site.ask("POST", f"/api{path}/answer/look", "desk", "en", json=body)
        return str(json.loads(look.html).get("code", ""))

    assert await code(urgency="停" * 400) == ""
    assert await code(urgency="停" * 401) == "request-malformed"
    assert await code(x="y") == "request-malformed"


async def test_unclear_column_of_a_file_is_chosen_on_screen(pages_of):
    """Nothing of a column that can be several is left out unseen."""
    world, path = told()
    site = await pages_of(world, "cn")
    file = plain("申请编号,办理状态,日期\r\nA-3,审查中,2026-11-20\r\n")
    for lang, said in (("en", "can mean several columns"), ("zh-CN", "含义不明确")):
        asked = await site.post(f"{path}/answer", {**file, "as_of": "2026-11-24"}, lang=lang)
        assert said in asked.text
        assert "answer-head-unclear" in asked.page.codes()
        file["file"].seek(0)
    [form] = (await site.get(f"{path}/answer")).page.marked("data-draft")
    name = f"/api/drafts/{form.attributes['data-draft']}"
    assert (await site.get(name)).status == 404 or "A-3" not in (await site.get(name)).text
    done = await site.post(f"{path}/answer", {"head:日期": "accepted_on"})
    assert (done.status, done.headers["Location"]) == (303, f"{path}/answer")
    draft = json.loads((await site.get(name)).html)["fields"]["rows"]
    assert [json.loads(row) for row in draft] == [
        {"row": 3, "number": "A-3", "match": "found", "state": "review", "as_of": "2026-11-24",
         "accepted_on": "2026-11-20"},
    ]  # fmt: skip
    for gone in ({"forget": "1"}, {"head:日期": ""}):
        assert (await site.post(f"{path}/answer", gone)).status == 303


async def test_second_file_joins_the_rows_of_the_first_one(pages_of):
    """A later file wins by row; typed rows, remarks and private columns of others stay."""
    world, path = told()
    site = await pages_of(world, "cn")
    head = "申请编号,办理状态,状态日期,内部备注"
    await site.post(f"{path}/answer", plain(f"{head}\r\nA-2,审查中,2026-11-20,再核对"))
    [form] = (await site.get(f"{path}/answer")).page.marked("data-draft")
    name = f"/api/drafts/{form.attributes['data-draft']}"
    draft = json.loads((await site.get(name)).html)
    typed = {"row": 1, "number": "A-1", "match": "withheld", "words": "已电话告知"}
    draft["fields"]["rows"].append(json.dumps(typed))
    body = {name: draft[name] for name in ("fields", "version")}
    saved = await site.ask("PUT", name, "desk", "en", json=body)
    assert saved.status == 200, saved.text
    second = "A-3,审查中,2026-11-21,新注\r\nA-1,准予许可,2026-11-22,"
    assert (await site.post(f"{path}/answer", plain(f"{head}\r\n{second}"))).status == 303
    fields = json.loads((await site.get(name)).html)["fields"]
    rows = {row["number"]: row for row in map(json.loads, fields["rows"])}
    assert [(each["row"], each.get("state")) for each in rows.values()] == [
        (1, "approved"), (2, "review"), (3, "review"),
    ]  # fmt: skip
    assert rows["A-1"]["words"] == "已电话告知", "typed, and nothing of the file takes its place"
    kept = [(each["row"], each["columns"]) for each in map(json.loads, fields["kept"])]
    assert kept == [(2, {"remark_en": "再核对"}), (3, {"remark_en": "新注"})]


async def test_correction_is_named_in_the_file_and_before_signing(pages_of):
    world, path = told()
    site = await pages_of(world, "cn")
    api = json.loads((await site.get(f"/api{path}/answer")).html)
    [wrong] = api["rows"][0]["correctable"]
    assert wrong["position"] == api["rows"][0]["said_in"]
    assert api["rows"][1].get("correctable", []) == []
    line = {"row": "1", "application_no": "A-1", "match": "not_found", "correction": "是"}
    assert (await site.post(f"{path}/answer", sent([line]))).status == 303
    page = (await site.get(f"{path}/answer")).page
    [form] = page.marked("data-draft")
    name = form.attributes["data-draft"]
    [text] = json.loads((await site.get(f"/api/drafts/{name}")).html)["fields"]["rows"]
    row = json.loads(text)
    ref = {"id": wrong["id"], "row": 1}
    assert row == {"row": 1, "number": "A-1", "match": "not_found", "corrects": ref}
    shown = [each.attributes["data-latest"] for each in page.marked("data-answer")]
    assert [json.loads(each) if each else None for each in shown] == [ref, None, None]

    async def noticed(ref: dict[str, Any], lang: str) -> list[tuple[str, str]]:
        body = {"rows": {"rows": [row | {"corrects": ref}]}, "remarks": {}}
        said = await site.ask("POST", f"/api{path}/answer/look", "desk", lang, json=body)
        notices = json.loads(said.html)["notices"]
        return [(each["code"], each["text"]) for each in notices]

    position = wrong["position"]
    assert await noticed(ref, "en") == [
        ("correction", f"Row 1 replaces what we stated in {position}, row 1.")
    ]
    (rule, words), *_ = await noticed(ref | {"row": 2}, "zh-CN")
    assert rule == "S-059"
    assert words == "第1行不能签名：更正对象有误：所指并非我方就该编号所作的反馈。"


async def test_cell_that_names_nothing_to_correct_is_explained(pages_of):
    world, path = told()
    site = await pages_of(world, "cn")
    api = json.loads((await site.get(f"/api{path}/answer")).html)
    position = api["rows"][0]["said_in"]
    line = {"row": "1", "application_no": "A-1", "match": "not_found"}
    for cell, code in (("CN-1", "answer-correction"), ("CN-9999", "answer-correction")):
        refused = await site.post(f"{path}/answer", sent([line | {"correction": cell}]))
        assert f'data-fault="{code}"' in refused.html
        assert f"the latest is {position}" in refused.text
    second = {"row": "2", "application_no": "A-2", "match": "found", "更正": "yes"}
    refused = await site.post(f"{path}/answer", sent([second]))
    assert "we have stated nothing on this number" in refused.text


async def test_remark_with_a_company_of_the_file_gets_a_notice(pages_of):
    world, path = told()
    site = await pages_of(world, "cn")
    body = {
        "rows": {"rows": [{"row": 1, "number": "A-1", "match": "found"}]},
        "remarks": {"1": "虚构磁材已补正"},
    }

    async def noticed() -> list[str]:
        said = await site.ask("POST", f"/api{path}/answer/look", "desk", "en", json=body)
        return [each["code"] for each in json.loads(said.html)["notices"]]

    assert "S-099" not in await noticed()
    lines = [{"row": "2", "application_no": "A-2", "match": "found", "exporter_zh": "虚构磁材"}]
    await site.post(f"{path}/answer", sent(lines))
    assert "S-099" in await noticed()


async def test_thread_is_opened_on_a_whole_list(pages_of):
    world = World.founded()
    numbers = [f"FIKTIV-26-{number:07d}" for number in range(250)]
    week = world.list_batch(numbers, list_="W47")
    world.exchange()
    site = await pages_of(world, "cn")
    token = await site.sign_in("desk")
    page = await site.get(f"/batches/{week.position}/answer")
    csrf = page.page.fields()["csrf"]
    fields = "&".join([f"csrf={csrf}", *(f"application={number}" for number in numbers)])
    shown = await site.ask(
        "POST", f"/batches/{week.position}/new-thread", "desk", "en", data=fields,
        headers={"Content-Type": "application/x-www-form-urlencoded",
                 "Cookie": f'sc-session-cn="{token}"; sc-lang-cn="en"', "Accept": "text/html"},
    )  # fmt: skip
    assert shown.status == 303
    shown = await site.get(shown.headers["Location"])
    assert applications(shown.page) == numbers
    # The switch of the language comes back to the same form with the same applications.
    again = await site.get(shown.page.fields()["back"], lang="zh-CN")
    assert applications(again.page) == numbers
    plain = await site.get(f"/batches/{week.position}/new-thread")
    assert applications(plain.page) == []


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_free_remark_is_in_its_row_until_it_is_erased(pages_of, party):
    world = World.founded()
    week = world.list_batch(NUMBERS, list_="W47")
    world.exchange()
    rows = [
        {"row": 1, "number": "A-1", "match": "found"},
        {"row": 2, "number": "A-2", "match": "found", "text": 1, "remark": "applicant_told"},
    ]
    payload = world.payload("cn", "batch.answered", ref=week.id, body={"rows": 2}, lang="zh-CN")
    parts = [world.data("return", {"rows": rows}), world.text("已电话告知")]
    answered = world.append("cn", payload, parts, also=["head"])
    world.exchange()
    site = await pages_of(world, party)
    page = await site.get(f"/batches/{week.position}")
    assert "已电话告知" in [each.text for each in page.page.marked("lang", "zh-CN")]
    assert "applicant told what to supplement" in page.text
    world.erase("cn", answered, [1])
    world.exchange()
    erased = await pages_of(world, party)
    page = await erased.get(f"/batches/{week.position}")
    assert "已电话告知" not in page.html


async def test_terms_are_shown_in_both_languages(pages_of):
    site = await pages_of(World.founded(), "eu")
    page = await site.get("/terms")
    assert "not this authority’s matter 非本机关职权 not_ours" in page.text
    dysprosium = "dysprosium oxide and mixtures containing it 氧化镝及其混合物"
    assert f"{dysprosium} 1C905.b to be checked Dy" in page.text


@pytest.mark.parametrize(("party", "lang"), [("eu", "en"), ("eu", "zh-CN"), ("cn", "zh-CN")])
async def test_terms_head_rows_in_the_readers_language(pages_of, party, lang):
    site = await pages_of(World.founded(), party)
    heads = (await site.get("/terms", lang=lang)).page.one("main").marked("scope", "row")
    assert {each.attributes["lang"] for each in heads} == {lang}
    words = [each.text for each in heads]
    assert ("代行人" if lang == "zh-CN" else "stand-in") in words
    assert not {code for codes in terms.GROUPS.values() for code in codes if "_" in code} & {*words}


@pytest.mark.parametrize("lang", LANGS)
async def test_glossary_has_words_of_pages_and_search(pages_of, lang):
    site = await pages_of(World.founded(), "eu")
    page = await site.get("/terms", lang=lang)
    t, other = catalogue(lang), catalogue("zh-CN" if lang == "en" else "en")
    for group, codes in (("known", terms.KNOWN), ("word", terms.WORDS)):
        for code in codes:
            assert f"{t.label(group, code)} {other.label(group, code)}" in page.text
    assert t.gettext("word.release.means") in page.text
