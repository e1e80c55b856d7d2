"""Applications in numbers over the API: each side's counts with their definitions."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.numbers import queries
from special_channel.web.numbers.queries import NumbersQuery
from special_channel.web.numbers.views import NumbersView
from special_channel.web.shell.context import page_context


@operation(Operation("Read applications in numbers", response=NumbersView, query=NumbersQuery))
async def get_numbers(request: web.Request, query: NumbersQuery) -> NumbersView:
    """Return numbers as of a date in Beijing; today without a date."""
    return await queries.numbers(await page_context(request), query)


API: Final[tuple[Route, ...]] = (("GET", "/api/numbers", get_numbers),)
