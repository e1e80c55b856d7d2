"""Notes and their questions and answers: posting, acknowledgement, correction, withdrawal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from special_channel.core.bytes.errors import Malformed, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import PARTIES, EntryId, ThreadId
from special_channel.core.bytes.times import instant
from special_channel.core.entries import (
    Answers,
    Ask,
    AskRef,
    NoteAcknowledged,
    NoteCorrected,
    NotePosted,
    NoteTranslated,
    NoteWithdrawn,
)
from special_channel.core.kinds.kind import (
    Case,
    Kind,
    question_row,
    row,
    row_or_none,
    thread_row,
)
from special_channel.core.kinds.meetings import judge_promise
from special_channel.core.kinds.questions import question_in
from special_channel.core.kinds.translation import judge_translation
from special_channel.core.rows import meetings, questions, threads
from special_channel.core.rows.charter import Charter
from special_channel.core.rows.meetings import PointRow
from special_channel.core.rows.past import Placed
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import NoteRow
from special_channel.core.rules.earliest import earliest
from special_channel.core.rules.judge_context import named
from special_channel.core.rules.state import EntryRow, Row, RowKey, Rows, question_key
from special_channel.core.rules.wording import judge_words

MOST_QUESTIONS: Final = 100
"""Maximum of questions in one note, numbered from 1."""

_About = NoteCorrected | NoteTranslated | NoteWithdrawn

# Posted --------------------------------------------------------------------------------


def _posted_needs(entry: NotePosted, _: bytes | None) -> Iterator[RowKey]:
    for answer in entry.answers:
        yield "entry", answer.id
        for number in answer.numbers():
            yield question_key(answer.id, number)
    for question in entry.asks:
        if question.promise is not None:
            yield "point", question.promise.point


def _judge_posted(entry: NotePosted, case: Case) -> None:
    judge_translation(entry)
    numbers = [question.q for question in entry.asks]
    if numbers != [str(number + 1) for number in range(len(entry.asks))]:
        raise Malformed("ask-number", "Questions are numbered 1, 2, 3 and so on.")
    for question in entry.asks:
        _judge_question(question, entry, case)
        judge_promise(question, case)
    for answers in entry.answers:
        _judge_answers(answers, entry, case)


def _judge_question(question: Ask, entry: NotePosted, case: Case) -> None:
    charter = case.charter
    if question.who == case.past.party:
        raise RuleBroken("ask-own-side", "A question is put to the other side.")
    if charter is None or question.charter != charter.digest:
        raise RuleBroken(
            "charter-mismatch", "The question names another charter than the one in force."
        )
    digests = {calendar.digest for calendar in charter.charter.calendars}
    if question.calendar is not None and question.calendar not in digests:
        raise RuleBroken(
            "charter-mismatch", "The question names a calendar that is not the charter's."
        )
    if question.rule is not None:
        _judge_counted(question, question.rule, entry.at, charter.charter)
    if question.part is not None and question.part >= len(entry.parts):
        raise Malformed(
            "entry-malformed", "A question names a paragraph of its note.", field="asks.part"
        )


def _judge_counted(question: Ask, name: str, at: str, charter: Charter) -> None:
    """Refuse a due time earlier than the rule's, counted from the note's time (rule 11)."""
    rule = charter.reply_rule(name)
    if rule is None:
        raise RuleBroken("ask-rule", "The charter has no such reply rule.", rule=name)
    counted = earliest(charter, rule, question.who, instant(at))
    if question.due < counted.due:
        raise RuleBroken(
            "ask-early", "The reply rule gives a later date.", rule=name, due=counted.due
        )
    if rule.seconds or question.provisional:
        return
    # After the last date of the adopted calendars every counted date is provisional.
    parties = (question.who,) if rule.count == "answering" else PARTIES
    lasts = [calendar.last for calendar in charter.calendars if calendar.party in parties]
    if counted.provisional or any(question.due[:10] > last for last in lasts):
        raise RuleBroken("ask-provisional", "No calendar covers that date: it is provisional.")


def _judge_answers(answers: Answers, entry: NotePosted, case: Case) -> None:
    for number in answers.numbers():
        question = question_in(case, entry.thread, AskRef(id=answers.id, q=number))
        if question.answering != case.past.party:
            raise NotAllowed("owner", "The question is for the other side to answer.")


def _fold_posted(entry: NotePosted, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield threads.touched(thread_row(rows, entry.thread), placed)
    yield threads.posted(placed, entry)
    if not entry.asks and not entry.answers:
        return
    for question in entry.asks:
        yield questions.asked(placed, entry, question)
    ticked = dict.fromkeys((answer.id, q) for answer in entry.answers for q in answer.numbers())
    for note, q in ticked:
        yield questions.answered(question_row(rows, note, q), placed)
    promises = (question.promise for question in entry.asks)
    for point in dict.fromkeys(promise.point for promise in promises if promise is not None):
        yield meetings.asked(row(rows, PointRow, ("point", point)), placed, entry)


# About a note --------------------------------------------------------------------------


def _about_needs(entry: _About, _: bytes | None) -> Iterator[RowKey]:
    yield "entry", entry.ref
    yield "note", entry.ref


def _note(
    case: Case, note: EntryId, thread: ThreadId | None, of: Sequence[str] = ("note.posted",)
) -> EntryRow:
    """Look up a note in the entry's past; `thread` None: of any thread. `of`: kinds to find."""
    found = named(case.context, case.past, note)
    if found.kind not in of or thread not in {None, found.thread}:
        raise RuleBroken("reference", "The entry names no note of this thread.", id=note)
    return found


