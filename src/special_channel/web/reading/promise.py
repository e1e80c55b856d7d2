"""The prepared question about an agreed promise: a person reads it, changes it and signs it.

Does not sign and does not send. The link to the promise is part of what they sign.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import orjson

from special_channel.core.bytes.errors import NotAllowed, NotFound, RuleBroken
from special_channel.core.bytes.ids import Position
from special_channel.core.rows.meetings import MeetingRow, PointRow
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.messages.dates import full_date
from special_channel.web.reading.meetings import Told, point_number, told
from special_channel.web.shared.words import paired
from special_channel.web.shell.composer import Draft, draft, new_thread_page, thread_composer
from special_channel.web.shell.content import question_in
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import ViewPage


async def promise_thread(context: PageContext, which: str) -> ViewPage:
    """Read the form of a new thread with the question about the promise at this position.

    Raises:
        NotFound: `point-unknown`.
        RuleBroken: `promise-not-agreed`.
        NotAllowed: `charter-absent`.
    """
    meeting, point = await agreed_promise(context, which)
    composer = await thread_composer(context, "standing", ())
    charter = context.document
    if composer is None or charter is None:
        raise NotAllowed("charter-absent", "No charter is in force yet.")
    words = await told(context, [point.point])
    name = f"promise-{point.point[:32]}"
    held = await draft(context, name)
    typed = held if held.saved_at else _prepared(context, meeting, point, words)
    composer = replace(
        composer,
        draft_name=name,
        draft=typed,
        ask=orjson.dumps(_ask(context, point)).decode(),
    )
    standing = paired(context.party, charter.standing_en, charter.standing_zh)
    return new_thread_page(composer, title=standing)


async def agreed_promise(context: PageContext, which: str) -> tuple[MeetingRow, PointRow]:
    """Return the agreed promise to the own side that was noted at this position.

    Raises:
        Malformed: `position-malformed`.
        NotFound: `point-unknown`.
        RuleBroken: `promise-not-agreed`.
    """
    position = Position.parse(which)
    stored = await context.own.record.entries(position.party, position.index, 1)
    row = await context.own.meetings.point(stored[0].id) if stored else None
    meeting = None if row is None else await context.own.meetings.meeting(row.meeting)
    if row is None or meeting is None:
        raise NotFound("point-unknown", "There is no such point here.")
    if (row.kind, row.who, row.standing) != ("promise", context.peer, "agreed"):
        raise RuleBroken("promise-not-agreed", "The point is no agreed promise of the other side.")
    return meeting, row


def _prepared(context: PageContext, meeting: MeetingRow, point: PointRow, words: Told) -> Draft:
    own, other = context.languages
    subject, text = _said(meeting, point, words, own)
    subject_tr, text_tr = _said(meeting, point, words, other)
    return Draft(text=text, translation=text_tr, subject=subject, subject_translation=subject_tr)


def _said(meeting: MeetingRow, point: PointRow, words: Told, lang: str) -> tuple[str, str]:
    """Return subject and text in one language; the quoted point in it where it is translated."""
    tag: Lang = "en" if lang == "en" else "zh-CN"
    t, said = catalogue(tag), words.said.get(point.point)
    on = full_date(date.fromisoformat(meeting.on), tag)
    number = point_number(meeting, point)
    quoted = question_in(said, -1, tag).text or "–"
    text = t.gettext(
        "promise.text", date=on, meeting=str(meeting.position), number=point.number, text=quoted
    )
    return t.gettext("promise.subject", date=on, number=number), text


def _ask(context: PageContext, point: PointRow) -> dict[str, Any]:
    own, other = context.languages
    agreed = next(mark.id for mark in reversed(point.marks) if mark.agreed)
    asked: dict[str, Any] = {
        "text": catalogue("en" if own == "en" else "zh-CN").gettext("promise.ask"),
        "textTr": catalogue("en" if other == "en" else "zh-CN").gettext("promise.ask"),
        "promise": {"point": point.point, "agreed": agreed},
    }
    due = _close(context, point.due)
    if due is not None:
        # What a field of date and time holds, on the answering side's clock.
        asked |= {"due": f"{due:%Y-%m-%dT%H:%M}", "rule": ""}
    return asked


def _close(context: PageContext, day: str) -> datetime | None:
    """Return the answering side's close of business of the day that was named, if it is ahead."""
    if not day:
        return None
    calendar, on = context.calendar(context.peer), date.fromisoformat(day)
    if not calendar.covers(on) or not calendar.is_working_day(on):
        return None
    close = calendar.close_of_business(on)
    return calendar.local(close) if close > context.now else None
