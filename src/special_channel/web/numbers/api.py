"""Applications in numbers for programs: JSON, and a table with a row for each measure.

Does not write files: `desk/extracts.py` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from aiohttp import web

from special_channel.desk.extracts import Extract
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.numbers import queries
from special_channel.web.numbers.queries import NumbersQuery
from special_channel.web.numbers.views import (
    MEASURES,
    OF_LISTS,
    TIMES,
    CodeCountsItem,
    CountsItem,
    Measure,
    NumbersView,
)
from special_channel.web.shared.corrections import correction_said
from special_channel.web.shared.references import entries_up_to
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.extents import context_then
from special_channel.web.shell.frame import effect_text, numbered

_COLUMNS: Final = ("part", "part_name", "measure_code", "measure")
_OF_SIDE: Final = ("count", "of", "share")
_MONTHLY: Final = ("accepted", "approved", "refused")


@operation(Operation("Read applications in numbers"))
async def get_numbers(request: web.Request, query: NumbersQuery) -> NumbersView:
    """Return numbers as of a date in Beijing; today without a date."""
    return await queries.numbers(await page_context(request), query)


def extract(context: PageContext, view: NumbersView) -> Extract:
    """Make the table in the reader's language."""
    label = context.t.label
    gap = " " if context.lang == "en" else ""
    of_sides = [(side, name) for side in view.parties for name in _OF_SIDE]
    internal = [(label("extract", "internal"), label("extract", "internal-codes"))]
    return Extract(
        title=label("page", "numbers"),
        about=label("extract", "about"),
        columns=[
            *((code, label("extract", code)) for code in _COLUMNS),
            *(
                (f"{side}_{name}", f"{label('side', side)}{gap}{label('extract', name)}")
                for side, name in of_sides
            ),
            ("how", label("extract", "how")),
        ],
        lines=list(_rows(context, view)),
        facts=[
            (label("extract", "as_of"), view.on.isoformat()),
            (label("extract", "as_of_entries"), ", ".join(view.up_to)),
            (label("extract", "counting"), _counting(context, view)),
            *_corrections(context, view),
            (label("extract", "population"), label("number-how", "listed")),
            (label("number", "listed"), str(view.sides[0].listed)),
            *(internal if "own" in view.tables else ()),
        ],
        effect=effect_text(context_then(context, view.extent) if view.extent else context),
        numbers=frozenset(f"{side}_{name}" for side, name in of_sides),
        up_to=", ".join(view.up_to),
        counted=counted_said(context, view),
    )


def counted_said(context: PageContext, view: NumbersView) -> str:
    """Name the last entries counted by the numbers."""
    if view.extent:
        return view.extent.said(context.t, context.party)
    entries = entries_up_to(context.t, view.eu, view.cn, context.party)
    return context.t.gettext("Counted from %(entries)s.", entries=entries)


def _counting(context: PageContext, view: NumbersView) -> str:
    return context.t.label("counting", view.extent.counting if view.extent else "")


def _corrections(context: PageContext, view: NumbersView) -> Iterator[tuple[str, str]]:
    """Yield corrections of the numbers: the application, before and after."""
    if view.corrections:
        title = context.t.label("extract", "corrections")
        yield title, str(view.corrections_total)
    for each in view.corrections:
        yield each.number, correction_said(context.t, each, partial(numbered, context))


def _rows(context: PageContext, view: NumbersView) -> Iterator[list[str]]:
    yield from _counts(context, "all", "", MEASURES, view.sides)
    yield from _days(context, "all", "", TIMES, view.sides)
    for each in view.lists:
        yield from _counts(context, "list", each.list, OF_LISTS, each.sides)
        yield from _days(context, "list", each.list, TIMES[:1], each.sides)
    for source, table in view.tables.items():
        for code in table:
            name = code.code or context.t.label("number", "no-code")
            yield from _counts(context, f"code-{source}", name, ("listed", *OF_LISTS), code.sides)
    for month in reversed(view.months):
        for measure in _MONTHLY:
            counts = getattr(month, measure)
            cells = [cell for side in view.parties for cell in (str(counts.get(side, 0)), "", "")]
            how = f"{measure}_month"
            yield _row(context, ("month", month.month), measure, cells, how)


def _counts(
    context: PageContext,
    part: str,
    name: str,
    measures: Iterable[Measure],
    sides: Sequence[CodeCountsItem],
) -> Iterator[list[str]]:
    for measure in measures:
        cells = [
            cell
            for side in sides
            for cell in (str(side.count(measure)), str(side.listed), side.share(measure) or "")
        ]
        yield _row(context, (part, name), measure, cells, measure)


def _days(
    context: PageContext, part: str, name: str, times: Iterable[str], sides: Sequence[CountsItem]
) -> Iterator[list[str]]:
    for time in times:
        for code, field in (("median", "median"), ("ninth", "ninth_decile")):
            days = [(getattr(side.days(time), field), side.days(time).of) for side in sides]
            cells = [
                cell
                for value, of in days
                for cell in ("" if value is None else str(value), str(of), "")
            ]
            which = f"{time}_{code}"
            yield _row(context, (part, name), which, cells, time)


def _row(
    context: PageContext, part: tuple[str, str], measure: str, cells: Sequence[str], how: str
) -> list[str]:
    label = context.t.label
    return [
        label("extract", f"part-{part[0]}"),
        part[1],
        measure,
        label("number", measure),
        *cells,
        label("number-how", how),
    ]


API: Final[tuple[Route, ...]] = (("GET", "/api/numbers", get_numbers),)
