"""Rules for rows of return sheets: each with a row that it finds and a neighbour that it leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.bytes.ids import Party
from special_channel.core.entries import ReturnRow, StatementRef
from special_channel.core.rows.application_facts import CorrectionFact, MatchFact
from special_channel.core.rows.applications import (
    ApplicationRow,
    AssertedStatement,
    ClockFact,
    ClockMark,
)
from special_channel.core.sense import vocabularies
from special_channel.core.sense.days import working_days
from special_channel.core.sense.findings import Fact, Finding
from special_channel.core.sense.history import Before, before, uncounted_by
from special_channel.core.sense.return_case import Around
from special_channel.core.sense.return_rows import return_row
from special_channel.core.sense.return_rules import RULES
from special_channel.core.sense.stages import FINAL, KNOWN, OUT, leads_to
from special_channel.core.time.calendars import merge
from special_channel.core.time.statutory import Event
from special_channel.messages.catalogue import catalogue
from special_channel.messages.sense import said as words
from tests.core.calendar_files import both_sides

TODAY: Final = date(2026, 11, 26)
CALENDAR: Final = both_sides()["cn"]
DAYS: Final = working_days(CALENDAR)
NEW: Final = Around(TODAY, DAYS, Before("cn"))
SOUND: Final[dict[str, Any]] = {
    "row": 7,
    "number": "FIKTIV-26-0000007",
    "match": "found",
    "state": "review",
    "as_of": "2026-11-24",
    "accepted_on": "2026-11-02",
    "clock": "runs",
    "days_used": 16,
}
FIRST, SECOND = "a" * 64, "b" * 64


def row(**changed: Any) -> ReturnRow:
    fields = {name: value for name, value in (SOUND | changed).items() if value is not None}
    return ReturnRow.model_validate(fields | {"missing": tuple(fields.get("missing", ()))})


def said(state: str, as_of: str, id_: str = FIRST, **more: Any) -> AssertedStatement:
    return AssertedStatement(state, as_of, "return-sheet", index=4, id=id_, **more)


def after(*statements: AssertedStatement, accepted_on: str = "2026-11-02") -> Around:
    return replace(NEW, own=Before("cn", statements, accepted_on))


def found(around: Around = NEW, /, **changed: Any) -> list[tuple[str, str]]:
    return [(each.rule, each.grade) for each in return_row(row(**changed), around)]


BARE: Final = dict.fromkeys(("as_of", "accepted_on", "clock", "days_used", "state"))
DECIDED: Final[dict[str, Any]] = {
    "state": "approved",
    "decision": "approved",
    "decided_on": "2026-11-23",
    "clock": "stopped",
    "days_used": 15,
}


def test_sound_rows_have_no_finding():
    assert found() == []
    assert found(**DECIDED) == []
    assert found(state="supplement", missing=["contract"], accepted_on=None, clock="not_started",
                 days_used=None) == []  # fmt: skip
    assert found(state="expert", clock="not_counted", days_used=4) == []
    assert found(**BARE, match="not_found") == []
    assert found(after(said("accepted", "2026-11-10"))) == []


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"state": "consented"}, ("S-001", "refuse")),
        ({"clock": "ticks"}, ("S-001", "refuse")),
        ({"missing": ["contract", "passport"]}, ("S-001", "refuse")),
        ({"remark": "none"}, ("S-001", "refuse")),
        ({"as_of": "2026-11-27", "days_used": None}, ("S-009", "refuse")),
        ({"accepted_on": "2025-04-03", "days_used": None, "clock": "not_counted"},
         ("S-010", "confirm")),
        ({"match": "withheld"}, ("S-027", "refuse")),
        ({"match": "duplicate"}, ("S-028", "confirm")),
        ({**BARE}, ("S-029", "note")),
        ({"as_of": None, "days_used": None}, ("S-031", "refuse")),
        ({"decision": "approved"}, ("S-032", "refuse")),
        ({**DECIDED, "decision": "refused"}, ("S-033", "refuse")),
        ({**DECIDED, "state": "refused", "remark": "law"}, ("S-033", "refuse")),
        ({"decided_on": "2026-11-23"}, ("S-034", "refuse")),
        ({**DECIDED, "decided_on": None}, ("S-035", "confirm")),
        ({"state": "supplement", "accepted_on": None, "clock": "not_started", "days_used": None},
         ("S-036", "refuse")),
        ({"missing": ["contract"]}, ("S-037", "confirm")),
        ({"state": "supplement", "missing": ["other"], "accepted_on": None,
          "clock": "not_started", "days_used": None}, ("S-038", "confirm")),
        ({"state": "provincial", "clock": "not_started"}, ("S-039", "refuse")),
        ({"state": "supplement", "missing": ["contract"], "clock": "not_started"},
         ("S-039", "confirm")),
        ({"accepted_on": None, "days_used": None}, ("S-040", "note")),
        ({**DECIDED, "state": "refused", "decision": "refused"}, ("S-041", "note")),
        ({"state": "returned", "clock": "stopped"}, ("S-042", "confirm")),
        ({"remark": "typo"}, ("S-043", "confirm")),
        ({"remark": "council_referred"}, ("S-043", "confirm")),
        ({"remark": "accepted_again", "accepted_on": None, "days_used": None},
         ("S-043", "confirm")),
        ({"accepted_on": "2026-11-25", "days_used": None}, ("S-044", "refuse")),
        ({**DECIDED, "accepted_on": "2026-11-24", "days_used": None}, ("S-045", "refuse")),
        ({"accepted_on": "2026-11-01", "days_used": 16}, ("S-046", "confirm")),
        ({"clock": "not_started"}, ("S-048", "refuse")),
        ({"clock": "no_limit", "days_used": 4}, ("S-048", "confirm")),
        ({"days_used": 23}, ("S-049", "refuse")),
        ({"days_used": 17}, ("S-049", "note")),
        ({"days_used": 19}, ("S-049", "confirm")),
        ({"days_used": 4}, ("S-049", "confirm")),
        ({"state": "submitted", "accepted_on": None, "clock": "not_started", "days_used": 3},
         ("S-049", "refuse")),
        ({"accepted_on": "2026-08-03", "days_used": None}, ("S-050", "note")),
    ],
)  # fmt: skip
def test_rule_finds_its_row(changed, rule):
    assert rule in found(**changed)


@pytest.mark.parametrize(
    ("around", "changed", "rule"),
    [
        (after(said("review", "2026-11-10")), {**BARE, "match": "not_found"},
         ("S-030", "confirm")),
        (after(said("review", "2026-11-25")), {}, ("S-047", "confirm")),
        (after(said("review", "2026-11-10")),
         {"state": "submitted", "accepted_on": None, "clock": "not_started", "days_used": None},
         ("S-052", "confirm")),
        (after(said("approved", "2026-11-10", decision="approved")), {}, ("S-053", "refuse")),
        (after(said("approved", "2026-11-23", decision="approved", decided_on="2026-11-23")),
         {**DECIDED, "state": "refused", "decision": "refused", "remark": "law"},
         ("S-054", "refuse")),
        (after(said("approved", "2026-11-23", decision="approved", decided_on="2026-11-20")),
         DECIDED, ("S-054", "refuse")),
        (after(said("review", "2026-11-10"), accepted_on="2026-11-03"), {}, ("S-055", "confirm")),
        (after(said("withdrawn", "2026-10-30")), {}, ("S-057", "confirm")),
        (after(said("withdrawn", "2026-11-10")), {}, ("S-057", "confirm")),
        (after(said("withdrawn", "2026-11-10")), DECIDED, ("S-057", "confirm")),
    ],
)  # fmt: skip
def test_rule_finds_what_does_not_follow_from_before(around, changed, rule):
    assert rule in found(around, **changed)


def past(*statements: AssertedStatement) -> Around:
    """CN's statements with the acts that they imply."""
    row_ = ApplicationRow("FIKTIV-26-0000007", cn=statements)
    return replace(NEW, own=before(row_, "cn"))


