"""Applications in numbers: what each side's statements come to as of a date, and their drawing.

Does not count: `stores/numbers.py` does. Colours nothing as good or bad, and never merges the
sides: each number is by one side's statements, one's own first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final, Literal

from special_channel.core.bytes.ids import Party
from special_channel.ports.numbers import (
    CodedNumbers,
    CodeNumbers,
    CodeSource,
    Counts,
    MonthNumbers,
    Spread,
)
from special_channel.web.shared.references import ListRef

Measure = Literal[
    "listed", "matched", "accepted", "decided", "approved", "refused", "not_accepted",
    "withdrawn", "addressed", "returned", "sent_back", "running", "uncounted", "over",
]  # fmt: skip
MEASURES: Final[tuple[Measure, ...]] = (
    "listed", "matched", "accepted", "decided", "approved", "refused", "not_accepted",
    "withdrawn", "addressed", "returned", "sent_back", "running", "uncounted", "over",
)  # fmt: skip
"""In the order in which a page shows them; all of the population `listed`."""

OF_LISTS: Final[tuple[Measure, ...]] = (
    "matched", "accepted", "decided", "approved", "refused", "returned", "running", "over",
)  # fmt: skip
"""What is shown of each list."""

SPREADS: Final = ("age", "took")
"""Times in working days, each with its median and 90th percentile."""

MONTHS: Final = 14
CODES: Final = 10
"""Control codes in a drawing: those of most applications, in their order."""

BAR: Final = 26
GAP: Final = 20
HEIGHT: Final = 150
TOP: Final = 24
FOOT: Final = 26


@dataclass(frozen=True, slots=True)
class PublicFigure:
    """A figure that was published, with what the record comes to by the same words.

    Attributes:
        on: The date as of which it was said.
        measure: What of a side's statements is nearest to its words.
        part: By the own side's statements, then the other's; of `listed`.
    """

    on: date
    measure: Measure
    listed: int = 0
    part: tuple[int, int] = (0, 0)


PUBLIC_RECORD: Final = (
    PublicFigure(date(2025, 10, 21), "addressed"),
    PublicFigure(date(2025, 11, 5), "approved"),
    PublicFigure(date(2025, 12, 15), "approved"),
)
"""Counts that the European Commissioner for Trade gave on these days, as the press reported."""


@dataclass(frozen=True, slots=True)
class Amount:
    """One side's number of something; `of` what it is a share of."""

    count: int
    of: int

    @property
    def share(self) -> str | None:
        """Per cent with one place, rounded half up; None of nothing."""
        if not self.of:
            return None
        tenths = (2000 * self.count + self.of) // (2 * self.of)
        return f"{tenths // 10}.{tenths % 10}"


@dataclass(frozen=True, slots=True)
class NumberLine:
    """A measure by the own side's statements, then the other's."""

    measure: Measure
    amounts: tuple[Amount, Amount]


@dataclass(frozen=True, slots=True)
class TimeLine:
    """A time in working days, by the own side's statements, then the other's."""

    name: str
    spreads: tuple[Spread, Spread]


@dataclass(frozen=True, slots=True)
class ListLine:
    """One list; `lines` in the order of `OF_LISTS`."""

    list: ListRef
    listed: int
    lines: tuple[NumberLine, ...]
    age: tuple[Spread, Spread]


@dataclass(frozen=True, slots=True)
class MonthLine:
    """What happened in a month; pairs are by the own side's statements, then the other's."""

    year: int
    number: int
    listed: int
    accepted: tuple[int, int]
    approved: tuple[int, int]
    refused: tuple[int, int]


