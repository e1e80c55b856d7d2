"""The reader's notices over the API."""

from __future__ import annotations

from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.notices import queries
from special_channel.web.notices.views import FollowView, HandedOut, NoticesQuery, NoticesView
from special_channel.web.shell.context import page_context
from special_channel.web.shell.news import hand_out, see

Short = Annotated[str, Field(max_length=32)]


class NoticePreset(Body):
    """What the reader is told of; `digest_at`: time in our capital, such as 08:30.

    `share`: per cent of the time to answer (50, 75 or 90) after which a date is told; 0 for not.
    """

    preset: Short
    digest_at: Short = "08:30"
    line_stops: bool = False
    share: int = 0


class NoticeExceptionStated(Body):
    """An exception from the preset; without `told` it is removed."""

    event: Short
    medium: Short
    told: bool | None = None


class BrowserNotices(Body):
    """Whether a browser of the reader shows notices."""

    on: bool


class Nothing(Body):
    """An empty object."""


class NewsSeen(Body):
    """Id of the notice that was seen; empty: all."""

    id: Annotated[str, Field(max_length=64)] = ""


class FollowStated(Body):
    """`watched`, `muted`, or empty for neither."""

    how: Short = ""


@operation(
    Operation(
        "List what is new for the reader, and what the reader chose",
        response=NoticesView,
        query=NoticesQuery,
    )
)
async def get_notices(request: web.Request, query: NoticesQuery) -> NoticesView:
    """Return the reader's choice, and news that match a filter."""
    return await queries.notices(await page_context(request), query, query.offset, query.size)


@operation(Operation("Choose what one is told of"))
async def post_choice(request: web.Request, body: NoticePreset) -> NoticesView:
    """Store the reader's preset; return the choice."""
    context = await page_context(request)
    chosen, share = body.line_stops, str(body.share)
    await queries.choose(context, body.preset, body.digest_at, line_stops=chosen, share=share)
    return await queries.notices(context)


@operation(Operation("Add or remove an exception"))
async def post_exception(request: web.Request, body: NoticeExceptionStated) -> NoticesView:
    """Store or remove an exception of the reader; return the choice."""
    context = await page_context(request)
    await queries.except_from(context, body.event, body.medium, on=body.told)
    return await queries.notices(context)


@operation(Operation("Let a browser show notices, or no longer"))
async def post_browser(request: web.Request, body: BrowserNotices) -> NoticesView:
    """Store whether a browser of the reader shows notices; return the choice."""
    context = await page_context(request)
    await queries.show_in_browser(context, on=body.on)
    return await queries.notices(context)


@operation(Operation("Take the notices that a browser is to show, each once"))
async def post_shown(request: web.Request, body: Nothing) -> HandedOut:  # noqa: ARG001 - a form
    """Return notices for the browser; they are handed out to no other window."""
    return HandedOut(items=await hand_out(await page_context(request)))


@operation(Operation("Mark news as seen"))
async def post_seen(request: web.Request, body: NewsSeen) -> NoticesView:
    """Mark one notice or all as seen; return what remains."""
    context = await page_context(request)
    await see(context, body.id)
    return await queries.notices(context)


@operation(Operation("Watch or mute a thread"))
async def post_follow(request: web.Request, body: FollowStated) -> FollowView:
    """Watch or mute a thread for the reader alone."""
    context = await page_context(request)
    return await queries.follow(context, request.match_info["number"], body.how)


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/notices", get_notices),
    ("POST", "/api/notices", post_choice),
    ("POST", "/api/notices/browser", post_browser),
    ("POST", "/api/notices/shown", post_shown),
    ("POST", "/api/notices/exceptions", post_exception),
    ("POST", "/api/notices/seen", post_seen),
    ("POST", "/api/threads/{number}/follow", post_follow),
)