def test_statement_older_than_any_own_one_is_asked_about():
    late = said("submitted", "2026-11-02", SECOND)
    around = after(said("review", "2026-11-20"), late)
    older = ("S-047", "confirm")
    assert older in found(around, as_of="2026-11-13", days_used=9), "older than the one before last"
    assert found(around) == [], "review goes on, whatever was heard late"
    assert found(after(said("review", "2026-11-20"), said("review", "")), days_used=16) == []


@pytest.mark.parametrize(
    ("before_", "changed", "asked"),
    [
        ([said("review", "2026-11-24")], DECIDED, True),
        ([said("review", "2026-11-23")], DECIDED, False),
        ([said("submitted", "2026-11-24")], DECIDED, True),
        ([said("submitted", "2026-11-03")], {}, True),
        ([said("supplement", "2026-11-24")], {"as_of": "2026-11-25", "days_used": 17}, True),
        ([said("submitted", "2026-11-02")], {}, False),
        # An end in between, or an end before: of another round.
        ([said("returned", "2026-11-03"), said("submitted", "2026-11-05")], {}, False),
        ([said("withdrawn", "2026-11-23"), said("review", "2026-11-24")], DECIDED, False),
        # Stated before: it was asked about then.
        ([said("review", "2026-11-16", clock=(ClockFact("accepted", "2026-11-02"),)),
          said("submitted", "2026-11-20")], {}, False),
    ],
)  # fmt: skip
def test_date_before_an_earlier_stage_of_a_later_day_is_asked_about(before_, changed, asked):
    late = [each for each in return_row(row(**{"as_of": "2026-11-25", "days_used": None} | changed),
                                        past(*before_)) if each.rule == "S-047"]  # fmt: skip
    assert [(each.grade, each.variant) for each in late] == [("confirm", "date")] * asked


def test_date_that_a_correction_states_is_its_own_answer():
    around = past(said("review", "2026-11-24"))
    corrects = replace(around, own=replace(around.own, correction="fits"))
    assert ("S-047", "confirm") in found(around, **DECIDED, as_of="2026-11-25")
    assert ("S-047", "confirm") not in found(corrects, **DECIDED, as_of="2026-11-25")


def test_decision_before_the_acceptance_that_was_stated_is_refused():
    accepted = said("review", "2026-11-20", clock=(ClockFact("accepted", "2026-11-16"),))
    early = DECIDED | {"decided_on": "2026-11-13", "accepted_on": None, "days_used": None}
    assert ("S-045", "refuse") in found(past(accepted), **early)
    assert ("S-045", "refuse") not in found(past(accepted), **early | {"decided_on": "2026-11-16"})
    # A round before ended with a return or a decision: the decision can be that of the round.
    for first in ("returned", "refused"):
        ended = said(first, "2026-11-13", SECOND)
        assert ("S-045", "refuse") not in found(past(ended, accepted), **early)


def test_paper_that_the_first_request_did_not_name_is_asked_about():
    asked = replace(NEW, asked=("contract",))
    state = {**BARE, "state": "supplement", "as_of": "2026-11-24"}
    new = return_row(row(**state, missing=["contract", "photos"]), asked)
    assert [(each.rule, each.grade) for each in new] == [("S-056", "confirm")]
    assert new[0].facts["items"] == Fact("missing", "photos")
    for around, missing in ((asked, ["contract"]), (NEW, ["contract", "photos"])):
        assert found(around, **state, missing=missing) == []
    corrects = replace(asked, own=replace(asked.own, correction="fits"))
    assert found(corrects, **state, missing=["photos"]) == [], "the correction says so itself"


