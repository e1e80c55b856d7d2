"""The page My keys, and the forms of a reader's settings. Does not sign for a person.

Acts on people, such as the stop of a key, have a page of their own (`/people/acts/new`), to which
this one links.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import NotAllowed, NotFound
from special_channel.desk.key_labels import computer_label
from special_channel.desk.sessions import end_session, end_sessions_of
from special_channel.desk.stop_cards import print_card
from special_channel.stores.people import Official
from special_channel.web.http.openapi import Route
from special_channel.web.http.services import services
from special_channel.web.http.sessions import drop_session, visitor
from special_channel.web.mykeys import queries
from special_channel.web.mykeys.api import session_number
from special_channel.web.mykeys.away import state_absence
from special_channel.web.mykeys.feeds import SCOPES, TOPICS, list_feeds, make_feed, revoke_feed
from special_channel.web.mykeys.hold import LONGEST_HOLD, set_hold
from special_channel.web.mykeys.views import FeedItem, MyKeys
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.forms import read_form, see_other
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show


async def get_keys(request: web.Request) -> web.Response:
    """Show the reader's own keys, sessions and settings."""
    return await _show_keys(request, await page_context(request))


async def post_label(request: web.Request) -> web.Response:
    """Label the computer of a key of the reader's own; the label stays on our side."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    official, label = context.reader.official, computer_label(fields.get("label", ""))
    key, keys = fields.get("key", ""), context.own.desk.own_keys
    if official is None or not await keys.set_label(official.id, key, label):
        raise NotFound("key-not-yours", "There is no such key of yours.")
    return see_other("/keys")


async def post_away(request: web.Request) -> web.Response:
    """State until when the reader is away, or end it."""
    context = await page_context(request, *OFFICIALS)
    fields = await read_form(request, context.reader)
    await state_absence(context, fields.get("until", ""), fields.get("stand_in", ""))
    return see_other("/keys#absence")


async def post_end_session(request: web.Request) -> web.Response:
    """End one of the reader's sessions."""
    reader = await visitor(request)
    await read_form(request, reader)
    await end_session(services(request).desk.door, reader.row.person, session_number(request))
    return see_other("/keys#sessions")


async def post_end_sessions(request: web.Request) -> web.Response:
    """End all sessions of the reader, this one too."""
    reader = await visitor(request)
    await read_form(request, reader)
    own = services(request)
    await end_sessions_of(own.desk.door, reader.row.person)
    response = see_other("/sign-in")
    drop_session(own.node, response)
    return response


async def post_card(request: web.Request) -> web.Response:
    """Draw a stop card and show it once, to be printed; the last one no longer works."""
    context = await page_context(request)
    await read_form(request, context.reader)
    official = context.reader.official
    if official is None or not official.email:
        raise NotAllowed("stop-card-nobody", "The own directory has no mail address of this key.")
    code = await print_card(context.own.desk.stop, official)
    node = context.own.node
    return await show(context, card_page(code, official, node.url, node.duty_telephone))


async def post_feed(request: web.Request) -> web.Response:
    """Make a calendar feed and show its address once: only its hash is stored."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    topics = [name.removeprefix("topic-") for name in fields if name.startswith("topic-")]
    address = await make_feed(request, context.reader, fields.get("scope", ""), topics)
    return await _show_keys(request, context, address)


async def post_revoke(request: web.Request) -> web.Response:
    """Revoke a feed of the reader's own."""
    await read_form(request, await visitor(request))
    await revoke_feed(request)
    return see_other("/keys#feeds")


async def post_hold(request: web.Request) -> web.Response:
    """Set for how many seconds the reader's signed notes wait before they are sent."""
    context = await page_context(request, *OFFICIALS)
    await set_hold(context, (await read_form(request, context.reader)).get("seconds", ""))
    return see_other("/keys#hold")


def keys_page(
    view: MyKeys,
    feeds: Sequence[FeedItem] | None = None,
    new_feed: str = "",
    *,
    hold: int | None = None,
) -> ViewPage:
    """Make the page of the reader's own keys and settings.

    Args:
        view: Keys, functions, sessions and stop card.
        feeds: Calendar feeds; None for a reader whom our directory does not know.
        new_feed: Address of the feed just made, which is shown once.
        hold: Seconds for which signed notes wait; None for a reader who writes none.
    """
    more = {
        "feeds": feeds,
        "new_feed": new_feed,
        "hold": hold,
        "longest_hold": LONGEST_HOLD,
        "scopes": SCOPES,
        "topics": TOPICS,
    }
    return ViewPage("mykeys/keys.html", "keys", view, more)


def card_page(code: str, official: Official, url: str, telephone: str) -> ViewPage:
    """Make the page of a new stop card: shown once, to be printed.

    Args:
        code: The letters.
        official: The owner.
        url: Address of the node.
        telephone: Number of the duty officer, or empty.
    """
    more = {"code": code, "url": url, "telephone": telephone}
    return ViewPage("mykeys/card.html", "stop-card", official, more)


async def _show_keys(
    request: web.Request, context: PageContext, new_feed: str = ""
) -> web.Response:
    view, official = await queries.my_keys(context), context.reader.official
    if official is None:
        return await show(context, keys_page(view))
    listed = await list_feeds(request, context.reader)
    hold = official.hold if context.writes else None
    page = keys_page(view, listed.feeds, new_feed, hold=hold)
    return await show(context, page)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/keys", get_keys),
    ("POST", "/keys/label", post_label),
    ("POST", "/keys/away", post_away),
    ("POST", "/keys/card", post_card),
    ("POST", "/keys/sessions/end", post_end_sessions),
    ("POST", "/keys/sessions/{id}/end", post_end_session),
    ("POST", "/keys/hold", post_hold),
    ("POST", "/keys/feeds", post_feed),
    ("POST", "/keys/feeds/{id}/revoke", post_revoke),
)
