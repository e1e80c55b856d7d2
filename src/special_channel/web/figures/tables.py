"""A year's figures on questions as a file: a line for each measure and each month's outcomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

from special_channel.core.bytes.times import instant
from special_channel.desk.extracts import Extract
from special_channel.web.figures import queries
from special_channel.web.figures.queries import YearQuery
from special_channel.web.figures.views import MonthOutcomes, SideItem
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.extents import context_then
from special_channel.web.shell.frame import effect_text
from special_channel.web.shell.list_files import (
    file_routes,
    in_capital,
    list_extract,
    list_facts,
    wall_clock,
)

Slice = Literal["done", "running", "asked", "ended", "unknown"]
SLICES: Final[tuple[Slice, ...]] = ("done", "running", "asked", "ended", "unknown")
"""By lightness, so that the chart works in grey: answered in time, answered after the date, date
passed, open, listed separately."""

_SLICE_OF: Final[dict[str, Slice]] = {
    "in-time": "done",
    "late": "running",
    "unanswered-confirmed": "asked",
    "open": "ended",
    "crossed": "unknown",
    "unanswered-unconfirmed": "unknown",
    "answered": "unknown",
    "withdrawn": "unknown",
    "ended": "unknown",
}

COLUMNS: Final = (
    "answering", "part", "part_name", "measure_code", "measure", "value", "value_unit", "count",
    "of", "undecided", "agreed", "how",
)  # fmt: skip

_NUMBERS: Final = frozenset({"value", "count", "of", "undecided", "agreed"})


def by_month(year: int, months: Sequence[MonthOutcomes]) -> Mapping[int, Counter[Slice]]:
    """Count the questions of a year by month of asking, 1 to 12, and by outcome."""
    counts: dict[int, Counter[Slice]] = {month: Counter() for month in range(1, 13)}
    for each in (month for month in months if month.year == year):
        for outcome, count in each.outcomes.items():
            counts[each.month][_SLICE_OF[outcome]] += count
    return counts


async def figures_extract(context: PageContext, query: YearQuery) -> Extract:
    """Make a table of the figures of a year: our side's, and both sides' once agreed.

    Raises:
        Malformed: `request-malformed` for a year without figures.
    """
    year = queries.year_of(context, query)
    view = await queries.read(context, queries.period_of(year), query)
    label = context.t.label
    known = [
        ("known_up_to", in_capital(context, wall_clock(context, instant(side.known))))
        for side in view.sides
        if side.answering != context.party and side.known
    ]
    facts = [
        ("year", str(year)),
        ("definitions", view.definitions),
        ("counting", label("counting", view.extent.counting if view.extent else "")),
        *known,
        ("times", label("capital", context.party)),
    ]
    lines = [line for side in view.sides for line in _lines(context, year, side)]
    made = list_extract(context, "figures", COLUMNS, lines, list_facts(context, view, facts))
    then = context_then(context, view.extent) if view.extent else context
    return replace(made, numbers=_NUMBERS, effect=effect_text(then))


def _lines(context: PageContext, year: int, side: SideItem) -> Iterator[list[str]]:
    label = context.t.label
    whole = [label("side", side.answering), label("extract", "part-year"), str(year)]
    asked = {"asks": label("extract", "questions"), "counted": label("extract", "counted")}
    apart = {name: label("figure-apart", name) for name in side.apart}
    for code, words in (asked | apart).items():
        of = "" if code == "asks" else str(side.asks)
        yield [*whole, code, words, "", "", str(getattr(side, code)), of, "", "", ""]
    for each in side.measures:
        unit = label("extract", "unit-days" if each.part is None else "unit-share")
        yield [
            *whole,
            each.measure,
            each.title,
            each.value or "",
            unit,
            "" if each.part is None else str(each.part),
            str(each.whole),
            str(each.undecided),
            "" if each.agreed is None else str(each.agreed),
            each.definition,
        ]
    for month, outcomes in by_month(year, side.months).items():
        named = [whole[0], label("extract", "part-month"), f"{year}-{month:02}"]
        for name in (each for each in SLICES if outcomes[each]):
            words, of = label("figure-slice", name), str(outcomes.total())
            yield [*named, name, words, "", "", str(outcomes[name]), of, "", "", ""]


FILES: Final = file_routes("figures", YearQuery, figures_extract)
