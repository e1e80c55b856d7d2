"""Search applications in PostgreSQL: one statement a page.

Does not write and does not compare the sides: core computes `doc` and its columns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import asyncpg

from special_channel.core.bytes.ids import EntryId
from special_channel.core.numbers.corrected import Correction, corrections_since
from special_channel.core.rows.applications import DIFFERENCES, ApplicationRow
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.rows.recorded import Extent, as_recorded
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.state import listing_key
from special_channel.stores.number_text import contains, number_part
from special_channel.stores.rows import row_of
from special_channel.stores.store import Store

NOTHING: Final = "-"
"""Filter value: applications without a state stated by the side."""

ANY: Final = "any"
"""Filter value: applications with a difference of any kind between the sides."""

Sort = Literal["number", "listed", "times", "eu_as_of", "cn_as_of", "day"]

ClockWord = Literal["", "none", "running", "uncounted", "unlimited", "ended", "over"]

CLOCKS: Final[tuple[ClockWord, ...]] = (
    "none", "running", "uncounted", "unlimited", "ended", "over",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClockFilter:
    """Filter by the state of the statutory clock on a date, from CN's statements.

    Attributes:
        word: The clock's state; `over` excludes applications with time not counted.
        on: The date.
        deemed_by: Applications with papers received by this date are deemed accepted
            (`core.time.standing`).
        over_by: Applications accepted by this date are over the limit (`core.time.standing`).
        weighed: Numbers of further matches, found by the caller with a calendar.
    """

    word: ClockWord
    on: str
    deemed_by: str
    over_by: str
    weighed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApplicationFilter:
    """Filter of applications; an empty string matches all.

    Attributes:
        text: Part of the number; case, width, blanks and hyphens are ignored.
        eu: The state stated by the EU, or `NOTHING`.
        cn: The state stated by CN, or `NOTHING`.
        differs: `ANY`, or one of `core.rows.applications.DIFFERENCES`.
        batch: The list on which the application is or was.
        urgency: Urgency in the last appearance on a list.
        priority: CN's answer to the last request for priority; `asked` without an answer.
    """

    text: str = ""
    eu: str = ""
    cn: str = ""
    differs: str = ""
    batch: EntryId = ""
    urgency: str = ""
    clock: ClockFilter | None = None
    priority: str = ""
    sort: Sort = "number"


@dataclass(frozen=True, slots=True)
class ListedApplication:
    """An application with its last appearance on a list, None if never listed."""

    application: ApplicationRow
    listing: ListingRow | None = None
    batch: BatchRow | None = None


@dataclass(frozen=True, slots=True)
class FoundApplications:
    """A page of applications, the number of matches, and the sizes of both logs."""

    rows: Sequence[ListedApplication]
    total: int
    eu: int
    cn: int


@dataclass(frozen=True, slots=True)
class DifferenceCounts:
    """Numbers of applications by difference between the sides.

    Attributes:
        known: All applications, or all of the batch.
        both: Applications with a state stated by both sides.
        differing: Applications with at least one difference.
        kinds: Applications by `core.rows.applications.DIFFERENCES`; an application may count
            several times.
        eu: Size of the EU's log.
        cn: Size of CN's log.
    """

    known: int
    both: int
    differing: int
    kinds: Mapping[str, int] = field(default_factory=dict)
    eu: int = 0
    cn: int = 0


THREADS: Final = 500
"""Most threads returned for a page's applications, most recently active first."""

APPEARANCES: Final = 200
"""Most list rows returned for an application: a weekly list for four years."""

PAGES: Final = 200
"""Rows of the largest cached page; larger results (files of all rows) are not cached."""

_AT_ONCE: Final = 250
"""Rows decoded before yielding to the event loop."""

_ORDERS: Final[Mapping[Sort, str]] = {
    "number": "a.key",
    "listed": "a.last_listed DESC, a.last_row, a.key",
    "times": "a.times_listed DESC, a.key",
    "eu_as_of": "a.eu_as_of DESC, a.key",
    "cn_as_of": "a.cn_as_of DESC, a.key",
    "day": "a.cn_since = '', a.cn_since, a.key",
}

_SIZES: Final = (
    "(SELECT size FROM record.heads WHERE log = 'eu') AS eu,"
    " (SELECT size FROM record.heads WHERE log = 'cn') AS cn"
)
"""Part of the statement that reads the rows, so that sizes and rows are of one snapshot."""

