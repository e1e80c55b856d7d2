"""Checks of `deadline.moved` and `deadline.passed` against the past (rules 11 and 12).

Does not read a clock: the evidence is signed notes inside the entry.
"""

from __future__ import annotations

from collections.abc import Mapping

from special_channel.core.bytes.errors import ChannelError, Malformed, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import EntryId, Party, Position
from special_channel.core.bytes.times import from_posix, instant, posix
from special_channel.core.entries import DeadlineMoved, DeadlinePassed
from special_channel.core.entries.asks import Move
from special_channel.core.log.checkpoint import Checkpoint
from special_channel.core.log.note import Note
from special_channel.core.rows.charter import ReplyRule, charter_of, in_force
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.log_keys import (
    LogKey,
    cosigned_time,
    trusted,
    verify_checkpoint,
)
from special_channel.core.rows.past import Past
from special_channel.core.rows.question_facts import DateProposal
from special_channel.core.rows.questions import QuestionRow, suspensions
from special_channel.core.rules.earliest import Earliest, earliest, notice_from
from special_channel.core.rules.judge_context import JudgeContext


def judge_moved(
    entry: DeadlineMoved, past: Past, context: JudgeContext, question: QuestionRow
) -> None:
    """Refuse a move if the past does not support its basis (rule 12).

    The answering side can't move a due time; it may accept the due time in force (rule 11).

    Raises:
        Malformed: `entry-malformed`.
        NotAllowed: `owner`, `role`.
        RuleBroken: `deadline-answered`, `deadline-ended`, `deadline-due`,
            `deadline-proposal`, `deadline-suspended`, `deadline-calendar`,
            `deadline-rebase`, `deadline-delivered`, `deadline-counted`,
            `deadline-not-agreed`, `ask-uncounted`,
            `deadline-not-withdrawn`, `deadline-earlier`.
    """
    # An answer in time stays in time: the due time of a question that is over never moves.
    _judge_waiting(past, question)
    if question.asker != past.party:
        _judge_acceptance(entry, past, context, question)
        return
    proposed = {
        fact.id: fact
        for fact in question.proposals
        if past.holds(Position(question.answering, fact.index))
    }
    match entry.body.basis:
        case "agreed" | "suspended":
            _judge_agreed(entry.body, proposed, _rule_of(question, context))
        case "calendar" | "rebase":
            _judge_recounted(entry.body, past, context, question)
        case "withdrawn":
            _judge_reopened(entry.body, past, question)
        case "delivered-late":  # pragma: no branch - a closed vocabulary
            _judge_late(entry.body, past, context, question)
    # An earlier due needs a proposal by the answering side in the past (rule 12).
    dates = {fact.due for fact in proposed.values()}
    if entry.body.due < question.due_in(past) and entry.body.due not in dates:
        raise RuleBroken("deadline-earlier", "An earlier date needs the other side's proposal.")


def _judge_waiting(past: Past, question: QuestionRow) -> None:
    if question.answered_in(past):
        raise RuleBroken("deadline-answered", "An answer had arrived.")
    if question.ended_in(past):
        raise RuleBroken("deadline-ended", "The question was withdrawn or closed.")


def _judge_acceptance(
    entry: DeadlineMoved, past: Past, context: JudgeContext, question: QuestionRow
) -> None:
    """Refuse an acceptance by a node, of another due time, or with further fields."""
    if entry.body.basis != "agreed":
        raise NotAllowed("owner", "The asker moves the due time; the other side may accept it.")
    author = context.key(entry.by)
    if author is None or author.machine:
        raise NotAllowed("role", "A person accepts a date, not a node.", kind=entry.kind)
    if entry.body != Move(q=entry.body.q, due=entry.body.due, basis="agreed"):
        raise Malformed("entry-malformed", "An acceptance states the due time alone.", field="body")
    if entry.body.due != question.due_in(past):
        raise RuleBroken("deadline-due", "Another due time is in force.")


def _judge_reopened(move: Move, past: Past, question: QuestionRow) -> None:
    """Refuse a new due time unless the last answer was withdrawn at or after the old (rule 13)."""
    withdrawal = question.withdrawn_in(past, question.due_in(past))
    if withdrawal is None or move.due <= withdrawal.accepted:
        raise RuleBroken(
            "deadline-not-withdrawn",
            "No answer was withdrawn at or after the due time, or the new date is before that.",
        )


