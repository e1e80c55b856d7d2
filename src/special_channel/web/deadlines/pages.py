"""Pages of due times: the list with its drawing, and the form for a suspension.

The drawing is an SVG of six weeks with a lane for each side, in dates of that side's capital. A due
time is at close of business, so its place is a date, not a time of day. The browser signs entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from aiohttp import web
from markupsafe import Markup

from special_channel.core.bytes.ids import Party
from special_channel.core.time.calendars import DayNote, Words
from special_channel.web.deadlines import queries
from special_channel.web.deadlines.cells import Cells
from special_channel.web.deadlines.queries import DAYS, Question
from special_channel.web.deadlines.tables import FILES
from special_channel.web.deadlines.views import (
    OVER,
    DeadlinesQuery,
    DeadlinesView,
    SuspensionQuery,
    SuspensionView,
)
from special_channel.web.http.openapi import Route
from special_channel.web.shared.capitals import clock, shared_hours
from special_channel.web.shared.paging import paging
from special_channel.web.shared.query import read_filters, read_query
from special_channel.web.shared.references import ask_number, entry_url
from special_channel.web.shared.ruler import lowest_free
from special_channel.web.shared.words import short
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show

# Lengths are SVG user units.
LEFT: Final = 104
DAY: Final = 26
HEAD: Final = 46
LEVEL: Final = 32
PILL_HEIGHT: Final = 26
LEVELS: Final = 5
STRIP: Final = 14
"""Height of the strip of shared office hours, which is the axis."""

FOOT: Final = 20
"""Height of a lane's outer edge, for the names of closures."""

CHARACTER: Final = 7.6
"""Width of a character in a pill: tabular figures at 13 px."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Questions of a thread due on a date.

    Attributes:
        thread: Number of the thread.
        asks: Numbers of the questions.
        tone: `due` for near or passed, `done` for decided, else the answering side.
    """

    thread: str
    url: str
    on: date
    asks: tuple[str, ...]
    tone: str
    provisional: bool = False

    @property
    def text(self) -> str:
        """Text of the pill."""
        return self.thread if len(self.asks) == 1 else f"{self.thread} ×{len(self.asks)}"


@dataclass(frozen=True, slots=True)
class Shade:
    """Consecutive dates of the same kind and name."""

    note: DayNote
    x: float
    width: float
    first: date
    last: date

    def label(self, lang: str) -> str:
        """Return the name, cut to the width; empty without a name or on a single date."""
        name = self.note.name
        if name is None or self.width < 2 * DAY:
            return ""
        return short(name.zh if lang == "zh-CN" else name.en, int(self.width / 6.2))


@dataclass(frozen=True, slots=True)
class Pill:
    """A mark with its place; `more` counts marks without room, which lie behind it."""

    mark: Mark
    x: float
    left: float
    width: float
    level: int
    more: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """Lane of a side.

    Attributes:
        now_x: The present on the side's wall clock.
        height: Height without the strip.
    """

    party: Party
    days: Mapping[date, DayNote]
    shades: tuple[Shade, ...]
    pills: tuple[Pill, ...]
    today: date
    now_x: float
    height: float

    @property
    def names(self) -> tuple[tuple[Shade, Words], ...]:
        """Named closures and make-up days."""
        return tuple((each, each.note.name) for each in self.shades if each.note.name is not None)

    @property
    def assumed(self) -> date | None:
        """First date without a calendar."""
        days = self.days.items()
        return next((on for on, note in days if note.kind.startswith("assumed")), None)


