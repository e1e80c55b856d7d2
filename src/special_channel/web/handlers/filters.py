"""Saved filters of the applications page: forms that work without JavaScript.

Does not filter: the address does. What is kept is the address as the page itself writes it.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import Malformed, NotAllowed
from special_channel.web.http.openapi import Route
from special_channel.web.reading.applications import asked_of, query_of
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.forms import read_form, see_other

MAX_FILTERS: Final = 30
"""Filters of one official: more than fit on a page help nobody."""

MAX_NAME: Final = 60
MAX_DIGITS: Final = 18


async def post_filter(request: web.Request) -> web.Response:
    """Keep the filter under a name."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    official, own = _official(context), context.own
    name = " ".join(fields.get("name", "").split())
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise Malformed("request-malformed", "A filter has a short name.", field="name")
    query = query_of(asked_of(request.url.with_query(fields.get("query", "")).query))
    held = await own.filters.of_official(official)
    if len(held) >= MAX_FILTERS and name not in {each.name for each in held}:
        raise Malformed("filters-full", "No more filters are kept.", limit=MAX_FILTERS)
    await own.filters.save(official, name, query, own.clock.now())
    return see_other(f"/applications?{query}")


async def post_removal(request: web.Request) -> web.Response:
    """Forget a filter."""
    context = await page_context(request)
    await read_form(request, context.reader)
    id_ = request.match_info["id"]
    if id_.isascii() and id_.isdigit() and len(id_) <= MAX_DIGITS:
        await context.own.filters.remove(_official(context), int(id_))
    return see_other("/applications")


def _official(context: PageContext) -> int:
    """Return whose filters these are.

    Raises:
        NotAllowed: `filter-nobody`.
    """
    if context.reader.official is None:
        raise NotAllowed("filter-nobody", "The own directory does not know whose key this is.")
    return context.reader.official.id


FILTER_FORMS: Final[tuple[Route, ...]] = (
    ("POST", "/applications/filters", post_filter),
    ("POST", "/applications/filters/{id}/remove", post_removal),
)
