"""The page of the reader's drafts. Does not sign or send: the form of each draft does."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import Malformed
from special_channel.web.drafts import queries
from special_channel.web.drafts.tables import FILES
from special_channel.web.drafts.views import FORMS, DraftFilters, DraftList
from special_channel.web.http.openapi import Route
from special_channel.web.shared.query import read_query
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.shell.forms import read_form, see_other
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show

MAX_DIGITS: Final = 15
"""Digits of a version."""


async def get_drafts(request: web.Request) -> web.Response:
    """Show what the reader has written and not sent."""
    context = await page_context(request, *OFFICIALS)
    query = read_query(DraftFilters, request.query.items())
    return await show(context, drafts_page(await queries.draft_list(context, query), query))


async def post_discard(request: web.Request) -> web.Response:
    """Discard a draft as it was listed.

    Raises:
        Malformed: `request-malformed` without a version.
        RuleBroken: `draft-elsewhere` if it was saved since.
    """
    context = await page_context(request, *OFFICIALS)
    fields = await read_form(request, context.reader)
    version = fields.get("version", "")
    if not (version.isascii() and version.isdecimal() and len(version) <= MAX_DIGITS):
        raise Malformed("request-malformed", "A version is a number.", field="version")
    await queries.discard(context, fields.get("name", ""), int(version))
    return see_other("/drafts")


def drafts_page(view: DraftList, query: DraftFilters) -> ViewPage:
    """Make the page of drafts; `query`: the filter."""
    return ViewPage("drafts/drafts.html", "drafts", view, {"query": query, "forms": FORMS})


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/drafts", get_drafts),
    *FILES,
    ("POST", "/drafts/discard", post_discard),
)
