"""Plan the course of a single thread of the fictional year: from its question to its end.

The course names the acts, a random choice their days, within the time of the question's reply rule.
Does not sign and does not choose topics or applications.
"""

from __future__ import annotations

import random  # noqa: TID251 - seeded, so that the year is the same everywhere
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, Literal

from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.core.time.calendars import Calendar
from special_channel.sample.story import Pair
from special_channel.sample.year_lives import FIRST_CLOSE, FORTNIGHT
from special_channel.sample.year_texts import Topic, YearTexts

Course = Literal[
    "answered", "late", "withdrawn", "corrected", "answer-corrected", "translated", "moved",
    "open", "unanswered",
]  # fmt: skip

RULE_DAYS: Final[Mapping[str, int]] = {
    "reply-5wd": 5,
    "reply-2wd": 2,
    "line-stop-1wd": 1,
    "meeting-3wd": 3,
}
"""Working days of the charter's reply rules (config/charter/demo.toml)."""

_SOON: Final = 1, 3
"""Working days after which the other side, or the asker, does what comes before the answer."""

_MOVED_BY: Final = 4
_LATE_BY: Final = 4


def patience(rule: str) -> int:
    """Return the working days after which a question answered in time is answered, at most."""
    # In the morning of the last day: its end is the due time.
    return RULE_DAYS[rule]


