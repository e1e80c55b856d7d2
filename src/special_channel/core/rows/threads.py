"""Threads and notes: rows and how entries change them.

Across logs only unions and look-ups by id, kept sorted, so arrival never matters (rule 4).
Does not hold texts, nor what was delivered or read: those are never compared.
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
class OpeningFact:
    """One opening of a thread. A second one under the same id can only be a concurrent one."""

    party: Party
    index: int
    id: EntryId
    by: KeyId
    batch: str
    applications: tuple[str, ...]
    accepted: str


@dataclass(frozen=True, slots=True)
class CloseFact:
    """One close, with the own asks that it ended."""

    party: Party
    index: int
    id: EntryId
    accepted: str


@dataclass(frozen=True, slots=True)
class ReopeningFact:
    """One reopening, of the close `close`."""

    party: Party
    index: int
    close: EntryId


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A thread. `notes_eu` and `notes_cn` count notes; `order` is the latest display order."""

    thread: ThreadId
    opened: tuple[OpeningFact, ...] = ()
    closes: tuple[CloseFact, ...] = ()
    reopened: tuple[ReopeningFact, ...] = ()
    notes_eu: int = 0
    notes_cn: int = 0
    order: int = 0

    @property
    def opening(self) -> OpeningFact:
        """The opening that names the thread: EU-142 if it stands at `eu[142]`."""
        return self.opened[0]

    @property
    def position(self) -> Position:
        """The thread's registration number."""
        return Position(self.opening.party, self.opening.index)

    def is_closed(self) -> bool:
        """Tell whether some close is not named by a reopening of either side."""
        undone = {fact.close for fact in self.reopened}
        return any(close.id not in undone for close in self.closes)

    def crossed(self, position: Position, frontier: int) -> bool:
        """Tell whether a note at `position` crossed a close: the close was not in its past."""
        past = Past(position.party, position.index, frontier)
        return any(close.party != position.party and not past.holds(close) for close in self.closes)


@dataclass(frozen=True, slots=True)
class Mark:
    """An entry about a note."""

    party: Party
    index: int
    id: EntryId
    by: KeyId
    accepted: str


@dataclass(frozen=True, slots=True)
class AnsweredQuestions:
    """Questions of one note that another note answers, each number once."""

    note: EntryId
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note and what was said about it later. `answers`: what its withdrawal reopens."""

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


_F = TypeVar("_F", bound=Fact)


def _with(facts: tuple[_F, ...], fact: _F) -> tuple[_F, ...]:
    """Add a fact, keeping the order of (index, party), so that arrival never matters."""
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
    """Open a thread."""
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
    """Close a thread."""
    fact = CloseFact(placed.position.party, placed.position.index, placed.id, placed.accepted)
    return replace(row, closes=_with(row.closes, fact))


def reopened(row: ThreadRow, placed: Placed, entry: ThreadReopened) -> ThreadRow:
    """Undo the close that the entry names."""
    fact = ReopeningFact(placed.position.party, placed.position.index, entry.ref)
    return replace(row, reopened=_with(row.reopened, fact))


def touched(row: ThreadRow, placed: Placed) -> ThreadRow:
    """Count a note and remember the latest display order: sums and maxima, so order-free."""
    is_note = placed.entry.kind == "note.posted"
    eu = 1 if placed.position.party == "eu" and is_note else 0
    cn = 1 if placed.position.party == "cn" and is_note else 0
    # Once an entry: `replace` looks each field up, in four times the time.
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
    """Make a note's row."""
    ticked = tuple(AnsweredQuestions(one.id, one.numbers()) for one in entry.answers)
    place = placed.position
    return NoteRow(placed.id, place.party, place.index, entry.thread, entry.by, answers=ticked)


def marked(
    row: NoteRow,
    placed: Placed,
    entry: NoteAcknowledged | NoteCorrected | NoteTranslated | NoteWithdrawn,
) -> NoteRow:
    """Add what an entry says about a note."""
    match entry:
        case NoteAcknowledged():
            return replace(row, acknowledged=_with(row.acknowledged, _mark(placed)))
        case NoteCorrected():
            return replace(row, corrected=_with(row.corrected, _mark(placed)))
        case NoteTranslated():
            return replace(row, translated=_with(row.translated, _mark(placed)))
        case NoteWithdrawn():  # pragma: no branch - a closed union
            return replace(row, withdrawn=_with(row.withdrawn, _mark(placed)))