def test_expected_end_that_passed_without_another_is_noted():
    def paused(until: str, today: str = "2026-11-26") -> Around:
        clock = (
            ClockFact("accepted", "2026-08-03"),
            ClockFact("uncounted", "2026-09-01", "test", until),
        )
        stated = said("expert", "2026-09-01", clock=clock)
        own = before(ApplicationRow("FIKTIV-26-0000007", cn=(stated,)), "cn")
        return replace(NEW, own=own, today=date.fromisoformat(today))

    state = {"state": "expert", "clock": "not_counted", "accepted_on": None, "days_used": None}
    assert found(paused("2026-11-11"), **state) == [("S-060", "note")], "eleven working days"
    assert found(paused("2026-11-12"), **state) == []
    assert found(paused("2026-11-11"), accepted_on=None, days_used=None) == [], "counted again"
    assert found(paused(""), **state) == []
    assert found(paused("2028-12-29", "2029-01-20"), **state) == [], "no calendar"
    again = paused("2026-11-11")
    counted = Event("counted", date(2026, 10, 12))
    again = replace(again, own=replace(again.own, course=(*again.own.course, counted)))
    assert found(again, **state) == [], "that pause ended"


def marked(*acts: tuple[str, str, str], matches: tuple[MatchFact, ...] = ()) -> Around:
    marks = tuple(
        ClockMark(act, on, basis, source="bureau", index=n, id=FIRST)  # type: ignore[arg-type]
        for n, (act, on, basis) in enumerate(acts)
    )
    row_ = ApplicationRow("FIKTIV-26-0000007", cn_marks=marks, matches=matches)
    return replace(NEW, own=before(row_, "cn"))


ACCEPTED: Final = ("accepted", "2026-08-03", "")
AUGUST: Final[dict[str, Any]] = {"accepted_on": "2026-08-03", "days_used": None}


def test_decision_follows_from_an_end_that_an_act_alone_states():
    decided = DECIDED | AUGUST
    for end in ("withdrawn", "returned"):
        around = marked(ACCEPTED, (end, "2026-11-10", ""))
        assert ("S-068", "confirm") in found(around, **decided)
        again = decided | {"accepted_on": "2026-11-16"}
        assert ("S-068", "confirm") not in found(around, **again), "accepted again"
    around = marked(ACCEPTED, ("decided", "2026-11-10", ""))
    assert ("S-054", "refuse") in found(around, **decided)
    same = decided | {"decided_on": "2026-11-10"}
    assert ("S-054", "refuse") not in found(around, **same)
    assert found(marked(ACCEPTED), **decided) == [("S-050", "note")]


def test_decision_before_an_end_that_an_act_states_is_not_said_to_come_after_it():
    def variants(around: Around, on: str) -> list[str]:
        read = return_row(row(**DECIDED | AUGUST | {"decided_on": on}), around)
        return [each.variant for each in read if each.rule == "S-068"]

    returned = marked(ACCEPTED, ("returned", "2026-11-10", ""))
    assert variants(returned, "2026-11-06") == ["ended"]
    assert variants(returned, "2026-11-10") == ["ended"]
    assert variants(returned, "2026-11-11") == ["after"]
    withdrawn = marked(ACCEPTED, ("withdrawn", "2026-11-10", ""))
    assert variants(withdrawn, "2026-11-06") == [], "an applicant can withdraw after a decision"
    assert variants(withdrawn, "2026-11-11") == ["after"]
    [found_] = [
        each
        for each in return_row(row(**DECIDED | AUGUST | {"decided_on": "2026-11-06"}), returned)
        if each.rule == "S-068"
    ]
    assert "“decided” on 6 Nov 2026" in words(catalogue("en"), found_)
    assert "“sent back” on 10 Nov 2026" in words(catalogue("en"), found_)
    assert "2026年11月10日“退回”" in words(catalogue("zh-CN"), found_)


def test_decision_that_was_stated_before_a_withdrawal_is_repeated_without_a_question():
    approved = said(
        "approved", "2026-11-10", clock=(ClockFact("accepted", "2026-11-02"),),
        decision="approved", decided_on="2026-11-10",
    )  # fmt: skip
    mark = ClockMark("withdrawn", "2026-11-18", source="bureau", index=7, id=SECOND)
    row_ = ApplicationRow("FIKTIV-26-0000007", cn=(approved,), cn_marks=(mark,))
    around = replace(NEW, own=before(row_, "cn"))
    again = DECIDED | {"decided_on": "2026-11-10", "days_used": None}
    assert found(around, **again) == []
    # The acceptance stands in the record, and days used are held against it.
    again |= {"accepted_on": None}
    assert "S-040" not in dict(found(around, **again))
    assert ("S-049", "refuse") in found(around, **again | {"days_used": 300})


def test_time_not_counted_in_an_earlier_round_explains_no_long_one():
    """It silenced the note on more than 45 working days of a later acceptance."""
    earlier = (
        ("accepted", "2026-03-02", ""), ("uncounted", "2026-03-09", "expert_opinion"),
        ("returned", "2026-04-01", ""),
    )  # fmt: skip
    long = AUGUST | {"as_of": "2026-11-18"}
    assert ("S-050", "note") in found(marked(*earlier, ACCEPTED), **long)
    assert ("S-050", "note") in found(marked(*earlier), **long)
    paused = ("uncounted", "2026-08-10", "expert_opinion")
    assert "S-050" not in dict(found(marked(*earlier, ACCEPTED, paused), **long))


@pytest.mark.parametrize(("index", "stated"), [
    (2, False), (3, True), (4, True), (5, False), (6, True),
])  # fmt: skip
def test_time_not_counted_is_stated_of_the_round_of_an_entry(index, stated):
    acts = (
        ("accepted", "2026-03-02"), ("uncounted", "2026-03-09"), ("returned", "2026-04-01"),
        ("accepted", "2026-06-01"), ("council", "2026-06-08"),
    )  # fmt: skip
    marks = tuple(
        ClockMark(act, on, source="bureau", index=place, id=SECOND)  # type: ignore[arg-type]
        for place, (act, on) in enumerate(acts, 2)
    )
    row_ = ApplicationRow("FIKTIV-26-0000007", cn_marks=marks)
    assert uncounted_by(row_, "cn", index) == stated


