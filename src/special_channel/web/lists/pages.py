"""Pages of weekly lists: all lists, and one list. Does not sign."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, get_args

from aiohttp import web

from special_channel.core.entries import ReturnRow
from special_channel.core.rows.batches import ListingRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.stores.thread_views import ThreadFilter
from special_channel.web.http.openapi import Route
from special_channel.web.lists import file_pages, queries
from special_channel.web.lists.cells import Cells
from special_channel.web.lists.reading import reading_notes
from special_channel.web.lists.row_tables import ROW_FILES
from special_channel.web.lists.tables import FILES
from special_channel.web.lists.views import (
    BATCH_STATES,
    BatchDetail,
    BatchesFound,
    BatchesPageQuery,
    BatchPageQuery,
)
from special_channel.web.shared.paging import Paging, paging
from special_channel.web.shared.query import read_filters
from special_channel.web.shared.references import state_bar
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.context import page_context
from special_channel.web.shell.corrected import see_list
from special_channel.web.shell.frame import ViewPage, frame
from special_channel.web.shell.render import show
from special_channel.web.shell.threads import find_batch, subjects

LISTS: Final = 25
"""Lists of one page."""

PAGE: Final = 100
"""Rows of one page; a browser takes a second for 2000 rows."""

PRINTED: Final = 300
"""Most rows of one part of a print."""

# Weights are bytes of HTML, so that a part of a print has at most 400 KB.
HEAVIEST: Final = 300_000

ROW_WEIGHT: Final = 1_000
"""Weight of a row without our private columns and free remarks."""

MATCHES: Final = get_args(ReturnRow.model_fields["match"].annotation)


async def get_batches(request: web.Request) -> web.Response:
    """Show a page of weekly lists."""
    context = await page_context(request)
    query = read_filters(BatchesPageQuery, request.query.items())
    view = await queries.batches(context, query, (query.page - 1) * LISTS, LISTS)
    return await show(context, batches_page(view, query, lists=context.writes_for("eu")))


async def get_batch(request: web.Request) -> web.Response:
    """Show a page of a list's rows, or a part of all rows for a print."""
    context = await page_context(request)
    row = await find_batch(context, request.match_info["number"])
    query = read_filters(BatchPageQuery, request.query.items())
    wanted = queries.wanted(query)
    printing = query.print == "all"
    first, size = (query.after, PRINTED) if printing else ((query.page - 1) * PAGE, PAGE)
    views = context.own.stores.views
    listings, total = await views.listing_page(row.batch, wanted, first, size)
    (names, cells), remarks = await asyncio.gather(
        queries.private_columns(context, row, listings), queries.remarks(context, row, listings)
    )
    if printing:
        listings = _lighter(listings, cells, remarks)
    last = first + len(listings)
    await see_list(context, row)
    [batch], applications, (threads, questions), all_threads, around = await asyncio.gather(
        queries.counted(context, [row]),
        views.applications([each.number for each in listings]),
        queries.threads(context, row.batch),
        views.thread_count(ThreadFilter(batch=row.batch)),
        frame(context),
    )
    view, about, counts = await asyncio.gather(
        queries.batch(context, batch, listings, applications),
        subjects(context, threads),
        queries.counts_by_source(context, batch),
    )
    url = f"{batch.url}?{query.address or 'all=1'}"
    page = batch_page(
        view,
        bars={party: state_bar(each) for party, each in counts.items()},
        states=sorted({*batch.counts, *batch.eu_counts} - {""}),
        threads=[(each, about.title(each), questions.get(each.thread, 0)) for each in threads],
        all_threads=all_threads,
        remarks=remarks,
        notes={} if printing else await reading_notes(context, row, listings, applications),
        private_columns=names,
        private=cells,
        query=query,
        pages=paging(query.page, total, size, url) if not printing else Paging(1, 1, total),
        print_url=f"{url}&print=all",
        printing=printing,
        part=(first + 1, last) if printing and len(listings) < total else None,
        next_url=f"{url}&print=all&after={last}" if printing and last < total else None,
        writes=context.writes and not printing,
        answers=context.writes_for("cn") and context.charter is not None,
        amends=context.writes_for("eu"),
    )
    return await show(context, page, around=around)


def batches_page(view: BatchesFound, query: BatchesPageQuery, *, lists: bool) -> ViewPage:
    """Make the page of weekly lists; `lists`: whether the reader may check a new list."""
    pages = paging(query.page, view.total, LISTS, f"/batches?{query.address}")
    more = {"pages": pages, "lists": lists, "query": query, "states": BATCH_STATES}
    return ViewPage("lists/batches.html", "batches", view, more)


def batch_page(
    view: BatchDetail, threads: Sequence[tuple[ThreadRow, Pair, int]], **more: object
) -> ViewPage:
    """Make the page of a list.

    Args:
        view: The list with the rows of the page.
        threads: Threads of the list with subjects and numbers of open questions.
        more: Values of the page alone, as `get_batch` gives them.
    """
    positions: dict[str, list[str]] = {}
    for thread, _, _ in threads:
        for number in thread.opening.applications:
            positions.setdefault(number, []).append(str(thread.position))
    own: dict[str, object] = {
        "part": None,
        "next_url": None,
        "matches": MATCHES,
        "threads": threads,
        "positions": positions,
        "cells": Cells,
        "size": PAGE,
        "notes": {},
        "all_threads": 0,
    }
    return ViewPage("lists/batch.html", "batch", view, own | more)


def _lighter(
    listings: Sequence[ListingRow],
    cells: Mapping[int, Sequence[str]],
    remarks: Mapping[int, Words],
) -> Sequence[ListingRow]:
    """Return the first rows, up to the weight of a part of a print; at least one."""
    weight, kept = 0, 0
    for each in listings:
        texts = [*cells.get(each.row, ())]
        if words := remarks.get(each.row):
            texts.append(words.text)
        weight += ROW_WEIGHT + sum(len(text.encode()) for text in texts)
        if kept and weight > HEAVIEST:
            break
        kept += 1
    return listings[:kept]


PAGES: Final[tuple[Route, ...]] = (
    *file_pages.PAGES,
    ("GET", "/batches", get_batches),
    *FILES,
    ("GET", "/batches/{number}", get_batch),
    *ROW_FILES,
)
