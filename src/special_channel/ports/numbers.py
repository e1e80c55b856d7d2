"""Port of statistics: numbers of applications by state, as of a date.

Does not define the figures for readers: pages show a definition next to each figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, Protocol

from special_channel.core.bytes.ids import Party


@dataclass(frozen=True, slots=True)
class Spread:
    """Number of values, median and 90th percentile (nearest rank), in working days.

    Median and percentile are None if there are no values.
    """

    count: int = 0
    median: int | None = None
    ninth: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of applications by one side's statements, as of a date.

    Attributes:
        listed: The population: applications on a list by the date.
        stated: Applications with any statement by the side; for CN, with a number CN holds.
        accepted: Applications with a stated acceptance, regardless of later statements.
        decided: Applications approved, refused, or decided without a stated outcome.
        returned: Applications currently sent back.
        sent_back: Applications sent back at least once.
        running: Applications accepted and not ended.
        uncounted: Running applications with time not counted, or without a limit.
        over: Running applications past the limit, without `uncounted`.
        age: Days since acceptance of running applications, without `uncounted`.
        took: Days from the last acceptance to the decision, without time not counted.
    """

    listed: int = 0
    stated: int = 0
    accepted: int = 0
    decided: int = 0
    approved: int = 0
    refused: int = 0
    not_accepted: int = 0
    withdrawn: int = 0
    returned: int = 0
    sent_back: int = 0
    running: int = 0
    uncounted: int = 0
    over: int = 0
    age: Spread = field(default_factory=Spread)
    took: Spread = field(default_factory=Spread)

    @property
    def addressed(self) -> int:
        """Number of ended applications, except by being sent back."""
        return self.decided + self.not_accepted + self.withdrawn


Sides = Mapping[Party, Counts]


@dataclass(frozen=True, slots=True)
class ListNumbers:
    """Numbers of the applications on one list; `index`: index of the batch's entry."""

    list: str
    index: int
    sides: Sides


@dataclass(frozen=True, slots=True)
class MonthNumbers:
    """Events of a month (`2025-10`), by dates stated by each side."""

    month: str
    listed: int = 0
    accepted: Mapping[Party, int] = field(default_factory=dict)
    approved: Mapping[Party, int] = field(default_factory=dict)
    refused: Mapping[Party, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CodeNumbers:
    """Licences with a control code, by kind, and the number of applications named in them."""

    code: str
    general: int = 0
    individual: int = 0
    certificate: int = 0
    applications: int = 0


CodeSource = Literal["licence", "list", "own"]
"""Source of an application's control code: CN's licence for the application, the EU's list (if the
charter opts in), or our side's columns that never leave the node."""

CODE_SOURCES: Final[tuple[CodeSource, ...]] = ("licence", "list", "own")


@dataclass(frozen=True, slots=True)
class CodedNumbers:
    """Numbers of the applications with a control code, without ages; "" for no stated code."""

    code: str
    sides: Sides


@dataclass(frozen=True, slots=True)
class Numbers:
    """All numbers as of a date, with the sizes of both logs in the same snapshot.

    Attributes:
        first_general: When the first general licence was issued; empty if never.
        coded: Numbers by control code for each source of codes; applications without a code come
            last. An application with codes of two licences is counted with both.
    """

    eu: int
    cn: int
    sides: Sides
    lists: Sequence[ListNumbers] = ()
    months: Sequence[MonthNumbers] = ()
    codes: Sequence[CodeNumbers] = ()
    first_general: str = ""
    coded: Mapping[CodeSource, Sequence[CodedNumbers]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DayNumbers:
    """China's working days, numbered: an age is the difference of two numbers.

    Attributes:
        first: The first day; no statement is older.
        numbers: For each day from `first` on, the number of working days up to and including it.
    """

    first: date
    numbers: tuple[int, ...]

    def of(self, day: date) -> int | None:
        """Return a day's number; None for a day outside the range."""
        place = (day - self.first).days
        return self.numbers[place] if 0 <= place < len(self.numbers) else None


class NumberRows(Protocol):
    """Queries of statistics of all applications."""

    async def numbers(self, on: str, days: DayNumbers, limit: int, lists: int) -> Numbers:
        """Count as of an ISO date, with a decision limit in days, and by each of the last lists."""
        ...
