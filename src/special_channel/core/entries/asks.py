"""Entries about due times. What is in time is said by rules 8 to 16.

Does not compute due times: `calendars.py` does, and the asker signs the result.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from special_channel.core.bytes.fields import Model, NoteText, Word
from special_channel.core.bytes.ids import Digest, EntryId, QuestionNumber, Timestamp
from special_channel.core.entries.header import InThread, PartRef


class Span(Model):
    """From when to when a courtesy clock does not run; `last` is the first instant it runs."""

    first: Timestamp
    last: Timestamp

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.first >= self.last:
            raise ValueError("a span ends after it begins")
        return self


class Proposal(Model):
    """Another date for one ask; with `suspended`, because the clock shall not run meanwhile."""

    q: QuestionNumber
    due: Timestamp
    suspended: Span | None = None


class DateProposed(InThread):
    """The answering side proposes another date for the ask of note `ref`."""

    kind: Literal["date.proposed"]
    ref: EntryId
    body: Proposal


Basis = Literal["delivered-late", "agreed", "calendar", "suspended", "rebase", "withdrawn"]


class Move(Model):
    """A new due instant and why; by the answering side, the one in force, which it accepts.

    `proposal` names the `date.proposed` agreed to (`agreed`, `suspended`). `charter` and
    `calendar` name what it was counted by where that is not what the ask names
    (`calendar`, `rebase`). `delivered` is the proof of late delivery (`delivered-late`):
    the asker's checkpoint that covers the ask, with the answering side's cosignature.
    `provisional`: it rests on days that no adopted release covers.
    """

    q: QuestionNumber
    due: Timestamp
    basis: Basis
    proposal: EntryId | None = None
    charter: Digest | None = None
    calendar: Digest | None = None
    delivered: NoteText | None = None
    provisional: bool = False


class DeadlineMoved(InThread):
    """The asker moves the due time of its ask in note `ref`, or the other side accepts it.

    The answering side's has basis `agreed` and the due time in force, and moves nothing.
    """

    kind: Literal["deadline.moved"]
    ref: EntryId
    body: Move


class Passing(Model):
    """That no answer had reached the waiting side by `due`.

    `delivered`: the asker's checkpoint that covers the ask, with the answering side's
    cosignature timed before due. `head`: the answering log's stamped head, time ≥ due
    (confirmed), else the newest held (unconfirmed), absent if none.
    """

    q: QuestionNumber
    due: Timestamp
    fired: Timestamp
    delivered: NoteText
    head: NoteText | None = None


class DeadlinePassed(InThread):
    """Written by the waiting side's node, once per ask and due."""

    kind: Literal["deadline.passed"]
    ref: EntryId
    body: Passing


class Referral(Model):
    """To which level of the other side a named person takes an ask."""

    q: QuestionNumber
    level: Word


class ReferralSent(InThread):
    """A named person takes an ask across to a named level."""

    kind: Literal["referral.sent"]
    ref: EntryId
    body: Referral
    parts: Annotated[tuple[PartRef, ...], Field(max_length=50)] = ()
