"""Acts on people over the API: begin, read, sign second, refuse, take back.

Who begins or signs an act has signed its entry; this node checks that the key is the session's.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from aiohttp import web
from pydantic import Field

from special_channel.core.bytes.errors import Malformed, NotAllowed
from special_channel.core.bytes.ids import Position
from special_channel.core.bytes.times import timestamp
from special_channel.desk import acts
from special_channel.stores.acts import ActRow
from special_channel.web.acts import queries
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Empty, Operation, operation
from special_channel.web.http.services import services
from special_channel.web.http.sessions import visitor
from special_channel.web.shared.acts import ActFilters, ActItem, ActList, ActResult
from special_channel.web.shared.query import Query
from special_channel.web.shell.context import page_context
from special_channel.web.shell.submissions import SentEntry, SignedAct, act_result, submission


class BegunAct(SentEntry):
    """An act's entry with its first signature; `reason`: the true reason of a stop, kept here."""

    reason: Annotated[str, Field(max_length=48)] = ""


@operation(Operation("Begin an act on people"))
async def post_act(request: web.Request, body: BegunAct) -> ActResult:
    """Store an act if its signatures suffice; otherwise let it wait for others."""
    who = await visitor(request)
    outcome = await acts.offer(services(request).desk.acts, submission(body), who.key, body.reason)
    return act_result(outcome)


@operation(Operation("List acts on people that wait", response=ActList, query=ActFilters))
async def get_acts(request: web.Request, query: ActFilters) -> ActList:
    """Return the waiting acts of a filter that the reader may see, in its order."""
    context = await page_context(request)
    return ActList(acts=tuple(await queries.waiting_acts(context, query)))


@operation(Operation("Read an act on people"))
async def get_act(request: web.Request) -> ActItem:
    """Return one act, waiting or over."""
    context = await page_context(request)
    detail = await queries.act_detail(context, request.match_info["id"])
    return ActItem(**{name: getattr(detail, name) for name in ActItem.model_fields})


@operation(Operation("Sign an act on people"))
async def post_signature(request: web.Request, body: SignedAct) -> ActResult:
    """Add the reader's signature; store the act if the signatures suffice."""
    await check_second(request)
    who = await visitor(request)
    sent = body.envelope.encode()
    deps = services(request).desk.acts
    return act_result(await acts.sign(deps, request.match_info["id"], sent, who.key))


@operation(Operation("Refuse an act on people"))
async def post_refusal(request: web.Request, _body: Empty) -> ActResult:
    """Close a waiting act, as somebody who could have signed it."""
    act = await refuse(request)
    return ActResult(id=act.id, state=act.state)


@operation(Operation("Take back an act on people"))
async def post_withdrawal(request: web.Request, _body: Empty) -> ActResult:
    """Close an act begun by the reader."""
    act = await withdraw(request)
    return ActResult(id=act.id, state=act.state)


class SinceQuery(Query):
    """A time."""

    at: str = ""


class FirstSince(Body):
    """The first index of our own log since a time, and its position."""

    index: int
    position: str


@operation(Operation("Find the first entry since a time"))
async def get_first_since(request: web.Request, query: SinceQuery) -> FirstSince:
    """Return the first index of our own log that was accepted at or after a time.

    A time without an offset is one of our own capital. Without an entry since then, the next index.
    """
    context = await page_context(request)
    try:
        at = datetime.fromisoformat(query.at)
        # Never the zone of this machine, which is often UTC: doubt would begin hours late.
        at = at if at.tzinfo else at.replace(tzinfo=context.calendar(context.party).zone)
        since = timestamp(at)
    except (ValueError, OverflowError):  # the first and last day of the calendar have no UTC
        raise Malformed("act-time", "The time is not one.", time=query.at, field="at") from None
    first = await context.own.stores.views.first_since(context.party, since)
    index = context.heads[context.party].size if first is None else first
    return FirstSince(index=index, position=str(Position(context.party, index)))


async def refuse(request: web.Request) -> ActRow:
    """Refuse an act for the reader, who may sign it second; for page and API.

    Raises:
        Refused: As `check_second` and `acts.close`.
    """
    await check_second(request)
    return await _close(request, "refused")


async def withdraw(request: web.Request) -> ActRow:
    """Take back an act for the reader, who began it; for page and API.

    Raises:
        Refused: As `check_first` and `acts.close`.
    """
    await check_first(request)
    return await _close(request, "withdrawn")


async def _close(request: web.Request, state: Literal["refused", "withdrawn"]) -> ActRow:
    who = await visitor(request)
    return await acts.close(services(request).desk.acts, request.match_info["id"], state, who.key)


async def check_second(request: web.Request) -> None:
    """Refuse whoever may not sign an act second.

    Raises:
        NotFound: `act-absent`.
        NotAllowed: `act-own`, `act-second`.
    """
    context = await page_context(request)
    detail = await queries.act_detail(context, request.match_info["id"])
    if detail.may == "withdraw":
        raise NotAllowed("act-own", "A second signature is another person's.")
    if detail.may != "sign" and detail.state == "waiting":
        raise NotAllowed("act-second", "The signature of this person counts for nothing here.")


async def check_first(request: web.Request) -> None:
    """Refuse whoever did not begin an act.

    Raises:
        NotFound: `act-absent`.
        NotAllowed: `act-first`.
    """
    context = await page_context(request)
    detail = await queries.act_detail(context, request.match_info["id"])
    if not detail.began and detail.state == "waiting":
        raise NotAllowed("act-first", "Only the person who began an act takes it back.")


API: Final[tuple[Route, ...]] = (
    ("POST", "/api/acts", post_act),
    ("GET", "/api/first-since", get_first_since),
    ("GET", "/api/acts", get_acts),
    ("GET", "/api/acts/{id}", get_act),
    ("POST", "/api/acts/{id}", post_signature),
    ("POST", "/api/acts/{id}/refuse", post_refusal),
    ("POST", "/api/acts/{id}/withdraw", post_withdrawal),
)
