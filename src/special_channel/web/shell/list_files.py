"""Lists as files: the rows of a query with a sheet that explains them, as XLSX and CSV.

Does not write the bytes of files: `desk/extracts.py` does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from aiohttp import web

from special_channel.desk.extracts import Extract
from special_channel.web.http.openapi import Route
from special_channel.web.shared.capitals import local
from special_channel.web.shared.days import DayFilters
from special_channel.web.shared.query import Query, read_query
from special_channel.web.shared.view import SizesView
from special_channel.web.shared.words import Pair
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.frame import effect_text
from special_channel.web.shell.render import ENDINGS, Ending, take_along

MAX_ROWS: Final = 20_000
"""Rows of a file: twice what the channel is meant for."""

TIMES: Final = frozenset(
    {
        "came_at", "closed", "due", "first_due", "found_at", "lapses", "last_at", "last_used",
        "listed", "looked_into", "made", "requested", "saved", "sent", "step_by",
        "taken_over_at", "time", "until",
    }
)  # fmt: skip
"""Columns that `wall_clock` writes: their headings name the capital."""

_Q = TypeVar("_Q", bound=Query)


def list_extract(
    context: PageContext,
    page: str,
    columns: Iterable[str],
    lines: Sequence[Sequence[str]],
    facts: Sequence[tuple[str, str]],
) -> Extract:
    """Make the table of a list.

    Args:
        context: The request.
        page: Name of the list's page.
        columns: Codes of the columns, `extract.CODE`; a side's begin with `eu_` or `cn_`.
        lines: Cells in the order of the columns.
        facts: Description as pairs of word and value.
    """
    return Extract(
        title=context.t.label("page", page),
        about=context.t.label("extract", "about"),
        columns=[(code, _column(context, code)) for code in columns],
        lines=lines,
        facts=facts,
        effect=effect_text(context),
        up_to=as_of_entries(context, facts),
    )


def as_of_entries(context: PageContext, facts: Iterable[tuple[str, str]]) -> str:
    """Return the positions up to which a table was made, from its description."""
    name = context.t.label("extract", "as_of_entries")
    return next((value for known, value in facts if known == name), "")


def list_facts(
    context: PageContext, view: SizesView, counts: Iterable[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Describe a list: as of which entries and day, then pairs of an `extract` code and a text."""
    label = context.t.label
    return [
        (label("extract", "as_of_entries"), ", ".join(view.up_to)),
        (label("extract", "day"), context.today("cn").isoformat()),
        *((label("extract", name), value) for name, value in counts),
    ]


def filter_fact(context: PageContext, words: Iterable[str]) -> tuple[str, str]:
    """Describe the filter of a list by the words of its fields; empty ones are left out."""
    comma = ", " if context.lang == "en" else "、"
    return "filter", comma.join(filter(None, words)) or context.t.label("extract", "all")


def days_words(query: DayFilters) -> str:
    """Write the days of a filter, such as `2026-11-01 – 2026-11-30`; empty without them."""
    return f"{query.since} – {query.until}".strip() if query.since or query.until else ""


def wall_clock(context: PageContext, at: datetime | None) -> str:
    """Write a time on the wall clock of our capital, to be sorted; empty for None.

    A column of such times is in `TIMES`.
    """
    return f"{local(at, context.party):%Y-%m-%d %H:%M}" if at else ""


def both_titles(title: Pair) -> tuple[str, str]:
    """Write a subject and its translation, each empty if it is not here."""
    texts = (words.text if words else "" for words in (title.original, title.translation))
    first, second = texts
    return first, second


def file_routes(
    name: str,
    model: type[_Q],
    make: Callable[[PageContext, _Q], Awaitable[Extract]],
    *roles: str,
    at: str = "",
) -> tuple[Route, ...]:
    """Return the routes of a list's files, with the rows of a query.

    Args:
        name: Name of the list's page.
        model: Filter of the list.
        make: Makes the table.
        roles: Roles that may read the list; none for everybody who is signed in.
        at: Address of the page if the name is another one.
    """
    path = at or f"/{name}"
    return tuple(_route((name, path), ending, model, make, roles) for ending in ENDINGS)


def _route(
    place: tuple[str, str],
    ending: Ending,
    model: type[_Q],
    make: Callable[[PageContext, _Q], Awaitable[Extract]],
    roles: tuple[str, ...],
) -> Route:
    name, path = place

    async def handler(request: web.Request) -> web.Response:
        context = await page_context(request, *roles)
        extract = await make(context, read_query(model, request.query.items()))
        return await take_along(context, extract, name, ending)

    handler.__name__ = f"get_{name}_{ending}"
    handler.__doc__ = f"Return {name} as {ending.upper()}, as filtered."
    return "GET", f"{path}.{ending}", handler


def in_capital(context: PageContext, words: str) -> str:
    """Add our capital to the name of a time, or to a time: `Due time (Brussels time)`."""
    capital = context.t.label("capital", context.party)
    return context.t.gettext("extract.in-capital", words=words, capital=capital)


def _column(context: PageContext, code: str) -> str:
    """Return a column's name; a side's columns begin with the side's name."""
    label = context.t.label
    if code in TIMES:
        return in_capital(context, label("extract", code))
    side, _, name = code.partition("_")
    if side not in {"eu", "cn"}:
        return label("extract", code)
    gap = " " if context.lang == "en" else ""
    return f"{label('side', side)}{gap}{label('extract', name)}" if name else label("side", side)
