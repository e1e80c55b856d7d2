"""The page Stop a key, open to whoever is signed out, and its operation of the API.

The answer is the same whether the code was right or wrong. Does not stop anything itself:
`desk/stop_cards.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple

from aiohttp import web
from pydantic import Field

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Timestamp
from special_channel.core.bytes.times import instant
from special_channel.desk.stop_cards import try_code
from special_channel.stores.stop_cards import StopTry
from special_channel.web.http.gate import CLIENT
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import OPEN_BYTES, Body, Operation, operation
from special_channel.web.http.problems import status_of
from special_channel.web.http.services import services
from special_channel.web.http.sessions import same_origin
from special_channel.web.shell.context import context_for
from special_channel.web.shell.forms import read_fields, visitor_or_none
from special_channel.web.shell.frame import ViewPage, frame
from special_channel.web.shell.render import page_response, show
from special_channel.web.stop.since import since_of

Typed = Annotated[str, Field(max_length=200)]


class StopRequest(Body):
    """A mail address and the code of its stop card; from when on others may have the keys."""

    mail: Typed
    code: Typed
    since: Timestamp | None = None


class StopAnswer(Body):
    """The number of tries that remain within the hour: the same for a right and a wrong code."""

    left: int


class StopMistake(NamedTuple):
    """Why a form was not taken: the error's code and facts."""

    code: str
    facts: tuple[tuple[str, str | int], ...]


_KEPT: Final = ("mail", "since", "at")
"""Fields that keep what was typed."""


async def get_stop(request: web.Request) -> web.Response:
    """Show the form."""
    context = await context_for(request, await visitor_or_none(request))
    return await show(context, stop_page(context.own.node.duty_telephone))


async def post_stop(request: web.Request) -> web.Response:
    """Take a code, and answer alike whether it was right or wrong."""
    own = services(request)
    # A page of another site could use up the tries of whoever reads it.
    same_origin(request, own.node)
    fields = await read_fields(request, OPEN_BYTES)
    context = await context_for(request, await visitor_or_none(request))
    telephone = own.node.duty_telephone
    try:
        tried = await _tried(request, fields)
    except Malformed as error:
        own.node.measures.refused(error.code)
        page = stop_page(telephone, fields, StopMistake(error.code, tuple(error.facts.items())))
        return page_response(page, await frame(context), status_of(error))
    return await show(context, stopped_page(tried.left, telephone))


async def _tried(request: web.Request, fields: Mapping[str, str]) -> StopTry:
    own = services(request)
    now, party = own.node.clock.now(), own.node.identity.party
    since = since_of(fields.get("since", ""), fields.get("at", ""), party, now)
    mail, code = (fields.get(name, "")[:200] for name in ("mail", "code"))
    return await try_code(own.desk.stop, mail, code, request[CLIENT], since)


@operation(Operation("Stop all keys by a stop card", open_=True))
async def post_stop_code(request: web.Request, body: StopRequest) -> StopAnswer:
    """Take a code, and answer alike whether it was right or wrong."""
    own = services(request)
    same_origin(request, own.node)
    since = None if body.since is None else min(instant(body.since), own.node.clock.now())
    tried = await try_code(own.desk.stop, body.mail, body.code, request[CLIENT], since)
    return StopAnswer(left=tried.left)


def stop_page(
    telephone: str, typed: Mapping[str, str] | None = None, mistake: StopMistake | None = None
) -> ViewPage:
    """Make the page with the form.

    Args:
        telephone: The duty officer's, or empty.
        typed: What was typed. The letters of the card are never written into a page.
        mistake: What is wrong with it; None for an empty form.
    """
    kept = {name: (typed or {}).get(name, "")[:200] for name in _KEPT}
    return ViewPage("stop/stop.html", "stop", telephone, {"typed": kept, "mistake": mistake})


def stopped_page(left: int, telephone: str) -> ViewPage:
    """Make the page after a try; `left` tries remain within the hour."""
    return ViewPage("stop/stopped.html", "stopped", telephone, {"left": left})


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/stop", get_stop),
    ("POST", "/stop", post_stop),
)

API: Final[tuple[Route, ...]] = (("POST", "/api/stop", post_stop_code),)
