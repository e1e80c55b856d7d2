"""A statement beside the other side's: the table of states, dates, and acts that are excluded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import pytest

from special_channel.core.bytes.ids import Party
from special_channel.core.entries import ListRow, ReturnRow
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement, ClockFact
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.findings import Finding
from special_channel.core.sense.history import Before, before
from special_channel.core.sense.list_case import ListAround, NumberRecord
from special_channel.core.sense.list_rows import list_row
from special_channel.core.sense.return_case import Around
from special_channel.core.sense.return_rows import return_row
from special_channel.core.sense.rules import RULES
from special_channel.core.sense.sides import Across, Said, relation
from special_channel.core.sense.statements import StatementAround
from special_channel.core.sense.vocabularies import STATE
from special_channel.core.time.statutory import Event
from special_channel.messages.catalogue import LANGS, catalogue
from special_channel.messages.sense import said as sentence
from tests.core.calendar_files import both_sides
from tests.core.test_statement_rules import asserted, marked

TODAY: Final = date(2026, 11, 26)
DAYS: Final = WorkingDays(both_sides()["cn"])
NUMBER: Final = "FIKTIV-26-0000007"

WORDS: Final = {
    "P": "submitted", "S": "supplement", "R": "review", "G": "approved", "X": "refused",
    "N": "not_accepted", "B": "returned", "W": "withdrawn", "B°": "returned",
}  # fmt: skip
TABLE: Final = """
   | P     | S     | R     | G     | X     | N     | B          | W
