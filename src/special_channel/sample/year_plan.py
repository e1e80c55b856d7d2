"""Plan the fictional year's correspondence from a seed: who writes what to whom on which day.

Every course of a thread is planned twice, once with the EU side asking and once with MOFCOM asking,
so the sides answer in time, answer late, withdraw and correct equally often. Entries are on
working days of their author's side. Does not sign and does not compute due times.
"""

from __future__ import annotations

import random  # noqa: TID251 - seeded, so that the year is the same everywhere
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Final

from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.core.time.calendars import Calendar
from special_channel.sample.story import Pair
from special_channel.sample.year import Turn
from special_channel.sample.year_course import (
    RULE_DAYS,
    Act,
    Course,
    Shape,
    Slots,
    ThreadCourse,
    WorkingDays,
    YearEndedError,
    patience,
)
from special_channel.sample.year_lives import SEED
from special_channel.sample.year_texts import About, Agenda, Topic, YearTexts

COURSES: Final[Mapping[Course, int]] = {
    "answered": 122,
    "late": 12,
    "withdrawn": 12,
    "corrected": 10,
    "answer-corrected": 10,
    "translated": 14,
    "moved": 8,
    "open": 11,
    "unanswered": 1,
}
"""Threads opened by each side, by course: 200, of which 12 are answered late."""

FOUNDED: Final = datetime(2025, 7, 7, 7, tzinfo=UTC)
"""The instant at which a demonstration of the year founds both sides."""

MEETING_EVERY: Final = timedelta(days=21)
APPLICATIONS: Final = 3
"""Most applications in a thread."""

_UNANSWERED: Final = 7
"""Working days of the answering side, counted from the last, before the question without an answer:
its date, the fifth working day after, passes a day before the end."""

_NEWEST: Final = 3
_BRIEFLY: Final = timedelta(days=5)
"""In which a side's next three working days are, unless it has a holiday."""

_FIRST_MINUTE: Final = 7 * 60 + 30
_MINUTES: Final = 95
"""Entries are written from 7:30 UTC, when both capitals work, in winter and in summer."""

_PATIENT: Final = frozenset[Course](
    {"withdrawn", "corrected", "answer-corrected", "translated", "moved", "open", "unanswered"}
)
_PATIENT_DAYS: Final = 5
"""Courses with an act between question and answer, or a date ahead: of questions of 5 days."""


@dataclass(frozen=True, slots=True)
class YearThread:
    """A thread: side, course, subject, list and applications. `list` is empty on no list."""

    name: str
    by: Party
    course: Course
    subject: Pair
    list: str
    applications: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class YearMeeting:
    """A meeting, drafted by a side; `differs` tells whether the other side marks a difference."""

    name: str
    by: Party
    on: date
    agenda: Agenda
    differs: bool


@dataclass(frozen=True, slots=True)
class YearPlan:
    """The year's correspondence: threads and meetings by name, acts in order of their days."""

    threads: Mapping[str, YearThread]
    meetings: Mapping[str, YearMeeting]
    acts: tuple[Act, ...]


def plan(
    texts: YearTexts,
    turns: Sequence[Turn],
    calendars: Mapping[Party, Calendar],
    until: date,
    *,
    share: int = 1,
    seed: int = SEED,
) -> YearPlan:
    """Plan the correspondence until a day.

    Args:
        texts: The texts.
        turns: The lists, with their answers.
        calendars: Both sides' calendars.
        until: The last day on which anybody writes.
        share: Plan every n-th thread of a course only, at least the first: a small year for tests.
        seed: Seed of all random choices.
    """
    before = [turn for turn in turns if turn.answered < until]
    draw = random.Random(seed + 2)  # noqa: S311 - fiction
    sheets = [day for turn in turns for day in (turn.closed, turn.answered)]
    return _Planner(texts, before, WorkingDays(calendars, until, sheets), draw).plan(share)


def moment(day: date) -> datetime:
    """Return the instant of a day's letters, in the office hours of the two capitals."""
    minutes = random.Random(day.toordinal()).randrange(_MINUTES)  # noqa: S311 - fiction
    return datetime.combine(day, time(0), UTC) + timedelta(minutes=_FIRST_MINUTE + minutes)


