"""Applications over the API, and applications and differences as files.

Does not write entries or the bytes of files: `desk/extracts.py` writes those.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date
from typing import Final, TypeVar

from aiohttp import web

from special_channel.desk.extracts import Extract
from special_channel.web.applications import queries
from special_channel.web.applications.views import (
    ApplicationDetail,
    ApplicationQuery,
    ApplicationsFound,
    ApplicationsPageQuery,
    ApplicationsQuery,
    DifferencesPageQuery,
    ListItem,
    SideItem,
)
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.shared.query import Query, read_query
from special_channel.web.shared.statements import StateItem
from special_channel.web.shared.view import SizesView
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.frame import effect_text
from special_channel.web.shell.responses import ENDINGS, Ending, take_along

MAX_ROWS: Final = 20_000
"""Rows of a file: twice what the channel is meant for."""

_SIDE: Final = ("state", "state_code", "as_of", "source", "entry", "accepted_on", "decision")
_OF_ALL: Final = ("differs", "clock", "clock_how", "urgency", "times_listed", "list", "list_entry")


@operation(
    Operation("Find applications", response=ApplicationsFound, query=ApplicationsQuery),
)
async def get_applications(request: web.Request, query: ApplicationsQuery) -> ApplicationsFound:
    """Return applications with both sides' latest statements and clocks."""
    context = await page_context(request)
    return await queries.applications(context, query, query.offset, query.size)


@operation(Operation("Read an application", response=ApplicationDetail, query=ApplicationQuery))
async def get_application(request: web.Request, _query: ApplicationQuery) -> ApplicationDetail:
    """Return an application with both sides' histories, clocks, links, lists and threads."""
    context = await page_context(request)
    row = await queries.find_application(context, request.match_info["number"])
    threads = await context.own.stores.applications.threads_on([row.number])
    return await queries.application(context, row, threads)


async def applications_extract(context: PageContext, query: ApplicationsPageQuery) -> Extract:
    """Make a table of the applications of a query.

    Raises:
        NotFound: `batch-unknown`.
    """
    found = await queries.applications(context, query, 0, MAX_ROWS)
    label, sides = context.t.label, (context.party, context.peer)
    comma = ", " if context.lang == "en" else "、"
    lines = []
    for item in found.items:
        clock = item.cn.clock if item.cn.clock.stated else None
        lines.append(
            [
                item.number,
                *(cell for side in sides for cell in _side(context, item.side(side))),
                comma.join(label("difference", kind) for kind in item.differences),
                clock.short if clock else "",
                clock.sentence if clock else "",
                label("urgency", item.urgency) if item.urgency else "",
                str(item.times_listed),
                *_list(item.last_list),
            ]
        )
    columns = ["number", *(f"{side}_{name}" for side in sides for name in _SIDE), *_OF_ALL]
    facts = [("filter", query.address), ("rows", str(found.total))]
    return _extract(context, "applications", columns, lines, _facts(context, found, facts))


async def differences_extract(context: PageContext, query: DifferencesPageQuery) -> Extract:
    """Make a table of the differences of a query, with a line for every aspect.

    Raises:
        NotFound: `batch-unknown`.
    """
    found = await queries.differences(context, query, 0, MAX_ROWS)
    label, sides = context.t.label, (context.party, context.peer)
    lines = [
        [
            item.number,
            label("difference", aspect.kind),
            aspect.kind,
            aspect.own,
            aspect.peer,
            *(cell for side in sides for cell in _origin(context, item.side(side))),
            *_list(item.last_list),
        ]
        for item in found.items
        for aspect in item.aspects
    ]
    origins = (f"{side}_{name}" for side in sides for name in ("as_of", "source", "entry"))
    columns = ["number", "kind", "kind_code", *sides, *origins, "list", "list_entry"]
    counts = [("batch", found.list_name or label("extract", "all"))]
    counts += [(each, str(getattr(found, each))) for each in ("known", "both", "differing")]
    facts = [
        *_facts(context, found, counts),
        *((label("difference", kind), str(count)) for kind, count in found.kinds.items()),
        (label("extract", "definition"), context.t.gettext("extract.definition-differences")),
    ]
    return _extract(context, "differences", columns, lines, facts)


def _extract(
    context: PageContext,
    page: str,
    columns: Iterable[str],
    lines: Sequence[Sequence[str]],
    facts: Sequence[tuple[str, str]],
) -> Extract:
    return Extract(
        title=context.t.label("page", page),
        about=context.t.label("extract", "about"),
        columns=[(code, _column(context, code)) for code in columns],
        lines=lines,
        facts=facts,
        effect=effect_text(context),
    )


def _column(context: PageContext, code: str) -> str:
    """Return a column's name; a side's columns begin with the side's name."""
    label = context.t.label
    side, _, name = code.partition("_")
    if side not in {"eu", "cn"}:
        return label("extract", code)
    gap = " " if context.lang == "en" else ""
    return f"{label('side', side)}{gap}{label('extract', name)}" if name else label("side", side)


def _facts(
    context: PageContext, view: SizesView, counts: Iterable[tuple[str, str]]
) -> list[tuple[str, str]]:
    label = context.t.label
    return [
        (label("extract", "as_of_entries"), ", ".join(view.up_to)),
        (label("extract", "day"), context.today("cn").isoformat()),
        *((label("extract", name), value) for name, value in counts),
    ]


def _side(context: PageContext, side: SideItem) -> list[str]:
    latest = side.latest
    decision = latest.decision if latest else None
    return [
        *((latest.state_text, latest.state, *_origin(context, latest)) if latest else [""] * 5),
        _iso(side.clock.accepted_on),
        context.t.label("decision", decision) if decision else "",
    ]


def _origin(context: PageContext, statement: StateItem) -> tuple[str, str, str]:
    """Return date, source and entry of a statement."""
    source = context.t.label("source", statement.source)
    return _iso(statement.as_of), source, statement.position


def _list(last: ListItem | None) -> tuple[str, str]:
    return (last.list, last.batch) if last else ("", "")


def _iso(on: date | None) -> str:
    return on.isoformat() if on else ""


_Q = TypeVar("_Q", bound=Query)


def _file(
    name: str,
    ending: Ending,
    model: type[_Q],
    make: Callable[[PageContext, _Q], Awaitable[Extract]],
) -> Route:
    """Return the route of a file with the rows of a query."""

    async def handler(request: web.Request) -> web.Response:
        context = await page_context(request)
        extract = await make(context, read_query(model, request.query.items()))
        return await take_along(context, extract, name, ending)

    handler.__name__ = f"get_{name}_{ending}"
    handler.__doc__ = f"Return {name} as {ending.upper()}, as filtered."
    return "GET", f"/{name}.{ending}", handler


FILES: Final = [
    route
    for ending in ENDINGS
    for route in (
        _file("applications", ending, ApplicationsPageQuery, applications_extract),
        _file("differences", ending, DifferencesPageQuery, differences_extract),
    )
]

API: Final[tuple[Route, ...]] = (
    ("GET", "/api/applications", get_applications),
    ("GET", "/api/applications/{number}", get_application),
)
