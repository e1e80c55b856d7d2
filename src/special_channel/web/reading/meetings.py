"""Meetings, their points and both sides' marks, from the views and the signed entries.

Does not decide who may mark or ask: the judge does; here only what may be offered is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from special_channel.core.bytes.errors import Malformed, NotAllowed, NotFound
from special_channel.core.bytes.ids import EntryId, Party, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import MeetingHeld, PointAgreed, PointDiffered, PointNoted
from special_channel.core.rows.charter import STANDARD_LEVELS, Level
from special_channel.core.rows.meetings import MeetingRow, PointQuestion, PointRow
from special_channel.core.rows.meetings import PointMark as MarkRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.ports import Stored
from special_channel.ports.meetings import Meetings
from special_channel.web.pages.meetings import (
    LevelName,
    MeetingLine,
    MeetingPage,
    MeetingsPage,
    NewMeetingPage,
    Point,
    PointForm,
    PointMark,
    PromiseAsk,
    Said,
)
from special_channel.web.shared.capitals import local
from special_channel.web.shared.dues import due_of
from special_channel.web.shared.paging import paging
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.silence import line
from special_channel.web.shared.words import Pair, Words, paired
from special_channel.web.shell.content import (
    Content,
    contents,
    entry_of,
    erased_of,
    number_of,
    proof,
    title,
)
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.last_heard import LastHeard, last_heard_of
from special_channel.web.shell.people import People, people

PAGE: Final = 50
ROLES: Final[Mapping[Party, tuple[str, ...]]] = {
    "eu": ("desk", "head", "director", "commissioner"),
    "cn": ("desk", "head", "director", "minister"),
}
"""Roles that are offered for who was at the table; an entry may name others."""


@dataclass(frozen=True, slots=True)
class Told:
    """What signed entries say, by id, and who wrote them."""

    stored: Mapping[EntryId, Stored]
    said: Mapping[EntryId, Content]
    people: People

    def title(self, meeting: EntryId) -> Pair:
        """Return what a meeting is called."""
        return title(self.said.get(meeting))

    def entry(self, id_: EntryId, party: Party) -> Said:
        """Return an entry with its words and evidence."""
        stored, said = self.stored[id_], self.said[id_]
        return Said(
            entry_id=id_,
            position=number_of(stored),
            party=party,
            kind=stored.kind,
            author=self.people.author(stored.by),
            accepted=instant(stored.accepted),
            lang=said.lang,
            paragraphs=said.original,
            translation=said.translation,
            proof=proof(stored),
        )


async def told(context: PageContext, ids: Iterable[EntryId]) -> Told:
    """Read what these entries say: three queries, however many they are."""
    stored = await context.own.record.find(sorted(set(ids)))
    entries = list(stored.values())
    said = contents(entries, await erased_of(context, entries))
    return Told(stored, said, await people(context, {entry.by for entry in entries}))


def levels(context: PageContext) -> tuple[Level, ...]:
    """Return the charter's levels."""
    return context.document.levels if context.document else STANDARD_LEVELS


def level_name(context: PageContext, level: str) -> LevelName:
    """Return what both sides call a level; its word where a later charter dropped it."""
    for each in levels(context):
        if each.level == level:
            return LevelName(level, paired(context.party, each.title_en, each.title_zh))
    return LevelName(level, Pair(Words(level, "en")))


def level_of(context: PageContext, text: str) -> str:
    """Read a level from an address; empty for all.

    Raises:
        Malformed: `request-malformed`.
    """
    if text and text not in {each.level for each in levels(context)}:
        raise Malformed("request-malformed", "The charter has no such level.", field="level")
    return text


async def find_meeting(context: PageContext, which: str) -> MeetingRow:
    """Return the meeting with this number.

    Raises:
        Malformed: `position-malformed`.
        NotFound: `meeting-unknown`.
    """
    row = await context.own.meetings.meeting(Position.parse(which))
    if row is None:
        raise NotFound("meeting-unknown", "There is no such meeting here.")
    return row


async def meetings(context: PageContext, level: str, page: int) -> MeetingsPage:
    """Read one page of the meetings, of one level or of all."""
    rows, total = await context.own.meetings.meetings(level, PAGE, (page - 1) * PAGE)
    points: dict[EntryId, list[PointRow]] = {}
    for point in await context.own.meetings.points([row.meeting for row in rows]):
        points.setdefault(point.meeting, []).append(point)
    words = await told(context, (row.meeting for row in rows))
    return MeetingsPage(
        rows=tuple(_line(context, row, points.get(row.meeting, ()), words) for row in rows),
        paging=paging(page, total, PAGE, f"/meetings?level={level}"),
        levels=tuple(level_name(context, each.level) for each in levels(context)),
        new_url="/meetings/new" if context.writes and context.charter else None,
    )


