"""Meetings and their points: rows and how entries change them.

A point's marks are the other side's and stand in the order of that side's log: the last one
holds, the earlier ones stay. Does not hold texts, and counts nobody's promises.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from special_channel.core.bytes.ids import EntryId, KeyId, Party, Position
from special_channel.core.entries import (
    MeetingHeld,
    NotePosted,
    PointAgreed,
    PointDiffered,
    PointNoted,
)
from special_channel.core.rows.past import Past, Placed

PointKind = Literal["statement", "promise"]
Standing = Literal["noted", "agreed", "differed"]


@dataclass(frozen=True, slots=True)
class PresentRole:
    """A role that was at the table."""

    party: Party
    role: str


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting; its number is its entry's position. `points` counts what was noted."""

    meeting: EntryId
    party: Party
    index: int
    by: KeyId
    accepted: str
    on: str
    place: str
    level: str
    present: tuple[PresentRole, ...] = ()
    points: int = 0

    @property
    def position(self) -> Position:
        """The meeting's registration number."""
        return Position(self.party, self.index)


@dataclass(frozen=True, slots=True)
class PointMark:
    """The other side's word on a point: agreed, or differently understood."""

    party: Party
    index: int
    id: EntryId
    by: KeyId
    accepted: str
    agreed: bool


@dataclass(frozen=True, slots=True)
class PointQuestion:
    """A question that was put about an agreed promise."""

    party: Party
    index: int
    note: EntryId
    q: str


@dataclass(frozen=True, slots=True)
class PointRow:
    """One point: `number` counts within its meeting, from 1. `due` is a day, or empty."""

    point: EntryId
    meeting: EntryId
    party: Party
    index: int
    by: KeyId
    accepted: str
    number: int
    kind: PointKind
    who: Party
    due: str = ""
    marks: tuple[PointMark, ...] = ()
    asks: tuple[PointQuestion, ...] = ()

    @property
    def position(self) -> Position:
        """Where it stands."""
        return Position(self.party, self.index)

    @property
    def standing(self) -> Standing:
        """How the other side marked it last, or `noted` while it has not."""
        if not self.marks:
            return "noted"
        return "agreed" if self.marks[-1].agreed else "differed"

    def agreed_by(self, mark: EntryId, past: Past) -> bool:
        """Tell whether this entry of the past is the other side's agreement to the point."""
        return any(each.id == mark and each.agreed and past.holds(each) for each in self.marks)


def held(placed: Placed, entry: MeetingHeld) -> MeetingRow:
    """Make a meeting's row."""
    body = entry.body
    return MeetingRow(
        meeting=placed.id,
        party=placed.position.party,
        index=placed.position.index,
        by=entry.by,
        accepted=placed.accepted,
        on=body.on,
        place=body.place,
        level=body.level,
        present=tuple(PresentRole(each.party, each.role) for each in body.present),
    )


def noted(meeting: MeetingRow, placed: Placed, entry: PointNoted) -> tuple[MeetingRow, PointRow]:
    """Add a point to its meeting. One log holds both, so points count up by index."""
    counted = replace(meeting, points=meeting.points + 1)
    point = PointRow(
        point=placed.id,
        meeting=meeting.meeting,
        party=placed.position.party,
        index=placed.position.index,
        by=entry.by,
        accepted=placed.accepted,
        number=counted.points,
        kind=entry.body.point,
        who=entry.body.who,
        due=entry.body.due or "",
    )
    return counted, point


def marked(row: PointRow, placed: Placed, entry: PointAgreed | PointDiffered) -> PointRow:
    """Add the other side's mark. One log alone marks a point, so the order is that log's."""
    mark = PointMark(
        party=placed.position.party,
        index=placed.position.index,
        id=placed.id,
        by=entry.by,
        accepted=placed.accepted,
        agreed=isinstance(entry, PointAgreed),
    )
    return replace(row, marks=(*row.marks, mark))


def asked(row: PointRow, placed: Placed, entry: NotePosted) -> PointRow:
    """Add the questions of a note about this point. One log alone asks: the promisee's."""
    asks = tuple(
        PointQuestion(placed.position.party, placed.position.index, placed.id, ask.q)
        for ask in entry.asks
        if ask.promise is not None and ask.promise.point == row.point
    )
    return replace(row, asks=(*row.asks, *asks))
