"""Asks: who is to answer by when, and what became of it (docs/rules.md, rules 10 to 16).

Does not read a clock and does not compute due times: an outcome is a function of the
record alone. How a due time came about is told by `due_history.py`.
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
"""Rule 13. `answered`: an answer stands, and its due time was only requested. `withdrawn`: the
last answer was taken back at or after the due time, and none stands; the ask is open again."""

BY_BOTH: Final[frozenset[Basis]] = frozenset({"agreed", "suspended"})
"""Bases by which both sides state a due time: the answering side proposed it."""

COUNTED: Final[frozenset[Basis]] = frozenset({"delivered-late", "calendar", "rebase"})
"""Bases by which a due time is counted anew by the ask's reply rule, where it has one."""

FOREVER: Final = 2**53
"""Larger than any log."""


@dataclass(frozen=True, slots=True)
class QuestionRow:
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
    proposals: tuple[DateProposal, ...] = ()
    moves: tuple[DueMove, ...] = ()
    passed: tuple[DuePassedFact, ...] = ()
    referred: tuple[ReferralFact, ...] = ()
    ended: tuple[int, ...] = ()
    acceptances: tuple[DueAcceptance, ...] = ()

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

    def provisional_in(self, past: Past) -> bool:
        """Tell whether the due in force in this past rests on days that no calendar covers."""
        provisional = self.provisional
        for move in self.moves:
            if past.holds(Position(self.asker, move.index)):
                provisional = move.provisional
        return provisional

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

    @property
    def is_counted(self) -> bool:
        """Whether the due in force was counted by the ask's reply rule."""
        return bool(self.rule) and (not self.moves or self.moves[-1].basis in COUNTED)

    def counted_in_force(self, past: Past) -> bool:
        """Tell whether the due in force in this past was counted by the ask's reply rule."""
        bases = [move.basis for move in self.moves if past.holds(Position(self.asker, move.index))]
        return bool(self.rule) and (not bases or bases[-1] in COUNTED)

    @property
    def is_agreed(self) -> bool:
        """Whether the due in force can pass: counted by a reply rule, or accepted (rule 11).

        Otherwise the asker alone chose it: it is requested.
        """
        return self._agreed(self.due, lambda _: True)

    def agreed_in(self, past: Past, due: str) -> bool:
        """Tell whether this past shows a due time as agreed."""
        return self._agreed(due, past.holds)

    def named_by_both_in(self, past: Past, due: str) -> bool:
        """Tell whether the answering side itself named this due time in this past."""
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
        # By the due time, not by the order of entries: logs don't tell which came first.
        moved = any(
            move.due == due and move.basis in BY_BOTH and holds(Position(self.asker, move.index))
            for move in self.moves
        )
        said = [(fact.index, fact.due, fact.accepted) for fact in self.proposals]
        said += [(fact.index, fact.due, fact.accepted) for fact in self.acceptances]
        return moved or any(
            named == due and accepted < due and holds(Position(self.answering, index))
            for index, named, accepted in said
        )

    def stands_at(self, size: int) -> bool:
        """Tell whether an answer stands in the first `size` entries of the answering log."""
        return any(answer.stands_at(size) for answer in self.answers)

    def answered_in(self, past: Past) -> bool:
        """Tell whether an answer stands in this past."""
        return self.stands_at(past.size(self.answering))

    def withdrawn_in(self, past: Past, due: str) -> WithdrawalFact | None:
        """Return the last withdrawal of an answer in this past, if it is not before `due`."""
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
        """The answer since which one has stood without a break, or None: none stands.

        A better answer given before the first is withdrawn does not make the reply late.
        """
        since: Answer | None = None
        until = 0  # the size of the answering log up to which an answer stands
        for answer in self.answers:
            if since is None or answer.index >= until:
                since, until = answer, 0
            end = answer.withdrawn.index if answer.withdrawn is not None else FOREVER
            until = max(until, end)
        return since if until == FOREVER else None

    @property
    def taken_back(self) -> tuple[Answer, WithdrawalFact] | None:
        """The answer that was withdrawn last, and its withdrawal; None while one stands."""
        gone = [
            (answer, answer.withdrawn) for answer in self.answers if answer.withdrawn is not None
        ]
        if not gone or self.answer is not None:
            return None
        return max(gone, key=lambda pair: pair[1].index)

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
        return self.answer is None and not self.ended

    def outcome(self) -> Outcome:
        """Decide by rule 13's table, from the record alone."""
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
        late = any(gone.accepted >= self.due for gone in self._withdrawals())
        return "withdrawn" if late else "open"


def _answered(answer: Answer, due: str, fact: DuePassedFact | None) -> Outcome:
    late = answer.accepted >= due
    if fact is None:
        return "late" if late else "in-time"
    covered = answer.frontier > fact.index
    return "late" if covered or fact.confirmed or late else "crossed"


def suspensions(row: QuestionRow) -> tuple[Suspension, ...]:
    """Return the spans in which both sides agreed that the clock does not run."""
    agreed = {move.proposal for move in row.moves if move.basis == "suspended"}
    return tuple(
        Suspension(*(instant(text) for text in one.suspended))
        for one in row.proposals
        if one.suspended and one.id in agreed
    )


def asked(placed: Placed, entry: NotePosted, ask: Ask) -> QuestionRow:
    """Make the row of one question of a note."""
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
    """Tick the ask off."""
    answer = Answer(placed.position.index, placed.frontier, placed.accepted, placed.id)
    return replace(row, answers=(*row.answers, answer))


def taken_back(row: QuestionRow, placed: Placed, note: EntryId) -> QuestionRow:
    """Withdraw what the note `note` answered. Only the first withdrawal counts."""
    fact = WithdrawalFact(placed.position.index, placed.accepted, placed.id)
    answers = tuple(
        replace(answer, withdrawn=fact)
        if answer.id == note and answer.withdrawn is None
        else answer
        for answer in row.answers
    )
    return replace(row, answers=answers)


def proposed(row: QuestionRow, placed: Placed, entry: DateProposed) -> QuestionRow:
    """Add a counter-proposed date."""
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
    """Move the due time; of the answering side, keep that it accepts the one in force."""
    body = entry.body
    if placed.position.party == row.answering:
        said = DueAcceptance(placed.position.index, body.due, placed.accepted, placed.id)
        return replace(row, acceptances=(*row.acceptances, said))
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
    """Record that the due time passed; `head` is the stamped head's (time, size), or zeros."""
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
    """Record that somebody took it across."""
    return replace(
        row, referred=(*row.referred, ReferralFact(placed.position.index, level, placed.id))
    )


def ended(row: QuestionRow, placed: Placed) -> QuestionRow:
    """End the ask: withdrawn, or listed in a close."""
    return replace(row, ended=(*row.ended, placed.position.index))