def test_time_not_counted_is_stated_without_an_acceptance():
    mark = ClockMark("uncounted", "2026-03-09", source="bureau", index=2, id=SECOND)
    assert uncounted_by(ApplicationRow("FIKTIV-26-0000007", cn_marks=(mark,)), "cn", 2)


def test_end_that_is_stated_again_keeps_the_acceptance_of_its_round():
    ended = said("returned", "2026-11-18", clock=(ClockFact("accepted", "2026-11-02"),))
    row_ = ApplicationRow("FIKTIV-26-0000007", cn=(ended,))
    around = replace(NEW, own=before(row_, "cn"))
    again: dict[str, Any] = {
        "state": "returned", "as_of": "2026-11-18", "accepted_on": None, "clock": "stopped",
    }  # fmt: skip
    assert ("S-049", "refuse") in found(around, **again, days_used=40)


def test_decision_after_a_withdrawal_and_a_new_filing_draws_no_question():
    withdrawn = said("withdrawn", "2026-08-03")
    marks = (
        ClockMark("received", "2026-08-20", source="bureau", index=7, id=SECOND),
        ClockMark("accepted", "2026-08-26", source="bureau", index=8, id=SECOND),
    )
    row_ = ApplicationRow("FIKTIV-26-0000007", cn=(withdrawn,), cn_marks=marks)
    decided = DECIDED | {"decided_on": "2026-10-12", "accepted_on": None, "days_used": None}
    assert "S-057" not in dict(found(replace(NEW, own=before(row_, "cn")), **decided))
    accepted = decided | {"accepted_on": "2026-08-26"}
    assert "S-057" not in dict(found(replace(NEW, own=before(row_, "cn")), **accepted))
    alone = ApplicationRow("FIKTIV-26-0000007", cn=(withdrawn,))
    asked = found(replace(NEW, own=before(alone, "cn")), **decided)
    assert ("S-057", "confirm") in asked


def test_older_news_after_a_withdrawal_draws_one_question():
    approved = said("approved", "2026-11-10", decision="approved", decided_on="2026-11-10")
    around = after(approved, said("withdrawn", "2026-11-18", SECOND))
    older = DECIDED | {"as_of": "2026-11-10", "decided_on": "2026-11-10", "days_used": 6}
    rules = [rule for rule, _ in found(around, **older)]
    assert "S-047" in rules
    assert "S-057" not in rules


def test_customs_query_ends_no_count_without_a_decision():
    query = AUGUST | {"state": "customs_query", "clock": "runs", "days_used": 5}
    assert {("S-049", "confirm"), ("S-050", "note")} <= {*found(marked(ACCEPTED), **query)}


def test_days_beyond_the_limit_are_noted_beside_the_time_stated_as_not_counted():
    pause = ("uncounted", "2026-09-01", "test"), ("counted", "2026-09-08", "")
    review = AUGUST | {"clock": "runs"}
    assert found(marked(ACCEPTED, *pause), **review) == [("S-050", "note")]
    long = ("uncounted", "2026-09-01", "test"), ("counted", "2026-11-10", "")
    assert found(marked(ACCEPTED, *long), **review) == []
    late = (("uncounted", "2026-11-10", "expert_opinion"),)
    expert = {"state": "expert", "clock": "not_counted", "accepted_on": None, "days_used": None}
    assert found(marked(ACCEPTED, *late), **expert) == [("S-050", "note")]
    assert found(marked(ACCEPTED, *pause), **expert) == [], "not counted, and not said since when"
    council = (("council", "2026-08-10", ""),)
    assert found(marked(ACCEPTED, *council), state="council", clock="no_limit",
                 accepted_on=None, days_used=None) == []  # fmt: skip
    other = review | {"accepted_on": "2026-08-05"}
    assert ("S-050", "note") not in found(marked(ACCEPTED, *pause), **other)
    never = found(marked(ACCEPTED, *pause), **review | {"as_of": "9999-12-31"})
    assert ("S-009", "refuse") in never
    assert ("S-050", "note") not in never, "that day has not come"
    filed = (("received", "9999-12-30", ""), ("uncounted", "9999-12-31", "test"))
    own = {"accepted_on": None, "days_used": None, "as_of": "9999-12-31"}
    assert ("S-009", "refuse") in found(marked(*filed), **expert | own)


ROUND: Final = said("review", "2026-02-06", clock=(ClockFact("accepted", "2026-02-02"),))
RETURNED: Final = said("returned", "2026-03-02", SECOND)
PAUSED: Final = said(
    "review",
    "2026-02-27",
    clock=(
        ClockFact("accepted", "2026-02-02"),
        ClockFact("uncounted", "2026-02-09", "test"),
        ClockFact("counted", "2026-02-12"),
    ),
)
UNDATED: Final = said("approved", "2026-03-20", SECOND, decision="approved")
LATE: Final[dict[str, Any]] = {
    "as_of": "2026-11-20", "accepted_on": None, "clock": None, "days_used": None,
}  # fmt: skip


@pytest.mark.parametrize("first", [ROUND, PAUSED])
@pytest.mark.parametrize(
    ("then", "changed"),
    [
        (RETURNED, {"state": "submitted"}),
        (RETURNED, {"state": "supplement", "missing": ["contract"]}),
        (RETURNED, {"state": "accepted"}),
        (RETURNED, {"state": "review", "accepted_on": "2026-02-02"}),
        (RETURNED, {"state": "approved", "decision": "approved", "decided_on": "2026-11-18"}),
        (UNDATED, {"state": "issued"}),
        (UNDATED, {"state": "customs_query"}),
    ],
)
def test_no_day_is_counted_from_a_round_that_ended_nor_past_a_decision(first, then, changed):
    rules = dict(found(past(first, then), **LATE | changed))
    assert "S-050" not in rules