def _line(
    context: PageContext, row: MeetingRow, points: Sequence[PointRow], words: Told
) -> MeetingLine:
    standings = [point.standing for point in points]
    return MeetingLine(
        number=str(row.position),
        url=f"/meetings/{row.position}",
        title=words.title(row.meeting),
        on=date.fromisoformat(row.on),
        place=row.place,
        level=level_name(context, row.level).title,
        drafter=row.party,
        points=len(points),
        agreed=standings.count("agreed"),
        differed=standings.count("differed"),
    )


async def meeting(context: PageContext, row: MeetingRow) -> MeetingPage:
    """Read one meeting with all that was said of its points."""
    points = await context.own.meetings.points([row.meeting])
    marks = (mark.id for point in points for mark in point.marks)
    words = await told(context, (row.meeting, *(point.point for point in points), *marks))
    asks = await asks_about(context, points)
    put = Put(asks, await last_heard_of(context, asks.values()))
    drafts = context.writes and row.party == context.party
    marking = context.writes and row.party == context.peer
    return MeetingPage(
        number=str(row.position),
        title=words.title(row.meeting),
        said=words.entry(row.meeting, row.party),
        on=date.fromisoformat(row.on),
        place=row.place,
        level=level_name(context, row.level),
        drafter=row.party,
        present=tuple((each.party, each.role) for each in row.present),
        points=tuple(_point(context, row, point, words, put) for point in points),
        form=_form(context, row.meeting) if drafts else None,
        mark=_form(context) if marking else None,
    )


@dataclass(frozen=True, slots=True)
class Put:
    """Questions that were put about promises, and what was known where their dates passed."""

    asks: Mapping[tuple[EntryId, str], QuestionRow]
    heard: LastHeard


async def asks_about(
    context: PageContext, points: Sequence[PointRow]
) -> Mapping[tuple[EntryId, str], QuestionRow]:
    """Return the questions that were put about these points' promises, by note and number."""
    found: dict[tuple[EntryId, str], QuestionRow] = {}
    for each in (ask for point in points for ask in point.asks):
        row = await context.own.views.ask(each.note, each.q)
        if row is not None:
            found[each.note, each.q] = row
    return found


def _point(
    context: PageContext,
    meeting_row: MeetingRow,
    row: PointRow,
    words: Told,
    put: Put,
) -> Point:
    agreed = row.standing == "agreed"
    to_ask = agreed and row.kind == "promise" and row.who == context.peer and context.writes
    return Point(
        number=point_number(meeting_row, row),
        kind=row.kind,
        who=row.who,
        said=words.entry(row.point, row.party),
        standing=row.standing,
        due=date.fromisoformat(row.due) if row.due else None,
        marks=tuple(
            _mark(mark, words, superseded=place < len(row.marks) - 1)
            for place, mark in enumerate(row.marks)
        ),
        asks=tuple(
            promise_ask(context, each, put.asks[each.note, each.q], put.heard)
            for each in row.asks
            if (each.note, each.q) in put.asks
        ),
        markable=context.writes and row.party == context.peer,
        ask_url=f"/threads/new?promise={row.position}" if to_ask else "",
    )


def point_number(meeting_row: MeetingRow, row: PointRow) -> str:
    """Return what a point is called: `EU-877 P2`."""
    return f"{meeting_row.position} P{row.number}"


def _mark(mark: MarkRow, words: Told, *, superseded: bool) -> PointMark:
    return PointMark(mark.agreed, words.entry(mark.id, mark.party), superseded)


def promise_ask(
    context: PageContext, each: PointQuestion, row: QuestionRow, heard: LastHeard
) -> PromiseAsk:
    """Return a question about a promise, and what became of it."""
    first = row.answer
    where = f"{each.party.upper()}-{each.index}"
    due = due_of(context, row)
    return PromiseAsk(
        number=ask_number(row),
        url=f"/entries/{where}",
        due=due,
        said=line(row.outcome(), due, heard.at(row), context),
        answered_in="" if first is None else str(Position(row.answering, first.index)),
    )


def _form(context: PageContext, ref: EntryId = "") -> PointForm:
    lang, other = context.languages
    return PointForm(lang, other, ref)


async def new_meeting(context: PageContext) -> NewMeetingPage:
    """Read the form of a new meeting.

    Raises:
        NotAllowed: `charter-absent` before the first charter.
    """
    if context.charter is None:
        raise NotAllowed("charter-absent", "No charter is in force yet.")
    return NewMeetingPage(
        form=_form(context),
        levels=tuple(level_name(context, each.level) for each in levels(context)),
        today=local(context.now, context.party).date(),
        roles=ROLES,
    )


async def meeting_of(found: Meetings, stored: Stored) -> MeetingRow | None:
    """Return the meeting that an entry is, or is about; None for other kinds."""
    entry = entry_of(stored)
    if isinstance(entry, MeetingHeld):
        return await found.meeting(stored.id)
    if isinstance(entry, PointNoted):
        return await found.meeting(entry.ref)
    if isinstance(entry, PointAgreed | PointDiffered):
        point = await found.point(entry.ref)
        return None if point is None else await found.meeting(point.meeting)
    return None
