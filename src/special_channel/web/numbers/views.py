"""Views of applications in numbers, for page, API and file.

Does not merge the sides: a number is by a side's statements, our side's first.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final, Literal, get_args

from special_channel.core.bytes.ids import Party
from special_channel.stores.numbers import CodeNumbers, CodeSource, MonthNumbers
from special_channel.web.shared.corrections import CorrectionOf
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.extents import ExtentView
from special_channel.web.shared.view import SizesView, View

Measure = Literal[
    "listed", "matched", "accepted", "decided", "approved", "refused", "not_accepted",
    "withdrawn", "addressed", "returned", "sent_back", "running", "uncounted", "over",
]  # fmt: skip
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
"""Numbers of applications in the order of a page; `listed` is the population."""

OF_LISTS: Final[tuple[Measure, ...]] = (
    "matched", "accepted", "decided", "approved", "refused", "returned", "running", "over",
)  # fmt: skip
"""Measures of each list and of each control code."""

CORRECTIONS: Final = 200
"""Corrections that are named; all of them count."""

Order = Literal["newest", "oldest", "most"]
"""Order of the lists; with `most`, of the control codes as well."""

TIMES: Final = ("age", "took")
"""Times in working days, each with its median and 90th percentile."""


class DaysItem(View):
    """Working days in China's calendar of `of` applications; no median without applications."""

    of: int
    median: int | None = None
    ninth_decile: int | None = None


class CodeCountsItem(View):
    """Numbers of applications by a side's statements.

    Attributes:
        by: The side.
        listed: The population.
        matched: Applications with a statement by the side.
    """

    by: Party
    listed: int
    matched: int
    accepted: int
    decided: int
    approved: int
    refused: int
    returned: int
    running: int
    over: int

    def count(self, measure: Measure) -> int:
        """Return the number of a measure."""
        return int(getattr(self, measure))

    def share(self, measure: Measure) -> str | None:
        """Return per cent of the population with a decimal, rounded half up; None if it is 0."""
        if not self.listed:
            return None
        tenths = (2000 * self.count(measure) + self.listed) // (2 * self.listed)
        return f"{tenths // 10}.{tenths % 10}"


class CountsItem(CodeCountsItem):
    """All measures; `addressed` counts applications decided, not accepted or withdrawn."""

    not_accepted: int
    withdrawn: int
    addressed: int
    sent_back: int
    uncounted: int
    age: DaysItem
    took: DaysItem

    def days(self, name: str) -> DaysItem:
        """Return the days of one of `TIMES`."""
        return self.age if name == "age" else self.took


class ListCounts(EntryItem):
    """Numbers of the applications on a list; `batch` is the number of the list's entry."""

    numbered: ClassVar[str] = "batch"

    list: str
    batch: str
    sides: tuple[CountsItem, ...]


class CodedCounts(View):
    """Numbers of the applications with a control code; an empty code: no code stated.

    `source`: `licence`, by CN's licences for the application; `list`, by the EU's lists if the
    charter opts in; `own`, by private columns, which never leave the node.
    """

    source: CodeSource
    code: str
    sides: tuple[CodeCountsItem, ...]


class DefinitionItem(View):
    """A measure in the reader's language, with its definition."""

    measure: str
    title: str
    definition: str


class PublicItem(View):
    """A published figure, and the number in this record by the same definition."""

    on: date
    published: str
    measure: Measure
    definition: str
    listed: int
    part: dict[Party, int]


class TwoWays(View):
    """A number by a side's statements, as recorded then and with later corrections."""

    measure: str
    by: Party
    recorded: int | None
    corrected: int | None


class NumbersView(SizesView):
    """Applications in numbers as of a date in Beijing, by the first entries of the logs.

    Attributes:
        sort: Order of `lists` and `coded`.
        extent: The chosen earlier record; None for the present record.
        apart: Numbers changed by later corrections.
        corrections: Later corrections, by application; at most `CORRECTIONS`.
        corrections_total: Number of later corrections.
        limit: Working days for CN's decision.
        public: Published figures; empty if no application was listed at the first date.
    """

    on: date
    sort: Order = "newest"
    extent: ExtentView | None = None
    apart: tuple[TwoWays, ...] = ()
    corrections: tuple[CorrectionOf, ...] = ()
    corrections_total: int = 0
    limit: int
    sides: tuple[CountsItem, ...]
    lists: tuple[ListCounts, ...]
    months: tuple[MonthNumbers, ...]
    codes: tuple[CodeNumbers, ...]
    coded: tuple[CodedCounts, ...]
    first_general: date | None = None
    public: tuple[PublicItem, ...]
    definitions: tuple[DefinitionItem, ...]

    @property
    def parties(self) -> tuple[Party, ...]:
        """Our side, then the other side."""
        return tuple(side.by for side in self.sides)

    @property
    def address(self) -> str:
        """Query of the numbers; with given entries, the same for ever."""
        chosen = f"&{self.extent.address(self.extent.counting)}" if self.extent else ""
        return f"on={self.on.isoformat()}{self.order}{chosen}"

    @property
    def order(self) -> str:
        """The order as a further field of an address; empty for the usual one."""
        return "" if self.sort == "newest" else f"&sort={self.sort}"

    @property
    def tables(self) -> dict[CodeSource, list[CodedCounts]]:
        """Control codes by source."""
        tables: dict[CodeSource, list[CodedCounts]] = {}
        for each in self.coded:
            tables.setdefault(each.source, []).append(each)
        return tables
