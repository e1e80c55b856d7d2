"""What a reader may note of the other side's rows of a list and its answers, on our own page."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

from special_channel.core.entries import ReturnRow, ReturnSheet
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.sense.history import earlier
from special_channel.core.sense.read_rows import Reading, read_return, read_row
from special_channel.core.sense.read_statements import read_statement
from special_channel.core.sense.return_case import Around
from special_channel.core.sense.statements import StatementAround
from special_channel.web.shared.data_parts import document
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.reading import Noted, Then, asks_by_law, noted, then_of

_ANSWERED: Final = (
    "row", "number", "match", "found_as", "state", "as_of", "accepted_on", "clock", "days_used",
    "missing", "decision", "decided_on", "remark",
)  # fmt: skip
"""Fields of an answer in a row of the list."""

_EMPTY: Final = frozenset({"", -1, ()})


async def reading_notes(
    context: PageContext,
    batch: BatchRow,
    listings: Sequence[ListingRow],
    applications: Mapping[str, ApplicationRow],
) -> Mapping[int, Noted]:
    """Return what a reader may note of the other side's rows, by row, in the reader's language.

    Shown on our own page alone: it is in no print, file or API. `applications`: of the rows.
    """
    if context.party == "cn":
        return await _list_notes(context, batch, listings, applications)
    return await _answer_notes(context, batch, listings, applications)


async def _list_notes(
    context: PageContext,
    batch: BatchRow,
    listings: Sequence[ListingRow],
    applications: Mapping[str, ApplicationRow],
) -> Mapping[int, Noted]:
    """Return what CN may note of what the EU listed."""
    placed = {row.row: row.listed_in if row.listed_in >= 0 else batch.index for row in listings}
    then = await then_of(context, "eu", {*placed.values()})
    notes: dict[int, Noted] = {}
    for row in listings:
        at = then.get(placed[row.row])
        if at is None:
            continue  # the day of its entry is not known
        reading = _listed(row, placed[row.row], applications.get(row.number), at)
        if note := noted(context, reading, ""):
            notes[row.row] = note
    return notes


# A note never changes with the day of reading, and a page opens again and again.
@lru_cache(maxsize=4096)
def _listed(row: ListingRow, index: int, application: ApplicationRow | None, at: Then) -> Reading:
    """Return what is to note of a row that an entry with an index put on a list."""
    dates = {"first_listed": date.fromisoformat(row.first_listed)}
    found = tuple(read_row(row.row, dates, at.day))
    listed = _stated(application, index, row, at)
    return Reading(listed.together, (*found, *listed.notes))


def _stated(application: ApplicationRow | None, index: int, row: ListingRow, at: Then) -> Reading:
    """Return what is to note of the state in a row of a list; nothing without one."""
    if application is None:
        return Reading()
    # A statement that the EU has corrected is no longer what it states.
    for each in application.live("eu"):
        if isinstance(each, AssertedStatement) and each.place == (index, row.row):
            around = StatementAround("eu", at.day, at.days)
            return read_statement(each, application, around)
    return Reading()


async def _answer_notes(
    context: PageContext,
    batch: BatchRow,
    listings: Sequence[ListingRow],
    applications: Mapping[str, ApplicationRow],
) -> Mapping[int, Noted]:
    """Return what the EU may note of CN's answers."""
    answered = [row for row in listings if row.answered >= 0]
    if not answered:
        return {}
    then, asked = await asyncio.gather(
        then_of(context, "cn", {row.answered for row in answered}),
        _papers(context, answered, applications),
    )
    sheets = {each.index for each in batch.answers}
    notes: dict[int, Noted] = {}
    for row in answered:
        at = then.get(row.answered)
        if at is None:
            continue  # the day of its entry is not known
        application, papers = applications.get(row.number), asked.get(row.row, ())
        reading = _answered(row, application, at, papers, in_sheet=row.answered in sheets)
        if not reading.found:
            continue
        ask = f"/batches/EU-{batch.index}/new-thread?{urlencode({'application': row.number})}"
        if note := noted(context, reading, ask):
            notes[row.row] = note
    return notes


@lru_cache(maxsize=4096)
def _answered(
    row: ListingRow,
    application: ApplicationRow | None,
    at: Then,
    asked: tuple[str, ...],
    *,
    in_sheet: bool,
) -> Reading:
    """Return what is to note of a row's answer. `asked`, `in_sheet`: as `Around`, `read_return`."""
    around = Around(
        at.day,
        at.days,
        earlier(application, "cn", row.answer_place),
        question=row.question,
        remark=row.text > 0,
        asked=asked,
    )
    return read_return(answer_of(row), around, in_sheet=in_sheet)


def answer_of(row: ListingRow) -> ReturnRow:
    """Return the answer to a row of a list as a return sheet states it, without a free remark."""
    stated: dict[str, Any] = {
        name: value for name in _ANSWERED if (value := getattr(row, name)) not in _EMPTY
    }
    return ReturnRow.model_construct(**stated)


async def _papers(
    context: PageContext,
    answered: Sequence[ListingRow],
    applications: Mapping[str, ApplicationRow],
) -> Mapping[int, tuple[str, ...]]:
    """Return the papers that CN's statement before asked for, by row of another request."""
    if not asks_by_law(context):
        return {}
    before = {
        row.row: earlier(applications.get(row.number), "cn", row.answer_place).last
        for row in answered
        if row.missing
    }
    again = {
        row: (last.id, last.row)
        for row, last in before.items()
        if last and last.row and last.state == "supplement"
    }
    if not again:
        return {}
    # The row of a list has its last answer alone; an earlier sheet can be of the same list.
    stored = await context.own.stores.record.find(sorted({id_ for id_, _ in again.values()}))
    read = context.own.desk.reader.aside
    missing = await read(lambda: {id_: _missing(entry.parts) for id_, entry in stored.items()})
    return {row: missing.get(id_, {}).get(place, ()) for row, (id_, place) in again.items()}


def _missing(disclosures: Sequence[bytes | None]) -> Mapping[int, tuple[str, ...]]:
    """Return the papers that a return sheet asks for, by row; empty without its document."""
    data = document(disclosures)
    rows = ReturnSheet.model_validate_json(data).rows if data else ()
    return {row.row: row.missing for row in rows}