@dataclass(frozen=True, slots=True)
class CodeLine:
    """Applications with a control code; an empty one: none is stated. `lines` as of a list."""

    code: str
    listed: int
    lines: tuple[NumberLine, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A month's or a control code's bars, side by side."""

    of: MonthLine | CodeLine
    x: float
    counts: tuple[int, ...]
    heights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns of bars. Lengths are SVG user units."""

    columns: tuple[Column, ...]
    width: int
    bar: int = BAR
    base: int = TOP + HEIGHT
    height: int = TOP + HEIGHT + FOOT


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Applications by control code, by one source's word. `own` never leaves this node."""

    source: CodeSource
    lines: tuple[CodeLine, ...]
    chart: Chart

    @property
    def unstated(self) -> int:
        """Of how many applications the source states no code."""
        return sum(line.listed for line in self.lines if not line.code)


@dataclass(frozen=True, slots=True)
class NumbersPage:
    """All applications in numbers, as of a date.

    Attributes:
        coded: Applications by control code, of each source that states one.
        public: Published figures beside the record's; empty if nothing was listed by then.
        up_to: The last entries of both logs that the numbers are a function of.
        first_general: When the first general licence was issued, by CN's statements.
        provisional: The date lies after what China's calendar covers.
    """

    template: ClassVar[str] = "numbers.html"
    page: ClassVar[str] = "numbers"

    on: date
    today: date
    parties: tuple[Party, Party]
    lines: tuple[NumberLine, ...]
    times: tuple[TimeLine, ...]
    lists: tuple[ListLine, ...]
    months: tuple[MonthLine, ...]
    chart: Chart
    public: tuple[PublicFigure, ...]
    up_to: tuple[str, str]
    limit: int
    codes: tuple[CodeNumbers, ...] = ()
    coded: tuple[CodeTable, ...] = ()
    first_general: date | None = None
    provisional: bool = False

    @property
    def listed(self) -> int:
        """The population."""
        return self.lines[0].amounts[0].count


def count_of(counts: Counts, measure: Measure) -> int:
    """Return a measure of one side's counts; `matched` is what the side states anything of."""
    return int(getattr(counts, "stated" if measure == "matched" else measure))


def lines_of(own: Counts, peer: Counts, measures: Sequence[Measure]) -> tuple[NumberLine, ...]:
    """Return these measures of both sides' counts."""
    return tuple(
        NumberLine(
            measure,
            (
                Amount(count_of(own, measure), own.listed),
                Amount(count_of(peer, measure), peer.listed),
            ),
        )
        for measure in measures
    )


def month_line(found: MonthNumbers, own: Party, peer: Party) -> MonthLine:
    """Return a month of both sides."""
    accepted, approved, refused = (
        (counts.get(own, 0), counts.get(peer, 0))
        for counts in (found.accepted, found.approved, found.refused)
    )
    year, number = found.month.split("-")
    return MonthLine(int(year), int(number), found.listed, accepted, approved, refused)


def month_chart(months: Sequence[MonthLine]) -> Chart:
    """Lay out approvals by month, the last `MONTHS` of them: by the own side, then the other."""
    return _chart([(month, month.approved) for month in months[-MONTHS:]], MONTHS)


def code_table(
    source: CodeSource, found: Sequence[CodedNumbers], own: Party, peer: Party
) -> CodeTable:
    """Return one source's control codes with both sides' counts of the applications."""
    lines = tuple(
        CodeLine(
            each.code,
            each.sides[own].listed,
            lines_of(each.sides[own], each.sides[peer], OF_LISTS),
        )
        for each in found
    )
    most = sorted(lines, key=lambda line: (not line.code, -line.listed))[:CODES]
    return CodeTable(source, lines, _chart([(each, _bars(each)) for each in lines if each in most]))


def _bars(line: CodeLine) -> tuple[int, ...]:
    """Listed; of those approved, by the own side's statements, then by the other's."""
    approved = next(each for each in line.lines if each.measure == "approved")
    return (line.listed, *(amount.count for amount in approved.amounts))


def _chart(
    columns: Sequence[tuple[MonthLine | CodeLine, tuple[int, ...]]], least: int = CODES
) -> Chart:
    most = max((count for _, counts in columns for count in counts), default=0) or 1
    width = GAP + BAR * max((len(counts) for _, counts in columns), default=2)
    return Chart(
        tuple(
            Column(
                of,
                place * width + GAP / 2,
                counts,
                tuple(HEIGHT * count / most for count in counts),
            )
            for place, (of, counts) in enumerate(columns)
        ),
        width * max(least, len(columns)),
    )
