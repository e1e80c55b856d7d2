"""Items of a thread in display order (rule 5): notes, and events of one line.

Does not read rows: `queries.py` does. Does not decide outcomes: `core.rows.questions` does. Each
time comes from a named source: the log of an answer, a cosignature, or a stamped head (rule 14).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from special_channel.core.bytes.ids import EntryId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import Entry, NoteAcknowledged, NoteCorrected, NotePosted
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import CloseFact, Mark, NoteRow, ThreadRow
from special_channel.desk.file_scanner import FileCheck
from special_channel.ports import Stored
from special_channel.stores.reads import ReadMark
from special_channel.web.notes.views import NoteAct
from special_channel.web.shared.doubts import Doubt, doubt_at
from special_channel.web.shell.content import (
    Content,
    Stage,
    entry_of,
    number_of,
    party_of,
    position_of,
    proof,
)
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.damage import is_hidden
from special_channel.web.shell.events import event_facts
from special_channel.web.shell.people import People
from special_channel.web.shell.questions import Deliveries, LastHeard
from special_channel.web.shell.translations import Translated, translation_of
from special_channel.web.thread.comparing import comparison
from special_channel.web.thread.views import (
    NOTES,
    AnswerRef,
    Comparison,
    EventView,
    Flag,
    Item,
    NoteView,
    QuestionView,
    Translation,
    Withdrawal,
    link_to,
)
from special_channel.web.thread.windows import Window


@dataclass(frozen=True, slots=True)
class ThreadData:
    """The rows from which a thread's items are built.

    Attributes:
        window: The part of the thread on the page; the fields below are of the window's entries.
        others: Entries outside the window with texts shown inside.
        places: Positions of entries named by the window's entries.
        contents: Texts and files by entry.
        notes: Rows of notes by entry.
        asks: Rows of questions: of the window's notes, answered by these notes, and every open one.
        heard: When the other side was last heard before due times that passed.
        deliveries: Times at which entries reached the other side.
        files: Verdicts on stored files, by digest.
        erased: Declarations of erased parts, by entry and part.
        mark: Sizes of the two logs at the reader's last visit.
        lost: Positions of notes in the views, lost from the log.
    """

    context: PageContext
    row: ThreadRow
    window: Window
    others: Mapping[EntryId, Stored]
    places: Mapping[EntryId, Position]
    contents: Mapping[EntryId, Content]
    notes: Mapping[EntryId, NoteRow]
    asks: Sequence[QuestionRow]
    heard: LastHeard
    deliveries: Deliveries
    people: People
    files: Mapping[str, FileCheck]
    erased: Mapping[EntryId, Mapping[int, Position]]
    mark: ReadMark
    lost: Sequence[Position] = ()
    by_id: dict[EntryId, Stored] = field(default_factory=dict)
    here: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.by_id.update(self.others)
        self.by_id.update({entry.id: entry for entry in self.entries})
        self.here.update(number_of(entry) for entry in self.entries)

    @property
    def entries(self) -> Sequence[Stored]:
        """Entries of the window, in display order."""
        return self.window.entries

    @property
    def close(self) -> CloseFact | None:
        """The first close without a reopening; None for an open thread."""
        undone = {fact.close for fact in self.row.reopened}
        return next((close for close in self.row.closes if close.id not in undone), None)

    def number(self, id_: EntryId) -> str:
        """Return the number of an entry of the thread; a dash for other entries."""
        entry, place = self.by_id.get(id_), self.places.get(id_)
        return number_of(entry) if entry else str(place or "–")

    def holds(self, id_: EntryId) -> bool:
        """Return whether an entry of the window or named there belongs to the thread."""
        return id_ in self.by_id or id_ in self.places

    def link(self, number: str) -> str:
        """Return the address of an entry of the thread: on this page, or in another window."""
        return link_to(str(self.row.position), number, self.here)

    def own(self, stored: Stored) -> bool:
        """Return whether the reader wrote an entry, with any key."""
        author = self.people.author(stored.by)
        return self.context.reader.marks_as in {author.person, author.key}

    def unread(self, stored: Stored) -> bool:
        """Return whether an entry is new to the reader, and not the reader's own."""
        return stored.index >= self.mark.of(party_of(stored)) and not self.own(stored)


def items(
    data: ThreadData, asks: Sequence[QuestionView], private: Sequence[EventView]
) -> tuple[Item, ...]:
    """Return the items of a thread.

    Args:
        data: The thread's rows.
        asks: Views of its questions.
        private: Private entries of our side on the thread.
    """
    waiting = sorted(private, key=_in_log)
    merged: list[Item] = []
    for item in _shared_items(data, asks):
        while waiting and waiting[0].accepted < item.accepted:
            merged.append(waiting.pop(0))
        merged.append(item)
    return (*merged, *waiting)


