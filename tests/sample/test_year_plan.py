"""The year's correspondence: as much of one side as of the other, in both languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.core.bytes.times import instant
from special_channel.core.rows.charter import Charter
from special_channel.core.time.calendars import Calendar
from special_channel.desk.questions import by_rule
from special_channel.sample.story import Pair
from special_channel.sample.year import Turn, turns
from special_channel.sample.year_course import RULE_DAYS, desk_of
from special_channel.sample.year_plan import COURSES, YearPlan, moment, plan
from special_channel.sample.year_texts import YearTexts, read_texts
from special_channel.wiring.files import calendars
from tests.sample.test_files import FORBIDDEN_WORDS, ROOT, SAMPLE, charter

UNTIL = date(2026, 11, 29)
"""A Sunday."""

HAN = re.compile(r"[\u4e00-\u9fff]")
SLOT = re.compile(r"[{}]")


@pytest.fixture(scope="module")
def both() -> dict[Party, Calendar]:
    return calendars(ROOT / "config" / "calendars")


@pytest.fixture(scope="module")
def lists(both) -> tuple[Turn, ...]:
    return turns(both["eu"], both["cn"], UNTIL)


@pytest.fixture(scope="module")
def texts() -> YearTexts:
    return read_texts(SAMPLE)


@pytest.fixture(scope="module")
def year(texts, lists, both) -> YearPlan:
    return plan(texts, lists, both, UNTIL)


def pairs(year: YearPlan) -> Iterator[Pair]:
    for thread in year.threads.values():
        yield thread.subject
    for act in year.acts:
        yield from act.asks
        if act.text is not None:
            yield act.text


def dues(year: YearPlan, both: dict[Party, Calendar], known: Charter) -> dict[str, datetime]:
    """Return the first due time of each note with questions, by the charter's rules."""
    return {
        act.name: instant(by_rule(known, act.rule, both, peer_of(act.party), moment(act.on)).due)
        for act in year.acts
        if act.asks
    }


def test_both_sides_open_and_write_as_much_as_each_other(year) -> None:
    assert len(year.threads) == 2 * sum(COURSES.values()) == 400
    assert Counter(thread.by for thread in year.threads.values()) == {"eu": 200, "cn": 200}
    for party in PARTIES:
        mine = [thread for thread in year.threads.values() if thread.by == party]
        assert Counter(thread.course for thread in mine) == Counter(COURSES)
    written = {
        party: Counter(act.kind for act in year.acts if act.party == party) for party in PARTIES
    }
    assert written["eu"] == written["cn"]
    asked = {
        party: sum(len(act.asks) for act in year.acts if act.party == party) for party in PARTIES
    }
    assert asked["eu"] == asked["cn"] > 200


def test_both_sides_draft_as_many_meetings_and_differ_as_often(year) -> None:
    drafted = Counter((meeting.by, meeting.differs) for meeting in year.meetings.values())
    for differs in (True, False):
        assert drafted["eu", differs] == drafted["cn", differs] > 0


@pytest.mark.parametrize(
    ("until", "share"),
    [
        (UNTIL, 1),
        (date(2026, 12, 31), 4),
        (date(2025, 10, 10), 200),
        (date(2026, 10, 9), 20),
        (date(2026, 3, 1), 20),
        (date(2026, 1, 6), 20),
    ],
)
def test_questions_are_late_only_in_the_courses_meant_to_be(texts, lists, both, until, share):
    year, known = plan(texts, lists, both, until, share=share), charter()
    due = dues(year, both, known)
    answers = {act.ref: moment(act.on) for act in year.acts if act.answers}
    withdrawn = {act.ref: moment(act.on) for act in year.acts if act.kind == "withdraw"}
    agreed = {act.thread: moment(act.on) for act in year.acts if act.kind == "agree"}
    counts = Counter(thread.course for thread in year.threads.values())
    passed: Counter[tuple[Party, str]] = Counter()
    for act in (act for act in year.acts if act.asks):
        course, at = year.threads[act.thread].course, answers.get(act.name)
        if course == "moved":
            # Moved by five working days from the first due day; the answer is before that.
            start = moment(due[act.name].date())
            later = by_rule(known, "reply-5wd", both, peer_of(act.party), start)
            assert at is not None
            assert agreed[act.thread] < due[act.name] < at < instant(later.due)
        elif course in {"late", "unanswered"}:
            assert act.late
            assert at is None or at > due[act.name]
            assert due[act.name].date() <= until
            passed[act.party, course] += 1
        elif course == "open":
            assert due[act.name].date() > until
        else:
            at = at if course != "withdrawn" else withdrawn[act.name]
            assert at is not None
            assert at < due[act.name]
            assert not act.late
    for party in PARTIES:
        assert passed[party, "late"] == counts["late"] / 2
        assert passed[party, "unanswered"] == counts["unanswered"] / 2


