"""The sample's files: made by one script, fictional, one content in two formats."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest

from scripts import make_sample
from special_channel.core.bytes.ids import Party
from special_channel.core.entries import ReturnRow
from special_channel.core.entries.permits import Licence
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.core.rows.charter import Charter
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.history import Before
from special_channel.core.sense.licences import LicenceAround, licence
from special_channel.core.sense.list_case import ListAround
from special_channel.core.sense.return_case import Around
from special_channel.core.sense.return_rows import return_row
from special_channel.desk import charter as charters
from special_channel.desk import people
from special_channel.desk.columns import cells_of
from special_channel.desk.list_checks import ListRecord, list_findings, readable
from special_channel.desk.lists import weekly_list
from special_channel.desk.payloads import Fields
from special_channel.desk.returns import return_sheet
from special_channel.desk.sheet import Sheet
from special_channel.desk.tables import read
from special_channel.sample import permits, story
from special_channel.sample.loading import Shift
from special_channel.sample.story import Facts
from special_channel.wiring.files import calendars

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "config" / "sample"
STORY = story.read(SAMPLE / "threads.toml")
FORBIDDEN_WORDS = ("案件", "案卷", "检查点", "逾期", "工商登记", "overdue", "missed", "owes")


SHARED = frozenset({"state", "as_of", "question"})
"""What the demonstration's charter opts in."""


def lines(name: str) -> list[dict[str, str]]:
    text = (SAMPLE / name).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def charter() -> Charter:
    found = calendars(ROOT / "config" / "calendars")
    return charters.document(ROOT / "config" / "charter", list(found.values()))[1]


def test_the_script_makes_exactly_what_is_kept():
    for name, data in make_sample.sample().items():
        kept = (SAMPLE / name).read_bytes()
        if name.endswith(".xlsx"):
            # The container carries its writer's version; the cells are what counts.
            assert [each.rows for each in read(kept)] == [each.rows for each in read(data)]
        else:
            assert kept == data, name


def test_no_row_of_the_return_sheet_states_what_cannot_be_true():
    days = WorkingDays(calendars(ROOT / "config" / "calendars")["cn"])
    around = Around(date(2026, 11, 27), days, Before("cn"))
    sheet = return_sheet((SAMPLE / "return-cn.csv").read_bytes()).checked()
    rows = [ReturnRow.model_validate_json(orjson.dumps(row)) for row in sheet.rows]
    found = [each for row in rows for each in return_row(row, around)]
    assert [each for each in found if each.grade != "note"] == []


def loaded(name: str, party: Party, day: date) -> tuple[Sheet, list[Fields], list[Fields]]:
    """Read a sheet; return it, with its rows and own columns as loaded on a day."""
    reads = {"list-eu.csv": lambda data: weekly_list(data, SHARED), "return-cn.csv": return_sheet}
    sheet = reads[name]((SAMPLE / name).read_bytes()).checked()
    works = calendars(ROOT / "config" / "calendars")[party].is_working_day
    shift = Shift((day - STORY.closed_on).days, works)
    return sheet, [shift.row(row) for row in sheet.rows], [shift.row(row) for row in sheet.kept]


LOADED = [date(2026, 11, 20) + timedelta(days=count) for count in (0, 1, 2, 7, 10, 24, 38)]
"""A Friday, a weekend, working days, the days before and after Christmas."""


@pytest.mark.parametrize("day", LOADED)
def test_no_row_of_the_list_states_what_cannot_be_true(day):
    _, rows, kept = loaded("list-eu.csv", "eu", day)
    cells = {int(str(row["row"])): cells_of(row) for row in kept}
    found = list_findings(readable(rows), ListRecord(ListAround(day, day, SHARED), kept=cells))
    assert len(readable(rows)) == 250
    assert [each for each in found if each.grade != "note"] == []


@pytest.mark.parametrize("day", LOADED)
def test_no_moved_row_of_the_return_sheet_states_what_cannot_be_true(day):
    days = WorkingDays(calendars(ROOT / "config" / "calendars")["cn"])
    _, moved, _ = loaded("return-cn.csv", "cn", day)
    rows = [ReturnRow.model_validate_json(orjson.dumps(row)) for row in moved]
    found = [each for row in rows for each in return_row(row, Around(day, days, Before("cn")))]
    assert [each for each in found if each.grade == "refuse"] == []
    assert sum(each.grade == "confirm" for each in found) <= len(rows) / 100


