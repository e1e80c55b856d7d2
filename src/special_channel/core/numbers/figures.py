"""Figures on questions: indicators of the EU's Internal Market Information System (IMI).

A pure function of the folded rows of questions and notes: at equal frontiers both nodes and every
verifier compute the same numbers. Does not read a clock, does not set thresholds (the charter may),
and ignores ladders: alerts within a side are not counted.

IMI publishes five indicators: accepted within 7 days; days taken to answer; answered by the agreed
date; timeliness and effort as rated by the counterpart.
https://single-market-scoreboard.ec.europa.eu/enforcement-tools/imi_en
The record has no ratings. Two signed acts of the waiting side replace the two ratings: a date
passed, and a named person referred the question to a higher level.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant
from special_channel.core.rows.charter import AgreedFigures
from special_channel.core.rows.questions import Outcome, QuestionRow
from special_channel.core.rows.threads import NoteRow

DEFINITIONS: Final = "imi-1"
"""Name of the definitions in this module, for charters that adopt figures. A changed definition
needs a new name."""

ACKNOWLEDGED_WITHIN: Final = timedelta(days=7)
"""IMI's "accepted within one week": 7 times 24 hours from the question, not working days."""

DAY: Final = timedelta(days=1)

Name = Literal[
    "acknowledged-in-time",
    "days-to-acknowledge",
    "days-to-answer",
    "answered-in-time",
    "date-passed",
    "referred",
]
NAMES: Final[tuple[Name, ...]] = (
    "acknowledged-in-time",
    "days-to-answer",
    "answered-in-time",
    "date-passed",
    "referred",
    "days-to-acknowledge",
)
"""The five of IMI in its order, then a further measure."""

MORE_IS_BETTER: Final[frozenset[Name]] = frozenset({"acknowledged-in-time", "answered-in-time"})

Apart = Literal["crossed", "unconfirmed", "withdrawn", "requested", "ended"]
_APART: Final[Mapping[Outcome, Apart]] = {
    "crossed": "crossed",
    "unanswered-unconfirmed": "unconfirmed",
    "withdrawn": "withdrawn",
    "answered": "requested",
    "ended": "ended",
}
APART: Final[tuple[Apart, ...]] = ("crossed", "unconfirmed", "withdrawn", "requested", "ended")
"""Reasons for leaving a question out of all measures, in display order."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question, reduced to the facts for figures.

    Times are `accepted` times of the two logs: claims of the log's owner, bounded by stamped heads.

    Attributes:
        answering: The answering side; the question counts in its figures.
        asked: Acceptance of the question into the asker's log.
        acknowledged: First acknowledgement of the note by the answering side, or the first
            answer if earlier.
        answered: Start of the uninterrupted time with a valid answer; None without an answer.
        outcome: By rule 13.
        passed: Some `deadline.passed` about the question, for any of its due times, is
            confirmed by a stamped head of the answering side.
        referred: A named person of the waiting side referred the question to a higher level.
        requested: The asker alone chose the due time in force, so the date can't pass.
    """

    answering: Party
    asked: datetime
    acknowledged: datetime | None
    answered: datetime | None
    outcome: Outcome
    passed: bool = False
    referred: bool = False
    requested: bool = False

    @property
    def apart(self) -> Apart | None:
        """The reason for leaving the question out of all measures; None: counted."""
        if self.requested and self.outcome in {"open", "answered"}:
            return "requested"
        return _APART.get(self.outcome)


@dataclass(frozen=True, slots=True)
class Share:
    """A fraction: `part` out of `whole`."""

    part: int
    whole: int

    @property
    def tenths(self) -> int | None:
        """The share in tenths of a per cent, rounded half up; None if `whole` is 0."""
        return None if self.whole == 0 else _rounded(self.part * 1000, self.whole)


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean: the sum of times, and their number."""

    total: timedelta
    whole: int

    @property
    def tenths(self) -> int | None:
        """The mean in tenths of a day of 24 hours, rounded half up; None if `whole` is 0."""
        if self.whole == 0:
            return None
        return _rounded(self.total // timedelta(seconds=1) * 10, 86_400 * self.whole)


@dataclass(frozen=True, slots=True)
class Measure:
    """An indicator. `undecided`: number of undecided questions, not counted in `value`."""

    name: Name
    value: Share | Mean
    undecided: int = 0


@dataclass(frozen=True, slots=True)
class Month:
    """Number of questions by outcome, for a calendar month (UTC)."""

    year: int
    month: int
    outcomes: tuple[tuple[Outcome, int], ...]

    @property
    def total(self) -> int:
        """Number of all questions of the month."""
        return sum(count for _, count in self.outcomes)


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of an answering side.

    Attributes:
        answering: The answering side.
        asks: Number of all questions to the answering side in the period.
        apart: Number of questions outside all measures, by reason: crossed (neither side is
            late), unconfirmed (the existence of an answer is unknown), withdrawn (an answer was
            withdrawn after the due time), requested (no due time was agreed), ended (the
            question was withdrawn or closed unanswered).
        measures: In the order of `NAMES`.
        months: The questions by month, outcomes in the order of `OUTCOMES`.
    """

    answering: Party
    asks: int
    apart: tuple[tuple[Apart, int], ...]
    measures: tuple[Measure, ...]
    months: tuple[Month, ...] = ()

    @property
    def counted(self) -> int:
        """Number of questions in the measures."""
        return self.asks - sum(count for _, count in self.apart)

    def measure(self, name: Name) -> Measure:
        """Look up a measure by name."""
        return self.measures[NAMES.index(name)]


