"""Figures on questions over the API: the numbers, their basis and their definitions."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.figures import queries
from special_channel.web.figures.queries import FiguresQuery
from special_channel.web.figures.views import FiguresView
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.shell.context import page_context


@operation(Operation("Read figures on questions"))
async def get_figures(request: web.Request, query: FiguresQuery) -> FiguresView:
    """Return our side's figures; both sides' once the charter adopted definitions."""
    return await queries.read(await page_context(request), query.period(), query)


API: Final[tuple[Route, ...]] = (("GET", "/api/figures", get_figures),)
