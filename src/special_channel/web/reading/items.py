"""Entries of a thread as the page's notes and events, in display order (rule 5).

Does not verify, and does not tell what happens inside a side: `own_side.py` does, of this one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from special_channel.core.bytes.ids import EntryId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import Entry as Signed
from special_channel.core.entries import NotePosted
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import Mark, NoteRow, ThreadRow
from special_channel.ports import Stored
from special_channel.ports.people import ReadMark
from special_channel.web.pages.thread import (
    AnswerRef,
    Ask,
    Entry,
    Event,
    Flag,
    Gone,
    Item,
    Translation,
)
from special_channel.web.reading.sentences import facts
from special_channel.web.shell.content import (
    Content,
    FileRef,
    Stage,
    entry_of,
    number_of,
    party_of,
    position_of,
    proof,
)
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.damage import is_hidden
from special_channel.web.shell.deliveries import Deliveries
from special_channel.web.shell.people import People

DAMAGED = "damaged"
"""Stands where an event has its kind."""

NOTES = frozenset({"note.posted", "note.corrected"})
"""Kinds that are shown as notes; all others are told in one line."""


@dataclass(frozen=True, slots=True)
class Thread:
    """What a thread's items are made of.

    Attributes:
        said: What each entry says, by id.
        asks: Of the thread, as the page shows them, by the note that asks.
        rows: The same as the record has them.
        here: Digests of files whose bytes are here.
        erased: Parts that are declared erased, and by which order.
        mark: What the reader was shown before.
        lost: Notes that the views know and the log has no longer.
    """

    context: PageContext
    row: ThreadRow
    entries: Sequence[Stored]
    said: Mapping[EntryId, Content]
    notes: Mapping[EntryId, NoteRow]
    asks: Mapping[EntryId, Sequence[Ask]]
    rows: Sequence[QuestionRow]
    reached: Deliveries
    people: People
    here: frozenset[str]
    erased: Mapping[EntryId, Mapping[int, Position]]
    mark: ReadMark
    lost: Sequence[Position] = ()
    _where: dict[EntryId, Stored] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._where.update({entry.id: entry for entry in self.entries})

    @property
    def held(self) -> Mapping[EntryId, Stored]:
        """The entries by id."""
        return self._where

    def position_of(self, id_: EntryId) -> str:
        """Return an entry's number; a dash for one that is not in this thread."""
        found = self._where.get(id_)
        return "–" if found is None else number_of(found)


def about(stored: Stored) -> set[EntryId]:
    """Return the ids of the entries that an entry refers to or answers."""
    entry = entry_of(stored)
    answers = getattr(entry, "answers", None) or ()
    return {str(getattr(entry, "ref", None) or ""), *(answer.id for answer in answers)} - {""}


def is_private(item: Item) -> bool:
    """Tell whether only one's own side sees an item."""
    return isinstance(item, Event) and item.private


def item(thread: Thread, stored: Stored) -> Item:
    """Return an entry as a note or an event; of a damaged one that it is damaged."""
    if is_hidden(stored):
        return damaged(position_of(stored), stored.accepted)
    if stored.kind in NOTES:
        return _note(thread, stored)
    return _event(thread, stored)


def damaged(position: Position, accepted: str) -> Event:
    """Return what is said of an entry that is damaged: its number alone.

    `accepted` orders it and is not shown. Without an id no browser asks for it to check it.
    """
    return Event(
        entry_id="",
        position=str(position),
        party=position.party,
        kind=DAMAGED,
        accepted=instant(accepted),
        tone="amber",
    )


def unread(thread: Thread, stored: Stored) -> bool:
    """Tell whether an entry is new to the reader, and not their own."""
    return (
        stored.index >= thread.mark.of(party_of(stored)) and stored.by != thread.context.reader.key
    )


# Notes --------------------------------------------------------------------------------