def test_everybody_writes_on_days_worked_until_the_last(year, both) -> None:
    days = [act.on for act in year.acts]
    assert days == sorted(days)
    assert days[0] >= date(2025, 7, 14)
    assert days[-1] == date(2026, 11, 27)
    assert {day.strftime("%Y-%m") for day in days} == {
        f"{2025 + month // 12}-{month % 12 + 1:02d}" for month in range(6, 23)
    }
    for act in year.acts:
        assert both[act.party].is_working_day(act.on), act
        local = both[act.party].local(moment(act.on))
        assert (8, 30) <= (local.hour, local.minute) < (17, 30), act


def test_desks_write_on_four_days_of_a_fortnight(year, lists) -> None:
    of_sheets = {day for turn in lists for day in (turn.closed, turn.answered)}
    between = {act.on for act in year.acts} - of_sheets
    # A holiday, or a question of a working day or two, puts few letters on other days.
    fixed = [day for day in between if (day - lists[0].closed).days % 14 in (6, 11)]
    assert len(between) - len(fixed) <= 40
    assert 2 * len(lists) - 8 <= len(fixed) <= 2 * len(lists)
    asked = {act.name: act.on for act in year.acts if act.asks}
    waited = {(act.on - asked[act.ref]).days for act in year.acts if act.answers}
    assert {1, 2, 3, 4, 5} <= waited, "an answer takes a day or a week"


def test_nothing_refers_to_what_is_not_written_before(year) -> None:
    at = {act.name: (act.on, place) for place, act in enumerate(year.acts)}
    opened = {act.thread: act.on for act in year.acts if act.kind == "open"}
    assert len(at) == len(year.acts)
    for place, act in enumerate(year.acts):
        if act.thread:
            assert opened[act.thread] <= act.on
        if act.ref:
            on, before = at[act.ref]
            theirs = year.acts[before].party != act.party
            # What the other side wrote is on our node on a later day only.
            assert on < act.on if theirs else before < place


def test_every_text_has_both_languages_and_no_open_slot(year, texts) -> None:
    assert {topic.rule for topic in texts.topics} == set(RULE_DAYS)
    for side in PARTIES:
        assert len([topic for topic in texts.topics if topic.by == side]) == 12
    for pair in pairs(year):
        assert HAN.search(pair.zh)
        assert not HAN.search(pair.en)
        assert not SLOT.search(pair.en + pair.zh)
        for word in FORBIDDEN_WORDS:
            assert word not in pair.en.lower()
            assert word not in pair.zh


def test_a_correction_differs_from_what_it_replaces(year) -> None:
    by_name = {act.name: act for act in year.acts}
    fixed = [act for act in year.acts if act.kind == "correct"]
    assert len(fixed) == 2 * (COURSES["corrected"] + COURSES["answer-corrected"])
    for act in fixed:
        before = by_name[act.ref].text
        assert before is not None
        assert act.text is not None
        assert act.text.en != before.en
        assert act.text.zh != before.zh


def test_threads_name_applications_of_a_list_answered_before(year, lists) -> None:
    of_list = {turn.list: turn for turn in lists}
    opened = {act.thread: act.on for act in year.acts if act.kind == "open"}
    on_lists = [thread for thread in year.threads.values() if thread.list]
    assert len(on_lists) > 200
    for thread in on_lists:
        turn = of_list[thread.list]
        assert turn.answered < opened[thread.name]
        assert 1 <= len(thread.applications) <= 3
        assert set(thread.applications) <= {row["number"] for row in turn.answers}


def test_the_plan_is_the_same_and_another_seed_gives_another(texts, lists, both, year) -> None:
    assert plan(texts, lists, both, UNTIL) == year
    assert plan(texts, lists, both, UNTIL, seed=1) != year


def test_a_small_year_has_each_course_once_on_each_side(texts, lists, both) -> None:
    small = plan(texts, lists, both, date(2025, 10, 10), share=200)
    assert Counter((one.by, one.course) for one in small.threads.values()) == {
        (party, course): 1 for party in PARTIES for course in COURSES
    }
    assert max(act.on for act in small.acts) <= date(2025, 10, 10)


def test_both_officers_of_a_desk_write_in_turn() -> None:
    monday = date(2026, 11, 23)
    writers = {desk_of("eu", monday + timedelta(days=number)) for number in range(2)}
    assert writers == {"eu-desk-1", "eu-desk-2"}