P  | agree | older | older | older | older | older | older      | older
S  | older | agree | older | older | older | older | older      | older
R  | inc2  | inc2  | agree | older | older | inc2  | older      | older
G  | inc   | inc   | inc   | agree | inc   | inc   | inc        | inc
X  | inc3  | inc3  | inc3  | inc   | agree | inc   | inc        | inc
N  | older | older | older | inc3  | inc3  | agree | B° else inc | inc
B  | older | older | older | older | older | older | agree      | older
B° | older | agree | older | older | older | agree | agree      | older
W  | inc3  | inc3  | inc3  | inc   | inc   | inc   | inc        | agree
"""


def state(code: str, as_of: str, *acts: tuple[Any, str]) -> Said:
    source = "supplier" if code == "B°" else "bureau"
    events = [Event(act, date.fromisoformat(on)) for act, on in acts]
    return Said(WORDS.get(code, code), as_of, source, events)


def cells() -> list[tuple[str, str, str]]:
    head, *rows = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().split("\n")]
    if head[0]:
        head.insert(0, "")
    return [
        (row[0], then, cell) for row in rows for then, cell in zip(head[1:], row[1:], strict=True)
    ]


@pytest.mark.parametrize(("first", "then", "cell"), cells())
def test_states_of_two_days_are_compared_by_the_table(first: str, then: str, cell: str):
    one = state(first, "2026-10-12")
    same = {"agree": "agree", "older": "older"}.get(cell, "incompatible")
    other = state(then, "2026-11-20")
    assert relation(one, other, DAYS) == same
    assert relation(other, one, DAYS) == same, "in any order of the sides"
    if cell == "inc2":
        for act in ("returned", "withdrawn"):
            ended = state(first, "2026-10-12", (act, "2026-10-20"))
            assert relation(ended, other, DAYS) == "older"
        before_it = state(first, "2026-10-12", ("returned", "2026-10-12"))
        assert relation(before_it, other, DAYS) == "incompatible"
    if cell == "inc3":
        anew = state(then, "2026-11-20", ("received", "2026-10-20"))
        assert relation(one, anew, DAYS) == "older"
        by_the_other = state(first, "2026-10-12", ("received", "2026-10-20"))
        assert relation(by_the_other, other, DAYS) == "incompatible"


def test_words_of_one_class_are_news_and_equal_words_agree():
    assert relation(state("accepted", "2026-10-12"), state("review", "2026-11-20"), DAYS) == "older"
    assert relation(state("issued", "2026-10-12"), state("issued", "2026-11-20"), DAYS) == "agree"


def test_return_that_was_heard_of_may_be_a_request_or_a_refusal_to_accept():
    assert relation(state("N", "2026-10-12"), state("B°", "2026-11-20"), DAYS) == "agree"
    asked = state("S", "2026-11-16")
    assert relation(asked, state("B°", "2026-11-20"), DAYS) == "agree"
    assert relation(asked, state("B", "2026-11-20"), DAYS) == "older"
    assert relation(state("S", "2026-10-12"), state("B°", "2026-11-20"), DAYS) == "older"
    assert relation(state("S", "2027-10-12"), state("B°", "2027-10-13"), DAYS) == "older"


@pytest.mark.parametrize(
    ("one", "other", "same_day"),
    [
        ("R", "R", "agree"), ("accepted", "R", "agree"), ("G", "X", "incompatible"),
        ("G", "R", "incompatible"), ("G", "N", "incompatible"), ("R", "N", "incompatible"),
        ("G", "W", "incompatible"), ("W", "X", "incompatible"), ("S", "B°", "agree"),
        ("N", "B°", "agree"), ("S", "B", "unknown"), ("R", "B°", "unknown"), ("P", "R", "unknown"),
        ("customs_query", "R", "unknown"), ("newer", "G", "unknown"),
    ],
)  # fmt: skip
def test_states_of_one_day(one, other, same_day):
    first, second = state(one, "2026-11-20"), state(other, "2026-11-20")
    assert relation(first, second, DAYS) == relation(second, first, DAYS) == same_day


def test_without_a_day_only_opposite_decisions_cannot_both_be_true():
    assert relation(state("G", ""), state("X", "2026-11-20"), DAYS) == "incompatible"
    assert relation(state("G", "2026-11-20"), state("R", ""), DAYS) == "unknown"


def test_every_state_of_the_vocabulary_has_a_class_but_the_flag():
    assert {code for code in STATE.codes if not Said(code, "", "").group} == {"customs_query"}


# Findings -----------------------------------------------------------------------------


def statement(
    state_: str, as_of: str, *acts: str, source: str = "bureau", **more: Any
) -> AssertedStatement:
    clock = tuple(ClockFact(*act.split(":")) for act in acts)  # type: ignore[arg-type]
    return AssertedStatement(state_, as_of, source, clock, index=4, id="a" * 64, **more)


def application(party: Party, *stated: AssertedStatement) -> ApplicationRow:
    return ApplicationRow(NUMBER, eu=stated) if party == "eu" else ApplicationRow(NUMBER, cn=stated)


def keys(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    found = tuple(findings)
    for each in found:
        assert each.grade in RULES[each.rule].grades
        assert all(sentence(catalogue(lang), each) for lang in LANGS)
    return [(f"{each.rule}.{each.variant}".rstrip("."), each.grade) for each in found]


def across(party: Party, *stated: AssertedStatement) -> Across:
    peer: Party = "cn" if party == "eu" else "eu"
    return Across(party, before(application(peer, *stated), peer), DAYS)


def test_eu_is_asked_and_cn_is_shown_what_cannot_both_be_true():
    said = state("R", "2026-11-24")
    refused = statement("refused", "2026-11-20")
    assert keys(across("eu", refused).state(said)) == [("S-061", "confirm")]
    assert keys(across("cn", refused).state(said)) == [("S-061", "note")]
    assert keys(across("eu").state(said)) == []
    assert keys(across("eu", refused).state(state("", ""))) == []
    undated = across("eu", statement("refused", ""))
    assert keys(undated.state(state("G", "2026-11-24"))) == [("S-061.undated", "confirm")]


APPROVED: Final = statement(
    "approved", "2026-11-10", "accepted:2026-10-12", decision="approved", decided_on="2026-11-10"
)


@pytest.mark.parametrize("after", ["review", "refused"])
def test_approval_and_its_later_revocation_can_both_be_true(after: str):
    revoked = statement(after, "2026-11-18", source="revocation")
    weekly = statement(after, "2026-11-25", source="return-sheet")
    approved = state("G", "2026-11-12")
    for stated in ((APPROVED, revoked), (APPROVED, revoked, weekly)):
        beside = across("eu", *stated)
        assert keys(beside.state(approved)) == []
        assert keys(beside.state(approved, newer=True)) == [("S-062", "note")]
        assert keys(beside.state(state("G", "2026-11-18"))) == [], "the day of the revocation"
        assert keys(beside.state(state("G", ""))) == []
    beside = across("eu", APPROVED, revoked, weekly)
    assert keys(beside.state(state("G", "2026-11-19"))) == [("S-061", "confirm")]
    # Without a revocation, CN's own state leads back.
    assert keys(across("eu", APPROVED, weekly).state(approved)) == [("S-061", "confirm")]
    # CN's own row, after its own revocation.
    eu = before(application("eu", statement("approved", "2026-11-12", source="supplier")), "eu")
    row = ReturnRow(
        row=1,
        number=NUMBER,
        match="found",
        state=after,
        as_of="2026-11-25",
        accepted_on="2026-10-12",
    )
    own = before(application("cn", APPROVED, revoked), "cn")
    assert "S-061" not in rules_of(return_row(row, Around(TODAY, DAYS, own, peer=eu)))
    alone = before(application("cn", APPROVED), "cn")
    assert "S-061" in rules_of(return_row(row, Around(TODAY, DAYS, alone, peer=eu)))


def test_decision_is_not_excluded_by_a_state_after_its_revocation():
    undated = statement("approved", "2026-11-10", decision="approved")
    revoked = statement("review", "2026-11-18", source="revocation")
    assert keys(across("eu", undated, revoked).act("decided", "2026-11-10")) == []
    assert keys(across("eu", undated, revoked).act("decided", "2026-11-19")) == []
    review = statement("review", "2026-11-18")
    assert keys(across("eu", undated, review).act("decided", "2026-11-10")) == [
        ("S-064", "confirm")
    ]
    again = statement("review", "2026-11-25")
    found = across("eu", undated, revoked, again).act("decided", "2026-11-20")
    assert keys(found) == [("S-064", "confirm")]


def test_newer_news_of_the_other_side_are_named_where_wanted():
    said = state("R", "2026-11-12")
    newer = across("eu", statement("approved", "2026-11-20"))
    assert keys(newer.state(said, newer=True)) == [("S-062", "note")]
    assert keys(newer.state(said)) == []
    older = across("eu", statement("submitted", "2026-11-05"))
    assert keys(older.state(said, newer=True)) == []


ACCEPTED: Final = statement("review", "2026-11-20", "accepted:2026-11-02")


@pytest.mark.parametrize(
    ("said", "acts", "peer", "found"),
    [
        (state("R", "2026-11-24"), {"accepted": "2026-11-04"}, ACCEPTED, ["S-063"]),
        (state("R", "2026-11-24"), {"accepted": "2026-10-30"}, ACCEPTED, []),
        (state("R", "2026-11-24"), {"accepted": "2026-11-03"}, ACCEPTED, []),
        (state("R", "2026-11-24"), {"accepted": ""}, ACCEPTED, []),
        (state("R", "2026-11-24"), {"decided": "2026-11-23"}, ACCEPTED, []),
        # An end between the dates parts two rounds.
        (state("R", "2026-11-24", ("returned", "2026-11-10")), {"accepted": "2026-11-16"}, ACCEPTED,
         []),
        # Past the calendars nothing can be counted.
        (state("R", "2027-11-24"), {"accepted": "2027-11-04"}, ACCEPTED, []),
        # Ended alike on both sides: only dates of the same decision are compared.
        (state("X", "2026-11-24"), {"accepted": "2026-11-04", "decided": "2026-11-20"},
         statement("refused", "2026-11-20", "accepted:2026-11-02", decided_on="2026-11-16"),
         ["S-063"]),
        (state("G", "2026-11-24"), {"decided": "2026-11-20"},
         statement("refused", "2026-11-20", decided_on="2026-11-16"), []),
        (state("", ""), {"decided": "2026-11-20"},
         statement("customs_query", "2026-11-20", decided_on="2026-11-16"), ["S-063"]),
    ],
)  # fmt: skip
def test_dates_of_one_round_are_compared(said, acts, peer, found):
    fields = {act: (f"{act}_on", on) for act, on in acts.items()}
    assert [rule for rule, _ in keys(across("eu", peer).dates(said, fields))] == found
    assert {grade for _, grade in keys(across("cn", peer).dates(said, fields))} <= {"note"}


def test_dates_of_two_rounds_are_not_compared_after_a_decision():
    refused = statement(
        "refused", "2026-03-20", "accepted:2026-02-02", decision="refused", decided_on="2026-03-20"
    )
    anew = state("R", "2026-09-04", ("accepted", "2026-09-01"))
    accepted = {"accepted": ("accepted_on", "2026-09-01")}
    for party in ("eu", "cn"):
        assert keys(across(party, refused).dates(anew, accepted)) == []
    early = {"accepted": ("accepted_on", "2026-02-10")}
    assert keys(across("eu", refused).dates(state("R", "2026-03-02"), early)) == [
        ("S-063", "confirm")
    ], "the decision came after both"
    again = statement("review", "2026-09-04", "accepted:2026-02-02", "accepted:2026-09-01",
                      "decided:2026-03-20", source="bureau")  # fmt: skip
    decided = {"decided": ("decided_on", "2026-11-16")}
    approved = state("G", "2026-11-18", ("decided", "2026-11-16"))
    assert keys(across("eu", again).dates(approved, decided)) == []
    one_day = statement("customs_query", "2026-11-20", "accepted:2026-11-10", "decided:2026-11-10")
    assert keys(across("eu", one_day).dates(approved, decided)) == [("S-063", "confirm")]


def test_decisions_before_and_after_a_revocation_are_not_compared():
    revoked = statement("review", "2026-11-18", source="revocation")
    again = statement("approved", "2026-11-24", decision="approved", decided_on="2026-11-24")
    beside = across("eu", APPROVED, revoked, again)
    decided = {"decided": ("decided_on", "2026-11-10")}
    assert keys(beside.dates(state("G", "2026-11-12"), decided)) == []
    late = {"decided": ("decided_on", "2026-11-19")}
    assert keys(beside.dates(state("G", "2026-11-20"), late)) == [("S-063", "confirm")]


def test_nothing_is_compared_with_a_side_that_is_silent():
    said = state("R", "2026-11-24")
    assert keys(across("eu").dates(said, {"accepted": ("accepted_on", "2026-11-04")})) == []


@pytest.mark.parametrize(
    ("act", "peer", "excluded"),
    [
        ("accepted", [statement("submitted", "2026-11-20")], True),
        ("accepted", [statement("submitted", "2026-11-09")], False),
        ("accepted", [statement("review", "2026-11-20")], False),
        ("accepted", [statement("submitted", "2026-11-20", "returned:2026-11-16")], False),
        ("accepted", [statement("submitted", "2026-11-20", "accepted:2026-05-06")], False),
        ("council", [statement("supplement", "2026-11-20", "supplement:2026-11-20")], True),
        ("decided", [statement("review", "2026-11-20", "counted:2026-11-20")], True),
        ("decided", [statement("approved", "2026-11-20")], False),
        ("not_accepted", [statement("review", "2026-11-20", "counted:2026-11-20")], True),
        ("not_accepted", [statement("review", "2026-11-20", "accepted:2026-11-16")], False),
        ("supplement", [statement("review", "2026-11-20", "accepted:2026-11-02")], True),
        ("supplement", [statement("review", "2026-11-20", "counted:2026-11-20")], False),
        ("supplement", [statement("submitted", "2026-11-20", "accepted:2026-11-02")], False),
        ("supplement",
         [statement("review", "2026-11-20", "accepted:2026-11-02", "withdrawn:2026-11-05")], False),
        ("received", [statement("review", "2026-11-20")], False),
    ],
)  # fmt: skip
def test_act_of_the_authority_is_excluded_by_a_later_day(act, peer, excluded):
    found = keys(across("eu", *peer).act(act, "2026-11-10"))
    assert found == ([("S-064", "confirm")] if excluded else [])
    assert keys(across("cn", *peer).act(act, "2026-11-10")) == []


# Where they are called ----------------------------------------------------------------


def rules_of(found: tuple[Finding, ...]) -> list[str]:
    return [each.rule for each in found if each.rule in {"S-061", "S-062", "S-063", "S-064"}]


def test_row_of_a_list_is_read_with_what_cn_states():
    row = ListRow(
        row=1, number=NUMBER, urgency="normal", rank=1, first_listed="2026-11-24",
        times_listed=1, state="review", as_of="2026-11-24",
    )  # fmt: skip
    record = NumberRecord(application("cn", statement("refused", "2026-11-20")))
    around = ListAround(TODAY, TODAY, days=DAYS)
    assert rules_of(list_row(row, around, record)) == ["S-061"]
    assert rules_of(list_row(row, ListAround(TODAY, TODAY), record)) == []
    assert rules_of(list_row(row, around, NumberRecord())) == []


def test_row_of_an_answer_is_read_with_what_the_eu_states():
    row = ReturnRow(
        row=1, number=NUMBER, match="found", state="review", as_of="2026-11-24",
        accepted_on="2026-11-16",
    )  # fmt: skip
    eu = application("eu", statement("refused", "2026-11-20", "accepted:2026-11-02"))
    around = Around(TODAY, DAYS, Before("cn"), peer=before(eu, "eu"))
    assert rules_of(return_row(row, around)) == ["S-061", "S-063"]
    assert rules_of(return_row(row, Around(TODAY, DAYS, Before("cn")))) == []


def test_new_round_of_the_side_itself_goes_with_the_end_of_the_one_before():
    row = ReturnRow(
        row=1, number=NUMBER, match="found", state="accepted", as_of="2026-04-03",
        accepted_on="2026-04-01",
    )  # fmt: skip
    eu = application("eu", statement("refused", "2026-03-02"))
    around = Around(TODAY, DAYS, Before("cn"), peer=before(eu, "eu"))
    assert rules_of(return_row(row, around)) == []
    older = row.model_copy(update={"accepted_on": "2026-02-27"})
    assert rules_of(return_row(older, around)) == ["S-061"]
    taken = ApplicationRow(
        NUMBER,
        eu=(statement("accepted", "2026-04-01", "accepted:2026-04-01", source="company"),),
        cn=(statement("refused", "2026-03-02"),),
    )
    stated = {"state": "review", "as_of": "2026-04-03", "source": "company"}
    assert ("S-061", "confirm") not in asserted(StatementAround("eu", TODAY, DAYS, taken), **stated)
    alone = StatementAround("eu", TODAY, DAYS, application("cn", *taken.cn))
    assert ("S-061", "confirm") in asserted(alone, **stated)


def test_statement_and_mark_are_read_with_what_the_other_side_states():
    row = application("cn", statement("submitted", "2026-11-20"))
    around = StatementAround("eu", TODAY, DAYS, row)
    found = asserted(around, "accepted:2026-11-10", source="supplier")
    assert ("S-064", "confirm") in found
    assert ("S-064", "confirm") in marked(around, "accepted:2026-11-10", source="supplier")
    assert ("S-064", "confirm") not in marked(around, "received:2026-11-10", source="supplier")
    around = StatementAround("eu", TODAY, DAYS, application("cn", ACCEPTED))
    assert ("S-063", "confirm") in marked(around, "accepted:2026-11-10", source="supplier")
    both = ApplicationRow(
        NUMBER, eu=(statement("submitted", "2026-10-12", source="supplier"),), cn=(ACCEPTED,)
    )
    around = StatementAround("eu", TODAY, DAYS, both)
    assert ("S-063", "confirm") in marked(around, "accepted:2026-11-10", source="supplier")
