"""History of a question's due time: asked, proposed, moved, accepted. For display alfact.

Does not choose the due time in force: `questions.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from special_channel.core.bytes.ids import EntryId, Position
from special_channel.core.entries.asks import Basis
from special_channel.core.rows.questions import QuestionRow


@dataclass(frozen=True, slots=True)
class DueFact:
    """One line of the history of a question's due time.

    Attributes:
        what: `asked` with the question, `proposed` or `accepted` by the answering side, `moved` by
            the asker.
        due: The due instant.
        position: Position of the entry.
        id: Id of the entry.
        accepted: Acceptance time of the entry by its log.
        basis: Basis of a move; else empty.
        agreed: Whether a move names the proposal.
        provisional: Whether the count used days without a calendar.
        in_force: Whether the due time is in force now.
        suspended: First and last instant of the suspension in a proposal; else empty.
    """

    what: Literal["asked", "proposed", "moved", "accepted"]
    due: str
    position: Position
    id: EntryId
    accepted: str
    basis: Basis | Literal[""] = ""
    agreed: bool = False
    provisional: bool = False
    in_force: bool = False
    suspended: tuple[str, ...] = ()


def history(row: QuestionRow) -> tuple[DueFact, ...]:
    """Return the history of a due time, in the order of `accepted`.

    For display only: no rule may depend on an order across logs (rule 4).
    """
    answering, agreed = row.answering, {move.proposal for move in row.moves if move.proposal}
    first = DueFact(
        "asked",
        row.first_due,
        row.position,
        row.note,
        row.accepted,
        provisional=row.provisional,
        in_force=not row.moves,
    )
    proposals = [
        DueFact(
            "proposed",
            fact.due,
            Position(answering, fact.index),
            fact.id,
            fact.accepted,
            agreed=fact.id in agreed,
            suspended=fact.suspended,
        )
        for fact in row.proposals
    ]
    moves = [
        DueFact(
            "moved",
            fact.due,
            Position(row.asker, fact.index),
            fact.id,
            fact.accepted,
            fact.basis,
            provisional=fact.provisional,
            in_force=fact is row.moves[-1],
        )
        for fact in row.moves
    ]
    acceptances = [
        DueFact("accepted", fact.due, Position(answering, fact.index), fact.id, fact.accepted)
        for fact in row.acceptances
    ]
    # A stable sort: at equal times proposals come first, and the order of each log stays.
    return first, *sorted([*proposals, *moves, *acceptances], key=lambda fact: fact.accepted)
