"""Grants of access over the API, for overseers alone. Does not judge: the private log does."""

from __future__ import annotations

from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from special_channel.web.access import queries
from special_channel.web.access.views import AccessView, ScopeIds
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.http.services import services
from special_channel.web.http.sessions import visitor
from special_channel.web.shell.context import page_context
from special_channel.web.shell.submissions import Receipts, SentEntry, receipts, submission

OVERSIGHT: Final = "oversight"
"""The role that sees scopes and purposes; the heads and registrars of the side do not."""

Numbers = Annotated[tuple[Annotated[str, Field(max_length=20)], ...], Field(max_length=200)]


class ScopeNumbers(Body):
    """Numbers of threads and lists, such as EU-12."""

    threads: Numbers = ()
    lists: Numbers = ()


@operation(Operation("Read grants of access"))
async def get_access(request: web.Request) -> AccessView:
    """Return the overseer's own grants, all grants, and those that wait for a signature."""
    return await queries.access_of(await page_context(request, OVERSIGHT))


@operation(Operation("Look up the threads and lists of a grant"))
async def post_scope(request: web.Request, body: ScopeNumbers) -> ScopeIds:
    """Return ids by number, and nothing else of the threads and lists."""
    context = await page_context(request, OVERSIGHT)
    return await queries.scope_ids(context, body.threads, body.lists)


@operation(Operation("Grant or end access"))
async def post_access(request: web.Request, body: SentEntry) -> Receipts:
    """Append a signed grant or end; a grant with one overseer's signature waits for a second.

    Returns no receipt while a second overseer has to sign.
    """
    await visitor(request, OVERSIGHT)
    return receipts(await services(request).acts.access.offer(submission(body)))


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/access", get_access),
    ("POST", "/api/access", post_access),
    ("POST", "/api/access/scope", post_scope),
)