def _by(note: EntryRow, case: Case, *, own: bool) -> None:
    if (note.party == case.past.party) != own:
        raise NotAllowed("owner", "This is not for this side to say of that note.", id=note.id)


def _judge_translated(entry: NoteTranslated, case: Case) -> None:
    found = _note(case, entry.ref, entry.thread, of=("note.posted", "thread.opened"))
    if found.kind == "thread.opened" and any(part.k != "subject" for part in entry.parts):
        raise Malformed("entry-malformed", "A subject is translated by subjects.", field="parts")


def _judge_corrected(entry: NoteCorrected, case: Case) -> None:
    _still_there(entry, case)
    judge_translation(entry)


def _judge_withdrawn(entry: NoteWithdrawn, case: Case) -> None:
    _still_there(entry, case)
    judge_words(entry)
    judge_translation(entry)


def _still_there(entry: NoteCorrected | NoteWithdrawn, case: Case) -> None:
    """Refuse what is stated about a note of the other side, or of ours that is withdrawn."""
    _by(_note(case, entry.ref, entry.thread), case, own=True)
    # Both are entries of the note's side, so one log orders them, the same for all.
    note = case.context.row(("note", entry.ref), NoteRow)
    if note is not None and any(case.past.holds(mark) for mark in note.withdrawn):
        raise RuleBroken("note-withdrawn", "The note is withdrawn.", id=entry.ref)


def _fold_about(entry: _About, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield threads.touched(thread_row(rows, entry.thread), placed)
    yield threads.marked(row(rows, NoteRow, ("note", entry.ref)), placed, entry)


def _fold_translated(entry: NoteTranslated, rows: Rows, placed: Placed) -> Iterator[Row]:
    if row_or_none(rows, NoteRow, ("note", entry.ref)) is not None:
        yield from _fold_about(entry, rows, placed)
        return
    thread = threads.touched(thread_row(rows, entry.thread), placed)
    yield threads.subject_translated(thread, placed, entry.ref)


# Acknowledged --------------------------------------------------------------------------


def _acknowledged_needs(entry: NoteAcknowledged, _: bytes | None) -> Iterator[RowKey]:
    for note in entry.body.entries:
        yield "entry", note
        yield "note", note


def _judge_acknowledged(entry: NoteAcknowledged, case: Case) -> None:
    notes = [_note(case, note, entry.thread) for note in entry.body.entries]
    for note in notes:
        _by(note, case, own=False)
    # One statement has one form, and its leaf names the thread wherever there is only one.
    if entry.thread is None and len({note.thread for note in notes}) == 1:
        raise Malformed("entry-malformed", "Notes of one thread: name the thread.", field="thread")


def threads_of(entry: NoteAcknowledged, rows: Rows) -> Iterator[ThreadId]:
    """Yield the threads of acknowledged notes, one for each note whose row is known."""
    for note in (rows.get(("note", id_)) for id_ in entry.body.entries):
        if isinstance(note, NoteRow):
            yield note.thread


def _fold_acknowledged(entry: NoteAcknowledged, rows: Rows, placed: Placed) -> Iterator[Row]:
    for id_ in entry.body.entries:
        yield threads.marked(row(rows, NoteRow, ("note", id_)), placed, entry)
    for thread in dict.fromkeys(threads_of(entry, rows)):
        yield threads.touched(thread_row(rows, thread), placed)
        if entry.thread is None:
            yield threads.mentioned(thread, placed)


# Withdrawn -----------------------------------------------------------------------------


def _withdrawn_needs(entry: NoteWithdrawn, data: bytes | None) -> Iterator[RowKey]:
    yield from _about_needs(entry, data)
    for number in range(1, MOST_QUESTIONS + 1):
        yield question_key(entry.ref, str(number))


def answered_by(note: NoteRow) -> Iterator[RowKey]:
    """Yield the keys of the questions that a note answers."""
    for answers in note.answers:
        for number in answers.numbers:
            yield question_key(answers.note, number)


def _fold_withdrawn(entry: NoteWithdrawn, rows: Rows, placed: Placed) -> Iterator[Row]:
    """End the note's own questions and reopen the questions that it answered (rule 13)."""
    yield from _fold_about(entry, rows, placed)
    for number in range(1, MOST_QUESTIONS + 1):
        question = row_or_none(rows, QuestionRow, question_key(entry.ref, str(number)))
        if question is not None:
            yield questions.ended(question, placed)
    note = row(rows, NoteRow, ("note", entry.ref))
    # Deduplicate: a note may name one question twice, but its row changes once.
    for key in dict.fromkeys(answered_by(note)):
        yield questions.taken_back(row(rows, QuestionRow, key), placed, entry.ref)


KINDS = (
    Kind(NotePosted, _posted_needs, _judge_posted, _fold_posted),
    Kind(NoteAcknowledged, _acknowledged_needs, _judge_acknowledged, _fold_acknowledged),
    Kind(NoteCorrected, _about_needs, _judge_corrected, _fold_about),
    Kind(NoteTranslated, _about_needs, _judge_translated, _fold_translated),
    Kind(NoteWithdrawn, _withdrawn_needs, _judge_withdrawn, _fold_withdrawn),
)
