"""Rules for statements outside a sheet: each with a statement that it finds, and a neighbour."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest

from special_channel.core.entries import StatementRef
from special_channel.core.entries.batches import Assertion
from special_channel.core.entries.permits import Mark
from special_channel.core.rows.application_facts import CorrectionFact
from special_channel.core.rows.applications import (
    ApplicationRow,
    AssertedStatement,
    ClockFact,
    ClockMark,
)
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.findings import Fact
from special_channel.core.sense.rules import RULES
from special_channel.core.sense.statements import StatementAround, assertion, mark
from tests.core.calendar_files import both_sides

NUMBER: Final = "FIKTIV-26-0000007"
CN: Final = StatementAround("cn", date(2026, 11, 26), WorkingDays(both_sides()["cn"]))
EU: Final = replace(CN, party="eu")
FIRST, SECOND = "a" * 64, "b" * 64


def act(text: str) -> dict[str, Any]:
    names = ("act", "on", "basis", "expected_until")
    return {name: word for name, word in zip(names, text.split(":"), strict=False) if word}


def asserted(around: StatementAround, *acts: str, **changed: Any) -> list[tuple[str, str]]:
    body: dict[str, Any] = {
        "number": NUMBER, "state": "review", "as_of": "2026-11-24", "source": "meeting",
    }  # fmt: skip
    body |= changed | {"clock": tuple(act(each) for each in acts)}
    found = assertion(Assertion.model_validate(body), around)
    for each in found:
        assert each.grade in RULES[each.rule].grades
    return [(each.rule, f"{each.grade} {each.variant}".strip()) for each in found]


def marked(around: StatementAround, text: str, **changed: Any) -> list[tuple[str, str]]:
    body = act(text) | {"number": NUMBER, "source": "meeting"} | changed
    found = mark(Mark.model_validate(body), around)
    for each in found:
        assert each.grade in RULES[each.rule].grades
    return [(each.rule, f"{each.grade} {each.variant}".strip()) for each in found]


def said(state: str, as_of: str, *acts: str, id_: str = FIRST, **more: Any) -> AssertedStatement:
    clock = tuple(ClockFact(**act(each)) for each in acts)
    return AssertedStatement(state, as_of, "bureau", clock, index=4, id=id_, **more)


def after(
    *statements: AssertedStatement, marks: tuple[ClockMark, ...] = (), **more: Any
) -> StatementAround:
    row = ApplicationRow(NUMBER, cn=statements, cn_marks=marks, **more)
    return replace(CN, application=row)


OLD = said("review", "2026-02-06", "accepted:2026-02-02")
APPROVED = said(
    "approved", "2026-09-30", "accepted:2026-08-03", decision="approved", decided_on="2026-09-30"
)
REVOKED = AssertedStatement("review", "2026-11-18", "revocation", index=9, id=SECOND)
SHORT = "uncounted:2026-08-06:test", "counted:2026-08-07"


@pytest.mark.parametrize(
    ("around", "acts", "changed"),
    [
        (after(OLD), ("returned:2026-03-02",), {"state": "submitted"}),
        (after(OLD), ("accepted:2026-02-02", "returned:2026-03-02", "received:2026-11-19"),
         {"state": "submitted"}),
        (CN, ("accepted:2026-02-02", "decided:2026-03-20"), {"state": "issued"}),
        (CN, ("accepted:2026-02-02", "uncounted:2026-02-06:test", "counted:2026-02-09"),
         {"state": "used"}),
        (CN, ("accepted:2026-08-03", "decided:2026-09-30", "counted:2026-11-18"), {}),
        (CN, ("accepted:2026-08-03", *SHORT, "decided:2026-10-30", "counted:2026-11-18"), {}),
        (after(APPROVED, REVOKED), (), {}),
        (after(APPROVED, REVOKED), ("accepted:2026-08-03", *SHORT), {}),
    ],
)  # fmt: skip
def test_no_day_is_counted_from_a_round_that_ended_nor_past_a_decision(around, acts, changed):
    assert "S-050" not in dict(asserted(around, *acts, **changed))


def test_act_after_a_revoked_decision_counts_no_day():
    stood = after(APPROVED, REVOKED)
    for act_ in ("decided:2026-11-25", "returned:2026-11-25", "uncounted:2026-11-25:test"):
        assert "S-050" not in dict(marked(stood, act_))
        assert "S-050" in dict(marked(after(said("review", "2026-11-18", "accepted:2026-08-03")),
                                      act_))  # fmt: skip
    back = after(said("returned", "2026-03-02", "accepted:2026-02-02", "returned:2026-03-02"))
    assert "S-050" not in dict(marked(back, "returned:2026-11-25")), "of a round that ended"
    closed = said("review", "2026-05-06", "accepted:2026-04-01", "uncounted:2026-05-01:test",
                  "counted:2026-05-02")  # fmt: skip
    assert ("S-050", "note paused") in marked(after(closed), "uncounted:2026-11-25:test")
    # Decided, and filed again: a round of its own.
    anew = said("review", "2026-08-10", "accepted:2026-02-02", "decided:2026-03-20",
                "received:2026-07-31", "accepted:2026-08-03")  # fmt: skip
    assert "S-050" in dict(marked(after(anew), "decided:2026-11-25"))


PAUSED = "uncounted:2026-11-10:test:2026-12-18"
COURSES: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    ((), {}),
    ((), {"state": "approved", "decision": "approved", "decided_on": "2026-11-23"}),
    (("received:2026-11-01", "supplement:2026-11-02", "accepted:2026-11-03"), {}),
    (("accepted:2026-11-02", PAUSED), {"state": "expert"}),
    (("accepted:2026-11-02", PAUSED, "counted:2026-11-20"), {}),
    (("uncounted:2026-11-10:test",), {"state": "expert"}),
    (("accepted:2026-11-02", "council:2026-11-02"), {"state": "council"}),
    (("accepted:2026-11-02", "returned:2026-11-10", "accepted:2026-11-16"), {}),
    (("accepted:2026-11-02", "returned:2026-11-10"), {"state": "returned"}),
    (("accepted:2026-11-02", "decided:2026-11-20", "withdrawn:2026-11-22"), {"state": "withdrawn"}),
    (("received:2026-11-02", "not_accepted:2026-11-03"), {"state": "not_accepted"}),
    (("received:2026-11-02", "supplement:2026-11-03"), {"state": "supplement"}),
    (("accepted:2026-11-02",),
     {"state": "refused", "decision": "refused", "decided_on": "2026-11-23"}),
]  # fmt: skip


@pytest.mark.parametrize(("acts", "changed"), COURSES)
def test_statement_that_can_be_true_has_no_finding_but_notes(acts, changed):
    assert [each for each in asserted(CN, *acts, **changed) if each[1] != "note"] == []


BAD: list[tuple[tuple[str, ...], dict[str, Any], tuple[str, str]]] = [
    ((), {"as_of": "2026-11-27"}, ("S-009", "refuse")),
    (("accepted:2026-11-27",), {"as_of": "2026-11-26"}, ("S-009", "refuse")),
    (("received:2026-11-27",), {"state": "submitted"}, ("S-009", "refuse")),
    (("received:2025-04-03",), {"state": "submitted"}, ("S-010", "confirm")),
    ((), {"decision": "approved"}, ("S-032", "refuse")),
    ((), {"state": "issued", "decision": "refused", "decided_on": "2026-11-23"},
     ("S-033", "refuse")),
    ((), {"decided_on": "2026-11-23"}, ("S-034", "refuse")),
    ((), {"state": "approved", "decision": "approved"}, ("S-035", "confirm")),
    (("accepted:2026-11-02",), {"state": "submitted"}, ("S-039", "refuse")),
    (("accepted:2026-11-02", "not_accepted:2026-11-03"), {"state": "not_accepted"},
     ("S-039", "refuse")),
    (("accepted:2026-11-02",), {"state": "supplement"}, ("S-039", "confirm")),
    (("accepted:2026-11-25",), {}, ("S-044", "refuse")),
    (("accepted:2026-11-20",),
     {"state": "approved", "decision": "approved", "decided_on": "2026-11-19"},
     ("S-045", "refuse")),
    (("accepted:2026-11-22",), {}, ("S-046", "confirm")),
    (("accepted:2026-11-02", "returned:2026-11-22"), {"state": "returned"}, ("S-046", "confirm")),
    ((), {"source": "delegation"}, ("S-065", "refuse")),
    ((), {"source": "return-sheet"}, ("S-065", "refuse")),
    (("accepted:2026-11-02",), {"state": "approved"}, ("S-066", "refuse")),
    (("accepted:2026-11-02",), {"state": "returned"}, ("S-066", "refuse")),
    (("accepted:2026-11-02",), {"state": "expert"}, ("S-066", "refuse")),
    (("accepted:2026-11-02",), {"state": "council"}, ("S-066", "refuse")),
    (("accepted:2026-11-02", "withdrawn:2026-11-20"), {}, ("S-066", "refuse")),
    (("accepted:2026-11-02", "decided:2026-11-20"),
     {"state": "approved", "decision": "approved", "decided_on": "2026-11-19"},
     ("S-066", "refuse decided")),
    (("accepted:2026-11-02", "returned:2026-11-20"), {"state": "returned", "as_of": "2026-11-19"},
     ("S-066", "refuse later")),
    (("accepted:2026-08-03", "uncounted:2026-09-01:test", "counted:2026-09-08"), {},
     ("S-050", "note counted")),
    (("accepted:2026-04-01", "uncounted:2026-05-01:test", "counted:2026-05-02"), {},
     ("S-050", "note closed")),
    (("received:2026-11-02", "not_accepted:2026-11-10"), {"state": "not_accepted"},
     ("S-069", "note refused")),
    (("received:2026-11-02", "accepted:2026-11-10"), {}, ("S-069", "note accepted")),
    (("received:2026-06-08", "supplement:2026-06-11", "received:2026-07-29",
      "supplement:2026-08-26"), {"state": "supplement"}, ("S-069", "note")),
    (("accepted:2026-11-02", "received:2026-11-03"), {}, ("S-068", "confirm after")),
    (("received:2026-11-04", "accepted:2026-11-02"), {}, ("S-068", "confirm after")),
    (("accepted:2026-11-02", "uncounted:2026-11-10:test", "counted:2026-11-04"), {},
     ("S-067", "refuse")),
    (("received:2026-11-02", "supplement:2026-11-10"), {"state": "supplement"},
     ("S-069", "note")),
    (("accepted:2026-11-02", PAUSED, "uncounted:2026-11-20:hearing"), {"state": "expert"},
     ("S-067", "refuse")),
    (("accepted:2026-11-02", "counted:2026-11-20"), {}, ("S-067", "refuse")),
    (("uncounted:2026-11-10:test", "accepted:2026-11-12"), {"state": "expert"},
     ("S-067", "refuse")),
    (("accepted:2026-11-02", "decided:2026-11-20", "counted:2026-11-23"), {},
     ("S-067", "refuse")),
    (("accepted:2026-11-02", "accepted:2026-11-03"), {}, ("S-055", "confirm")),
    (("accepted:2026-11-02", "decided:2026-11-20", "accepted:2026-11-23"), {},
     ("S-057", "confirm")),
    (("accepted:2026-11-02", "supplement:2026-11-03"), {}, ("S-068", "confirm after")),
    (("decided:2026-11-02", "accepted:2026-11-03"), {}, ("S-068", "confirm before")),
    (("received:2026-11-02", "council:2026-11-03"), {"state": "submitted"},
     ("S-068", "refuse without")),
    (("council:2026-11-02", "accepted:2026-11-03"), {"state": "council"},
     ("S-068", "refuse before")),
    (("decided:2026-11-20", "returned:2026-11-23"), {"state": "returned"},
     ("S-068", "refuse after")),
    (("accepted:2026-11-02", "uncounted:2026-11-10"), {"state": "expert"},
     ("S-071", "refuse basis")),
    (("accepted:2026-11-02:test",), {}, ("S-071", "refuse stray")),
    (("accepted:2026-11-02::2026-12-01",), {}, ("S-071", "refuse stray")),
    (("accepted:2026-11-02", "uncounted:2026-11-10:test:2026-11-09"), {"state": "expert"},
     ("S-071", "refuse until")),
    ((), {"state": "reviewed"}, ("S-001", "refuse")),
    ((), {"decision": "granted"}, ("S-001", "refuse")),
    ((), {"source": "hearsay"}, ("S-001", "refuse")),
    (("accepted:2026-11-02", "uncounted:2026-11-10:holiday"), {"state": "expert"},
     ("S-001", "refuse")),
]  # fmt: skip


@pytest.mark.parametrize(("acts", "changed", "finding"), BAD)
def test_statement_that_cannot_be_true_is_found(acts, changed, finding):
    assert finding in asserted(CN, *acts, **changed)


def test_each_side_names_its_own_sources():
    assert asserted(EU, source="delegation") == asserted(EU, source="member_state")
    assert ("S-001", "refuse") in asserted(EU, source="register")
    assert ("S-065", "refuse") in asserted(EU, source="bureau")
    assert ("S-065", "refuse") in marked(EU, "accepted:2026-11-02", source="customs")


def test_estimate_of_the_eu_needs_no_reason():
    found = asserted(EU, "accepted:2026-11-02", "uncounted:2026-11-10", state="expert")
    assert found == []


def test_statement_is_read_after_those_before():
    decided = said("approved", "2026-11-20", decision="approved", decided_on="2026-11-20")
    assert ("S-053", "refuse statement") in asserted(after(decided))
    assert ("S-047", "confirm statement") in asserted(after(said("review", "2026-11-25")))
    accepted = said("accepted", "2026-11-10", "accepted:2026-11-02")
    assert ("S-055", "confirm") in asserted(after(accepted), "accepted:2026-11-03")
    assert ("S-052", "confirm") in asserted(after(accepted), state="submitted")
    again = "accepted:2026-11-02", "returned:2026-11-10", "accepted:2026-11-16"
    assert asserted(after(accepted), *again) == [("S-072", "note")]
    named = StatementRef(id=FIRST)
    assert ("S-053", "refuse statement") not in asserted(after(decided), corrects=named)


RUNNING = said("review", "2026-11-16", "accepted:2026-11-02")
DECIDED = said(
    "approved", "2026-11-20", "accepted:2026-11-02", decision="approved", decided_on="2026-11-20"
)
RETURNED = said("returned", "2026-11-20", "accepted:2026-11-02", "returned:2026-11-20")
EXPERT = said("expert", "2026-11-16", "accepted:2026-11-02")
PAUSE = said("expert", "2026-11-16", "accepted:2026-11-02", PAUSED)


@pytest.mark.parametrize(
    ("around", "text"),
    [
        (CN, "accepted:2026-11-02"),
        (CN, "received:2026-11-01"),
        (after(RUNNING), PAUSED),
        (after(RUNNING), "accepted:2026-11-02"),
        (after(RUNNING), "decided:2026-11-20"),
        (after(EXPERT), PAUSED),
        (after(EXPERT), "uncounted:2026-11-18:test"),
        (after(EXPERT), "counted:2026-11-12"),
        (after(EXPERT), "counted:2026-11-20"),
        (after(PAUSE), "uncounted:2026-11-10:expert_opinion:2026-12-30"),
        (after(PAUSE), "decided:2026-11-20"),
        (after(said("review", "2026-11-16")), "uncounted:2026-11-10:test"),
        (after(RETURNED), "accepted:2026-11-24"),
        (after(RETURNED), "supplement:2026-11-24"),
        (after(RETURNED), "returned:2026-11-10"),
        (after(DECIDED), "withdrawn:2026-11-24"),
        (after(DECIDED), PAUSED),
    ],
)
def test_act_that_can_follow_has_no_finding_but_a_note(around, text):
    assert [each for each in marked(around, text) if each != ("S-072", "note")] == []


@pytest.mark.parametrize(
    ("around", "text", "finding"),
    [
        (after(RUNNING), "decided:2026-11-27", ("S-009", "refuse")),
        (CN, "received:2025-04-03", ("S-010", "confirm")),
        (after(RUNNING), "decided:2026-11-22", ("S-046", "confirm")),
        (after(RUNNING), "accepted:2026-11-03", ("S-055", "confirm")),
        (after(DECIDED), "received:2026-11-24", ("S-057", "confirm")),
        (CN, PAUSED, ("S-067", "refuse")),
        (after(RUNNING), "uncounted:2026-10-29:test", ("S-067", "refuse")),
        (after(RETURNED), "uncounted:2026-11-24:test", ("S-067", "refuse")),
        (after(PAUSE), "uncounted:2026-11-18:test", ("S-067", "refuse")),
        (after(RUNNING), "counted:2026-11-20", ("S-067", "refuse")),
        (after(DECIDED), "counted:2026-11-24", ("S-067", "refuse")),
        (CN, "decided:2026-11-20", ("S-068", "confirm without")),
        (CN, "council:2026-11-20", ("S-068", "refuse without")),
        (after(DECIDED), "council:2026-11-24", ("S-068", "refuse after")),
        (after(DECIDED), "decided:2026-11-24", ("S-068", "refuse after")),
        (after(RUNNING), "supplement:2026-11-04", ("S-068", "confirm after")),
        (after(RUNNING), "received:2026-11-04", ("S-068", "confirm after")),
        (after(RUNNING), "not_accepted:2026-11-24", ("S-068", "confirm after")),
        (after(RUNNING), "uncounted:2026-11-10:test:2026-11-26", ("S-070", "confirm past")),
        (after(RUNNING), "uncounted:2026-11-10:test:2027-05-26", ("S-070", "confirm far")),
        (after(RUNNING), "uncounted:2026-11-10", ("S-071", "refuse basis")),
    ],
)
def test_act_that_cannot_follow_is_found(around, text, finding):
    assert finding in marked(around, text)


def test_request_for_papers_is_counted_from_receipt_by_its_own_side():
    received = ClockMark("received", "2026-11-02", source="bureau", index=9, id=SECOND)
    around = after(marks=(received,))
    assert marked(around, "supplement:2026-11-10") == [("S-069", "note")]
    assert marked(around, "supplement:2026-11-09") == [], "the fifth working day"
    assert marked(CN, "supplement:2026-11-10") == []
    assert marked(after(marks=(replace(received, on="2029-01-02"),)), "supplement:2029-02-01") == [
        ("S-009", "refuse")
    ], "no calendar"
    row = ApplicationRow(NUMBER, eu_marks=(received,))
    assert marked(replace(EU, application=row), "supplement:2026-11-10") == []


def test_act_before_an_earlier_stage_of_a_later_day_is_asked_about():
    date_ = ("S-047", "confirm date")
    assert date_ in marked(after(RUNNING), "decided:2026-11-13")
    assert date_ not in marked(after(RUNNING), "decided:2026-11-16")
    assert date_ in marked(after(said("submitted", "2026-11-16")), "accepted:2026-11-13")
    assert date_ not in marked(after(said("submitted", "2026-11-16")), "received:2026-11-13")
    decided = {"state": "approved", "decision": "approved", "decided_on": "2026-11-13"}
    assert date_ in asserted(after(RUNNING), **decided)
    assert ("S-047", "confirm statement") not in asserted(after(RUNNING), **decided)
    assert date_ not in asserted(after(RUNNING), **decided, corrects={"id": FIRST})


def test_news_reaches_the_eu_some_days_later():
    def of_the_eu(as_of: str) -> StatementAround:
        return replace(EU, application=ApplicationRow(NUMBER, eu=(said("review", as_of),)))

    assert ("S-047", "note date") in marked(of_the_eu("2026-11-16"), "decided:2026-11-02")
    assert ("S-047", "confirm date") in marked(of_the_eu("2026-11-17"), "decided:2026-11-02")
    decided = {"state": "approved", "decision": "approved", "decided_on": "2026-11-13"}
    assert ("S-047", "note date") in asserted(of_the_eu("2026-11-16"), **decided)


def test_last_day_for_a_decision_that_no_calendar_covers_is_noted():
    late, note = "accepted:2026-11-02", ("S-072", "note")
    assert note in marked(CN, late)
    assert note in asserted(EU, late)
    assert note not in marked(CN, "accepted:2026-10-29"), "the 45th working day is the last one"
    assert note in marked(CN, "accepted:2026-10-30")
    # A pause moves the day; an open one has none, nor has an application that ended.
    assert note in marked(after(PAUSE), "counted:2026-11-20")
    assert note not in asserted(CN, late, PAUSED, state="expert")
    assert note not in asserted(CN, late, "returned:2026-11-10", state="returned")
    # It is said where the count begins, not with each act.
    assert note not in marked(after(RUNNING), "council:2026-11-24")
    assert asserted(after(RUNNING)) == []
    [finding] = [each for each in assertion(
        Assertion.model_validate({
            "number": NUMBER, "state": "review", "as_of": "2026-11-24", "source": "meeting",
            "clock": (act(late),),
        }), CN,
    ) if each.rule == "S-072"]  # fmt: skip
    assert finding.facts == {"until": Fact("date", "2026-12-31")}


def test_day_of_an_odd_year_is_asked_about():
    assert ("S-010", "confirm") in marked(CN, "accepted:0202-11-02")
    assert ("S-010", "confirm") in asserted(CN, "accepted:0202-11-02")


def test_day_over_the_limit_is_said_with_time_not_counted_that_is_not_stated():
    note = ("S-050", "note")
    assert note in asserted(CN, "accepted:2026-08-03")
    assert note in asserted(after(said("review", "2026-08-10", "accepted:2026-08-03")))
    decided = {"state": "refused", "decision": "refused", "decided_on": "2026-11-23"}
    assert note in asserted(CN, "accepted:2026-08-03", **decided)
    assert note not in asserted(CN, "accepted:2026-11-02")
    assert note not in asserted(replace(EU, application=None), "accepted:2026-08-03")
    paused = ("accepted:2026-08-03", "uncounted:2026-08-10:test:2026-09-01", "counted:2026-09-01")
    assert note not in asserted(CN, *paused)
    referred = asserted(CN, "accepted:2026-08-03", "council:2026-08-10", state="council")
    assert note not in referred
    # A course of its own takes the place of the acts before.
    old = (
        ClockMark("accepted", "2026-08-03", source="bureau", index=1, id=FIRST),
        ClockMark("decided", "2026-10-09", source="bureau", index=2, id=SECOND),
    )
    assert note in asserted(after(marks=old), "received:2026-07-27", "accepted:2026-08-03")


def test_end_of_a_pause_in_a_statement_answers_the_one_that_passed():
    paused = "uncounted:2026-09-01:test:2026-10-30"
    around = after(said("expert", "2026-09-01", "accepted:2026-08-03", paused))
    assert ("S-060", "note") in asserted(around, state="expert")
    again = asserted(around, "uncounted:2026-09-01:test:2026-12-18", state="expert")
    assert ("S-060", "note") not in again


def test_only_one_side_states_that_time_is_not_counted():
    row = ApplicationRow(NUMBER, eu=(RUNNING,))
    found = marked(replace(EU, application=row), PAUSED)
    assert found == [("S-071", "refuse authority")]


def test_act_may_follow_what_corrects_the_act_before():
    end = ClockMark("decided", "2026-11-20", source="bureau", index=9, id=SECOND)
    stated = after(RUNNING, marks=(end,))
    assert ("S-068", "refuse after") in marked(stated, "council:2026-11-24")
    assert marked(stated, "council:2026-11-24", corrects={"id": SECOND}) == []
    fact = CorrectionFact("cn", 10, 0, SECOND, 9, 0)
    assert marked(after(RUNNING, marks=(end,), corrections=(fact,)), "council:2026-11-24") == []


def test_application_that_runs_again_can_be_examined():
    revoked = replace(said("review", "2026-11-24", id_=SECOND), index=5)
    assert marked(after(DECIDED, revoked), "uncounted:2026-11-25:test") == []
    assert marked(after(RETURNED, revoked), "uncounted:2026-11-25:test") == []


def test_finding_names_act_and_dates():
    finding, _ = mark(
        Mark.model_validate({**act("accepted:2026-11-03"), "number": NUMBER, "source": "bureau"}),
        after(RUNNING),
    )
    facts = {"before": Fact("date", "2026-11-02"), "after": Fact("date", "2026-11-03")}
    assert finding.facts == facts


def test_correction_names_a_statement_that_none_replaced():
    end = ClockMark("decided", "2026-11-20", source="bureau", index=9, id=SECOND)
    fact = CorrectionFact("cn", 12, 0, SECOND, 9, 0)
    replaced = after(RUNNING, marks=(end,), corrections=(fact,))
    wrong = ("S-059", "refuse replaced")
    assert wrong in marked(replaced, "council:2026-11-24", corrects={"id": SECOND})
    assert wrong in asserted(replaced, corrects={"id": SECOND})
    unknown = ("S-059", "refuse unknown")
    assert unknown in marked(after(RUNNING), "council:2026-11-24", corrects={"id": SECOND})
    assert unknown in asserted(CN, corrects={"id": SECOND})


def test_approval_is_not_taken_away_under_a_licence_in_force():
    approved = said("approved", "2026-11-20", decision="approved", decided_on="2026-11-20")
    licensed = replace(after(approved), licence="L/1")
    wrong = ("S-059", "refuse licence")
    corrects = {"corrects": {"id": FIRST}}
    assert wrong in marked(licensed, "council:2026-11-24", **corrects)
    assert wrong in asserted(licensed, **corrects)
    assert wrong not in asserted(after(approved), **corrects), "no licence"
    kept = {"state": "issued", "decision": "approved", "decided_on": "2026-11-20"}
    assert wrong not in asserted(licensed, **kept, **corrects), "the approval stays"


def test_decision_marked_after_the_limit_is_noted_to_cn():
    accepted = after(
        marks=(ClockMark("accepted", "2026-08-03", source="bureau", index=1, id=FIRST),)
    )
    assert marked(accepted, "decided:2026-11-20") == [("S-050", "note")]
    assert marked(accepted, "decided:2026-09-30") == []
    eu = replace(accepted, party="eu", application=ApplicationRow(
        NUMBER, eu_marks=accepted.application.cn_marks))  # fmt: skip
    assert marked(eu, "decided:2026-11-20") == []


def test_papers_answered_in_time_are_accepted_or_not_on_any_day():
    first = ("received:2026-11-02", "supplement:2026-11-04", "not_accepted:2026-11-20")
    assert ("S-069", "note refused") not in asserted(CN, *first, state="not_accepted")
    taken = ("received:2026-11-02", "accepted:2026-11-04", "not_accepted:2026-11-20")
    assert ("S-069", "note refused") not in asserted(CN, *taken, state="not_accepted")
    late = ("received:2026-11-02", "not_accepted:2026-11-20")
    assert ("S-069", "note refused") not in asserted(EU, *late, state="not_accepted")


NEVER = ("accepted:9999-12-20", "uncounted:9999-12-21:test", "counted:9999-12-22")
PAUSED_IN_AUGUST = ("accepted:2026-08-03", "uncounted:2026-09-01:test", "counted:2026-09-08")


def test_clock_is_not_counted_up_to_a_day_that_has_not_come():
    future = ("S-009", "refuse")
    never = {"as_of": "9999-12-31"}
    assert future in asserted(CN, *NEVER, **never)
    assert future in asserted(CN, "received:9999-12-30", *NEVER[1:], **never)
    assert future in asserted(CN, *PAUSED_IN_AUGUST, **never)
    assert future in asserted(CN, "accepted:2026-08-03", **never)
    decided = {"state": "refused", "decision": "refused", "decided_on": "9999-12-31"}
    assert future in asserted(CN, *PAUSED_IN_AUGUST, **never | decided)
    assert future in asserted(CN, "received:9999-12-31", state="submitted", **never)
    marks = [ClockMark(**act(each), source="bureau", index=n, id=FIRST)
             for n, each in enumerate(PAUSED_IN_AUGUST)]  # fmt: skip
    around = after(marks=tuple(marks))
    for name in ("decided", "counted", "council", "returned", "received", "accepted"):
        assert future in marked(around, f"{name}:9999-12-31")
    assert future in marked(around, "uncounted:9999-12-31:test:9999-12-31")
    around = after(said("submitted", "9999-12-30", "received:9999-12-30"))
    assert future in marked(around, "decided:9999-12-31")


def test_days_stated_as_not_counted_end_with_the_round():
    acts = [
        {"act": "accepted", "on": "2026-01-05"},
        {"act": "uncounted", "on": "2026-01-12", "basis": "test"},
        {"act": "counted", "on": "2026-01-19"},
        {"act": "decided", "on": "2026-04-30"},
    ]
    body = {"number": NUMBER, "state": "approved", "as_of": "2026-09-30", "source": "meeting",
            "clock": tuple(acts), "decision": "approved"}  # fmt: skip
    [finding] = [
        each for each in assertion(Assertion.model_validate(body), CN) if each.rule == "S-050"
    ]
    assert (finding.variant, finding.facts["n"]) == ("counted", Fact("text", "5"))


def test_return_or_pause_after_the_limit_is_noted_to_cn():
    known = (ClockMark("accepted", "2026-08-03", source="bureau", index=1, id=FIRST),)
    around = after(marks=known)
    assert ("S-050", "note") in marked(around, "returned:2026-11-20")
    assert ("S-050", "note paused") in marked(around, "uncounted:2026-11-20:test")
    assert ("S-050", "note paused") not in marked(around, "uncounted:2026-09-01:test")
    assert ("S-050", "note paused") in marked(around, "council:2026-11-20")
    assert ("S-050", "note paused") not in marked(around, "council:2026-09-01")
    for on, late in (("2026-11-20", True), ("2026-09-01", False)):
        stated = asserted(CN, "accepted:2026-08-03", f"council:{on}", state="council")
        assert (("S-050", "note paused") in stated) is late


def test_end_or_acceptance_before_the_receipt_of_its_side_is_asked_about():
    received = ClockMark("received", "2026-11-10", source="company", index=3, id=FIRST)
    around = replace(EU, application=ApplicationRow(NUMBER, eu_marks=(received,)))
    for on, before in (("2026-11-05", True), ("2026-11-12", False)):
        for act_ in ("withdrawn", "accepted"):
            found = marked(around, f"{act_}:{on}", source="company")
            assert (("S-068", "confirm before") in found) is before
    # A return can end an earlier round, of which nothing else was stated.
    by_cn = replace(CN, application=ApplicationRow(NUMBER, cn_marks=(received,)))
    assert marked(by_cn, "returned:2026-11-05") == []
