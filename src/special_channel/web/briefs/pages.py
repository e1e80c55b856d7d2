"""Pages of one-page briefs, and briefs as PDF."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.times import timestamp
from special_channel.desk.briefs import TEMPLATE, Brief
from special_channel.desk.typesetting import pdf
from special_channel.web.briefs.queries import read_brief
from special_channel.web.http.openapi import Route
from special_channel.web.shared.days import Day
from special_channel.web.shared.extents import Counting, ExtentView
from special_channel.web.shared.query import Text, read_day, read_filters, read_query
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.extents import ExtentQuery, context_then, end_of, read_extent
from special_channel.web.shell.frame import ViewPage, frame
from special_channel.web.shell.meetings import LevelView, levels
from special_channel.web.shell.render import show


class BriefQuery(ExtentQuery):
    """Sources of a brief, from an address.

    Attributes:
        since: First day of the changes; by default, changes since the last meeting.
        on: Date of an earlier brief, by its end in our capital; by default the present.
        at: Exact time of an earlier brief (`2026-03-31T08:00:00Z`), in place of `on`.
    """

    since: Day = ""
    on: Day = ""
    at: Text = ""


PRESENT: Final = BriefQuery()


@dataclass(frozen=True, slots=True)
class BriefChoice:
    """Sources of a brief.

    Attributes:
        level: The level.
        since: First day of the changes, if not the last meeting.
        at: Time of the brief.
        extent: The earlier record, if any.
        here: The last entries now, for a lasting address of the brief.
        on: Date of an earlier brief in our capital, if any.
    """

    level: LevelView
    since: date | None = None
    at: datetime | None = None
    extent: ExtentView | None = None
    here: ExtentView | None = None
    on: date | None = None

    @property
    def counting(self) -> Counting:
        """The way of counting the past."""
        return self.extent.counting if self.extent else ""

    def query(self, counting: Counting) -> str:
        """Return the query for the brief in a way of counting; `""`: by the present record."""
        fields = {"since": self.since.isoformat()} if self.since else {}
        extent = self.extent or self.here
        if counting and extent and self.at:
            fields["at"] = timestamp(self.at)
            return "&".join(filter(None, (urlencode(fields), extent.address(counting))))
        return urlencode(fields)


async def get_brief(request: web.Request) -> web.Response:
    """Show a level's brief, internal or for handing over."""
    context = await page_context(request)
    query = read_filters(BriefQuery, request.query.items())
    (choice, brief), around = await asyncio.gather(_read(context, request, query), frame(context))
    page = brief_page(brief, choice, levels(context), query)
    return await show(context, page, around=around)


async def get_brief_pdf(request: web.Request) -> web.Response:
    """Return a level's brief as PDF."""
    context = await page_context(request)
    query = read_query(BriefQuery, request.query.items())
    choice, brief = await _read(context, request, query)
    kind = "internal" if brief.internal else "handover"
    at = choice.at or context.now
    name = f"brief-{choice.level.level}-{kind}-{at:%Y%m%d}.pdf"
    return web.Response(
        body=await asyncio.to_thread(pdf, TEMPLATE, brief, at),
        content_type="application/pdf",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


def brief_page(
    brief: Brief,
    choice: BriefChoice,
    others: Sequence[LevelView],
    asked: BriefQuery = PRESENT,
) -> ViewPage:
    """Make the page of a brief; `others`: the levels to choose from; `asked`: as in the address."""
    more = {"level": choice.level, "levels": others, "since": choice.since, "choice": choice}
    more |= {"asked": asked}
    return ViewPage("briefs/brief.html", "brief", brief, more)


async def _read(
    context: PageContext, request: web.Request, query: BriefQuery
) -> tuple[BriefChoice, Brief]:
    """Read the choices of a request, and the brief.

    Raises:
        NotFound: `level-unknown`.
        Malformed: `date-malformed`, `position-malformed`, `extent-outside`.
    """
    code = request.match_info["level"]
    level = next((each for each in levels(context) if each.level == code), None)
    if level is None:
        raise NotFound("level-unknown", "The charter has no such level.")
    since, day = read_day(query.since), None if query.at else _day(context, query)
    at = _minute(context, day) if day else _time(context, query)
    extent = None
    if at or query.counting or query.eu or query.cn:
        chosen = query if query.counting else query.model_copy(update={"counting": "recorded"})
        # Times of entries are whole seconds: those of the brief's own second count. A day counts
        # to its end, as its numbers do.
        until = (at or context.now) + timedelta(seconds=1)
        until = end_of(context, day, context.party) if day else until
        extent = await read_extent(context, chosen, until)
    eu, cn = context.heads["eu"].size, context.heads["cn"].size
    here = ExtentView(eu=eu, cn=cn, eu_corrected=eu, cn_corrected=cn)
    on = context.calendar(context.party).local(at).date() if at else None
    choice = BriefChoice(level, since, at or context.now, extent, here, on)
    internal = request.path.endswith(("/internal", "/internal.pdf"))
    then = context_then(context, extent) if extent else context
    then = replace(then, now=at) if at else then
    return choice, await read_brief(then, level, internal=internal, since=since, extent=extent)


def _time(context: PageContext, query: BriefQuery) -> datetime | None:
    """Return the exact time of an earlier brief, if one is given.

    Raises:
        Malformed: `date-malformed`.
    """
    if not query.at:
        return None
    try:
        at = datetime.strptime(query.at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Malformed("date-malformed", "A time looks like 2026-11-24T08:00:00Z.") from None
    return min(at, context.now)


def _day(context: PageContext, query: BriefQuery) -> date | None:
    """Return the day of an earlier brief; None for the present one."""
    on = read_day(query.on)
    return None if on is None or on >= context.today(context.party) else on


def _minute(context: PageContext, day: date) -> datetime:
    """Return the last minute of a day: its end is the next date."""
    return end_of(context, day, context.party) - timedelta(minutes=1)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/brief/{level}/internal", get_brief),
    ("GET", "/brief/{level}/internal.pdf", get_brief_pdf),
    ("GET", "/brief/{level}/handover", get_brief),
    ("GET", "/brief/{level}/handover.pdf", get_brief_pdf),
)
