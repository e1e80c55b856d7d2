"""Threads and notes: rows, and changes by entries.

Across logs only sorted unions and lookups by id, so the order of arrival has no effect (rule 4).
Does not hold texts, delivery or reading, since nodes don't compare them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from special_channel.core.bytes.ids import EntryId, KeyId, Party, Position, ThreadId
from special_channel.core.entries import (
    NoteAcknowledged,
    NoteCorrected,
    NotePosted,
    NoteTranslated,
    NoteWithdrawn,
    ThreadOpened,
    ThreadReopened,
)
from special_channel.core.rows.past import Fact, Past, Placed


@dataclass(frozen=True, slots=True)
class Mark:
    """An entry that refers to a note or to an opening."""

    party: Party
    index: int
    id: EntryId
    by: KeyId
    accepted: str


@dataclass(frozen=True, slots=True)
class OpeningFact:
    """One opening of a thread. Several openings of an id are concurrent, from both sides.

    `translated`: later translations of its subject.
    """

    party: Party
    index: int
    id: EntryId
    by: KeyId
    batch: str
    applications: tuple[str, ...]
    accepted: str
    translated: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class CloseFact:
    """One close of a thread."""

    party: Party
    index: int
    id: EntryId
    accepted: str


@dataclass(frozen=True, slots=True)
class ReopeningFact:
    """One reopening. `close`: id of the close undone."""

    party: Party
    index: int
    close: EntryId


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A thread. `notes_eu`, `notes_cn`: numbers of notes. `order`: latest display order."""

    thread: ThreadId
    opened: tuple[OpeningFact, ...] = ()
    closes: tuple[CloseFact, ...] = ()
    reopened: tuple[ReopeningFact, ...] = ()
    notes_eu: int = 0
    notes_cn: int = 0
    order: int = 0

    @property
    def opening(self) -> OpeningFact:
        """The opening that numbers the thread: EU-142 for an opening at `eu[142]`."""
        return self.opened[0]

    @property
    def position(self) -> Position:
        """The thread's registration number."""
        return Position(self.opening.party, self.opening.index)

    def is_closed(self) -> bool:
        """Return whether any close lacks a reopening by either side."""
        reopened = {fact.close for fact in self.reopened}
        return any(close.id not in reopened for close in self.closes)

    def crossed(self, position: Position, frontier: int) -> bool:
        """Return whether the other side's close was not in the past of a note at `position`."""
        past = Past(position.party, position.index, frontier)
        return any(close.party != position.party and not past.holds(close) for close in self.closes)


@dataclass(frozen=True, slots=True)
class AnsweredQuestions:
    """Questions of one note that another note answers; numbers without duplicates."""

    note: EntryId
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note with later entries about the note. `answers`: questions to reopen on withdrawal."""

    note: EntryId
    party: Party
    index: int
    thread: ThreadId
    by: KeyId
    acknowledged: tuple[Mark, ...] = ()
    corrected: tuple[Mark, ...] = ()
    translated: tuple[Mark, ...] = ()
    withdrawn: tuple[Mark, ...] = ()
    answers: tuple[AnsweredQuestions, ...] = ()


@dataclass(frozen=True, slots=True)
class MentionRow:
    """A thread of which an entry without a thread names notes. `order`: display order (rule 5)."""

    thread: ThreadId
    party: Party
    index: int
    id: EntryId
    by: KeyId
    order: int


_F = TypeVar("_F", bound=Fact)


def _with(facts: tuple[_F, ...], fact: _F) -> tuple[_F, ...]:
    """Insert a fact in the order of (index, party), independent of arrival."""
    return tuple(sorted((*facts, fact), key=lambda fact: (fact.index, fact.party)))


def _mark(placed: Placed) -> Mark:
    return Mark(
        placed.position.party,
        placed.position.index,
        placed.id,
        placed.entry.by,
        placed.accepted,
    )


def opened(row: ThreadRow | None, placed: Placed, entry: ThreadOpened) -> ThreadRow:
    """Add an opening to a new or concurrently opened thread."""
    row = row or ThreadRow(entry.thread)
    fact = OpeningFact(
        party=placed.position.party,
        index=placed.position.index,
        id=placed.id,
        by=entry.by,
        batch=entry.body.batch,
        applications=entry.body.applications,
        accepted=placed.accepted,
    )
    return replace(row, opened=_with(row.opened, fact), order=max(row.order, placed.order))


def closed(row: ThreadRow, placed: Placed) -> ThreadRow:
    """Add a close to a thread."""
    fact = CloseFact(placed.position.party, placed.position.index, placed.id, placed.accepted)
    return replace(row, closes=_with(row.closes, fact))


def reopened(row: ThreadRow, placed: Placed, entry: ThreadReopened) -> ThreadRow:
    """Add a reopening to a thread."""
    fact = ReopeningFact(placed.position.party, placed.position.index, entry.ref)
    return replace(row, reopened=_with(row.reopened, fact))


def subject_translated(row: ThreadRow, placed: Placed, opening: EntryId) -> ThreadRow:
    """Add a later translation to one of a thread's openings."""
    opened = (
        replace(fact, translated=_with(fact.translated, _mark(placed)))
        if fact.id == opening
        else fact
        for fact in row.opened
    )
    return replace(row, opened=tuple(opened))


def touched(row: ThreadRow, placed: Placed) -> ThreadRow:
    """Count a note and update the latest display order."""
    # Sums and maxima do not depend on the order of arrival.
    is_note = placed.entry.kind == "note.posted"
    eu = 1 if placed.position.party == "eu" and is_note else 0
    cn = 1 if placed.position.party == "cn" and is_note else 0
    # Runs for every entry; `replace` looks up every field and takes four times as long.
    return ThreadRow(
        row.thread,
        row.opened,
        row.closes,
        row.reopened,
        row.notes_eu + eu,
        row.notes_cn + cn,
        max(row.order, placed.order),
    )


def posted(placed: Placed, entry: NotePosted) -> NoteRow:
    """Return the row of a note."""
    answers = tuple(AnsweredQuestions(each.id, each.numbers()) for each in entry.answers)
    place = placed.position
    return NoteRow(placed.id, place.party, place.index, entry.thread, entry.by, answers=answers)


def mentioned(thread: ThreadId, placed: Placed) -> MentionRow:
    """Return the row by which a thread lists an entry without a thread."""
    place, by = placed.position, placed.entry.by
    return MentionRow(thread, place.party, place.index, placed.id, by, placed.order)


def marked(
    row: NoteRow,
    placed: Placed,
    entry: NoteAcknowledged | NoteCorrected | NoteTranslated | NoteWithdrawn,
) -> NoteRow:
    """Add an acknowledgement, correction, translation or withdrawal to a note."""
    match entry:
        case NoteAcknowledged():
            return replace(row, acknowledged=_with(row.acknowledged, _mark(placed)))
        case NoteCorrected():
            return replace(row, corrected=_with(row.corrected, _mark(placed)))
        case NoteTranslated():
            return replace(row, translated=_with(row.translated, _mark(placed)))
        case NoteWithdrawn():  # pragma: no branch - a closed union
            return replace(row, withdrawn=_with(row.withdrawn, _mark(placed)))
