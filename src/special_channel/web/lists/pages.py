"""Pages of weekly lists: all lists, one list, and the check of a file.

Does not sign: the browser signs the data on the page. An uploaded file is not stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, get_args
from urllib.parse import urlencode

from aiohttp import web

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries import ReturnRow
from special_channel.core.entries.batches import OPTED
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.releasing import NOT_HELD, release_of
from special_channel.core.sense.list_rules import LIST_RULES
from special_channel.desk import intake, payloads
from special_channel.desk.columns import cells_of
from special_channel.stores.batch_views import ListingFilter
from special_channel.web.http.openapi import Route
from special_channel.web.lists import checking, queries
from special_channel.web.lists.cells import Cells
from special_channel.web.lists.findings import reading_notes
from special_channel.web.lists.tables import FILES
from special_channel.web.lists.views import (
    BATCH_STATES,
    AmendmentReport,
    BatchDetail,
    BatchesFound,
    BatchesPageQuery,
    BatchPageQuery,
    ListReport,
    PredecessorItem,
)
from special_channel.web.shared.paging import paging
from special_channel.web.shared.query import read_query
from special_channel.web.shared.references import state_bar
from special_channel.web.shared.words import Pair
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.people import names_with
from special_channel.web.shell.render import show
from special_channel.web.shell.threads import find_batch, subjects
from special_channel.web.shell.uploads import kept_part, read_upload

LISTS: Final = 25
"""Lists of one page."""

PAGE: Final = 100
"""Rows of one page; a browser takes a second for 2000 rows."""

ALL: Final = 1_000_000
"""Rows of a print: more than any list has."""

MATCHES: Final = get_args(ReturnRow.model_fields["match"].annotation)


async def get_batches(request: web.Request) -> web.Response:
    """Show a page of weekly lists."""
    context = await page_context(request)
    query = read_query(BatchesPageQuery, request.query.items())
    view = await queries.batches(context, query, (query.page - 1) * LISTS, LISTS)
    return await show(context, batches_page(view, query, lists=context.writes_for("eu")))


async def get_batch(request: web.Request) -> web.Response:
    """Show a page of a list's rows, or every row for a print."""
    context = await page_context(request)
    row = await find_batch(context, request.match_info["number"])
    query = read_query(BatchPageQuery, request.query.items())
    wanted = ListingFilter(query.state, query.match, query.differs == "1", query.text)
    printing = query.print == "all"
    first, size = (0, ALL) if printing else ((query.page - 1) * PAGE, PAGE)
    listings, total = await context.own.stores.views.listing_page(row.batch, wanted, first, size)
    [batch] = await queries.counted(context, [row])
    view = await queries.batch(context, batch, listings, states=True)
    threads, questions = await queries.threads(context, row.batch)
    about = await subjects(context, threads)
    names, cells = await queries.private_columns(context, row, listings)
    url = f"{batch.url}?{_address(query)}"
    counts = await queries.counts_by_source(context, batch)
    page = batch_page(
        view,
        bars={party: state_bar(each) for party, each in counts.items()},
        states=sorted({*batch.counts, *batch.eu_counts} - {""}),
        threads=[(each, about.title(each), questions.get(each.thread, 0)) for each in threads],
        remarks=await queries.remarks(context, row, listings),
        notes={} if printing or context.party == "eu" else reading_notes(context.t, row, view),
        private_columns=names,
        private=cells,
        query=query,
        pages=paging(query.page, total, size, url),
        print_url=f"{url}&print=all",
        printing=printing,
        writes=context.writes and not printing,
        answers=context.writes_for("cn") and context.charter is not None,
        amends=context.writes_for("eu"),
    )
    return await show(context, page)


async def get_list_check(request: web.Request) -> web.Response:
    """Show the form for a file."""
    return await show(await _lister(request), check_page(None))


async def post_list_check(request: web.Request) -> web.Response:
    """Check a file and show the result; nothing is signed or stored."""
    context = await _lister(request)
    name, data = await read_upload(request, context)
    try:
        report = await checking.check_list(context, data)
    except Malformed as error:
        return await show(context, check_page(None, file=name, refused=error))
    rows, kept = len(report.rows), bool(report.kept) and not report.faults
    agreed = checking.further_columns(context.document)
    line_stop = report.counted.urgency["line_stop"] > 0
    release = release_of(context.document, "batch.listed", line_stop=line_stop)
    page = check_page(
        report,
        file=name,
        agreed=sorted(agreed & OPTED),
        not_agreed=sorted(OPTED - agreed),
        charter=context.charter.number if context.charter else 0,
        part=""
        if report.faults
        else payloads.sheet_part(payloads.PREVIEW_SALT, "list", report.rows).decode(),
        body=canonical.dumps({"list": report.list, "rows": rows}).decode(),
        kept=kept_part(context, report.list, report.kept) if kept else None,
        release=release,
        next_officials=await names_with(context, release.roles, {context.reader.row.person}),
    )
    return await show(context, page)


