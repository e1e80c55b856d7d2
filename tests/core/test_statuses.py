"""Statuses of an application by a side, as of a date, for numbers."""

from __future__ import annotations

from special_channel.core.numbers.statuses import ApplicationStatus, statuses
from special_channel.core.rows.applications import (
    ApplicationRow,
    AssertedStatement,
    ClockFact,
    ClockMark,
)


def cn_statuses(
    *statements: tuple[str, str, str] | AssertedStatement, source: str = "bureau"
) -> tuple[ApplicationStatus, ...]:
    """Return statuses after statements by CN (as of, state, `act:date …`)."""
    history = tuple(
        each
        if isinstance(each, AssertedStatement)
        else AssertedStatement(
            each[1],
            each[0],
            source,
            tuple(ClockFact(*act.split(":")) for act in each[2].split()),  # type: ignore[arg-type]
            index=place,
            id=f"{place:064x}",
        )
        for place, each in enumerate(statements)
    )
    return statuses(ApplicationRow("A-1", cn=history), "cn")


def decided(
    as_of: str, decision: str, *, state: str = "review", index: int = 0
) -> AssertedStatement:
    return AssertedStatement(
        state, as_of, "bureau", (), decision, "2025-06-02", index=index, id=f"{index:064x}"
    )


def test_each_statement_is_kept_with_what_it_comes_to() -> None:
    assert cn_statuses(
        ("2025-05-12", "accepted", "accepted:2025-05-12"),
        ("2025-05-20", "expert", "accepted:2025-05-12 uncounted:2025-05-19"),
        ("2025-06-02", "approved", "accepted:2025-05-12 decided:2025-06-02"),
    ) == (
        ApplicationStatus("2025-05-12", "2025-05-12"),
        ApplicationStatus("2025-05-20", "2025-05-12", paused=True),
        ApplicationStatus("2025-06-02", "2025-05-12", "2025-06-02", "approved"),
    )


def test_sent_back_ends_it_until_it_is_accepted_anew() -> None:
    first, second = cn_statuses(
        ("2025-05-12", "returned", "accepted:2025-05-05 returned:2025-05-12"),
        ("2025-06-02", "review", "accepted:2025-05-05 returned:2025-05-12 accepted:2025-06-02"),
    )
    assert (first.end, first.ended, first.returned) == ("returned", "2025-05-12", "2025-05-12")
    assert (second.end, second.accepted, second.returned) == ("", "2025-06-02", "2025-05-12")


def test_a_state_alone_says_how_it_ended_and_its_date_when() -> None:
    (issued,) = cn_statuses(("2025-06-02", "issued", ""), source="list")
    assert (issued.end, issued.ended) == ("approved", "2025-06-02")
    (back,) = cn_statuses(("2025-06-02", "withdrawn", ""), source="list")
    assert (back.end, back.ended) == ("withdrawn", "2025-06-02")


def test_a_decision_names_the_way_whatever_the_state_is_called() -> None:
    (refused,) = cn_statuses(decided("2025-06-03", "refused"))
    assert (refused.end, refused.ended) == ("refused", "2025-06-02")
    (unknown,) = cn_statuses(decided("2025-06-03", "in_part"))
    assert unknown.end == "decided"
    (plain,) = cn_statuses(("2025-06-03", "approved", "decided:2025-06-02"))
    assert (plain.end, plain.ended) == ("approved", "2025-06-02")
    (other,) = cn_statuses(("2025-06-03", "returned", "returned:2025-05-30 decided:2025-06-02"))
    assert (other.end, other.returned) == ("decided", "2025-05-30")


def test_the_last_word_that_it_goes_on_takes_the_end_back() -> None:
    _, again = cn_statuses(
        ("2025-06-02", "returned", "accepted:2025-05-05 returned:2025-06-02"),
        ("2025-06-20", "submitted", ""),
    )
    assert again == ApplicationStatus("2025-06-20", returned="2025-06-02", begun="before")


def test_a_state_that_comes_after_acceptance_says_that_it_was_accepted_without_a_date() -> None:
    submitted, review, asked = cn_statuses(
        ("2025-06-02", "submitted", ""),
        ("2025-06-10", "review", ""),
        ("2025-06-20", "supplement", ""),
        source="list",
    )
    assert (submitted.begun, review.begun, asked.begun) == ("", "now", "before")
    dated, _ = cn_statuses(
        ("2025-06-02", "review", "accepted:2025-05-12"), ("2025-06-10", "approved", "")
    )
    assert dated.begun == ""


def test_sheets_that_say_the_same_week_by_week_are_one_statement() -> None:
    weeks = [(f"2025-06-{day:02d}", "review", f"counted:2025-06-{day:02d}") for day in (2, 9, 16)]
    assert len(cn_statuses(*weeks, source="return-sheet")) == 1
    assert len(cn_statuses(*weeks, source="bureau")) == 3


def test_they_stand_in_the_order_of_their_dates_not_of_the_log() -> None:
    early, late = cn_statuses(("2025-06-20", "review", ""), ("2025-06-02", "submitted", ""))
    assert (early.as_of, late.as_of) == ("2025-06-02", "2025-06-20")


def test_the_other_side_holds_its_own() -> None:
    row = ApplicationRow("A-1", eu=(decided("2025-06-03", "approved", state="approved"),))
    assert [each.end for each in statuses(row, "eu")] == ["approved"]
    assert statuses(row, "cn") == ()


def test_an_act_stated_by_itself_goes_on_from_what_was_stated_before() -> None:
    def mark(act: str, on: str, index: int) -> ClockMark:
        return ClockMark(act, on, source="bureau", index=index, id=f"{index:064x}")  # type: ignore[arg-type]

    marks = (mark("accepted", "2025-05-05", 0), mark("decided", "2025-06-02", 2))
    said = decided("2025-05-20", "approved", index=1)
    first, _, last = statuses(ApplicationRow("A-1", cn=(said,), cn_marks=marks), "cn")
    assert first == ApplicationStatus("2025-05-05", "2025-05-05")
    assert (last.as_of, last.accepted, last.end) == ("2025-06-02", "2025-05-05", "approved")
    alone = statuses(ApplicationRow("A-1", eu_marks=marks), "eu")
    assert [each.end for each in alone] == ["", "decided"]
