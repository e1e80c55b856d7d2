"""Meetings and their points: rows, and changes by entries.

Only the other side marks a point, in the order of its log; the last mark counts and the earlier
marks stay. Does not hold texts or count promises.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from special_channel.core.bytes.ids import EntryId, KeyId, Party, Position
from special_channel.core.entries import (
    MeetingHeld,
    NotePosted,
    PointNoted,
)
from special_channel.core.rows.past import Past, Placed

PointKind = Literal["statement", "promise"]
Standing = Literal["noted", "agreed", "differed"]


@dataclass(frozen=True, slots=True)
class PresentRole:
    """A role present at a meeting."""

    party: Party
    role: str


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting; its number is its entry's position. `points`: number of points noted."""

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
    """The other side's mark on a point: agreed, or differently understood."""

    party: Party
    index: int
    id: EntryId
    by: KeyId
    accepted: str
    agreed: bool


@dataclass(frozen=True, slots=True)
class PointQuestion:
    """A question about an agreed promise."""

    party: Party
    index: int
    note: EntryId
    q: str


@dataclass(frozen=True, slots=True)
class PointRow:
    """One point. `number` counts from 1 within the meeting. `due`: a date, or empty."""

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
        """Log and index of the point's entry."""
        return Position(self.party, self.index)

    @property
    def standing(self) -> Standing:
        """The other side's last mark; `noted` before the first."""
        if not self.marks:
            return "noted"
        return "agreed" if self.marks[-1].agreed else "differed"

    def agreed_by(self, mark: EntryId, past: Past) -> bool:
        """Return whether entry `mark` lies in the past and agrees to the point."""
        return any(each.id == mark and each.agreed and past.holds(each) for each in self.marks)


def held(placed: Placed, entry: MeetingHeld) -> MeetingRow:
    """Return the row of a meeting."""
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
    """Add a point to its meeting; return both rows."""
    # Meeting and points are in one log, so points are numbered in the order of index.
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


def marked(row: PointRow, placed: Placed, *, agreed: bool) -> PointRow:
    """Add the other side's mark to a point."""
    # Only one log marks a point, so marks arrive in the order of index.
    mark = PointMark(
        party=placed.position.party,
        index=placed.position.index,
        id=placed.id,
        by=placed.entry.by,
        accepted=placed.accepted,
        agreed=agreed,
    )
    return replace(row, marks=(*row.marks, mark))


def asked(row: PointRow, placed: Placed, entry: NotePosted) -> PointRow:
    """Add a note's questions about a promise."""
    # Only the side that received the promise asks, so questions arrive in the order of index.
    asks = tuple(
        PointQuestion(placed.position.party, placed.position.index, placed.id, ask.q)
        for ask in entry.asks
        if ask.promise is not None and ask.promise.point == row.point
    )
    return replace(row, asks=(*row.asks, *asks))
