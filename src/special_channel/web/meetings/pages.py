"""Pages of meetings, and the prepared question about a promise.

Does not sign: the browser signs entries, the link to a promise among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, Final

import orjson
from aiohttp import web

from special_channel.core.bytes.errors import NotAllowed, NotFound, RuleBroken
from special_channel.core.bytes.ids import Position
from special_channel.core.rows.meetings import MeetingRow, PointRow
from special_channel.messages.catalogue import catalogue
from special_channel.messages.dates import full_date
from special_channel.ports import Stored
from special_channel.web.http.openapi import Route
from special_channel.web.meetings import queries
from special_channel.web.meetings.portions import portions_of
from special_channel.web.meetings.queries import MeetingsPageQuery
from special_channel.web.meetings.reading import reading_notes
from special_channel.web.meetings.tables import FILES
from special_channel.web.meetings.views import MeetingDetail, MeetingsFound
from special_channel.web.shared.paging import Paging, paging
from special_channel.web.shared.portions import EntryPortionQuery
from special_channel.web.shared.query import Query, read_filters, read_query
from special_channel.web.shared.references import point_name
from special_channel.web.shared.words import paired
from special_channel.web.shell.composer import (
    Draft,
    draft,
    drawn,
    new_thread_page,
    thread_composer,
)
from special_channel.web.shell.content import Content, contents, erased_of, question_in
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.filter_faults import read_by
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.meetings import ROLES, LevelView, levels
from special_channel.web.shell.render import show

PAGE: Final = 50
"""Meetings of one page."""

_NO_NOTES: Final[Mapping[str, str]] = {}
_FIRST: Final = EntryPortionQuery()


class PromiseQuery(Query):
    """Position of an agreed promise, such as EU-877."""

    promise: str = ""


async def get_meetings(request: web.Request) -> web.Response:
    """Show a page of meetings."""
    context = await page_context(request)
    query = read_filters(MeetingsPageQuery, request.query.items())
    query, view = await read_by(query, partial(_meetings, context))
    pages = paging(query.page, view.total, PAGE, f"/meetings?{query.address}")
    drafts = context.writes and context.charter is not None
    page = meetings_page(view, pages, levels(context), drafts=drafts, query=query)
    return await show(context, page)


async def _meetings(context: PageContext, query: MeetingsPageQuery) -> MeetingsFound:
    """Read a page of meetings; refuse a level that the charter lacks."""
    queries.levels_with(context, query.level)
    return await queries.meetings(context, query, (query.page - 1) * PAGE, PAGE)


async def get_meeting(request: web.Request) -> web.Response:
    """Show a meeting: its points with both sides' marks."""
    context = await page_context(request)
    view = await queries.meeting(context, request.match_info["number"])
    notes = await reading_notes(context, view)
    asked = read_query(EntryPortionQuery, request.query.items())
    return await show(context, meeting_page(view, asked, writes=context.writes, notes=notes))


async def get_new_meeting(request: web.Request) -> web.Response:
    """Show the form of a new meeting."""
    context = await page_context(request, *OFFICIALS)
    if context.charter is None:
        raise NotAllowed("charter-absent", "No charter is in force yet.")
    today = context.today(context.party)
    return await show(context, draft_page(levels(context), today))


async def get_promise_thread(request: web.Request) -> web.Response:
    """Show the form of a new thread with the question about an agreed promise."""
    context = await page_context(request, *OFFICIALS)
    query = read_query(PromiseQuery, request.query.items())
    return await show(context, await _promise_thread(context, query.promise))


def meetings_page(
    view: MeetingsFound,
    pages: Paging,
    choice: Sequence[LevelView],
    *,
    query: MeetingsPageQuery,
    drafts: bool,
) -> ViewPage:
    """Make the page of all meetings.

    Args:
        view: The meetings.
        pages: Pages of the list.
        choice: Levels of the charter.
        query: The filter.
        drafts: Whether the reader may draft a meeting.
    """
    more = {"pages": pages, "levels": choice, "drafts": drafts, "query": query}
    return ViewPage("meetings/meetings.html", "meetings", view, more)


