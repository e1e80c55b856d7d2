"""Requests for priority, promises and notes: what should be looked at before their signature."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from special_channel.core.bytes.ids import Party
from special_channel.core.entries.meetings import Noting
from special_channel.core.entries.permits import PriorityAnswer, PriorityAnswers, PriorityRequest
from special_channel.core.rows.application_facts import (
    CorrectionFact,
    ListAppearance,
    NumberLink,
)
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement, ClockFact
from special_channel.core.sense.asking import (
    MOST_NUMBERS,
    AskedQuestion,
    NoteAround,
    folded,
    note,
    numbers_in,
)
from special_channel.core.sense.findings import Finding
from special_channel.core.sense.priority import PriorityAround, answer, read_answer, request
from special_channel.core.sense.promises import meeting, promise, read_promise
from special_channel.core.sense.rules import RULES
from special_channel.core.sense.texts import PlacedText, placed
from special_channel.wiring.files import calendars

CALENDARS = calendars(Path(__file__).resolve().parents[2] / "config" / "calendars")
CN, EU = CALENDARS["cn"], CALENDARS["eu"]
TODAY = date(2026, 11, 26)
CORRECTED: Final[tuple[tuple[Party, int], ...]] = (("cn", 9), ("eu", 3), ("cn", 7))


def found(findings: tuple[Finding, ...]) -> list[tuple[str, str, int]]:
    assert all(each.grade in RULES[each.rule].grades for each in findings)
    return [(each.rule, each.variant, each.row) for each in findings]


def application(
    number: str, state: str = "", *acts: tuple[str, str], listed: bool = True
) -> ApplicationRow:
    clock: Any = tuple(ClockFact(act, on) for act, on in acts)  # type: ignore[arg-type]
    said = AssertedStatement(state, "2026-11-20", "return-sheet", clock, index=3, id="a" * 64)
    appearances = (ListAppearance(1, "b" * 64, 1),) if listed else ()
    return ApplicationRow(number, cn=(said,) if state else (), listed=appearances)


def asked(number: str, reason: str = "stock_low", **around: Any) -> list[tuple[str, str, int]]:
    body = PriorityRequest(applications=(number,), reason=reason)
    rows = {
        each.number: each
        for each in (
            application("LISTED"),
            application("NEW", listed=False),
            application("DONE", "approved"),
            application("BACK", "returned"),
            application("RUNS", "review", ("accepted", "2026-11-02")),
            application("LONG", "review", ("accepted", "2026-03-02")),
            replace(
                application("GONE"), links=(NumberLink("eu", 8, "", "LISTED", "GONE", "refiled"),)
            ),
            application("REST", "expert", ("accepted", "2026-11-02"), ("uncounted", "2026-11-10")),
        )
    }
    return found(request(body, PriorityAround(TODAY, (CN, EU), rows, **around)))


@pytest.mark.parametrize(
    ("number", "reason", "expected"),
    [
        ("LISTED", "stock_low", []),
        ("NEW", "stock_low", [("S-085", "unlisted", 1)]),
        ("UNKNOWN", "long_pending", [("S-085", "unlisted", 1)]),
        ("DONE", "stock_low", [("S-085", "ended", 1)]),
        ("GONE", "stock_low", [("S-024", "priority", 1)]),
        ("BACK", "stock_low", [("S-085", "ended", 1)]),
        ("LISTED", "line_stop", [("S-086", "stop", 1)]),
        ("RUNS", "long_pending", [("S-086", "day", 1)]),
        ("REST", "long_pending", [("S-086", "paused", 1)]),
        ("LONG", "long_pending", []),
        ("LISTED", "long_pending", []),
    ],
)
def test_request_for_priority_is_read_with_the_record(number, reason, expected):
    assert asked(number, reason) == expected


def test_production_stop_of_the_last_list_carries_its_reason():
    assert asked("LISTED", "line_stop", stops=frozenset({"LISTED"})) == []


@pytest.mark.parametrize(
    ("day", "repeated"),
    [("2026-11-26", True), ("2026-11-19", True), ("2026-11-18", False), ("2026-01-05", False)],
)
def test_request_is_repeated_within_five_joint_working_days(day, repeated):
    waiting = {"LISTED": ("EU-7", date.fromisoformat(day))}
    assert asked("LISTED", waiting=waiting) == ([("S-086", "again", 1)] if repeated else [])


def test_days_that_no_calendar_covers_are_not_counted():
    body = PriorityRequest(applications=("A",), reason="stock_low")
    rows = {"A": application("A")}
    around = PriorityAround(
        date(2031, 1, 9), (CN, EU), rows, waiting={"A": ("EU-7", date(2031, 1, 8))}
    )
    assert found(request(body, around)) == []


@pytest.mark.parametrize(
    ("stated", "state", "expected"),
    [
        ({"answer": "granted"}, "review", []),
        ({"answer": "granted"}, "", []),
        ({"answer": "granted"}, "issued", [("S-087", "state", 1)]),
        ({"answer": "granted"}, "withdrawn", [("S-087", "state", 1)]),
        ({"answer": "cannot"}, "issued", []),
        ({"answer": "granted", "remark": "being_examined"}, "review", []),
        ({"answer": "granted", "remark": "in_turn"}, "review", [("S-087", "remark", 1)]),
        ({"answer": "not_now", "remark": "law"}, "review", [("S-087", "remark", 1)]),
        ({"answer": "cannot", "remark": "already_decided"}, "refused", []),
        ({"answer": "not_now", "remark": "supplement_first"}, "supplement", []),
        ({"answer": "not_now", "remark": "supplement_first"}, "", []),
        ({"answer": "not_now", "remark": "supplement_first"}, "review",
         [("S-087", "supplement", 1)]),
    ],
)  # fmt: skip
def test_answer_on_priority_fits_its_state_and_remark(stated, state, expected):
    body = PriorityAnswers.model_validate({"answers": ({"number": "A", **stated},)})
    rows = {"A": application("A", state)}
    assert found(answer(body, PriorityAround(TODAY, (CN, EU), rows))) == expected
    if not state:
        assert found(answer(body, PriorityAround(TODAY, (CN, EU)))) == []


def test_reader_of_an_answer_is_told_by_what_was_stated_before_it():
    stated = PriorityAnswer(number="A", answer="granted")
    issued, refused = (
        AssertedStatement(state, "2026-11-20", "bureau", index=index, id=f"{index}" * 64)
        for state, index in (("issued", 4), ("refused", 9))
    )
    corrections = tuple(
        CorrectionFact(party, index, 0, issued.id, 4, 0) for party, index in CORRECTED
    )
    row = ApplicationRow("A", cn=(issued, refused), corrections=corrections[:2])
    [finding] = read_answer(stated, 8, row)
    assert (finding.rule, finding.grade, finding.variant) == ("S-087", "note", "state.read")
    assert finding.facts["date"].value == "2026-11-20"
    assert finding.facts["state"].value == "issued"
    assert read_answer(stated, 4, row) == ()
    assert read_answer(stated, 8, None) == ()
    before_it = replace(row, corrections=corrections)
    assert read_answer(stated, 8, before_it) == (), "corrected before the answer"


@pytest.mark.parametrize("due", ["2026-11-18", "2026-11-29", "2027-11-20", None, "2026-12-01"])
def test_reader_of_a_promise_is_told_the_same_in_notes(due):
    body = Noting(point="promise", who="cn", due=due)
    own = promise(body, date(2026, 11, 19), CN)
    read = read_promise(body, date(2026, 11, 19), CN)
    assert [replace(each, grade="note") for each in own] == [*read]


@pytest.mark.parametrize(
    ("due", "held", "expected"),
    [
        ("2026-12-01", "2026-11-19", []),
        ("2026-11-19", "2026-11-19", []),
        ("2026-11-18", "2026-11-19", [("S-088", "before", 1)]),
        ("2026-11-18", None, []),
        ("2026-11-29", "2026-11-19", [("S-088", "closed", 1)]),
        ("2027-11-19", "2026-11-19", []),
        ("2027-11-20", "2026-11-19", [("S-088", "far", 1)]),
        ("2029-03-01", "2028-02-29", [("S-088", "far", 1)]),
        (None, "2026-11-19", [("S-088", "undated", 1)]),
    ],
)
def test_promise_is_dated_after_its_meeting_on_a_working_day(due, held, expected):
    body = Noting(point="promise", who="cn", due=due)
    held_on = date.fromisoformat(held) if held else None
    findings = promise(body, held_on, CN)
    assert found(findings) == expected
    if expected:
        grades = {"before": "refuse", "undated": "note"}
        assert findings[0].grade == grades.get(expected[0][1], "confirm")


def test_statement_of_a_meeting_has_no_date_to_check():
    assert promise(Noting(point="statement", who="eu"), None, EU) == ()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("due", "closed"),
    [
        ("2026-11-26T02:00:00", False),
        ("2026-11-26T15:00:00", True),
        ("2026-11-28T02:00:00", True),
        ("2031-11-28T15:00:00", False),
    ],
)
def test_time_of_a_question_is_office_time_there(due, closed):
    around = NoteAround("cn", CN)
    [*findings] = note([AskedQuestion(2, "Why?", at(due))], (), around)
    assert found(tuple(findings)) == ([("S-089", "", 2)] if closed else [])
    if closed:
        assert findings[0].facts["capital"].value == "cn"


def test_time_that_a_rule_counts_past_the_calendars_is_noted():
    asks = [AskedQuestion(1, "Why?"), AskedQuestion(2, "When?", provisional=True)]
    assert found(note(asks, (), NoteAround("cn", CN))) == [("S-072", "question", 2)]


def test_end_of_office_hours_is_office_time():
    hours = CN.office_hours(TODAY)
    assert hours
    assert note([AskedQuestion(1, "Why?", hours[1])], (), NoteAround("cn", CN)) == ()


def test_question_is_not_asked_twice_and_has_a_text():
    around = NoteAround("cn", CN, {("EU-7", "2"): folded("WHEN  was it\naccepted?")})
    asks = [
        AskedQuestion(1, "when was it accepted"),
        AskedQuestion(2, " ? "),
        AskedQuestion(3, "Why?"),
    ]
    assert found(note(asks, (), around)) == [("S-090", "open", 1), ("S-090", "empty", 2)]
    told = [AskedQuestion(1, "", told=True)]
    assert note(told, (), around) == (), "the note's own text asks it"


TEXT = placed(
    [
        ("text", "Of FIKTIV-0001, FIKTIV-0002, FIKTIV-0102 and FIKTIV-00021."),
        ("file", "FIKTIV-9999"),
    ]
)


def test_numbers_in_a_text_are_linked_or_near_a_linked_one():
    around = NoteAround(
        "cn", CN, linked=("FIKTIV-0002",), known=frozenset({"FIKTIV-0001", "FIKTIV-0002"})
    )
    findings = note((), TEXT, around)
    assert [(each.variant, each.grade, each.facts["number"].value) for each in findings] == [
        ("near", "confirm", "FIKTIV-0102"),
        ("near", "confirm", "FIKTIV-00021"),
        ("unlinked", "note", "FIKTIV-0001"),
    ]


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("FIKTIV-0003", True), ("FIKTIV-000", True), ("FIKTIV-00002", True), ("FIKTVI-0002", True),
        ("FIKTIV-0020", True), ("FIKTIV-0213", False), ("FIKTIV-000211", False),
        ("FIKITV-0003", False),
    ],
)  # fmt: skip
def test_near_number_is_one_edit_away(word, near):
    around = NoteAround("cn", CN, linked=("FIKTIV-0002",))
    texts = (PlacedText("text", 1, f"See {word} today"),)
    assert [each.variant for each in note((), texts, around)] == (["near"] if near else [])


def test_word_near_a_number_of_the_record_is_asked_about():
    texts = (PlacedText("text", 1, "See XYZ-O111 and XYZ-0112"),)
    assert note((), texts, NoteAround("cn", CN, linked=("FIKTIV-0002",))) == ()
    near = NoteAround("cn", CN, linked=("FIKTIV-0002",), near={"XYZ-O111": "XYZ-0111"})
    [finding] = note((), texts, near)
    assert (finding.rule, finding.grade, finding.variant) == ("S-091", "confirm", "record")
    assert finding.facts["other"].value == "XYZ-0111"


def test_words_that_are_no_numbers_are_not_looked_up():
    texts = placed([("text", "Please, in 2026, 1C905.a and 12-34; see EU/2021/821, a1b2c3d4.")])
    assert numbers_in(texts) == ("1C905.a", "EU/2021/821", "a1b2c3d4")
    many = placed([("text", " ".join(f"NUMBER-{n:06}" for n in range(300)))])
    assert len(numbers_in(many)) == MOST_NUMBERS


def test_note_with_open_questions_answers_one_or_its_author_was_asked():
    around = NoteAround("cn", CN, unanswered=[("CN-7", "1"), ("CN-8", "2")])
    [one] = note((), (), around, answers=False)
    assert (one.rule, one.facts["position"].value, one.facts["q"].value) == ("S-092", "CN-7", "1")
    assert note((), (), around) == ()
    assert note((), (), NoteAround("cn", CN), answers=False) == ()


def test_unknown_word_of_a_request_or_an_answer_is_refused_with_the_words():
    body = PriorityRequest(applications=("A-1",), reason="urgent")
    around = PriorityAround(TODAY, (CN, EU))
    first = request(body, around)[0]
    assert (first.rule, first.grade, first.fields) == ("S-001", "refuse", ("reason",))
    assert first.facts["words"].value == "line_stop,stock_low,long_pending,health_safety"
    stated = PriorityAnswer(number="A-1", answer="granted", remark="soon")
    [wrong] = [
        each
        for each in answer(PriorityAnswers(answers=(stated,)), around)
        if each.grade == "refuse"
    ]
    assert (wrong.rule, wrong.row, wrong.fields) == ("S-001", 1, ("remark",))


def test_meeting_of_a_day_to_come_was_not_held():
    assert found(meeting(date(2026, 11, 27), TODAY)) == [("S-009", "meeting", 1)]
    assert meeting(TODAY, TODAY) == ()
