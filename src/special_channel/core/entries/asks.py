"""Entries about due times, judged by rules 8 to 16.

Does not compute due times: `core/time/due.py` does, and the asker signs the result.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from special_channel.core.bytes.fields import Model, NoteText, Word
from special_channel.core.bytes.ids import Digest, EntryId, QuestionNumber, Timestamp
from special_channel.core.entries.header import InThread, PartRef


class Span(Model):
    """A suspension of a courtesy clock; `last` is the instant at which the clock resumes."""

    first: Timestamp
    last: Timestamp

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.first >= self.last:
            raise ValueError("a span ends after it begins")
        return self


class Proposal(Model):
    """A proposed due time for a question; with `suspended`, to suspend the clock meanwhile."""

    q: QuestionNumber
    due: Timestamp
    suspended: Span | None = None


class DateProposed(InThread):
    """The answering side proposes another due time for a question of the note `ref`."""

    kind: Literal["date.proposed"]
    ref: EntryId
    body: Proposal


Basis = Literal["delivered-late", "agreed", "calendar", "suspended", "rebase", "withdrawn"]


class Move(Model):
    """A new due time and its basis; from the answering side, the accepted due time in force.

    `proposal` names the agreed `date.proposed` (`agreed`, `suspended`). `charter` and `calendar`
    name the charter and calendar used for counting, if different from the question's
    (`calendar`, `rebase`). `delivered` is the proof of late delivery (`delivered-late`): the
    asker's checkpoint covering the question, with the answering side's cosignature.
    `provisional`: the count includes days outside all adopted releases.
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
    """The asker moves the due time of a question of the note `ref`, or the other side accepts it.

    An entry by the answering side has basis `agreed` and the due time in force; the due time does
    not move.
    """

    kind: Literal["deadline.moved"]
    ref: EntryId
    body: Move


class Passing(Model):
    """No answer had reached the waiting side by `due`.

    `delivered`: the asker's checkpoint covering the question, with the answering side's
    cosignature timed before `due`. `head`: the answering log's stamped head with a time ≥ `due`
    (confirmed), else the newest known stamped head (unconfirmed), if any.
    """

    q: QuestionNumber
    due: Timestamp
    fired: Timestamp
    delivered: NoteText
    head: NoteText | None = None


class DeadlinePassed(InThread):
    """A date passed; written by the waiting side's node, once per question and due time."""

    kind: Literal["deadline.passed"]
    ref: EntryId
    body: Passing


class Referral(Model):
    """A question, and the level of the other side to refer the question to."""

    q: QuestionNumber
    level: Word


class ReferralSent(InThread):
    """A named person refers a question of the note `ref` to a level of the other side."""

    kind: Literal["referral.sent"]
    ref: EntryId
    body: Referral
    parts: Annotated[tuple[PartRef, ...], Field(max_length=50)] = ()
