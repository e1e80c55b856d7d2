"""The reader's open sessions over the API: list and end them."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import NotFound
from special_channel.desk.sessions import end_session, end_sessions_of
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Empty, Operation, operation
from special_channel.web.http.services import services
from special_channel.web.http.sessions import visitor
from special_channel.web.mykeys import queries
from special_channel.web.mykeys.views import SessionList

MAX_DIGITS: Final = 18
"""Digits of a number that PostgreSQL's bigint holds."""


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
    ("GET", "/api/sessions", get_sessions),
    ("POST", "/api/sessions/end", post_end_all),
    ("POST", "/api/sessions/{id}/end", post_end),
)
