"""The rows of a weekly list as a file: records of the sides, the answer, and our own columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from aiohttp import web

from special_channel.desk.extracts import Extract
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Handler
from special_channel.web.lists import queries
from special_channel.web.lists.views import MAX_ROWS, RowFilters, RowItem, RowStates
from special_channel.web.shared.own_cells import filed_cell
from special_channel.web.shared.query import read_query
from special_channel.web.shared.statements import StateItem
from special_channel.web.shared.words import Words
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.list_files import filter_fact, list_extract, list_facts
from special_channel.web.shell.render import ENDINGS, Ending, take_along
from special_channel.web.shell.threads import find_batch

_FIRST: Final = ("row", "number", "urgency", "stop_on", "times_listed", "withdrawn_in")
_SIDE: Final = ("state", "state_code", "as_of", "source", "entry")
_LAST: Final = (
    "differing_states", "row_match", "found_as", "accepted_on", "clock", "clock_how", "remark",
    "remark_text", "answer_entry", "row_threads",
)  # fmt: skip

_UNSTATED: Final = RowStates()


async def rows_extract(context: PageContext, number: str, query: RowFilters) -> Extract:
    """Make a table of a list's matching rows.

    Raises:
        NotFound: `batch-unknown`.
    """
    row = await find_batch(context, number)
    listings, total = await context.own.stores.views.listing_page(
        row.batch, queries.wanted(query), 0, MAX_ROWS
    )
    applications = await context.own.stores.views.applications([each.number for each in listings])
    view = await queries.batch(context, queries.batch_item(row), listings, applications)
    names, own = await queries.private_columns(context, row, listings, None, filed_cell)
    remarks = await queries.remarks(context, row, listings)
    threads: dict[str, list[str]] = {}
    for thread in (await queries.threads(context, row.batch))[0]:
        for application in thread.opening.applications:
            threads.setdefault(application, []).append(numbered(context, str(thread.position)))
    lines = [
        [
            *_line(context, each, remarks.get(each.row), threads),
            *(own.get(each.row) or [""] * len(names)),
        ]
        for each in view.rows
    ]
    sides, t = (context.party, context.peer), context.t
    codes = [*_FIRST, *(f"{side}_{name}" for side in sides for name in _SIDE), *_LAST]
    named = f"{row.list} {numbered(context, view.batch.number)}"
    facts = [("batch", named), _filter(context, query)]
    internal = [(t.label("extract", "internal"), t.label("extract", "internal-columns"))]
    described = list_facts(context, view, [*facts, ("rows", str(total))])
    made = list_extract(context, "batch", codes, lines, [*described, *(internal if names else ())])
    kept = ((f"own_{name}", t.label("column", name)) for name in names)
    return replace(made, columns=[*made.columns, *kept])


def _filter(context: PageContext, query: RowFilters) -> tuple[str, str]:
    t = context.t
    return filter_fact(
        context,
        (
            query.text,
            t.state(query.state) if query.state else "",
            t.label("match", query.match) if query.match else "",
            t.gettext("Only where the sides differ") if query.differs == "1" else "",
        ),
    )


def _line(
    context: PageContext, row: RowItem, remark: Words | None, threads: Mapping[str, Sequence[str]]
) -> list[str]:
    label, now = context.t.label, row.states or _UNSTATED
    clock = now.statutory
    comma = ", " if context.lang == "en" else "、"
    return [
        str(row.row),
        row.number,
        label("urgency", row.urgency),
        _iso(row.stop_on),
        str(row.times_listed),
        numbered(context, row.withdrawn_in) if row.withdrawn_in else "",
        *_state(context, now.side(context.party)),
        *_state(context, now.side(context.peer)),
        context.t.gettext("differs") if now.differs else "",
        label("match", row.match) if row.match else "",
        row.found_as or "",
        _iso(row.accepted_on),
        clock.short if clock else "",
        clock.sentence if clock else "",
        label("remark", row.remark) if row.remark else "",
        remark.text if remark else "",
        numbered(context, row.answered_in) if row.answered_in else "",
        comma.join(threads.get(row.number, ())),
    ]


def _state(context: PageContext, stated: StateItem | None) -> tuple[str, ...]:
    """Return a side's state, its code, date, source and entry."""
    if stated is None:
        return ("",) * len(_SIDE)
    return (
        context.t.state(stated.state, stated.source),
        stated.state,
        _iso(stated.as_of),
        context.t.label("source", stated.source),
        numbered(context, stated.position),
    )


def _iso(on: date | None) -> str:
    return on.isoformat() if on else ""


def _file(ending: Ending) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        context = await page_context(request)
        query = read_query(RowFilters, request.query.items())
        extract = await rows_extract(context, request.match_info["number"], query)
        return await take_along(context, extract, "batch", ending)

    handler.__name__ = f"get_batch_rows_{ending}"
    handler.__doc__ = f"Return the rows of a weekly list as {ending.upper()}, as filtered."
    return handler


ROW_FILES: Final[tuple[Route, ...]] = tuple(
    ("GET", f"/batches/{{number}}/rows.{ending}", _file(ending)) for ending in ENDINGS
)
