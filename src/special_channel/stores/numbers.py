"""Count applications in PostgreSQL: one statement, without parsing documents.

Does not compute a side's states: rows contain them as core wrote them (`stores/told.py`).
One statement is one snapshot, so sizes and numbers agree.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Literal

import asyncpg

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.numbers.corrected import (
    Correction,
    corrections_since,
    licence_corrections_since,
)
from special_channel.core.numbers.statuses import statuses
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.licences import LicenceRow
from special_channel.core.rows.recorded import Extent, as_recorded, licence_as_recorded
from special_channel.stores import number_statements as statements
from special_channel.stores.rows import row_of
from special_channel.stores.store import Store
from special_channel.stores.told import status_lines

_AT_ONCE: Final = 250
"""Rows decoded before yielding to the event loop."""


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
class EarlierNumbers:
    """Numbers by an earlier record: as recorded then, and with later corrections.

    `corrections`: the changes of a side's status as of the date, by application, then those of
    licences.
    """

    recorded: Numbers
    corrected: Numbers
    corrections: Sequence[Correction] = ()


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


class NumberRows(Store):
    """Queries of statistics of all applications."""

    async def numbers(self, on: str, days: DayNumbers, limit: int, lists: int) -> Numbers:
        """Count as of an ISO date, with a decision limit in days, and by each of the last lists."""
        query = (on, sum(days.numbers), limit, lists)
        return await self._cache.get(query, lambda: self._counted(on, days, limit, lists))

    async def _counted(self, on: str, days: DayNumbers, limit: int, lists: int) -> Numbers:
        rows = await self._pool.fetch(statements.WHOLE, *_values(on, days, limit), lists)
        return _numbers(rows)

    async def earlier(
        self, on: str, days: DayNumbers, limit: int, lists: int, extent: Extent
    ) -> EarlierNumbers:
        """Count like `numbers`, by the first entries of the logs alone, in two ways.

        Equal arguments give equal numbers, for ever. Own control codes are left out: the past of
        kept columns is unknown.
        """
        query = ("earlier", on, sum(days.numbers), limit, lists, extent)
        return await self._cache.get(query, lambda: self._earlier(on, days, limit, lists, extent))

    async def _earlier(
        self, on: str, days: DayNumbers, limit: int, lists: int, extent: Extent
    ) -> EarlierNumbers:
        docs = await self._pool.fetch("SELECT doc FROM record.applications ORDER BY key")
        licences = await self._select(LicenceRow, "ORDER BY key")
        views = {each: _EarlierViews() for each in (extent.recorded, extent)}
        corrections: list[Correction] = []
        for number, record in enumerate(docs, 1):
            row = row_of(ApplicationRow, record["doc"])
            for each, view in views.items():
                view.add(as_recorded(row, each.sizes, each.corrected))
            corrections += corrections_since(row, extent, on)
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
        for licence in licences:
            corrections += licence_corrections_since(licence, extent, on)
        counted = []
        for each, view in views.items():
            known = filter(None, (licence_as_recorded(row, each) for row in licences))
            values = *_values(on, days, limit), lists, *view.columns(), *_licence_columns(known)
            rows = await self._pool.fetch(statements.EARLIER, *values, extent.eu, extent.cn)
            counted.append(_numbers(rows))
        return EarlierNumbers(counted[0], counted[-1], tuple(corrections))


@dataclass(slots=True)
class _EarlierViews:
    """Columns of applications for `statements.EARLIER`, in their order."""

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(self, row: ApplicationRow) -> None:
        """Add a listed application."""
        first = row.first_listed()
        if first:
            told = ("\n".join(status_lines(statuses(row, party))) for party in PARTIES)
            eu, cn = told
            self.rows.append((row.number, first, eu, cn))

    def columns(self) -> tuple[list[str], ...]:
        """Return the values by column."""
        return _columns(self.rows)


def _licence_columns(rows: Iterable[LicenceRow]) -> tuple[list[str], ...]:
    return _columns(
        [
            (
                row.now.type,
                row.live[0].issued_on,
                "\n".join(line.code for line in row.now.lines),
                "\n".join(row.now.applications),
            )
            for row in rows
        ]
    )


def _columns(rows: Sequence[tuple[str, str, str, str]]) -> tuple[list[str], ...]:
    return tuple([row[place] for row in rows] for place in range(4))


def _numbers(rows: Sequence[asyncpg.Record]) -> Numbers:
    counted = [row for row in rows if row["what"]]
    return Numbers(
        eu=rows[0]["eu"],
        cn=rows[0]["cn"],
        sides=_sides(row for row in counted if row["what"] == "all"),
        lists=_lists(row for row in counted if row["what"] == "list"),
        months=_months(row for row in counted if row["what"] in statements.MONTHLY),
        codes=_codes(row for row in counted if row["what"] == "code"),
        first_general=next(row["part"] or "" for row in counted if row["what"] == "general"),
        coded={
            source: _coded(row for row in counted if row["what"] == f"by-{source}")
            for source in CODE_SOURCES
        },
    )


def _values(on: str, days: DayNumbers, limit: int) -> tuple[object, ...]:
    return on, days.numbers, days.first, days.of(date.fromisoformat(on)), limit


def _sides(rows: Iterable[asyncpg.Record]) -> Sides:
    by_side = {row["side"]: _counts(row) for row in rows}
    return {party: by_side.get(party, Counts()) for party in PARTIES}


def _lists(rows: Iterable[asyncpg.Record]) -> tuple[ListNumbers, ...]:
    by_index: dict[int, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        by_index[row["idx"]].append(row)
    return tuple(
        ListNumbers(by_index[index][0]["part"], index, _sides(by_index[index]))
        for index in sorted(by_index)
    )


def _months(rows: Iterable[asyncpg.Record]) -> tuple[MonthNumbers, ...]:
    by_month: dict[str, dict[str, dict[Party, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        by_month[row["part"]][row["what"]][row["side"]] = row["listed"]
    return tuple(_of_month(month, by_month[month]) for month in sorted(by_month))


def _codes(rows: Iterable[asyncpg.Record]) -> tuple[CodeNumbers, ...]:
    by_code: dict[str, CodeNumbers] = {}
    for row in rows:
        numbers = by_code.get(row["part"], CodeNumbers(row["part"]))
        applications = numbers.applications + row["stated"]
        by_code[row["part"]] = replace(
            numbers, **{row["side"]: row["listed"], "applications": applications}
        )
    return tuple(by_code[code] for code in sorted(by_code))


def _coded(rows: Iterable[asyncpg.Record]) -> tuple[CodedNumbers, ...]:
    by_code: dict[str, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        by_code[row["part"]].append(row)
    if not any(by_code):
        return ()
    codes = sorted(by_code, key=lambda code: (not code, code))
    return tuple(CodedNumbers(code, _sides(by_code[code])) for code in codes)


def _of_month(month: str, counts: Mapping[str, Mapping[Party, int]]) -> MonthNumbers:
    return MonthNumbers(
        month,
        counts.get("listed", {}).get("eu", 0),
        *(dict(counts.get(what, {})) for what in ("accepted", "approved", "refused")),
    )


_NAMES: Final = (
    "listed", "stated", "accepted", "decided", "approved", "refused", "not_accepted",
    "withdrawn", "returned", "sent_back", "running", "uncounted", "over",
)  # fmt: skip


def _counts(row: asyncpg.Record) -> Counts:
    return Counts(
        **{name: row[name] for name in _NAMES},
        age=Spread(row["aged"], *(row["age"] or (None, None))),
        took=Spread(row["timed"], *(row["took"] or (None, None))),
    )