_LAST_ROW: Final = (
    " LEFT JOIN record.listings AS l ON l.batch = a.last_batch AND l.row_number = a.last_row"
)

_STANDING: Final = (
    "CASE WHEN a.cn_standing NOT IN ('received', 'received-again') THEN a.cn_standing"
    " WHEN a.cn_since <= {deemed} THEN 'running'"
    " WHEN a.cn_standing = 'received' THEN 'none' ELSE 'ended' END"
)

_ON_BATCH: Final = (
    "EXISTS (SELECT 1 FROM record.listings AS x WHERE x.batch = {} AND x.number = a.key)"
)


class Applications(Store):
    """All applications of the record."""

    async def sought(self, sought: ApplicationFilter, offset: int, limit: int) -> FoundApplications:
        """Return a page of matching applications with the total and both logs' sizes."""
        if limit > PAGES:
            return await self._sought(sought, offset, limit)
        query = ("sought", sought, offset, limit)
        return await self._cache.get(query, lambda: self._sought(sought, offset, limit))

    async def _sought(
        self, sought: ApplicationFilter, offset: int, limit: int
    ) -> FoundApplications:
        where = _Where(sought)
        order = _ORDERS[sought.sort]
        place = len(where.values)
        rows = await self._pool.fetch(
            f"SELECT a.doc, l.doc AS listing, b.doc AS batch, f.total, {_SIZES} FROM ("  # noqa: S608 - constants alone
            "SELECT a.key, count(*) OVER () AS total FROM record.applications AS a"
            f"{_LAST_ROW if where.joins else ''} WHERE {where.text} ORDER BY {order}"
            f" OFFSET ${place + 1} LIMIT ${place + 2}) AS f"
            f" JOIN record.applications AS a ON a.key = f.key{_LAST_ROW}"
            f" LEFT JOIN record.batches AS b ON b.key = a.last_batch ORDER BY {order}",
            *(*where.values, offset, limit),
        )
        page = []
        for number, row in enumerate(rows, 1):
            page.append(_held(row))
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
        if rows:
            return FoundApplications(page, rows[0]["total"], rows[0]["eu"], rows[0]["cn"])
        # Beyond the end no row has the total.
        [counted] = await self._pool.fetch(
            f"SELECT count(*) AS total, {_SIZES} FROM record.applications AS a"  # noqa: S608 - as above
            f"{_LAST_ROW if where.joins else ''} WHERE {where.text}",
            *where.values,
        )
        return FoundApplications((), **counted)

    async def recorded(
        self, extent: Extent
    ) -> tuple[Sequence[ListedApplication], Sequence[Correction]]:
        """Return applications of an earlier record with their last appearance on a list.

        Includes later corrections, if counted; without an order. List rows are of the present.
        """
        records = await self._pool.fetch("SELECT doc FROM record.applications ORDER BY key")
        rows: list[ApplicationRow] = []
        corrections: list[Correction] = []
        for number, record in enumerate(records, 1):
            row = row_of(ApplicationRow, record["doc"])
            corrections += corrections_since(row, extent)
            rows.append(as_recorded(row, extent.sizes, extent.corrected))
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
        known = [row for row in rows if row != ApplicationRow(row.number)]
        last = {row.number: row.listed[-1] for row in known if row.listed}
        listings = await self._by_key(
            ListingRow, (listing_key(each.batch, each.row)[1] for each in last.values())
        )
        batches = await self._by_key(BatchRow, {each.batch for each in last.values()})
        return [
            ListedApplication(
                row,
                listings.get(listing_key(last[row.number].batch, last[row.number].row)[1]),
                batches.get(last[row.number].batch),
            )
            if row.number in last
            else ListedApplication(row)
            for row in known
        ], corrections

    async def to_weigh(self, on: str) -> Sequence[ApplicationRow]:
        """Return applications that need a calendar to compute their clock, or with later acts."""
        return await self._rows(
            ApplicationRow,
            "SELECT doc FROM record.applications WHERE cn_standing = 'weigh'"
            " UNION ALL SELECT doc FROM record.applications"
            " WHERE cn_moved > $1 AND cn_standing <> 'weigh'",
            on,
        )

    async def differing(self, batch: EntryId) -> DifferenceCounts:
        """Count differences of a batch's applications, or of all if `batch` is empty."""
        return await self._cache.get(("differing", batch), lambda: self._differing(batch))

    async def _differing(self, batch: EntryId) -> DifferenceCounts:
        kinds = ", ".join(
            f"count(*) FILTER (WHERE '{kind}' = ANY (a.differences)) AS in_{kind}"
            for kind in DIFFERENCES
        )
        [row] = await self._pool.fetch(
            "SELECT count(*) AS known,"  # noqa: S608 - constants alone
            " count(*) FILTER (WHERE a.eu_state <> '' AND a.cn_state <> '') AS both,"
            f" count(*) FILTER (WHERE a.differs) AS differing, {kinds}, {_SIZES}"
            f" FROM record.applications AS a WHERE $1 = '' OR {_ON_BATCH.format('$1')}",
            batch,
        )
        counts = {kind: int(row[f"in_{kind}"]) for kind in DIFFERENCES}
        return DifferenceCounts(
            row["known"], row["both"], row["differing"], counts, row["eu"], row["cn"]
        )

    async def appearances(
        self, number: str, most: int = APPEARANCES
    ) -> Sequence[tuple[ListingRow, BatchRow]]:
        """Return an application's rows on lists, the newest list first; `most`: rows."""
        rows = await self._pool.fetch(
            "SELECT l.doc AS listing, b.doc AS batch FROM record.listings AS l"
            " JOIN record.batches AS b ON b.key = l.batch WHERE l.number = $1"
            " ORDER BY b.idx DESC, l.row_number LIMIT $2",
            *(number, most),
        )
        return [
            (row_of(ListingRow, row["listing"]), row_of(BatchRow, row["batch"])) for row in rows
        ]

    async def line_stop(self, numbers: Sequence[str]) -> bool:
        """Tell whether the last list of any of the applications has it as a line stop."""
        return await self._pool.fetchval(  # type: ignore[no-any-return]
            "SELECT EXISTS (SELECT 1 FROM record.applications AS a"
            " JOIN record.listings AS l ON l.batch = a.last_batch AND l.row_number = a.last_row"
            " WHERE a.key = ANY ($1::text[]) AND l.urgency = 'line_stop' AND NOT l.withdrawn)",
            list(numbers),
        )

    async def threads_on(self, numbers: Sequence[str], most: int = THREADS) -> Sequence[ThreadRow]:
        """Return threads opened on any of the applications, most recently active first."""
        which = "WHERE applications ?| $1::text[] ORDER BY ord DESC, key LIMIT $2"
        return await self._select(ThreadRow, which, list(numbers), most)


