"""Query batches and applications in PostgreSQL for pages, one statement a query.

Does not write, fold or decide: `doc` contains the row that core computed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final, Literal

import asyncpg

from special_channel.core.bytes.ids import PARTIES, EntryId, Party, Position
from special_channel.core.bytes.times import instant
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.stores import view_statements as statements
from special_channel.stores.number_text import contains, number_part
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class ListingFilter:
    """Filter and order of a batch's rows; an empty string matches all.

    Attributes:
        state: The application's state as stated by either side.
        match: `match` of CN's answer to the row.
        differs: Only applications whose stated states differ.
        text: Part of the application's number; case is ignored.
        first: Lowest row number.
        sort: By row number, by the application's number, or the most urgent first.
    """

    state: str = ""
    match: str = ""
    differs: bool = False
    text: str = ""
    first: int = 1
    sort: Literal["row", "number", "urgency"] = "row"


@dataclass(frozen=True, slots=True)
class BatchFilter:
    """Filter of batches; an empty string matches all.

    Attributes:
        text: Part of the list's name; case is ignored.
        state: `unanswered`: with rows without an answer; `differing`: with states that differ
            between the sides; `open_threads`: with open threads. Withdrawn rows do not count.
        since: First instant of acceptance; `until`: the first instant after the last.
    """

    text: str = ""
    state: Literal["", "unanswered", "differing", "open_threads"] = ""
    since: str = ""
    until: str = ""


_FITS: Final = (
    f" FROM record.batches AS b WHERE ($1 = '' OR {contains('b.list', '$1')})"  # noqa: S608 - constants
    " AND ($2 = '' OR CASE $2 WHEN 'open_threads' THEN EXISTS ("
    " SELECT FROM record.threads AS t WHERE t.batch = b.key AND NOT t.closed)"
    " ELSE EXISTS (SELECT FROM record.listings AS l LEFT JOIN record.applications AS a"
    " ON a.key = l.number WHERE l.batch = b.key AND NOT l.withdrawn"
    " AND CASE $2 WHEN 'unanswered' THEN l.answered < 0 ELSE coalesce(a.differs, false) END) END)"
    " AND b.accepted >= $3 AND ($4 = '' OR b.accepted < $4)"
)


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a batch. Dates are the newest `as of` of each side's states, or empty."""

    answered: int = 0
    differing: int = 0
    eu_as_of: str = ""
    cn_as_of: str = ""
    open_threads: int = 0


