"""The table in a sheet as people keep it: titles above, totals below, heads in two languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from special_channel.core.bytes.errors import Malformed
from special_channel.desk.heads import folded
from special_channel.desk.layout import table_of
from special_channel.desk.table import HIDDEN_SHEETS, Choices, Table
from special_channel.desk.tables import Grid, GridRow

HEADS = ("List", "No.", "Application number", "Urgency", "Rank")
LINE = ("L2026-47", "1", "FIKTIV-1", "urgent", "1")


def grid(
    *rows: tuple[str, ...], first: int = 1, merged: tuple[str, ...] = (), name: str = "S"
) -> Grid:
    """A sheet of these rows; an empty one leaves a line out."""
    return Grid(
        tuple(GridRow(at, row) for at, row in enumerate(rows, first) if row), name, merged=merged
    )


def table(*rows: tuple[str, ...], merged: tuple[str, ...] = (), **heads: str) -> Table:
    chosen = {folded(head): column for head, column in heads.items()}
    return table_of((grid(*rows, merged=merged),), "list", Choices(heads=chosen))


def refused(*grids: Grid, choices: Choices | None = None) -> Malformed:
    with pytest.raises(Malformed) as error:
        table_of(grids, "list", choices)
    return error.value


def read_as(found: Table) -> list[tuple[str, str]]:
    return [(head.place, head.column) for head in found.heads]


def test_heads_and_lines_are_named_by_their_columns():
    found = table(HEADS, LINE)
    assert found.header == ("list_id", "row", "application_no", "urgency", "priority_rank")
    [line] = found.lines
    assert (line.number, line.cells) == (2, dict(zip(found.header, LINE, strict=True)))
    assert read_as(found)[2] == ("C1", "application_no")
    assert found.skipped == ()


def test_titles_above_and_totals_and_signatures_below_are_skipped_and_shown():
    found = table(
        ("Weekly list L2026-47 of the Commission",),
        (),
        ("Fictional desk", "", "27 Nov 2026"),
        HEADS[1:],
        LINE[1:],
        ("合计", "", "1"),
        ("制表人: 虚构", "审核人: 虚构"),
        ("Total: 1",),
        merged=("A1:E1",),
    )  # fmt: skip
    assert [line.number for line in found.lines] == [5]
    assert found.list == "L2026-47"
    assert [(each.line, each.text) for each in found.skipped] == [
        (1, "Weekly list L2026-47 of the Commission"),
        (3, "Fictional desk 27 Nov 2026"),
        (6, "合计 1"),
        (7, "制表人: 虚构 审核人: 虚构"),
        (8, "Total: 1"),
    ]


def test_number_of_the_list_is_taken_from_the_titles_only_if_they_name_one():
    assert table(("L2026-47 / L2026-48",), HEADS[1:], LINE[1:]).list == ""
    assert table(("XL2026-471",), HEADS[1:], LINE[1:]).list == ""
    book = (grid(HEADS[1:], LINE[1:], name="L2026-47"),)
    assert table_of(book, "list").list == "L2026-47"


def test_row_with_a_number_is_no_total_whatever_it_says():
    found = table(HEADS, ("L2026-47", "1", "FIKTIV-1", "Total"), ("合计人", "", "", "urgent"))
    assert [line.number for line in found.lines] == [2]
    found = table(HEADS, LINE, ("L2026-47", "2", "", "审核中"))
    assert [line.number for line in found.lines] == [2, 3], "a state, and no signature"


@pytest.mark.parametrize(
    ("cells", "is_line"),
    [
        (("L2026-47", "", "", "", "FK 17", "Total recall AG"), True),
        (("L2026-47", "", "", "", "Total", "2"), False),
        (("L2026-47", "", "REF:FK", "", "", "Signature Metals AG"), True),
        (("L2026-47", "", "FK", "", "", "Signature Metals AG"), False),
        (("L2026-47", "2", "", "urgent", "", "Sum GmbH"), True),
        (("L2026-47", "2", "", "", "", "Sum GmbH"), False),
        (("L2026-47", "", "", "urgent", "", "Sum GmbH"), False),
    ],
)
def test_row_of_an_application_is_no_total(cells, is_line):
    heads = ("List", "No.", "Application number", "Urgency", "Our reference", "Company")
    found = table(heads, ("L2026-47", "1", "FIKTIV-1", "urgent"), cells)
    assert [line.number for line in found.lines] == [2, 3][: 1 + is_line]
    assert [row.line for row in found.skipped] == [3][is_line:]


def test_answered_row_is_no_signature():
    heads = ("No.", "Application number", "Match", "Remark")
    rows = (heads, ("1", "FIKTIV-1", "found", ""), ("2", "", "found", "合计两项"))
    assert [line.number for line in table_of((grid(*rows),), "return").lines] == [2, 3]


@pytest.mark.parametrize(
    "second",
    [
        ("清单编号", "序号", "申请编号", "紧急程度", "排序"),
        ("list_id", "row", "application_no", "urgency", "priority_rank"),
        ("", "", "申请编号", "紧急程度", ""),
        # The name that one file gives the number is no number.
        ("清单编号", "序号", "MOFCOM", "紧急程度", "排序"),
    ],
)
def test_second_row_of_heads_is_no_line(second):
    found = table(HEADS, second, LINE)
    assert [line.number for line in found.lines] == [3]
    assert [column for _, column in read_as(found)] == list(found.header)


def test_line_of_words_that_are_heads_too_is_a_line_by_its_number():
    heads = ("Row", "Application number", "Match", "Copied")
    rows = (heads, ("1", "FIKTIV-1", "found", "line stop"), ("2", "FIKTIV-2", "found", "urgent"))
    assert [line.number for line in table_of((grid(*rows),), "return").lines] == [2, 3]


@pytest.mark.parametrize("number", ["ref: ABC", "REF:ABC", "FIKTIV-1", "12"])
def test_line_with_a_number_or_a_reference_is_no_row_of_heads(number):
    heads = ("Row", "Application number", "Match", "Copied")
    read = table_of((grid(heads, ("", number, "match", "copied")),), "return")
    assert [line.number for line in read.lines] == [2]


def test_line_of_words_that_are_heads_elsewhere_is_a_line():
    found = table(HEADS, ("L2026-47", "1", "status", "state", "1"))
    assert [line.number for line in found.lines] == [2]


def test_heads_merged_over_two_rows_are_one_row_of_heads():
    found = table(
        ("No.", "Application number", "Urgency", "EU", ""),
        ("", "", "", "Status", "As of"),
        ("1", "FIKTIV-1", "urgent", "review", "2026-11-18"),
        merged=("A1:A2", "B1:B2", "C1:C2", "D1:E1"),
    )
    assert found.header == ("row", "application_no", "urgency", "eu_asserted_status", "eu_as_of")
    assert [line.number for line in found.lines] == [3]
    assert not found.lines[0].merged


def test_merged_cells_of_lines_are_marked_by_their_column():
    found = table(HEADS, LINE, ("", "2", "FIKTIV-2", "", "2"), merged=("D2:D3", "E9"))
    assert [sorted(line.merged) for line in found.lines] == [["urgency"], ["urgency"]]


def test_list_number_merged_downwards_is_repeated():
    found = table(HEADS, LINE, ("", *LINE[1:]), ("", *LINE[1:]), LINE, merged=("A2:A4",))
    assert [line.cells.get("list_id") for line in found.lines] == ["L2026-47"] * 4
    assert not any(line.merged for line in found.lines)
    above = table(HEADS, LINE, ("", *LINE[1:]))
    assert "list_id" not in above.lines[1].cells, "not merged, so not repeated"
    empty = table(HEADS, ("", *LINE[1:]), ("", *LINE[1:]), merged=("A2:A3",))
    assert all("list_id" not in line.cells for line in empty.lines)


def test_unknown_columns_keep_their_own_names():
    found = table((*HEADS, "Stand", "Stand", "", "Urgence"), (*LINE, "a", "b", "c", "d"))
    assert found.header[5:] == ("Stand", "Stand (G1)", "Urgence")
    assert {name: found.lines[0].cells[name] for name in found.header[5:]} == {
        "Stand": "a", "Stand (G1)": "b", "Urgence": "d",
    }  # fmt: skip
    assert found.unnamed == ("H1",)
    assert table((*HEADS, ""), LINE).unnamed == ()


def test_own_columns_of_one_meaning_both_stay():
    found = table((*HEADS, "Company", "Importer"), (*LINE, "Fictional AG", "Fictional Ltd"))
    assert found.header[5:] == ("eu_company", "Importer")


def test_column_that_crosses_twice_is_refused_with_both_cells():
    error = refused(grid((*HEADS, "紧急程度"), (*LINE, "normal")))
    assert error.code == "list-head-twice"
    assert error.facts == {"column": "urgency", "cell": "D1", "other": "F1"}


@pytest.mark.parametrize(
    ("heads", "columns"),
    [
        (("编号", "申请编号", "Urgency", "Rank"), ["row", "application_no"]),
        (("编号", "申请编号", "No.", "Urgency"), ["", "application_no"]),
        (("受理编号", "申请编号", "Urgency", "Rank"), ["", "application_no"]),
    ],
)
def test_number_next_to_the_application_number_is_another_one(heads, columns):
    found = table(heads, ("1", "FIKTIV-1", "urgent", "1"))
    assert [column for _, column in read_as(found)][:2] == columns
    assert found.asked() == ()


def test_number_that_may_be_the_application_number_is_asked_about():
    found = table(("受理编号", "Urgency", "Rank"), ("FIKTIV-1", "urgent", "1"))
    [asked] = found.asked()
    assert (asked.place, asked.text, asked.meant) == ("A1", "受理编号", ("application_no",))
    chosen = table(
        ("受理编号", "Urgency", "Rank"), ("FIKTIV-1", "urgent", "1"), 受理编号="application_no"
    )
    assert chosen.asked() == ()
    assert chosen.lines[0].cells["application_no"] == "FIKTIV-1"


def test_column_that_was_chosen_to_stay_stays():
    found = table((*HEADS, "Status"), (*LINE, "review"), Status="")
    assert found.header[-1] == "Status"
    assert found.signature() == "list|no|applicationnumber|urgency|rank|status"


def test_sheets_that_the_channel_gives_out_are_passed_over():
    own = (grid(("x",), name="填写说明"), grid(HEADS, LINE), grid(("已查到",), name="词表"))
    assert table_of(own, "list").others == ()
    assert refused(grid(HEADS, name="Words"), grid(("x",), name="Notes")).code == "list-columns"


def test_hidden_sheet_is_named_and_read_by_a_choice_alone():
    hidden = replace(grid(("x",), name="draft"), hidden=True)
    book = (grid(HEADS, LINE, name="list"), hidden)
    error = refused(*book, choices=Choices(sheet="list"))
    assert (error.code, error.facts) == (
        "list-sheet-hidden",
        {"sheets": "draft", "sheet": "list"},
    )
    looked = Choices(sheet="list", sent=frozenset({HIDDEN_SHEETS}))
    assert table_of(book, "list", looked).others == ("draft",)
    alone = replace(grid(HEADS, LINE, name="list"), hidden=True)
    assert refused(alone).facts == {"sheets": "list", "sheet": "list"}
    assert table_of((alone,), "list", Choices(sent=frozenset({HIDDEN_SHEETS}))).sheet == "list"
    own = replace(grid(("x",), name="词表"), hidden=True)
    assert table_of((grid(HEADS, LINE, name="list"), own), "list").others == ()


def test_several_sheets_are_asked_about_and_the_chosen_one_is_read():
    book = (grid(HEADS, LINE, name="list"), grid(("x",), name="notes"))
    error = refused(*book)
    assert (error.code, error.facts) == ("list-two-sheets", {"sheets": "list, notes"})
    found = table_of(book, "list", Choices(sheet="list"))
    assert (found.sheet, found.others) == ("list", ("notes",))
    assert refused(*book, choices=Choices(sheet="none")).facts == {"sheet": "none"}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("x", "y"), ("1", "2")], "list-columns"),
        ([HEADS], "list-empty"),
        ([HEADS, ("合计",)], "list-empty"),
        ([HEADS, ("", "", "", "", "", "no head above")], "list-empty"),
        ([HEADS, *[LINE] * 2001], "list-too-long"),
    ],
    ids=["no head", "heads alone", "a total alone", "a cell without a head", "too many"],
)
def test_sheet_without_a_table_is_refused(rows, code):
    assert refused(grid(*rows)).code == code


def test_heads_below_the_first_rows_are_not_searched():
    titles = [(f"title {n}",) for n in range(14)]
    assert len(table(*titles, HEADS, LINE).lines) == 1
    assert refused(grid(*titles, ("one more",), HEADS, LINE)).code == "list-columns"


def test_return_sheet_needs_a_number_and_one_more_column():
    found = table_of((grid(("申请编号", "办理状态"), ("FIKTIV-1", "审查中")),), "return")
    assert found.header == ("application_no", "cn_status")


def test_forged_ranges_of_merged_cells_cost_no_time():
    wide = ("A1:GR5000",) * 200
    assert refused(grid(HEADS, *[LINE] * 2000, merged=wide)).code == "list-merged"