@pytest.mark.parametrize("day", LOADED)
def test_no_licence_of_the_sample_states_what_cannot_be_true(day):
    both = calendars(ROOT / "config" / "calendars")
    _, moved, _ = loaded("return-cn.csv", "cn", day)
    rows = {str(row["number"]): row for row in moved if row.get("state")}
    stated = {
        number: ApplicationRow(
            number,
            cn=(
                AssertedStatement(
                    str(row["state"]), str(row["as_of"]), "return-sheet", (),
                    str(row.get("decision", "")), str(row.get("decided_on", "")),
                    index=4, id="a" * 64,
                ),
            ),
        )
        for number, row in rows.items()
    }  # fmt: skip
    numbers = {int(str(row["row"])): str(row["number"]) for row in moved}
    facts = Facts(day, "", numbers, both["cn"].is_working_day)
    content = story.read_as(permits.Permits, SAMPLE / "permits.toml")
    around = LicenceAround(day, WorkingDays(both["cn"]), applications=stated)
    bodies = [orjson.dumps(permits._licence(each, facts)) for each in content.licences]
    found = [each for body in bodies for each in licence(Licence.model_validate_json(body), around)]
    assert [each for each in found if each.grade == "refuse"] == []


def test_the_list_is_one_content_in_two_formats():
    assert weekly_list((SAMPLE / "list-eu.csv").read_bytes(), SHARED).checked() == weekly_list(
        (SAMPLE / "list-eu.xlsx").read_bytes(), SHARED
    )


def test_the_list_has_250_rows_and_its_own_columns_stay_at_home():
    sheet = weekly_list((SAMPLE / "list-eu.csv").read_bytes(), SHARED).checked()
    assert len(sheet.rows) == len(sheet.kept) == 250
    assert {"eu_company", "member_state", "is_sme", "stock_out_on"} <= set(sheet.columns)
    assert "Fictional" not in repr(sheet.rows)


def test_the_return_sheet_answers_rows_of_the_list_and_nothing_else():
    asked = {line["row"]: line["application_no"] for line in lines("list-eu.csv")}
    sheet = return_sheet((SAMPLE / "return-cn.csv").read_bytes()).checked()
    assert 0 < len(sheet.rows) < len(asked)
    for row in sheet.rows:
        assert asked[str(row["row"])] == row["number"]
    assert "虚构" not in repr(sheet.rows)


def test_every_company_says_that_it_is_fictional():
    for line in lines("list-eu.csv"):
        assert line["eu_company"].startswith("Fictional ")
    for line in lines("return-cn.csv"):
        assert not line["exporter_zh"] or line["exporter_zh"].startswith("虚构")


def test_days_used_are_working_days_of_the_chinese_side():
    china = calendars(ROOT / "config" / "calendars")["cn"]
    for line in lines("return-cn.csv"):
        if not line["days_used"]:
            continue
        first, last = (date.fromisoformat(line[name]) for name in ("accepted_on", "cn_as_of"))
        days = [date.fromordinal(n) for n in range(first.toordinal() + 1, last.toordinal() + 1)]
        assert sum(map(china.is_working_day, days)) == int(line["days_used"])


def test_people_have_desks_of_the_charter_and_chinese_names_begin_with_the_family():
    titles = charter()
    for party in ("eu", "cn"):
        directory = people.read(ROOT / "config" / "directory" / f"{party}.toml")
        roles = {person.role for person in directory.officials}
        assert roles == {"desk", "head", "oversight", "registrar"}
        for person in directory.officials:
            assert person.id.startswith(f"{party}-")
            assert titles.desk(party, person.desk) is not None
            assert person.email.endswith(".example")


# ---------------------------------------------------------------- threads


def test_a_dozen_threads_and_on_each_side_one_that_falls_due_signed_last():
    rules = {rule.rule: rule.seconds for rule in charter().reply_rules}
    timed = [
        tale.name
        for tale in STORY.threads
        if any(rules[asked.rule] for step in tale.entries for asked in step.questions)
    ]
    assert len(STORY.threads) - len(timed) == 12
    assert timed == [tale.name for tale in STORY.threads[-2:]] == ["due-eu", "due-cn"]
    for tale in STORY.threads[-2:]:
        [asked] = [each for step in tale.entries for each in step.questions]
        assert rules[asked.rule] == 90


