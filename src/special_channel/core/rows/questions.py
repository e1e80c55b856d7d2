"""Questions: answering side, due time, answers and outcome (docs/rules.md, rules 10 to 16).

The outcome is a function of the record alone. Does not read a clock or count due times. The
history of a due time is in `due_history.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from special_channel.core.bytes.ids import (
    Digest,
    EntryId,
    Party,
    Position,
    QuestionNumber,
    ThreadId,
    peer_of,
)
from special_channel.core.bytes.times import instant, posix
from special_channel.core.entries import (
    Ask,
    DateProposed,
    DeadlineMoved,
    DeadlinePassed,
    NotePosted,
)
from special_channel.core.entries.asks import Basis
from special_channel.core.rows.past import Past, Placed
from special_channel.core.rows.question_facts import (
    Answer,
    DateProposal,
    DueAcceptance,
    DueMove,
    DuePassedFact,
    ReferralFact,
    WithdrawalFact,
)
from special_channel.core.time.due import Suspension

Outcome = Literal[
    "open",
    "unanswered-confirmed",
    "unanswered-unconfirmed",
    "in-time",
    "late",
    "crossed",
    "answered",
    "withdrawn",
    "ended",
]
"""Rule 13. `answered`: answered, with a due time that was only requested. `withdrawn`: open again,
since the last answer was withdrawn at or after the due time."""

BY_BOTH: Final[frozenset[Basis]] = frozenset({"agreed", "suspended"})
"""Bases of a due time stated by both sides, after the answering side's proposal."""

COUNTED: Final[frozenset[Basis]] = frozenset({"delivered-late", "calendar", "rebase"})
"""Bases of a recount by the question's reply rule."""

