"""Entries of meetings: a side drafts the points, the other side agrees or differs.

Text is in the parts; a promise and its date are in the clear, so that questions can refer to the
promise. Does not contain names: participants are stated by role.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from special_channel.core.bytes.fields import Model, Name, Word
from special_channel.core.bytes.ids import Date, EntryId, Party
from special_channel.core.entries.header import Empty, Header, Translation, Written


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


class PointAgreed(Header):
    """The other side agrees to the point `ref`."""

    kind: Literal["point.agreed"]
    ref: EntryId
    body: Empty


class Differing(Model):
    """Fields of a difference beyond its parts."""

    translation: Translation | None = None


class PointDiffered(Written):
    """The other side understood the point `ref` differently, as its text parts explain."""

    kind: Literal["point.differed"]
    ref: EntryId
    body: Differing
