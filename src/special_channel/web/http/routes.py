"""Routes of pages and API. Handlers parse, call a use case and render, and nothing else.

The link has a separate application.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.alerts import pages as alerts_pages
from special_channel.web.answers import api as answers_api
from special_channel.web.answers import pages as answers_pages
from special_channel.web.applications import api as applications_api
from special_channel.web.applications import pages as applications_pages
from special_channel.web.approvals import api as approvals_api
from special_channel.web.approvals import pages as approvals_pages
from special_channel.web.briefs import pages as briefs_pages
from special_channel.web.calendars import pages as calendars_pages
from special_channel.web.charter import pages as charter_pages
from special_channel.web.deadlines import api as deadlines_api
from special_channel.web.deadlines import pages as deadlines_pages
from special_channel.web.entries import api as entries_api
from special_channel.web.entries import pages as entries_pages
from special_channel.web.figures import api as figures_api
from special_channel.web.figures import pages as figures_pages
from special_channel.web.http.openapi import Route
from special_channel.web.http.stream import get_stream
from special_channel.web.inbox import api as inbox_api
from special_channel.web.inbox import pages as inbox_pages
from special_channel.web.licences import api as licences_api
from special_channel.web.licences import pages as licences_pages
from special_channel.web.listed import pages as listed_pages
from special_channel.web.lists import api as lists_api
from special_channel.web.lists import pages as lists_pages
from special_channel.web.meetings import api as meetings_api
from special_channel.web.meetings import pages as meetings_pages
from special_channel.web.node import api as node_api
from special_channel.web.node import pages as node_pages
from special_channel.web.numbers import api as numbers_api
from special_channel.web.numbers import pages as numbers_pages
from special_channel.web.people import api as people_api
from special_channel.web.people import pages as people_pages
from special_channel.web.priority import api as priority_api
from special_channel.web.priority import pages as priority_pages
from special_channel.web.thread import api as thread_api
from special_channel.web.thread import pages as thread_pages


async def get_new_thread(request: web.Request) -> web.Response:
    """Show the form of a new thread: of a promise, or on a list."""
    promise = request.query.get("promise")
    handler = meetings_pages.get_promise_thread if promise else thread_pages.get_new_thread
    return await handler(request)


API: Final[tuple[Route, ...]] = (
    *node_api.API,
    *people_api.API,
    *entries_api.API,
    *inbox_api.API,
    *thread_api.API,
    *lists_api.API,
    *answers_api.API,
    *applications_api.API,
    *licences_api.API,
    *priority_api.API,
    *meetings_api.API,
    *deadlines_api.API,
    *figures_api.API,
    *numbers_api.API,
    *approvals_api.API,
    ("GET", "/api/stream", get_stream),
)

PUBLIC: Final = frozenset(
    {
        ("GET", "/"),  # goes on to sign-in
        ("GET", "/sign-in"),
        ("GET", "/enrol"),
        ("GET", "/lang"),
        ("POST", "/lang"),
        ("GET", "/calendar/{token}.ics"),  # the address is the secret
        ("POST", "/api/signin/challenge"),
        ("POST", "/api/signin"),
        ("POST", "/api/enrol/start"),
        ("POST", "/api/enrol"),
        ("GET", "/api/enrol/status"),
    }
)
"""Routes without a session. On all others `security.around` asks for one before anything else."""

ROUTES: Final[tuple[Route, ...]] = (
    *API,
    *lists_pages.PAGES,
    *answers_pages.PAGES,
    *inbox_pages.PAGES,
    ("GET", "/threads/new", get_new_thread),
    *thread_pages.PAGES,
    *entries_pages.PAGES,
    *applications_pages.PAGES,
    *alerts_pages.PAGES,
    *approvals_pages.PAGES,
    *figures_pages.PAGES,
    *numbers_pages.PAGES,
    *licences_pages.PAGES,
    *priority_pages.PAGES,
    *deadlines_pages.PAGES,
    *calendars_pages.PAGES,
    *listed_pages.PAGES,
    *node_pages.PAGES,
    *people_pages.PAGES,
    *meetings_pages.PAGES,
    *briefs_pages.PAGES,
    *charter_pages.PAGES,
)
