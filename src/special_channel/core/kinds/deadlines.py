"""What moving and passing a due time ask of the past (rules 11 and 12).

Does not read a clock: the evidence is signed notes inside the entry.
"""

from __future__ import annotations

from collections.abc import Mapping

from special_channel.core.bytes.errors import ChannelError, Malformed, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import EntryId, Party, Position
from special_channel.core.bytes.times import from_posix, instant, posix
from special_channel.core.entries import DeadlineMoved, DeadlinePassed
from special_channel.core.entries.asks import Move
from special_channel.core.log.checkpoint import Checkpoint, cosigned_at, verify
from special_channel.core.log.note import Note, VerifierKey
from special_channel.core.rows.charter import ReplyRule, charter_of, in_force
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.past import Past
from special_channel.core.rows.question_facts import Proposed
from special_channel.core.rows.questions import AskRow, suspensions
from special_channel.core.rules.court import Court
from special_channel.core.rules.earliest import Earliest, earliest, notice_from


def judge_moved(entry: DeadlineMoved, past: Past, court: Court, ask: AskRow) -> None:
    """Refuse a move whose basis the past does not bear out (rule 12).

    The answering side moves nothing: it may accept the due time in force (rule 11).

    Raises:
        Malformed: `entry-malformed`.
        NotAllowed: `owner`, `role`.
        RuleBroken: `deadline-answered`, `deadline-ended`, `deadline-due`,
            `deadline-proposal`, `deadline-suspended`, `deadline-calendar`,
            `deadline-rebase`, `deadline-delivered`, `deadline-counted`,
            `deadline-not-agreed`, `ask-uncounted`,
            `deadline-not-withdrawn`, `deadline-earlier`.
    """
    # What was in time stays so: nobody moves what is over.
    _judge_waiting(past, ask)
    if ask.asker != past.party:
        _judge_acceptance(entry, past, court, ask)
        return
    proposed = {
        fact.id: fact for fact in ask.proposals if past.holds(Position(ask.answering, fact.index))
    }
    match entry.body.basis:
        case "agreed" | "suspended":
            _judge_agreed(entry.body, proposed, _rule_of(ask, court))
        case "calendar" | "rebase":
            _judge_recounted(entry.body, past, court, ask)
        case "withdrawn":
            _judge_reopened(entry.body, past, ask)
        case "delivered-late":  # pragma: no branch - a closed vocabulary
            _judge_late(entry.body, past, court, ask)
    # An earlier due needs a proposal by the answering side in the past (rule 12).
    dates = {fact.due for fact in proposed.values()}
    if entry.body.due < ask.due_in(past) and entry.body.due not in dates:
        raise RuleBroken("deadline-earlier", "An earlier date needs the other side's proposal.")


def _judge_waiting(past: Past, ask: AskRow) -> None:
    if ask.answered_in(past):
        raise RuleBroken("deadline-answered", "An answer had arrived.")
    if ask.ended_in(past):
        raise RuleBroken("deadline-ended", "The question was withdrawn or closed.")


def _judge_acceptance(entry: DeadlineMoved, past: Past, court: Court, ask: AskRow) -> None:
    """A person of the answering side accepts the due time in force, and states nothing else."""
    if entry.body.basis != "agreed":
        raise NotAllowed("owner", "The asker moves the due time; the other side may accept it.")
    author = court.key(entry.by)
    if author is None or author.role == "node":
        raise NotAllowed("role", "A person accepts a date, not a node.", kind=entry.kind)
    if entry.body != Move(q=entry.body.q, due=entry.body.due, basis="agreed"):
        raise Malformed("entry-malformed", "An acceptance states the due time alone.", field="body")
    if entry.body.due != ask.due_in(past):
        raise RuleBroken("deadline-due", "Another due time is in force.")


def _judge_reopened(move: Move, past: Past, ask: AskRow) -> None:
    """The last answer was withdrawn when the due time had come, so none is running (rule 13)."""
    gone = ask.withdrawn_in(past, ask.due_in(past))
    if gone is None or move.due <= gone.accepted:
        raise RuleBroken(
            "deadline-not-withdrawn",
            "No answer was withdrawn at or after the due time, or the new date is before that.",
        )


def _judge_agreed(move: Move, proposed: Mapping[EntryId, Proposed], rule: ReplyRule | None) -> None:
    """Both sides say so: the answering side's proposal has this date, or this suspension."""
    fact = proposed.get(move.proposal or "")
    if fact is None or fact.due != move.due:
        raise RuleBroken("deadline-proposal", "No proposal by the other side has this date.")
    if move.basis == "suspended" and not fact.suspended:
        raise RuleBroken("deadline-suspended", "The proposal named does not suspend the clock.")
    if move.basis == "suspended" and rule is not None and rule.suspends == "never":
        raise RuleBroken("deadline-suspended", "Clocks of this rule are not suspended.")


def _judge_recounted(move: Move, past: Past, court: Court, ask: AskRow) -> None:
    """Both sides adopted what it is counted by, since it was counted last."""
    code = f"deadline-{move.basis}"
    now = in_force(court.charters(), past)
    before, old = ask.counted_in(past), _rule_of(ask, court)
    rule = now.charter.reply_rule(ask.rule) if now and ask.rule else None
    if now is None or rule is None or move.charter != now.digest or move.charter == before:
        raise RuleBroken(code, "No other charter with this rule was adopted since.")
    calendar = now.charter.calendar(ask.answering)
    if calendar is None or move.calendar != calendar.digest:
        raise RuleBroken(code, "The move names another calendar than the charter in force.")
    if move.basis == "calendar":
        earlier = charter_of(court.charters(), before)
        if rule != old or earlier is None or earlier.calendars == now.charter.calendars:
            raise RuleBroken(code, "The calendar is the same, or the rule is not.")
    start, suspended = instant(ask.accepted), suspensions(ask)
    _judge_counted(move, earliest(now.charter, rule, ask.answering, start, suspended))


