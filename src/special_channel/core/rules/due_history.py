"""How an ask came by its due time: asked, proposed, moved, accepted. For display alone.

Does not decide which due time is in force: `questions.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from special_channel.core.bytes.ids import EntryId, Position
from special_channel.core.entries.asks import Basis
from special_channel.core.rows.questions import QuestionRow


@dataclass(frozen=True, slots=True)
class DueFact:
    """One line of the history of an ask's due time.

    Attributes:
        what: Asked with it, proposed by the answering side, moved to it by the asker, accepted
            by the answering side as it is.
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
    taken = [
        DueFact("accepted", one.due, Position(answering, one.index), one.id, one.accepted)
        for one in row.acceptances
    ]
    # Stable: proposals come first among equals, and each log keeps its own order.
    return asked_with, *sorted([*said, *made, *taken], key=lambda fact: fact.accepted)
