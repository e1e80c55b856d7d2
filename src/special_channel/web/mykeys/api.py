"""The reader's open sessions, calendar links and absence over the API."""

from __future__ import annotations

from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from special_channel.core.bytes.errors import NotFound
from special_channel.desk.sessions import end_session, end_sessions_of
from special_channel.stores.deadlines import FeedScope, Topic
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Empty, Operation, operation
from special_channel.web.http.services import services
from special_channel.web.http.sessions import visitor
from special_channel.web.mykeys import queries
from special_channel.web.mykeys.away import state_absence
from special_channel.web.mykeys.feeds import MAX_DIGITS, list_feeds, make_feed, revoke_feed
from special_channel.web.mykeys.hold import set_hold
from special_channel.web.mykeys.views import ColleagueList, FeedList, SessionList
from special_channel.web.shell.colleagues import colleagues
from special_channel.web.shell.context import OFFICIALS, page_context


class EndedCount(Body):
    """How many sessions ended."""

    ended: int


@operation(Operation("List the own sessions"))
async def get_sessions(request: web.Request) -> SessionList:
    """Return the open sessions of the reader's person, with all keys."""
    return await queries.session_list(services(request).desk, await visitor(request))


@operation(Operation("End one of the own sessions"))
async def post_end(request: web.Request, _body: Empty) -> EndedCount:
    """End a session of the reader's person, with its live streams."""
    reader = await visitor(request)
    await end_session(services(request).desk.door, reader.row.person, session_number(request))
    return EndedCount(ended=1)


@operation(Operation("End all own sessions"))
async def post_end_all(request: web.Request, _body: Empty) -> EndedCount:
    """End all sessions of the reader's person, this one too."""
    reader = await visitor(request)
    return EndedCount(ended=await end_sessions_of(services(request).desk.door, reader.row.person))


class FeedDraft(Body):
    """A calendar link to make: whose questions, and what it holds."""

    scope: FeedScope = "desk"
    topics: tuple[Topic, ...] = ("answer",)


class FeedMade(Body):
    """The address of a new link, told once."""

    address: str


@operation(Operation("List the own calendar links"))
async def get_feeds(request: web.Request) -> FeedList:
    """Return the reader's calendar links, without their addresses."""
    return await list_feeds(request, await visitor(request))


@operation(Operation("Make a calendar link"))
async def post_feed(request: web.Request, body: FeedDraft) -> FeedMade:
    """Make a calendar link of the reader's own; its address is told once."""
    reader = await visitor(request)
    return FeedMade(address=await make_feed(request, reader, body.scope, body.topics))


@operation(Operation("Revoke a calendar link"))
async def post_revoke(request: web.Request, _body: Empty) -> FeedList:
    """Revoke a calendar link of the reader's own; return those that remain."""
    await revoke_feed(request)
    return await list_feeds(request, await visitor(request))


class AbsenceStated(Body):
    """Last day of the own absence; empty: it ends. `stand_in`: pseudonym of whom to ask, or empty.

    It gives nobody a right to sign.
    """

    until: Annotated[str, Field(max_length=32)]
    stand_in: Annotated[str, Field(max_length=64)] = ""


@operation(Operation("List colleagues, and until when they are away"))
async def get_absences(request: web.Request) -> ColleagueList:
    """Return the people of our side, in order of their numbers."""
    staff = await colleagues(await page_context(request))
    return ColleagueList(items=tuple(staff.values()))


@operation(Operation("State until when one is away, or end it"))
async def post_absence(request: web.Request, body: AbsenceStated) -> ColleagueList:
    """Store the reader's own absence; return the people of our side as they are then."""
    context = await page_context(request, *OFFICIALS)
    await state_absence(context, body.until, body.stand_in)
    return ColleagueList(items=tuple((await colleagues(context)).values()))


class HoldStated(Body):
    """Seconds for which the own signed notes wait in the browser; programs send at once."""

    seconds: Annotated[int, Field(gt=-(10**6), lt=10**6)]


@operation(Operation("Set the own hold before sending"))
async def post_hold(request: web.Request, body: HoldStated) -> HoldStated:
    """Store for how many seconds the reader's signed notes wait before they are sent."""
    await set_hold(await page_context(request, *OFFICIALS), str(body.seconds))
    return body


def session_number(request: web.Request) -> int:
    """Return the number of a session in an address.

    Raises:
        NotFound: `session-unknown` for anything else than a number.
    """
    number = request.match_info["id"]
    if not (number.isascii() and number.isdecimal() and len(number) <= MAX_DIGITS):
        raise NotFound("session-unknown", "There is no such session of yours.")
    return int(number)


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/absences", get_absences),
    ("POST", "/api/absences", post_absence),
    ("POST", "/api/hold", post_hold),
    ("GET", "/api/sessions", get_sessions),
    ("POST", "/api/sessions/end", post_end_all),
    ("POST", "/api/sessions/{id}/end", post_end),
    ("GET", "/api/calendar-links", get_feeds),
    ("POST", "/api/calendar-links", post_feed),
    ("POST", "/api/calendar-links/{id}/revoke", post_revoke),
)