OUTCOMES: Final[tuple[Outcome, ...]] = (
    "in-time",
    "late",
    "unanswered-confirmed",
    "open",
    "crossed",
    "unanswered-unconfirmed",
    "answered",
    "withdrawn",
    "ended",
)
"""All outcomes, in display order."""


@dataclass(frozen=True, slots=True)
class Period:
    """Questions accepted into the asker's log from `since` on, and before `until`."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, case: Case) -> bool:
        """Tell whether a question was asked in the period."""
        return (self.since is None or self.since <= case.asked) and (
            self.until is None or case.asked < self.until
        )


def case_of(row: QuestionRow, note: NoteRow | None) -> Case:
    """Reduce a question to its facts; `note` is the row of the note with the question."""
    answered = instant(row.answer.accepted) if row.answer else None
    marks = () if note is None else note.acknowledged
    acknowledged = [instant(mark.accepted) for mark in marks if mark.party == row.answering]
    # An answer acknowledges the question, even if the answer is later withdrawn.
    acknowledged += [instant(answer.accepted) for answer in row.answers]
    return Case(
        answering=row.answering,
        asked=instant(row.accepted),
        acknowledged=min(acknowledged, default=None),
        answered=answered,
        outcome=row.outcome(),
        passed=any(fact.confirmed for fact in row.passed),
        referred=bool(row.referred),
        requested=not row.is_agreed,
    )


def figures(
    cases: Iterable[Case], answering: Party, known: datetime, period: Period | None = None
) -> Figures:
    """Compute the figures of a side.

    Args:
        cases: Questions to both sides, in any order.
        answering: The answering side.
        known: The answering side's log is known up to this time: now for our log, the time
            of the newest stamped head for the other side's. A question without
            acknowledgement is undecided until seven days have passed by `known`.
        period: If None, all questions.
    """
    counted = period or Period()
    own = [case for case in cases if case.answering == answering and counted.holds(case)]
    tally = _Tally(known)
    for case in own:
        if case.apart is None:
            tally.add(case)
    apart = Counter(case.apart for case in own)
    return Figures(
        answering=answering,
        asks=len(own),
        apart=tuple((name, apart[name]) for name in APART),
        measures=tally.measures(),
        months=_months(own),
    )


def are_counted(adopted: AgreedFigures) -> bool:
    """Tell whether the charter adopts the definitions of this module."""
    return adopted.definitions == DEFINITIONS


def meets(measure: Measure, threshold: int) -> bool | None:
    """Compare a measure exactly with an agreed threshold; None for an empty measure.

    The unit is per cent for shares, days for means. Measures in `MORE_IS_BETTER` must be at least
    the threshold, other measures at most.
    """
    value = measure.value
    if value.whole == 0:
        return None
    if isinstance(value, Mean):
        return value.total <= DAY * threshold * value.whole
    actual, limit = value.part * 100, threshold * value.whole
    return actual >= limit if measure.name in MORE_IS_BETTER else actual <= limit


@dataclass(slots=True)
class _Tally:
    """Sums over the counted questions, independent of order."""

    known: datetime
    counts: Counter[str] = field(default_factory=Counter)
    acknowledging: timedelta = timedelta(0)
    answering: timedelta = timedelta(0)

    def add(self, case: Case) -> None:
        """Count a question."""
        self._acknowledged(case)
        if case.answered is not None:
            self.counts["answered"] += 1
            self.answering += _since(case.asked, case.answered)
        if case.outcome == "open":
            self.counts["open"] += 1
            return
        self.counts["decided"] += 1
        self.counts["in-time"] += case.outcome == "in-time"
        self.counts["passed"] += case.passed
        self.counts["referred"] += case.referred

    def _acknowledged(self, case: Case) -> None:
        if case.acknowledged is None:
            over = self.known - case.asked >= ACKNOWLEDGED_WITHIN
            self.counts["without" if over else "waiting"] += 1
            return
        took = _since(case.asked, case.acknowledged)
        self.counts["acknowledged"] += 1
        self.counts["within"] += took <= ACKNOWLEDGED_WITHIN
        self.acknowledging += took

    def measures(self) -> tuple[Measure, ...]:
        """Return all measures, in the order of `NAMES`."""
        n = self.counts
        waiting = n["waiting"]
        unacknowledged = waiting + n["without"]
        judged = n["acknowledged"] + n["without"]
        unanswered = n["decided"] + n["open"] - n["answered"]
        return (
            Measure("acknowledged-in-time", Share(n["within"], judged), waiting),
            Measure("days-to-answer", Mean(self.answering, n["answered"]), unanswered),
            Measure("answered-in-time", Share(n["in-time"], n["decided"]), n["open"]),
            Measure("date-passed", Share(n["passed"], n["decided"]), n["open"]),
            Measure("referred", Share(n["referred"], n["decided"]), n["open"]),
            Measure(
                "days-to-acknowledge", Mean(self.acknowledging, n["acknowledged"]), unacknowledged
            ),
        )


def _months(cases: Iterable[Case]) -> tuple[Month, ...]:
    months: dict[tuple[int, int], Counter[Outcome]] = {}
    for case in cases:
        months.setdefault((case.asked.year, case.asked.month), Counter())[case.outcome] += 1
    return tuple(
        Month(year, month, tuple((outcome, counts[outcome]) for outcome in OUTCOMES))
        for (year, month), counts in sorted(months.items())
    )


def _since(asked: datetime, event: datetime) -> timedelta:
    """Return the elapsed time; 0 if the clocks of the two logs disagree about the order."""
    return max(event - asked, timedelta(0))


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
