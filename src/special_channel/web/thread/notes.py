"""Views of notes and of their questions.

Does not decide outcomes: `core.rows.questions` does. Each time comes from a named source: the
log of an answer, a cosignature, or a stamped head (rule 14).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from special_channel.core.bytes.ids import EntryId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import Entry, NotePosted
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import Mark, NoteRow, ThreadRow
from special_channel.ports import Stored
from special_channel.stores.reads import ReadMark
from special_channel.web.shared.dates import question_dates
from special_channel.web.shared.dues import due_of
from special_channel.web.shared.references import ask_number
from special_channel.web.shell.content import (
    Content,
    FileRef,
    Stage,
    entry_of,
    number_of,
    party_of,
    position_of,
    proof,
    question,
    question_in,
)
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.deliveries import Deliveries
from special_channel.web.shell.last_heard import LastHeard
from special_channel.web.shell.people import People
from special_channel.web.thread.views import (
    AnswerRef,
    Flag,
    NoteView,
    QuestionView,
    Translation,
    Withdrawal,
    WithdrawnAnswer,
)


@dataclass(frozen=True, slots=True)
class ThreadData:
    """The rows from which a thread's items are built.

    Attributes:
        contents: Texts and files by entry.
        notes: Rows of notes by entry.
        asks: Views of questions by note; `rows`: rows of the same questions.
        deliveries: Times at which entries reached the other side.
        files: Digests of files whose bytes are here.
        erased: Entries that declare parts erased, by entry and part.
        mark: Sizes of both logs that the reader was shown before.
        lost: Positions of notes that the views have and the log has lost.
    """

    context: PageContext
    row: ThreadRow
    entries: Sequence[Stored]
    contents: Mapping[EntryId, Content]
    notes: Mapping[EntryId, NoteRow]
    rows: Sequence[QuestionRow]
    deliveries: Deliveries
    people: People
    files: frozenset[str]
    erased: Mapping[EntryId, Mapping[int, Position]]
    mark: ReadMark
    lost: Sequence[Position] = ()
    by_id: dict[EntryId, Stored] = field(default_factory=dict)
    asks: dict[EntryId, tuple[QuestionView, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_id.update({entry.id: entry for entry in self.entries})
        by_note: dict[EntryId, list[QuestionRow]] = {}
        for row in self.rows:
            if row.note in self.contents:
                by_note.setdefault(row.note, []).append(row)
        for id_, rows in by_note.items():
            rows.sort(key=lambda row: int(row.q))
            self.asks[id_] = tuple(_question(self, row) for row in rows)

    @property
    def questions(self) -> Iterator[QuestionView]:
        """The questions, note by note."""
        return chain.from_iterable(self.asks.values())

    def number(self, id_: EntryId) -> str:
        """Return the number of an entry of the thread; a dash for other entries."""
        entry = self.by_id.get(id_)
        return number_of(entry) if entry else "–"

    def unread(self, stored: Stored) -> bool:
        """Return whether an entry is new to the reader, and not the reader's own."""
        new = stored.index >= self.mark.of(party_of(stored))
        return new and stored.by != self.context.reader.key


def note(data: ThreadData, stored: Stored) -> NoteView:
    """Return the view of a note."""
    entry = entry_of(stored)
    content, row = data.contents[stored.id], data.notes.get(stored.id)
    party = party_of(stored)
    return NoteView(
        entry_id=stored.id,
        position=number_of(stored),
        party=party,
        kind=stored.kind,
        author=data.people.author(stored.by),
        accepted=instant(stored.accepted),
        lang=content.lang or ("en" if party == "eu" else "zh-CN"),
        paragraphs=content.original,
        proof=proof(stored),
        translation=_translation(data, stored, row),
        files=tuple(_file(data, file) for file in content.files),
        asks=data.asks.get(stored.id, ()),
        answers=_answers(data, entry),
        stages=_stages(data, stored, entry, row),
        flags=tuple(_flags(data, stored, entry, row)),
        marking=getattr(entry, "marking", None),
        unread=data.unread(stored),
        refused=stored.code or None,
        acknowledgeable=_acknowledgeable(data, stored, row),
        withdrawal=_withdrawal(data, row),
    )


def _translation(data: ThreadData, stored: Stored, row: NoteRow | None) -> Translation | None:
    """Return the note's own courtesy translation, else that of the last `note.translated`."""
    own = data.contents[stored.id].translation
    if own:
        return Translation(paragraphs=own, party=party_of(stored))
    last = row.translated[-1] if row and row.translated else None
    entry = data.by_id.get(last.id) if last else None
    if entry is None:
        return None
    return Translation(
        paragraphs=data.contents[entry.id].original,
        party=party_of(entry),
        entry_id=entry.id,
        position=number_of(entry),
    )


def _file(data: ThreadData, file: FileRef) -> FileRef:
    return file if file.sha256 in data.files else replace(file, url=None)


def _answers(data: ThreadData, entry: Entry | None) -> tuple[AnswerRef, ...]:
    answers = entry.answers if isinstance(entry, NotePosted) else ()
    return tuple(
        AnswerRef(number=f"{number} Q{q}", url=f"#{number}")
        for answer in answers
        for number in (data.number(answer.id),)
        for q in answer.numbers()
    )


