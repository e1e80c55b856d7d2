"""Entries of threads: what officials write to each other.

Does not hold text: that is in the parts, salted and erasable.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from special_channel.core.bytes.fields import ApplicationNumber, Model
from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries.header import (
    Answers,
    Ask,
    AskRef,
    Empty,
    InThread,
    Translation,
    Written,
)


class Opening(Model):
    """What a thread is about: a batch, or the charter's standing batch."""

    batch: EntryId | Literal["standing"]
    applications: Annotated[tuple[ApplicationNumber, ...], Field(max_length=400)] = ()
    translation: Translation | None = None


class ThreadOpened(InThread, Written):
    """Opens a thread; its parts are subjects."""

    kind: Literal["thread.opened"]
    body: Opening


class Writing(Model):
    """What a note says beyond its parts."""

    translation: Translation | None = None
    applications: Annotated[tuple[ApplicationNumber, ...], Field(max_length=400)] = ()


class NotePosted(InThread, Written):
    """A note, with its asks, and the asks of others that it answers."""

    kind: Literal["note.posted"]
    body: Writing
    asks: Annotated[tuple[Ask, ...], Field(max_length=100)] = ()
    answers: Annotated[tuple[Answers, ...], Field(max_length=50)] = ()


class NoteCorrected(InThread, Written):
    """New words for an own note. Its asks stay as they are."""

    kind: Literal["note.corrected"]
    ref: EntryId
    body: Writing


class NoteTranslated(InThread, Written):
    """A courtesy translation of either side's note."""

    kind: Literal["note.translated"]
    ref: EntryId
    body: Empty


class NoteWithdrawn(InThread):
    """Takes an own note back: ends its open asks, reopens what it answered. It stays readable."""

    kind: Literal["note.withdrawn"]
    ref: EntryId
    body: Empty


class NoteAcknowledged(InThread):
    """The other desk says that it has the note."""

    kind: Literal["note.acknowledged"]
    ref: EntryId
    body: Empty


class Closing(Model):
    """Which of the closer's own asks end with the thread."""

    asks: Annotated[tuple[AskRef, ...], Field(max_length=200)] = ()


class ThreadClosed(InThread):
    """Closes a thread; the opener's side alone may."""

    kind: Literal["thread.closed"]
    body: Closing


class ThreadReopened(InThread):
    """Undoes one close, named by `ref`; either side may."""

    kind: Literal["thread.reopened"]
    ref: EntryId
    body: Empty
