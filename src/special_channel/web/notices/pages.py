"""The page of the reader's notices, its forms, and the forms that follow a thread."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.rules.notifying import EVENTS, MEDIA, SHARES
from special_channel.web.http.openapi import Route
from special_channel.web.notices import queries
from special_channel.web.notices.queries import PRESETS
from special_channel.web.notices.tables import FILES
from special_channel.web.notices.views import NoticesPageQuery, NoticesView
from special_channel.web.shared.paging import paging
from special_channel.web.shared.query import read_filters
from special_channel.web.shell.context import page_context
from special_channel.web.shell.forms import local_path, read_form, see_other
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.news import see
from special_channel.web.shell.render import show

PAGE: Final = 50
"""News of a page."""


async def get_notices(request: web.Request) -> web.Response:
    """Show what is new for the reader, and what the reader chose."""
    context = await page_context(request)
    query = read_filters(NoticesPageQuery, request.query.items())
    view = await queries.notices(context, query, (query.page - 1) * PAGE, PAGE)
    return await show(context, notices_page(view, query))


async def post_choice(request: web.Request) -> web.Response:
    """Store the reader's preset."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    await queries.choose(
        context,
        fields.get("preset", ""),
        fields.get("digest_at", ""),
        line_stops="line_stops" in fields,
        share=fields.get("share", "0"),
    )
    return see_other("/notices#saved")


async def post_browser(request: web.Request) -> web.Response:
    """Store whether a browser of the reader shows notices."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    await queries.show_in_browser(context, on=fields.get("on", "") == "1")
    return see_other("/notices#browser")


async def post_exception(request: web.Request) -> web.Response:
    """Add, replace or remove an exception of the reader."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    on = {"on": True, "off": False}.get(fields.get("told", ""))
    await queries.except_from(context, fields.get("event", ""), fields.get("medium", ""), on=on)
    return see_other("/notices#exceptions")


async def post_seen(request: web.Request) -> web.Response:
    """Mark news as seen: one notice, or all."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    await see(context, fields.get("id", ""))
    return see_other(local_path(fields.get("back", ""), "/notices"))


async def post_follow(request: web.Request) -> web.Response:
    """Watch or mute a thread, or neither, and go back."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    followed = await queries.follow(context, request.match_info["number"], fields.get("how", ""))
    return see_other(local_path(fields.get("back", ""), f"/threads/{followed.number}"))


def notices_page(view: NoticesView, query: NoticesPageQuery) -> ViewPage:
    """Make the page of the reader's notices; `query`: filter, order and page of the news."""
    url = f"/notices?{query.address}".rstrip("?")
    more = {
        "query": query,
        "pages": paging(query.page, view.total, PAGE, url),
        "here": url,
        "presets": PRESETS,
        "events": EVENTS,
        "media": MEDIA,
        "shares": SHARES,
    }
    return ViewPage("notices/notices.html", "notices", view, more)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/notices", get_notices),
    *FILES,
    ("POST", "/notices", post_choice),
    ("POST", "/notices/browser", post_browser),
    ("POST", "/notices/exceptions", post_exception),
    ("POST", "/notices/seen", post_seen),
    ("POST", "/threads/{number}/follow", post_follow),
)
