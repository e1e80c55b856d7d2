"""Calendar links: read by a calendar program without a session, made and revoked on My keys.

Does not choose events (`events.py`), and keeps no address: only its hash is stored.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import BadSignature, NotFound
from special_channel.desk.signin import SIGN_IN_ROLES, active_key, token_digest
from special_channel.stores.deadlines import Feed
from special_channel.web.feeds.events import events
from special_channel.web.feeds.ical import write
from special_channel.web.http.access import admit_reader
from special_channel.web.http.gate import CLIENT, FEED_GATE
from special_channel.web.http.openapi import Route
from special_channel.web.http.readings import record_reading
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import Visitor
from special_channel.web.shell.context import context_for

USED_EVERY: Final = timedelta(minutes=10)
"""Precision of a feed's last use: not a write for each request."""


async def get_feed(request: web.Request) -> web.Response:
    """Return a person's dates as iCalendar, without a session: the address is the secret."""
    own, gate = services(request), request.app[FEED_GATE]
    token, now = request.match_info["token"], own.node.clock.monotonic()
    counted = gate.enter(request[CLIENT], token_digest(token), now)
    try:
        feed, who = await _owner(own, token)
    except NotFound:
        gate.failed(token_digest(token))
        raise
    if not counted:
        gate.passed(request[CLIENT], token_digest(token), f"person {feed.official}", now)
    await admit_reader(request, who)
    language = who.official.language if who.official else "en"
    context = replace(await context_for(request, who), lang=language)
    name = context.t.gettext(f"feed.name.{feed.scope}")
    body = write(name, context.lang, await events(context, feed))
    if feed.used is None or own.node.clock.now() - feed.used >= USED_EVERY:
        await own.desk.feeds.used(feed.id, own.node.clock.now())
    tag = sha256(body).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    if any(each.value in {tag, "*"} for each in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    await record_reading(request, feed.scope, who)
    return web.Response(body=body, content_type="text/calendar", charset="utf-8", headers=headers)


async def _owner(own: Services, token: str) -> tuple[Feed, Visitor]:
    """Look up a feed and its person.

    Raises:
        NotFound: `feed-unknown`; also for a revoked feed, and once the key that made it ended.
    """
    # One answer for all cases, so that a guess tells nothing.
    unknown = NotFound("feed-unknown", "There is no such calendar here.")
    feed = await own.desk.feeds.find(token_digest(token))
    if feed is None:
        raise unknown
    try:
        row = await active_key(own.desk.door, feed.key)
    except BadSignature:
        raise unknown from None
    official = await own.desk.officials.of_key(feed.key)
    if row.role not in SIGN_IN_ROLES or official is None or official.id != feed.official:
        raise unknown
    return feed, Visitor(feed.key, row, official, "feed", token, own.node.clock.now())


PAGES: Final[tuple[Route, ...]] = (("GET", "/calendar/{token}.ics", get_feed),)
