"""What a second official must see of a sheet, and what it changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from special_channel.core.bytes.ids import Position
from special_channel.core.entries import ListRow, ReturnRow
from special_channel.core.rows.batches import ListingRow
from special_channel.core.sense import findings as sense
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.list_rules import LIST_RULES
from special_channel.core.sense.return_rules import RULES
from special_channel.core.sense.sides import SIDES_RULES
from special_channel.desk.amending import AmendedRow
from special_channel.desk.answers import AnswerRecord, PrefilledRow
from special_channel.desk.payloads import Fields
from special_channel.desk.release_checks import (
    LIST_CHECKS,
    RETURN_CHECKS,
    Checked,
    Finding,
    check_amendment,
    check_answer,
    check_list,
)
from tests.core.calendar_files import both_sides

TODAY = date(2026, 11, 27)
DAYS = WorkingDays(both_sides()["cn"])
STOP = {"urgency": "line_stop", "stop_on": "2026-12-01"}


def returned(row: int, **changed: Any) -> ReturnRow:
    fields = {"row": row, "number": f"A-{row}", "match": "found", "state": "review"}
    fields |= {"as_of": "2026-11-26", "accepted_on": "2026-11-02"} | changed
    if fields["state"] is None:
        fields = {name: fields[name] for name in ("row", "number", "match")}
    return ReturnRow.model_validate(fields, strict=False)


def listed(row: int, **changed: Any) -> ListingRow:
    return replace(ListingRow("b", row, f"A-{row}", "normal", row, "2026-11-20", 1), **changed)


def named(row: int, **changed: Any) -> ListRow:
    fields: dict[str, Any] = {
        "row": row,
        "number": f"A-{row}",
        "urgency": "normal",
        "rank": row,
        "first_listed": "2026-11-20",
        "times_listed": 1,
    }
    return ListRow.model_validate(fields | changed)


def stated(row: int, state: str) -> PrefilledRow:
    fields: Fields = {"match": "found", "state": state, "as_of": "2026-11-19"}
    fields |= {"accepted_on": "2026-11-02"}
    return PrefilledRow(row, f"A-{row}", fields, Position("cn", 3))


def tallies(checked: Checked) -> dict[str, int]:
    return {("now " if each.newly else "") + each.code: each.rows for each in checked.changes}


def answered(*rows: ReturnRow, **more: Any) -> Checked:
    record = AnswerRecord(more.get("listed", {}), {}, DAYS, TODAY)
    return check_answer(rows, more.get("remarks", {}), more.get("latest", {}), record)


def test_answer_counts_what_changes_against_the_latest_statement():
    latest = {1: stated(1, "review"), 2: stated(2, "accepted"), 3: stated(3, "review")}
    checked = answered(
        returned(1),
        returned(2),
        returned(3, clock="runs"),
        returned(4),
        returned(5, match="not_found", state=None),
        latest=latest | {4: PrefilledRow(4, "A-4")},
    )
    assert tallies(checked) == {"same": 1, "now review": 1, "details": 1, "first": 2}
    assert {each.code: each.rows for each in checked.counts} == {"review": 4, "not_found": 1}
    assert checked.look() == ()
    assert checked.passed == ("dates", "states", "papers", "names")


def test_answer_names_rows_that_must_be_seen_and_why():
    places = {1: listed(1, **STOP), 2: listed(2, **STOP, withdrawn=9), 3: listed(3)}
    checked = answered(
        returned(1),
        returned(2),
        returned(3, corrects={"id": "a" * 64, "row": 3}),
        returned(4, accepted_on="2026-12-24"),
        returned(5),
        listed=places,
        remarks={5: "Told Beispiel GmbH"},
    )
    assert [(each.row, each.code, each.check, each.words) for each in checked.findings] == [
        (1, "line_stop", "line_stop", "2026-12-01"),
        (3, "S-059", "states", ""),
        (3, "correction", "correction", ""),
        (4, "S-009", "dates", ""),
        (4, "S-044", "dates", ""),
        (5, "S-099", "names", ""),
    ]
    assert checked.look() == (1, 3, 4, 5)
    assert checked.passed == ("papers",)
    assert [4, "S-044"] in checked.kept()["findings"]


def test_note_on_a_row_is_no_reason_to_see_it():
    checked = answered(returned(1, accepted_on=None))
    assert checked.look() == ()


# What CN states otherwise is asked about in lists; in answers what the EU states is a note.
LISTED = {**LIST_RULES, "S-061": SIDES_RULES["S-061"]}


@pytest.mark.parametrize(("checks", "table"), [(RETURN_CHECKS, RULES), (LIST_CHECKS, LISTED)])
def test_each_rule_that_a_release_lists_belongs_to_one_check(checks, table):
    rules = [rule for rules in checks.values() for rule in rules]
    graver = {rule.id for rule in table.values() if rule.grades != ("note",)}
    assert sorted(rules) == sorted(graver)


def test_list_is_compared_with_the_last_one():
    before = {"A-1": listed(1), "A-2": listed(2), "A-9": listed(9)}
    rows = [named(1), named(2, **STOP), named(3), named(4, corrects={"id": "a" * 64})]
    found = [
        sense.Finding("S-006", "confirm", 3, ("number",), variant="known"),
        sense.Finding("S-019", "note", 1, ("question",)),
        sense.Finding("S-009", "refuse", 1, ("as_of",)),
    ]
    checked = check_list(rows, before, found)
    assert tallies(checked) == {"now line_stop": 1, "added": 2, "again": 1, "dropped": 1}
    assert {each.code: each.rows for each in checked.counts} == {"normal": 3, "line_stop": 1}
    assert [(each.row, each.code, each.check, each.words) for each in checked.findings] == [
        (1, "S-009", "list-dates", ""),
        (2, "line_stop", "line_stop", "2026-12-01"),
        (3, "S-006", "list-numbers", ""),
        (4, "correction", "correction", ""),
    ]
    assert checked.passed == ("list-states", "list-ranks", "list-columns")


def test_first_list_is_compared_with_nothing():
    checked = check_list([named(1)], {})
    assert (checked.changes, checked.passed, checked.look()) == ((), tuple(LIST_CHECKS), ())


def test_amendment_shows_rows_that_become_line_stops():
    stop = ("line_stop", "1", "2026-12-03")
    checked = check_amendment(
        [
            AmendedRow(1, "A-1", ("normal", "1", ""), stop),
            AmendedRow(2, "A-2", stop, None, "issued"),
            AmendedRow(3, "A-3", None, ("urgent", "3", "")),
        ],
        [late := sense.Finding("S-016", "confirm", 3, ("stop_on",), variant="far")],
    )
    assert checked.findings == (
        Finding(1, "line_stop", "line_stop", "2026-12-03"),
        Finding(3, "S-016", "list-dates", sense=late),
    )
    assert {each.code: each.rows for each in checked.counts} == dict.fromkeys(
        ("added", "changed", "withdrawn"), 1
    )


def test_what_is_kept_names_findings_and_quotes_nothing():
    checked = answered(returned(1), remarks={1: "Told Beispiel GmbH"})
    kept = checked.kept()
    assert kept["findings"] == [[1, "S-099"]]
    assert "GmbH" not in str(kept)
    assert kept["summary"] == checked.digest() != answered(returned(1)).digest()
