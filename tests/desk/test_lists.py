"""Weekly list and return sheet: columns sent, columns kept, refusals."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pytest
import xlsxwriter

from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries.batches import OPTED
from special_channel.desk import lists
from special_channel.desk.defaults import Defaults
from special_channel.desk.intake import ListHistory, compare
from special_channel.desk.layout import table_of
from special_channel.desk.lists import list_of, times, weekly_list
from special_channel.desk.returns import return_sheet
from special_channel.desk.sheet import Fault, Sheet
from special_channel.desk.table import Choices
from special_channel.desk.tables import MAX_ROWS, read
from special_channel.messages.catalogue import catalogue
from special_channel.stores.lists import EarlierListings

HEADER = (
    "list_id,row,application_no,urgency,priority_rank,first_listed,times_listed,"
    "eu_asserted_status,eu_as_of,question_code,eu_company,hs_cn"
)
LINE = "L2026-47,{row},{number},urgent,1,2026-11-06,3,review,2026-11-18,Q_STATUS,Fictional AG,0805"


def csv(*lines: str, header: str = HEADER, bom: bool = True) -> bytes:
    return "\r\n".join((header, *lines)).encode("utf-8-sig" if bom else "utf-8")


def line(row: int, number: str = "") -> str:
    return LINE.format(row=row, number=number or f"FIKTIV-{row}")


def listed(*lines: str, header: str = HEADER) -> Sheet:
    return weekly_list(csv(*lines, header=header), OPTED)


def xlsx(*rows: list[object]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


def code_of(data: bytes) -> str:
    with pytest.raises(Malformed) as refused:
        weekly_list(data, OPTED).checked()
    return refused.value.code


def test_a_line_is_parted_into_what_crosses_and_what_stays():
    sheet = listed(line(1)).checked()
    assert sheet.list == "L2026-47"
    assert sheet.rows == (
        {
            "row": 1,
            "number": "FIKTIV-1",
            "urgency": "urgent",
            "rank": 1,
            "first_listed": "2026-11-06",
            "times_listed": 3,
            "state": "review",
            "as_of": "2026-11-18",
            "question": "status",
        },
    )
    assert sheet.columns == ("eu_company", "hs_cn")
    assert sheet.kept == (
        {
            "row": 1,
            "number": "FIKTIV-1",
            "columns": {"eu_company": "Fictional AG", "hs_cn": "0805"},
        },
    )


def test_a_column_that_the_charter_does_not_opt_in_stays_at_home():
    sheet = weekly_list(csv(line(1)), frozenset({"state"})).checked()
    assert "state" in sheet.rows[0]
    assert not {"as_of", "question"} & sheet.rows[0].keys()
    assert {"eu_as_of", "question_code"} <= set(sheet.columns)


def test_no_value_of_a_column_that_stays_is_in_what_crosses():
    sheet = listed(line(1).replace("Fictional AG", "CANARY")).checked()
    assert "CANARY" not in repr(sheet.rows)
    assert "CANARY" in repr(sheet.kept)


@pytest.mark.parametrize("bom", [True, False])
def test_a_byte_order_mark_changes_nothing(bom):
    assert weekly_list(csv(line(1), bom=bom), OPTED) == listed(line(1))


def test_excel_may_write_semicolons():
    data = csv(line(1)).decode("utf-8-sig").replace(",", ";").encode()
    assert weekly_list(data, OPTED) == listed(line(1))


def test_a_number_is_normalised_before_it_is_signed():
    assert listed(line(1, "ＦＩＫ－１")).rows[0]["number"] == "FIK-1"  # noqa: RUF001


def test_empty_lines_are_not_rows():
    assert len(listed(line(1), "", ",,,,", line(2)).rows) == 2


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "list-empty"),
        (csv(), "list-empty"),
        (b"\xff\xfe\x00", "list-unreadable"),
        (b"list_id,row\x00", "list-unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "list-old-format"),
        (b"PK\x03\x04 no workbook", "list-unreadable"),
        (csv('L2026-47,1,"open'), "list-unreadable"),
        (csv(line(1), header=HEADER.replace("application_no", "number")), "list-columns"),
        (csv(line(1), header=HEADER.replace("hs_cn", "row")), "list-head-twice"),
        (csv(line(1), header=HEADER.replace("list_id", "x")), "list-unnamed"),
        (csv(line(1), line(2).replace("L2026-47", "L2026-48")), "list-mixed"),
        (csv(line(1).replace("L2026-47", "")), "list-mixed"),
        (csv(line(1, "=1+1")), "list-formula"),
        (csv(line(1, "@SUM(A1)")), "list-formula"),
        (csv(*(line(row) for row in range(1, MAX_ROWS + 2))), "list-too-long"),
    ],
)
def test_a_file_that_is_no_list_is_refused_by_its_own_code(data, code):
    assert code_of(data) == code


@pytest.mark.parametrize(
    ("changed", "column", "code", "cell"),
    [
        (("urgent", "urgently"), "urgency", "list-word", "urgently"),
        (("urgent", ""), "urgency", "list-blank", ""),
        (("2026-11-06", "06/11/2026"), "first_listed", "list-date-order", "06/11/2026"),
        ((",3,", ",three,"), "times_listed", "list-whole-number", "three"),
        ((",1,2026", ",0,2026"), "priority_rank", "list-whole-number", "0"),
        (("FIKTIV-2", "two words"), "application_no", "list-malformed", "two words"),
        (("FIKTIV-2", "=1+1"), "application_no", "list-formula", "=1+1"),
        (("2026-11-18", "2026-13-18"), "eu_as_of", "list-date", "2026-13-18"),
    ],
)
def test_a_line_at_fault_is_named_by_row_and_column_of_the_file_and_what_stands_there(
    changed, column, code, cell
):
    sheet = listed(line(1), line(2).replace(*changed))
    assert [(each.row, each.column, each.code, each.cell) for each in sheet.faults] == [
        (3, column, code, cell)
    ]
    known = {
        "list-word": ("normal", "urgent", "line_stop"),
        "list-date-order": ("2026-11-06", "2026-06-11"),
    }
    assert sheet.faults[0].known == known.get(code, ())


def test_all_lines_at_fault_are_reported_and_the_first_is_raised():
    sheet = listed(line(1), line(2).replace("urgent", "x"), line(3).replace("urgent", "y"))
    with pytest.raises(Malformed) as refused:
        sheet.checked()
    assert refused.value.facts == {
        "row": 3, "column": "urgency", "number": "", "count": 2,
        "cell": "x", "known": "normal · urgent · line_stop",
    }  # fmt: skip


def test_columns_that_stay_are_refused_if_they_are_too_large(monkeypatch):
    lines = [line(row).replace("Fictional AG", "x" * 1000) for row in range(1, 9)]
    assert len(listed(*lines).kept) == 8
    monkeypatch.setattr(lists, "MAX_DATA_BYTES", lists.MARGIN + 8000)
    with pytest.raises(Malformed) as refused:
        listed(*lines)
    assert (refused.value.code, refused.value.facts["limit"]) == ("list-heavy", lists.MARGIN + 8000)


def test_excerpt_of_a_cell_at_fault_has_forty_characters():
    [fault] = listed(line(1).replace("urgent", "x" * 60)).faults
    assert fault.cell == "x" * 40


@pytest.mark.parametrize(
    ("doubled", "code", "said"),
    [
        (
            line(1, "FIKTIV-9"),
            "list-duplicate-row",
            "Row number 1 is in lines 2 and 4 of the file.",
        ),
        (
            line(1, "FIKTIV-9").replace(",1,", ",1.,", 1),
            "list-duplicate-row",
            "Row number 1 is in lines 2 and 4 of the file.",
        ),
        (line(3, "FIKTIV-1"), "list-duplicate", "FIKTIV-1 is in lines 2 and 4 of the file."),
    ],
)
def test_row_or_number_in_two_lines_is_reported_with_both(doubled, code, said):
    sheet = listed(line(1), line(2), doubled)
    [fault] = sheet.faults
    assert (fault.code, fault.row, fault.other) == (code, 4, 2)
    t = catalogue("en")
    assert t.sentence(code, row=fault.row, **fault.facts(t)).text == said
    with pytest.raises(Malformed) as refused:
        sheet.checked()
    assert refused.value.facts["other"] == 2


@pytest.mark.parametrize(
    ("cell", "code", "fault"),
    [
        ("1c905A", "1C905.a", ""),
        ("1C905.a", "1C905.a", ""),
        ("1C905.a 1C904.a", "", "list-control-code"),
        ("magnet", "", "list-control-code"),
    ],
)
def test_control_code_is_read_in_the_spelling_of_the_list(cell, code, fault):
    sheet = listed(f"{line(1)},{cell}", header=f"{HEADER},control_code")
    assert [each.code for each in sheet.faults] == ([fault] if fault else [])
    assert fault or sheet.rows[0]["control_code"] == code


def test_a_code_that_a_spreadsheet_made_a_number_is_refused_for_it_has_lost_its_zeros():
    row: list[object] = ["L2026-47", 1, "FIKTIV-1", "urgent", 1, "2026-11-06", 3, "review"]
    row += ["2026-11-18", "Q_STATUS", "Fictional AG", 805]
    sheet = weekly_list(xlsx(list(HEADER.split(",")), row), OPTED)
    assert [(each.row, each.column, each.code) for each in sheet.faults] == [
        (2, "hs_cn", "list-code-number")
    ]


def test_a_workbook_and_a_csv_of_one_content_are_one_sheet():
    row: list[object] = ["L2026-47", 1, "FIKTIV-1", "urgent", 1, "2026-11-06", 3, "review"]
    row += ["2026-11-18", "Q_STATUS", "Fictional AG", "0805"]
    assert weekly_list(xlsx(list(HEADER.split(",")), row), OPTED) == listed(line(1))


RETURN = (
    "list_id,row,application_no,match,cn_status,cn_as_of,accepted_on,clock_state,days_used,"
    "missing_items,decision,decided_on,remark_code,remark_zh,exporter_zh"
)


def test_a_return_sheet_is_read_in_the_words_of_the_one_who_filled_it():
    lines = (
        "L2026-47,1,FIKTIV-1,已查到,審查中,2026年11月18日,,计算中,,合同、译文；照片,,,已告知申请人补正",
        "L2026-47,2,FIKTIV-2,Listed twice,,,,,,,,,",
    )
    sheet = return_sheet(csv(*lines, header=RETURN)).checked()
    assert sheet.rows[0] | {"as_of": ""} == {
        "row": 1, "number": "FIKTIV-1", "match": "found", "state": "review", "as_of": "",
        "clock": "runs", "missing": ["contract", "translation", "photos"],
        "remark": "applicant_told",
    }  # fmt: skip
    assert sheet.rows[1]["match"] == "duplicate"


def test_a_word_that_can_mean_several_states_is_asked_about():
    data = csv("L2026-47,1,FIKTIV-1,是,办结,2026-11-18,,,,,,,", header=RETURN)
    [fault] = return_sheet(data).faults
    assert (fault.column, fault.code, fault.cell) == ("cn_status", "list-word-unclear", "办结")
    assert fault.known == ("approved", "refused", "not_accepted", "withdrawn")
    said = fault.facts(catalogue("zh-CN"))["known"]
    assert said == "准予许可 · 不予许可 · 不予受理 · 申请人撤回申请"


def test_a_return_sheet_keeps_free_words_and_names_at_home():
    data = csv(
        "L2026-47,1,FIKTIV-1,found,supplement,2026-11-20,,not_started,,contract;test_report,,,"
        "resubmit,请补正,虚构磁材有限公司",
        header=RETURN,
    )
    sheet = return_sheet(data).checked()
    assert sheet.rows[0]["missing"] == ["contract", "test_report"]
    assert sheet.rows[0]["remark"] == "resubmit"
    assert "请补正" not in repr(sheet.rows)
    assert "虚构" not in repr(sheet.rows)
    assert sheet.kept[0]["columns"] == {"remark_zh": "请补正", "exporter_zh": "虚构磁材有限公司"}


def test_an_answer_of_a_word_that_no_answer_has_is_reported():
    data = csv("L2026-47,1,FIKTIV-1,perhaps,,,,,,,,,,,", header=RETURN)
    assert return_sheet(data).faults[0].column == "match"


def stopping(urgency: str, stop_on: str) -> Sheet:
    return listed(f"{line(1).replace('urgent', urgency)},{stop_on}", header=f"{HEADER},stop_on")


def test_a_line_stop_crosses_with_its_date_and_in_every_form_of_it():
    sheet = stopping("line_stop", "2026年12月3日").checked()
    assert sheet.rows[0]["stop_on"] == "2026-12-03"


@pytest.mark.parametrize(
    ("urgency", "stop_on", "code"),
    [
        ("line_stop", "", "list-stop-date"),
        ("line_stop", "soon", "list-date"),
        ("urgent", "2026-12-03", "list-stop-needless"),
    ],
)
def test_a_line_stop_has_a_date_and_nothing_else_has(urgency, stop_on, code):
    assert [(each.row, each.column, each.code) for each in stopping(urgency, stop_on).faults] == [
        (2, "stop_on", code)
    ]


def test_a_line_stop_without_the_column_is_told_as_well():
    sheet = listed(line(1).replace("urgent", "line_stop"))
    assert [(each.column, each.code) for each in sheet.faults] == [("stop_on", "list-stop-date")]


def test_nothing_is_ordered_by_the_size_of_a_firm():
    header = f"{HEADER},is_sme,jobs_at_risk,rank_reason"
    small = [f"{line(row)},true,3,stock" for row in (3, 1, 2)]
    large = [f"{line(row)},false,9000,stock" for row in (3, 1, 2)]
    mixed = [small[0], large[1], small[2]]
    assert (
        listed(*small, header=header).rows
        == listed(*large, header=header).rows
        == listed(*mixed, header=header).rows
    )
    assert [row["row"] for row in listed(*mixed, header=header).rows] == [3, 1, 2]


def test_why_a_row_has_its_rank_stays_at_home_whatever_the_charter_opts_in():
    header = f"{HEADER},rank_reason"
    opted = OPTED | {"rank_reason", "eu_company"}
    sheet = weekly_list(csv(f"{line(1)},Stock for nine days", header=header), opted)
    assert "Stock" not in repr(sheet.rows)
    assert "Stock for nine days" in repr(sheet.kept)


@pytest.mark.parametrize("opted", [frozenset(), frozenset({"state"}), OPTED])
def test_a_further_shared_column_crosses_only_where_the_charter_opts_it_in(opted):
    data = csv(f"{line(1)},1C905.a", header=f"{HEADER},control_code")
    sheet = weekly_list(data, opted)
    own = {"row", "number", "urgency", "rank", "first_listed", "times_listed"}
    assert set(sheet.rows[0]) == own | opted
    assert len(OPTED - opted) == len(
        {"eu_asserted_status", "eu_as_of", "question_code", "control_code"} & set(sheet.columns)
    )


def test_dates_of_a_column_are_read_by_the_one_that_settles_their_order():
    lines = [line(row).replace("2026-11-06", day) for row, day in ((1, "05/11/2026"),)]
    asked = listed(*lines)
    assert [each.code for each in asked.faults] == ["list-date-order"]
    assert asked.faults[0].facts(catalogue("en"))["known"] == "2026-11-05 · 2026-05-11"
    settled = listed(*lines, line(2).replace("2026-11-06", "28/10/2026")).checked()
    assert [row["first_listed"] for row in settled.rows] == ["2026-11-05", "2026-10-28"]
    chosen = Choices(orders={"first_listed": "month"})
    read = weekly_list(csv(*lines), OPTED, chosen).checked()
    assert read.rows[0]["first_listed"] == "2026-05-11"


def test_rows_without_faults_are_parted_from_the_others():
    whole = listed(line(1), line(2).replace("urgent", "soon"), line(3))
    good, [aside] = whole.parted()
    assert [row["row"] for row in good.checked().rows] == [1, 3]
    assert [row["row"] for row in good.kept] == [1, 3]
    assert good.lines == (2, 4)
    assert (aside.line, aside.row, aside.number) == (3, "2", "FIKTIV-2")
    assert [fault.code for fault in aside.faults] == ["list-word"]


def test_both_rows_of_one_number_are_set_aside():
    good, aside = listed(line(1, "A"), line(2, "B"), line(3, "A")).parted()
    assert [row["number"] for row in good.rows] == ["B"]
    assert [(each.line, each.number) for each in aside] == [(2, "A"), (4, "A")]


@pytest.mark.parametrize("text", ["3", "3.0", "3x", "3 times", "第3次", "(3)"])
def test_times_listed_are_read_with_their_unit(text):
    assert times(text) == 3


@pytest.mark.parametrize("text", ["3.5", "1.000", "x3", "3xx", "three"])
def test_other_times_are_left_as_text(text):
    assert times(text) == text


def test_title_with_commas_does_not_part_the_cells():
    data = "Weekly list, rare earths, 2026\n" + HEADER.replace(",", ";") + "\n"
    data += line(1).replace(",", ";")
    assert [row["number"] for row in weekly_list(data.encode(), OPTED).rows] == ["FIKTIV-1"]


def test_fault_of_the_whole_file_stays_with_the_rows():
    whole = replace(listed(line(1)), faults=(Fault(1, "list_id", "list-known"),))
    good, aside = whole.parted()
    assert (len(good.rows), [fault.code for fault in good.faults], aside) == (1, ["list-known"], ())


def test_corrected_cell_is_read_in_place_of_the_files():
    data = csv(line(1, "1.2E+16"), line(2).replace("urgent", "soon"))
    cells = {2: {"application_no": "FIKTIV-1"}, 3: {"urgency": "urgent"}}
    sheet = weekly_list(data, OPTED, Choices(cells=cells)).checked()
    assert [(row["number"], row["urgency"]) for row in sheet.rows] == [
        ("FIKTIV-1", "urgent"), ("FIKTIV-2", "urgent"),
    ]  # fmt: skip


def test_rows_of_a_file_without_row_numbers_are_numbered():
    header = HEADER.replace("row,", "")
    lines = [line(row).replace(f",{row},", ",", 1) for row in (1, 2)]
    assert [row["row"] for row in listed(*lines, header=header).checked().rows] == [1, 2]
    table = table_of(read(csv(*lines, header=header)), "list")
    known = list_of(table, OPTED, Defaults(rows={"FIKTIV-2": 7}))
    assert [row["row"] for row in known.rows] == [8, 7]


def test_columns_that_a_company_does_not_have_are_filled():
    header, day = "Application number,Urgency,Company", date(2026, 11, 30)
    lines = ("FIKTIV-1,urgent,Fictional AG", "FIKTIV-2,normal,Fictional AG")
    whole = csv(*lines, header=header)
    with pytest.raises(Malformed) as unnamed:
        weekly_list(whole, OPTED, None, Defaults(day))
    assert unnamed.value.code == "list-unnamed"
    with pytest.raises(Malformed, match="column"):
        weekly_list(whole, OPTED, Choices(list="L2026-49"))
    choices = Choices(list="L2026-49")
    sheet = weekly_list(whole, OPTED, choices, Defaults(day)).checked()
    counted = [
        (row["row"], row["rank"], row["first_listed"], row["times_listed"]) for row in sheet.rows
    ]
    assert (sheet.list, counted) == (
        "L2026-49", [(1, 1, "2026-11-30", 1), (2, 2, "2026-11-30", 1)],
    )  # fmt: skip
    assert sheet.columns == ("eu_company",)
    amended = weekly_list(whole, OPTED, choices, Defaults(day, {"FIKTIV-2": 7}, {"FIKTIV-2": 4}))
    assert [(row["row"], row["rank"]) for row in amended.rows] == [(8, 5), (7, 4)]


def test_counts_of_the_record_replace_filled_ones_without_a_word():
    lines = ("FIKTIV-1,urgent,Fictional AG",)
    header, day = "Application number,Urgency,Company", date(2026, 11, 30)
    sheet = weekly_list(
        csv(*lines, header=header), OPTED, Choices(list="L2026-49"), Defaults(day)
    ).checked()
    earlier = EarlierListings(2, "2026-10-02", "L2026-45", "EU-7")
    checked = compare(sheet, ListHistory(earlier={"FIKTIV-1": earlier}))
    [row] = checked.sheet.rows
    assert (row["times_listed"], row["first_listed"], checked.notes) == (3, "2026-10-02", ())


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("'FIKTIV-1", "FIKTIV-1"), ("FIKTIV\u20111", "FIKTIV-1"), ("FIKTIV\u20131", "FIKTIV-1"),
        ("tbc", ""), ("pending", ""), ("n/a", ""), ("待定", ""), ("-", ""),
    ],
)  # fmt: skip
def test_number_is_read_as_people_write_it(typed, number):
    sheet = listed(line(1).replace("FIKTIV-1", typed))
    corrected = weekly_list(csv(line(1)), OPTED, Choices(cells={2: {"application_no": typed}}))
    assert corrected.rows[0].get("number", "") == number, "on screen as in the file"
    assert [fault.code for fault in sheet.faults] == ([] if number else ["list-number-missing"])
    assert sheet.rows[0].get("number", "") == number


@pytest.mark.parametrize(
    ("row", "number", "urgency", "said"),
    [
        ("2", "F-2", "停产", "Row 2 (F-2) states a line stop and is set aside."),
        ("x", "F-2", "停产", "Line 3 of the file states a line stop and is set aside."),
        ("2", "F-2", "soonish", "Row 2 (F-2) states a stop date and is set aside."),
        ("2", "", "urgent", "Line 3 of the file states a stop date and is set aside."),
    ],
)
def test_stop_set_aside_is_named_whatever_its_row_lacks(row, number, urgency, said):
    filled = f"L2026-47,{row},{number},{urgency},2,yesterday,3,,,,,,2026-12-03"
    ready = f"{line(1).replace('urgent', 'line_stop')},2026-12-03"
    whole = listed(ready, filled, header=f"{HEADER},stop_on")
    good, _ = whole.parted()
    assert [each.said(catalogue("en")) for each in whole.stops_aside(good.lines)] == [said]
    assert catalogue("zh-CN").gettext("aside-stop.line-date", line=3).endswith("该行暂不发送。")
