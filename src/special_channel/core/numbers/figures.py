"""Figures on asks: the indicators of the EU's Internal Market Information System (IMI).

A pure function of asks and their notes as a fold left them, so that both nodes and any
verifier come to the same numbers at equal frontiers. Does not read a clock, does not say
what is good enough (the charter may), and knows no ladder: what a side tells its own
people is nobody's figure.

IMI publishes five: accepted within 7 days; days taken to answer; answered by the date
agreed; timeliness and effort as rated by the counterpart.
https://single-market-scoreboard.ec.europa.eu/enforcement-tools/imi_en
Nobody rates anybody in this record. In the place of the two ratings stand the two signed
acts by which the waiting side says that a reply was late or not enough: that a date
passed, and that a named person took the ask to a higher level.
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
"""Name of the definitions in this module. A charter that adopts figures names them; a change
of any of them is a new name."""

ACKNOWLEDGED_WITHIN: Final = timedelta(days=7)
"""IMI's "accepted within one week": 7 times 24 hours from the ask, not working days."""

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
"""IMI's five in its order, then one beside them."""

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
"""In the order in which figures list them."""


@dataclass(frozen=True, slots=True)
class Case:
    """What one ask brings to the figures.

    Times are `accepted` of the two logs, each its owner's claim, bounded by stamped heads.

    Attributes:
        answering: Whose figures it is in.
        asked: When the ask was accepted into the asker's log.
        acknowledged: The first acknowledgement of its note by the answering side, or the
            first answer if that came before: who answers has accepted.
        answered: The answer that stands: since when one has, without a break.
        outcome: By rule 13.
        passed: A `deadline.passed` about it, for any of its due times, is confirmed by the
            answering side's own stamped head.
        referred: A named person of the waiting side took it to a higher level.
        requested: The asker alone chose the due time in force: it can't pass.
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
        """Why it is in no measure; None: it is counted."""
        if self.requested and self.outcome in {"open", "answered"}:
            return "requested"
        return _APART.get(self.outcome)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def tenths(self) -> int | None:
        """Tenths of a per cent, rounded half up; None of nothing."""
        return None if self.whole == 0 else _rounded(self.part * 1000, self.whole)


@dataclass(frozen=True, slots=True)
class Mean:
    """The time of so many, summed."""

    total: timedelta
    whole: int

    @property
    def tenths(self) -> int | None:
        """Tenths of a day of 24 hours, rounded half up; None of nothing."""
        if self.whole == 0:
            return None
        return _rounded(self.total // timedelta(seconds=1) * 10, 86_400 * self.whole)


@dataclass(frozen=True, slots=True)
class Measure:
    """One indicator. `undecided`: asks that can't be counted yet, in neither number."""

    name: Name
    value: Share | Mean
    undecided: int = 0


@dataclass(frozen=True, slots=True)
class Month:
    """Asks of one calendar month (UTC) by outcome."""

    year: int
    month: int
    outcomes: tuple[tuple[Outcome, int], ...]

    @property
    def total(self) -> int:
        """All asks of the month."""
        return sum(count for _, count in self.outcomes)


@dataclass(frozen=True, slots=True)
class Figures:
    """One answering side's figures.

    Attributes:
        answering: Whose.
        asks: All asks put to it in the period.
        apart: Of these, those in no measure: crossed (nobody's default), unconfirmed
            (whether an answer exists isn't known), withdrawn (an answer was taken back after
            the due time), requested (no due time was agreed), ended (the question was
            withdrawn or closed unanswered).
        measures: In the order of `NAMES`.
        months: The same asks by month, outcomes in the order of `OUTCOMES`.
    """

    answering: Party
    asks: int
    apart: tuple[tuple[Apart, int], ...]
    measures: tuple[Measure, ...]
    months: tuple[Month, ...] = ()

    @property
    def counted(self) -> int:
        """How many asks the measures speak of."""
        return self.asks - sum(count for _, count in self.apart)

    def measure(self, name: Name) -> Measure:
        """Return a measure by its name."""
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
"""Every outcome, in the order in which figures list them."""


@dataclass(frozen=True, slots=True)
class Period:
    """Asks that were accepted into the asker's log from `since` on and before `until`."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, case: Case) -> bool:
        """Tell whether an ask falls into it."""
        return (self.since is None or self.since <= case.asked) and (
            self.until is None or case.asked < self.until
        )


def case_of(row: QuestionRow, note: NoteRow | None) -> Case:
    """Read what an ask brings; `note` is the row of the note that asks."""
    answered = instant(row.answer.accepted) if row.answer else None
    marks = () if note is None else note.acknowledged
    seen = [instant(mark.accepted) for mark in marks if mark.party == row.answering]
    # Who answers has accepted, and taking the answer back does not change that.
    seen += [instant(answer.accepted) for answer in row.answers]
    return Case(
        answering=row.answering,
        asked=instant(row.accepted),
        acknowledged=min(seen, default=None),
        answered=answered,
        outcome=row.outcome(),
        passed=any(fact.confirmed for fact in row.passed),
        referred=bool(row.referred),
        requested=not row.is_agreed,
    )


def figures(
    cases: Iterable[Case], answering: Party, known: datetime, period: Period | None = None
) -> Figures:
    """Count one side's figures.

    Args:
        cases: Of both sides, in any order.
        answering: Whose figures.
        known: Up to when the answering side's log is known here: now for one's own, the
            time of the newest stamped head for the other's. Until the seven days have
            passed by it, an ask without acknowledgement is undecided.
        period: All asks, if absent.
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
    """Tell whether this program counts by the definitions that a charter adopts."""
    return adopted.definitions == DEFINITIONS


def meets(measure: Measure, threshold: int) -> bool | None:
    """Tell whether a measure reaches an agreed threshold, exactly; None of nothing.

    Per cent for shares, days for times. A share of what went well is to be at least it,
    everything else at most.
    """
    value = measure.value
    if value.whole == 0:
        return None
    if isinstance(value, Mean):
        return value.total <= DAY * threshold * value.whole
    found, wanted = value.part * 100, threshold * value.whole
    return found >= wanted if measure.name in MORE_IS_BETTER else found <= wanted


@dataclass(slots=True)
class _Tally:
    """Sums over the asks that count; adding commutes."""

    known: datetime
    counts: Counter[str] = field(default_factory=Counter)
    acknowledging: timedelta = timedelta(0)
    answering: timedelta = timedelta(0)

    def add(self, case: Case) -> None:
        """Count one ask."""
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
    found: dict[tuple[int, int], Counter[Outcome]] = {}
    for case in cases:
        found.setdefault((case.asked.year, case.asked.month), Counter())[case.outcome] += 1
    return tuple(
        Month(year, month, tuple((outcome, counts[outcome]) for outcome in OUTCOMES))
        for (year, month), counts in sorted(found.items())
    )


def _since(asked: datetime, event: datetime) -> timedelta:
    """Return how long it took; never less than nothing, whatever the two clocks say."""
    return max(event - asked, timedelta(0))


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
