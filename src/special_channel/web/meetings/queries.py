"""Read meetings from the record. Does not write: meetings, points and marks are entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.ids import PARTIES, EntryId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import PointMarked
from special_channel.core.rows.meetings import MeetingRow, PointRow
from special_channel.ports import Stored
from special_channel.stores.meetings import MeetingFilter
from special_channel.web.meetings.views import (
    EntryText,
    MarkItem,
    MeetingDetail,
    MeetingItem,
    MeetingsFound,
    PointItem,
)
from special_channel.web.shared.capitals import on_date
from special_channel.web.shared.days import DayFilters
from special_channel.web.shared.query import PageQuery, Text, codes
from special_channel.web.shared.references import point_name
from special_channel.web.shared.words import Words
from special_channel.web.shell.content import (
    Content,
    contents,
    entry_of,
    erased_of,
    number_of,
    party_of,
    proof,
    title,
)
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.damage import damaged
from special_channel.web.shell.meetings import LevelView, contents_of, levels, questions_about
from special_channel.web.shell.people import People, people
from special_channel.web.shell.questions import last_heard_of, question_state


class MeetingFilters(DayFilters):
    """Filters of meetings by level, by the side that drafted, by marks and by day of meeting.

    Attributes:
        mark: `unmarked`: with points that nobody has marked; `differed`: with points that the other
            side understands differently.
    """

    level: Text = ""
    side: Annotated[str, codes(PARTIES)] = ""
    mark: Literal["", "unmarked", "differed"] = ""
    sort: Literal["newest", "oldest"] = "newest"


class MeetingsPageQuery(MeetingFilters, PageQuery):
    """A page of filtered meetings."""


def levels_with(context: PageContext, level: str) -> tuple[LevelView, ...]:
    """Return the levels of meetings, among which a filter's is; an empty filter fits.

    Raises:
        Malformed: `request-malformed` for a level that the charter lacks.
    """
    choice = levels(context)
    if level and level not in {each.level for each in choice}:
        raise Malformed("request-malformed", "The charter has no such level.", field="level")
    return choice


async def meetings(
    context: PageContext, filters: MeetingFilters, offset: int, limit: int
) -> MeetingsFound:
    """Read meetings that match."""
    since, until = (day.isoformat() if day else "" for day in filters.days())
    wanted = MeetingFilter(filters.level, filters.side, filters.mark, since, until)
    rows, total = await context.own.stores.meetings.meetings(
        wanted, limit, offset, oldest=filters.sort == "oldest"
    )
    points = await context.own.stores.meetings.points([row.meeting for row in rows])
    texts = await contents_of(context, (row.meeting for row in rows))
    items = tuple(MeetingItem(**_item(context, row, points, texts)) for row in rows)
    return MeetingsFound(**context.sizes, total=total, items=items)


async def meeting(context: PageContext, number: str) -> MeetingDetail:
    """Read a meeting by its number, such as EU-900.

    Raises:
        Malformed: `position-malformed`.
        NotFound: `meeting-unknown`.
        Unavailable: `record-damaged` where an entry of it is lost.
    """
    row = await context.own.stores.meetings.meeting(Position.parse(number))
    if row is None:
        raise NotFound("meeting-unknown", f"Meeting {number} does not exist.")
    points = await context.own.stores.meetings.points([row.meeting])
    ids = {row.meeting, *(point.point for point in points)}
    ids |= {mark.id for point in points for mark in point.marks}
    stored = await context.own.stores.record.find(sorted(ids))
    if ids - stored.keys():
        raise damaged(number)
    texts = contents([*stored.values()], await erased_of(context, [*stored.values()]))
    authors = await people(context, {entry.by for entry in stored.values()})
    entries = {id_: _entry(entry, texts[id_], authors) for id_, entry in stored.items()}
    marks = _marks(points, stored, entries)
    questions = await questions_about(context, points)
    heard = await last_heard_of(context, questions.values())
    return MeetingDetail(
        **{**context.sizes, **_item(context, row, points, texts)},
        said=EntryText(**entries[row.meeting]),
        items=tuple(
            PointItem(
                **entries[point.point],
                name=point_name(row, point),
                number=point.number,
                kind=point.kind,
                who=point.who,
                due=on_date(point.due),
                standing=point.standing,
                marks=marks[point.point],
                asks=tuple(
                    question_state(context, questions[each.note, each.q], heard)
                    for each in point.asks
                    if (each.note, each.q) in questions
                ),
            )
            for point in points
        ),
    )


def _item(
    context: PageContext,
    row: MeetingRow,
    points: Sequence[PointRow],
    texts: Mapping[EntryId, Content],
) -> dict[str, Any]:
    level = next((each for each in levels(context) if each.level == row.level), None)
    standings = Counter(point.standing for point in points if point.meeting == row.meeting)
    subject = title(texts.get(row.meeting))
    texts_here = (words for words in (subject.original, subject.translation) if words)
    return {
        **dict(level or LevelView(level=row.level)),
        "number": str(row.position),
        "meeting": row.meeting,
        "party": row.party,
        "on": date.fromisoformat(row.on),
        "place": row.place,
        "present": row.present,
        "points": standings.total(),
        "agreed": standings["agreed"],
        "differed": standings["differed"],
        "subject": subject,
        "subjects": tuple(each.text for each in texts_here if each.presence == "present"),
    }


def _entry(stored: Stored, content: Content, authors: People) -> dict[str, Any]:
    return {
        "entry_id": stored.id,
        "entry_kind": stored.kind,
        "position": number_of(stored),
        "party": party_of(stored),
        "author": authors.writer(stored),
        "accepted": instant(stored.accepted),
        "lang": content.lang,
        "paragraphs": content.original,
        "translation": content.translation,
        "proof": proof(stored),
    }


def _marks(
    points: Sequence[PointRow],
    stored: Mapping[EntryId, Stored],
    entries: Mapping[EntryId, Mapping[str, Any]],
) -> dict[EntryId, tuple[MarkItem, ...]]:
    """Return the marks by point, each with the words about its point alone."""
    marks: dict[EntryId, tuple[MarkItem, ...]] = {}
    shown: set[EntryId] = set()
    for point in points:
        marks[point.point] = tuple(
            MarkItem(
                **{**entries[mark.id], **_words(entries[mark.id], stored[mark.id], point.point)},
                point=point.point,
                agreed=mark.agreed,
                first=mark.id not in shown,
            )
            for mark in point.marks
        )
        shown.update(mark.id for mark in point.marks)
    return marks


def _words(
    facts: Mapping[str, Any], stored: Stored, point: EntryId
) -> dict[str, tuple[Words, ...]]:
    """Return the words of a mark's entry that are about a point."""
    entry = entry_of(stored)
    if not isinstance(entry, PointMarked):  # damaged: its only words say so
        return {}
    parts = next((mark.parts for mark in entry.body.entries if mark.id == point), ())
    return {
        name: tuple(words for words in facts[name] if words.ordinal in parts)
        for name in ("paragraphs", "translation")
    }
