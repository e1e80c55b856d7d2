"""Read the record data with which the rows of a weekly list or of an amendment are checked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries import AmendmentSheet, ListRow
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.sense.findings import Finding
from special_channel.core.sense.list_case import FEW_LISTS, NumberRecord
from special_channel.core.sense.list_past import answers_of
from special_channel.desk import columns
from special_channel.desk.list_checks import ListRecord, amendment_findings, list_findings
from special_channel.desk.payloads import Fields
from special_channel.desk.similar import Cells, PastNumbers
from special_channel.desk.tables import MAX_ROWS
from special_channel.stores.views import Views
from special_channel.web.shared.states import bucket_of
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.statements import list_around

DECIDED: Final = frozenset({"done", "ended"})
"""Groups of states after which an application needs no listing."""

LastRows = Mapping[str, tuple[ListingRow, Cells]]
"""Rows of the newest list that were not taken off, with their private cells, by number."""


async def last_rows(views: Views, without: EntryId = "") -> LastRows:
    """Read the rows of the newest list; `without`: a list that does not count, by its entry."""
    newest = [each for each in await views.batches(limit=2) if each.batch != without]
    if not newest:
        return {}
    kept = columns.decode_rows(await views.kept_columns(newest[0].list))
    return {
        row.number: (row, columns.cells_of(kept.get(row.row, {})))
        for row in await views.listings(newest[0].batch, 1, MAX_ROWS)
        if row.withdrawn < 0
    }


async def kept_rows(context: PageContext, name: str) -> Sequence[Fields]:
    """Return our own columns of a list, by its name."""
    kept = columns.decode_rows(await context.own.stores.views.kept_columns(name))
    return tuple(kept.values())


async def check_rows(
    context: PageContext, rows: Sequence[ListRow], kept: Iterable[Fields], last: LastRows
) -> Sequence[Finding]:
    """Check the rows of a new list against the record.

    Args:
        context: The request.
        rows: The rows.
        kept: Our own columns of the rows, encoded by `columns.py`.
        last: Rows of the list before.
    """
    record = await _record(context, [row.number for row in rows], last, kept)
    return await context.own.desk.reader.aside(lambda: list_findings(rows, record))


async def check_amended(
    context: PageContext, batch: BatchRow, sheet: AmendmentSheet, kept: Iterable[Fields]
) -> Sequence[Finding]:
    """Check an amendment against the list that it amends, and against the record."""
    views = context.own.stores.views
    standing = {row.row: row for row in await views.listings(batch.batch, 1, MAX_ROWS)}
    changed = [standing[each.row].number for each in sheet.changed if each.row in standing]
    numbers = [*(row.number for row in sheet.added), *changed]
    last = await last_rows(views, batch.batch)
    record = await _record(context, numbers, last, kept, batch.batch, standing)
    return await context.own.desk.reader.aside(lambda: amendment_findings(sheet, record))


async def _record(
    context: PageContext,
    numbers: Sequence[str],
    last: LastRows,
    kept: Iterable[Fields],
    amended: EntryId = "",
    standing: Mapping[int, ListingRow] | None = None,
) -> ListRecord:
    stores = context.own.stores
    applications = await stores.views.applications(numbers)
    listed = await _listed(stores.views, applications)
    unfound = frozenset(number for number, row in applications.items() if _is_unfound(row))
    past = PastNumbers(
        await context.own.desk.numbers.known(),
        await _gone(stores.views, {*numbers}, last),
        unfound,
        await _found(stores.views, last) if unfound else {},
    )
    lists = len(await stores.views.batches(FEW_LISTS))
    return ListRecord(
        replace(list_around(context), lists=lists),
        {
            number: NumberRecord(
                replace(row, listed=tuple(each for each in row.listed if each.batch != amended)),
                number in listed,
                last[number][0] if number in last else None,
            )
            for number, row in applications.items()
        },
        past,
        standing or {},
        {row["row"]: columns.cells_of(row) for row in kept if isinstance(row["row"], int)},
    )


async def _listed(views: Views, applications: Mapping[str, ApplicationRow]) -> Collection[str]:
    """Return numbers that were on a list, or that are put in the place of one that was."""
    formers = {
        number: {link.former for link in row.live_links if link.number == number}
        for number, row in applications.items()
        if not row.listed
    }
    rows = await views.applications(sorted({each for names in formers.values() for each in names}))
    earlier = {former for former, row in rows.items() if row.listed}
    return {
        number
        for number, row in applications.items()
        if row.listed or not earlier.isdisjoint(formers[number])
    }


async def _gone(views: Views, listed: Collection[str], last: LastRows) -> Mapping[str, Cells]:
    """Return cells of undecided applications of the last list that this list lacks."""
    gone = [number for number in last if number not in listed]
    applications = await views.applications(gone)
    decided = {
        number
        for number, row in applications.items()
        if (stated := row.latest("cn")) and bucket_of(stated.state) in DECIDED
    }
    return {number: _case(*last[number]) for number in gone if number not in decided}


async def _found(views: Views, last: LastRows) -> Mapping[str, Cells]:
    """Return cells of applications of the last list that CN found."""
    applications = await views.applications([*last])
    return {number: _case(*last[number]) for number, row in applications.items() if row.cn}


def _is_unfound(application: ApplicationRow) -> bool:
    answers = answers_of(application)
    return bool(answers) and answers[-1][1] == "not_found"


def _case(row: ListingRow, cells: Cells) -> Cells:
    """Return the cells that a mistyped row would repeat."""
    return {"control_code": row.control_code, **cells} if row.control_code else cells