class _Where:
    """SQL conditions of a search, with the values of their placeholders."""

    def __init__(self, sought: ApplicationFilter) -> None:
        self.values: list[object] = []
        self.joins = bool(sought.urgency)
        conditions = [
            self._with(contains("a.key", "{}"), number_part(sought.text)),
            self._state("a.eu_state", sought.eu),
            self._state("a.cn_state", sought.cn),
            self._differs(sought.differs),
            self._with(_ON_BATCH, sought.batch),
            self._with("l.urgency = {}", sought.urgency),
            self._clock(sought.clock),
            self._with("a.priority = {}", sought.priority),
        ]
        self.text = " AND ".join(filter(None, conditions)) or "true"

    def _value(self, value: object) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def _with(self, condition: str, value: str) -> str:
        return condition.format(self._value(value)) if value else ""

    def _state(self, column: str, state: str) -> str:
        return f"{column} = ''" if state == NOTHING else self._with(f"{column} = {{}}", state)

    def _differs(self, kind: str) -> str:
        if kind == ANY:
            return "a.differs"
        return self._with("a.differs AND {} = ANY (a.differences)", kind)

    def _clock(self, clock: ClockFilter | None) -> str:
        if clock is None or not clock.word:
            return ""
        standing = _STANDING.format(deemed=self._value(clock.deemed_by))
        if clock.word == "over":
            over = self._value(clock.over_by)
            fits = f"{standing} = 'running' AND NOT a.cn_paused AND a.cn_since <= {over}"
        else:
            fits = f"{standing} = {self._value(clock.word)}"
        weighed = self._value(list(clock.weighed))
        return (
            f"(a.key = ANY ({weighed}::text[]) OR a.cn_standing <> 'weigh'"
            f" AND a.cn_moved <= {self._value(clock.on)} AND {fits})"
        )


def _held(row: asyncpg.Record) -> ListedApplication:
    return ListedApplication(
        row_of(ApplicationRow, row["doc"]),
        row_of(ListingRow, row["listing"]) if row["listing"] else None,
        row_of(BatchRow, row["batch"]) if row["batch"] else None,
    )