FOREVER: Final = 2**53
"""An index larger than any log."""


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question. Facts from a log are in the order of the log's index."""

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
    proposals: tuple[DateProposal, ...] = ()
    moves: tuple[DueMove, ...] = ()
    passed: tuple[DuePassedFact, ...] = ()
    referred: tuple[ReferralFact, ...] = ()
    ended: tuple[int, ...] = ()
    acceptances: tuple[DueAcceptance, ...] = ()

    @property
    def answering(self) -> Party:
        """The side to answer."""
        return peer_of(self.asker)

    @property
    def position(self) -> Position:
        """Position of the asking note."""
        return Position(self.asker, self.index)

    @property
    def due(self) -> str:
        """Due time in force: the asker's last move, else the question's own."""
        return self.moves[-1].due if self.moves else self.first_due

    @property
    def is_provisional(self) -> bool:
        """Whether the due time in force used days without a calendar; if so, it can't pass."""
        return self.moves[-1].provisional if self.moves else self.provisional

    def provisional_in(self, past: Past) -> bool:
        """Return whether the due time in force in a past used days without a calendar."""
        provisional = self.provisional
        for move in self.moves:
            if past.holds(Position(self.asker, move.index)):
                provisional = move.provisional
        return provisional

    @property
    def counted_by(self) -> tuple[str, str]:
        """Digests of charter and calendar in the count of the due time in force."""
        named = next((move for move in reversed(self.moves) if move.charter), None)
        return (named.charter, named.calendar) if named else (self.charter, self.calendar)

    def due_in(self, past: Past) -> str:
        """Return the due time in force in a past."""
        due = self.first_due
        for move in self.moves:
            if past.holds(Position(self.asker, move.index)):
                due = move.due
        return due

    def counted_in(self, past: Past) -> str:
        """Return the digest of the charter in the count of the due time in force in a past."""
        charter = self.charter
        for move in self.moves:
            if move.charter and past.holds(Position(self.asker, move.index)):
                charter = move.charter
        return charter

    @property
    def is_counted(self) -> bool:
        """Whether the due time in force was counted by the question's reply rule."""
        return bool(self.rule) and (not self.moves or self.moves[-1].basis in COUNTED)

    def counted_in_force(self, past: Past) -> bool:
        """Return whether the due time in force in a past was counted by the reply rule."""
        bases = [move.basis for move in self.moves if past.holds(Position(self.asker, move.index))]
        return bool(self.rule) and (not bases or bases[-1] in COUNTED)

    @property
    def is_agreed(self) -> bool:
        """Whether the due time in force can pass: counted by a reply rule, or accepted (rule 11).

        Otherwise the due time is only requested by the asker.
        """
        return self._agreed(self.due, lambda _: True)

    def agreed_in(self, past: Past, due: str) -> bool:
        """Return whether a due time was agreed in a past."""
        return self._agreed(due, past.holds)

    def named_by_both_in(self, past: Past, due: str) -> bool:
        """Return whether the answering side proposed or accepted a due time in a past."""
        return self._named_by_both(due, past.holds)

    def _agreed(self, due: str, holds: Callable[[Position], bool]) -> bool:
        if self.rule and due == self.first_due:
            return True
        counted = bool(self.rule) and any(
            move.due == due and move.basis in COUNTED and holds(Position(self.asker, move.index))
            for move in self.moves
        )
        return counted or self._named_by_both(due, holds)

    def _named_by_both(self, due: str, holds: Callable[[Position], bool]) -> bool:
        # Compare due times, not the order of entries, which two logs don't define.
        moved = any(
            move.due == due and move.basis in BY_BOTH and holds(Position(self.asker, move.index))
            for move in self.moves
        )
        dates = [(fact.index, fact.due, fact.accepted) for fact in self.proposals]
        dates += [(fact.index, fact.due, fact.accepted) for fact in self.acceptances]
        return moved or any(
            named == due and accepted < due and holds(Position(self.answering, index))
            for index, named, accepted in dates
        )

    def stands_at(self, size: int) -> bool:
        """Return whether the first `size` entries of the answering log leave an answer standing."""
        return any(answer.stands_at(size) for answer in self.answers)

    def answered_in(self, past: Past) -> bool:
        """Return whether an answer stands in a past."""
        return self.stands_at(past.size(self.answering))

    def withdrawn_in(self, past: Past, due: str) -> WithdrawalFact | None:
        """Return the last withdrawal of an answer in a past, at or after `due`, if any."""
        size = past.size(self.answering)
        return max(
            (fact for fact in self._withdrawals() if fact.index < size and fact.accepted >= due),
            key=lambda fact: fact.index,
            default=None,
        )

    def _withdrawals(self) -> tuple[WithdrawalFact, ...]:
        return tuple(answer.withdrawn for answer in self.answers if answer.withdrawn is not None)

    @property
    def answer(self) -> Answer | None:
        """Start of the current unbroken series of answers; None if no answer stands.

        A second answer before the withdrawal of the first does not make the reply late.
        """
        since: Answer | None = None
        until = 0  # size of the answering log up to which an answer stands
        for answer in self.answers:
            if since is None or answer.index >= until:
                since, until = answer, 0
            end = answer.withdrawn.index if answer.withdrawn is not None else FOREVER
            until = max(until, end)
        return since if until == FOREVER else None

    @property
    def taken_back(self) -> tuple[Answer, WithdrawalFact] | None:
        """The last withdrawn answer with its withdrawal; None while an answer stands."""
        pairs = [
            (answer, answer.withdrawn) for answer in self.answers if answer.withdrawn is not None
        ]
        if not pairs or self.answer is not None:
            return None
        return max(pairs, key=lambda pair: pair[1].index)

    def ended_in(self, past: Past) -> bool:
        """Return whether a past holds the note's withdrawal, or a close that lists the question."""
        return any(past.holds(Position(self.asker, index)) for index in self.ended)

    def passed_in(self, past: Past, due: str) -> bool:
        """Return whether a past holds a `deadline.passed` for a due time."""
        return any(
            fact.due == due and past.holds(Position(self.asker, fact.index)) for fact in self.passed
        )

    @property
    def is_open(self) -> bool:
        """Whether the question still waits for an answer."""
        return self.answer is None and not self.ended

    def outcome(self) -> Outcome:
        """Return the outcome by rule 13's table, from the record alone."""
        fact = next((fact for fact in self.passed if fact.due == self.due), None)
        answer = self.answer
        if answer is None:
            return self._unanswered(fact)
        if fact is None and not self.is_agreed:
            return "answered"
        return _answered(answer, self.due, fact)

    def _unanswered(self, fact: DuePassedFact | None) -> Outcome:
        if fact is not None:
            return "unanswered-confirmed" if fact.confirmed else "unanswered-unconfirmed"
        if self.ended:
            return "ended"
        late = any(fact.accepted >= self.due for fact in self._withdrawals())
        return "withdrawn" if late else "open"


