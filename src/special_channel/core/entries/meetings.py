"""Entries of meetings: one side drafts the points, the other marks each.

The words stand in the parts; a promise and its date stand in the clear, so that a question
can be put about it. Does not hold names: who was there is told by role.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from special_channel.core.bytes.fields import Model, Name, Word
from special_channel.core.bytes.ids import Date, EntryId, Party
from special_channel.core.entries.header import Empty, Header, Translation, Written


class Present(Model):
    """A role that was at the table."""

    party: Party
    role: Word


class Holding(Model):
    """When, where and at which of the charter's levels; `place` is one line, as typed."""

    on: Date
    place: Name
    level: Word
    present: Annotated[tuple[Present, ...], Field(max_length=20)] = ()
    translation: Translation | None = None


class MeetingHeld(Written):
    """A meeting, drafted by the author's side; its parts are subjects."""

    kind: Literal["meeting.held"]
    body: Holding


class Noting(Model):
    """Whose statement or promise a point is; `due` is the day that was named for a promise."""

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
    """One point of the own side's meeting `ref`; its parts are text."""

    kind: Literal["point.noted"]
    ref: EntryId
    body: Noting


class PointAgreed(Header):
    """The other side says that point `ref` is as it understood it."""

    kind: Literal["point.agreed"]
    ref: EntryId
    body: Empty


class Differing(Model):
    """What a difference says beyond its parts."""

    translation: Translation | None = None


class PointDiffered(Written):
    """The other side understood point `ref` differently, and says how in its text parts."""

    kind: Literal["point.differed"]
    ref: EntryId
    body: Differing