def test_acceptance_of_a_round_that_ended_is_none_of_the_next():
    again = {**LATE, "state": "accepted"}
    assert found(past(ROUND, RETURNED), **again) == [("S-040", "note")]
    assert found(past(ROUND), **again) == [("S-050", "note")]
    submitted = {**LATE, "state": "submitted", "days_used": 3}
    assert found(past(ROUND, RETURNED), **submitted) == [("S-049", "refuse")], "no acceptance"


def test_decision_of_an_unknown_day_ends_the_count_of_days():
    used = {**LATE, "state": "used", "accepted_on": "2026-02-02"}
    assert found(**used) == [("S-035", "confirm")]
    assert found(**used | {"days_used": 30}) == [("S-035", "confirm")], (
        "fewer days than to this date"
    )
    assert ("S-049", "confirm") in found(**used | {"days_used": 230}), "more days than to this date"
    assert ("S-050", "note") in found(**used | {"decided_on": "2026-05-20"})
    marked_ = marked(("accepted", "2026-02-02", ""), ("decided", "2026-05-20", ""))
    assert ("S-050", "note") in found(marked_, **used), "the act states the day"


REVOKED: Final = AssertedStatement("review", "2026-11-18", "revocation", index=9, id=SECOND)
APPROVED: Final = said(
    "approved", "2026-09-30", clock=(ClockFact("accepted", "2026-08-03"),), decision="approved",
    decided_on="2026-09-30",
)  # fmt: skip


def test_time_in_which_a_revoked_decision_stood_is_not_counted():
    stood = past(APPROVED, REVOKED)
    weekly = {**LATE, "state": "review", "as_of": "2026-11-25"}
    assert found(stood, **weekly) == []
    assert found(stood, **weekly | {"days_used": 42}) == []
    anew = DECIDED | {"accepted_on": None, "days_used": None}
    assert ("S-050", "note") not in found(stood, **anew)
    refused = replace(REVOKED, state="refused", decision="refused", decided_on="2026-11-18")
    assert ("S-050", "note") not in found(past(APPROVED, refused), **weekly | {"state": "refused"})
    # By the acts alone.
    acts = marked(ACCEPTED, ("uncounted", "2026-08-06", "test"), ("counted", "2026-08-07", ""),
                  ("decided", "2026-09-30", ""))  # fmt: skip
    assert ("S-050", "note") not in found(acts, **weekly)
    later = {**weekly, "accepted_on": "2026-11-19", "days_used": 4}
    assert ("S-049", "confirm") not in found(stood, **later)
    assert ("S-049", "confirm") in found(stood, **later | {"days_used": 0}), "a round of its own"


def test_days_are_not_used_once_time_is_stated_as_not_counted():
    """S-049: also where as many days are stated as lie between acceptance and statement."""
    accepted, paused = ("accepted", "2026-11-02", ""), ("uncounted", "2026-11-10", "test")
    stands = {"state": "expert", "clock": "not_counted"}
    [finding] = return_row(row(**stands), marked(accepted, paused))
    assert (finding.rule, finding.grade, finding.variant) == ("S-049", "confirm", "paused")
    assert words(catalogue("en"), finding) == (
        "16 days used; by China’s calendar 6 from 2 Nov 2026 to 10 Nov 2026; time from that day on"
        " is stated as not counted. (Dual-Use Items Regulations, Art. 17, to be checked)"
    )
    for used in (0, 4, 6, 8):
        assert found(marked(accepted, paused), **stands, days_used=used) == [], used
    assert found(marked(accepted, ("uncounted", "2026-11-10", "")), **stands) == []
    assert found(marked(accepted), **stands) == []
    again = ("counted", "2026-11-12", "")
    assert ("S-049", "confirm") not in found(marked(accepted, paused, again), **stands)
    assert ("S-049", "confirm") not in found(marked(accepted, paused))
    assert ("S-049", "confirm") not in found(
        marked(accepted, paused), **stands, as_of="2026-11-06", days_used=4
    )
    before_ = marked(("uncounted", "2026-10-20", "test"))
    assert ("S-049", "confirm") not in found(before_, **stands), "of another round"


def test_pause_is_over_once_time_is_counted_again_or_the_round_ends():
    """S-049, on the same day as well: acts of one day are in the order of the procedure."""
    accepted, paused = ("accepted", "2026-11-02", ""), ("uncounted", "2026-11-10", "test")
    stands = {"state": "expert", "clock": "not_counted"}
    resumed = marked(accepted, paused, ("counted", "2026-11-10", ""))
    assert [each.act for each in resumed.own.course] == ["accepted", "counted", "uncounted"]
    assert found(resumed, **stands) == []
    mark = ClockMark("uncounted", "2026-11-10", "test", source="bureau", index=2, id=FIRST)
    sheet = AssertedStatement(
        "review", "2026-11-10", "return-sheet", index=4, id=SECOND, row=7, clock=()
    )
    sheets = ApplicationRow("FIKTIV-26-0000007", cn=(sheet,), cn_marks=(mark,))
    assert found(replace(NEW, own=before(sheets, "cn")), **stands) == []
    for end in ("decided", "returned", "withdrawn", "not_accepted"):
        for on in ("2026-11-10", "2026-11-16"):
            rules = found(marked(accepted, paused, (end, on, "")), **stands)
            assert ("S-049", "confirm") not in rules, (end, on)
    assert found(marked(accepted, paused, ("decided", "2026-11-16", "")), **stands) == []


