"""Lists and amendments checked with their record: rows alone, rows together, own columns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from special_channel.core.entries import AmendmentSheet
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.core.rows.batches import ListingRow
from special_channel.core.sense.list_case import ListAround, NumberRecord
from special_channel.desk import list_checks
from special_channel.desk.known_numbers import KnownNumbers
from special_channel.desk.list_checks import (
    ListRecord,
    amendment_findings,
    list_findings,
    readable,
)
from special_channel.desk.payloads import Fields
from special_channel.desk.similar import PastNumbers
from tests.permits import list_row

TODAY = date(2026, 11, 27)
RECORD = ListRecord(ListAround(TODAY, TODAY))
STOP = {"urgency": "line_stop", "stop_on": "2026-12-03"}


def listed(row: int, **changed: Any) -> ListingRow:
    return replace(ListingRow("b", row, f"A-{row}", "normal", row, "2026-11-20", 1), **changed)


def amended(
    standing: dict[int, ListingRow], record: ListRecord = RECORD, **sheet: Any
) -> list[tuple[int, str]]:
    found = amendment_findings(
        AmendmentSheet.model_validate(sheet, strict=False), replace(record, standing=standing)
    )
    return [(each.row, each.rule) for each in found]


def test_sheet_has_findings_of_every_kind_the_gravest_first():
    rows = readable(
        [
            list_row(1, "FIKTIV-2OO", as_of="2026-11-20"),
            list_row(2, "FIKTIV-200", rank=1),
            list_row(3, "FIKTIV-200", times_listed=2, **STOP),
        ]
    )
    kept = {3: {"stock_out_on": "2026\u5e7412\u67084\u65e5"}}
    found = list_findings(rows, replace(RECORD, kept=kept))
    assert [(each.row, each.rule, each.grade) for each in found] == [
        (1, "S-011", "refuse"),
        (3, "S-005", "refuse"),
        (1, "S-017", "confirm"),
        (2, "S-006", "confirm"),
        (3, "S-006", "confirm"),
        (3, "S-017", "confirm"),
        (3, "S-023", "confirm"),
        (3, "S-013", "note"),
    ]


def test_number_is_read_with_what_the_record_has_of_it():
    said = AssertedStatement("refused", "2026-11-10", "return-sheet", index=4, id="a" * 64)
    number = NumberRecord(ApplicationRow("A-1", cn=(said,)), listed=True)
    record = replace(RECORD, numbers={"A-1": number}, past=PastNumbers(KnownNumbers({"A-1"})))
    rows = readable([list_row(1, "A-1", urgency="urgent", times_listed=3), list_row(2, "A-I")])
    assert [(each.row, each.rule) for each in list_findings(rows, record)] == [
        (1, "S-018"), (2, "S-006"),
    ]  # fmt: skip


def test_code_that_crosses_is_a_value_that_a_mistyped_row_repeats():
    gone = {"A-12": {"company": "Fictional AG", "control_code": "1C905.a"}}
    past = PastNumbers(KnownNumbers(gone), gone)
    record = replace(RECORD, past=past, kept={1: {"company": "Fictional AG"}})
    [found] = list_findings(readable([list_row(1, "A-21", control_code="1C905.a")]), record)
    assert found.variant == "values"


def test_amendment_is_checked_in_the_list_as_it_will_be():
    standing = {1: listed(1), 2: listed(2), 3: listed(3, withdrawn=9), 4: listed(4)}
    changed = {"row": 2, "urgency": "line_stop", "rank": 5, "stop_on": "2026-08-01"}
    assert amended(standing, changed=[changed]) == [(2, "S-016"), (2, "S-017")]
    # Rows that are taken off, by this amendment or before, no longer count.
    again = [list_row(5, "A-3"), list_row(6, "A-4")]
    series = replace(RECORD, past=PastNumbers(KnownNumbers({"A-1", "A-2", "A-3", "A-4"})))
    assert amended(standing, series, added=again, withdrawn=[{"row": 4}]) == []
    assert amended(standing, series, added=again) == [(6, "S-005")]
    assert amended(standing, withdrawn=[{"row": 4}]) == []
    # A row that is not on the list is refused by the judge.
    assert amended({}, changed=[changed]) == []


def test_added_row_is_checked_as_a_row_of_a_list():
    wrong = list_row(9, "A-9", first_listed="2026-12-24", state="review")
    assert amended({}, added=[wrong]) == [(9, "S-009"), (9, "S-011")]


def test_rows_without_the_form_of_a_row_are_left_to_their_own_errors():
    good = list_row(1, "A-1")
    bad: list[Fields] = [{**good, "rank": "first"}, {**good, "stop_on": "2026-12-03"}, {"row": 1}]
    assert [row.number for row in readable([*bad, good])] == ["A-1"]


def test_what_is_kept_of_a_check_has_no_private_cells():
    """Private columns can be erased; what is kept stays in memory until it is replaced."""
    gone = {"A-12": {"company": "Undisclosed AG", "control_code": "1C905.a"}}
    known = KnownNumbers(gone)
    past = PastNumbers(known, gone)
    record = replace(RECORD, past=past, kept={1: {"company": "Undisclosed AG"}})
    rows = readable([list_row(1, "A-21", control_code="1C905.a")])
    [found] = list_findings(rows, record)
    held = repr([vars(list_checks._LAST), vars(list_checks._LAST_SIMILAR)])
    assert "A-21" in held, "what both sides have is kept"
    assert "Undisclosed" not in held
    # Kept results are of no use for other cells, nor once a number is known.
    other = replace(record, kept={1: {"company": "Fictional AG"}})
    assert [each.variant for each in list_findings(rows, other)] != [found.variant]
    assert list_findings(rows, record) == (found,)
    known.learn(["A-21"])
    assert list_findings(rows, record) == ()
