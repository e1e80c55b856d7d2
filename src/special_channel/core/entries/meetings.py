"""Entries of meetings: a side drafts the points, the other side marks them.

Text is in the parts; a promise and its date are in the clear, so that questions can refer to the
promise. Does not contain names: participants are stated by role.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from special_channel.core.bytes.fields import Lang, Marking, Model, Name, Ordinal, Word
from special_channel.core.bytes.ids import Date, EntryId, Party
from special_channel.core.entries.header import MAX_NAMED, Header, PartRef, Translation, Written


class Present(Model):
    """A role present at a meeting."""

    party: Party
    role: Word


class Holding(Model):
    """Date, place, level of the charter, and participants; `place` is a line as typed."""

    on: Date
    place: Name
    level: Word
    present: Annotated[tuple[Present, ...], Field(max_length=20)] = ()
    translation: Translation | None = None


class MeetingHeld(Written):
    """A meeting, drafted by the author's side; the parts are subjects."""

    kind: Literal["meeting.held"]
    body: Holding


class Noting(Model):
    """Type and party of a point; `due` is the stated day for a promise."""

    point: Literal["statement", "promise"]
    who: Party
    due: Date | None = None
    translation: Translation | None = None

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.due is not None and self.point != "promise":
            raise ValueError("a statement has no day")
        return self


class PointNoted(Written):
    """A point of the meeting `ref`, drafted by the same side; the parts are text."""

    kind: Literal["point.noted"]
    ref: EntryId
    body: Noting


class MarkedPoint(Model):
    """A mark on one point: agreed, or understood differently as some text parts explain.

    `parts`: ordinals of these parts, courtesy translations included; absent for `agreed`.
    """

    id: EntryId
    word: Literal["agreed", "differed"]
    parts: Annotated[tuple[Ordinal, ...], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _explained(self) -> Self:
        if bool(self.parts) != (self.word == "differed"):
            raise ValueError("a difference has words, an agreement has none")
        return self


class Marks(Model):
    """Marks on distinct points, of any meetings."""

    entries: Annotated[tuple[MarkedPoint, ...], Field(min_length=1, max_length=MAX_NAMED)]
    translation: Translation | None = None

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if len({mark.id for mark in self.entries}) != len(self.entries):
            raise ValueError("a point is marked twice")
        return self


class PointMarked(Header):
    """The other side marks points: agreed, or understood differently.

    The parts are text; each belongs to one difference. `lang` is stated with parts alone.
    """

    kind: Literal["point.marked"]
    parts: Annotated[tuple[PartRef, ...], Field(max_length=1000)] = ()
    lang: Lang | None = None
    marking: Marking | None = None
    body: Marks