class _Planner:
    """State of the planner: random choices, planned threads and meetings."""

    def __init__(
        self,
        texts: YearTexts,
        turns: Sequence[Turn],
        days: WorkingDays,
        draw: random.Random,
    ) -> None:
        self._texts, self._turns, self._days, self._draw = texts, turns, days, draw
        self._threads: dict[str, YearThread] = {}
        self._meetings: dict[str, YearMeeting] = {}
        self._used: dict[Party, int] = {"eu": 0, "cn": 0}

    def plan(self, share: int) -> YearPlan:
        # After a long holiday of one side, nothing that it asked is open: then neither side's is.
        ahead = all(map(self._ahead, PARTIES))
        shapes = [
            self._shape(course if ahead or course != "open" else "answered")
            for course, count in COURSES.items()
            for _ in range(max(count // share, 1))
        ]
        self._draw.shuffle(shapes)
        acts = [
            act
            for number, shape in enumerate(shapes, 1)
            for party in PARTIES
            for act in self._thread(f"{party}-{number}", party, shape)
        ]
        acts += self._all_meetings()
        # Stable: acts of one day stay in the order of their thread.
        return YearPlan(self._threads, self._meetings, tuple(sorted(acts, key=lambda act: act.on)))

    def _shape(self, course: Course) -> Shape:
        chance = self._draw.random
        ended = course not in {"open", "unanswered"}
        plain = course in {"answered", "translated"}
        return Shape(
            course,
            second=plain and chance() < 0.25,  # noqa: PLR2004 - shares of a fiction
            together=course == "answered" and chance() < 0.3,  # noqa: PLR2004
            acknowledged=ended and chance() < 0.4,  # noqa: PLR2004
            confirmed=ended and course != "withdrawn" and chance() < 0.7,  # noqa: PLR2004
            closed=ended and chance() < 0.85,  # noqa: PLR2004
            assigned=ended and chance() < 0.15,  # noqa: PLR2004
        )

    def _thread(self, name: str, asker: Party, shape: Shape) -> list[Act]:
        topic = self._topic(asker, shape)
        while True:
            # A course too long for the days that are left begins on another day.
            with suppress(YearEndedError):
                return self._begun(name, asker, shape, topic)

    def _begun(self, name: str, asker: Party, shape: Shape, topic: Topic) -> list[Act]:
        """Plan a thread from a day on.

        Raises:
            YearEndedError: The thread would end after the year.
        """
        begun = self._begin(asker, shape.course, topic.rule)
        turn = next(each for each in reversed(self._turns) if each.answered < begun)
        listed = topic.about != "none"
        numbers = self._numbers(turn, topic.about) if listed else ()
        slots = Slots(self._draw, self._texts, begun, turn.list, numbers)
        subject = slots.fill(topic.subject)
        list_ = turn.list if listed else ""
        self._threads[name] = YearThread(name, asker, shape.course, subject, list_, numbers)
        course = ThreadCourse(name, asker, shape, topic, slots, self._days, self._draw)
        return course.acts(begun, self._texts)

    def _topic(self, asker: Party, shape: Shape) -> Topic:
        """Take the side's next topic fit for a course, in turn."""
        topics = [topic for topic in self._texts.topics if topic.by == asker]
        while True:
            topic = topics[self._used[asker] % len(topics)]
            self._used[asker] += 1
            if shape.course not in _PATIENT or RULE_DAYS[topic.rule] >= _PATIENT_DAYS:
                return topic

    def _begin(self, asker: Party, course: Course, rule: str) -> date:
        days, theirs = self._days.of[asker], self._days.of[peer_of(asker)]
        if course == "open":
            return self._draw.choice(self._ahead(asker)[-_NEWEST:])
        if course == "unanswered":
            return days[bisect_right(days, theirs[-_UNANSWERED]) - 1]
        first = bisect_right(days, self._turns[0].answered)
        chosen = days[first:-1]
        if course in _PATIENT:
            # No holiday of the asking side between question and correction: the answer's time runs.
            patient = self._patient
            chosen = [day for day in chosen if day in patient]
        letters = [day for day in chosen if self._days.for_letters(day)]
        # Such that the answer, too, and an act before it, are written on a day of letters.
        other, least = peer_of(asker), 2 if course in _PATIENT else 1
        among = 1, patience(rule)
        fitting = [day for day in letters if len(self._days.letters(other, day, among)) >= least]
        return self._draw.choice(fitting or chosen)

    @cached_property
    def _patient(self) -> frozenset[date]:
        """The days of either side after which both sides work on."""
        days = {day for party in PARTIES for day in self._days.of[party]}
        return frozenset(day for day in days if all(self._works_on(p, day) for p in PARTIES))

    def _works_on(self, party: Party, day: date) -> bool:
        coming = [each for each in self._days.of[party] if day < each <= day + _BRIEFLY]
        return len(coming) >= 3  # noqa: PLR2004 - acts between question and answer

    def _ahead(self, asker: Party) -> list[date]:
        """Return the days of questions with dates after the end."""
        # Fewer days of the answering side are left than its answer may take.
        theirs = self._days.of[peer_of(asker)]
        return [day for day in self._days.of[asker] if day >= theirs[-_PATIENT_DAYS]]

    def _numbers(self, turn: Turn, about: About) -> tuple[str, ...]:
        """Choose applications of a list by MOFCOM's answers; any, if none was answered so."""
        every = [str(row["number"]) for row in turn.answers]
        fitting = [
            str(row["number"]) for row in turn.answers if about in (row["match"], row.get("state"))
        ]
        numbers = fitting or every
        count = min(self._draw.randint(1, APPLICATIONS), len(numbers))
        return tuple(sorted(self._draw.sample(numbers, count)))

    # ------------------------------------------------------------ meetings

    def _all_meetings(self) -> Iterator[Act]:
        days: list[date] = []
        for day in filter(self._days.for_letters, self._days.both()[:-3]):
            if not days or day - days[-1] >= MEETING_EVERY:
                days.append(day)
        # An even number: each side drafts half of the records, and marks the other half.
        for number, day in enumerate(days[: len(days) // 2 * 2]):
            party = PARTIES[number % 2]
            agenda = self._texts.meetings[number // 2 % len(self._texts.meetings)]
            name = f"meeting-{number + 1}"
            differs = number // 2 % 3 == 0
            self._meetings[name] = YearMeeting(name, party, day, agenda, differs)
            marked = self._days.after(peer_of(party), day, 1, (1, 3))
            yield Act(day, name, "meeting", party)
            yield Act(marked, f"{name}-marked", "mark", peer_of(party), ref=name)