def _note(thread: Thread, stored: Stored) -> Entry:
    entry = entry_of(stored)
    said, row = thread.said[stored.id], thread.notes.get(stored.id)
    party = party_of(stored)
    return Entry(
        entry_id=stored.id,
        position=number_of(stored),
        party=party,
        kind=stored.kind,
        author=thread.people.author(stored.by),
        accepted=instant(stored.accepted),
        lang=said.lang or ("en" if party == "eu" else "zh-CN"),
        paragraphs=said.original,
        proof=proof(stored),
        translation=_translation(thread, stored, row),
        files=tuple(_file(thread, file) for file in said.files),
        asks=tuple(thread.asks.get(stored.id, ())),
        answers=_answers(thread, entry),
        stages=_stages(thread, stored, entry, row),
        flags=tuple(_flags(thread, stored, entry, row)),
        marking=getattr(entry, "marking", None),
        unread=unread(thread, stored),
        refused=stored.code or None,
        acknowledgeable=_acknowledgeable(thread, stored, row),
        gone=_gone(thread, row),
    )


def _translation(thread: Thread, stored: Stored, row: NoteRow | None) -> Translation | None:
    """Return the author's own courtesy translation, else the latest of `note.translated`."""
    own = thread.said[stored.id].translation
    if own:
        return Translation(own, party_of(stored))
    last = row.translated[-1] if row and row.translated else None
    held = thread.held.get(last.id) if last else None
    if held is None:
        return None
    return Translation(thread.said[held.id].original, party_of(held), held.id, number_of(held))


def _file(thread: Thread, file: FileRef) -> FileRef:
    if file.sha256 in thread.here or file.url is None:
        return file
    return FileRef(
        file.ordinal, file.name, file.size_bytes, file.media_type, file.sha256, None, file.presence
    )


def _answers(thread: Thread, entry: Signed | None) -> tuple[AnswerRef, ...]:
    if not isinstance(entry, NotePosted):
        return ()
    return tuple(
        AnswerRef(f"{where} Q{q}", f"#{where}")
        for answer in entry.answers
        for where in (thread.position_of(answer.id),)
        for q in answer.numbers()
    )


def _stages(
    thread: Thread, stored: Stored, entry: Signed | None, row: NoteRow | None
) -> tuple[Stage, ...]:
    """Return a note's stages and their proofs (ARCHITECTURE.md, "The life of a note")."""
    position = position_of(stored)
    stages = [
        Stage("signed", instant(entry.at) if entry else None),
        Stage("stored", instant(stored.accepted), str(position)),
        Stage("delivered", thread.reached.at(position)),
    ]
    if row is not None:
        stages.append(_acknowledged(row))
    asks = [ask for ask in thread.rows if ask.note == stored.id]
    if asks:
        stages.append(_answered(asks))
    return tuple(stages)


def _acknowledged(row: NoteRow) -> Stage:
    if not row.acknowledged:
        return Stage("acknowledged")
    first = row.acknowledged[0]
    where = str(Position(first.party, first.index))
    return Stage("acknowledged", instant(first.accepted), where, f"#{where}")


def _answered(asks: Sequence[QuestionRow]) -> Stage:
    """Return the stage of a note all of whose asks are answered: by the last first answer."""
    answers = [answer for ask in asks if (answer := ask.answer) is not None]
    if len(answers) < len(asks):
        return Stage("answered")
    last = max(answers, key=lambda answer: answer.index)
    where = str(Position(asks[0].answering, last.index))
    return Stage("answered", instant(last.accepted), where, f"#{where}")


def _flags(thread: Thread, stored: Stored, entry: Signed | None, row: NoteRow | None) -> list[Flag]:
    found: list[Flag] = []
    if stored.kind == "note.corrected":
        where = thread.position_of(str(getattr(entry, "ref", "")))
        found.append(Flag("corrects", where, f"#{where}"))
    if row is not None:
        found += [_flag("corrected", mark) for mark in row.corrected[-1:]]
    found += _erasures(thread, stored)
    found += [
        Flag("crossed-close", where, f"#{where}") for where in _crossed_closes(thread, stored)
    ]
    if any(_crossed_by(ask, stored) for ask in thread.rows):
        found.append(Flag("crossed"))
    return found


