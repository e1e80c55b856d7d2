"""Applications in numbers, read at one moment of both logs; a fixed number of questions.

Does not count and does not decide what a statement comes to: the core wrote that with each row.
The same at the same entries and date, so what was counted is kept until an entry comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.statutory import DECISION_DAYS
from special_channel.desk.extracts import Extract
from special_channel.ports.numbers import CODE_SOURCES, Counts, DayNumbers, Numbers, Spread
from special_channel.web.pages.numbers import (
    MEASURES,
    OF_LISTS,
    PUBLIC_RECORD,
    SPREADS,
    Amount,
    ListLine,
    NumberLine,
    NumbersPage,
    PublicFigure,
    TimeLine,
    code_table,
    count_of,
    lines_of,
    month_chart,
    month_line,
)
from special_channel.web.shared.capitals import on_date
from special_channel.web.shared.references import ListRef, last_entries
from special_channel.web.shell.context import Scene
from special_channel.web.shell.frame import effect_text

FIRST: Final = date(2025, 1, 1)
"""Nothing was filed before April 2025 (announcement No. 18 of 2025); no number is older."""

LISTS: Final = 60
"""Lists that are shown one by one: more than two years of them."""


def on_of(scene: Scene, text: str) -> date:
    """Return the date asked for; today in Beijing without.

    Raises:
        Malformed: `date-malformed`, `date-outside`.
    """
    today = scene.today("cn")
    if not text:
        return today
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Malformed("date-malformed", "A date looks like 2025-10-21.") from None
    if len(text) != len("2025-10-21"):
        raise Malformed("date-malformed", "A date looks like 2025-10-21.")
    if not FIRST <= found <= today:
        raise Malformed(
            "date-outside",
            "There are no numbers as of that date.",
            first=FIRST.isoformat(),
            last=today.isoformat(),
        )
    return found


async def read(scene: Scene, on: date) -> Numbers:
    """Count all applications as of a date."""
    days = day_numbers(scene.calendar("cn"), on)
    return await scene.own.numbers.numbers(on.isoformat(), days, DECISION_DAYS, LISTS)


# A page asks for the same few dates again and again.
@lru_cache(maxsize=32)
def day_numbers(calendar: Calendar, last: date) -> DayNumbers:
    """Number the working days of a calendar up to a date."""
    days = (FIRST + timedelta(days=place) for place in range((last - FIRST).days + 1))
    return DayNumbers(FIRST, tuple(accumulate(int(calendar.is_working_day(day)) for day in days)))


async def public_record(scene: Scene, listed: int) -> tuple[PublicFigure, ...]:
    """Count by the words of what was published; nothing where nothing was listed by then."""
    if not listed:
        return ()
    found = []
    for figure in PUBLIC_RECORD:
        sides = (await read(scene, figure.on)).sides
        own, peer = sides[scene.party], sides[scene.peer]
        part = (count_of(own, figure.measure), count_of(peer, figure.measure))
        found.append(replace(figure, listed=own.listed, part=part))
    return tuple(found) if found[0].listed else ()


async def numbers_page(scene: Scene, on: date) -> NumbersPage:
    """Read the page."""
    found = await read(scene, on)
    own, peer = found.sides[scene.party], found.sides[scene.peer]
    months = tuple(month_line(month, scene.party, scene.peer) for month in found.months)
    return NumbersPage(
        on=on,
        today=scene.today("cn"),
        parties=(scene.party, scene.peer),
        lines=lines_of(own, peer, MEASURES),
        times=_times(own, peer),
        lists=tuple(_list_line(scene, found, place) for place in range(len(found.lists)))[::-1],
        months=months[::-1],
        chart=month_chart(months),
        public=await public_record(scene, own.listed),
        up_to=last_entries(found.eu, found.cn),
        limit=DECISION_DAYS,
        codes=tuple(found.codes),
        coded=tuple(
            code_table(source, found.coded[source], scene.party, scene.peer)
            for source in CODE_SOURCES
            if found.coded.get(source)
        ),
        first_general=on_date(found.first_general),
        provisional=not scene.calendar("cn").covers(on),
    )


def _times(own: Counts, peer: Counts) -> tuple[TimeLine, ...]:
    return (
        TimeLine(SPREADS[0], (own.age, peer.age)),
        TimeLine(SPREADS[1], (own.took, peer.took)),
    )


def _list_line(scene: Scene, found: Numbers, place: int) -> ListLine:
    each = found.lists[place]
    own, peer = each.sides[scene.party], each.sides[scene.peer]
    name = f"EU-{each.index}"
    return ListLine(
        ListRef(each.list, name, f"/batches/{name}"),
        own.listed,
        lines_of(own, peer, OF_LISTS),
        (own.age, peer.age),
    )


_COLUMNS: Final = ("part", "part_name", "measure_code", "measure")
_OF_SIDE: Final = ("count", "of", "share")
_MONTHLY: Final = ("accepted", "approved", "refused")


async def numbers_extract(scene: Scene, on: date) -> Extract:
    """Make a table of all numbers: a line for each measure of all, of a list, code and month."""
    page = await numbers_page(scene, on)
    t, sides = scene.t, (scene.party, scene.peer)
    columns = [(code, t.label("extract", code)) for code in _COLUMNS]
    gap = " " if scene.lang == "en" else ""
    columns += [
        (f"{side}_{name}", f"{t.label('side', side)}{gap}{t.label('extract', name)}")
        for side in sides
        for name in _OF_SIDE
    ]
    columns.append(("how", t.label("extract", "how")))
    lines = [_cells(scene, "all", "", line) for line in page.lines]
    lines += [
        row for time in page.times for row in _time_cells(scene, "all", "", time.name, time.spreads)
    ]
    for each in page.lists:
        lines += [_cells(scene, "list", each.list.name, line) for line in each.lines]
        lines += _time_cells(scene, "list", each.list.name, "age", each.age)
    for table in page.coded:
        for code in table.lines:
            listed = NumberLine("listed", (Amount(code.listed, code.listed),) * 2)
            part, name = f"code-{table.source}", code.code or t.label("number", "no-code")
            lines += [_cells(scene, part, name, line) for line in (listed, *code.lines)]
    for month in page.months:
        name = f"{month.year}-{month.number:02d}"
        for measure, pair in zip(
            _MONTHLY, (month.accepted, month.approved, month.refused), strict=True
        ):
            lines.append(_month_cells(scene, name, measure, pair))
    return Extract(
        title=t.label("page", "numbers"),
        about=t.label("extract", "about"),
        columns=columns,
        lines=lines,
        facts=[
            (t.label("extract", "as_of"), on.isoformat()),
            (t.label("extract", "as_of_entries"), ", ".join(page.up_to)),
            (t.label("extract", "population"), t.label("number-how", "listed")),
            (t.label("number", "listed"), str(page.listed)),
            *_internal(scene, page),
        ],
        effect=effect_text(scene),
        numbers=frozenset(f"{side}_{name}" for side in sides for name in _OF_SIDE),
    )


def _internal(scene: Scene, page: NumbersPage) -> list[tuple[str, str]]:
    if all(table.source != "own" for table in page.coded):
        return []
    return [(scene.t.label("extract", "internal"), scene.t.label("extract", "internal-codes"))]


def _cells(scene: Scene, part: str, name: str, line: NumberLine) -> list[str]:
    t = scene.t
    return [
        t.label("extract", f"part-{part}"),
        name,
        line.measure,
        t.label("number", line.measure),
        *(cell for amount in line.amounts for cell in _amount(amount)),
        t.label("number-how", line.measure),
    ]


def _amount(amount: Amount) -> list[str]:
    return [str(amount.count), str(amount.of), amount.share or ""]


def _time_cells(
    scene: Scene, part: str, name: str, time: str, spreads: Sequence[Spread]
) -> list[list[str]]:
    t = scene.t
    return [
        [
            t.label("extract", f"part-{part}"),
            name,
            f"{time}_{which}",
            t.label("number", f"{time}_{which}"),
            *(
                cell
                for spread in spreads
                for cell in (_days(getattr(spread, which)), str(spread.count), "")
            ),
            t.label("number-how", time),
        ]
        for which in ("median", "ninth")
    ]


def _days(value: int | None) -> str:
    return "" if value is None else str(value)


def _month_cells(scene: Scene, name: str, measure: str, pair: tuple[int, int]) -> list[str]:
    t = scene.t
    return [
        t.label("extract", "part-month"),
        name,
        measure,
        t.label("number", measure),
        *(cell for count in pair for cell in (str(count), "", "")),
        t.label("number-how", f"{measure}_month"),
    ]
