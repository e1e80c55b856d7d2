"""Read applications in numbers as of a date, in a fixed number of queries.

Does not count: `stores/numbers.py` does, and caches the result until a log grows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Final, TypeVar

from special_channel.core.bytes.errors import Malformed
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.statutory import DECISION_DAYS
from special_channel.stores.numbers import (
    CODE_SOURCES,
    Counts,
    DayNumbers,
    EarlierNumbers,
    Numbers,
    Sides,
    Spread,
)
from special_channel.web.numbers.views import (
    CORRECTIONS,
    MEASURES,
    TIMES,
    CodeCountsItem,
    CodedCounts,
    CountsItem,
    DaysItem,
    DefinitionItem,
    ListCounts,
    Measure,
    NumbersView,
    Order,
    PublicItem,
    TwoWays,
)
from special_channel.web.shared.capitals import on_date
from special_channel.web.shared.corrections import correction_item
from special_channel.web.shared.days import Day
from special_channel.web.shared.extents import ExtentView, extent_of
from special_channel.web.shared.query import read_day
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.extents import ExtentQuery, context_then, end_of, read_extent

FIRST: Final = date(2025, 1, 1)
"""Nothing was filed before April 2025 (announcement No. 18 of 2025); no number is older."""

LISTS: Final = 60
"""Lists that are shown one by one: more than two years of them."""

PUBLIC_RECORD: Final[tuple[tuple[date, Measure], ...]] = (
    (date(2025, 10, 21), "addressed"),
    (date(2025, 11, 5), "approved"),
    (date(2025, 12, 15), "approved"),
)
"""Dates of counts that the European Commissioner for Trade gave, as the press reported, with the
measure that is nearest to their words."""

_C = TypeVar("_C", bound=CodeCountsItem)


class NumbersQuery(ExtentQuery):
    """Date of the numbers (`2025-10-21`), by default today in Beijing; the reader's language.

    Attributes:
        sort: Order of the lists and control codes. Codes are in their own order unless those of
            most applications come first.
    """

    on: Day = ""
    lang: str = ""
    sort: Order = "newest"


async def numbers(context: PageContext, query: NumbersQuery) -> NumbersView:
    """Read all numbers as of a date.

    Raises:
        Malformed: `date-outside`.
    """
    on = _date(context, query.on)
    extent = await read_extent(context, query, end_of(context, on, "cn"))
    if extent is None:
        return await _view(context, query, on, await _read(context, on), None)
    days = day_numbers(context_then(context, extent).calendar("cn"), on)
    earlier = await context.own.stores.numbers.earlier(
        on.isoformat(), days, DECISION_DAYS, LISTS, extent_of(extent)
    )
    counts = earlier.corrected if extent.counting == "corrected" else earlier.recorded
    return await _view(context, query, on, counts, (extent, earlier))


async def _view(
    context: PageContext,
    query: NumbersQuery,
    on: date,
    counts: Numbers,
    earlier: tuple[ExtentView, EarlierNumbers] | None,
) -> NumbersView:
    label = context.t.label
    return NumbersView(
        eu=counts.eu,
        cn=counts.cn,
        on=on,
        sort=query.sort,
        extent=earlier[0] if earlier else None,
        apart=tuple(_apart(context, earlier[1])) if earlier else (),
        corrections=tuple(
            correction_item(context.t, each) for each in earlier[1].corrections[:CORRECTIONS]
        )
        if earlier
        else (),
        corrections_total=len(earlier[1].corrections) if earlier else 0,
        limit=DECISION_DAYS,
        sides=_sides(context, counts.sides, CountsItem),
        lists=_lists(context, counts, query.sort),
        months=tuple(counts.months),
        codes=tuple(counts.codes),
        coded=_coded(context, counts, query.sort),
        first_general=on_date(counts.first_general),
        # Published figures are compared by the present record, on dates of their own.
        public=() if earlier else await _public(context, counts.sides[context.party].listed),
        definitions=tuple(
            DefinitionItem(
                measure=name, title=label("number", name), definition=label("number-how", name)
            )
            for name in (*MEASURES, *TIMES)
        ),
    )


def _date(context: PageContext, text: str) -> date:
    """Read the date of the query; today in Beijing for an empty text.

    Raises:
        Malformed: `date-outside`.
    """
    today = context.today("cn")
    on = read_day(text) or today
    if not FIRST <= on <= today:
        raise Malformed(
            "date-outside",
            "There are no numbers as of that date.",
            first=FIRST.isoformat(),
            last=today.isoformat(),
        )
    return on


async def _read(context: PageContext, on: date) -> Numbers:
    days = day_numbers(context.calendar("cn"), on)
    return await context.own.stores.numbers.numbers(on.isoformat(), days, DECISION_DAYS, LISTS)


# Pages ask for the same few dates again and again.
@lru_cache(maxsize=32)
def day_numbers(calendar: Calendar, last: date) -> DayNumbers:
    """Number the working days of a calendar up to a date."""
    days = (FIRST + timedelta(days=place) for place in range((last - FIRST).days + 1))
    return DayNumbers(FIRST, tuple(accumulate(int(calendar.is_working_day(day)) for day in days)))


async def _public(context: PageContext, listed: int) -> tuple[PublicItem, ...]:
    """Count as of the dates of published figures; nothing if no application was listed then."""
    items: list[PublicItem] = []
    for on, measure in PUBLIC_RECORD if listed else ():
        sides = (await _read(context, on)).sides
        population = sides[context.party].listed
        if not items and not population:
            return ()
        items.append(
            PublicItem(
                on=on,
                published=context.t.label("public", on.isoformat()),
                measure=measure,
                definition=context.t.label("public-how", on.isoformat()),
                listed=population,
                part={
                    party: _count(sides[party], measure) for party in (context.party, context.peer)
                },
            )
        )
    return tuple(items)


def _lists(context: PageContext, counts: Numbers, sort: Order) -> tuple[ListCounts, ...]:
    lists = [
        ListCounts(
            list=each.list,
            batch=f"EU-{each.index}",
            sides=_sides(context, each.sides, CountsItem),
        )
        for each in counts.lists
    ]
    if sort != "oldest":
        lists.reverse()
    if sort == "most":
        lists.sort(key=_listed)
    return tuple(lists)


def _coded(context: PageContext, counts: Numbers, sort: Order) -> tuple[CodedCounts, ...]:
    """Return the control codes by source; the line without a code stays the last one."""
    coded = [
        CodedCounts(
            source=source, code=each.code, sides=_sides(context, each.sides, CodeCountsItem)
        )
        for source in CODE_SOURCES
        for each in counts.coded.get(source, ())
    ]
    if sort == "most":
        coded.sort(key=lambda each: (CODE_SOURCES.index(each.source), not each.code, _listed(each)))
    return tuple(coded)


def _listed(each: ListCounts | CodedCounts) -> int:
    return -each.sides[0].listed


def _sides(context: PageContext, sides: Sides, model: type[_C]) -> tuple[_C, ...]:
    """Return the numbers of our side, then of the other side."""
    return tuple(counts_of(party, sides[party], model) for party in (context.party, context.peer))


def counts_of(party: str, counts: Counts, model: type[_C]) -> _C:
    """Return a side's numbers, with ages if the model has ages."""
    measures = {name: _count(counts, name) for name in MEASURES if name in model.model_fields}
    days = {name: _days(getattr(counts, name)) for name in TIMES if name in model.model_fields}
    return model.model_validate({"by": party, **measures, **days})


def _apart(context: PageContext, earlier: EarlierNumbers) -> Iterator[TwoWays]:
    """Yield the numbers changed by corrections, our side's first."""
    for party in (context.party, context.peer):
        recorded, corrected = (
            _all(each.sides[party]) for each in (earlier.recorded, earlier.corrected)
        )
        for measure, number in recorded.items():
            if number != corrected[measure]:
                yield TwoWays(
                    measure=measure, by=party, recorded=number, corrected=corrected[measure]
                )


def _all(counts: Counts) -> dict[str, int | None]:
    """Return a side's numbers by measure, and the days by time."""
    numbers: dict[str, int | None] = {name: _count(counts, name) for name in MEASURES}
    for time in TIMES:
        days: Spread = getattr(counts, time)
        numbers |= {f"{time}_median": days.median, f"{time}_ninth": days.ninth}
    return numbers


def _count(counts: Counts, measure: Measure) -> int:
    return int(getattr(counts, "stated" if measure == "matched" else measure))


def _days(spread: Spread) -> DaysItem:
    return DaysItem(of=spread.count, median=spread.median, ninth_decile=spread.ninth)
