"""Answers to a list before signing: prefilled rows, valid rows, warnings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from special_channel.core.bytes.ids import Position
from special_channel.core.entries import ReturnRow, StatementRef
from special_channel.core.rows.application_facts import CorrectionFact, MatchFact
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.core.rows.batches import ListingRow
from special_channel.core.sense.days import WorkingDays
from special_channel.desk import answers
from special_channel.desk.answers import (
    FIELDS,
    NAME_COLUMNS,
    AnswerRecord,
    correctable,
    findings,
    names_in,
    papers_asked_for,
    prefilled,
    same_as,
)
from tests.core.calendar_files import both_sides

TODAY = date(2026, 11, 24)


def listed(batch: str = "b" * 64, **answer: Any) -> ListingRow:
    return ListingRow(batch, 1, "FIKTIV-1", "normal", 1, "2026-11-20", 2, **answer)


def asserted(index: int, state: str = "approved") -> ApplicationRow:
    said = AssertedStatement(
        state, "2026-11-23", "bureau", (), "approved", "2026-11-20", index=index, id="f" * 64
    )
    return ApplicationRow("FIKTIV-1", cn=(said,))


ANSWERED = listed("a" * 64, answered=7, match="found", state="review", as_of="2026-11-17",
                  accepted_on="2026-10-23", days_used=20, missing=("contract",))  # fmt: skip


def row(**fields: Any) -> ReturnRow:
    return ReturnRow.model_validate({"row": 1, "number": "FIKTIV-1", "match": "found"} | fields)


REVIEW = {"state": "review", "as_of": "2026-11-24", "accepted_on": "2026-11-02"}
DAYS = WorkingDays(both_sides()["cn"])


def record(**known: Any) -> AnswerRecord:
    return replace(AnswerRecord({}, {}, DAYS, TODAY), **known)


def test_what_another_list_was_answered_comes_back_without_the_days_that_have_passed_since():
    made = prefilled(listed(), ANSWERED, None)
    assert made.fields == {
        "match": "found", "state": "review", "as_of": "2026-11-17", "accepted_on": "2026-10-23",
        "missing": ["contract"],
    }  # fmt: skip
    assert (made.said_in, made.here) == (Position("cn", 7), False)
    assert prefilled(ANSWERED, ANSWERED, None).here


def test_nothing_is_filled_in_where_nothing_was_stated():
    made = prefilled(listed(), None, ApplicationRow("FIKTIV-1"))
    assert (made.fields, made.said_in, made.here) == ({}, None, False)


def test_a_statement_of_the_application_alone_counts_if_it_is_newer():
    newer = prefilled(listed(), ANSWERED, asserted(9))
    assert newer.fields["state"] == "approved"
    assert newer.fields["as_of"] == "2026-11-23"
    assert newer.fields["missing"] == ["contract"]
    assert newer.said_in == Position("cn", 9)
    assert prefilled(listed(), ANSWERED, asserted(5)).fields["state"] == "review"
    assert prefilled(listed(), None, asserted(0)).fields["match"] == "found"


def test_no_change_is_the_same_words_under_another_date():
    held = prefilled(listed(), ANSWERED, None)
    said = {name: value for name, value in held.fields.items() if name != "missing"}
    again = row(**said | {"as_of": "2026-11-24", "missing": ("contract",)})
    assert same_as(again, held)
    assert not same_as(row(**said | {"missing": ()}), held)
    assert not same_as(row(**said | {"missing": ("contract",), "state": "accepted"}), held)


@pytest.mark.parametrize(
    ("fields", "remark", "rules"),
    [
        (REVIEW, "", []),
        (REVIEW | {"as_of": "2026-11-25"}, "", [("S-009", "refuse")]),
        (REVIEW | {"as_of": "2026-11-19", "accepted_on": "2026-11-20"}, "",
         [("S-044", "refuse")]),
        ({}, "", [("S-029", "note")]),
        ({"match": "withheld"}, "", []),
        (REVIEW, "已联系虚构磁材（宁波）有限公司补正", [("S-099", "confirm")]),
        (REVIEW, "Held by Fictional Łożyska Wisła sp. z o.o. now", [("S-099", "confirm")]),
        (REVIEW, "The applicant has agreed.", []),
    ],
)  # fmt: skip
def test_what_cannot_be_true_or_should_be_looked_at_is_found(fields, remark, rules):
    found = findings([row(**fields)], {1: remark}, record())
    assert [(each.rule, each.grade) for each in found] == rules


def test_correction_of_an_approval_under_a_licence_is_refused():
    wrong = asserted(9)
    corrects = {"id": "a" * 64}
    mended = replace(wrong, cn=(replace(wrong.cn[0], id="a" * 64),))
    known = record(applications={"FIKTIV-1": mended}, licensed={"FIKTIV-1": "虚构-26-00001"})
    found = findings([row(**REVIEW, corrects=corrects)], {}, known)
    assert [(each.rule, each.grade) for each in found if each.rule == "S-059"] == [
        ("S-059", "refuse")
    ]
    free = replace(known, licensed={})
    assert findings([row(**REVIEW, corrects=corrects)], {}, free) == ()
    [uncalled] = findings([row(**REVIEW)], {}, free)[:1]
    assert (uncalled.rule, uncalled.grade) == ("S-053", "refuse")


def test_a_correction_is_as_old_as_what_it_corrects():
    late = listed("a" * 64, answered=12, answer_of=4, match="not_found")
    assert prefilled(listed(), late, asserted(9)).fields["state"] == "approved"
    assert prefilled(listed(), replace(late, answer_of=10), asserted(9)).said_in == Position(
        "cn", 12
    )


def test_only_live_answers_of_cn_can_be_corrected():
    def said(index: int, source: str = "return-sheet", row: int = 0) -> AssertedStatement:
        id_ = f"{index:064x}"
        return AssertedStatement("review", "2026-11-20", source, row=row, index=index, id=id_)

    application = ApplicationRow(
        "FIKTIV-1",
        cn=(said(3, row=2), said(8, "licence"), said(9, row=1)),
        matches=(MatchFact(6, 1, "not_found", "c" * 64),),
        corrections=(CorrectionFact("cn", 9, 1, "", 3, 2),),
    )
    found = correctable(application)
    # The correction came last, in the place of the first one.
    assert [(str(each.position), each.ref.row) for each in found] == [("CN-9", 1), ("CN-6", 1)]
    assert prefilled(listed(), None, application).correctable == found
    assert correctable(None) == ()


def test_a_company_is_recognised_by_its_form_or_by_the_own_columns():
    for text, word in (
        ("Beispiel GmbH", "GmbH"),
        ("Esempio S.p.A. (fictional)", "S.p.A."),
        ("Fictional Co., Ltd.", "Co."),
        ("请虚构磁材集团说明", "虚构磁材集团"),
    ):
        assert any(word in name for name in names_in(text, ()))
    assert names_in("asked VIRTUAL MAGNETS twice", ["Virtual Magnets"]) == ("Virtual Magnets",)
    for text in ("按规定办理", "Agreed by phone", "SEE above", "No agenda", ""):
        assert names_in(text, ["", "Virtual Magnets"]) == ()


WHOLE = {
    "match": "found", "state": "refused", "as_of": "2026-11-17", "accepted_on": "2026-10-23",
    "clock": "stopped", "missing": ["contract"], "decision": "refused", "decided_on": "2026-11-16",
    "remark": "law",
}  # fmt: skip


def test_every_field_of_the_last_answer_is_filled_in():
    last = listed("a" * 64, answered=0, **WHOLE | {"missing": ("contract",)})
    made = prefilled(listed(), last, None)
    assert (made.row, made.number, made.fields) == (1, "FIKTIV-1", WHOLE)
    assert (made.said_in, made.here) == (Position("cn", 0), False)


def test_row_without_an_answer_is_not_answered_here():
    made = prefilled(listed(), listed(), None)
    assert (made.fields, made.said_in, made.here) == ({}, None, False)


def test_newer_statement_keeps_missing_items_and_remark():
    last = listed("a" * 64, answered=7, **WHOLE | {"missing": ("contract",)})
    made = prefilled(listed(), last, asserted(8))
    assert made.fields == {
        "match": "found", "state": "approved", "as_of": "2026-11-23", "decision": "approved",
        "decided_on": "2026-11-20", "missing": ["contract"], "remark": "law",
    }  # fmt: skip
    assert prefilled(listed(), last, asserted(7)).fields == WHOLE, "of the same entry"


def test_findings_come_in_order_of_gravity_and_quote_names():
    found = findings(
        [row(row=2), row(**REVIEW | {"as_of": "2026-11-25"})],
        {2: "Beispiel GmbH, Virtual Magnets"},
        record(names=("Virtual Magnets",)),
    )
    assert [(each.row, each.rule) for each in found] == [
        (1, "S-009"), (2, "S-099"), (2, "S-099"), (2, "S-029"),
    ]  # fmt: skip
    assert [each.facts["words"].value for each in found[1:3]] == [
        "Virtual Magnets",
        "Beispiel GmbH",
    ]


def test_what_is_kept_of_a_check_has_no_words_of_a_remark_and_no_names():
    """Remarks can be erased, and names of companies stay in private columns."""
    remark, names = "Secretive Words GmbH, Virtual Magnets", ("Virtual Magnets", "Undisclosed Ltd")
    rows = [row(**REVIEW | {"remark": "licence_ready"})]
    kept = answers._LAST
    first = findings(rows, {1: remark}, record(names=names))
    assert [each.rule for each in first].count("S-099") == 2
    held = repr(vars(kept))
    assert "licence_ready" in held, "the row's codes are kept"
    for words in ("Secretive", "Virtual Magnets", "Undisclosed"):
        assert words not in held
    # Kept results are of no use for other words and names.
    assert findings(rows, {1: remark}, record(names=names)) == first
    agreed = findings(rows, {1: "The applicant has agreed."}, record(names=names))
    assert "S-099" not in [each.rule for each in agreed]
    fewer = findings(rows, {1: remark}, record())
    assert [each.rule for each in fewer].count("S-099") == 1


def test_row_is_read_with_its_question_and_with_what_was_stated_before():
    asked = replace(listed(), question="reason")
    decided = record(listed={1: asked}, applications={"FIKTIV-1": asserted(4)})
    rules = [each.rule for each in findings([row(**REVIEW)], {}, decided)]
    assert rules == ["S-053", "S-052", "S-051"]
    wrong = StatementRef(id="e" * 64)
    application = asserted(4)
    known = replace(application, cn=(replace(application.cn[0], id=wrong.id),))
    mended = replace(decided, applications={"FIKTIV-1": known})
    corrected = row(**REVIEW, corrects=wrong)
    assert [each.rule for each in findings([corrected], {1: "See file."}, mended)] == []


def test_papers_that_are_asked_for_are_those_of_the_latest_statement():
    asked = replace(ANSWERED, state="supplement", missing=("contract",))
    latest = [prefilled(listed(), each, None) for each in (asked, ANSWERED)]
    assert papers_asked_for(latest[:1]) == {"FIKTIV-1": ("contract",)}
    assert papers_asked_for(latest[1:]) == {}, "examined since: another round of papers"
    new = row(state="supplement", as_of="2026-11-24", missing=("contract", "photos"))
    known = record(asked=papers_asked_for(latest[:1]))
    assert [each.rule for each in findings([new], {}, known)] == ["S-056"]


def test_names_come_once_and_those_of_own_columns_first():
    text = "Nord GmbH, virtual magnets GmbH und Nord GmbH, 虚构公司"
    assert names_in(text, ["Virtual Magnets", "Nord GmbH"]) == (
        "Virtual Magnets", "Nord GmbH", "虚构公司",
    )  # fmt: skip


def test_official_states_every_field_of_an_answer():
    assert set(FIELDS) == ReturnRow.model_fields.keys() - {
        "row", "number", "text", "days_used", "corrects",
    }  # fmt: skip
    assert FIELDS[:4] == ("match", "found_as", "state", "as_of")


@pytest.mark.parametrize("column", ["company", "eu_company", "exporter_zh", "importer", "end_user"])
def test_own_column_that_holds_names_of_companies_is_known(column):
    assert column in NAME_COLUMNS