@dataclass(frozen=True, slots=True)
class Lanes:
    """The drawing.

    Attributes:
        hours: Shared office hours by date.
        labels: Subjects of the threads drawn, by number.
    """

    own: Lane
    peer: Lane
    hours: Mapping[date, tuple[datetime, datetime]]
    labels: Mapping[str, str]

    width: float = LEFT + DAYS * DAY + 4
    head: float = HEAD
    strip: float = STRIP

    @property
    def threads(self) -> list[str]:
        """Numbers of the threads drawn."""
        return [pill.mark.thread for pill in (*self.own.pills, *self.peer.pills)]

    @property
    def axis(self) -> float:
        """Upper edge of the strip of shared hours."""
        return HEAD + self.own.height

    @property
    def lower(self) -> float:
        """Upper edge of the other side's lane."""
        return self.axis + STRIP

    @property
    def bottom(self) -> float:
        """Lower edge of the other side's lane."""
        return self.lower + self.peer.height

    @property
    def dates(self) -> tuple[tuple[float, date, DayNote], ...]:
        """All dates of our side, with the x of their left edge."""
        return tuple((left(n), on, note) for n, (on, note) in enumerate(self.own.days.items()))

    # A template writes 42 dates piece by piece, which takes four times as long.
    def drawn_dates(self) -> Markup:
        """Draw the numbers of all dates, today's on a ground of its own."""
        pieces = []
        for x, on, note in self.dates:
            kind = "" if note.kind in {"workday", "make-up", "assumed"} else " no"
            if on == self.own.today:
                kind = " on"
                pieces.append(
                    f'<rect class="today" x="{x + 2}" y="23" width="22" height="19" rx="4"/>'
                )
            pieces.append(f'<text class="dn{kind}" x="{x + 13}" y="37">{on.day}</text>')
        return Markup("\n".join(pieces))  # noqa: S704 - numbers alone

    def drawn_hours(self) -> Markup:
        """Draw the dates with shared office hours on their strip."""
        pieces = (
            f'<rect class="ov" x="{x + 1}" y="{self.axis + 1}" width="24"'
            f' height="{STRIP - 2}" rx="2"/>'
            for x, on, _ in self.dates
            if on in self.hours
        )
        return Markup("\n".join(pieces))  # noqa: S704 - numbers alone

    @property
    def shared(self) -> tuple[tuple[datetime, datetime], ...]:
        """Shared office hours from today on, once for each pair of opening times."""
        hours: dict[tuple[str, str], tuple[datetime, datetime]] = {}
        for on, (start, end) in self.hours.items():
            if on >= self.own.today:
                opening = clock(start, self.own.party), clock(start, self.peer.party)
                hours.setdefault(opening, (start, end))
        return tuple(hours.values())

    def top_of(self, pill: Pill, *, own: bool) -> float:
        """Return a pill's upper edge: level 0 is next to the axis."""
        if own:
            return self.axis - 8 - PILL_HEIGHT - LEVEL * pill.level
        return self.lower + 8 + LEVEL * pill.level


def left(number: int) -> float:
    """Return the left edge of the n-th date, from 0."""
    return float(LEFT + number * DAY)


def lane(party: Party, days: Mapping[date, DayNote], marks: Iterable[Mark], now: datetime) -> Lane:
    """Lay out a lane; `now` is the side's wall clock."""
    first = next(iter(days))
    today = now.date()
    now_x = left((today - first).days) + (now.hour * 60 + now.minute) / 1440 * DAY
    pills = _pills(marks, first)
    levels = max((pill.level + 1 for pill in pills), default=1)
    height = 12 + LEVEL * max(levels, 2) + FOOT
    return Lane(party, days, _shades(days), pills, today, now_x, height)


def _shades(days: Mapping[date, DayNote]) -> tuple[Shade, ...]:
    """Join consecutive dates of the same kind and name; a closure includes its weekend."""
    shades = []
    at = 0
    for note, group in groupby(days, key=days.__getitem__):
        run = list(group)
        if note.kind != "workday":
            shades.append(Shade(note, left(at), float(len(run) * DAY), run[0], run[-1]))
        at += len(run)
    return tuple(shades)


