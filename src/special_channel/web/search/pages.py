"""Page and API of full-text search. Does not keep or log what was typed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.search import queries
from special_channel.web.search.queries import SearchApiQuery, SearchQuery
from special_channel.web.search.tables import FILES
from special_channel.web.search.views import SearchResults
from special_channel.web.shared.query import MAX_PLACE, read_filters
from special_channel.web.shared.viewpoint import Author, desk_of
from special_channel.web.shared.words import Pair
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.filter_faults import read_by
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show
from special_channel.web.shell.saved_views import (
    SavedViewList,
    saved_views,
    view_api,
    view_routes,
)


async def get_search(request: web.Request) -> web.Response:
    """Show a page of hits with the form; without words, the form alone."""
    context = await page_context(request)
    query = read_filters(SearchQuery, request.query.items())
    query, view = await read_by(query, partial(queries.search, context))
    authors = await queries.authors(context)
    saved = await saved_views(context, "search")
    return await show(context, search_page(view, query, desks_of(context), authors, saved))


@operation(
    Operation("Search texts", response=SearchResults, query=SearchApiQuery),
)
async def get_hits(request: web.Request, query: SearchApiQuery) -> SearchResults:
    """Return hits, exact ones first; `after` of an answer is the mark for the next."""
    return await queries.search(await page_context(request), query, query.limit)


def desks_of(context: PageContext) -> tuple[tuple[str, Pair], ...]:
    """Return the desks of both sides, ours first, as filters with their titles."""
    if context.document is None:
        return ()
    desks = sorted(
        context.document.desks, key=lambda each: (each.party != context.party, each.desk)
    )
    return tuple(
        (f"{each.party}-{each.desk}", desk_of(context, each.party, each.desk)) for each in desks
    )


def search_page(
    view: SearchResults,
    query: SearchQuery,
    desks: tuple[tuple[str, Pair], ...],
    authors: Sequence[tuple[str, Author]] = (),
    saved: SavedViewList | None = None,
) -> ViewPage:
    """Make the page of a search.

    Args:
        view: The hits.
        query: The typed words, and the filters.
        desks: Desks to choose from, with their titles.
        authors: Officials to choose from, as filters.
        saved: The reader's saved searches.
    """
    first = f"/search?{query.address}"
    here = f"{first}&{urlencode({'after': query.after})}" if query.after else first
    more = {
        "query": query,
        "desks": desks,
        "authors": authors,
        "author": dict(authors).get(query.person),
        "everybody": f"/search?{query.model_copy(update={'person': ''}).address}",
        "first": first,
        "saved": saved,
        "plain": f"/search?{urlencode({'q': query.q})}",
        "next": f"{first}&{urlencode({'after': view.after})}" if view.after else None,
        "back": here if len(here) <= MAX_PLACE else "",
    }
    return ViewPage("search/search.html", "search", view, more)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/search", get_search),
    *FILES,
    *view_routes("search", SearchQuery),
)

API: Final[tuple[Route, ...]] = (
    ("GET", "/api/search", get_hits),
    *view_api("search", SearchQuery),
)
