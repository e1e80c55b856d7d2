"""Licences over the API. Does not write: licences and draw-downs are entries."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.licences import queries
from special_channel.web.licences.queries import LicencesQuery
from special_channel.web.licences.views import LicenceDetail, LicencesFound
from special_channel.web.shell.context import page_context


@operation(Operation("Find licences", response=LicencesFound, query=LicencesQuery))
async def get_licences(request: web.Request, query: LicencesQuery) -> LicencesFound:
    """Return licences that match."""
    return await queries.licences(await page_context(request), query, query.offset, query.size)


@operation(Operation("Read a licence", response=LicenceDetail))
async def get_licence(request: web.Request) -> LicenceDetail:
    """Return a licence with its draw-downs and the applications covered by the licence."""
    return await queries.licence(await page_context(request), request.match_info["number"])


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/licences", get_licences),
    ("GET", "/api/licences/{number}", get_licence),
)
