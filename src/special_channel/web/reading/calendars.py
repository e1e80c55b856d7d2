"""Calendars and rules, from the charter in force and the releases that this node holds.

Does not adopt, and does not read files: releases were read at start.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.charter import Charter
from special_channel.core.time.calendars import Calendar, CalendarRelease
from special_channel.web.pages.calendars import (
    CalendarsPage,
    Duty,
    Hours,
    ReleaseFacts,
    Rules,
    SideYear,
    months,
)
from special_channel.web.pages.lanes import LaneDay
from special_channel.web.shared.capitals import local
from special_channel.web.shared.people import desk_of
from special_channel.web.shell.charters import charters
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.menu import may_see_registrar

ADOPT: Final = (
    "special-channel charter build --folder config/charter --calendars config/calendars",
    (
        "special-channel charter adopt --folder config/charter --calendars config/calendars"
        " --as registrar.json --node {url}"
    ),
)
"""What a registrar types at their own computer: look at the digest, then sign."""


def year_of(context: PageContext, text: str | None) -> int:
    """Read a year: by default the own side's present one.

    Raises:
        Malformed: `request-malformed`.
    """
    years = _years(context)
    if text is None:
        present = local(context.now, context.party).year
        return min(max(present, years[0]), years[-1])
    found = next((year for year in years if str(year) == text), None)
    if found is None:
        raise Malformed("request-malformed", "No calendar of that year is here.", field="year")
    return found


async def calendars(context: PageContext, year: int) -> CalendarsPage:
    """Read the page."""
    sides = (context.party, context.peer)
    registrar = context.who is not None and may_see_registrar(context.own, context.who)
    return CalendarsPage(
        year=year,
        years=tuple((one, f"/rules?year={one}") for one in _years(context)),
        sides=tuple(_side(context, party, year) for party in sides),
        charters=await charters(context),
        rules=_rules(context, context.document) if context.document else None,
        registrar=context.who is not None and context.who.row.role == "registrar",
        adopt=tuple(line.format(url=context.own.url) for line in ADOPT) if registrar else (),
    )


def _years(context: PageContext) -> list[int]:
    releases = [one for party in PARTIES for one in context.calendar(party).releases]
    first = min(one.covers.first.year for one in releases)
    last = max(one.covers.last.year for one in releases)
    return list(range(first, last + 2))  # the one after, too: it says that it isn't published


def _side(context: PageContext, party: Party, year: int) -> SideYear:
    calendar = context.calendar(party)
    document = context.document
    named = {one.party: one.digest for one in document.calendars} if document else {}

    def look(on: date) -> LaneDay:
        note = calendar.note(on)
        return LaneDay(on, note.kind, note.name)

    return SideYear(
        party=party,
        months=months(year, look),
        facts=_facts(calendar, year),
        in_charter=named.get(party) == calendar.digest,
        last=calendar.last_covered,
    )


def _facts(calendar: Calendar, year: int) -> ReleaseFacts | None:
    release = next((one for one in calendar.releases if _speaks_of(one, year)), None)
    if release is None:
        return None
    source = release.source
    return ReleaseFacts(
        release=release.release,
        status=source.status,
        title=source.title,
        note=source.note,
        url=source.url,
        published=source.published,
        first=release.covers.first,
        last=release.covers.last,
        opens=release.hours.open,
        closes=release.hours.close,
        digest=release.digest,
        closed=release.closed,
        make_up=release.make_up,
    )


def _speaks_of(release: CalendarRelease, year: int) -> bool:
    return release.covers.first.year <= year <= release.covers.last.year


def _rules(context: PageContext, charter: Charter) -> Rules:
    hours = [
        Hours(one.party, _clock(one.opens), _clock(one.closes)) for one in charter.office_hours
    ]
    return Rules(
        rules=charter.rules,
        reply=charter.reply_rules,
        release=charter.release,
        hours=tuple(sorted(hours, key=lambda one: one.party != context.party)),
        minimum_notice_seconds=charter.limits.minimum_notice_seconds,
        minimum_notice_working_days=charter.limits.minimum_notice_working_days,
        markings=charter.markings,
        duty=tuple(
            Duty(one.party, desk_of(context, one.party, one.desk), one.closure_days)
            for one in sorted(charter.duty, key=lambda one: one.party != context.party)
        ),
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