def _crossed_closes(thread: Thread, stored: Stored) -> list[str]:
    """Return the closes that crossed a note: neither entry was in the other one's past."""
    if not thread.row.crossed(position_of(stored), stored.frontier):
        return []
    closes = [thread.held[fact.id] for fact in thread.row.closes if fact.id in thread.held]
    return [
        number_of(close)
        for close in closes
        if close.log != stored.log
        and close.index >= stored.frontier
        and stored.index >= close.frontier
    ]


def _erasures(thread: Thread, stored: Stored) -> list[Flag]:
    """Name each order once: one by which something is gone, one of the peer about its copy."""
    orders = thread.erased.get(stored.id, {})
    gone = {order for part, order in orders.items() if stored.parts[part : part + 1] == (None,)}
    told = [("erased", order) for order in gone]
    own = thread.context.party
    told += [("erased-there", each) for each in {*orders.values()} - gone if each.party != own]
    return [
        Flag(code, str(order), f"/entries/{order}/envelope")
        for code, order in sorted(told, key=lambda each: (each[0], each[1].party, each[1].index))
    ]


def _gone(thread: Thread, row: NoteRow | None) -> Gone | None:
    if row is None or not row.withdrawn:
        return None
    mark = row.withdrawn[0]
    where = str(Position(mark.party, mark.index))
    return Gone(thread.people.author(mark.by), where, instant(mark.accepted))


def _flag(code: str, mark: Mark) -> Flag:
    where = str(Position(mark.party, mark.index))
    return Flag(code, where, f"#{where}", instant(mark.accepted))


def _crossed_by(ask: QuestionRow, stored: Stored) -> bool:
    answer = ask.answer
    return answer is not None and answer.id == stored.id and ask.outcome() == "crossed"


def _acknowledgeable(thread: Thread, stored: Stored, row: NoteRow | None) -> bool:
    theirs = party_of(stored) != thread.context.party
    return bool(
        thread.context.writes and theirs and row and not row.acknowledged and not stored.code
    )


# Events -------------------------------------------------------------------------------


def _event(thread: Thread, stored: Stored) -> Event:
    entry = entry_of(stored)
    ref = str(getattr(entry, "ref", ""))
    return Event(
        entry_id=stored.id,
        position=number_of(stored),
        party=party_of(stored),
        kind=stored.kind,
        accepted=instant(stored.accepted),
        facts=facts(thread, entry),
        author=None if stored.kind == "deadline.passed" else thread.people.author(stored.by),
        url=f"#{thread.position_of(ref)}" if ref in thread.held else None,
        unread=unread(thread, stored),
        refused=stored.code or None,
        tone="amber" if stored.kind == "deadline.passed" else "quiet",
    )


def with_lost(thread: Thread) -> tuple[Item, ...]:
    """Return a thread's items in display order, with what is lost where its log had it."""
    after: dict[int, list[Position]] = {}
    for one in thread.lost:
        before = (
            at
            for at, stored in enumerate(thread.entries, 1)
            if stored.log == one.party and stored.index < one.index
        )
        after.setdefault(max(before, default=0), []).append(one)
    opened = thread.row.opening.accepted
    made: list[Item] = [damaged(one, opened) for one in after.get(0, ())]
    for at, stored in enumerate(thread.entries, 1):
        made.append(item(thread, stored))
        made += [damaged(one, stored.accepted) for one in after.get(at, ())]
    return tuple(made)


def in_order(shared: Sequence[Item], private: Sequence[Event]) -> tuple[Item, ...]:
    """Put private events where they fell among the shared entries, whose order stands."""
    left = sorted(private, key=lambda event: (event.accepted, event.position))
    made: list[Item] = []
    for entry in shared:
        while left and left[0].accepted < entry.accepted:
            made.append(left.pop(0))
        made.append(entry)
    return (*made, *left)
