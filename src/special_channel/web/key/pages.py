"""The page of a key, and the entries signed with it as a file.

Does not suspend or revoke a key: links lead to `/people/acts/new`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from special_channel.core.kinds.stops import STOPPABLE
from special_channel.core.rules.persons import LEADERS
from special_channel.desk.succession import SUCCEEDED
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Handler
from special_channel.web.key import queries
from special_channel.web.key.api import extract
from special_channel.web.key.queries import KeyPageQuery, SpanQuery
from special_channel.web.key.views import KeyDetail
from special_channel.web.shared.paging import paging
from special_channel.web.shared.query import read_filters, read_query
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import ENDINGS, Ending, show, take_along

PAGE: Final = 50
"""Entries of one page."""

MAX_ROWS: Final = 100_000
"""Entries of a file."""

MOST_DRAWN: Final = 5
"""Spans that the drawing has room for; of more there is a list alone."""


async def get_key(request: web.Request) -> web.Response:
    """Show a key: when it could sign what, and every entry signed with it."""
    context = await page_context(request)
    query = read_filters(KeyPageQuery, request.query.items())
    key = request.match_info["key"]
    view = await queries.key_detail(context, key, query, (query.page - 1) * PAGE, PAGE)
    return await show(context, key_page(view, query, may=acts_on(context, view)))


def key_page(view: KeyDetail, query: KeyPageQuery, *, may: Sequence[str] = ()) -> ViewPage:
    """Make the page of a key.

    Args:
        view: The key.
        query: The chosen spans and the page.
        may: Kinds of acts on the key that the reader may sign.
    """
    url = f"{view.url}?{query.address}".rstrip("?")
    more = {
        "query": query,
        "pages": paging(query.page, view.total, PAGE, url),
        "drawn": len(view.spans) <= MOST_DRAWN,
        "width": 1020 // max(1, min(len(view.spans), MOST_DRAWN)),
        "may": may,
        "succeeded": view.role in SUCCEEDED and view.ended is None,
    }
    return ViewPage("key/key.html", "key", view, more)


def acts_on(context: PageContext, view: KeyDetail) -> list[str]:
    """Return the acts on a key that a reader may sign and the key's state allows.

    The suspension of a person is lifted from all keys at once, on the person's page.
    """
    reader = context.reader.row
    if view.party != context.party or view.ended is not None:
        return []
    if view.role and view.role not in STOPPABLE:
        return []
    mine = view.person is not None and reader.number == view.person
    leads = bool(reader.roles_now & LEADERS)
    fitting = {
        "key.suspended": view.state == "active" and (leads or mine or _of_desk(context, view)),
        "key.restored": any(stop.restored is None and not stop.whole for stop in view.stops)
        and leads
        and not mine,
        "key.revoked": leads or mine,
    }
    return [kind for kind, fits in fitting.items() if fits]


def _of_desk(context: PageContext, view: KeyDetail) -> bool:
    """Return whether the reader is of a desk of the holder, or of the service (K11)."""
    held = context.reader.row.functions_now
    return any(grant.role == "desk" and grant.desk in view.desks for grant in held)


def _file(ending: Ending) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        context = await page_context(request)
        query = read_query(SpanQuery, request.query.items())
        view = await queries.key_detail(context, request.match_info["key"], query, 0, MAX_ROWS)
        return await take_along(context, extract(context, view), "key", ending)

    handler.__name__ = f"get_key_entries_{ending}"
    handler.__doc__ = f"Return the entries signed with a key as {ending.upper()}."
    return handler


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/keys/{key}", get_key),
    *(("GET", f"/keys/{{key}}/entries.{ending}", _file(ending)) for ending in ENDINGS),
)
