"""What a workbook hides, strikes out or comments on is asked about before it is sent."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest
import xlsxwriter

from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries.batches import OPTED
from special_channel.desk import tables, workbook_marks
from special_channel.desk.layout import table_of
from special_channel.desk.lists import DECISIONS, weekly_list
from special_channel.desk.sheet import Sheet
from special_channel.desk.table import MARK_KINDS, Choices
from special_channel.desk.workbook_marks import Marks, place_of
from tests.desk.test_lists import HEADER, line

Fill = Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None]

WIDE = f"{HEADER},stop_on"
NUMBER, URGENCY, COMPANY = (WIDE.split(",").index(name) for name in
                            ("application_no", "urgency", "eu_company"))  # fmt: skip


def workbook(fill: Fill) -> bytes:
    """Two lines, extended by `fill`; lines 2 and 3 of the file."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for at, cells in enumerate((WIDE.split(","), line(1).split(","), line(2).split(","))):
        for column, cell in enumerate(cells):
            sheet.write_string(at, column, cell)
    fill(book, sheet)
    book.close()
    return out.getvalue()


def read(fill: Fill, *sent: str) -> Sheet:
    return weekly_list(workbook(fill), OPTED, Choices(sent=frozenset(sent)))


def codes(sheet: Sheet) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.column, fault.code) for fault in sheet.faults]


def formatted(row: int, column: int, text: str, **form: Any) -> Fill:
    return lambda book, sheet: sheet.write_string(row, column, text, book.add_format(form))