async def get_amend(request: web.Request) -> web.Response:
    """Show the form of an amendment."""
    context = await _lister(request)
    row = await find_batch(context, request.match_info["number"])
    return await show(context, amendment_page(row, None))


async def post_amend(request: web.Request) -> web.Response:
    """Compare a file with the list and show the result; nothing is signed or stored."""
    context = await _lister(request)
    row = await find_batch(context, request.match_info["number"])
    name, data = await read_upload(request, context)
    try:
        amendment, report = await checking.compare_amendment(context, row, data)
    except Malformed as error:
        return await show(context, amendment_page(row, None, file=name, refused=error))
    kept = bool(report.kept) and not report.faults
    page = amendment_page(
        row,
        report,
        file=name,
        lines=amendment.changes,
        part=""
        if report.faults
        else payloads.amendment_part(payloads.PREVIEW_SALT, amendment.data).decode(),
        body=canonical.dumps({"rows": report.rows}).decode(),
        kept=kept_part(context, row.list, report.kept) if kept else None,
        release=release_of(context.document, "batch.amended", line_stop=report.line_stop),
    )
    return await show(context, page)


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
        "matches": MATCHES,
        "threads": threads,
        "positions": positions,
        "cells": Cells,
        "notes": {},
    }
    return ViewPage("lists/batch.html", "batch", view, own | more)


def check_page(view: ListReport | None, **more: object) -> ViewPage:
    """Make the page of a checked file.

    Args:
        view: The result; None before a file was read.
        more: Values of the page alone, as `post_list_check` gives them.
    """
    reasons = {str(row["number"]): cells_of(row).get(intake.REASON, "") for row in _kept(view)}
    former: dict[str, list[PredecessorItem]] = {}
    for each in view.linked if view else ():
        former.setdefault(each.number, []).append(each)
    own: dict[str, object] = {
        "reasons": reasons,
        "former": former,
        "earlier": {each.number: each for each in view.reopened} if view else {},
        "filled": Counter(name for row in view.rows for name in row) if view else {},
        "routine": [note for note in view.notes if note.code in _ROUTINE] if view else [],
    }
    return ViewPage("lists/check.html", "batches", view, _EMPTY | own | more)


def amendment_page(row: BatchRow, view: AmendmentReport | None, **more: object) -> ViewPage:
    """Make the page of an amendment.

    Args:
        row: The list.
        view: The comparison; None before a file was read.
        more: Values of the page alone, as `post_amend` gives them.
    """
    number = f"EU-{row.index}"
    own: dict[str, object] = {"batch": row, "number": number, "url": f"/batches/{number}"}
    return ViewPage("lists/amendment.html", "batch", view, _EMPTY | own | more)


_ROUTINE: Final = intake.ROUTINE | LIST_RULES.keys()
"""Codes of notes after which there is nothing to do."""

_EMPTY: Final[dict[str, object]] = {
    "file": "", "refused": None, "kept": None, "release": NOT_HELD, "next_officials": (),
}  # fmt: skip


def _kept(view: ListReport | None) -> tuple[dict[str, Any], ...]:
    return view.kept if view else ()


def _address(query: BatchPageQuery) -> str:
    fields = query.model_dump(exclude={"page", "print"})
    return urlencode({name: value for name, value in fields.items() if value}) or "all=1"


async def _lister(request: web.Request) -> PageContext:
    """Return the request context of an official of the side with lists.

    Raises:
        NotAllowed: `owner` on CN's node, and as `page_context`.
    """
    context = await page_context(request, *OFFICIALS)
    queries.refuse_other_side(context)
    return context


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/batches", get_batches),
    *FILES,
    ("GET", "/batches/check", get_list_check),
    ("POST", "/batches/check", post_list_check),
    ("GET", "/batches/{number}", get_batch),
    ("GET", "/batches/{number}/amend", get_amend),
    ("POST", "/batches/{number}/amend", post_amend),
)