def meeting_page(
    view: MeetingDetail,
    asked: EntryPortionQuery = _FIRST,
    *,
    writes: bool,
    notes: Mapping[str, str] = _NO_NOTES,
) -> ViewPage:
    """Make the page of a meeting.

    Args:
        view: The meeting.
        asked: The portion of its points.
        writes: Whether the reader's role writes to the other side.
        notes: What the reader may note of a promise, by its position.
    """
    more = {"writes": writes, "notes": notes, "cut": portions_of(view, asked)}
    return ViewPage("meetings/meeting.html", "meeting", view, more)


def draft_page(choice: Sequence[LevelView], today: date) -> ViewPage:
    """Make the form of a new meeting."""
    return ViewPage("meetings/draft.html", "new-meeting", choice, {"today": today, "roles": ROLES})


async def _promise_thread(context: PageContext, which: str) -> ViewPage:
    """Read the form of a new thread with the question about the promise at a position.

    Raises:
        Malformed: `position-malformed`.
        NotFound: `point-unknown`.
        RuleBroken: `promise-not-agreed`.
        NotAllowed: `charter-absent`.
    """
    meeting, point, stored = await _agreed_promise(context, which)
    composer, charter = await thread_composer(context, "standing", ()), context.document
    if composer is None or charter is None:
        raise NotAllowed("charter-absent", "No charter is in force yet.")
    text = contents([stored], await erased_of(context, [stored]))[point.point]
    name = f"promise-{point.point[:32]}"
    saved = await draft(context, name)
    composer = replace(
        composer,
        draft_name=name,
        draft=drawn(saved) if saved.saved_at else _prepared(context, meeting, point, text),
        ask=orjson.dumps(_question(context, point)).decode(),
    )
    standing = paired(context.party, charter.standing_en, charter.standing_zh)
    return new_thread_page(composer, title=standing)


async def _agreed_promise(context: PageContext, which: str) -> tuple[MeetingRow, PointRow, Stored]:
    """Look up the agreed promise of the other side at a position: meeting, point and entry."""
    position = Position.parse(which)
    stored = await context.own.stores.record.entries(position.party, position.index, 1)
    row = await context.own.stores.meetings.point(stored[0].id) if stored else None
    meeting = None if row is None else await context.own.stores.meetings.meeting(row.meeting)
    if row is None or meeting is None:
        raise NotFound("point-unknown", "There is no such point here.")
    if (row.kind, row.who, row.standing) != ("promise", context.peer, "agreed"):
        raise RuleBroken("promise-not-agreed", "The point is no agreed promise of the other side.")
    return meeting, row, stored[0]


def _prepared(context: PageContext, meeting: MeetingRow, point: PointRow, quoted: Content) -> Draft:
    """Write the note in both languages; each quotes the point in it where it is translated."""
    written: list[str] = []
    for lang in context.languages:
        t, on = catalogue(lang), full_date(date.fromisoformat(meeting.on), lang)
        words = question_in(quoted, -1, lang).text or "–"
        number = str(meeting.position)
        written += (
            t.gettext("promise.subject", date=on, number=point_name(meeting, point)),
            t.gettext("promise.text", date=on, meeting=number, number=point.number, text=words),
        )
    subject, text, subject_translation, translation = written
    return Draft(text, translation, subject, subject_translation)


def _question(context: PageContext, point: PointRow) -> dict[str, Any]:
    """Return the fields of the question, with the link to the promise and its agreement."""
    own, other = (catalogue(lang).gettext("promise.ask") for lang in context.languages)
    agreed = next(mark.id for mark in reversed(point.marks) if mark.agreed)
    promise = {"point": point.point, "agreed": agreed}
    return {"text": own, "textTr": other, "promise": promise, **_due(context, point.due)}


def _due(context: PageContext, day: str) -> dict[str, str]:
    """Return the answering side's close of business on a promised date, if it is in the future."""
    calendar = context.calendar(context.peer)
    on = date.fromisoformat(day) if day else None
    if on is None or not calendar.covers(on) or not calendar.is_working_day(on):
        return {}
    close = calendar.close_of_business(on)
    if close <= context.now:
        return {}
    # As a field of date and time has it, on the answering side's clock.
    return {"due": f"{calendar.local(close):%Y-%m-%dT%H:%M}", "rule": ""}


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/meetings", get_meetings),
    ("GET", "/meetings/new", get_new_meeting),
    ("GET", "/meetings/{number}", get_meeting),
    *FILES,
)
