"""What a side reads of the other side's statements: as of each entry, and never as its author."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import pytest

from special_channel.core.bytes.ids import Party
from special_channel.core.entries import ReturnRow, StatementRef
from special_channel.core.rows.application_facts import CorrectionFact, MatchFact
from special_channel.core.rows.applications import (
    ApplicationRow,
    AssertedStatement,
    ClockFact,
    ClockMark,
)
from special_channel.core.rows.licences import (
    AllowedQuantity,
    DrawRow,
    Issue,
    LicenceEnd,
    LicenceRow,
)
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.findings import Finding
from special_channel.core.sense.history import Before, corrected_at, earlier, until
from special_channel.core.sense.licences import LicenceAround
from special_channel.core.sense.read_rows import LAW, Reading, read_return
from special_channel.core.sense.read_statements import read_draw, read_issue, read_statement
from special_channel.core.sense.return_case import Around
from special_channel.core.sense.rules import RULES
from special_channel.core.sense.statements import StatementAround
from special_channel.messages.catalogue import LANGS, catalogue
from special_channel.messages.sense import said
from tests.core.calendar_files import both_sides

STATED: Final = date(2026, 11, 26)
DAYS: Final = WorkingDays(both_sides()["cn"])
FIRST, SECOND, THIRD = "a" * 64, "b" * 64, "c" * 64
NUMBER: Final = "FIKTIV-26-0000007"


def asserted(
    index: int, state: str, as_of: str = "2026-11-20", *acts: str, **more: Any
) -> AssertedStatement:
    clock = tuple(ClockFact(*act.split(":")) for act in acts)  # type: ignore[arg-type]
    fields: dict[str, Any] = {"source": "bureau", "id": f"{index:064x}"} | more
    return AssertedStatement(state, as_of, clock=clock, index=index, **fields)


def marked(index: int, text: str) -> ClockMark:
    fact = ClockFact(*text.split(":"))  # type: ignore[arg-type]
    return ClockMark(
        fact.act, fact.on, fact.basis, fact.expected_until,
        source="bureau", index=index, id=f"{index:064x}",
    )  # fmt: skip


def keys(reading: Reading) -> set[str]:
    """Rules with the variants of their sentences; every one has a sentence in both languages."""
    found = (*reading.together, *reading.notes, *reading.questions)
    for each in found:
        assert each.grade == "note"
        assert each.rule in RULES
        assert all(said(catalogue(lang), each) for lang in LANGS)
    return {f"{each.rule}.{each.variant}".rstrip(".") for each in found}


# Rows of return sheets ----------------------------------------------------------------


NEW: Final = Before("cn")


def answered(own: Before = NEW, /, **stated: Any) -> tuple[ReturnRow, Around]:
    around: dict[str, Any] = {}
    for name in ("question", "remark", "asked"):
        if name in stated:
            around[name] = stated.pop(name)
    fields: dict[str, Any] = {"row": 3, "number": NUMBER, "match": "found"} | stated
    fields["missing"] = tuple(fields.get("missing", ()))
    return ReturnRow.model_validate(fields), Around(STATED, DAYS, own, **around)


def after(*statements: AssertedStatement, accepted_on: str = "", **more: Any) -> Before:
    return Before("cn", statements, accepted_on, **more)


REVIEW: Final[dict[str, Any]] = {
    "state": "review", "as_of": "2026-11-24", "accepted_on": "2026-11-02",
}  # fmt: skip
ROWS: Final[list[tuple[tuple[ReturnRow, Around], set[str]]]] = [
    (answered(**REVIEW), set()),
    (answered(**REVIEW | {"as_of": "2026-11-27"}), {"S-009.read"}),
    (answered(match="not_found", days_used=3), {"S-027"}),
    (answered(after(asserted(1, "review")), match="not_found"), {"S-030.read"}),
    (answered(state="review", as_of="2026-11-24"), {"S-040"}),
    (answered(**REVIEW | {"accepted_on": "2026-11-22"}), {"S-046"}),
    (answered(**REVIEW, clock="runs", days_used=3), {"S-049"}),
    (answered(state="submitted", as_of="2026-11-24", days_used=3), {"S-049.unaccepted"}),
    (answered(**REVIEW, question="decision"), set()),
    (answered(**REVIEW, question="reason"), {"S-051"}),
    (answered(after(asserted(1, "review")), state="submitted", as_of="2026-11-24"), {"S-052.read"}),
    (
        answered(
            after(asserted(1, "approved", decision="approved", decided_on="2026-11-19")), **REVIEW
        ),
        {"S-052.read", "S-053.read"},
    ),
    (
        answered(
            after(asserted(1, "approved", decision="approved", decided_on="2026-11-19")),
            **REVIEW | {"state": "approved", "decision": "approved", "decided_on": "2026-11-20"},
        ),
        {"S-054.read"},
    ),
    (answered(after(asserted(1, "review"), accepted_on="2026-11-03"), **REVIEW), {"S-055.read"}),
    (answered(state="supplement", as_of="2026-11-24"), {"S-036.ask"}),
    (answered(**REVIEW, missing=["contract"]), {"S-037.ask"}),
    (answered(state="not_accepted", as_of="2026-11-24"), {"S-041.ask"}),
    (answered(state="not_accepted", as_of="2026-11-24", remark=True), set()),
    (answered(state="returned", as_of="2026-11-24"), {"S-042.ask"}),
    (answered(**REVIEW | {"accepted_on": "2026-08-03"}), {"S-050.ask"}),
    (
        answered(
            state="supplement", as_of="2026-11-24", missing=["contract"], asked=("end_user_cert",)
        ),
        {"S-056.ask"},
    ),
]


@pytest.mark.parametrize(("stated", "found"), ROWS)
def test_row_of_an_answer_is_read_without_a_demand_to_its_author(stated, found):
    assert keys(read_return(*stated)) == found


def test_law_is_asked_about_and_the_rest_is_noted_apart():
    row, around = answered(
        state="supplement", as_of="2026-11-24", accepted_on="2026-11-02", decision="approved"
    )
    reading = read_return(row, around)
    assert [each.rule for each in reading.together] == ["S-032"]
    assert [each.rule for each in reading.notes] == ["S-039"]
    assert {each.rule for each in reading.questions} <= LAW
    assert [each.rule for each in reading.questions] == ["S-036"]


def test_correction_outside_a_sheet_owes_nothing_that_a_row_does():
    row, around = answered(state="returned", as_of="2026-11-24", question="decision")
    assert keys(read_return(row, around)) == {"S-042.ask", "S-051"}
    assert keys(read_return(row, around, in_sheet=False)) == set()


# Histories ----------------------------------------------------------------------------


def history(party: Party, *stated: AssertedStatement | ClockMark, **more: Any) -> ApplicationRow:
    row = ApplicationRow(NUMBER, **more)
    said = tuple(each for each in stated if isinstance(each, AssertedStatement))
    marks = tuple(each for each in stated if isinstance(each, ClockMark))
    if party == "eu":
        return replace(row, eu=said, eu_marks=marks)
    return replace(row, cn=said, cn_marks=marks)


@pytest.mark.parametrize("party", ["eu", "cn"])
def test_what_a_side_states_later_is_not_read(party: Party):
    first, second = asserted(2, "accepted"), asserted(5, "review")
    row = history(
        party, first, second, marked(3, "accepted:2026-11-02"), marked(6, "counted:2026-11-20"),
        matches=(MatchFact(1, 1, "not_found", FIRST), MatchFact(7, 1, "not_found", SECOND)),
        corrections=(
            CorrectionFact(party, 5, 0, f"{2:064x}", 2, 0),
            CorrectionFact("cn" if party == "eu" else "eu", 9, 0, FIRST, 0, 0),
        ),
    )  # fmt: skip
    then = until(row, party, 5)
    assert then.history(party) == (first,)
    assert [each.index for each in then.marks(party)] == [3]
    assert [each.index for each in then.corrections] == [9]
    assert len(then.matches) == (2 if party == "eu" else 1)
    assert earlier(row, party, (5, 0)).corrected == first
    assert earlier(row, party, (9, 0)).statements == (second,)
    assert earlier(None, party, (5, 0)) == Before(party)
    assert corrected_at(row, party, (5, 0)) == StatementRef(id=f"{2:064x}")
    assert corrected_at(row, party, (2, 0)) is None


# Statements on an application ---------------------------------------------------------


def read(party: Party, stated: AssertedStatement | ClockMark, *before: Any) -> set[str]:
    around = StatementAround(party, STATED, DAYS)
    return keys(read_statement(stated, history(party, *before, stated), around))


PAUSE: Final = "uncounted:2026-10-12:test:2026-10-30"
NEVER: Final = ("accepted:9999-12-20", "uncounted:9999-12-21:test", "counted:9999-12-22")
TESTED: Final = ("accepted:2026-08-03", "uncounted:2026-09-01:test", "counted:2026-09-08")
STATEMENTS: Final[list[tuple[tuple[Any, ...], set[str]]]] = [
    ((asserted(4, "submitted", "2026-11-27"),), {"S-009.read"}),
    ((asserted(4, "review", "2026-11-24"),), {"S-040"}),
    ((asserted(4, "review", "2026-11-24", "accepted:2026-11-02"),), set()),
    ((asserted(4, "review", decision="approved"),), {"S-032", "S-040"}),
    ((asserted(4, "approved", "2026-11-24", "accepted:2026-11-02"),), {"S-066"}),
    ((asserted(4, "review", "2026-11-24", "accepted:2026-11-02", "counted:2026-11-20"),),
     {"S-067.read"}),
    ((asserted(4, "expert", "2026-11-24", "accepted:2026-11-02", "uncounted:2026-11-10"),),
     {"S-071.basis.read"}),
    ((asserted(4, "review", "2026-11-24", "accepted:2026-11-02::2026-12-01"),), {"S-071.stray"}),
    ((asserted(4, "submitted", "2026-11-24", "received:2026-11-02", "supplement:2026-11-16"),),
     {"S-069.ask"}),
    ((asserted(4, "expert", "2026-11-24"), asserted(1, "expert", "2026-10-12",
      "accepted:2026-10-09", PAUSE)), {"S-060"}),
    ((asserted(4, "submitted", "2026-11-24"), asserted(1, "review")), {"S-052.read"}),
    # A row of a sheet states no course.
    ((asserted(4, "review", "2026-11-24", source="return-sheet"),), set()),
    ((asserted(4, "submitted", "2026-11-24", source="list"), asserted(1, "review")),
     {"S-052.read"}),
    # An entry with rules of its own.
    ((asserted(4, "issued", "2026-11-27", source="licence"),), set()),
    ((marked(4, "accepted:2026-11-22"),), {"S-046"}),
    ((marked(4, "counted:2026-11-20"), marked(1, "accepted:2026-11-02")), {"S-067.read"}),
    ((marked(4, "supplement:2026-11-16"), marked(1, "received:2026-11-02")), {"S-069.ask"}),
    ((marked(4, "accepted:2026-11-02"),), set()),
    ((asserted(4, "review", "2026-11-24", *TESTED),), {"S-050.counted.ask"}),
    ((asserted(4, "review", "2026-11-24", "accepted:2026-04-01", "uncounted:2026-05-01:test",
      "counted:2026-05-02"),), {"S-050.closed.ask", "S-046.named"}),
    ((asserted(4, "not_accepted", "2026-11-24", "received:2026-11-02", "not_accepted:2026-11-16"),),
     {"S-069.refused.ask"}),
    # No clock is counted up to a day that has not come.
    ((asserted(4, "review", "9999-12-31", *TESTED),), {"S-009.read"}),
    ((asserted(4, "review", "9999-12-31", *NEVER),), {"S-009.read"}),
    ((marked(4, "decided:9999-12-31"), asserted(1, "submitted", "9999-12-30",
      "received:9999-12-30")), {"S-009.read"}),
    ((marked(4, "decided:9999-12-31"), *(marked(n, each) for n, each in enumerate(TESTED))),
     {"S-009.read"}),
]  # fmt: skip


@pytest.mark.parametrize(("stated", "found"), STATEMENTS)
def test_statement_is_read_against_those_before_it(stated, found):
    assert read("cn", *stated) == found


def test_later_statement_changes_nothing_of_what_is_read():
    stated = asserted(4, "review", "2026-11-24", "accepted:2026-11-02")
    around = StatementAround("cn", STATED, DAYS)
    row = history("cn", stated, asserted(9, "submitted", "2026-11-25"))
    assert read_statement(stated, row, around) == Reading()


def test_correction_is_read_without_what_it_corrects():
    wrong, right = asserted(1, "refused"), asserted(4, "submitted", "2026-11-24")
    around = StatementAround("cn", STATED, DAYS)
    assert keys(read_statement(right, history("cn", wrong, right), around)) == {"S-052.read"}
    corrected = CorrectionFact("cn", 4, 0, wrong.id, 1, 0)
    row = history("cn", wrong, right, corrections=(corrected,))
    assert read_statement(right, row, around) == Reading()


def test_own_side_of_the_law_alone_has_its_rules_asked_about():
    late = asserted(4, "submitted", "2026-11-24", "received:2026-11-02", "supplement:2026-11-16")
    assert not {key for key in read("eu", late) if key.endswith(".ask")}


# Licences -----------------------------------------------------------------------------

LICENCE: Final = "虚构-26-00001"


def issue(index: int = 3, **changed: Any) -> Issue:
    made = Issue(
        index, f"{index:064x}", "2025-12-02T08:00:00Z", "general",
        (AllowedQuantity("1C905.a", "5", "t", "gross"),), "licence_year",
        "2025-12-02", "2025-12-02", "2026-12-01",
    )  # fmt: skip
    return replace(made, **changed)


def drew(index: int = 4, quantity: str = "1000", on: str = "2026-11-02", **more: Any) -> DrawRow:
    row = DrawRow(f"{index:064x}", index, "", LICENCE, "1C905.a", quantity, "kg", "gross", on)
    return replace(row, **more)


def of_issues(*issues: Issue, draws: tuple[DrawRow, ...] = (), **more: Any) -> set[str]:
    row, around = LicenceRow(LICENCE, issues), LicenceAround(STATED, DAYS, draws=draws, **more)
    return keys(read_issue(issues[-1], row, around))


def of_draws(*draws: DrawRow, **changed: Any) -> set[str]:
    row = LicenceRow(LICENCE, (issue(**changed), issue(9, valid_to="2026-01-01")))
    return keys(read_draw(draws[-1], row, LicenceAround(STATED, DAYS, draws=draws)))


def test_issue_is_read_against_those_before_it():
    assert of_issues(issue()) == set()
    assert of_issues(issue(valid_to="2029-12-03")) == {"S-073.general"}
    assert of_issues(issue(issued_on="2026-11-27")) == {"S-009.read", "S-074.issued"}
    assert of_issues(issue(), issue(5, valid_from="2025-12-03")) == {"S-079.from.read"}
    ended = issue(ended=LicenceEnd("withdrawn", "2026-11-10"))
    assert of_issues(ended) == set()
    assert of_issues(ended, issue(5)) == {"S-079.ended.read"}
    assert of_issues(issue(), issue(5, type="individual", per="licence")) == {"S-079.type"}
    corrects = issue(6, type="individual", per="licence", corrects=f"{5:064x}")
    assert of_issues(issue(), issue(5), corrects) == {"S-079.types.read"}
    few = issue(7, lines=(AllowedQuantity("1C905.a", "500", "kg", "gross"),))
    assert of_issues(issue(), few, draws=(drew(),)) == {"S-079.line.read"}
    assert of_issues(issue(), few, draws=(drew(8),)) == set(), "drawn later"
    # Replaced after the issue: it counted then.
    assert of_issues(issue(), few, draws=(drew(corrected=8),)) == {"S-079.line.read"}
    assert of_issues(issue(), few, draws=(drew(corrected=5),)) == set()


def test_issue_is_read_with_the_applications_as_stated_before_it():
    refused = history("cn", asserted(2, "refused"), asserted(8, "approved"))
    named = issue(applications=(NUMBER,))
    assert of_issues(named, applications={NUMBER: refused}) == {"S-076.read"}
    later = history("cn", asserted(8, "refused"))
    assert of_issues(named, applications={NUMBER: later}) == set()


def test_draw_down_is_read_against_the_terms_and_draws_before_it():
    assert of_draws(drew()) == set()
    assert of_draws(drew(on="2026-12-02")) == {"S-009.read", "S-081"}
    assert of_draws(drew(quantity="4800")) == {"S-082"}
    assert of_draws(drew(5, "4000"), drew(6, "2000")) == {"S-082"}
    assert of_draws(drew(), drew(6, corrects=f"{4:064x}")) == set()
    assert of_draws(drew(customer="Any Co", application=NUMBER), customers=("Acme",)) == {"S-083"}
    near = drew(customer="Nordwind Motorn GmbH")
    named = issue(customers=("Nordwind Motoren GmbH",))
    reading = read_draw(near, LicenceRow(LICENCE, (named,)), LicenceAround(STATED, DAYS))
    assert keys(reading) == {"S-083.near.read"}
    for lang in LANGS:
        [sentence] = [said(catalogue(lang), each) for each in reading.notes]
        assert not {"?", "？"} & {*sentence}, "a reader is asked nothing"


# Long histories -----------------------------------------------------------------------


def calls(work: Callable[[], object]) -> int:
    """Python functions, also generators, that are entered meanwhile."""
    entered = 0

    def seen(_frame: object, event: str, _: object) -> None:
        nonlocal entered
        entered += event == "call"

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return entered


def of_statement(size: int) -> int:
    """Calls for the last of so many statements, which stop and resume the count of time."""
    acts = [("counted", "")] + [("uncounted", ":test"), ("counted", "")] * size
    days = [STATED - timedelta(days=size - n) for n in range(size)]
    stated = [
        asserted(n, "review", f"{day}", f"{act}:{day}{basis}", source="return-sheet")
        for n, ((act, basis), day) in enumerate(zip(acts, days, strict=False))
    ]
    row = history("cn", *stated)
    around = StatementAround("cn", STATED, DAYS)
    return calls(lambda: read_statement(stated[-1], row, around))


def of_draw(size: int) -> int:
    """Calls for the last of so many draw-downs of a licence with many lines."""
    lines = tuple(AllowedQuantity(f"1C905.{n}", "5", "t", "gross") for n in range(20))
    row = LicenceRow(LICENCE, (issue(lines=(*issue().lines, *lines)),))
    draws = [drew(n + 4, str(1000 + n)) for n in range(size)]
    around = LicenceAround(STATED, DAYS, draws=draws)
    return calls(lambda: read_draw(draws[-1], row, around))


@pytest.mark.parametrize("reads", [of_statement, of_draw])
def test_one_reading_grows_with_the_length_of_a_history_alone(reads):
    reads(4)
    short, long = reads(40), reads(160)
    assert long < 4.5 * short


@pytest.mark.parametrize("part", ["together", "notes", "questions"])
def test_reading_with_anything_to_say_has_found_something(part):
    finding = Finding("S-050", "note", 1, ("days_used",))
    assert replace(Reading(), **{part: (finding,)}).found
    assert not Reading().found
