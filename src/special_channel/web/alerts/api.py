"""The history of alerts over the API. Does not send and does not take over: entries do."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.alerts import queries
from special_channel.web.alerts.queries import AlertsQuery
from special_channel.web.alerts.views import AlertsView
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.shell.context import page_context


@operation(Operation("List alerts to our own people", response=AlertsView, query=AlertsQuery))
async def get_alert_history(request: web.Request, query: AlertsQuery) -> AlertsView:
    """Return a page of matching alerts of this node, newest first by default."""
    return await queries.alerts(await page_context(request), query)


API: Final[tuple[Route, ...]] = (("GET", "/api/alerts", get_alert_history),)