def _stages(
    data: ThreadData, stored: Stored, entry: Entry | None, row: NoteRow | None
) -> tuple[Stage, ...]:
    """Return a note's stages and their proofs (ARCHITECTURE.md, "The life of a note")."""
    position = position_of(stored)
    stages = [
        Stage("signed", instant(entry.at) if entry else None),
        Stage("stored", instant(stored.accepted), str(position)),
        Stage("delivered", data.deliveries.at(position)),
    ]
    if row is not None:
        stages.append(_acknowledged(row))
    asks = [ask for ask in data.rows if ask.note == stored.id]
    if asks:
        stages.append(_answered(asks))
    return tuple(stages)


def _acknowledged(row: NoteRow) -> Stage:
    if not row.acknowledged:
        return Stage("acknowledged")
    first = row.acknowledged[0]
    number = str(Position(first.party, first.index))
    return Stage("acknowledged", instant(first.accepted), number, f"#{number}")


def _answered(asks: Sequence[QuestionRow]) -> Stage:
    """Return the stage of a fully answered note: the last of the first answers."""
    answers = [answer for ask in asks if (answer := ask.answer) is not None]
    if len(answers) < len(asks):
        return Stage("answered")
    last = max(answers, key=lambda answer: answer.index)
    number = str(Position(asks[0].answering, last.index))
    return Stage("answered", instant(last.accepted), number, f"#{number}")


def _flags(
    data: ThreadData, stored: Stored, entry: Entry | None, row: NoteRow | None
) -> Iterator[Flag]:
    if stored.kind == "note.corrected":
        number = data.number(str(getattr(entry, "ref", "")))
        yield Flag(code="corrects", position=number, url=f"#{number}")
    if row is not None:
        yield from (_flag("corrected", mark) for mark in row.corrected[-1:])
    yield from _erasures(data, stored)
    for number in _crossed_closes(data, stored):
        yield Flag(code="crossed-close", position=number, url=f"#{number}")
    if any(_crossed(ask, stored) for ask in data.rows):
        yield Flag(code="crossed")


def _flag(code: str, mark: Mark) -> Flag:
    number = str(Position(mark.party, mark.index))
    return Flag(code=code, position=number, url=f"#{number}", at=instant(mark.accepted))


def _erasures(data: ThreadData, stored: Stored) -> Iterator[Flag]:
    """Name each order once: our order for an absent part, the other side's for its copy."""
    orders = data.erased.get(stored.id, {})
    gone = {order for part, order in orders.items() if stored.parts[part : part + 1] == (None,)}
    flags = [("erased", order) for order in gone]
    own = data.context.party
    flags += [("erased-there", each) for each in {*orders.values()} - gone if each.party != own]
    for code, order in sorted(flags, key=lambda each: (each[0], each[1].party, each[1].index)):
        yield Flag(code=code, position=str(order), url=f"/entries/{order}/envelope")


def _crossed_closes(data: ThreadData, stored: Stored) -> list[str]:
    """Return the closes that crossed a note: neither entry is in the past of the other."""
    if not data.row.crossed(position_of(stored), stored.frontier):
        return []
    closes = [data.by_id[fact.id] for fact in data.row.closes if fact.id in data.by_id]
    return [
        number_of(close)
        for close in closes
        if close.log != stored.log
        and close.index >= stored.frontier
        and stored.index >= close.frontier
    ]


def _crossed(ask: QuestionRow, stored: Stored) -> bool:
    answer = ask.answer
    return answer is not None and answer.id == stored.id and ask.outcome() == "crossed"


def _withdrawal(data: ThreadData, row: NoteRow | None) -> Withdrawal | None:
    if row is None or not row.withdrawn:
        return None
    mark = row.withdrawn[0]
    return Withdrawal(
        author=data.people.author(mark.by),
        position=str(Position(mark.party, mark.index)),
        at=instant(mark.accepted),
    )


def _acknowledgeable(data: ThreadData, stored: Stored, row: NoteRow | None) -> bool:
    theirs = party_of(stored) != data.context.party
    return bool(data.context.writes and theirs and row and not row.acknowledged and not stored.code)


def _question(data: ThreadData, row: QuestionRow) -> QuestionView:
    context, content = data.context, data.contents[row.note]
    answer = row.answer
    position = Position(row.answering, answer.index) if answer else None
    delivered = data.deliveries.at(row.position)
    return QuestionView(
        number=ask_number(row),
        q=row.q,
        entry_id=row.note,
        text=question(content, row.part),
        read=question_in(content, row.part, context.lang),
        due=due_of(context, row),
        outcome=row.outcome(),
        answered_in=str(position) if position else None,
        answered_at=instant(answer.accepted) if answer else None,
        arrived_at=data.deliveries.at(position) if position else None,
        last_heard=LastHeard(context.parties, data.by_id).at(row),
        dates=question_dates(context.dates, row, delivered),
        withdrawn=_withdrawn(row),
    )


def _withdrawn(row: QuestionRow) -> WithdrawnAnswer | None:
    pair = row.taken_back if row.is_open else None
    if pair is None:
        return None
    answer, withdrawal = pair
    return WithdrawnAnswer(
        answered_in=str(Position(row.answering, answer.index)),
        answered_at=instant(answer.accepted),
        withdrawn_in=str(Position(row.answering, withdrawal.index)),
        withdrawn_at=instant(withdrawal.accepted),
    )
