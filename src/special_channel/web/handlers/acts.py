"""What forms do without JavaScript: language, sign-out, read marks, and the registrar's word.

Does not sign for a person. Only in a demonstration does the node hold a registrar's key.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import Malformed, NotAllowed, NotFound
from special_channel.desk import enrolment
from special_channel.desk.signin import sign_out
from special_channel.messages.catalogue import Lang, language_of
from special_channel.web.http.operation import OPEN_BYTES
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import (
    Visitor,
    drop_session,
    language_cookie,
    over_tls,
    visitor,
)
from special_channel.web.reading.thread import gather, remember
from special_channel.web.shell.context import page_context
from special_channel.web.shell.forms import (
    local_path,
    read_fields,
    read_form,
    see_other,
    visitor_or_none,
)
from special_channel.web.shell.menu import may_see_registrar
from special_channel.web.shell.threads import find_thread

YEAR: Final = 365 * 24 * 3600
"""Seconds for which a browser remembers its reader's language."""


async def get_lang(request: web.Request) -> web.Response:
    """Switch the language by a link."""
    return await _switch(request, request.query.get("to", ""), request.query.get("next", "/"))


async def post_lang(request: web.Request) -> web.Response:
    """Switch the language by the form in the frame."""
    fields = await read_fields(request, OPEN_BYTES)  # also before anybody signs in
    return await _switch(request, fields.get("to", ""), fields.get("back", "/"))


async def post_sign_out(request: web.Request) -> web.Response:
    """End the session at once."""
    who = await visitor(request)
    await read_form(request, who)
    own = services(request)
    await sign_out(own.door, who.token)
    response = see_other("/sign-in")
    drop_session(own, response)
    return response


async def post_shortcuts(request: web.Request) -> web.Response:
    """Switch single-key shortcuts on or off for the reader (WCAG 2.1.4)."""
    who = await visitor(request)
    fields = await read_form(request, who)
    wanted = fields.get("shortcuts")
    if who.official is None or wanted not in {"on", "off"}:
        raise Malformed("request-malformed", "Choose on or off.", field="shortcuts")
    await services(request).officials.set_shortcuts(who.official.id, on=wanted == "on")
    return see_other("/keys#keyboard")


async def post_read(request: web.Request) -> web.Response:
    """Mark a thread as read up to what is there."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    row = await find_thread(context, request.match_info["number"])
    await remember(context, await gather(context, row))
    return see_other(local_path(fields.get("back", ""), "/inbox"))


async def post_confirm(request: web.Request) -> web.Response:
    """Confirm a key with the registrar's key that a demonstration holds."""
    own, _ = await _registrar(request)
    if own.registrar is None:
        raise NotAllowed("registrar-key-absent", "This node holds no registrar's key.")
    await enrolment.confirm(own.enrolment, request.match_info["key"], own.registrar)
    return see_other("/registrar")


async def post_refuse(request: web.Request) -> web.Response:
    """Refuse a key that waits: its holder read another fingerprint."""
    own, _ = await _registrar(request)
    key = request.match_info["key"]
    held = await own.enrolment.enrolments.of_key(key)
    if held is None or held.state != "waiting":
        raise NotFound("enrolment-unknown", "No key of this id waits for confirmation.")
    await own.enrolment.enrolments.close(key, "refused")
    return see_other("/registrar")


async def _registrar(request: web.Request) -> tuple[Services, Visitor]:
    own = services(request)
    who = await visitor(request)
    if not may_see_registrar(own, who):
        raise NotAllowed("role-access", "This is not open to the role of this key.")
    await read_form(request, who)
    return own, who


async def _switch(request: web.Request, to: str, back: str) -> web.Response:
    lang = language_of(to)
    if lang is None:
        raise Malformed("request-malformed", "Choose en or zh-CN.", field="to")
    own = services(request)
    who = await visitor_or_none(request)
    if who is not None and who.official is not None:
        await own.officials.set_language(who.official.id, lang)
    response = see_other(local_path(back))
    _set_language(own, response, lang)
    return response


def _set_language(own: Services, response: web.Response, lang: Lang) -> None:
    response.set_cookie(
        language_cookie(own),
        lang,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=over_tls(own),
        max_age=YEAR,
    )