Kind = Literal[
    "open", "note", "acknowledge", "correct", "withdraw", "translate", "propose", "agree",
    "assign", "close", "meeting", "mark",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """One entry to sign.

    Attributes:
        on: The day.
        name: Name in the journal, unique in the year.
        kind: What is done.
        party: The author's side.
        thread: Name of the thread; empty for a meeting.
        ref: Name of the note or meeting concerned.
        text: The text in two languages; without `translated`, the author's own language alone.
        rule: Reply rule of the note's questions.
        asks: Questions of the note.
        answers: Numbers of the questions of `ref` answered by the note.
        late: Whether the questions' due times pass before the answer.
    """

    on: date
    name: str
    kind: Kind
    party: Party
    thread: str = ""
    ref: str = ""
    text: Pair | None = None
    translated: bool = True
    rule: str = ""
    asks: tuple[Pair, ...] = ()
    answers: tuple[str, ...] = ()
    late: bool = False

    @property
    def by(self) -> str:
        """The official: the head for meetings and assignments, else the day's desk officer."""
        head = self.kind in {"meeting", "mark", "assign"}
        return f"{self.party}-head" if head else desk_of(self.party, self.on)

    @property
    def texts(self) -> tuple[Pair, ...]:
        """The text, if there is one, and the questions."""
        return (*((self.text,) if self.text else ()), *self.asks)


def desk_of(party: Party, day: date) -> str:
    """Return the official who writes a side's letters of a day; a desk's two officers alternate."""
    return f"{party}-desk-{day.toordinal() % 2 + 1}"


@dataclass(frozen=True, slots=True)
class Shape:
    """The parts of a thread's course, equal for the two sides."""

    course: Course
    second: bool
    together: bool
    acknowledged: bool
    confirmed: bool
    closed: bool
    assigned: bool


class YearEndedError(Exception):
    """A thread would end after the last working day."""


_LETTER_AFTER: Final = frozenset(map(timedelta, (6, 11)))
"""Time from a list's Friday to the Thursday after it, and to the Tuesday before the next one."""


class WorkingDays:
    """Working days of the sides in the year, and the days on which their desks write letters.

    Four days of a fortnight: those of list and return sheet, and two between (`_LETTER_AFTER`).
    """

    def __init__(
        self, calendars: Mapping[Party, Calendar], until: date, sheets: Collection[date] = ()
    ) -> None:
        self._sheets = frozenset(sheets)
        count = (until - FIRST_CLOSE).days
        days = [FIRST_CLOSE + timedelta(days=number) for number in range(3, count + 1)]
        self.of: Mapping[Party, list[date]] = {
            party: [day for day in days if calendars[party].is_working_day(day)]
            for party in PARTIES
        }

    def for_letters(self, day: date) -> bool:
        """Tell whether desks write letters on a day, if they work."""
        return day in self._sheets or (day - FIRST_CLOSE) % FORTNIGHT in _LETTER_AFTER

    def after(
        self, party: Party, day: date, count: int, among: tuple[int, int] | None = None
    ) -> date:
        """Return the side's working day `count` days after a day.

        `among`: the first and the last count that will do; then the nearest day of letters among
        these is returned, if there is one.

        Raises:
            YearEndedError: No such day is left.
        """
        days, begin = self.of[party], bisect_right(self.of[party], day) - 1
        if begin + count >= len(days):
            raise YearEndedError
        near = self.letters(party, day, among) if among else ()
        return days[begin + min(near, key=lambda each: abs(each - count), default=count)]

    def letters(self, party: Party, day: date, among: tuple[int, int]) -> list[int]:
        """Return the counts of the side's days of letters after a day; `among`: first and last."""
        days, begin = self.of[party], bisect_right(self.of[party], day) - 1
        first, last = among
        return [
            each
            for each in range(first, min(last, len(days) - 1 - begin) + 1)
            if self.for_letters(days[begin + each])
        ]

    def count(self, party: Party, after: date, until: date) -> int:
        """Count the side's working days after a day, until another."""
        days = self.of[party]
        return bisect_right(days, until) - bisect_right(days, after)

    def both(self) -> list[date]:
        """Return the working days common to the sides."""
        return sorted({*self.of["eu"]} & {*self.of["cn"]})


@dataclass(frozen=True, slots=True)
class ThreadCourse:
    """Plans the acts of a thread, from its question to its end."""

    name: str
    asker: Party
    shape: Shape
    topic: Topic
    slots: Slots
    days: WorkingDays
    draw: random.Random
    _acts: list[Act] = field(default_factory=list, init=False)

    def acts(self, begun: date, texts: YearTexts) -> list[Act]:
        """Return the acts in order of their days."""
        course = self.shape.course
        self._ask(begun, texts)
        if course == "withdrawn":
            on = self.days.after(self.asker, begun, self.draw.randint(1, 3), (1, 3))
            reason = self.draw.choice(texts.withdrawn)
            self._add(on, "withdrawn", "withdraw", self.asker, "ask", text=reason)
            self._end(on, "")
        elif course not in {"open", "unanswered"}:
            answered = self._answer(begun, self._between(begun))
            if self.shape.second:
                self._end(self._again(answered, texts), "reply")
            else:
                self._end(answered, "answer")
        return self._acts

    @property
    def _other(self) -> Party:
        return peer_of(self.asker)

    @property
    def _patience(self) -> int:
        return patience(self.topic.rule)

    def _add(
        self,
        on: date,
        name: str,
        kind: Kind,
        party: Party,
        ref: str = "",
        *,
        text: Pair | None = None,
        **more: Any,  # noqa: ANN401 - fields of an act
    ) -> None:
        about = f"{self.name}-{ref}" if ref else ""
        act = Act(on, f"{self.name}-{name}", kind, party, self.name, about, text, **more)
        self._acts.append(act)

    def _ask(self, begun: date, texts: YearTexts) -> None:
        """Open the thread with a note; let the other side acknowledge and assign it."""
        course, topic = self.shape.course, self.topic
        asks = [topic.ask, topic.more] if self._both else [topic.ask]
        self._add(begun, "opened", "open", self.asker)
        self._add(
            begun,
            "ask",
            "note",
            self.asker,
            text=self.slots.fill(topic.note),
            rule=topic.rule,
            asks=tuple(map(self.slots.fill, asks)),
            translated=course != "translated",
            late=course in {"late", "unanswered"},
        )
        if self.shape.assigned:
            remark = self.draw.choice(texts.remark)
            self._add(self._next(begun), "assigned", "assign", self._other, text=remark)
        if self.shape.acknowledged:
            self._add(self._next(begun), "ask-ack", "acknowledge", self._other, "ask")

    @property
    def _both(self) -> bool:
        return self.shape.together and not self.shape.second

    def _next(self, day: date) -> date:
        return self.days.after(self._other, day, 1, _SOON)

    def _between(self, begun: date) -> date:
        """Plan acts between question and answer; return the last day."""
        note, theirs = self.topic.note, self._next(begun)
        match self.shape.course:
            case "corrected":
                on = self.days.after(self.asker, begun, 1, _SOON)
                if self._passes(begun, on):
                    on = self.days.after(self.asker, begun, 1)
                fixed = self.slots.fill_again(note)
                self._add(on, "ask-fixed", "correct", self.asker, "ask", text=fixed)
                return on
            case "translated":
                text = self.slots.fill(note)
                self._add(theirs, "ask-translated", "translate", self._other, "ask", text=text)
                return theirs
            case "moved":
                # Both before the date that is moved passes.
                left = _SOON[1] + 1 - self.days.count(self._other, begun, theirs)
                on = self.days.after(self.asker, theirs, 1, (1, left))
                if self._passes(begun, on):  # with a holiday in between
                    theirs = self.days.after(self._other, begun, 1)
                    on = self.days.after(self.asker, theirs, 1)
                self._add(theirs, "proposed", "propose", self._other, "ask")
                self._add(on, "agreed", "agree", self.asker, "proposed")
                return on
            case _:
                return begun

    def _passes(self, begun: date, on: date) -> bool:
        """Tell whether a day is the last of the answer's time, or after it."""
        return self.days.count(self._other, begun, on) >= RULE_DAYS[self.topic.rule]

    def _answer(self, begun: date, soonest: date) -> date:
        """Plan the answer, in time or late, and its correction; return the last day."""
        rule = RULE_DAYS[self.topic.rule]
        among = 1, self._patience
        if self.shape.course == "late":
            among = rule + 1, rule + _LATE_BY
        elif self.shape.course == "moved":
            among = rule + 1, rule + _MOVED_BY
        on = self.days.after(self._other, begun, self.draw.randint(*among), among)
        if on <= soonest and soonest > begun:
            first = self.days.count(self._other, begun, soonest) + 1
            on = self.days.after(self._other, begun, first, (first, max(first, among[1])))
        text, numbers = self.slots.fill(self.topic.answer), tuple("1")
        if self._both:
            text, numbers = _joined(text, self.slots.fill(self.topic.reply)), tuple("12")
        self._add(on, "answer", "note", self._other, "ask", text=text, answers=numbers)
        if self.shape.course == "answer-corrected":
            on = self._next(on)
            fixed = self.slots.fill_again(self.topic.answer)
            self._add(on, "answer-fixed", "correct", self._other, "answer", text=fixed)
        return on

    def _again(self, answered: date, texts: YearTexts) -> date:
        """Plan a second question and its answer in time; return the answer's day."""
        asked = self.days.after(self.asker, answered, self.draw.randint(1, 2), (1, 4))
        more = (self.slots.fill(self.topic.more),)
        words = self.draw.choice(texts.again)
        rule = self.topic.rule
        self._add(asked, "more", "note", self.asker, text=words, rule=rule, asks=more)
        among = 1, self._patience
        on = self.days.after(self._other, asked, self.draw.randint(*among), among)
        reply = self.slots.fill(self.topic.reply)
        self._add(on, "reply", "note", self._other, "more", text=reply, answers=("1",))
        return on

    def _end(self, on: date, answer: str) -> None:
        """Plan the acknowledgement of an answer, and the thread's end."""
        if self.shape.confirmed and answer:
            on = self.days.after(self.asker, on, 1, (1, 4))
            self._add(on, "answer-ack", "acknowledge", self.asker, answer)
        if self.shape.closed:
            on = self.days.after(self.asker, on, self.draw.randint(1, 2), (1, 5))
            self._add(on, "closed", "close", self.asker)


class Slots:
    """Fills the slots of a thread's texts: the same values in either language."""

    def __init__(
        self,
        draw: random.Random,
        texts: YearTexts,
        begun: date,
        list_: str,
        numbers: Sequence[str],
    ) -> None:
        firm = draw.choice(texts.firms)
        kilograms = draw.randint(2, 60) * 50
        day = begun - timedelta(days=draw.randint(5, 30))
        code = draw.choice(("1C905.a", "1C904.a", "1C902.a", "1C905.b", "1C908.b"))
        self._again = (str(kilograms + 150), day - timedelta(days=1))
        self._values = (str(kilograms), day)
        self._en = {
            "numbers": ", ".join(numbers),
            "list": list_,
            "firm": firm.en,
            "code": code,
        }
        self._zh = {
            "numbers": "、".join(numbers),
            "list": list_,
            "firm": firm.zh,
            "code": code,
        }

    def fill(self, pair: Pair) -> Pair:
        """Fill a text."""
        return self._filled(pair, *self._values)

    def fill_again(self, pair: Pair) -> Pair:
        """Fill a text with the corrected quantity and day."""
        return self._filled(pair, *self._again)

    def _filled(self, pair: Pair, kilograms: str, day: date) -> Pair:
        english = {"day": f"{day.day} {day:%B %Y}", "quantity": f"{int(kilograms):,} kg"}
        chinese = {"day": f"{day.year}年{day.month}月{day.day}日", "quantity": f"{kilograms}千克"}
        return Pair(
            en=pair.en.format(**self._en, **english).strip(),
            zh=pair.zh.format(**self._zh, **chinese).strip(),
        )


def _joined(one: Pair, two: Pair) -> Pair:
    return Pair(en=f"{one.en}\n\n{two.en}", zh=f"{one.zh}\n\n{two.zh}")
