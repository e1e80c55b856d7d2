"""Pages of the alert history. Opening an alert changes nothing: mail scanners open links, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from special_channel.core.bytes.times import instant
from special_channel.web.alerts import queries
from special_channel.web.alerts.queries import STATES, AlertsQuery
from special_channel.web.alerts.tables import FILES
from special_channel.web.alerts.views import AlertDetail, AlertsView
from special_channel.web.http.openapi import Route
from special_channel.web.shared.query import read_filters
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.words import Pair
from special_channel.web.shell.context import page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show
from special_channel.web.shell.threads import find_thread, subjects


async def get_alerts(request: web.Request) -> web.Response:
    """Show alerts of this node to our own people."""
    context = await page_context(request)
    query = read_filters(AlertsQuery, request.query.items())
    return await show(context, alerts_page(await queries.alerts(context, query), query))


async def get_alert(request: web.Request) -> web.Response:
    """Show an alert."""
    context = await page_context(request)
    return await show(context, alert_page(await queries.alert(context, request.match_info["id"])))


async def get_thread_alerts(request: web.Request) -> web.Response:
    """Show alerts about a thread, by question."""
    context = await page_context(request)
    thread = await find_thread(context, request.match_info["number"])
    found = await queries.of_thread(context, thread)
    ladders = await queries.ladders(context, [question for question, _ in found])
    groups = [
        {
            "number": ask_number(question),
            "due": instant(question.due),
            "items": items,
            "steps": ladders.get(ask_number(question), ()),
        }
        for question, items in found
    ]
    subject = (await subjects(context, [thread])).title(thread)
    return await show(context, thread_alerts_page(str(thread.position), subject, groups))


def alerts_page(view: AlertsView, query: AlertsQuery) -> ViewPage:
    """Make the page of all alerts, or of alerts to the reader."""
    places = {"before": view.older, "after": view.newer}
    place = {name: at.isoformat() for name, at in places.items() if at}
    more = {
        "query": query,
        "states": STATES,
        "next_url": f"/alerts?{urlencode(query.fields | place)}" if place else None,
        "back_url": f"/alerts?{query.address}".rstrip("?") if query.before or query.after else None,
    }
    return ViewPage("alerts/alerts.html", "alerts", view, more)


def alert_page(view: AlertDetail) -> ViewPage:
    """Make the page of an alert."""
    return ViewPage("alerts/alert.html", "alert", view)


def thread_alerts_page(number: str, subject: Pair, groups: Sequence[dict[str, object]]) -> ViewPage:
    """Make the page of alerts about a thread.

    Args:
        number: The thread.
        subject: Its subject.
        groups: For each question `number`, `due`, alerts (`items`) and steps of our ladder.
    """
    more = {"number": number, "subject": subject}
    return ViewPage("alerts/thread.html", "thread-alerts", groups, more)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/alerts", get_alerts),
    *FILES,
    ("GET", "/alerts/{id}", get_alert),
    ("GET", "/threads/{number}/alerts", get_thread_alerts),
)