HIDDEN: dict[str, tuple[Fill, tuple[int, str, str], str]] = {
    "a hidden row": (
        lambda _, sheet: sheet.set_row(2, None, None, {"hidden": True}),
        (3, "", "list-row-hidden"), "row-hidden",
    ),
    "a collapsed row": (
        lambda _, sheet: sheet.set_row(2, None, None, {"level": 1, "hidden": True}),
        (3, "", "list-row-hidden"), "row-hidden",
    ),
    "a number struck out": (
        formatted(2, NUMBER, "FIKTIV-2", font_strikeout=True),
        (3, "", "list-row-struck"), "row-struck",
    ),
    "another cell struck out": (
        formatted(2, URGENCY, "urgent", font_strikeout=True),
        (3, "urgency", "list-cell-struck"), "cell-struck",
    ),
    "white text": (
        formatted(2, URGENCY, "urgent", font_color="white"),
        (3, "urgency", "list-faint"), "faint",
    ),
    "tiny text": (
        formatted(2, URGENCY, "urgent", font_size=2), (3, "urgency", "list-faint"), "faint",
    ),
    "a comment that asks to wait": (
        lambda _, sheet: sheet.write_comment(2, COMPANY, "请暂缓办理"),
        (3, "", "list-comment"), "comment",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HIDDEN)
def test_marked_line_is_set_aside_until_an_official_sends_it(name):
    fill, expected, kind = HIDDEN[name]
    whole = read(fill)
    assert codes(whole) == [expected]
    good, [aside] = whole.parted()
    assert ([row["row"] for row in good.rows], aside.line) == ([1], 3)
    assert codes(read(fill, kind)) == codes(read(fill, f"3:{kind}")) == []
    assert codes(read(fill, "3")) == []
    others = {*MARK_KINDS} - {kind}
    assert codes(read(fill, *others, "2", f"2:{kind}")) == [expected]


def test_every_mark_of_a_line_is_asked_about_and_sent_by_itself():
    def fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.set_row(2, None, None, {"hidden": True})
        struck = book.add_format({"font_strikeout": True, "font_color": "white"})
        sheet.write_string(2, NUMBER, "FIKTIV-2", struck)
        sheet.write_comment(2, COMPANY, "hold until Friday")
        sheet.write_comment(2, URGENCY, "wait for the Commission")

    marks = {
        "row-hidden": (3, "", "list-row-hidden"),
        "row-struck": (3, "", "list-row-struck"),
        "faint": (3, "application_no", "list-faint"),
        "comment": (3, "", "list-comment"),
    }
    assert codes(read(fill)) == [*marks.values()]
    comments = next(fault for fault in read(fill).faults if fault.code == "list-comment")
    assert "hold until Friday" in comments.cell
    assert "wait for the Commission" in comments.cell
    for kind, expected in marks.items():
        assert codes(read(fill, f"3:{kind}")) == [
            each for each in marks.values() if each != expected
        ]
    assert codes(read(fill, *(f"3:{kind}" for kind in marks))) == []


def test_comment_beside_all_heads_asks_for_its_line():
    whole = read(lambda _, sheet: sheet.write_comment(2, 40, "hold"))
    assert codes(whole) == [(3, "", "list-comment")]
    assert whole.table is not None
    [mark] = [mark for each in whole.table.lines for mark in each.marks]
    assert (mark.kind, mark.column, "hold" in mark.text) == ("comment", "", True)


def test_mark_of_a_whole_line_has_neither_column_nor_words():
    whole = read(lambda _, sheet: sheet.set_row(2, None, None, {"hidden": True}))
    assert whole.table is not None
    [mark] = [mark for each in whole.table.lines for mark in each.marks]
    assert (mark.kind, mark.column, mark.text) == ("row-hidden", "", "")


def test_hidden_column_that_crosses_is_asked_about_for_each_line():
    def fill(_: object, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.set_column(URGENCY, URGENCY, None, None, {"hidden": True})

    assert codes(read(fill)) == [(row, "urgency", "list-column-hidden") for row in (2, 3)]
    assert codes(read(fill, "column-hidden")) == []


@pytest.mark.parametrize(
    "fill",
    [
        lambda _, sheet: sheet.set_column(COMPANY, COMPANY, None, None, {"hidden": True}),
        formatted(2, COMPANY, "Fictional AG", font_strikeout=True),
        formatted(2, COMPANY, "Fictional AG", font_color="white"),
        formatted(2, URGENCY, "urgent", font_color="white", bg_color="#AA0000"),
        formatted(2, URGENCY, "urgent", font_color="#AA0000"),
        lambda _, sheet: sheet.write_comment(2, COMPANY, "called on Monday"),
        lambda _, sheet: sheet.write_comment(0, 1, "hold"),
    ],
    ids=["own column hidden", "own cell struck out", "own cell white", "white on red", "red",
         "comment without a request", "comment on a head"],
)  # fmt: skip
def test_what_changes_nothing_that_is_sent_is_not_asked_about(fill):
    assert codes(read(fill)) == []


def test_comments_stay_with_us_and_are_listed_by_their_cell():
    whole = read(lambda _, sheet: sheet.write_comment(2, COMPANY, "called on Monday"))
    assert whole.table is not None
    [(cell, text)] = whole.table.comments.items()
    assert cell == "K3"
    assert "called on Monday" in text
    assert "called on Monday" not in repr((whole.rows, whole.kept))


def test_part_of_a_cell_struck_out_is_an_error_until_it_is_corrected():
    def fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        struck = book.add_format({"font_strikeout": True})
        sheet.write_rich_string(2, URGENCY, "urgent", struck, " normal", " ")

    data = workbook(fill)
    assert ("urgency", "list-cell-unclear") in {
        (fault.column, fault.code) for fault in weekly_list(data, OPTED).faults
    }
    mended = weekly_list(data, OPTED, Choices(cells={3: {"urgency": "normal"}}))
    assert mended.checked().rows[1]["urgency"] == "normal"


def test_every_struck_row_of_a_long_list_is_asked_about():
    """Each cell is a mark, so a list of 600 lines has more of them than a list has lines."""
    rows = range(3, 603)

    def fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        form = book.add_format({"font_strikeout": True})
        for row in rows:
            sheet.write_row(row, 0, line(row).split(","), form)
            sheet.write_blank(row, 50, None, form)

    assert codes(read(fill)) == [(row + 1, "", "list-row-struck") for row in rows]


def test_more_marks_than_a_list_has_cells_refuse_the_file(monkeypatch):
    monkeypatch.setattr(workbook_marks, "MAX_MARKS", 1)
    for kind in ({"font_strikeout": True}, {"font_color": "white"}):
        read(formatted(2, URGENCY, "urgent", **kind))
        with pytest.raises(Malformed) as refused:
            read(both(kind))
        assert refused.value.code == "list-unfolds"


def both(form: dict[str, Any]) -> Fill:
    return lambda book, sheet: sheet.write_row(2, 3, ["urgent", "2"], book.add_format(form))


def test_marks_come_back_from_the_process_that_reads_the_file():
    def fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        for each, _, _ in HIDDEN.values():
            each(book, sheet)

    data = workbook(fill)
    book = tables.read(data)
    assert tables.from_job(tables.job(data)) == book
    assert book[0].marks.rows == (3,)
    assert book[0].marks.comments


def test_every_kind_of_mark_has_a_code_of_its_own():
    assert {*DECISIONS} == {*MARK_KINDS}
    assert len({*DECISIONS.values()}) == len(MARK_KINDS)


@pytest.mark.parametrize("number", ["²", "9" * 5_000, "", "-1", "x"])
def test_number_of_a_format_that_is_none_marks_nothing(number):
    styles = (
        "<styleSheet><fonts><font><strike/></font></fonts><fills><fill/></fills>"
        f'<cellXfs><xf fontId="{number}" fillId="0"/><xf fontId="0" fillId="{number}"/></cellXfs>'
        "</styleSheet>"
    )
    marked = workbook_marks.styles_of({"xl/styles.xml": styles.encode()})
    assert marked.struck == frozenset({1})
    xml = (
        f'<row r="{number}" hidden="1"/><col min="{number}" max="2" hidden="1"/>'
        f'<c r="A1" s="{number}"><v>1</v></c>'
    ).encode()
    assert workbook_marks.hidden(xml) == Marks()
    assert workbook_marks.struck(xml, marked) == ([], [], [])


class Counted(tuple[Any, ...]):
    """A tuple that counts how often it is gone through."""

    __slots__ = ()
    passes: ClassVar[int] = 0

    def __iter__(self) -> Iterator[Any]:
        type(self).passes += 1
        return super().__iter__()

    def __contains__(self, item: object) -> bool:
        return any(each == item for each in self)


def test_marks_are_gone_through_once_however_long_the_list():
    [grid] = tables.read(workbook(lambda _, sheet: add(sheet, range(3, 203))))
    struck, partly, faint = (Counted([(2, 1)]) for _ in range(3))
    marks = Marks(Counted([3]), Counted([9]), struck, partly, faint)
    Counted.passes = 0
    whole = table_of((replace(grid, marks=marks),), "list")
    assert len(whole.lines) > 200
    assert Counted.passes == 5


def add(sheet: xlsxwriter.worksheet.Worksheet, rows: range) -> None:
    for row in rows:
        sheet.write_row(row, 0, line(row).split(","))


def test_hidden_columns_beyond_the_bound_are_not_made(monkeypatch):
    monkeypatch.setattr(workbook_marks, "MAX_MARKS", 3)
    ranges: list[object] = []
    between = workbook_marks._between

    def counted(attributes: Mapping[bytes, bytes]) -> range:
        ranges.append(attributes)
        return between(attributes)

    monkeypatch.setattr(workbook_marks, "_between", counted)
    xml = b'<col min="1" max="2" hidden="1"/>' * 50 + b'<row r="7" hidden="1"/>' * 50
    assert workbook_marks.hidden(xml) == Marks((7, 7, 7), (1, 2, 1))
    assert len(ranges) == 2


def test_place_of_a_cell_is_read_from_its_name():
    assert [place_of(each) for each in ("B3", "AA10", "3B", "")] == [(3, 2), (10, 27), None, None]
