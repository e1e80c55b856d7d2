"""Page and API of alarms about acts on people."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import NotFound
from special_channel.desk.people_alarms import LOOKERS, take
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Empty, Operation, operation
from special_channel.web.http.services import AlertServices, services
from special_channel.web.http.sessions import Visitor, language, visitor
from special_channel.web.people_alarms.queries import alarms
from special_channel.web.people_alarms.tables import FILES
from special_channel.web.people_alarms.views import AlarmFilters, AlarmList
from special_channel.web.shared.query import read_filters
from special_channel.web.shell.context import page_context
from special_channel.web.shell.forms import read_form, see_other
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show

MAX_DIGITS: Final = 18
"""Digits of a number that PostgreSQL's bigint holds."""


class TakenCount(Body):
    """How many alarms were taken."""

    taken: int


async def get_alarms(request: web.Request) -> web.Response:
    """Show the alarms that nobody has taken."""
    context = await page_context(request, *LOOKERS)
    query = read_filters(AlarmFilters, request.query.items())
    view = await alarms(context.own.alerts, context.reader, context.lang, query)
    return await show(context, alarms_page(view, query))


async def post_take(request: web.Request) -> web.Response:
    """Take an alarm."""
    reader = await visitor(request, *LOOKERS)
    await read_form(request, reader)
    await _take(services(request).alerts, reader, _number(request))
    return see_other("/alarms")


@operation(Operation("List alarms about acts on people", response=AlarmList, query=AlarmFilters))
async def get_alarm_list(request: web.Request, query: AlarmFilters) -> AlarmList:
    """Return the alarms that nobody has taken and that match a filter."""
    reader = await visitor(request, *LOOKERS)
    return await alarms(services(request).alerts, reader, language(request), query)


@operation(Operation("Take an alarm about an act on people"))
async def post_take_alarm(request: web.Request, _body: Empty) -> TakenCount:
    """Take an alarm of our own side as a registrar who is not the author, else as a leader."""
    reader = await visitor(request, *LOOKERS)
    await _take(services(request).alerts, reader, _number(request))
    return TakenCount(taken=1)


def alarms_page(view: AlarmList, query: AlarmFilters) -> ViewPage:
    """Make the page of alarms; `query`: filter and order."""
    return ViewPage("people_alarms/alarms.html", "alarms", view, {"query": query})


async def _take(alerts: AlertServices, reader: Visitor, number: int) -> None:
    await take(alerts.people, number, reader.row.roles_now, reader.row.person)


def _number(request: web.Request) -> int:
    number = request.match_info["id"]
    if not (number.isascii() and number.isdecimal() and len(number) <= MAX_DIGITS):
        raise NotFound("alarm-unknown", "There is no open alarm of this number.")
    return int(number)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/alarms", get_alarms),
    *FILES,
    ("POST", "/alarms/{id}", post_take),
)

API: Final[tuple[Route, ...]] = (
    ("GET", "/api/alarms", get_alarm_list),
    ("POST", "/api/alarms/{id}", post_take_alarm),
)