def test_papers_are_answered_within_five_days_or_count_as_accepted():
    received = marked(("received", "2026-11-02", ""))
    waiting = {"state": "submitted", "accepted_on": None, "clock": "not_started", "days_used": None}
    assert found(received, **waiting) == [("S-069", "note")]
    assert found(received, **waiting | {"as_of": "2026-11-09"}) == [], "five days"
    asked = waiting | {"state": "supplement", "missing": ["contract"]}
    assert ("S-069", "note") in found(received, **asked)
    named = marked(("received", "2026-11-02", ""), ("supplement", "2026-11-04", ""))
    assert ("S-069", "note") not in found(named, **asked)
    assert ("S-069", "note") not in found(received, state="review", days_used=None)


def test_days_used_beyond_the_limit_are_noted_where_a_round_ends():
    around = marked(("accepted", "2026-08-05", ""))
    back = {"state": "returned", "clock": "stopped", "accepted_on": "2026-08-05"}
    assert ("S-050", "note") in found(around, **back, days_used=55)
    assert ("S-050", "note") not in found(around, **back, days_used=45)


def test_row_has_one_number_of_days_beyond_the_limit():
    pause = ("uncounted", "2026-08-10", "test"), ("counted", "2026-08-13", "")
    around = marked(ACCEPTED, *pause)
    back = AUGUST | {"state": "returned", "clock": "stopped", "remark": "resubmit"}

    def variants(**changed: Any) -> list[str]:
        read = return_row(row(**back | changed), around)
        return [each.variant for each in read if each.rule == "S-050"]

    assert variants(days_used=70) == ["counted"]
    assert variants(days_used=70, as_of="2026-09-01") == ["used"]


def test_reference_is_one_number_unless_it_is_corrected():
    reference: dict[str, Any] = dict(BARE, number="REF:EU-1", found_as="FIKTIV-26-0000009")
    first = MatchFact(4, 7, "found", FIRST, "FIKTIV-26-0000008")
    around = marked(matches=(first,))
    assert found(around, **reference) == [("S-101", "confirm")]
    assert found(around, **reference | {"found_as": first.found_as}) == []
    assert found(marked(matches=(replace(first, found_as=""),)), **reference) == []
    own = before(ApplicationRow("REF:EU-1", matches=(first,)), "cn", StatementRef(id=FIRST, row=7))
    assert own.found_as == ""


def test_date_of_acceptance_that_was_stated_before_counts():
    around = after(said("review", "2026-11-10"))
    assert found(around, accepted_on=None) == []
    assert found(around, **DECIDED | {"accepted_on": None}) == []
    # A date of decision as well.
    earlier = after(said("approved", "2026-11-23", decision="approved", decided_on="2026-11-23"))
    assert found(earlier, **DECIDED | {"decided_on": None}) == []
    assert found(earlier, **DECIDED | {"decision": None, "state": "issued"}) == []


def test_customs_query_says_nothing_of_a_decision():
    earlier = after(said("issued", "2026-11-20", decision="approved", decided_on="2026-11-20"))
    changed = {"state": "customs_query", "clock": None, "days_used": None}
    assert found(earlier, **changed) == []
    assert found(replace(earlier, own=Before("cn")), **changed, decision="approved") == []


def test_state_of_a_newer_peer_is_outside_every_rule_of_the_procedure():
    assert found(state="paused-by-court", days_used=None) == [("S-001", "refuse")], "our own row"
    assert found(after(said("paused-by-court", "2026-11-10"))) == []


def test_decision_is_over_once_a_state_before_one_was_stated_since():
    decided = said("refused", "2026-10-20", decision="refused", decided_on="2026-10-20")
    again = said("accepted", "2026-11-02", SECOND)
    assert Before("cn", (decided, again)).decided is None
    assert Before("cn", (decided, said("refused", "2026-10-22", SECOND))).decided == decided
    assert Before("cn", (said("issued", "2026-10-22"),)).decided is None
    assert found(after(decided, again)) == []


@pytest.mark.parametrize(
    ("question", "answered", "open_"),
    [
        ("status", {}, {**BARE}),
        ("accepted", {}, {**BARE, "state": "review", "as_of": "2026-11-24"}),
        ("missing", {}, {**BARE, "state": "returned", "as_of": "2026-11-24"}),
        ("reason", {"remark": "consulting"}, {}),
        ("decision", {}, {**BARE, "state": "supplement", "as_of": "2026-11-24"}),
        ("licence", {**DECIDED, "state": "issued"}, DECIDED),
        ("until", {}, {"state": "expert", "clock": "not_counted"}),
        ("number", {}, None),
        ("a-newer-question", {}, None),
    ],
)
def test_question_of_the_list_is_answered_or_named(question, answered, open_):
    around = replace(NEW, question=question)
    assert ("S-051", "note") not in found(around, **answered)
    if open_ is not None:
        assert ("S-051", "note") in found(around, **open_)
    assert ("S-051", "note") not in found(around, **BARE, match="not_ours")
    assert ("S-051", "note") not in found(around, **{**(open_ or {}), "remark": "law"})


def test_free_remark_explains_as_a_code_does():
    told = replace(NEW, remark=True)
    for rule, changed in (
        ("S-041", {**DECIDED, "state": "refused", "decision": "refused"}),
        ("S-042", {"state": "returned", "clock": "stopped"}),
    ):
        assert rule in dict(found(**changed))
        assert rule not in dict(found(told, **changed))


def test_no_days_used_before_acceptance_are_sound():
    changed = {"state": "submitted", "accepted_on": None, "clock": "not_started"}
    assert found(**changed, days_used=0) == found(**changed, days_used=None) == []


def test_days_used_without_an_acceptance_have_a_sentence_without_dates():
    changed = {"state": "submitted", "accepted_on": None, "clock": "not_started", "days_used": 3}
    [finding] = return_row(row(**changed), NEW)
    assert (finding.rule, finding.grade, finding.variant) == ("S-049", "refuse", "unaccepted")
    for lang in ("en", "zh-CN"):
        sentence = words(catalogue(lang), finding)
        assert "3" in sentence
        assert "–" not in sentence