def _judge_agreed(
    move: Move, proposed: Mapping[EntryId, DateProposal], rule: ReplyRule | None
) -> None:
    """Refuse a move unless the answering side proposed the same date or suspension."""
    fact = proposed.get(move.proposal or "")
    if fact is None or fact.due != move.due:
        raise RuleBroken("deadline-proposal", "No proposal by the other side has this date.")
    if move.basis == "suspended" and not fact.suspended:
        raise RuleBroken("deadline-suspended", "The proposal named does not suspend the clock.")
    if move.basis == "suspended" and rule is not None and rule.suspends == "never":
        raise RuleBroken("deadline-suspended", "Clocks of this rule are not suspended.")


def _judge_recounted(move: Move, past: Past, context: JudgeContext, question: QuestionRow) -> None:
    """Refuse a recount unless both sides have adopted another charter since the last count."""
    code = f"deadline-{move.basis}"
    now = in_force(context.charters(), past)
    before, old = question.counted_in(past), _rule_of(question, context)
    rule = now.charter.reply_rule(question.rule) if now and question.rule else None
    if now is None or rule is None or move.charter != now.digest or move.charter == before:
        raise RuleBroken(code, "No other charter with this rule was adopted since.")
    calendar = now.charter.calendar(question.answering)
    if calendar is None or move.calendar != calendar.digest:
        raise RuleBroken(code, "The move names another calendar than the charter in force.")
    if move.basis == "calendar":
        earlier = charter_of(context.charters(), before)
        if rule != old or earlier is None or earlier.calendars == now.charter.calendars:
            raise RuleBroken(code, "The calendar is the same, or the rule is not.")
    start, suspended = instant(question.accepted), suspensions(question)
    _judge_counted(move, earliest(now.charter, rule, question.answering, start, suspended))


def _judge_late(move: Move, past: Past, context: JudgeContext, question: QuestionRow) -> None:
    """Refuse a move unless the cosignature proves delivery inside the minimum notice (rule 12)."""
    rule = _rule_of(question, context)
    if rule is None or not question.counted_in_force(past):
        raise RuleBroken(
            "deadline-not-agreed", "Only a due time counted by a rule is moved for its delivery."
        )
    time = from_posix(_delivered_at(move.delivered or "", past, context, question))
    if not _lacks_notice(past, context, question, time):
        raise RuleBroken("deadline-delivered", "The question was delivered in time for its due.")
    charter = charter_of(context.charters(), question.charter)
    assert charter is not None  # noqa: S101 - own bug, not input: its rule was found in it
    _judge_counted(move, earliest(charter, rule, question.answering, instant(time)))


def _judge_counted(move: Move, counted: Earliest) -> None:
    """Refuse a date earlier than the rule's, and a firm date if the rule's is provisional."""
    if move.due < counted.due:
        raise RuleBroken("deadline-counted", "The reply rule gives a later date.", due=counted.due)
    if counted.provisional and not move.provisional:
        raise RuleBroken("deadline-counted", "No calendar covers that date.", due=counted.due)


def _lacks_notice(past: Past, context: JudgeContext, question: QuestionRow, delivered: str) -> bool:
    """Return whether the due time in force leaves less than the minimum notice after delivery."""
    charter = charter_of(context.charters(), question.counted_in(past))
    assert charter is not None  # noqa: S101 - own bug, not input: it was in force
    rule = charter.reply_rule(question.rule)
    assert rule is not None  # noqa: S101 - own bug, not input: the time was counted by it
    return instant(question.due_in(past)) < notice_from(
        charter, rule, question.answering, instant(delivered)
    )


def _rule_of(question: QuestionRow, context: JudgeContext) -> ReplyRule | None:
    """Look up the question's reply rule in the charter that the question names."""
    charter = charter_of(context.charters(), question.charter)
    return charter.reply_rule(question.rule) if charter and question.rule else None


