"""What moving and passing a due time ask of the past (rules 11 and 12).

Does not read a clock: the evidence is signed notes inside the entry.
"""

from __future__ import annotations

from special_channel.core.asks import AskRow
from special_channel.core.checkpoint import Checkpoint, cosigned_at, verify
from special_channel.core.court import Court
from special_channel.core.directory import PartyRow
from special_channel.core.entries import DeadlineMoved, DeadlinePassed
from special_channel.core.errors import ChannelError, NotAllowed, RuleBroken
from special_channel.core.ids import Party, Position
from special_channel.core.note import Note, VerifierKey
from special_channel.core.past import Past
from special_channel.core.times import posix


def judge_moved(entry: DeadlineMoved, past: Past, ask: AskRow) -> None:
    """Refuse a move that is not the asker's, or shortens without the other side's proposal.

    Raises:
        NotAllowed: `owner`.
        RuleBroken: `reference`, `deadline-earlier`, `deadline-proposal`.
    """
    if ask.asker != past.party:
        raise NotAllowed("owner", "The asker moves the due time.")
    proposed = {
        fact.id: fact.due
        for fact in ask.proposals
        if past.holds(Position(ask.answering, fact.index))
    }
    if entry.body.basis == "agreed" and proposed.get(entry.body.proposal or "") != entry.body.due:
        raise RuleBroken("deadline-proposal", "No proposal by the other side has this date.")
    # An earlier due needs a proposal by the answering side in the past (rule 12).
    if entry.body.due < ask.due_in(past) and entry.body.due not in proposed.values():
        raise RuleBroken("deadline-earlier", "An earlier date needs the other side's proposal.")


def judge_passed(entry: DeadlinePassed, past: Past, court: Court, ask: AskRow) -> None:
    """Refuse a `deadline.passed` that its own evidence does not carry (rule 11).

    Raises:
        NotAllowed: `owner`.
        RuleBroken: `deadline-answered`, `deadline-ended`, `deadline-known`, `deadline-due`,
            `deadline-early`, `deadline-delivered`, `deadline-head`.
    """
    # 1 The waiting side writes it (rule 15).
    if ask.asker != past.party:
        raise NotAllowed("owner", "The waiting side states that a due time passed.")
    # 2 For the due in force, once, and not before it.
    if entry.body.due != ask.due_in(past):
        raise RuleBroken("deadline-due", "Another due time is in force.")
    if ask.passed_in(past, entry.body.due):
        raise RuleBroken("deadline-known", "It is already stated for this due time.")
    if entry.body.fired < entry.body.due:
        raise RuleBroken("deadline-early", "The due time had not come.")
    # 3 Nothing in the past that ends the waiting.
    if ask.answered_in(past):
        raise RuleBroken("deadline-answered", "An answer had arrived.")
    if ask.ended_in(past):
        raise RuleBroken("deadline-ended", "The question was withdrawn or closed.")
    # 4 The ask had been delivered before due.
    _judge_delivered(entry, past, court, ask)
    # 5 The answering log's stamped head is one that the past holds.
    if entry.body.head is not None:
        _judge_head(entry.body.head, past, court, ask.answering)


def _judge_delivered(entry: DeadlinePassed, past: Past, court: Court, ask: AskRow) -> None:
    try:
        checkpoint = _checkpoint(entry.body.delivered, court, ask.asker)
        time = cosigned_at(Note.parse(entry.body.delivered), _cosigning(court, ask.answering))
    except ChannelError as error:
        raise RuleBroken("deadline-delivered", "The proof of delivery does not hold.") from error
    if not ask.index < checkpoint.size <= past.index or time >= posix(entry.body.due):
        raise RuleBroken(
            "deadline-delivered", "The question was not delivered before its due time."
        )


def _judge_head(head: str, past: Past, court: Court, answering: Party) -> None:
    try:
        checkpoint = _checkpoint(head, court, answering)
        cosigned_at(Note.parse(head), _cosigning(court, answering))
    except ChannelError as error:
        raise RuleBroken("deadline-head", "The stamped head does not hold.") from error
    if checkpoint.size > past.frontier:
        raise RuleBroken("deadline-head", "The stamped head is beyond the past.")


def _checkpoint(text: str, court: Court, party: Party) -> Checkpoint:
    row = _party(court, party)
    checkpoint = verify(Note.parse(text), VerifierKey.parse(row.checkpoint_vkey))
    if (
        checkpoint.origin != row.origin
        or court.roots.get((checkpoint.origin, checkpoint.size)) != checkpoint.root
    ):
        raise RuleBroken("reference", "The checkpoint is not of that log.")
    return checkpoint


def _cosigning(court: Court, party: Party) -> VerifierKey:
    return VerifierKey.parse(_party(court, party).cosigning_vkey)


def _party(court: Court, party: Party) -> PartyRow:
    row = court.row(("party", party), PartyRow)
    assert row is not None  # noqa: S101 - own bug, not input: a charter is in force
    return row
