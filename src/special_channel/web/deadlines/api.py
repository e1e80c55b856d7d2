"""Due times for programs: questions as JSON, and an iCalendar feed.

The feed follows RFC 5545 and RFC 7986. It has no text of a note: a question's number, its state,
and an address of the node. Instants are in UTC. Does not move due times; those are entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import BadSignature, NotFound
from special_channel.core.bytes.ids import EntryId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.desk.signin import SIGN_IN_ROLES, active_key, token_digest
from special_channel.messages.silence import event
from special_channel.ports import Stored
from special_channel.stores.deadlines import Feed, FeedScope
from special_channel.web.deadlines import queries
from special_channel.web.deadlines.views import DeadlinesQuery, DeadlinesView, RebasesFound
from special_channel.web.http.access import admit_reader
from special_channel.web.http.gate import CLIENT, FEED_GATE
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.http.readings import record_reading
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import Visitor
from special_channel.web.shared import capitals
from special_channel.web.shared.dues import due_of
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.silence import standing
from special_channel.web.shell.context import PageContext, context_for, page_context
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.scopes import fitting

USED_EVERY: Final = timedelta(minutes=10)
"""Precision of a feed's last use: not a write for each request."""

REFRESH: Final = "PT1H"
"""Suggested time between requests of a calendar program."""

LINE: Final = 75
"""Maximum of octets of a line, without its end (RFC 5545, 3.1)."""


@operation(Operation("List due times of questions"))
async def get_deadlines(request: web.Request, query: DeadlinesQuery) -> DeadlinesView:
    """Return a page of questions, nearest first, with counts of all that match the filter."""
    context = await page_context(request)
    return await queries.deadlines(context, query, await queries.matching(context, query))


@operation(Operation("List own questions to be counted anew"))
async def get_rebases(request: web.Request) -> RebasesFound:
    """Return open questions of our side with another due time by the charter in force."""
    return await queries.rebases(await page_context(request))


async def get_feed(request: web.Request) -> web.Response:
    """Return a person's due times as iCalendar, without a session: the address is the secret."""
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
    body = await write_feed(replace(await context_for(request, who), lang=language), feed.scope)
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


async def write_feed(context: PageContext, scope: FeedScope) -> bytes:
    """Write open questions for our side; the same bytes until a question changes."""
    views = context.own.stores.views
    rows = await views.asks(answering=context.party, only_open=True, limit=queries.OPEN)
    if scope == "desk":
        threads = await views.threads_by_id(sorted({row.thread for row in rows}))
        fits = await fitting(context, "unit", [*threads.values()])
        rows = [row for row in rows if row.thread in threads and fits(threads[row.thread])]
    moves = await context.own.stores.record.find([row.moves[-1].id for row in rows if row.moves])
    name = context.t.gettext(f"feed.name.{scope}")
    return write(name, context.lang, [_event(context, row, moves) for row in rows])


def _event(
    context: PageContext, row: QuestionRow, moves: Mapping[EntryId, Stored]
) -> tuple[str, ...]:
    """Return the lines of a question's due time, not folded."""
    due, number = due_of(context, row), ask_number(row)
    host = context.own.node.identity.origin(context.party).partition("/")[0]
    url = f"{context.own.node.url}/entries/{row.position}"
    # Without the year of another date: the bytes must not change with the present.
    at = capitals.both(due.at, context.party, context.lang, due.at)
    move = moves.get(row.moves[-1].id) if row.moves else None
    changed = _utc(instant(row.accepted if move is None else move.accepted))
    named = numbered(context, number)
    summary = event(context.t, standing(row.outcome(), due, context.party), named)
    description = f"{at}\n{url}"  # the address again: Outlook does not show `URL`
    return (
        "BEGIN:VEVENT",
        f"UID:{number.lower().replace(' ', '-')}@{host}",
        f"DTSTAMP:{changed}",
        f"LAST-MODIFIED:{changed}",
        f"DTSTART:{_utc(due.at)}",
        f"SEQUENCE:{len(row.moves)}",
        f"STATUS:{'TENTATIVE' if due.provisional else 'CONFIRMED'}",
        f"SUMMARY;LANGUAGE={context.lang}:{escaped(summary)}",
        f"DESCRIPTION;LANGUAGE={context.lang}:{escaped(description)}",
        f"URL:{url}",
        "CLASS:PRIVATE",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    )


def write(name: str, lang: str, events: Iterable[Iterable[str]]) -> bytes:
    """Write a calendar: UTF-8, lines folded by octets, ended by CR LF."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Special Channel//Due dates//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME;LANGUAGE={lang}:{escaped(name)}",
        f"X-WR-CALNAME:{escaped(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
        *(line for each in events for line in each),
        "END:VCALENDAR",
    ]
    return b"".join(folded(line) for line in lines)


def escaped(text: str) -> str:
    """Escape a text value (RFC 5545, 3.3.11)."""
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return text


def folded(line: str) -> bytes:
    """Fold a line between characters, by octets: a Chinese character takes three."""
    octets, used = bytearray(), 0
    for char in line:
        encoded = char.encode()
        if used + len(encoded) > LINE:
            octets += b"\r\n "
            used = 1
        octets += encoded
        used += len(encoded)
    return bytes(octets + b"\r\n")


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/deadlines", get_deadlines),
    ("GET", "/api/rebases", get_rebases),
)
