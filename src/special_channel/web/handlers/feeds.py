"""Calendar feeds: make one, revoke one, and read one without a session.

The address is the only secret, shown once and kept by its hash. Whoever does not know one
learns nothing: unknown, revoked and ended feeds are answered alike.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import (
    BadSignature,
    Malformed,
    NotAllowed,
    NotFound,
    RuleBroken,
)
from special_channel.desk.signin import SIGN_IN_ROLES, active_key, token_digest
from special_channel.ports.deadlines import Feed, FeedScope
from special_channel.web.http.gate import CLIENT, FEED_GATE
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import Visitor
from special_channel.web.reading.feed import feed
from special_channel.web.reading.keys import own_keys
from special_channel.web.shell.context import context_for, page_context
from special_channel.web.shell.forms import read_form, see_other
from special_channel.web.shell.responses import show

SCOPES: Final[tuple[FeedScope, ...]] = ("desk", "side")

MAX_FEEDS: Final = 10
"""Feeds of one person: a desk computer, a telephone, and some more."""

MAX_DIGITS: Final = 18
"""Digits of a number that PostgreSQL's bigint holds."""

USED_EVERY: Final = timedelta(minutes=10)
"""How exactly the last reading is remembered: a write a reading is too much for a hint."""


async def get_feed(request: web.Request) -> web.Response:
    """Return a person's due dates to their calendar, which has no session."""
    own, gate = services(request), request.app[FEED_GATE]
    token, now = request.match_info["token"], own.clock.monotonic()
    counted = gate.enter(request[CLIENT], token_digest(token), now)
    try:
        found, who = await _owner(own, token)
    except NotFound:
        gate.failed(token_digest(token))
        raise
    if not counted:
        gate.passed(request[CLIENT], token_digest(token), f"person {found.official}", now)
    context = replace(
        await context_for(request, who), lang=who.official.language if who.official else "en"
    )
    body = await feed(context, found.scope)
    if found.used is None or own.clock.now() - found.used >= USED_EVERY:
        await own.feeds.used(found.id, own.clock.now())
    tag = sha256(body).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    if any(each.value in {tag, "*"} for each in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type="text/calendar", charset="utf-8", headers=headers)


async def post_feed(request: web.Request) -> web.Response:
    """Make a feed and show its address, this once."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    official = context.reader.official
    if official is None:
        raise NotAllowed("feed-nobody", "The own directory does not know whose key this is.")
    scope = next((one for one in SCOPES if one == fields.get("scope")), None)
    if scope is None:
        raise Malformed("request-malformed", "A feed is the desk's or the side's.", field="scope")
    own = context.own
    if len(await own.feeds.of_official(official.id)) >= MAX_FEEDS:
        raise RuleBroken("feed-limit", "Revoke a calendar address first.", limit=MAX_FEEDS)
    token = urlsafe_b64encode(own.randomness.bytes(32)).decode().rstrip("=")
    made = Feed(0, official.id, context.reader.key, scope, own.clock.now())
    await own.feeds.make(token_digest(token), made)
    return await show(context, await own_keys(context, f"{own.url}/calendar/{token}.ics"))


async def post_revoke(request: web.Request) -> web.Response:
    """End a feed of one's own."""
    context = await page_context(request)
    await read_form(request, context.reader)
    official, number = context.reader.official, request.match_info["id"]
    is_number = number.isascii() and number.isdecimal() and len(number) <= MAX_DIGITS
    if official is None or not is_number:
        raise _unknown()
    if not await context.own.feeds.revoke(int(number), official.id):
        raise _unknown()
    return see_other("/keys#feeds")


async def _owner(own: Services, token: str) -> tuple[Feed, Visitor]:
    """Return a feed and whose it is.

    Raises:
        NotFound: `feed-unknown`, also where the key that made it is in use no more.
    """
    found = await own.feeds.find(token_digest(token))
    if found is None:
        raise _unknown()
    try:
        row = await active_key(own.door, found.key)
    except BadSignature:
        raise _unknown() from None
    official = await own.officials.of_key(found.key)
    if row.role not in SIGN_IN_ROLES or official is None or official.id != found.official:
        raise _unknown()
    # A calendar reads once: there is no session that could end while it does.
    return found, Visitor(found.key, row, official, "feed", token, own.clock.now())


def _unknown() -> NotFound:
    return NotFound("feed-unknown", "There is no such calendar here.")