def _in_log(event: EventView) -> tuple[datetime, int]:
    """Return the order of private events: many have one second, and "EU-P-10" is below "EU-P-9"."""
    return event.accepted, int(event.position.rpartition("-")[2])


def _shared_items(data: ThreadData, asks: Sequence[QuestionView]) -> Iterator[Item]:
    """Yield the shared items in display order, lost entries in their places in their logs."""
    after: dict[int, list[Position]] = {}
    for lost in data.lost:
        before = (
            at
            for at, stored in enumerate(data.entries, 1)
            if stored.log == lost.party and stored.index < lost.index
        )
        after.setdefault(max(before, default=0), []).append(lost)
    yield from (_damaged(lost, data.row.opening.accepted) for lost in after.get(0, ()))
    for at, stored in enumerate(data.entries, 1):
        if is_hidden(stored):
            yield _damaged(position_of(stored), stored.accepted)
        elif stored.kind in NOTES:
            yield _note(data, stored, tuple(ask for ask in asks if ask.note == stored.id))
        else:
            yield _event(data, stored)
        yield from (_damaged(lost, stored.accepted) for lost in after.get(at, ()))


def _damaged(position: Position, accepted: str) -> EventView:
    """Return the event of a damaged entry: its number, and `accepted` for the order alone."""
    # Without an id no browser asks for the entry to check it.
    return EventView(
        entry_id="",
        position=str(position),
        party=position.party,
        kind="damaged",
        accepted=instant(accepted),
        tone="amber",
    )


def _note(data: ThreadData, stored: Stored, asks: tuple[QuestionView, ...]) -> NoteView:
    entry, texts = entry_of(stored), data.contents[stored.id]
    row, party = data.notes.get(stored.id), party_of(stored)
    unseen = row is not None and not (row.acknowledged or stored.code)
    return NoteView(
        entry_id=stored.id,
        position=number_of(stored),
        party=party,
        kind=stored.kind,
        author=data.people.writer(stored),
        accepted=instant(stored.accepted),
        lang=texts.lang or ("en" if party == "eu" else "zh-CN"),
        paragraphs=texts.original,
        proof=proof(stored),
        translation=_translation(data, stored, row),
        files=tuple(file.checked(data.files.get(file.sha256)) for file in texts.files),
        asks=asks,
        answers=tuple(_answers(data, entry)),
        stages=tuple(_stages(data, stored, entry, row)),
        flags=tuple(_flags(data, stored, entry, row)),
        marking=getattr(entry, "marking", None),
        unread=data.unread(stored),
        markable=not data.own(stored),
        refused=stored.code or None,
        acknowledgeable=data.context.writes and party != data.context.party and unseen,
        acts=tuple(_acts(data, stored, row)),
        withdrawal=_withdrawal(data, row.withdrawn[0]) if row and row.withdrawn else None,
        changes=_changes(data, stored, entry) if isinstance(entry, NoteCorrected) else None,
        doubt=_doubt(data, stored),
    )


def _acts(data: ThreadData, stored: Stored, row: NoteRow | None) -> Iterator[NoteAct]:
    """Yield what the judge takes from the reader about a note."""
    if row is None or stored.code or not data.context.writes:
        return
    if row.party == data.context.party and not row.withdrawn:
        yield "correct"
        yield "withdraw"
    yield "translate"


def _changes(data: ThreadData, stored: Stored, entry: NoteCorrected) -> Comparison | None:
    first = data.by_id.get(entry.ref)
    if first is None or stored.code or is_hidden(first):
        return None
    contents = data.contents[first.id], data.contents[stored.id]
    return comparison(entry_of(first), number_of(first), *contents)


def _doubt(data: ThreadData, stored: Stored) -> Doubt | None:
    position = position_of(stored)
    return doubt_at(data.context.doubts, position, data.deliveries.at(position))


def _translation(data: ThreadData, stored: Stored, row: NoteRow | None) -> Translation | None:
    """Return the translation that our side reads; of a correction its own alone."""
    said, party = data.contents[stored.id], party_of(stored)
    given = (
        translation_of(data.context.party, row, data.contents)
        if row
        else Translated(said.translation, party)
    )
    if given is None or not given.paragraphs:
        return None
    mark = given.mark
    return Translation(
        paragraphs=given.paragraphs,
        party=given.party,
        entry_id=mark.id if mark else None,
        position=str(Position(mark.party, mark.index)) if mark else None,
        lacks=tuple(range(len(given.paragraphs) + 1, len(said.original) + 1)),
    )


