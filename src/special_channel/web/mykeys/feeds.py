"""The reader's calendar links: make and revoke them, for page and API.

Does not write calendars: `web/feeds` does. An address is shown once; only its hash is stored.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Collection
from typing import Final, get_args

from aiohttp import web

from special_channel.core.bytes.errors import Malformed, NotAllowed, NotFound, RuleBroken
from special_channel.desk.signin import token_digest
from special_channel.stores.deadlines import Feed, FeedScope, Topic
from special_channel.stores.people import Official
from special_channel.web.http.services import services
from special_channel.web.http.sessions import Visitor, visitor
from special_channel.web.mykeys.views import FeedItem, FeedList

MAX_FEEDS: Final = 10
"""Feeds of one person: a desk computer, a telephone, and some more."""

MAX_DIGITS: Final = 18
"""Digits of a number that PostgreSQL's bigint holds."""

SCOPES: Final[tuple[FeedScope, ...]] = get_args(FeedScope)
TOPICS: Final[tuple[Topic, ...]] = get_args(Topic)


async def list_feeds(request: web.Request, reader: Visitor) -> FeedList:
    """Return the reader's feeds that are not revoked, newest first; none of an unknown person."""
    official = await _official(request, reader)
    feeds = await services(request).desk.feeds.of_official(official.id) if official else ()
    items = [
        FeedItem(
            id=each.id, scope=each.scope, topics=tuple(each.topics), made=each.made, used=each.used
        )
        for each in feeds
    ]
    return FeedList(feeds=tuple(items))


async def make_feed(
    request: web.Request, reader: Visitor, scope: str, topics: Collection[str]
) -> str:
    """Make a feed; return its address.

    Raises:
        NotAllowed: `feed-nobody`.
        Malformed: `request-malformed` for another scope; `feed-topics` without a known topic.
        RuleBroken: `feed-limit`.
    """
    own, official = services(request), await _official(request, reader)
    if official is None:
        raise NotAllowed("feed-nobody", "The own directory does not know whose key this is.")
    known = next((each for each in SCOPES if each == scope), None)
    if known is None:
        raise Malformed("request-malformed", "A feed is the desk's or the side's.", field="scope")
    chosen = [each for each in TOPICS if each in topics]
    if not chosen or len(chosen) != len(set(topics)):
        raise Malformed("feed-topics", "Choose what the calendar holds.")
    if len(await own.desk.feeds.of_official(official.id)) >= MAX_FEEDS:
        raise RuleBroken("feed-limit", "Revoke a calendar address first.", limit=MAX_FEEDS)
    token = urlsafe_b64encode(own.node.randomness.bytes(32)).decode().rstrip("=")
    feed = Feed(0, official.id, reader.key, known, own.node.clock.now(), chosen)
    await own.desk.feeds.make(token_digest(token), feed)
    return f"{own.node.url}/calendar/{token}.ics"


async def revoke_feed(request: web.Request) -> None:
    """Revoke a feed of the reader's own, by the number in the address.

    Raises:
        NotFound: `feed-unknown`.
    """
    reader, number = await visitor(request), request.match_info["id"]
    is_number = number.isascii() and number.isdecimal() and len(number) <= MAX_DIGITS
    feeds, official = services(request).desk.feeds, await _official(request, reader)
    if not (official and is_number and await feeds.revoke(int(number), official.id)):
        raise NotFound("feed-unknown", "There is no such calendar here.")


async def _official(request: web.Request, reader: Visitor) -> Official | None:
    # A program's session does not look up its person with each request.
    return reader.official or await services(request).desk.officials.of_key(reader.key)