def _pills(marks: Iterable[Mark], first: date) -> tuple[Pill, ...]:
    """Place pills from left to right on the lowest free level, and count those without room."""
    free = [0.0] * LEVELS
    pills: list[Pill] = []
    for mark in sorted(marks, key=lambda each: (each.on, each.thread)):
        number = (mark.on - first).days
        if not 0 <= number < DAYS:
            continue
        x = left(number) + DAY / 2
        width = 16 + CHARACTER * len(mark.text)
        start = min(x - 13, left(DAYS) - width)
        level = lowest_free(free, start)
        if level is None:
            last = pills[-1]
            wider = 16 + CHARACTER * (len(last.mark.text) + len(" +99"))
            pills[-1] = replace(last, more=last.more + 1, width=wider)
            free[last.level] = last.left + wider + 5
            continue
        free[level] = start + width + 5
        pills.append(Pill(mark, x, start, width, level))
    return tuple(pills)


async def get_deadlines(request: web.Request) -> web.Response:
    """Show due times: six weeks as a drawing, and a list."""
    context = await page_context(request)
    query = read_filters(DeadlinesQuery, request.query.items())
    found = await queries.matching(context, query)
    view = await queries.deadlines(context, query, found)
    lanes = lanes_of(context, found.questions)
    labels = await queries.labels(context, view, found, lanes.threads)
    return await show(context, deadlines_page(view, replace(lanes, labels=labels), query))


async def get_suspend(request: web.Request) -> web.Response:
    """Show the form for a suspension; with both days, also the entry to sign."""
    context = await page_context(request, *OFFICIALS)
    query = read_query(SuspensionQuery, request.query.items())
    view = await queries.suspension(context, request.match_info["number"], query)
    return await show(context, suspension_page(view, query))


def lanes_of(context: PageContext, questions: Sequence[Question]) -> Lanes:
    """Draw six weeks from the Monday of this week, without the subjects of threads."""
    first = queries.first_day(context)
    dates = [first + timedelta(days=n) for n in range(DAYS)]
    own, peer = context.calendar(context.party), context.calendar(context.peer)
    hours = ((on, shared_hours(own, peer, on)) for on in dates)

    def lane_of(party: Party) -> Lane:
        calendar = context.calendar(party)
        days = {on: calendar.note(on) for on in dates}
        mine = [each for each in questions if each.due.answering == party]
        return lane(party, days, _marks(mine), calendar.local(context.now))

    shared = {on: both for on, both in hours if both is not None}
    return Lanes(lane_of(context.party), lane_of(context.peer), shared, {})


def _marks(questions: Sequence[Question]) -> list[Mark]:
    """Join questions of a thread with the same due time."""
    groups: dict[tuple[str, str], list[Question]] = {}
    for each in questions:
        groups.setdefault((str(each.thread.position), each.row.due), []).append(each)
    return [
        Mark(
            thread=thread,
            url=entry_url(thread, str(group[0].row.position)),
            on=group[0].on,
            asks=tuple(ask_number(each.row) for each in group),
            tone=_tone(group[0]),
            provisional=group[0].due.provisional,
        )
        for (thread, _), group in groups.items()
    ]


def _tone(question_: Question) -> str:
    if not question_.row.is_open and question_.row.outcome() in OVER:
        return "done"
    return "due" if question_.due.near else question_.due.answering


def deadlines_page(view: DeadlinesView, lanes: Lanes, query: DeadlinesQuery) -> ViewPage:
    """Make the page of due times."""
    pages = paging(query.page, view.total, queries.PAGE, query.url)
    more = {"lanes": lanes, "query": query, "pages": pages, "cells": Cells}
    return ViewPage("deadlines/deadlines.html", "deadlines", view, more)


def suspension_page(view: SuspensionView, query: SuspensionQuery) -> ViewPage:
    """Make the page of a suspension."""
    return ViewPage("deadlines/suspend.html", "threads", view, {"query": query})


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/deadlines", get_deadlines),
    *FILES,
    ("GET", "/threads/{number}/suspend", get_suspend),
)