def test_every_name_in_the_story_is_somebodys_or_somethings():
    officials = {
        person.id
        for party in ("eu", "cn")
        for person in people.read(ROOT / "config" / "directory" / f"{party}.toml").officials
    }
    rules = {rule.rule for rule in charter().reply_rules}
    rows = {int(line["row"]) for line in lines("list-eu.csv")}
    seen: dict[str, int] = {}
    for tale in STORY.threads:
        assert set(tale.rows) <= rows
        assert tale.by in officials
        for step in tale.entries:
            assert step.by in officials
            assert step.name not in seen
            seen[step.name] = len(step.questions)
            assert not step.note or step.note in seen
            for each in step.answers:
                note, _, numbers = each.partition(":")
                assert all(0 < int(n) <= seen[note] for n in numbers.split(","))
            for asked in step.questions:
                assert asked.rule in rules
            for name in step.files:
                assert (SAMPLE / "files" / name).is_file()


def test_each_note_is_in_both_languages_and_an_internal_one_in_its_own():
    for tale in STORY.threads:
        for step in tale.entries:
            if step.kind == "note":
                assert step.en
                assert step.zh
                assert re.search(r"[\u4e00-\u9fff]", step.zh)
                assert step.en.isascii()
            if step.kind == "internal":
                assert step.text
                assert not step.en


@pytest.mark.parametrize("word", FORBIDDEN_WORDS)
def test_the_texts_keep_to_the_words_of_the_glossary(word):
    assert word not in (SAMPLE / "threads.toml").read_text(encoding="utf-8")


FACTS = Facts(date(2026, 11, 24), "L2026-47", {7: "FIKTIV-7"})


@pytest.mark.parametrize(
    ("text", "lang", "filled"),
    [
        ("on {now-4d}", "en", "on 20 November 2026"),
        ("于{now-4d}收到", "zh-CN", "于2026年11月20日收到"),
        ("{now+8d}", "zh-CN", "2026年12月2日"),
        ("{row 7} of {list}", "en", "FIKTIV-7 of L2026-47"),
        ("\n{unknown}\n", "en", "{unknown}"),
    ],
)
def test_words_in_braces_are_dated_at_loading_in_the_texts_language(text, lang, filled):
    assert FACTS.filled(text, lang) == filled


def test_nobody_of_the_story_meets_on_a_day_that_a_side_does_not_work():
    both = calendars(ROOT / "config" / "calendars").values()
    facts = Facts(
        date(2026, 11, 26), "L", {}, lambda day: all(each.is_working_day(day) for each in both)
    )
    assert facts.filled("{now+10d}", "en") == "7 December 2026", "not Sunday the 6th"
    assert facts.filled("{now-5d}", "en") == "20 November 2026", "not Saturday the 21st"
    assert (facts.day(0), facts.day(8)) == (date(2026, 11, 26), date(2026, 12, 4))


def test_what_a_sheet_states_was_stated_on_a_day_that_its_side_works():
    works = calendars(ROOT / "config" / "calendars")["cn"].is_working_day
    row: Fields = {
        "row": 1, "state": "review", "as_of": "2026-11-20", "accepted_on": "2026-09-28",
        "columns": {"stock_out_on": "2026-11-30", "rank_reason": "Line stops on 2026-11-30"},
    }  # fmt: skip
    assert Shift(6, works).row(row) == {
        "row": 1, "state": "review", "as_of": "2026-11-26", "accepted_on": "2026-09-30",
        "columns": {"stock_out_on": "2026-12-06", "rank_reason": "Line stops on 2026-12-06"},
    }  # fmt: skip


def test_no_brace_of_the_story_stays_unfilled():
    numbers = {int(line["row"]): line["application_no"] for line in lines("list-eu.csv")}
    facts = Facts(date(2026, 11, 24), "L2026-47", numbers)
    for tale in STORY.threads:
        texts = [tale.subject.en, tale.subject.zh]
        texts += [text for step in tale.entries for text in (step.en, step.zh, step.text) if text]
        texts += [
            each for step in tale.entries for ask in step.questions for each in (ask.en, ask.zh)
        ]
        for text in texts:
            assert "{" not in facts.filled(text, "en")
