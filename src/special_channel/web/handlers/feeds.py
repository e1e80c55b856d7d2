"""Calendar feeds, read without a session. The page of keys makes and revokes them.

The address is the only secret, shown once and stored as a hash. Unknown, revoked and ended feeds
get the same response.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import (
    BadSignature,
    NotFound,
)
from special_channel.desk.signin import SIGN_IN_ROLES, active_key, token_digest
from special_channel.stores.deadlines import Feed
from special_channel.web.http.gate import CLIENT, FEED_GATE
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import Visitor
from special_channel.web.reading.feed import feed
from special_channel.web.shell.context import context_for

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
