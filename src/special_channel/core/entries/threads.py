"""Entries of threads: correspondence between officials.

Does not contain text: see the parts, which are salted and erasable.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from special_channel.core.bytes.fields import Lang, ListedNumber, Marking, Model
from special_channel.core.bytes.ids import EntryId, ThreadId
from special_channel.core.entries.header import (
    Answers,
    Ask,
    AskRef,
    Empty,
    Header,
    InThread,
    NamedEntries,
    PartRef,
    Translation,
    Written,
)


class Opening(Model):
    """Subject of a thread: a batch, or the charter's standing batch."""

    batch: EntryId | Literal["standing"]
    applications: Annotated[tuple[ListedNumber, ...], Field(max_length=400)] = ()
    translation: Translation | None = None


class ThreadOpened(InThread, Written):
    """Opens a thread; the parts are subjects."""

    kind: Literal["thread.opened"]
    body: Opening


class Writing(Model):
    """Fields of a note beyond its parts."""

    translation: Translation | None = None
    applications: Annotated[tuple[ListedNumber, ...], Field(max_length=400)] = ()


class NotePosted(InThread, Written):
    """A note, with its questions, and references to the answered questions of other notes."""

    kind: Literal["note.posted"]
    body: Writing
    asks: Annotated[tuple[Ask, ...], Field(max_length=100)] = ()
    answers: Annotated[tuple[Answers, ...], Field(max_length=50)] = ()


class NoteCorrected(InThread, Written):
    """Replaces the text of a note of the same side. The note's questions stay unchanged."""

    kind: Literal["note.corrected"]
    ref: EntryId
    body: Writing


class NoteTranslated(InThread, Written):
    """A courtesy translation of either side's note; of an opening, of the thread's subject."""

    kind: Literal["note.translated"]
    ref: EntryId
    body: Empty


class Withdrawing(Model):
    """The parts of the reason that are a translation."""

    translation: Translation | None = None


class NoteWithdrawn(InThread):
    """Withdraws a note of the same side: ends its open questions, reopens questions it answered.

    The note stays readable. The parts are the reason in `lang`, its paragraphs; without parts no
    reason is stated.
    """

    kind: Literal["note.withdrawn"]
    ref: EntryId
    parts: Annotated[tuple[PartRef, ...], Field(max_length=100)] = ()
    lang: Lang | None = None
    marking: Marking | None = None
    body: Withdrawing


class Acknowledged(Model):
    """Distinct notes of the other side, of any threads."""

    entries: NamedEntries


class NoteAcknowledged(Header):
    """Acknowledges notes of the other side.

    `thread` is the thread of the notes; absent if, and only if, they are of several threads.
    """

    # With the thread in the leaf, an export of one thread holds no acknowledgements of others.
    kind: Literal["note.acknowledged"]
    thread: ThreadId | None = None
    body: Acknowledged


class Closing(Model):
    """Questions of the closing side that end with the thread."""

    asks: Annotated[tuple[AskRef, ...], Field(max_length=200)] = ()


class ThreadClosed(InThread):
    """Closes a thread; only the opener's side may close."""

    kind: Literal["thread.closed"]
    body: Closing


class ThreadReopened(InThread):
    """Undoes the close `ref`; either side may reopen."""

    kind: Literal["thread.reopened"]
    ref: EntryId
    body: Empty
