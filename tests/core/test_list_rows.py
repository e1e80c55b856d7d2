"""Rules for rows of weekly lists: each with a row that it finds and a neighbour that it leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.entries import ListRow, StatementRef
from special_channel.core.rows.application_facts import ListAppearance, MatchFact, NumberLink
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement, ClockMark
from special_channel.core.rows.batches import ListingRow
from special_channel.core.sense import vocabularies
from special_channel.core.sense.asking import ASKING_RULES
from special_channel.core.sense.control_codes import folded, is_code
from special_channel.core.sense.findings import Fact, Finding
from special_channel.core.sense.kept_cells import kept_cells
from special_channel.core.sense.licence_rules import LICENCE_RULES
from special_channel.core.sense.links import LINK_RULES
from special_channel.core.sense.list_case import FEW_LISTS, ListAround, NumberRecord
from special_channel.core.sense.list_rows import changed_row, list_row
from special_channel.core.sense.list_rules import LIST_RULES
from special_channel.core.sense.list_sheets import list_sheet
from special_channel.core.sense.priority import PRIORITY_RULES
from special_channel.core.sense.promises import PROMISE_RULES
from special_channel.core.sense.read_rows import read_row
from special_channel.core.sense.return_rules import RULES as RETURN_RULES
from special_channel.core.sense.rules import RULES
from special_channel.core.sense.sides import SIDES_RULES
from special_channel.core.sense.statement_rules import STATEMENT_RULES
from special_channel.core.sense.texts import TEXT_RULES

TODAY: Final = date(2026, 11, 27)
AROUND: Final = ListAround(TODAY, TODAY)
NUMBER: Final = "FIKTIV-26-0000007"
NEW: Final = NumberRecord()
FIRST, SECOND = "a" * 64, "b" * 64
SOUND: Final[dict[str, Any]] = {
    "row": 7,
    "number": NUMBER,
    "urgency": "urgent",
    "rank": 7,
    "first_listed": "2026-11-20",
    "times_listed": 1,
    "state": "review",
    "as_of": "2026-11-25",
    "question": "status",
    "control_code": "1C905.a",
}
STOP: Final = {"urgency": "line_stop", "stop_on": "2026-12-03"}


def row(**changed: Any) -> ListRow:
    fields = {name: value for name, value in (SOUND | changed).items() if value is not None}
    return ListRow.model_validate(fields)


def said(state: str, as_of: str = "2026-11-10", index: int = 4, **more: Any) -> AssertedStatement:
    return AssertedStatement(state, as_of, "return-sheet", index=index, id=FIRST, **more)


def known(**fields: Any) -> NumberRecord:
    return NumberRecord(ApplicationRow(NUMBER, **fields), listed=True)


def last_listed(**fields: Any) -> NumberRecord:
    listing = ListingRow(FIRST, 3, NUMBER, "urgent", 3, "2026-11-13", 1, **fields)
    return NumberRecord(ApplicationRow(NUMBER), listed=True, last=listing)


def listed(first: str = "2025-04-04", times: int = 8) -> NumberRecord:
    row_ = ApplicationRow(NUMBER, listed=(ListAppearance(3, FIRST, 3, first),))
    last = ListingRow(FIRST, 3, NUMBER, "urgent", 3, first, times)
    return NumberRecord(row_, listed=True, last=last)


def link(number: str, former: str, index: int = 9) -> NumberLink:
    return NumberLink("cn", index, SECOND, number, former, "refiled")


def found(
    record: NumberRecord = NEW, around: ListAround = AROUND, /, **changed: Any
) -> list[tuple[str, str]]:
    return [(each.rule, each.grade) for each in list_row(row(**changed), around, record)]


def test_sound_rows_have_no_finding():
    assert found() == []
    assert found(**STOP) == []
    assert found(state=None, as_of=None, question=None, control_code=None) == []
    assert found(question=None) == []
    assert found(known(cn=(said("review"),)), times_listed=3) == []
    assert found(state="returned", question="reason") == []
    assert found(listed(), first_listed="2025-04-04", times_listed=9, as_of="2026-11-27") == []
    assert found(first_listed="2026-10-27") == [], "31 days"


ALONE: Final[list[tuple[dict[str, Any], tuple[str, str]]]] = [
    ({"as_of": "2026-11-28"}, ("S-009", "refuse")),
    ({"first_listed": "2026-11-28"}, ("S-009", "refuse")),
    ({"as_of": "2025-04-03"}, ("S-010", "confirm")),
    ({"first_listed": "2025-04-03"}, ("S-010", "confirm")),
    ({"as_of": None}, ("S-011", "refuse")),
    ({"state": None}, ("S-011", "refuse")),
    ({"state": "consented"}, ("S-001", "refuse")),
    ({"question": "when"}, ("S-001", "refuse")),
    ({"times_listed": 2}, ("S-013", "note")),
    ({"first_listed": "2026-10-26"}, ("S-013", "confirm")),
    ({"times_listed": 4}, ("S-013", "confirm")),
    ({**STOP, "stop_on": "2026-08-28"}, ("S-016", "confirm")),
    ({**STOP, "stop_on": "2027-02-26"}, ("S-016", "confirm")),
    ({"state": "refused"}, ("S-018", "confirm")),
    ({"state": "used"}, ("S-018", "confirm")),
    ({"state": "issued"}, ("S-018", "confirm")),
    ({"state": "approved"}, ("S-018", "note")),
    ({"question": "accepted"}, ("S-019", "note")),
    ({"question": "missing"}, ("S-019", "note")),
    ({"question": "reason"}, ("S-019", "note")),
    ({"question": "licence"}, ("S-019", "note")),
    ({"question": "until"}, ("S-019", "note")),
    ({"control_code": "1C905.."}, ("S-020", "refuse")),
    ({"control_code": "1C905.abc"}, ("S-020", "refuse")),
]


@pytest.mark.parametrize(("changed", "rule"), ALONE)
def test_rule_finds_its_row(changed, rule):
    assert rule in found(**changed)


AFTER: Final[list[tuple[NumberRecord, dict[str, Any], tuple[str, str]]]] = [
    (known(cn=(said("refused"),)), {}, ("S-018", "confirm")),
    (known(cn=(said("approved"),)), {}, ("S-018", "note")),
    (known(eu=(said("expired"),)), {"state": None, "as_of": None}, ("S-018", "confirm")),
    (known(eu=(said("review"),)), {"state": None, "as_of": None, "question": "reason"},
     ("S-019", "note")),
    (known(links=(link("FIKTIV-9", NUMBER),)), {}, ("S-024", "confirm")),
    (known(matches=(MatchFact(4, 1, "not_found", ""), MatchFact(9, 1, "not_found", ""))), {},
     ("S-025", "confirm")),
    (known(cn=(said("review"),), matches=(MatchFact(9, 1, "duplicate", ""),)), {},
     ("S-025", "confirm")),
    (known(matches=(MatchFact(9, 1, "not_eu", ""),)), {}, ("S-025", "confirm")),
    (known(eu=(said("refused"),)), {"state": "submitted", "question": "status"},
     ("S-052", "confirm")),
    (known(matches=(MatchFact(9, 1, "not_ours", ""),)), {}, ("S-025", "confirm")),
    (known(eu=(said("withdrawn"),)), {"state": "approved"}, ("S-057", "confirm")),
    (last_listed(question="accepted", answered=9, accepted_on="2026-11-02"),
     {"state": None, "as_of": None, "question": "accepted"}, ("S-026", "note")),
    (last_listed(question="missing", answered=9, missing=("contract",)),
     {"state": "supplement", "question": "missing"}, ("S-026", "note")),
    (last_listed(question="reason", answered=9, remark="resubmit"),
     {"state": "returned", "question": "reason"}, ("S-026", "note")),
]  # fmt: skip


@pytest.mark.parametrize(("record", "changed", "rule"), AFTER)
def test_rule_finds_what_does_not_follow_from_the_record(record, changed, rule):
    assert rule in found(record, **changed)


@pytest.mark.parametrize(
    ("record", "changed", "rule"),
    [
        (known(cn=(said("refused"),)), {"urgency": "normal"}, "S-018"),
        (known(cn=(said("refused"), said("review", index=9))), {}, "S-018"),
        # The row's own state is newer than what its side stated before.
        (known(eu=(said("refused"),)), {}, "S-018"),
        (known(links=(link(NUMBER, "FIKTIV-5"), link(NUMBER, NUMBER))), {}, "S-024"),
        (known(matches=(MatchFact(9, 1, "not_found", ""),)), {}, "S-025"),
        (known(matches=(MatchFact(4, 1, "not_found", ""), MatchFact(6, 1, "withheld", ""),
                        MatchFact(9, 1, "not_found", ""))), {}, "S-025"),
        (known(cn=(said("review", index=12),), matches=(MatchFact(4, 1, "not_found", ""),
                                                        MatchFact(9, 1, "not_eu", ""))),
         {}, "S-025"),
        (known(cn=(replace(said("review", index=12), source="bureau"),)), {}, "S-025"),
        (last_listed(question="status", answered=9, state="review"), {}, "S-026"),
        (last_listed(question="status"), {}, "S-026"),
        (last_listed(question="reason", answered=9), {"state": "returned", "question": "reason"},
         "S-026"),
        (last_listed(question="status", answered=9, accepted_on="2026-11-02"),
         {"state": "submitted", "question": "accepted"}, "S-026"),
        (last_listed(question="accepted", answered=9, state="submitted"),
         {"state": "submitted", "question": "accepted"}, "S-026"),
        (last_listed(question="status", answered=9), {"question": None}, "S-026"),
    ],
)  # fmt: skip
def test_rule_leaves_the_neighbour_of_its_row(record, changed, rule):
    assert rule not in dict(found(record, **changed))


def test_listings_are_counted_as_the_record_has_them():
    before_ = listed("2026-11-06", 2)
    assert found(before_, first_listed="2026-11-06", times_listed=3) == []
    assert found(before_, first_listed="2026-11-06", times_listed=2) == [("S-014", "confirm")]
    assert found(before_, first_listed="2026-11-13", times_listed=3) == [("S-014", "confirm")]
    earlier = replace(before_, last=None)
    assert found(earlier, first_listed="2026-11-06", times_listed=2) == []
    assert found(earlier, first_listed="2026-11-06", times_listed=1) == [("S-014", "confirm")]


def test_number_that_skipped_a_list_is_counted_by_the_lists_before():
    lists = tuple(ListAppearance(n, f"{n:064x}", 3, "2026-11-06") for n in (3, 5, 5))
    earlier = NumberRecord(ApplicationRow(NUMBER, listed=lists), listed=True)
    assert found(earlier, first_listed="2026-11-06", times_listed=3) == []
    [finding] = list_row(row(first_listed="2026-11-06", times_listed=2), AROUND, earlier)
    assert (finding.rule, finding.facts["n"]) == ("S-014", Fact("text", "2"))


def test_state_is_dated_only_where_the_charter_opts_in_both_columns():
    alone = replace(AROUND, opted=frozenset({"state"}))
    assert found(NEW, alone, as_of=None) == []


def test_list_is_dated_by_brussels_where_beijing_is_a_day_ahead():
    evening = replace(AROUND, day=date(2026, 11, 26))
    assert found(NEW, evening, first_listed="2026-11-27") == [("S-012", "refuse")]
    assert found(NEW, evening, first_listed="2026-11-26", as_of="2026-11-27") == []
    [finding] = list_row(row(first_listed="2026-11-27"), evening, NEW)
    assert finding.facts == {
        "date": Fact("date", "2026-11-27"), "day": Fact("date", "2026-11-26"),
    }  # fmt: skip


def test_number_that_was_listed_before_is_expected_once_the_record_has_some_lists():
    for lists, grade in ((0, "note"), (FEW_LISTS - 1, "note"), (FEW_LISTS, "confirm")):
        assert found(NEW, replace(AROUND, lists=lists), times_listed=2) == [("S-013", grade)]
    assert found(NumberRecord(listed=True), replace(AROUND, lists=40), times_listed=2) == []


def test_state_after_a_withdrawal_and_a_new_filing_draws_no_question():
    filed = ClockMark("received", "2026-11-12", source="company", index=9, id=SECOND)
    again = known(eu=(said("withdrawn"),), eu_marks=(filed,))
    assert "S-057" not in dict(found(again, state="review"))
    assert "S-057" in dict(found(known(eu=(said("withdrawn"),)), state="review"))


def test_number_is_listed_once_a_week_and_once_out_of_turn():
    week = {"first_listed": "2026-11-20"}
    assert found(times_listed=3, **week) == [("S-013", "note")]
    assert found(times_listed=4, **week) == [("S-013", "confirm")]
    [finding] = list_row(row(times_listed=9, first_listed="2026-11-09"), AROUND, NEW)
    assert (finding.variant, finding.facts["weeks"]) == ("weeks", Fact("text", "2"))
    assert found(NumberRecord(listed=True), times_listed=3, **week) == []
    assert found(times_listed=3, first_listed="2026-11-28")[0] == ("S-009", "refuse")
    # One more than the record counts is no surprise, however many lists there were.
    counted = listed("2026-11-20", times=4)
    assert found(counted, times_listed=5, **week) == []
    assert found(counted, times_listed=6, **week) == [("S-013", "confirm")]


def test_production_stop_is_near_or_says_how_far():
    for day, variant in (
        ("2026-08-28", "past"), ("2026-08-29", ""), ("2027-02-25", ""), ("2027-02-26", "far"),
    ):  # fmt: skip
        findings = list_row(row(**STOP | {"stop_on": day}), AROUND, NEW)
        assert [each.variant for each in findings] == [variant][: bool(variant)]
    [finding] = list_row(row(**STOP | {"stop_on": "2027-02-26"}), AROUND, NEW)
    assert finding.facts["n"] == Fact("text", "91")


def test_urgent_row_names_the_side_whose_statement_ends_it():
    both = known(cn=(said("issued"),), eu=(said("refused"),))
    [finding] = changed_row(row(state=None, as_of=None), AROUND, both)
    assert (finding.variant, finding.facts["side"]) == ("licence", Fact("side", "cn"))
    assert finding.facts["state"] == Fact("state", "issued")
    # A decision that ends the matter goes before an approval that does not.
    [finding] = changed_row(row(state="refused"), AROUND, known(cn=(said("approved"),)))
    assert (finding.grade, finding.facts["side"]) == ("confirm", Fact("side", "eu"))
    # What the row corrects is not held against it.
    corrected = StatementRef(id=FIRST, row=None)
    assert changed_row(
        row(state=None, as_of=None, corrects=corrected), AROUND, known(eu=(said("refused"),))
    ) == ()  # fmt: skip


def test_changed_row_is_checked_for_its_urgency_and_stop_date_alone():
    wrong = row(**STOP | {"stop_on": "2026-08-01"}, as_of=None, first_listed="2027-01-01")
    assert [each.rule for each in changed_row(wrong, AROUND, NEW)] == ["S-016"]


def test_not_found_twice_names_both_answers():
    record = known(matches=(MatchFact(4, 1, "not_found", ""), MatchFact(9, 1, "not_found", "")))
    [finding] = list_row(row(), AROUND, record)
    assert finding.facts["positions"] == Fact("text", "CN-4, CN-9")


def test_findings_are_ordered_by_gravity_then_by_rule():
    rules = found(**STOP | {"stop_on": "2026-11-01"}, as_of=None, times_listed=3, state="refused")
    order = ["refuse", "confirm", "note"]
    assert rules == sorted(rules, key=lambda each: (order.index(each[1]), each[0]))
    assert {grade for _, grade in rules} == {*order}


# The rows together ----------------------------------------------------------------------


def ranked(*places: tuple[int, str, int], amended: tuple[int, ...] = ()) -> list[Finding]:
    rows = [
        row(row=number, number=f"A-{number}", rank=rank, urgency=urgency,
            stop_on="2026-12-03" if urgency == "line_stop" else None)
        for number, urgency, rank in places
    ]  # fmt: skip
    return [*list_sheet(rows, amended)]


def test_number_in_two_rows_is_refused_and_names_both():
    rows = [row(row=3), row(row=9, rank=9), row(row=4, number="B-1", rank=4)]
    [finding] = list_sheet(rows)
    assert (finding.rule, finding.grade, finding.row) == ("S-005", "refuse", 9)
    assert [finding.facts[name].value for name in ("number", "a", "b")] == [NUMBER, "3", "9"]
    [finding] = list_sheet(rows, amended=[3])
    assert finding.row == 3
    assert list_sheet(rows, amended=[4]) == ()


def test_rank_of_several_rows_is_found_once():
    [finding] = ranked((1, "urgent", 4), (2, "normal", 4), (3, "urgent", 5))
    assert (finding.rule, finding.row, finding.variant) == ("S-017", 1, "")
    assert finding.facts["rows"] == Fact("rows", "1,2")
    [finding] = ranked((1, "urgent", 4), (2, "urgent", 4), (3, "urgent", 4), amended=(3,))
    assert (finding.row, finding.facts["rows"]) == (3, Fact("rows", "1,2,3"))
    assert ranked((1, "urgent", 4), (2, "urgent", 4), (3, "urgent", 5), amended=(3,)) == []


def test_production_stop_behind_a_normal_row_is_found():
    [finding] = ranked((1, "normal", 1), (2, "line_stop", 2), (3, "normal", 3))
    assert (finding.rule, finding.row, finding.variant) == ("S-017", 2, "order")
    assert {name: fact.value for name, fact in finding.facts.items()} == {
        "n": "1", "other": "1", "row": "2",
    }  # fmt: skip
    assert ranked((1, "line_stop", 1), (2, "urgent", 2), (3, "normal", 3)) == []
    # Of an amendment, the row that moved is named.
    moved = ranked((1, "normal", 1), (2, "line_stop", 2), amended=(1,))
    assert [each.row for each in moved] == [1]
    assert ranked((1, "normal", 1), (2, "line_stop", 2), (3, "urgent", 3), amended=(3,)) == []


# Columns that stay at home --------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({"qty": "0"}, ["qty"]),
        ({"qty": "-5"}, ["qty"]),
        ({"qty": "some"}, ["qty"]),
        ({"qty": "9" * 65}, ["qty"]),
        ({"value": "0,00"}, ["value"]),
        ({"unit": "lb"}, ["unit"]),
        ({"unit": "tons"}, ["unit"]),
        ({"content_pct": "100.1"}, ["content_pct"]),
        ({"content_pct": "−1"}, ["content_pct"]),
        ({"qty_basis": "contained", "unit": "pcs"}, ["qty_basis"]),
        ({"qty_basis": "稀土含量", "unit": "件"}, ["qty_basis"]),
        ({"stock_out_on": "2026-12-04"}, ["stock_out_on"]),
        ({"qty": "0", "value": "0"}, ["qty", "value"]),
        ({}, []),
        ({"qty": "1,850.000", "value": "197 929,78", "unit": "公斤", "qty_basis": "gross"}, []),
        ({"qty": "1850.00", "unit": "T", "content_pct": "99,9 %"}, []),
        ({"qty": "1'850", "value": "1.85E+3", "content_pct": "0"}, []),
        ({"qty": "\uff11\uff12", "content_pct": "20–30"}, []),
        ({"qty_basis": "contained", "unit": "kg", "content_pct": "100"}, []),
        ({"stock_out_on": "2026-12-03"}, []),
        ({"stock_out_on": "soon"}, []),
    ],
)  # fmt: skip
def test_own_column_that_cannot_be_right_is_found(cells, wrong):
    findings = [*kept_cells(7, cells, "2026-12-03")]
    assert [each.fields[0] for each in findings] == wrong
    assert {(each.rule, each.grade, each.row) for each in findings} <= {("S-023", "confirm", 7)}
    assert all(len(each.facts["value"].value) <= 40 for each in findings)


def test_stock_that_ends_without_a_production_stop_is_left():
    assert [*kept_cells(7, {"stock_out_on": "2026-12-04"})] == []


# Control codes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1C905.a", "1C905.a"),
        ("1C905A", "1C905.a"),
        ("1c905.A", "1C905.a"),
        ("1C905-a", "1C905.a"),
        ("1C905（a）", "1C905.a"),
        ("\uff11\uff23\uff19\uff10\uff15\uff0e\uff41", "1C905.a"),
        (" 1c905 ", "1C905"),
        ("1C905.a.4", "1C905.a.4"),
        ("1C905(a)(4)", "1C905.a.4"),
        ("1E902.b", "1E902.b"),
    ],
)  # fmt: skip
def test_control_code_is_read_in_every_usual_spelling(cell, code):
    assert folded(cell) == code
    assert is_code(code)


@pytest.mark.parametrize("cell", ["1C905.a, 1C904.a", "1C905.a 1C904.a", "magnets", "1F905", "",
                                  "1C90", "1C905.aa", "1C905" + " " * 60 + "a"])  # fmt: skip
def test_cell_without_a_single_control_code_is_none(cell):
    assert folded(cell) == cell.strip()
    assert not is_code(folded(cell))


# Read by the other side -----------------------------------------------------------------


def test_date_after_its_statement_is_noted_to_the_reader_on_any_day():
    dates = {"first_listed": date(2026, 11, 27), "as_of": date(2026, 11, 28)}
    [finding] = read_row(7, dates, TODAY)
    assert (finding.rule, finding.grade, finding.row, finding.variant) == (
        "S-009",
        "note",
        7,
        "read",
    )
    assert finding.facts["stated"] == Fact("date", "2026-11-27")
    assert [*read_row(7, dates, date(2026, 11, 28))] == []


# The table ------------------------------------------------------------------------------

DATES = st.none() | st.dates(date(2024, 1, 1), date(2031, 1, 1)).map(date.isoformat)
STATES = st.sampled_from([None, *vocabularies.STATE.codes, "newer"])
ROWS = st.fixed_dictionaries(
    {
        "urgency": st.sampled_from(["normal", "urgent"]),
        "first_listed": DATES.filter(bool),
        "times_listed": st.integers(1, 99),
        "state": STATES,
        "as_of": DATES,
        "question": st.sampled_from([None, *vocabularies.QUESTION.codes, "newer"]),
        "control_code": st.sampled_from([None, "1C905", "1C905.a..", "1C905.a"]),
    }
)
STATED = st.lists(
    st.builds(said, st.sampled_from(vocabularies.STATE.codes), DATES.map(lambda day: day or "")),
    max_size=3,
).map(tuple)
MATCHED = st.lists(
    st.builds(
        MatchFact,
        st.integers(0, 30),
        st.just(1),
        st.sampled_from(vocabularies.MATCH.codes),
        st.just(""),
    ),
    max_size=3,
).map(tuple)


@given(ROWS, STATED, STATED, MATCHED)
def test_every_finding_is_of_the_table(fields, eu, cn, matches):
    for finding in list_row(row(**fields), AROUND, known(eu=eu, cn=cn, matches=matches)):
        assert finding.grade in LIST_RULES[finding.rule].grades
        assert finding.row == 7
        assert finding.fields
        assert {*finding.fields} <= {*ListRow.model_fields}


def test_state_that_steps_back_is_asked_about_unless_the_row_corrects_it():
    record = known(eu=(said("refused"),))
    row_ = {"state": "submitted", "question": "status", "urgency": "normal"}
    assert found(record, **row_) == [("S-052", "confirm")]
    assert found(record, **row_, corrects={"id": "a" * 64}) == []
    assert found(record, **row_ | {"state": "refused"}) == []
    assert found(record, **row_ | {"as_of": "2026-11-01"}) == [], "older news"
    # By their dates, what is stated now came first.
    record = known(eu=(said("review"),))
    approved = {"state": "approved", "as_of": "2026-11-01", "question": "licence"}
    [finding] = [
        each
        for each in list_row(row(**approved | {"urgency": "normal"}), AROUND, record)
        if each.grade != "note"
    ]
    assert (finding.rule, finding.variant, finding.fields) == ("S-052", "earlier", ("as_of",))


def test_every_rule_of_the_table_has_a_row_that_it_finds():
    rules = {rule for _, (rule, _) in ALONE} | {rule for _, _, (rule, _) in AFTER}
    # Of the rows together, of own columns, of Brussels' evening, of numbers alike.
    others = {"S-005", "S-006", "S-007", "S-012", "S-014", "S-017", "S-023"}
    assert rules | others == {*LIST_RULES}


def test_rule_of_several_tables_has_one_law():
    tables = (
        RETURN_RULES, LIST_RULES, STATEMENT_RULES, LICENCE_RULES, TEXT_RULES, PRIORITY_RULES,
        PROMISE_RULES, ASKING_RULES, LINK_RULES, SIDES_RULES,
    )  # fmt: skip
    assert RULES.keys() == {id_ for table in tables for id_ in table}
    for id_ in RULES:
        assert len({table[id_].law for table in tables if id_ in table}) == 1, id_
