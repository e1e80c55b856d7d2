"""Grants of access over the API, for overseers alone. Does not judge: the private log does."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import NotAllowed
from special_channel.core.entries import parse
from special_channel.desk.act_steps import Closing, Outcome
from special_channel.stores.acts import ActRow
from special_channel.web.access import queries
from special_channel.web.access.views import AccessFilters, AccessView, GrantAct, ScopeIds
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Empty, Operation, operation
from special_channel.web.http.services import StoreServices, services
from special_channel.web.http.sessions import visitor
from special_channel.web.shared.acts import ActResult
from special_channel.web.shell import private_log
from special_channel.web.shell.context import page_context
from special_channel.web.shell.submissions import SentEntry, SignedAct, act_result, submission

OVERSIGHT: Final = "oversight"
"""The role that sees scopes and purposes; the heads and registrars of the side do not."""

Numbers = Annotated[tuple[Annotated[str, Field(max_length=20)], ...], Field(max_length=200)]


class ScopeNumbers(Body):
    """Numbers of threads and lists, such as EU-12."""

    threads: Numbers = ()
    lists: Numbers = ()


@operation(Operation("Read grants of access", response=AccessView, query=AccessFilters))
async def get_access(request: web.Request, query: AccessFilters) -> AccessView:
    """Return the overseer's own grants, and grants that match, with those that wait."""
    return await queries.access_of(await page_context(request, OVERSIGHT), query)


@operation(Operation("Look up the threads and lists of a grant"))
async def post_scope(request: web.Request, body: ScopeNumbers) -> ScopeIds:
    """Return ids by number, and nothing else of the threads and lists."""
    context = await page_context(request, OVERSIGHT)
    return await queries.scope_ids(context, body.threads, body.lists)


@operation(Operation("Begin a grant of access, or end one"))
async def post_access(request: web.Request, body: SentEntry) -> ActResult:
    """Let a grant wait for a second overseer; append the end of a grant at once."""
    who = await visitor(request, OVERSIGHT)
    own, sent = services(request), submission(body)
    if parse(dsse.decode(sent.envelope).payload).kind == "access.ended":
        [ended] = await private_log.store(own, [sent])
        return ActResult(id=ended.id, state="done", position=ended.number, receipt=ended.receipt)
    return await _result(own.stores, await own.acts.access.offer(sent, who.key))


@operation(Operation("Read a grant of access that waits"))
async def get_grant(request: web.Request) -> GrantAct:
    """Return one grant, waiting or over."""
    context = await page_context(request, OVERSIGHT)
    return await queries.grant_act(context, request.match_info["id"])


@operation(Operation("Sign a grant of access"))
async def post_grant_signature(request: web.Request, body: SignedAct) -> ActResult:
    """Add the second overseer's signature; the grant is appended."""
    who = await visitor(request, OVERSIGHT)
    own, id_ = services(request), request.match_info["id"]
    outcome = await own.acts.access.sign(id_, body.envelope.encode(), who.key)
    return await _result(own.stores, outcome)


async def _result(stores: StoreServices, outcome: Outcome) -> ActResult:
    """Return what became of a grant; one that was done before gets the same receipt (P2)."""
    if outcome.act.state == "done" and outcome.accepted is None:
        outcome = replace(outcome, accepted=await private_log.stored(stores, outcome.act.id))
    return act_result(outcome)


@operation(Operation("Refuse a grant of access"))
async def post_grant_refusal(request: web.Request, _body: Empty) -> ActResult:
    """Close a waiting grant, as an overseer who could have signed it."""
    act = await close(request, "refused")
    return ActResult(id=act.id, state=act.state)


@operation(Operation("Take back a grant of access"))
async def post_grant_withdrawal(request: web.Request, _body: Empty) -> ActResult:
    """Close a grant begun by the reader."""
    act = await close(request, "withdrawn")
    return ActResult(id=act.id, state=act.state)


async def close(request: web.Request, state: Closing) -> ActRow:
    """Refuse a grant or take it back, for page and API.

    Raises:
        NotFound: `act-absent`.
        NotAllowed: `act-own`, `act-second`, `act-first`.
        RuleBroken: `act-over`.
    """
    context = await page_context(request, OVERSIGHT)
    act = await queries.grant_act(context, request.match_info["id"])
    if act.state == "waiting" and act.may != ("sign" if state == "refused" else "withdraw"):
        raise _not_so(act, state)
    return await context.own.acts.access.close(act.id, state, context.reader.key)


def _not_so(act: GrantAct, state: Closing) -> NotAllowed:
    if state == "withdrawn":
        return NotAllowed("act-first", "Only the person who began an act takes it back.")
    if act.may == "withdraw":
        return NotAllowed("act-own", "A second signature is another person's.")
    return NotAllowed("act-second", "The signature of this person counts for nothing here.")


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/access", get_access),
    ("POST", "/api/access", post_access),
    ("POST", "/api/access/scope", post_scope),
    ("GET", "/api/access/{id}", get_grant),
    ("POST", "/api/access/{id}", post_grant_signature),
    ("POST", "/api/access/{id}/refuse", post_grant_refusal),
    ("POST", "/api/access/{id}/withdraw", post_grant_withdrawal),
)
