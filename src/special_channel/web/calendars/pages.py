"""Page of calendars and rules. Does not adopt charters: a registrar's browser or CLI signs."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.calendars import queries
from special_channel.web.calendars.views import RulesView, YearQuery
from special_channel.web.http.openapi import Route
from special_channel.web.shared.query import read_query
from special_channel.web.shell.charters import charters
from special_channel.web.shell.context import page_context
from special_channel.web.shell.frame import ViewPage, bare_frame
from special_channel.web.shell.menu import REGISTRAR, may_see_registrar
from special_channel.web.shell.responses import html, show

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
        registrar=context.reader.row.role == REGISTRAR,
        adopt=tuple(each.format(url=context.own.node.url) for each in ADOPT) if adopts else (),
    )
    return await show(context, page)


async def get_rules_now(request: web.Request) -> web.Response:
    """Return the list of charters, for an open page of rules."""
    context = await page_context(request)
    more = {"registrar": context.reader.row.role == REGISTRAR}
    page = ViewPage("calendars/charters.html", "rules", await charters(context), more)
    return html(page, bare_frame(context), 200)


def rules_page(view: RulesView, *, registrar: bool, adopt: tuple[str, ...]) -> ViewPage:
    """Make the page of rules.

    Args:
        view: The rules.
        registrar: Whether the reader's role may adopt charters.
        adopt: Commands to adopt a charter; empty for other readers.
    """
    more = {"registrar": registrar, "adopt": adopt}
    return ViewPage("calendars/calendars.html", "rules", view, more)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/rules", get_rules),
    ("GET", "/rules/now", get_rules_now),
)
