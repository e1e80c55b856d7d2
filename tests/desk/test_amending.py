"""Amendments from a file: rows added, changed, removed and unchanged."""

from __future__ import annotations

import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries import AmendmentSheet, parse_model
from special_channel.core.entries.batches import OPTED
from special_channel.core.rows.batches import ListingRow
from special_channel.desk import amending, columns
from special_channel.desk.amending import AmendedRow, Amendment
from special_channel.desk.lists import weekly_list
from tests.desk.test_lists import HEADER, LINE, csv

WIDE = HEADER + ",stop_on,withdrawn"


def held(row: int, number: str = "", urgency: str = "urgent", **more) -> ListingRow:
    return ListingRow("b" * 64, row, number or f"FIKTIV-{row}", urgency, 1, "2026-11-06", 3, **more)


def line(row: int, number: str = "", urgency: str = "urgent", stop: str = "", off: str = "") -> str:
    text = LINE.format(row=row, number=number or f"FIKTIV-{row}").replace("urgent", urgency)
    return f"{text},{stop},{off}"


def amended(*lines: str, on: dict[int, ListingRow], kept=None) -> Amendment:
    sheet = weekly_list(csv(*lines, header=WIDE), OPTED)
    return amending.amend(sheet, "L2026-47", on, kept or {})


def faults(found: Amendment) -> list[tuple[int, str, str]]:
    return [(each.row, each.column, each.code) for each in found.sheet.faults]


LISTED = {row: held(row) for row in range(1, 5)}


def test_rows_are_added_changed_and_taken_off_and_those_left_out_stay():
    found = amended(
        line(1),
        line(2, urgency="line_stop", stop="2026-12-03"),
        line(3, off="Issued"),
        line(9),
        on=LISTED,
    )
    assert faults(found) == []
    sheet = parse_model(AmendmentSheet, canonical.dumps(found.data))
    assert [row.row for row in sheet.added] == [9]
    assert [(row.row, row.urgency, row.stop_on) for row in sheet.changed] == [
        (2, "line_stop", "2026-12-03")
    ]
    assert [(row.row, row.reason) for row in sheet.withdrawn] == [(3, "issued")]
    assert (found.rows, found.line_stops()) == (3, True)


@pytest.mark.parametrize("reason", ["Fictional AG withdrew it", "虚构重复", "1st", "x" * 49])
def test_a_row_is_taken_off_for_a_reason_that_is_a_code(reason):
    found = amended(line(3, off=reason), on=LISTED)
    assert (faults(found), found.rows) == ([(2, "withdrawn", "amendment-reason")], 0)


def test_a_number_is_never_changed_and_a_row_that_is_off_stays_off():
    off = LISTED | {3: held(3, withdrawn=7)}
    found = amended(line(2, "FIKTIV-22"), line(3), line(8, off="issued"), on=off)
    assert faults(found) == [
        (2, "application_no", "amendment-number"),
        (3, "row", "amendment-no-row"),
        (4, "withdrawn", "amendment-no-row"),
    ]


def test_a_file_that_amends_nothing_or_another_list_is_refused():
    with pytest.raises(Malformed) as refused:
        amended(line(1), on=LISTED)
    assert refused.value.code == "amendment-empty"
    with pytest.raises(Malformed) as refused:
        amended(line(1).replace("L2026-47", "L2026-48"), on=LISTED)
    assert refused.value.code == "amendment-other-list"


def test_what_stays_at_home_is_kept_whole_with_the_files_cells_in_place_of_the_old():
    old = {
        row: columns.encode_row(
            row, f"FIKTIV-{row}", {"eu_company": f"Fictional {row}", "注释": "旧"}
        )
        for row in (1, 2)
    }
    found = amended(line(2, urgency="normal", off=""), line(9), on=LISTED, kept=old)
    cells = {each["row"]: columns.cells_of(each) for each in found.kept}
    assert cells[1] == {"eu_company": "Fictional 1", "注释": "旧"}
    assert cells[2]["eu_company"] == cells[9]["eu_company"] == "Fictional AG"
    assert all("withdrawn" not in each for each in cells.values())
    assert not found.line_stops()


def test_change_is_shown_with_what_was_before_and_after():
    found = amended(
        line(2, urgency="line_stop", stop="2026-12-03"),
        line(3, off="Issued"),
        line(4).replace(",1,2026", ",7,2026"),
        on=LISTED,
    )
    assert found.changes == (
        AmendedRow(2, "FIKTIV-2", ("urgent", "1", ""), ("line_stop", "1", "2026-12-03"), ""),
        AmendedRow(3, "FIKTIV-3", ("urgent", "1", ""), None, "issued"),
        AmendedRow(4, "FIKTIV-4", ("urgent", "1", ""), ("urgent", "7", ""), ""),
    )
    assert found.data == {
        "changed": [
            {"row": 2, "urgency": "line_stop", "rank": 1, "stop_on": "2026-12-03"},
            {"row": 4, "urgency": "urgent", "rank": 7},
        ],
        "withdrawn": [{"row": 3, "reason": "issued"}],
    }
    assert (found.rows, found.added()) == (3, [])


def test_line_stop_that_is_added_counts_like_one_that_is_changed():
    found = amended(line(9, urgency="line_stop", stop="2026-12-03"), on=LISTED)
    assert found.line_stops()
    assert [row["row"] for row in found.added()] == [9]
    assert [(each.row, each.before) for each in found.changes] == [(9, None)]
    assert not amended(line(9), on=LISTED).line_stops()


def test_fault_of_amending_names_the_number():
    off = LISTED | {3: held(3, withdrawn=0)}
    found = amended(line(2, "FIKTIV-22"), line(3), line(4, off="2nd"), line(8, off="x"), on=off)
    assert [(each.code, each.number) for each in found.sheet.faults] == [
        ("amendment-number", "FIKTIV-2"),
        ("amendment-no-row", "FIKTIV-3"),
        ("amendment-reason", "FIKTIV-4"),
        ("amendment-no-row", "FIKTIV-8"),
    ]
    assert found.data == {}


def test_list_of_an_amendment_is_named_if_another_or_unchanged():
    for lines, code in (
        (line(1), "amendment-empty"),
        (line(1).replace("-47", "-48"), "amendment-other-list"),
    ):
        with pytest.raises(Malformed) as refused:
            amended(lines, on=LISTED)
        assert (refused.value.code, refused.value.facts) == (code, {"list": "L2026-47"})
