"""Pages of grants of access: the overseer's own, our side's, and the form of a new grant (K29).

For overseers alone: heads and registrars see neither scope nor purpose. Does not sign: overseers'
browsers do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from aiohttp import web

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed, NotFound, RuleBroken
from special_channel.core.bytes.ids import EntryId
from special_channel.core.bytes.times import instant
from special_channel.core.entries import AccessGranted, parse
from special_channel.desk.access import check_room
from special_channel.desk.act_words import aim_of
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.web.access import forms, queries, words
from special_channel.web.access.api import OVERSIGHT, close
from special_channel.web.access.forms import GrantQuery
from special_channel.web.access.queries import Known
from special_channel.web.access.tables import FILES
from special_channel.web.access.views import STATES, AccessFilters, AccessView, GrantAct
from special_channel.web.http.openapi import Route
from special_channel.web.http.sessions import visitor
from special_channel.web.shared.acts import ActDetail
from special_channel.web.shared.capitals import both
from special_channel.web.shared.portions import PortionQuery, Portions
from special_channel.web.shared.query import read_filters, read_query
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.forms import read_form, see_other
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show

LIST: Final = "/access"

_ROW: Final = 1_500
"""Bytes of HTML of a grant in a table without its texts."""

_CARD: Final = 4_000
"""Bytes of HTML of a grant that waits, without its texts."""


async def get_access(request: web.Request) -> web.Response:
    """Show the overseer's grants in force, and grants of our side."""
    context = await page_context(request, OVERSIGHT)
    query = read_filters(AccessFilters, request.query.items())
    asked = read_query(PortionQuery, request.query.items())
    view = await queries.access_of(context, query)
    card = partial(queries.detail, context)
    return await show(context, access_page(view, card, context.lang, query, asked))


async def get_act(request: web.Request) -> web.Response:
    """Show the card of a grant: waiting, done, refused, taken back or lapsed."""
    context = await page_context(request, OVERSIGHT)
    act = await queries.grant_act(context, request.match_info["id"])
    return await show(context, ViewPage("access/act.html", "access", queries.detail(context, act)))


async def get_new(request: web.Request) -> web.Response:
    """Show the form of a new grant; a filled form adds the grant in words and the sign button."""
    context = await page_context(request, OVERSIGHT)
    query = read_query(GrantQuery, request.query.items())
    known = await queries.known_of(context, ())
    if not query.look:
        return await show(context, new_page(query, known))
    try:
        body, entry = await _entry(context, query, known)
        if waits := await queries.waiting_with(context, aim_of(entry)):
            return await show(context, new_page(query, known, waits=waits))
        waiting = await context.own.acts.access.waiting()
        check_room(sum(known.holders.get(act.by) == context.reader.row.person for act in waiting))
        look = await _look(context, body, entry)
    except (Malformed, NotFound, RuleBroken) as error:
        fault = context.t.sentence(error.code, **error.facts).text
        return await show(context, new_page(query, known, fault))
    return await show(context, new_page(query, known, look=look))


async def post_refuse(request: web.Request) -> web.Response:
    """Refuse a waiting grant and show its page."""
    await read_form(request, await visitor(request, OVERSIGHT))
    return see_other(f"{LIST}/{(await close(request, 'refused')).id}")


async def post_withdraw(request: web.Request) -> web.Response:
    """Take back a grant of the reader's own making and show its page."""
    await read_form(request, await visitor(request, OVERSIGHT))
    return see_other(f"{LIST}/{(await close(request, 'withdrawn')).id}")


def access_page(
    view: AccessView,
    card: Callable[[GrantAct], ActDetail],
    lang: Lang,
    query: AccessFilters,
    asked: PortionQuery,
) -> ViewPage:
    """Make the page of waiting, current, past and closed grants, each in portions.

    Args:
        view: The grants.
        card: Makes the card of a grant that waits.
        lang: Language of the page.
        query: Filter and order.
        asked: The portion of a table.
    """
    portions = Portions(f"{LIST}?{query.address}".rstrip("?"), asked)
    own = portions.of("mine", view.own_now, _ROW)
    current = portions.of("in-force", view.in_force, _ROW, main=True)
    past = portions.of("past", view.past, _ROW)
    waiting = portions.of("waiting", view.waiting, _CARD)
    more = {
        "query": query,
        "states": STATES,
        "cards": tuple(map(card, waiting.items)),
        "cut": {
            "mine": own,
            "in_force": current,
            "past": past,
            "waiting": waiting,
            "closed": portions.of("closed", view.closed, _ROW),
        },
        "scope_words": {
            grant.id: words.scope_words(grant.scope, lang, catalogue(lang))
            for grant in (*own.items, *current.items, *past.items)
        },
    }
    return ViewPage("access/access.html", "access", view, more)


def new_page(
    query: GrantQuery,
    known: Known,
    fault: str = "",
    look: dict[str, object] | None = None,
    waits: EntryId = "",
) -> ViewPage:
    """Make the page of the form, with the grant in words, the same one that waits, or an error."""
    readers = sorted(
        ((each.reader, each.name) for each in known.readers.values() if not each.me),
        key=lambda each: each[1],
    )
    more = {"readers": readers, "fault": fault, "look": look, "waits": waits}
    return ViewPage("access/new.html", "access", query, more)


async def _entry(
    context: PageContext, query: GrantQuery, known: Known
) -> tuple[dict[str, canonical.Value], AccessGranted]:
    """Return the body of a new grant, and its entry as it would be signed now.

    Raises:
        Malformed, NotFound: As `forms.stated`; the codes of `entries.parse`.
    """
    body = await forms.stated(context, query, known)
    entry = parse(
        canonical.dumps(
            {
                "v": 1,
                "log": context.own.node.identity.private_origin,
                "kind": "access.granted",
                "by": context.reader.key,
                "at": "2000-01-01T00:00:00Z",
                "seen": [],
                "body": body,
            }
        )
    )
    assert isinstance(entry, AccessGranted)  # noqa: S101 - own bug: its kind is set above
    return body, entry


async def _look(
    context: PageContext, body: dict[str, canonical.Value], entry: AccessGranted
) -> dict[str, object]:
    """Return title and facts of a new grant, with the body for the sign button."""
    # From the entry, not from the form: the overseer reads what the bytes say.
    stated = entry.body
    known = await queries.known_of(context, [stated])
    reader = known.reader(stated.person or "", stated.key or "")
    until = both(instant(stated.until), context.party, context.lang, context.now)
    scope = words.scope_words(known.scope_of(stated), context.lang, context.t)
    return {
        "title": words.title(reader.name, context.t),
        "facts": words.facts(scope, until, (stated.purpose, stated.order), context.t),
        "button": context.t.gettext("act-sign.access.granted"),
        "body": canonical.dumps(body).decode(),
    }


PAGES: Final[tuple[Route, ...]] = (
    ("GET", LIST, get_access),
    *FILES,
    ("GET", f"{LIST}/new", get_new),
    ("GET", f"{LIST}/{{id}}", get_act),
    ("POST", f"{LIST}/{{id}}/refuse", post_refuse),
    ("POST", f"{LIST}/{{id}}/withdraw", post_withdraw),
)
