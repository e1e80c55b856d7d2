"""Page of calendars and rules. Does not adopt charters: a registrar's browser or CLI signs."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Final

from aiohttp import web
from markupsafe import Markup

from special_channel.core.bytes.ids import Party
from special_channel.core.time.calendars import Calendar, DayNote
from special_channel.messages.catalogue import Catalogue, Lang, catalogue
from special_channel.web.calendars import queries
from special_channel.web.calendars.views import RulesView, YearQuery
from special_channel.web.http.openapi import Route
from special_channel.web.shared.query import read_query
from special_channel.web.shell.charters import charters
from special_channel.web.shell.context import REGISTRAR, page_context
from special_channel.web.shell.frame import ViewPage, bare_frame, may_see_registrar
from special_channel.web.shell.render import page_response, show

ADOPT: Final = (
    "special-channel charter build --folder config/charter --calendars config/calendars",
    (
        "special-channel charter adopt --folder config/charter --calendars config/calendars"
        " --as registrar.json --node {url}"
    ),
)
"""Commands for a registrar's own computer: compare the digest, then sign."""


async def get_rules(request: web.Request) -> web.Response:
    """Show the charter, its rules, and a year of both sides."""
    context = await page_context(request)
    query = read_query(YearQuery, request.query.items())
    adopts = may_see_registrar(context.own.desk, context.reader)
    page = rules_page(
        await queries.rules(context, query.year),
        context.calendars,
        registrar=REGISTRAR in context.reader.row.roles_now,
        adopt=tuple(each.format(url=context.own.node.url) for each in ADOPT) if adopts else (),
    )
    return await show(context, page)


async def get_rules_now(request: web.Request) -> web.Response:
    """Return the list of charters, for an open page of rules."""
    context = await page_context(request)
    more = {"registrar": REGISTRAR in context.reader.row.roles_now}
    page = ViewPage("calendars/charters.html", "rules", await charters(context), more)
    return page_response(page, bare_frame(context), 200)


def rules_page(
    view: RulesView, calendars: Mapping[Party, Calendar], *, registrar: bool, adopt: tuple[str, ...]
) -> ViewPage:
    """Make the page of rules.

    Args:
        view: The rules.
        calendars: Both sides' calendars.
        registrar: Whether the reader's role may adopt charters.
        adopt: Commands to adopt a charter; empty for other readers.
    """

    def months(party: Party, lang: Lang) -> Markup:
        return written_year(calendars[party], view.year, lang)

    more = {"registrar": registrar, "adopt": adopt, "months": months}
    return ViewPage("calendars/calendars.html", "rules", view, more)


# A calendar never changes. 730 cells of both sides would take most of the page's time.
@lru_cache(maxsize=32)
def written_year(calendar: Calendar, year: int, lang: Lang) -> Markup:
    """Write the months of a year as tables, Monday first, with the kind and name of each date."""
    t, weeks = catalogue(lang), Weeks()
    heads = Markup().join(
        Markup('<th scope="col"><abbr title="{}">{}</abbr></th>').format(
            t.label("weekday", str(day)), t.label("weekday-short", str(day))
        )
        for day in range(7)
    )
    table = Markup(
        '<table class="month"><caption>{}</caption>\n<thead><tr>{}</tr></thead>\n'
        "<tbody>\n{}</tbody></table>\n"
    )
    return Markup().join(
        table.format(
            t.label("month", str(month)),
            heads,
            Markup().join(
                Markup("<tr>{}</tr>\n").format(
                    Markup().join(
                        _cell(t, on, calendar.note(on))
                        if on.month == month
                        else Markup("<td></td>")
                        for on in week
                    )
                )
                for week in weeks.monthdatescalendar(year, month)
            ),
        )
        for month in range(1, 13)
    )


def _cell(t: Catalogue, on: date, note: DayNote) -> Markup:
    if note.kind == "workday":
        return Markup("<td>{}</td>").format(on.day)
    name = "" if note.name is None else note.name.zh if t.lang == "zh-CN" else note.name.en
    title = Markup(' title="{}"').format(name) if name else ""
    hidden: Markup | str = ""
    if note.kind in {"closed", "make-up"}:
        comma = ("，" if t.lang == "zh-CN" else ", ") if name else ""
        hidden = Markup('<span class="vh"> {}{}{}</span>').format(
            t.label("day", note.kind), comma, name
        )
    return Markup('<td class="{}"{}>{}{}</td>').format(note.kind, title, on.day, hidden)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/rules", get_rules),
    ("GET", "/rules/now", get_rules_now),
)
