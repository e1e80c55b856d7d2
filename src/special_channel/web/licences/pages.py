"""Pages of licences. Does not sign: the browser signs and posts entries."""

from __future__ import annotations

from datetime import date
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from special_channel.core.bytes.errors import NotAllowed
from special_channel.web.http.openapi import Route
from special_channel.web.licences import forms, queries
from special_channel.web.licences.queries import LicencesPageQuery
from special_channel.web.licences.views import LicenceDetail, LicencesFound
from special_channel.web.shared.paging import paging
from special_channel.web.shared.query import read_query
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.forms import read_form
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.responses import show

PAGE: Final = 25
"""Licences of one page; each is shown with the quantity left of every code."""


async def get_licences(request: web.Request) -> web.Response:
    """Show a page of licences, next to expire first."""
    context = await page_context(request)
    query = read_query(LicencesPageQuery, request.query.items())
    view = await queries.licences(context, query, (query.page - 1) * PAGE, PAGE)
    page = licences_page(view, query, on=context.today("cn"), records=context.writes_for("cn"))
    return await show(context, page)


async def get_licence(request: web.Request) -> web.Response:
    """Show a licence: quantities left, draw-downs, applications that it would cover."""
    context = await page_context(request)
    view = await queries.licence(context, request.match_info["number"])
    charter = context.charter.number if context.charter else 0
    page = licence_page(
        view,
        on=context.today("cn"),
        charter=charter if queries.shares_customers(context) else 0,
        records=context.writes_for("cn"),
    )
    return await show(context, page)


async def get_new_licence(request: web.Request) -> web.Response:
    """Show the form for a licence, filled in where its number is known."""
    context = await _recorder(request)
    number = request.query.get("licence", "")
    row = (await queries.find_licence(context, number))[0] if number else None
    return await show(context, forms.empty_licence(context, row))


async def post_new_licence(request: web.Request) -> web.Response:
    """Check a licence and show what would be signed."""
    context = await _recorder(request)
    return await show(
        context, forms.checked_licence(context, await read_form(request, context.reader))
    )


async def get_draw(request: web.Request) -> web.Response:
    """Show the form for a draw-down."""
    context = await _recorder(request)
    row, draws = await queries.find_licence(context, request.match_info["number"])
    corrects = request.query.get("corrects", "")
    return await show(context, forms.empty_draw(context, row, draws, corrects))


async def post_draw(request: web.Request) -> web.Response:
    """Check a draw-down and show what would be signed."""
    context = await _recorder(request)
    form = await read_form(request, context.reader)
    row, _ = await queries.find_licence(context, request.match_info["number"])
    return await show(context, forms.checked_draw(context, row, form))


def licences_page(
    view: LicencesFound, query: LicencesPageQuery, *, on: date, records: bool
) -> ViewPage:
    """Make the page of all licences.

    Args:
        view: The licences.
        query: The filters.
        on: Today in Beijing.
        records: Whether the reader may record a licence.
    """
    filters = {"text": query.text, "code": query.code, "standing": query.standing}
    pages = paging(query.page, view.total, PAGE, f"/licences?{urlencode(filters)}")
    more = {"filters": filters, "pages": pages, "on": on, "records": records}
    return ViewPage("licences/licences.html", "licences", view, more)


def licence_page(view: LicenceDetail, *, on: date, charter: int, records: bool) -> ViewPage:
    """Make the page of a licence.

    Args:
        view: The licence.
        on: Today in Beijing.
        charter: Number of the charter in force if it lets licences name companies, else 0.
        records: Whether the reader may record draw-downs.
    """
    more = {"on": on, "charter": charter, "records": records}
    return ViewPage("licences/licence.html", "licence", view, more)


async def _recorder(request: web.Request) -> PageContext:
    """Return the request context of an official who may state licences.

    Raises:
        NotAllowed: `owner` on the EU's node, and as `page_context`.
    """
    context = await page_context(request, *OFFICIALS)
    if not context.writes_for("cn"):
        raise NotAllowed("owner", "CN states licences.")
    return context


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/licences", get_licences),
    ("GET", "/licences/{number}", get_licence),
    ("GET", "/licences/{number}/draw", get_draw),
    ("POST", "/licences/{number}/draw", post_draw),
    ("GET", forms.NEW, get_new_licence),
    ("POST", forms.NEW, post_new_licence),
)