def test_days_that_are_not_counted_make_fewer_days_used_and_never_more():
    pauses: list[dict[str, Any]] = [
        {"clock": "not_counted"},
        {"state": "council", "clock": "no_limit"},
    ]
    for changed in pauses:
        assert found(**changed, days_used=3) == []
        assert ("S-049", "note") in found(**changed, days_used=18)


def test_days_are_not_counted_past_an_end_whose_day_is_not_stated():
    changed = {"state": "returned", "clock": "stopped", "remark": "resubmit"}
    assert found(**changed, accepted_on="2026-03-02", days_used=21) == []
    assert found(**changed, accepted_on="2026-03-02", days_used=None) == []


def test_time_that_was_stated_before_as_not_counted_is_not_held_against_the_day():
    clock = (ClockFact("accepted", "2026-08-03"), ClockFact("uncounted", "2026-09-01", "test"))
    stated = said("expert", "2026-09-01", clock=clock)
    own = before(ApplicationRow("FIKTIV-26-0000007", cn=(stated,)), "cn")
    around = replace(NEW, own=own)
    assert found(around, accepted_on=None, days_used=None) == []
    assert found(around, accepted_on=None, days_used=20) == []


def test_row_past_the_calendars_is_not_counted():
    around = replace(NEW, today=date(2029, 1, 1))
    assert found(around, accepted_on="2028-10-02", as_of="2028-12-04", days_used=60) == []
    assert DAYS.between(date(2026, 11, 2), date(2030, 1, 1)) is None
    assert DAYS.between(date(2026, 11, 24), date(2026, 11, 2)) is None
    assert DAYS.between(date(2025, 1, 2), date(2026, 11, 2)) is None
    assert not DAYS.closed(date(2030, 1, 5))


def test_days_of_a_calendar_are_counted_once():
    days = working_days(CALENDAR)
    assert working_days(CALENDAR) is days
    assert working_days(merge(CALENDAR.releases)) is not days, "another one, as after an adoption"


def test_finding_names_row_fields_and_facts():
    [finding] = return_row(row(decision="approved"), NEW)
    facts = {"decision": Fact("decision", "approved"), "state": Fact("state", "review")}
    assert finding == Finding("S-032", "refuse", 7, ("state", "decision"), facts)


def test_word_that_is_none_is_named_beside_its_field():
    [finding] = [each for each in return_row(row(missing=["zap"]), NEW) if each.rule == "S-001"]
    sentence = words(catalogue("zh-CN"), finding)
    assert sentence.startswith("“zap”不能填入“缺少材料”。可填：")


def test_findings_are_ordered_by_gravity_then_by_rule():
    rules = found(match="withheld", missing=["contract"], remark="typo", decision="approved")
    order = ["refuse", "confirm", "note"]
    assert rules == sorted(rules, key=lambda each: (order.index(each[1]), each[0]))
    assert len({grade for _, grade in rules}) > 1


def test_corrected_statement_is_not_among_those_before():
    wrong = said("approved", "2026-11-20", decision="approved", decided_on="2026-11-20", row=3)
    application = ApplicationRow(
        "FIKTIV-26-0000007",
        eu=(said("review", "2026-11-01"),),
        cn=(said("review", "2026-11-10", SECOND, clock=(ClockFact("accepted", "2026-11-02"),)),
            wrong),
    )  # fmt: skip
    own = before(application, "cn")
    assert (own.decided, own.accepted_on) == (wrong, "2026-11-02")
    assert ("S-053", "refuse") in found(replace(NEW, own=own))
    mended = before(application, "cn", StatementRef(id=FIRST, row=3))
    assert (mended.decided, mended.correction, mended.corrected) == (None, "fits", wrong)
    assert found(replace(NEW, own=mended)) == []
    corrected = CorrectionFact("cn", 9, 1, FIRST, 4, 3)
    after_it = before(replace(application, corrections=(corrected,)), "cn")
    assert after_it == replace(mended, correction="", corrected=None)
    others = before(replace(application, corrections=(replace(corrected, party="eu"),)), "cn")
    assert others == own
    # A date of acceptance goes with the statement that was never right.
    early = said("accepted", "2026-11-03", clock=(ClockFact("accepted", "2026-11-03"),))
    alone = ApplicationRow("FIKTIV-26-0000009", cn=(early,))
    assert before(alone, "cn").accepted_on == "2026-11-03"
    without = Before("cn", correction="fits", corrected=early)
    assert before(alone, "cn", StatementRef(id=FIRST)) == without
    theirs = replace(alone, eu=alone.cn, cn=())
    assert before(theirs, "eu", StatementRef(id=FIRST)) == replace(without, party="eu")
    assert before(None, "cn") == Before("cn")
    assert before(ApplicationRow("FIKTIV-26-0000008"), "cn").last is None


def test_correction_names_a_live_statement_of_its_own_side():
    first = said("approved", "2026-11-20", decision="approved", row=3)
    match = MatchFact(6, 3, "not_found", SECOND)
    act = ClockMark("council", "2026-11-12", source="bureau", index=5, id="c" * 64)
    application = ApplicationRow(
        "FIKTIV-26-0000007", eu=(said("review", "2026-11-01", SECOND),), cn=(first,),
        cn_marks=(act,), matches=(match,),
    )  # fmt: skip
    mended = replace(application, corrections=(CorrectionFact("cn", 6, 3, FIRST, 4, 3),))

    def rules(row_: ApplicationRow | None, ref: StatementRef, party: Party = "cn") -> list[str]:
        around = replace(NEW, own=before(row_, party, ref))
        return [each.variant for each in return_row(row(), around) if each.rule == "S-059"]

    for ref in (
        StatementRef(id=FIRST, row=3), StatementRef(id="c" * 64), StatementRef(id=SECOND, row=3),
    ):  # fmt: skip
        assert rules(application, ref) == []
    for ref in (
        StatementRef(id=FIRST), StatementRef(id=FIRST, row=2), StatementRef(id=SECOND),
        StatementRef(id="d" * 64),
    ):  # fmt: skip
        assert rules(application, ref) == ["unknown"]
    assert rules(None, StatementRef(id=FIRST)) == ["unknown"]
    assert rules(mended, StatementRef(id=FIRST, row=3)) == ["replaced"]
    assert rules(mended, StatementRef(id=SECOND, row=3)) == []
    assert rules(application, StatementRef(id=SECOND), "eu") == []
    assert rules(application, StatementRef(id=SECOND, row=3), "eu") == ["unknown"]