def _answers(data: ThreadData, entry: Entry | None) -> Iterator[AnswerRef]:
    for answer in entry.answers if isinstance(entry, NotePosted) else ():
        number = data.number(answer.id)
        for q in answer.numbers():
            yield AnswerRef(number=f"{number} Q{q}", url=data.link(number))


def _stages(
    data: ThreadData, stored: Stored, entry: Entry | None, row: NoteRow | None
) -> Iterator[Stage]:
    """Yield a note's stages and their proofs (ARCHITECTURE.md, "The life of a note")."""
    position = position_of(stored)
    yield Stage("signed", instant(entry.at) if entry else None)
    yield Stage("stored", instant(stored.accepted), str(position))
    yield Stage("delivered", data.deliveries.at(position))
    if row is not None:
        first = row.acknowledged[0] if row.acknowledged else None
        number = str(Position(first.party, first.index)) if first else ""
        yield (
            Stage("acknowledged", instant(first.accepted), number, data.link(number))
            if first
            else Stage("acknowledged")
        )
    asks = [ask for ask in data.asks if ask.note == stored.id]
    if asks:
        yield _answered(data, asks)


def _answered(data: ThreadData, asks: Sequence[QuestionRow]) -> Stage:
    """Return the stage of a fully answered note: the last of the first answers."""
    answers = [answer for ask in asks if (answer := ask.answer) is not None]
    if len(answers) < len(asks):
        return Stage("answered")
    last = max(answers, key=lambda answer: answer.index)
    number = str(Position(asks[0].answering, last.index))
    return Stage("answered", instant(last.accepted), number, data.link(number))


def _flags(
    data: ThreadData, stored: Stored, entry: Entry | None, row: NoteRow | None
) -> Iterator[Flag]:
    if stored.kind == "note.corrected":
        number = data.number(str(getattr(entry, "ref", "")))
        yield Flag(code="corrects", position=number, url=data.link(number))
    if row is not None and row.corrected:
        last = row.corrected[-1]
        number = str(Position(last.party, last.index))
        at = instant(last.accepted)
        yield Flag(code="corrected", position=number, url=data.link(number), at=at)
    yield from _erasures(data, stored)
    for number in _crossed_closes(data, stored):
        yield Flag(code="crossed-close", position=number, url=data.link(number))
    answers = (ask.outcome() for ask in data.asks if ask.answer and ask.answer.id == stored.id)
    if "crossed" in answers:
        yield Flag(code="crossed")


def _erasures(data: ThreadData, stored: Stored) -> Iterator[Flag]:
    """Name each order once: our order for an absent part, the other side's for its copy."""
    orders = data.erased.get(stored.id, {})
    gone = {order for part, order in orders.items() if stored.parts[part : part + 1] == (None,)}
    flags = [("erased", order) for order in gone]
    own = data.context.party
    flags += [("erased-there", each) for each in {*orders.values()} - gone if each.party != own]
    for code, order in sorted(flags, key=lambda each: (each[0], each[1].party, each[1].index)):
        yield Flag(code=code, position=str(order), url=f"/entries/{order}/evidence")


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


def _withdrawal(data: ThreadData, mark: Mark) -> Withdrawal:
    said = data.contents.get(mark.id)
    return Withdrawal(
        entry_id=mark.id,
        reason=said.original if said else (),
        translation=said.translation if said else (),
        author=data.people.author(mark.by),
        position=str(Position(mark.party, mark.index)),
        at=instant(mark.accepted),
    )


def _event(data: ThreadData, stored: Stored) -> EventView:
    entry = entry_of(stored)
    refs, passed = _refs(data, entry), stored.kind == "deadline.passed"
    return EventView(
        entry_id=stored.id,
        position=number_of(stored),
        party=party_of(stored),
        kind=stored.kind,
        accepted=instant(stored.accepted),
        facts=event_facts(data.context, entry, _numbers(data, refs)),
        author=None if passed else data.people.writer(stored),
        url=data.link(data.number(refs[0])) if data.holds(refs[0]) else None,
        unread=data.unread(stored),
        refused=stored.code or None,
        tone="amber" if passed else "quiet",
        doubt=_doubt(data, stored),
    )


def _refs(data: ThreadData, entry: Entry | None) -> Sequence[EntryId]:
    """Return the entries that an event is about; of several, those of the thread."""
    if isinstance(entry, NoteAcknowledged):
        return [note for note in entry.body.entries if data.holds(note)] or [""]
    return [str(getattr(entry, "ref", ""))]


def _numbers(data: ThreadData, refs: Sequence[EntryId]) -> str:
    return (", " if data.context.lang == "en" else "、").join(data.number(ref) for ref in refs)
