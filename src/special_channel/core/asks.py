"""Asks: who is to answer by when, and what became of it (rules 10 to 16).

Does not read a clock and does not compute due times: an outcome is a function of the
record alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from special_channel.core.due import Suspension
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
from special_channel.core.times import instant, posix

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
    """Another date, proposed by the answering side.

    `suspended`: first and last instant of the span in which it asks that the clock not
    run; empty, if none.
    """

    index: int
    due: str
    id: EntryId
    accepted: str = ""
    suspended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """A new due instant, by the asker.

    `proposal`: the proposal agreed to. `charter`, `calendar`: what it was counted by,
    where that is not what the ask names. Each is empty where absent.
    """

    index: int
    due: str
    basis: Basis
    id: EntryId
    accepted: str = ""
    proposal: str = ""
    charter: str = ""
    calendar: str = ""
    provisional: bool = False


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

    @property
    def is_provisional(self) -> bool:
        """Whether the due in force rests on days that no calendar covers: it does not fire."""
        return self.moves[-1].provisional if self.moves else self.provisional

    @property
    def counted_by(self) -> tuple[str, str]:
        """The digests of the charter and calendar by which the due in force was counted."""
        named = next((move for move in reversed(self.moves) if move.charter), None)
        return (named.charter, named.calendar) if named else (self.charter, self.calendar)

    def due_in(self, past: Past) -> str:
        """The due instant in force in this past."""
        due = self.first_due
        for move in self.moves:
            if past.holds(Position(self.asker, move.index)):
                due = move.due
        return due

    def counted_in(self, past: Past) -> str:
        """The digest of the charter by which the due in force in this past was counted."""
        charter = self.charter
        for move in self.moves:
            if move.charter and past.holds(Position(self.asker, move.index)):
                charter = move.charter
        return charter

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


@dataclass(frozen=True, slots=True)
class DueFact:
    """One line of the history of an ask's due time.

    Attributes:
        what: Asked with it, proposed by the answering side, moved to it by the asker.
        due: The instant.
        position: The entry that says so.
        id: Its id.
        accepted: When its log took it in.
        basis: Of a move; empty otherwise.
        agreed: Of a proposal: whether a move names it.
        provisional: It rests on days that no calendar covered then.
        in_force: Whether it is the due time now.
        suspended: Of a proposal: from when to when the clock should not run.
    """

    what: Literal["asked", "proposed", "moved"]
    due: str
    position: Position
    id: EntryId
    accepted: str
    basis: Basis | Literal[""] = ""
    agreed: bool = False
    provisional: bool = False
    in_force: bool = False
    suspended: tuple[str, ...] = ()


def history(row: AskRow) -> tuple[DueFact, ...]:
    """Tell how an ask came by its due time, in the order of `accepted`, moves after proposals.

    For display: nothing else may rest on an order across logs (rule 4).
    """
    answering, agreed = row.answering, {move.proposal for move in row.moves if move.proposal}
    asked_with = DueFact(
        "asked",
        row.first_due,
        row.position,
        row.note,
        row.accepted,
        provisional=row.provisional,
        in_force=not row.moves,
    )
    said = [
        DueFact(
            "proposed",
            one.due,
            Position(answering, one.index),
            one.id,
            one.accepted,
            agreed=one.id in agreed,
            suspended=one.suspended,
        )
        for one in row.proposals
    ]
    made = [
        DueFact(
            "moved",
            one.due,
            Position(row.asker, one.index),
            one.id,
            one.accepted,
            one.basis,
            provisional=one.provisional,
            in_force=one is row.moves[-1],
        )
        for one in row.moves
    ]
    # Stable: proposals come first among equals, and each log keeps its own order.
    return asked_with, *sorted([*said, *made], key=lambda fact: fact.accepted)


def suspensions(row: AskRow) -> tuple[Suspension, ...]:
    """Return the spans in which both sides agreed that the clock does not run."""
    agreed = {move.proposal for move in row.moves if move.basis == "suspended"}
    return tuple(
        Suspension(*(instant(text) for text in one.suspended))
        for one in row.proposals
        if one.suspended and one.id in agreed
    )


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
    span = entry.body.suspended
    fact = Proposed(
        index=placed.position.index,
        due=entry.body.due,
        id=placed.id,
        accepted=placed.accepted,
        suspended=(span.first, span.last) if span else (),
    )
    return replace(row, proposals=(*row.proposals, fact))


def moved(row: AskRow, placed: Placed, entry: DeadlineMoved) -> AskRow:
    """Move the due time."""
    body = entry.body
    fact = Moved(
        index=placed.position.index,
        due=body.due,
        basis=body.basis,
        id=placed.id,
        accepted=placed.accepted,
        proposal=body.proposal or "",
        charter=body.charter or "",
        calendar=body.calendar or "",
        provisional=body.provisional,
    )
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