def _judge_late(move: Move, past: Past, court: Court, ask: AskRow) -> None:
    """The other side's cosignature says when the question had arrived: too late (rule 12)."""
    rule = _rule_of(ask, court)
    if rule is None or not ask.counted_in_force(past):
        raise RuleBroken(
            "deadline-not-agreed", "Only a due time counted by a rule is moved for its delivery."
        )
    time = from_posix(_delivered_at(move.delivered or "", past, court, ask))
    if not _lacks_notice(past, court, ask, time):
        raise RuleBroken("deadline-delivered", "The question was delivered in time for its due.")
    charter = charter_of(court.charters(), ask.charter)
    assert charter is not None  # noqa: S101 - own bug, not input: its rule was found in it
    _judge_counted(move, earliest(charter, rule, ask.answering, instant(time)))


def _judge_counted(move: Move, counted: Earliest) -> None:
    """A counted date is not before what the rule gives, and firm only where that is."""
    if move.due < counted.due:
        raise RuleBroken("deadline-counted", "The reply rule gives a later date.", due=counted.due)
    if counted.provisional and not move.provisional:
        raise RuleBroken("deadline-counted", "No calendar covers that date.", due=counted.due)


def _lacks_notice(past: Past, court: Court, ask: AskRow, delivered: str) -> bool:
    """Tell whether the due time in force leaves less than the minimum notice from delivery."""
    charter = charter_of(court.charters(), ask.counted_in(past))
    assert charter is not None  # noqa: S101 - own bug, not input: it was in force
    rule = charter.reply_rule(ask.rule)
    assert rule is not None  # noqa: S101 - own bug, not input: the time was counted by it
    return instant(ask.due_in(past)) < notice_from(charter, rule, ask.answering, instant(delivered))


def _rule_of(ask: AskRow, court: Court) -> ReplyRule | None:
    """Return the reply rule pinned to an ask: that of the charter that it names."""
    charter = charter_of(court.charters(), ask.charter)
    return charter.reply_rule(ask.rule) if charter and ask.rule else None


def judge_passed(entry: DeadlinePassed, past: Past, court: Court, ask: AskRow) -> None:
    """Refuse a `deadline.passed` that its own evidence does not carry (rule 11).

    Raises:
        NotAllowed: `owner`.
        RuleBroken: `deadline-answered`, `deadline-ended`, `deadline-known`, `deadline-due`,
            `deadline-early`, `deadline-not-agreed`, `deadline-withdrawn`,
            `deadline-delivered`, `deadline-provisional`, `deadline-head`.
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
    # 3 Both sides agreed to it, by a rule of their charter or by accepting it.
    if not ask.agreed_in(past, entry.body.due):
        raise RuleBroken("deadline-not-agreed", "The asker alone chose this due time.")
    # 4 Nothing in the past that ends the waiting, or had ended it when the time came.
    _judge_waiting(past, ask)
    if ask.withdrawn_in(past, entry.body.due) is not None:
        raise RuleBroken("deadline-withdrawn", "An answer was withdrawn after this due time.")
    # 5 The ask had been delivered before due.
    delivered = _judge_delivered(entry, past, court, ask)
    _judge_rule(past, court, ask, delivered)
    # 6 The answering log's stamped head is one that the past holds, without an answer.
    if entry.body.head is not None:
        _judge_head(entry.body.head, past, court, ask)


def _judge_delivered(entry: DeadlinePassed, past: Past, court: Court, ask: AskRow) -> int:
    time = _delivered_at(entry.body.delivered, past, court, ask)
    if time >= posix(entry.body.due):
        raise RuleBroken(
            "deadline-delivered", "The question was not delivered before its due time."
        )
    return time


def _judge_rule(past: Past, court: Court, ask: AskRow, delivered: int) -> None:
    """Where only a rule counted it: by known days, and with the minimum notice from delivery."""
    if ask.said_by_both_in(past, ask.due_in(past)):
        return
    if ask.provisional_in(past):
        raise RuleBroken("deadline-provisional", "No calendar covers the due time yet.")
    if _lacks_notice(past, court, ask, from_posix(delivered)):
        raise RuleBroken(
            "deadline-delivered", "The question was delivered inside the minimum notice."
        )


def _delivered_at(note: str, past: Past, court: Court, ask: AskRow) -> int:
    """Return the time, in POSIX seconds, in a cosignature that covers the ask."""
    try:
        checkpoint = _checkpoint(note, court, ask.asker)
        time = cosigned_at(Note.parse(note), _cosigning(court, ask.answering))
    except ChannelError as error:
        raise RuleBroken("deadline-delivered", "The proof of delivery does not hold.") from error
    if not ask.index < checkpoint.size <= past.index:
        raise RuleBroken("deadline-delivered", "The proof of delivery covers another past.")
    return time


def _judge_head(head: str, past: Past, court: Court, ask: AskRow) -> None:
    try:
        checkpoint = _checkpoint(head, court, ask.answering)
        cosigned_at(Note.parse(head), _cosigning(court, ask.answering))
    except ChannelError as error:
        raise RuleBroken("deadline-head", "The stamped head does not hold.") from error
    if checkpoint.size > past.frontier:
        raise RuleBroken("deadline-head", "The stamped head is beyond the past.")
    # An answer that was withdrawn by now may still stand in an older head.
    if ask.stands_at(checkpoint.size):
        raise RuleBroken("deadline-head", "An answer stands in the stamped head.")


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
