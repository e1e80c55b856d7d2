"""Asks: who is to answer by when, and what became of it (rules 10 to 16).

Does not read a clock and does not compute due times: an outcome is a function of the
record alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from special_channel.core.entries import (
    Ask,
    DateProposed,
    DeadlineMoved,
    DeadlinePassed,
    NotePosted,
)
from special_channel.core.entries.asks import Basis
from special_channel.core.ids import (
    Digest,
    EntryId,
    Party,
    Position,
    QuestionNumber,
    ThreadId,
    peer_of,
)
from special_channel.core.past import Past, Placed
from special_channel.core.times import posix

Outcome = Literal[
    "open", "unanswered-confirmed", "unanswered-unconfirmed", "in-time", "late", "crossed", "ended"
]


@dataclass(frozen=True, slots=True)
class Answer:
    """An entry of the answering log that ticks the ask off."""

    index: int
    frontier: int
    accepted: str
    id: EntryId


@dataclass(frozen=True, slots=True)
class Proposed:
    """Another date, proposed by the answering side."""

    index: int
    due: str
    id: EntryId


@dataclass(frozen=True, slots=True)
class Moved:
    """A new due instant, by the asker."""

    index: int
    due: str
    basis: Basis
    id: EntryId


@dataclass(frozen=True, slots=True)
class Passed:
    """A `deadline.passed` of the asker's log.

    `confirmed`: the answering side's own stamped head is at or after the due time.
    `heard`: size of the answering log that the entry's head names, 0 if absent.
    """

    index: int
    due: str
    fired: str
    confirmed: bool
    heard: int
    id: EntryId


@dataclass(frozen=True, slots=True)
class Referred:
    """A named person took the ask across to a level."""

    index: int
    level: str
    id: EntryId


@dataclass(frozen=True, slots=True)
class AskRow:
    """One ask. Facts of each log are kept in the order of that log's index."""

    note: EntryId
    q: QuestionNumber
    asker: Party
    index: int
    thread: ThreadId
    first_due: str
    accepted: str
    charter: Digest
    rule: str = ""
    calendar: str = ""
    provisional: bool = False
    part: int = -1
    answers: tuple[Answer, ...] = ()
    proposals: tuple[Proposed, ...] = ()
    moves: tuple[Moved, ...] = ()
    passed: tuple[Passed, ...] = ()
    referred: tuple[Referred, ...] = ()
    ended: tuple[int, ...] = ()

    @property
    def answering(self) -> Party:
        """The side that is to answer."""
        return peer_of(self.asker)

    @property
    def position(self) -> Position:
        """The asking note's position."""
        return Position(self.asker, self.index)

    @property
    def due(self) -> str:
        """The due instant in force: the asker's last move, else the ask's own."""
        return self.moves[-1].due if self.moves else self.first_due

    def due_in(self, past: Past) -> str:
        """The due instant in force in this past."""
        due = self.first_due
        for move in self.moves:
            if past.holds(Position(self.asker, move.index)):
                due = move.due
        return due

    def answered_in(self, past: Past) -> bool:
        """Tell whether this past holds an answer."""
        return any(past.holds(Position(self.answering, answer.index)) for answer in self.answers)

    def ended_in(self, past: Past) -> bool:
        """Tell whether this past holds a withdrawal, or a close that lists the ask."""
        return any(past.holds(Position(self.asker, index)) for index in self.ended)

    def passed_in(self, past: Past, due: str) -> bool:
        """Tell whether this past holds a `deadline.passed` for that due."""
        return any(
            fact.due == due and past.holds(Position(self.asker, fact.index)) for fact in self.passed
        )

    @property
    def is_open(self) -> bool:
        """Whether an answer is still awaited."""
        return not self.answers and not self.ended

    def outcome(self) -> Outcome:
        """Decide by rule 13's table, from the record alone."""
        fact = next((fact for fact in self.passed if fact.due == self.due), None)
        if not self.answers:
            if fact is None:
                return "ended" if self.ended else "open"
            return "unanswered-confirmed" if fact.confirmed else "unanswered-unconfirmed"
        return _answered(self.answers[0], self.due, fact)


def _answered(answer: Answer, due: str, fact: Passed | None) -> Outcome:
    late = answer.accepted >= due
    if fact is None:
        return "late" if late else "in-time"
    covered = answer.frontier > fact.index
    return "late" if covered or fact.confirmed or late else "crossed"


def asked(placed: Placed, entry: NotePosted, ask: Ask) -> AskRow:
    """Make the row of one question of a note."""
    return AskRow(
        note=placed.id,
        q=ask.q,
        asker=placed.position.party,
        index=placed.position.index,
        thread=entry.thread,
        first_due=ask.due,
        accepted=placed.accepted,
        charter=ask.charter,
        rule=ask.rule or "",
        calendar=ask.calendar or "",
        provisional=ask.provisional,
        part=-1 if ask.part is None else ask.part,
    )


def answered(row: AskRow, placed: Placed) -> AskRow:
    """Tick the ask off."""
    answer = Answer(placed.position.index, placed.frontier, placed.accepted, placed.id)
    return replace(row, answers=(*row.answers, answer))


def proposed(row: AskRow, placed: Placed, entry: DateProposed) -> AskRow:
    """Add a counter-proposed date."""
    fact = Proposed(placed.position.index, entry.body.due, placed.id)
    return replace(row, proposals=(*row.proposals, fact))


def moved(row: AskRow, placed: Placed, entry: DeadlineMoved) -> AskRow:
    """Move the due time."""
    fact = Moved(placed.position.index, entry.body.due, entry.body.basis, placed.id)
    return replace(row, moves=(*row.moves, fact))


def passed(row: AskRow, placed: Placed, entry: DeadlinePassed, head: tuple[int, int]) -> AskRow:
    """Record that the due time passed; `head` is the stamped head's (time, size), or zeros."""
    fact = Passed(
        index=placed.position.index,
        due=entry.body.due,
        fired=entry.body.fired,
        confirmed=head[0] >= posix(entry.body.due),
        heard=head[1],
        id=placed.id,
    )
    return replace(row, passed=(*row.passed, fact))


def referred(row: AskRow, placed: Placed, level: str) -> AskRow:
    """Record that somebody took it across."""
    return replace(row, referred=(*row.referred, Referred(placed.position.index, level, placed.id)))


def ended(row: AskRow, placed: Placed) -> AskRow:
    """End the ask: withdrawn, or listed in a close."""
    return replace(row, ended=(*row.ended, placed.position.index))