class BatchViews(Store):
    """Queries of batches and applications."""

    async def batches(self, limit: int = 100, offset: int = 0) -> Sequence[BatchRow]:
        """Return batches, newest first."""
        return await self._select(BatchRow, "ORDER BY idx DESC LIMIT $1 OFFSET $2", limit, offset)

    async def batch_page(
        self, wanted: BatchFilter, limit: int, offset: int, *, oldest: bool
    ) -> tuple[Sequence[BatchRow], int]:
        """Return a page of matching batches, and their total number."""
        values = number_part(wanted.text), wanted.state, wanted.since, wanted.until
        order = "" if oldest else " DESC"
        page = f"SELECT b.doc{_FITS} ORDER BY b.idx{order} LIMIT $5 OFFSET $6"
        rows = await self._rows(BatchRow, page, *values, limit, offset)
        return rows, await self._count(f"SELECT count(*){_FITS}", *values)

    async def batches_by_id(self, batches: Sequence[EntryId]) -> Mapping[EntryId, BatchRow]:
        """Look up batches by id; unknown ids are omitted."""
        return await self._by_key(BatchRow, batches)

    async def batch(self, which: Position | EntryId) -> BatchRow | None:
        """Look up a batch by its number or its id."""
        if isinstance(which, Position):
            # Lists are the EU's alone, so the index is enough (docs/formats/kinds.md).
            if which.party != "eu":
                return None
            return await self._one(BatchRow, f"{statements.BATCH} idx = $1", which.index)
        return await self._one(BatchRow, f"{statements.BATCH} key = $1", which)

    async def batch_named(self, name: str) -> BatchRow | None:
        """Look up the newest batch by its list's name, folded and without hyphens and blanks."""
        named = "translate(lower(list), '- ', '') = $1 ORDER BY idx DESC LIMIT 1"
        return await self._one(BatchRow, f"{statements.BATCH} {named}", name)

    async def listings(self, batch: EntryId, first: int, limit: int) -> Sequence[ListingRow]:
        """Return rows of a batch, from row number `first` on."""
        which = "WHERE batch = $1 AND row_number >= $2 ORDER BY row_number LIMIT $3"
        return await self._select(ListingRow, which, batch, first, limit)

    async def last_answers(self, numbers: Sequence[str]) -> Mapping[str, ListingRow]:
        """Return the list row with the last answer, by application number.

        Applications without an answer are omitted.
        """
        rows = await self._rows(ListingRow, statements.LAST_ANSWERS, list(numbers))
        return {row.number: row for row in rows}

    async def stated_at(
        self, party: Party, indexes: Collection[int]
    ) -> Mapping[int, tuple[datetime, int]]:
        """Return when entries of a side were accepted, and their frontier, by index."""
        rows = await self._pool.fetch(
            "SELECT idx, accepted, frontier FROM record.entries"
            " WHERE log = $1 AND idx = ANY ($2::bigint[])",
            *(party, list(indexes)),
        )
        return {row["idx"]: (instant(row["accepted"]), row["frontier"]) for row in rows}

    async def listing_page(
        self, batch: EntryId, wanted: ListingFilter, offset: int, limit: int
    ) -> tuple[Sequence[ListingRow], int]:
        """Return a page of a batch's matching rows, and their total number."""
        text = number_part(wanted.text)
        filters = wanted.state, wanted.match, wanted.differs, text, wanted.first
        order = f"ORDER BY {statements.ROW_ORDERS[wanted.sort]} OFFSET $7 LIMIT $8"
        page = partial(self._page, ListingRow, f"{statements.LISTED} {order}", batch, *filters)
        rows, total = await page(offset, limit)
        if not rows and offset:  # beyond the end no row has the total
            _, total = await page(0, 1)
        return rows, total

    async def counts(
        self, batches: Sequence[EntryId], party: Party = "cn"
    ) -> Mapping[EntryId, Mapping[str, int]]:
        """Return the number of rows by batch and by the state that a side states; "": none."""
        return counts_of(await self._state_counts(batches), batches, party)

    async def how_far(
        self, batches: Sequence[EntryId]
    ) -> tuple[Mapping[Party, Mapping[EntryId, Mapping[str, int]]], Mapping[EntryId, Progress]]:
        """Return the counts by state of both sides as `counts` does, and progress by batch."""
        counted = await self._state_counts(batches)
        threads = await self._pool.fetch(statements.OPEN_THREADS, list(batches))
        opened = {row["batch"]: row["open"] for row in threads}
        counts = {party: counts_of(counted, batches, party) for party in PARTIES}
        return counts, progress_of(counted, opened)

    async def returned(self, batch: EntryId, party: Party) -> Mapping[str, int]:
        """Return the number of a batch's rows in state `returned`, by the statement's source."""
        rows = await self._pool.fetch(statements.RETURNED, batch, party)
        return {row["source"]: row["rows"] for row in rows}

    async def _state_counts(self, batches: Sequence[EntryId]) -> Sequence[asyncpg.Record]:
        return await self._cache.get(
            ("how far", *batches), lambda: self._pool.fetch(statements.HOW_FAR, list(batches))
        )

    async def applications(self, numbers: Sequence[str]) -> Mapping[str, ApplicationRow]:
        """Look up applications by number."""
        return await self._by_key(ApplicationRow, numbers)

    async def line_stops(self, numbers: Sequence[str]) -> frozenset[str]:
        """Return the applications whose last list has them as a production stop."""
        rows = await self._pool.fetch(
            "SELECT a.key FROM record.applications AS a"
            " JOIN record.listings AS l ON l.batch = a.last_batch AND l.row_number = a.last_row"
            " WHERE a.key = ANY ($1::text[]) AND l.urgency = 'line_stop' AND NOT l.withdrawn",
            list(numbers),
        )
        return frozenset(row["key"] for row in rows)

    async def licensed(self, applications: Sequence[str], on: str) -> Mapping[str, str]:
        """Return current and future licences on a date in China, one for each application."""
        found = await self._pool.fetch(
            "SELECT a.number, min(l.key) AS licence FROM record.licences AS l"
            " CROSS JOIN unnest(l.applications) AS a (number)"
            " WHERE l.applications && $1::text[] AND a.number = ANY ($1::text[])"
            " AND (l.ended_on = '' OR l.ended_on > $2) AND l.valid_to >= $2 GROUP BY a.number",
            *(list(applications), on),
        )
        return {row["number"]: row["licence"] for row in found}

    async def listed_elsewhere(self, batch: EntryId) -> Sequence[str]:
        """Return the applications on a batch's list that are listed more than once."""
        rows = await self._pool.fetch(statements.LISTED_ELSEWHERE, batch)
        return [row["number"] for row in rows]


def counts_of(
    rows: Iterable[asyncpg.Record], batches: Sequence[EntryId], party: Party
) -> Mapping[EntryId, Mapping[str, int]]:
    """Return the number of rows by batch and by the side's state."""
    counts: dict[EntryId, Counter[str]] = {batch: Counter() for batch in batches}
    for row in rows:
        counts[row["batch"]][row[party]] += row["rows"]
    return counts


def progress_of(
    rows: Iterable[asyncpg.Record], open_threads: Mapping[EntryId, int]
) -> Mapping[EntryId, Progress]:
    """Return the progress of each batch with rows that are not withdrawn."""
    by_batch: dict[EntryId, Progress] = {}
    for row in rows:
        batch = row["batch"]
        progress = by_batch.get(batch, Progress(open_threads=open_threads.get(batch, 0)))
        by_batch[batch] = replace(
            progress,
            answered=progress.answered + row["answered"],
            differing=progress.differing + row["differing"],
            eu_as_of=max(progress.eu_as_of, row["eu_as_of"]),
            cn_as_of=max(progress.cn_as_of, row["cn_as_of"]),
        )
    return by_batch