def _answered(answer: Answer, due: str, fact: DuePassedFact | None) -> Outcome:
    late = answer.accepted >= due
    if fact is None:
        return "late" if late else "in-time"
    covered = answer.frontier > fact.index
    return "late" if covered or fact.confirmed or late else "crossed"


def suspensions(row: QuestionRow) -> tuple[Suspension, ...]:
    """Return the spans in which both sides agreed to suspend the clock."""
    agreed = {move.proposal for move in row.moves if move.basis == "suspended"}
    return tuple(
        Suspension(*(instant(text) for text in fact.suspended))
        for fact in row.proposals
        if fact.suspended and fact.id in agreed
    )


def asked(placed: Placed, entry: NotePosted, ask: Ask) -> QuestionRow:
    """Return the row of a note's question."""
    return QuestionRow(
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


def answered(row: QuestionRow, placed: Placed) -> QuestionRow:
    """Add an answer to a question."""
    answer = Answer(placed.position.index, placed.frontier, placed.accepted, placed.id)
    return replace(row, answers=(*row.answers, answer))


def taken_back(row: QuestionRow, placed: Placed, note: EntryId) -> QuestionRow:
    """Withdraw the answer by note `note`. Later withdrawals have no effect."""
    fact = WithdrawalFact(placed.position.index, placed.accepted, placed.id)
    answers = tuple(
        replace(answer, withdrawn=fact)
        if answer.id == note and answer.withdrawn is None
        else answer
        for answer in row.answers
    )
    return replace(row, answers=answers)


def proposed(row: QuestionRow, placed: Placed, entry: DateProposed) -> QuestionRow:
    """Add the answering side's proposal of a due time."""
    span = entry.body.suspended
    fact = DateProposal(
        index=placed.position.index,
        due=entry.body.due,
        id=placed.id,
        accepted=placed.accepted,
        suspended=(span.first, span.last) if span else (),
    )
    return replace(row, proposals=(*row.proposals, fact))


def moved(row: QuestionRow, placed: Placed, entry: DeadlineMoved) -> QuestionRow:
    """Add the asker's move of the due time, or the answering side's acceptance of the due time."""
    body = entry.body
    if placed.position.party == row.answering:
        acceptance = DueAcceptance(placed.position.index, body.due, placed.accepted, placed.id)
        return replace(row, acceptances=(*row.acceptances, acceptance))
    fact = DueMove(
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


def passed(
    row: QuestionRow, placed: Placed, entry: DeadlinePassed, head: tuple[int, int]
) -> QuestionRow:
    """Add a passed due time. `head`: POSIX time and size of the stamped head, or zeros."""
    fact = DuePassedFact(
        index=placed.position.index,
        due=entry.body.due,
        fired=entry.body.fired,
        confirmed=head[0] >= posix(entry.body.due),
        heard=head[1],
        id=placed.id,
    )
    return replace(row, passed=(*row.passed, fact))


def referred(row: QuestionRow, placed: Placed, level: str) -> QuestionRow:
    """Add a referral to a level."""
    return replace(
        row, referred=(*row.referred, ReferralFact(placed.position.index, level, placed.id))
    )


def ended(row: QuestionRow, placed: Placed) -> QuestionRow:
    """End a question, by withdrawal of its note or by a close."""
    return replace(row, ended=(*row.ended, placed.position.index))