def judge_passed(
    entry: DeadlinePassed, past: Past, context: JudgeContext, question: QuestionRow
) -> None:
    """Refuse a `deadline.passed` that its evidence does not prove (rule 11).

    Raises:
        NotAllowed: `owner`.
        RuleBroken: `deadline-answered`, `deadline-ended`, `deadline-known`, `deadline-due`,
            `deadline-early`, `deadline-not-agreed`, `deadline-withdrawn`,
            `deadline-delivered`, `deadline-provisional`, `deadline-head`.
    """
    # 1 The asking side writes the entry (rule 15).
    if question.asker != past.party:
        raise NotAllowed("owner", "The waiting side states that a due time passed.")
    # 2 Once for each due time in force, and not earlier than the due time.
    if entry.body.due != question.due_in(past):
        raise RuleBroken("deadline-due", "Another due time is in force.")
    if question.passed_in(past, entry.body.due):
        raise RuleBroken("deadline-known", "It is already stated for this due time.")
    if entry.body.fired < entry.body.due:
        raise RuleBroken("deadline-early", "The due time had not come.")
    # 3 Both sides agreed to the due time: by a reply rule, or the other side named it.
    if not question.agreed_in(past, entry.body.due):
        raise RuleBroken("deadline-not-agreed", "The asker alone chose this due time.")
    # 4 No answer or end in the past, and no answer withdrawn at or after the due time.
    _judge_waiting(past, question)
    if question.withdrawn_in(past, entry.body.due) is not None:
        raise RuleBroken("deadline-withdrawn", "An answer was withdrawn after this due time.")
    # 5 The question was delivered before the due time.
    delivered = _judge_delivered(entry, past, context, question)
    _judge_rule(past, context, question, delivered)
    # 6 The stamped head of the answering log lies in the past and covers no answer.
    if entry.body.head is not None:
        _judge_head(entry.body.head, past, context, question)


def _judge_delivered(
    entry: DeadlinePassed, past: Past, context: JudgeContext, question: QuestionRow
) -> int:
    time = _delivered_at(entry.body.delivered, past, context, question)
    if time >= posix(entry.body.due):
        raise RuleBroken(
            "deadline-delivered", "The question was not delivered before its due time."
        )
    return time


def _judge_rule(past: Past, context: JudgeContext, question: QuestionRow, delivered: int) -> None:
    """Refuse a due time counted by rule alone if provisional or without the minimum notice."""
    if question.named_by_both_in(past, question.due_in(past)):
        return
    if question.provisional_in(past):
        raise RuleBroken("deadline-provisional", "No calendar covers the due time yet.")
    if _lacks_notice(past, context, question, from_posix(delivered)):
        raise RuleBroken(
            "deadline-delivered", "The question was delivered inside the minimum notice."
        )


def _delivered_at(note: str, past: Past, context: JudgeContext, question: QuestionRow) -> int:
    """Return the POSIX time (seconds) of a cosignature that covers the question."""
    try:
        checkpoint = _checkpoint(note, context, question.asker)
        time = cosigned_time(note, _cosigning(context, past, question.answering))
    except ChannelError as error:
        raise RuleBroken("deadline-delivered", "The proof of delivery does not hold.") from error
    if not question.index < checkpoint.size <= past.index:
        raise RuleBroken("deadline-delivered", "The proof of delivery covers another past.")
    return time


def _judge_head(head: str, past: Past, context: JudgeContext, question: QuestionRow) -> None:
    try:
        checkpoint = _checkpoint(head, context, question.answering)
        cosigned_time(head, _cosigning(context, past, question.answering))
    except ChannelError as error:
        raise RuleBroken("deadline-head", "The stamped head does not hold.") from error
    if checkpoint.size > past.frontier:
        raise RuleBroken("deadline-head", "The stamped head is beyond the past.")
    # An older head may still show an answer that was withdrawn later.
    if question.stands_at(checkpoint.size):
        raise RuleBroken("deadline-head", "An answer stands in the stamped head.")


def _checkpoint(text: str, context: JudgeContext, party: Party) -> Checkpoint:
    row = _party(context, party)
    checkpoint = verify_checkpoint(Note.parse(text), row.checkpoint)
    if (
        checkpoint.origin != row.origin
        or context.roots.get((checkpoint.origin, checkpoint.size)) != checkpoint.root
    ):
        raise RuleBroken("reference", "The checkpoint is not of that log.")
    return checkpoint


def _cosigning(context: JudgeContext, past: Past, party: Party) -> tuple[LogKey, ...]:
    return trusted(_party(context, party).cosigning, past.size(party))


def _party(context: JudgeContext, party: Party) -> PartyRow:
    row = context.row(("party", party), PartyRow)
    assert row is not None  # noqa: S101 - own bug, not input: a charter is in force
    return row
