"""Weekly lists over the API, and the check of a file. Does not sign: a list is an entry."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import Malformed
from special_channel.desk import columns
from special_channel.desk.tables import MAX_BYTES
from special_channel.desk.tables import MAX_ROWS as MAX_LINES
from special_channel.web.http.bodies import chunks
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.lists import checking, queries
from special_channel.web.lists.file_views import (
    AmendmentReport,
    CheckQuery,
    KeptColumns,
    ListReport,
)
from special_channel.web.lists.views import BatchDetail, BatchesFound, BatchesQuery, RowsQuery
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.shell.threads import find_batch


@operation(Operation("List batches", response=BatchesFound, query=BatchesQuery))
async def get_batches(request: web.Request, query: BatchesQuery) -> BatchesFound:
    """Return weekly lists, with counts by state."""
    return await queries.batches(await page_context(request), query, query.offset, query.size)


@operation(Operation("Read a batch's rows", response=BatchDetail, query=RowsQuery))
async def get_batch(request: web.Request, query: RowsQuery) -> BatchDetail:
    """Return a weekly list, then its matching rows."""
    context = await page_context(request)
    row = await find_batch(context, request.match_info["number"])
    # In another order than by row, `first` is a place among the matching rows.
    first, offset = (query.first, 0) if query.sort == "row" else (1, query.offset)
    wanted = queries.wanted(query, first)
    listings, _ = await context.own.stores.views.listing_page(row.batch, wanted, offset, query.size)
    [item] = await queries.counted(context, [row]) if query.states else [queries.batch_item(row)]
    if not query.states:
        return await queries.batch(context, item, listings)
    numbers = [each.number for each in listings]
    applications = await context.own.stores.views.applications(numbers)
    return await queries.batch(context, item, listings, applications)


@operation(
    Operation(
        "Check a weekly list without signing it",
        response=ListReport,
        query=CheckQuery,
        upload=True,
    )
)
async def post_list_check(request: web.Request, query: CheckQuery) -> ListReport:
    """Read a raw CSV or XLSX body and compare it with the record.

    Raises:
        NotAllowed: `owner` on CN's node, and as `page_context`.
        Malformed: As `check_list`.
    """
    context = await page_context(request, *OFFICIALS)
    queries.refuse_other_side(context)
    book = await context.own.desk.reader.book(await _body(request))
    return await checking.check_list(context, book, query.choices())


@operation(Operation("Read the own columns of a list", response=KeptColumns))
async def get_columns(request: web.Request) -> KeptColumns:
    """Return the private columns of a list."""
    context = await page_context(request, *OFFICIALS)
    row = await find_batch(context, request.match_info["number"])
    rows = columns.decode_rows(await context.own.stores.views.kept_columns(row.list))
    return KeptColumns(rows=tuple(rows.values()))


@operation(
    Operation(
        "Check an amendment of a list", response=AmendmentReport, query=CheckQuery, upload=True
    )
)
async def post_amendment_check(request: web.Request, query: CheckQuery) -> AmendmentReport:
    """Compare a raw CSV or XLSX body with the list that it amends.

    Raises:
        NotAllowed: `owner` on CN's node, and as `page_context`.
        NotFound: `batch-unknown`.
        Malformed: As `compare_amendment`.
    """
    context = await page_context(request, *OFFICIALS)
    queries.refuse_other_side(context)
    row = await find_batch(context, request.match_info["number"])
    book = await context.own.desk.reader.book(await _body(request))
    _, report = await checking.compare_amendment(context, row, book, query.choices())
    return report


async def _body(request: web.Request) -> bytes:
    data = bytearray()
    async for chunk in chunks(request):
        data += chunk
        if len(data) > MAX_BYTES:
            raise Malformed("list-too-long", "The file is too large.", limit=MAX_LINES)
    return bytes(data)


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/batches", get_batches),
    ("GET", "/api/batches/{number}", get_batch),
    ("POST", "/api/lists/check", post_list_check),
    ("GET", "/api/batches/{number}/columns", get_columns),
    ("POST", "/api/batches/{number}/amendment/check", post_amendment_check),
)