@pytest.mark.parametrize(
    ("wrong", "changed", "licence", "rules"),
    [
        ("approved", {}, "L/1", ["S-059"]),
        ("issued", {}, "L/1", ["S-059"]),
        ("approved", {}, "", []),
        ("approved", DECIDED | {"state": "issued"}, "L/1", []),
        ("approved", DECIDED, "L/1", []),
        ("review", {}, "L/1", []),
    ],
)
def test_decision_is_not_corrected_away_under_a_licence(wrong, changed, licence, rules):
    mistake = said(wrong, "2026-11-20", row=3)
    own = before(
        ApplicationRow("FIKTIV-26-0000007", cn=(mistake,)), "cn", StatementRef(id=FIRST, row=3)
    )
    results = found(replace(NEW, own=own, licence=licence), **changed)
    assert [rule for rule, grade in results if grade == "refuse"] == rules


def test_correction_leaves_other_statements_of_the_decision_to_its_author():
    earlier = said("approved", "2026-11-19", SECOND, decision="approved", decided_on="2026-11-18")
    last = replace(earlier, as_of="2026-11-20", id=FIRST, index=7)
    application = ApplicationRow("FIKTIV-26-0000007", cn=(earlier, last))
    own = before(application, "cn", StatementRef(id=FIRST))
    assert ("S-053", "confirm") in found(replace(NEW, own=own))
    refused = {"state": "refused", "decision": "refused", "remark": "law"}
    assert ("S-054", "confirm") in found(replace(NEW, own=own), **DECIDED | refused)
    moved = DECIDED | {"decided_on": "2026-11-20", "days_used": None}
    assert ("S-054", "confirm") in found(replace(NEW, own=own), **moved)
    # What is asked of progress is answered by calling it a correction.
    asked = {rule for rule, _ in found(replace(NEW, own=own), accepted_on="2026-11-23")}
    assert asked.isdisjoint({"S-052", "S-055", "S-057"})


def test_procedure_leads_forward_and_to_a_new_round_only_after_its_end():
    assert leads_to("submitted", "approved")
    assert leads_to("review", "accepted")
    assert not leads_to("review", "submitted")
    assert not leads_to("approved", "review")
    assert leads_to("returned", "approved")
    assert not leads_to("returned", "drafted")
    assert leads_to("approved", "customs_query")
    assert not any(leads_to("refused", state) for state in KNOWN - {"refused"})
    assert all(leads_to(state, state) for state in KNOWN | {"customs_query"})


def test_stages_hold_every_state_once():
    assert KNOWN | {"customs_query"} == {*vocabularies.STATE.codes}
    assert not FINAL & OUT


STATES = st.sampled_from([None, *vocabularies.STATE.codes, "newer"])
DATES = st.none() | st.dates(date(2024, 1, 1), date(2031, 1, 1)).map(date.isoformat)
ROWS = st.fixed_dictionaries(
    {
        "match": st.sampled_from(vocabularies.MATCH.codes),
        "state": STATES,
        "as_of": DATES,
        "accepted_on": DATES,
        "decided_on": DATES,
        "clock": st.sampled_from([None, *vocabularies.CLOCK.codes, "newer"]),
        "days_used": st.none() | st.integers(0, 9999),
        "decision": st.sampled_from([None, "approved", "refused", "newer"]),
        "missing": st.lists(st.sampled_from(vocabularies.MISSING.codes), max_size=3),
        "remark": st.sampled_from([None, *vocabularies.REMARK.codes, "newer"]),
    }
)
PASTS = st.lists(
    st.builds(said, st.sampled_from(vocabularies.STATE.codes), DATES.map(lambda day: day or "")),
    max_size=3,
).map(tuple)


@given(ROWS, PASTS, DATES, st.sampled_from(["", *vocabularies.QUESTION.codes]))
def test_every_finding_is_of_the_table(fields, past, accepted_on, question):
    around = Around(TODAY, DAYS, Before("cn", past, accepted_on or ""), question)
    for finding in return_row(row(**fields), around):
        assert finding.grade in RULES[finding.rule].grades
        assert finding.row == 7
        assert finding.fields
        assert {*finding.fields} <= {*ReturnRow.model_fields}


def test_number_that_another_one_replaces_may_have_any_state():
    assert ("S-043", "confirm") in found(remark="number_replaced")
    assert ("S-043", "confirm") not in found(replace(NEW, linked=True), remark="number_replaced")
    assert ("S-043", "confirm") in found(replace(NEW, linked=True), remark="typo")


def test_closed_day_is_named_where_the_calendar_names_it():
    [holiday] = [
        each
        for each in return_row(row(accepted_on="2026-10-01", days_used=None), NEW)
        if each.rule == "S-046"
    ]
    for lang, name in (("en", "National Day"), ("zh-CN", "国庆")):
        assert name in words(catalogue(lang), holiday)


def test_every_rule_of_the_table_has_a_row_that_it_finds():
    cases = [*test_rule_finds_its_row.pytestmark[0].args[1]]
    cases += [
        case[1:] for case in test_rule_finds_what_does_not_follow_from_before.pytestmark[0].args[1]
    ]
    elsewhere = {"S-051", "S-056", "S-059", "S-060", "S-068", "S-069", "S-099", "S-101"}
    assert {rule for _, (rule, _) in cases} | elsewhere == {*RULES}
