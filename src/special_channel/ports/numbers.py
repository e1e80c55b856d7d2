"""Port of the numbers: how many applications stand how, as of a date.

Does not name what is counted: pages do, with the definition beside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, Protocol

from special_channel.core.bytes.ids import Party


@dataclass(frozen=True, slots=True)
class Spread:
    """Working days: the median and the 90th percentile (nearest rank), of so many.

    None of nothing.
    """

    count: int = 0
    median: int | None = None
    ninth: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Applications by what one side states of them, as of a date.

    Attributes:
        listed: The population: on a list by that date.
        stated: Those of which the side states anything; of CN's: it holds the number.
        accepted: An acceptance is stated, whatever came after.
        decided: Approved, refused, or decided with the way not stated.
        returned: Stands sent back; `sent_back` was so at least once.
        running: Accepted and not ended; `uncounted` of those had time not counted, or no limit.
        over: Running for more days than the limit; none of `uncounted`.
        age: Days since acceptance of those running, without `uncounted`.
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
        """Those that came to an end other than being sent back."""
        return self.decided + self.not_accepted + self.withdrawn


Sides = Mapping[Party, Counts]


@dataclass(frozen=True, slots=True)
class ListNumbers:
    """Numbers of the applications on one list; `index` is the batch's."""

    list: str
    index: int
    sides: Sides


@dataclass(frozen=True, slots=True)
class MonthNumbers:
    """What happened in a month (`2025-10`), by the dates that a side states."""

    month: str
    listed: int = 0
    accepted: Mapping[Party, int] = field(default_factory=dict)
    approved: Mapping[Party, int] = field(default_factory=dict)
    refused: Mapping[Party, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CodeNumbers:
    """Licences that name a control code, by kind, and the applications that they name."""

    code: str
    general: int = 0
    individual: int = 0
    certificate: int = 0
    applications: int = 0


CodeSource = Literal["licence", "list", "own"]
"""Whose word an application's control code is: of CN's licence that names it, of the EU's list
where the charter opts that in, of the own side's columns that never leave its node."""

CODE_SOURCES: Final[tuple[CodeSource, ...]] = ("licence", "list", "own")


@dataclass(frozen=True, slots=True)
class CodedNumbers:
    """Numbers of the applications with a control code, without ages; "" where none is stated."""

    code: str
    sides: Sides


@dataclass(frozen=True, slots=True)
class Numbers:
    """All numbers as of a date, with the sizes (m, n) that they are a function of.

    Attributes:
        first_general: When the first general licence was issued; empty without one.
        coded: By control code, of each source that states one; those without a code last. An
            application with two licences' codes is counted with both.
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
        first: The first day; nothing is older.
        numbers: Of each day from the first on: working days up to and with it.
    """

    first: date
    numbers: tuple[int, ...]

    def of(self, day: date) -> int | None:
        """Return a day's number; None outside."""
        place = (day - self.first).days
        return self.numbers[place] if 0 <= place < len(self.numbers) else None


class NumberRows(Protocol):
    """Numbers of all applications of the record."""

    async def numbers(self, on: str, days: DayNumbers, limit: int, lists: int) -> Numbers:
        """Count as of a date (ISO), over a limit of days; the last so many lists apart."""
        ...
