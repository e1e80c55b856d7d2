"""Return sheets as people keep them: some rows, some columns, and only what changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Position
from special_channel.core.entries import StatementRef
from special_channel.desk.answers import CorrectableStatement
from special_channel.desk.layout import table_of
from special_channel.desk.payloads import Fields
from special_channel.desk.returns import AnsweredList, changed_only, return_of, return_sheet
from special_channel.desk.sheet import Fault, Sheet
from special_channel.desk.table import Mark
from special_channel.desk.tables import read

REVIEW: Fields = {
    "match": "found", "state": "review", "as_of": "2026-11-17", "accepted_on": "2026-10-23",
    "clock": "runs",
}  # fmt: skip
SUPPLEMENT: Fields = {
    "match": "found", "state": "supplement", "as_of": "2026-11-17", "missing": ["contract"],
    "remark": "applicant_told",
}  # fmt: skip
LIST = AnsweredList(
    "L2026-47",
    {1: "FIKTIV-1", 2: "FIKTIV-2", 3: "FIKTIV-3"},
    {1: REVIEW, 2: SUPPLEMENT, 3: {}},
    "2026-11-30",
)


EARLIER = CorrectableStatement(Position("cn", 7), StatementRef(id="a" * 64))
LATEST = CorrectableStatement(Position("cn", 9), StatementRef(id="b" * 64, row=4))
REF: Fields = {"id": "b" * 64, "row": 4}


def sheet(head: str, *lines: str, of: AnsweredList = LIST) -> Sheet:
    return return_sheet("\r\n".join((head, *lines)).encode(), of)


def correctable(*rows: int) -> AnsweredList:
    return replace(LIST, correctable=dict.fromkeys(rows, (EARLIER, LATEST)))


def row(head: str, line: str) -> Fields:
    [found] = sheet(head, line).checked().rows
    return found


def test_number_and_one_state_are_enough():
    found = sheet("申请编号,办理状态", "FIKTIV-3,审查中", "FIKTIV-1,准予许可").checked()
    assert found.list == "L2026-47"
    assert found.rows == (
        {"row": 3, "number": "FIKTIV-3", "match": "found", "state": "review",
         "as_of": "2026-11-30"},
        {"row": 1, "number": "FIKTIV-1", "match": "found", "state": "approved",
         "as_of": "2026-11-30", "accepted_on": "2026-10-23"},
    )  # fmt: skip


def test_columns_that_are_left_out_stay_as_stated_for_the_same_state():
    again = row("Application no,Status,Status date", "FIKTIV-1,under review,2026-11-27")
    assert again == {"row": 1, "number": "FIKTIV-1", **REVIEW, "as_of": "2026-11-27"}
    more = row("Application no,Missing papers", "FIKTIV-2,合同、译文")
    assert more == {
        "row": 2, "number": "FIKTIV-2", **SUPPLEMENT, "missing": ["contract", "translation"],
    }  # fmt: skip


def test_fields_of_the_earlier_state_do_not_go_with_another_one():
    assert row("Application no,Status", "FIKTIV-2,under review") == {
        "row": 2, "number": "FIKTIV-2", "match": "found", "state": "review", "as_of": "2026-11-30",
    }  # fmt: skip
    refused = row("Application no,Status", "FIKTIV-1,not accepted")
    assert "accepted_on" not in refused, "an application that was not accepted has no such day"


def test_column_that_is_there_and_empty_is_stated_as_empty():
    found = row("Application no,Status,Acceptance date", "FIKTIV-1,under review,")
    assert found == {
        "row": 1, "number": "FIKTIV-1", "match": "found", "state": "review",
        "as_of": "2026-11-17", "clock": "runs",
    }  # fmt: skip


def test_match_is_taken_from_the_latest_statement_if_its_column_is_left_out():
    assert row("Application no,标准备注", "FIKTIV-2,已告知申请人补正") == {
        "row": 2, "number": "FIKTIV-2", **SUPPLEMENT,
    }  # fmt: skip
    [fault] = sheet("Application no,标准备注", "FIKTIV-3,已告知申请人补正").faults
    assert (fault.column, fault.code) == ("match", "list-blank")


def test_number_that_was_not_found_gets_nothing_else():
    found = row("Application no,核对结果", "FIKTIV-1,未查到该编号")
    assert found == {"row": 1, "number": "FIKTIV-1", "match": "not_found"}


def test_rows_that_repeat_the_latest_statement_are_no_statement():
    found = sheet(
        "Row,Application no,Status",
        "1,FIKTIV-1,under review",
        "2,FIKTIV-2,待补正",
        "3,FIKTIV-3,under review",
    )
    changed = changed_only(found.checked(), LIST)
    assert [each["number"] for each in changed.rows] == ["FIKTIV-3"]
    assert (changed.repeated, changed.lines) == (2, (4,))


@pytest.mark.parametrize(
    "days", ["17", "17天", "第17个工作日", "17 days", "17 working days", "17个", "'17", "17日"]
)
def test_days_used_are_read_with_their_unit(days):
    head = "Application no,Status,Status date,Days used"
    [row] = sheet(head, f"FIKTIV-1,under review,2026-11-17,{days}").checked().rows
    assert row["days_used"] == 17


def test_days_of_a_limit_are_not_guessed():
    head = "Application no,Status,Status date,Days used"
    [fault] = sheet(head, "FIKTIV-1,under review,2026-11-17,17/45").faults
    assert (fault.column, fault.code) == ("days_used", "list-whole-number")


@pytest.mark.parametrize("row", ["1.", "(1)", "1、", "'1"])
def test_marks_at_a_row_number_are_dropped(row):
    [answer] = (
        sheet("序号,申请编号,状态,截至日期", f"{row},FIKTIV-1,审查中,2026-11-17").checked().rows
    )
    assert answer["row"] == 1


@pytest.mark.parametrize("nothing", ["-", "—", "/", "无", "n/a"])
def test_sign_for_nothing_states_nothing(nothing):
    head = "Application no,Status,Status date,Decision,Decided on,Days used"
    [row] = (
        sheet(head, f"FIKTIV-1,under review,2026-11-17,{nothing},{nothing},{nothing}")
        .checked()
        .rows
    )
    assert row.keys().isdisjoint({"decision", "decided_on", "days_used"})
    [found] = sheet("Application no,Match", "FIKTIV-1,无").checked().rows
    assert found["match"] == "not_found", "of a number it says that it was not found"


@pytest.mark.parametrize("days", ["0", "17"])
def test_days_used_are_a_statement(days):
    head = "Application no,Status,Status date,Days used"
    whole = sheet(head, f"FIKTIV-1,under review,2026-11-17,{days}", "FIKTIV-2,待补正,2026-11-17,")
    changed = changed_only(whole.checked(), LIST)
    assert [(each["row"], each["days_used"]) for each in changed.rows] == [(1, int(days))]
    assert changed.repeated == 1
    said = replace(LIST, latest={1: REVIEW | {"days_used": int(days)}, 2: SUPPLEMENT})
    assert changed_only(whole, said).repeated == 2


def test_newer_date_free_remark_and_fault_are_statements():
    head = "Application no,Status,Status date,自由备注（将发送）"
    lines = (
        "FIKTIV-1,under review,2026-11-27,",
        "FIKTIV-2,待补正,2026-11-17,已电话告知",
        "FIKTIV-3,someday,,",
    )
    changed = changed_only(sheet(head, *lines), LIST)
    assert [each["number"] for each in changed.rows] == ["FIKTIV-1", "FIKTIV-2", "FIKTIV-3"]
    assert changed.repeated == 0
    assert [fault.column for fault in changed.faults] == ["cn_status"]


def test_row_with_a_new_cell_of_our_own_is_taken_and_a_known_one_is_not():
    file = ("申请编号,状态,内部备注", "FIKTIV-1,审查中,再核对", "FIKTIV-2,待补正,")
    changed = changed_only(sheet(*file), LIST)
    assert [row["number"] for row in changed.rows] == ["FIKTIV-1"]
    assert [row["columns"] for row in changed.kept] == [{"remark_en": "再核对"}]
    known = replace(LIST, private={1: {"remark_en": "再核对", "exporter_zh": "虚构"}})
    again = changed_only(sheet(*file), known)
    assert (again.rows, again.kept, again.repeated) == ((), (), 2)


def test_hidden_row_that_repeats_the_latest_statement_is_not_asked_about():
    whole = sheet("申请编号,状态", "FIKTIV-1,审查中", "FIKTIV-2,审查中")
    hidden = tuple(Fault(line, "", "list-row-hidden") for line in (2, 3))
    changed = changed_only(replace(whole, faults=hidden), LIST)
    assert [fault.row for fault in changed.faults] == [3]


def test_columns_that_the_sheet_was_given_with_neither_cross_nor_stay():
    head = "申请编号,状态,EU status,紧急程度,问题,截至日期"
    found = sheet(head, "FIKTIV-3,审查中,已受理,停产,进展,2026-11-27").checked()
    assert found.columns == ()
    assert found.rows[0]["as_of"] == "2026-11-27"


def test_number_in_another_case_or_width_is_the_one_on_the_list():
    found = sheet(
        "申请编号,状态", "fiktiv-1,审查中", "\uff26\uff29\uff2b\uff34\uff29\uff36\uff0d2,审查中"
    ).checked()
    assert [(row["row"], row["number"]) for row in found.rows] == [(1, "FIKTIV-1"), (2, "FIKTIV-2")]


def test_number_of_other_parts_is_no_number_of_the_list():
    answered = AnsweredList("L2026-47", {1: "2025-1-12"}, as_of="2026-11-30")
    found = return_sheet("申请编号,状态\r\n2025-11-2,审查中".encode(), answered)
    assert [(fault.code, fault.number) for fault in found.faults] == [
        ("answer-row-unknown", "2025-11-2")
    ]
    found = return_sheet("申请编号,状态\r\n2025 – 1 – 12,审查中".encode(), answered)
    assert [row["number"] for row in found.checked().rows] == ["2025-1-12"]


def test_rows_that_are_not_on_the_list_are_named():
    found = sheet("序号,申请编号,状态", "9,FIKTIV-1,审查中", "1,FIKTIV-2,审查中", ",A-9,审查中")
    assert [(fault.row, fault.code, fault.number) for fault in found.faults] == [
        (2, "answer-row-unknown", "FIKTIV-1"),
        (3, "answer-row-unknown", "FIKTIV-2"),
        (4, "answer-row-unknown", "A-9"),
    ]


def test_number_that_stands_twice_is_named_with_both_lines():
    found = sheet("申请编号,状态", "FIKTIV-1,审查中", "FIKTIV-1,已受理")
    assert {(fault.row, fault.other) for fault in found.faults} == {(3, 2)}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("清单,申请编号,状态\r\nL2026-48,FIKTIV-1,审查中", "answer-other-list"),
        (
            "清单,申请编号,状态\r\nL2026-47,FIKTIV-1,审查中\r\nL2026-48,FIKTIV-2,审查中",
            "list-mixed",
        ),
        ("申请编号,状态\r\nFIKTIV-1,", "answer-blank"),
        ("序号,状态,受理日期\r\n1,审查中,", "list-columns"),
    ],
)
def test_file_that_does_not_answer_the_list_is_refused(data, code):
    with pytest.raises(Malformed) as refused:
        return_sheet(data.encode(), LIST)
    assert refused.value.code == code


def test_list_number_may_stand_in_some_rows_alone():
    found = sheet("清单,申请编号,状态", "L2026-47,FIKTIV-1,准予许可", ",FIKTIV-3,审查中")
    assert found.checked().list == "L2026-47"


def test_state_without_any_date_stays_without_one():
    undated = AnsweredList("L2026-47", {3: "FIKTIV-3"})
    found = return_sheet("申请编号,状态\r\nFIKTIV-3,审查中".encode(), undated)
    assert "as_of" not in found.rows[0]


@pytest.mark.parametrize("head", ["corrects", "Correction", "Correction of", "更正", "更正对象"])
def test_cell_names_the_statement_that_its_row_corrects(head):
    cells = ("CN-7", " cn-9 ", "是", "Yes", "correction")
    for cell in cells:
        found = sheet(
            f"申请编号,状态,{head}", f"FIKTIV-1,已受理,{cell}", of=correctable(1)
        ).checked()
        statement = EARLIER if cell == "CN-7" else LATEST
        assert found.rows[0]["corrects"] == statement.ref.model_dump(exclude_none=True)
        assert found.columns == (), "the cell itself neither crosses nor stays"
    found = sheet(f"申请编号,状态,{head}", "FIKTIV-1,已受理,否", of=correctable(1)).checked()
    assert "corrects" not in found.rows[0]


def test_cell_that_names_no_statement_is_a_fault_of_its_line():
    lines = ("FIKTIV-1,已受理,CN-8", "FIKTIV-3,已受理,yes", "FIKTIV-2,已受理,—", "A-9,已受理,是")
    found = sheet("申请编号,状态,更正", *lines, of=correctable(1, 2))
    assert [
        (each.row, each.column, each.code, each.number, each.cell) for each in found.faults
    ] == [
        (2, "corrects", "answer-correction", "CN-9", "CN-8"),
        (3, "corrects", "answer-correction-none", "", "yes"),
        (5, "application_no", "answer-row-unknown", "A-9", ""),
    ]
    [fault] = return_sheet("清单,序号,申请编号,核对结果,更正\r\nL1,1,A,已查到,是".encode()).faults
    assert fault.code == "answer-correction-none", "no list is at hand"


def test_correction_keeps_the_date_of_the_statement_that_it_corrects():
    of = correctable(1, 2, 3)
    [fields] = sheet("申请编号,状态,更正", "FIKTIV-1,准予许可,是", of=of).checked().rows
    assert fields == {
        "row": 1, "number": "FIKTIV-1", "match": "found", "state": "approved",
        "as_of": "2026-11-17", "accepted_on": "2026-10-23", "corrects": REF,
    }  # fmt: skip
    [undated] = sheet("申请编号,状态,更正", "FIKTIV-3,审查中,是", of=of).checked().rows
    assert undated["as_of"] == "2026-11-30", "what it corrects has no date"
    [earlier] = sheet("申请编号,状态,更正", "FIKTIV-1,审查中,CN-7", of=of).checked().rows
    assert earlier == {
        "row": 1, "number": "FIKTIV-1", "match": "found", "state": "review",
        "corrects": {"id": "a" * 64},
    }, "nothing of the latest statement goes into the place of an earlier one"  # fmt: skip


def test_row_that_only_corrects_is_answered_and_never_left_out():
    of = correctable(1, 2)
    whole = sheet("申请编号,更正", "FIKTIV-1,是", "FIKTIV-2,否", "FIKTIV-3,", of=of)
    assert (len(whole.rows), whole.left) == (1, 2)
    changed = changed_only(whole.checked(), of)
    assert changed.rows == ({"row": 1, "number": "FIKTIV-1", **REVIEW, "corrects": REF},)
    assert changed.repeated == 0
    [fault] = sheet("申请编号,核对结果,更正", "FIKTIV-1,,是", of=of).faults
    assert (fault.column, fault.code) == ("match", "list-blank")


def test_remark_and_correction_of_a_row_set_aside_do_not_cross():
    head = "申请编号,状态,自由备注（将发送）,更正"
    lines = ("FIKTIV-1,准予许可,已电话告知,是", "FIKTIV-2,someday,请勿发送,是")
    good, [aside] = sheet(head, *lines, of=correctable(1, 2)).parted()
    assert (good.remarks, [row["row"] for row in good.rows]) == ({1: "已电话告知"}, [1])
    assert aside.row == "2"


@pytest.mark.parametrize(("column", "head"), [("remark_text", "自由备注"), ("corrects", "更正")])
def test_marks_of_columns_that_cross_apart_are_asked_about(column, head):
    whole = table_of(read(f"申请编号,状态,{head}\r\nFIKTIV-1,准予许可,是".encode()), "return")
    for mark in (Mark("column-hidden", column), Mark("cell-struck", column)):
        lines = tuple(replace(line, marks=(mark,)) for line in whole.lines)
        found = return_of(replace(whole, lines=lines), correctable(1))
        assert [(each.column, each.code) for each in found.faults] == [
            (column, f"list-{mark.kind}")
        ]
    lines = tuple(replace(line, unclear=frozenset({column})) for line in whole.lines)
    [fault] = return_of(replace(whole, lines=lines), correctable(1)).faults
    assert (fault.column, fault.code) == (column, "list-cell-unclear")
