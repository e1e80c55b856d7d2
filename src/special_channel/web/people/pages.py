"""Pages of sign-in, enrolment, the registrar and losses, and the form of the language.

Does not sign for a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import Malformed, NotAllowed
from special_channel.core.bytes.ids import Digest, Party
from special_channel.core.rules.private import SECOND_ROLES
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.desk.signin import sign_out
from special_channel.messages.catalogue import language_of
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import OPEN_BYTES
from special_channel.web.http.services import services
from special_channel.web.http.sessions import (
    alone_cookie,
    drop_session,
    language_cookie,
    set_cookie,
    visitor,
)
from special_channel.web.people import queries
from special_channel.web.people.views import (
    FirstSignature,
    KeyItem,
    PendingKey,
    PendingKeys,
    RecoveryView,
)
from special_channel.web.shared.portions import PortionQuery, Portions
from special_channel.web.shared.query import Query, read_query
from special_channel.web.shared.viewpoint import desk_of
from special_channel.web.shared.words import Pair
from special_channel.web.shell.context import PageContext, context_for, page_context
from special_channel.web.shell.forms import (
    local_path,
    read_fields,
    read_form,
    see_other,
    visitor_or_none,
)
from special_channel.web.shell.frame import RECOVERERS, ViewPage, may_see_registrar
from special_channel.web.shell.render import show

YEAR: Final = 365 * 24 * 3600
"""Seconds for which a browser remembers its reader's language."""


KEY_WEIGHT: Final = 1_000
"""Bytes of HTML of a key, whose texts are short."""

_FIRST: Final = PortionQuery()


class NextQuery(Query):
    """Page to open next, after sign-in or after the switch to a language."""

    to: str = ""
    next: str = "/"


async def get_root(request: web.Request) -> web.Response:
    """Redirect to the inbox, or to sign-in."""
    return see_other("/inbox" if await visitor_or_none(request) else "/sign-in")


async def get_sign_in(request: web.Request) -> web.Response:
    """Show sign-in."""
    query = read_query(NextQuery, request.query.items())
    page = sign_in_page(local_path(query.next))
    return await show(await context_for(request, None), page)


async def get_enrol(request: web.Request) -> web.Response:
    """Show enrolment."""
    context = await context_for(request, None)
    return await show(context, enrol_page(queries.root_pins(context.own.node)))


async def get_registrar(request: web.Request) -> web.Response:
    """Show keys that wait for the registrar, and all keys of our side."""
    context = await _registrar(request)
    pending = await queries.pending_keys(context.own.desk)
    keys = await queries.side_keys(context)
    desks = {each.desk: desk_of(context, context.party, each.desk) for each in pending.enrolments}
    asked = read_query(PortionQuery, request.query.items())
    return await show(context, registrar_page(pending, keys, desks, asked))


async def get_lang(request: web.Request) -> web.Response:
    """Switch the language by a link."""
    query = read_query(NextQuery, request.query.items())
    return await _switch(request, query.to, query.next)


async def post_lang(request: web.Request) -> web.Response:
    """Switch the language by the form in the frame, also before anybody signs in."""
    fields = await read_fields(request, OPEN_BYTES)
    return await _switch(request, fields.get("to", ""), fields.get("back", "/"))


async def post_alone(request: web.Request) -> web.Response:
    """Show this browser's reader one language alone, or both again.

    Raises:
        Malformed: `request-malformed`.
    """
    fields = await read_form(request, await visitor(request))
    choice, node = fields.get("alone", ""), services(request).node
    if choice not in {"on", "off"}:
        raise Malformed("request-malformed", "Choose on or off.", field="alone")
    response = see_other(local_path(fields.get("back", "/")))
    set_cookie(node, response, alone_cookie(node), choice, YEAR, "Lax")
    return response


async def post_sign_out(request: web.Request) -> web.Response:
    """End the session at once."""
    reader = await visitor(request)
    await read_form(request, reader)
    own = services(request)
    await sign_out(own.desk.door, reader.token)
    response = see_other("/sign-in")
    drop_session(own.node, response)
    return response


async def get_recovery(request: web.Request) -> web.Response:
    """Show missing entries of our logs, and acts open to the reader."""
    context = await page_context(request, *RECOVERERS)
    # `reason` and the alarms name a damaged guard.
    view = await queries.read_recovery(context.own, tolerant=True)
    page = recovery_page(
        view,
        roles=context.reader.row.roles_now,
        first=await queries.first_signature(context, view),
        url=context.own.node.url,
    )
    return await show(context, page)


def sign_in_page(next_url: str) -> ViewPage:
    """Make the sign-in page; `next_url` is opened after sign-in."""
    return ViewPage("people/signin.html", "signin", next_url)


def enrol_page(roots: Mapping[Party, Digest]) -> ViewPage:
    """Make the page of enrolment with the pins of both parties' roots."""
    return ViewPage("people/enrol.html", "enrol", roots)


def registrar_page(
    pending: PendingKeys,
    keys: Sequence[KeyItem],
    desks: Mapping[str, Pair],
    asked: PortionQuery = _FIRST,
) -> ViewPage:
    """Make the registrar's page.

    Args:
        pending: Keys that wait for signatures.
        keys: All keys of our side.
        desks: Titles of desks by code.
        asked: The portion of a table.
    """
    portions = Portions("/registrar", asked)
    cut = {
        "pend": portions.of("pend", pending.enrolments, _weigh_key),
        "keys": portions.of("keys", keys, _weigh_key, main=True),
    }
    return ViewPage("people/registrar.html", "registrar", pending, {"cut": cut, "desks": desks})


def _weigh_key(_key: KeyItem | PendingKey) -> int:
    return KEY_WEIGHT


def recovery_page(
    view: RecoveryView, *, roles: AbstractSet[str], url: str, first: FirstSignature | None = None
) -> ViewPage:
    """Make the page about losses after a restore.

    Args:
        view: The losses.
        roles: The reader's roles.
        url: Address of this node, for commands.
        first: The first signature for the loss of the private log.
    """
    more = {
        "first": first,
        "may_begin": bool(view.body)
        and first is None
        and not roles.isdisjoint(MAY_SIGN["private.restored"]),
        "may_finish": first is not None and not roles.isdisjoint(SECOND_ROLES["private.restored"]),
        "url": url,
    }
    return ViewPage("people/recovery.html", "recovery", view, more)


async def _registrar(request: web.Request) -> PageContext:
    """Return the request context of a reader who may see the registrar's page.

    Raises:
        NotAllowed: `role-access`, and as `page_context`.
    """
    context = await page_context(request)
    if not may_see_registrar(context.own.desk, context.reader):
        raise NotAllowed("role-access", "This is not open to the role of this key.")
    return context


async def _switch(request: web.Request, to: str, back: str) -> web.Response:
    lang = language_of(to)
    if lang is None:
        raise Malformed("request-malformed", "Choose en or zh-CN.", field="to")
    own, reader = services(request), await visitor_or_none(request)
    if reader is not None and reader.official is not None:
        await own.desk.officials.set_language(reader.official.id, lang)
    response = see_other(local_path(back))
    set_cookie(own.node, response, language_cookie(own.node), lang, YEAR, "Lax")
    return response


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/", get_root),
    ("GET", "/sign-in", get_sign_in),
    ("GET", "/enrol", get_enrol),
    ("GET", "/registrar", get_registrar),
    ("GET", "/recovery", get_recovery),
    ("GET", "/lang", get_lang),
    ("POST", "/lang", post_lang),
    ("POST", "/lang/alone", post_alone),
    ("POST", "/sign-out", post_sign_out),
)
