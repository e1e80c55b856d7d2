"""Read a part of a thread: its entries, their questions, and the private entries of our side.

The number of queries and of rows does not grow with the thread: a page has a window
(`windows.py`). Open questions are read from the whole thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.ids import PARTIES, EntryId, Party, Position, private_number
from special_channel.core.bytes.times import instant
from special_channel.core.entries import (
    NoteAcknowledged,
    NoteCorrected,
    NotePosted,
)
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import NoteRow, ThreadRow
from special_channel.ports import Stored
from special_channel.stores.reads import ReadMark
from special_channel.stores.thread_windows import END, FIRST
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.content import (
    contents,
    entry_of,
    number_of,
    party_of,
    position_of,
    title,
)
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.damage import lost_of
from special_channel.web.shell.people import people
from special_channel.web.shell.questions import delivered, last_heard_of
from special_channel.web.shell.threads import MANY, batch_refs, thread_item
from special_channel.web.shell.translations import subject_of
from special_channel.web.thread.asked import questions
from special_channel.web.thread.items import ThreadData, items
from special_channel.web.thread.ours import NOTHING_OURS, read_ours
from special_channel.web.thread.views import RecordView, ThreadView, WindowView
from special_channel.web.thread.windows import (
    PRINTED,
    UNREAD_OR_NEWEST,
    Shown,
    Window,
    WindowQuery,
    heaviest_next_to,
    print_part,
    read_window,
)

MOST_WAITING: Final = 200
"""Entries not checked yet, on one page."""

MOST_READS: Final = 4
"""Most readings of a thread while others write to it."""


async def read_thread(
    context: PageContext,
    row: ThreadRow,
    asked: WindowQuery = UNREAD_OR_NEWEST,
    shown: Shown | None = None,
) -> ThreadData:
    """Read a window of a thread, and the rows about its entries; `shown`: that of an open page.

    Raises:
        NotFound: `entry-unknown` for a cursor that is no entry of the thread.
    """
    mark = await _mark(context, row)
    window, waiting = await _window_and_open(context, row, mark, asked, shown)
    return await _read(context, row, window, waiting, mark)


async def read_print(
    context: PageContext,
    row: ThreadRow,
    later_than: str,
    *,
    page: bool = False,
    most: int = PRINTED,
) -> ThreadData:
    """Read a part of a thread to print, from the entry after `later_than` on; empty: the first.

    `page`: for a page, whose parts are shorter if their entries are heavy; `most`: entries.

    Raises:
        NotFound: `entry-unknown`.
    """
    waiting = await _open_asks(context, row)
    heaviest = heaviest_next_to(len(waiting)) if page else None
    window = await print_part(context, row, later_than, heaviest, most)
    return await _read(context, row, window, waiting, await _mark(context, row))


async def _mark(context: PageContext, row: ThreadRow) -> ReadMark:
    marks = await context.own.desk.reads.marks(context.reader.marks_as, [row.thread])
    return marks.get(row.thread, ReadMark())


async def _open_asks(context: PageContext, row: ThreadRow) -> Sequence[QuestionRow]:
    views = context.own.stores.views
    return await views.asks(threads=[row.thread], only_open=True, limit=MANY)


async def _window_and_open(
    context: PageContext,
    row: ThreadRow,
    mark: ReadMark,
    asked: WindowQuery,
    shown: Shown | None,
) -> tuple[Window, Sequence[QuestionRow]]:
    """Read a window and the thread's open questions, of the same state of both logs.

    Of one state each: a due time whose move is not among the entries, or a question without its
    row, would look to the browser like something that was not signed.
    """
    after = await _open_asks(context, row)
    for _ in range(MOST_READS):
        before = after
        window = await read_window(context, row, mark, asked, shown, open_asks=len(before))
        after = await _open_asks(context, row)
        if after == before:
            break
    return window, after


async def _read(
    context: PageContext,
    row: ThreadRow,
    window: Window,
    waiting: Sequence[QuestionRow],
    mark: ReadMark,
) -> ThreadData:
    views, record = context.own.stores.views, context.own.stores.record
    entries = window.entries
    here = {entry.id for entry in entries}
    in_window = await views.notes_between(row.thread, window.start, window.end)
    notes = {note.note: note for note in in_window}
    about = {*_asked_by(entries), *here, *notes}
    known = {(ask.note, ask.q): ask for ask in (*waiting, *await views.asks_of_notes(about))}
    asks = sorted(known.values(), key=lambda ask: (ask.due, f"{ask.note}:{ask.q}"))
    notes |= await views.notes_by_id({ask.note for ask in asks} - notes.keys())
    others = {entry.id: entry for entry in await _beginning(context, row, window)}
    subjects = {row.opening.id, *(mark.id for mark in row.opening.translated)}
    ids = subjects | {*_texts_of(row, entries, notes.values(), asks)}
    missing = sorted(ids - here - others.keys())
    others |= await record.find(missing) if missing else {}
    every = [*entries, *others.values()]
    erased = await views.erased([entry.id for entry in every if entry.parts])
    texts = contents(every, erased)
    digests = {file.sha256 for each in texts.values() for file in each.files if file.sha256}
    # A note that came after the entries were read is new, not lost.
    named = [
        Position(note.party, note.index)
        for note in in_window
        if note.index < context.sizes[note.party]
    ]
    return ThreadData(
        context=context,
        row=row,
        window=window,
        others=others,
        places=await views.numbers_in(row.thread, {*_referred(entries)} - here - others.keys()),
        contents=texts,
        notes=notes,
        asks=asks,
        heard=await last_heard_of(context, asks),
        deliveries=await delivered(context, [*map(position_of, every), *_answers_to(asks)]),
        people=await people(context, {entry.by for entry in every}),
        files=await context.own.desk.scanner.checks(sorted(digests)),
        erased=erased,
        mark=mark,
        lost=lost_of(entries, [*named, *([] if window.earlier else [row.position])]),
    )


async def _beginning(context: PageContext, row: ThreadRow, window: Window) -> Sequence[Stored]:
    """Return a thread's opening and its first note, if they are before the window."""
    # The opening has the subject; the note may be about a meeting's promise.
    if window.earlier < 2:  # noqa: PLR2004 - the two
        return ()
    views = context.own.stores.views
    return await views.entries_between(row.thread, FIRST, END, 2, keep="first")


def _asked_by(entries: Iterable[Stored]) -> Iterator[EntryId]:
    """Yield the notes of the questions that entries answer, move or speak of."""
    for entry in map(entry_of, entries):
        if isinstance(entry, NotePosted):
            yield from (answer.id for answer in entry.answers)
        elif hasattr(getattr(entry, "body", None), "q"):
            yield str(getattr(entry, "ref", ""))


def _answers_to(asks: Iterable[QuestionRow]) -> Iterator[Position]:
    for ask in asks:
        if ask.answer:
            yield Position(ask.answering, ask.answer.index)


def _referred(entries: Iterable[Stored]) -> Iterator[EntryId]:
    """Yield the ids named by entries as their subjects."""
    for entry in map(entry_of, entries):
        if isinstance(entry, NoteAcknowledged):
            yield from entry.body.entries
        elif isinstance(entry, NotePosted):
            yield from (answer.id for answer in entry.answers)
        elif ref := getattr(entry, "ref", None):
            yield str(ref)


def _texts_of(
    row: ThreadRow,
    entries: Sequence[Stored],
    notes: Iterable[NoteRow],
    asks: Iterable[QuestionRow],
) -> Iterator[EntryId]:
    """Yield the entries with texts in a window, from anywhere in the thread."""
    yield from (ask.note for ask in asks)
    for note in notes:
        yield from (mark.id for mark in (*note.translated, *note.withdrawn))
    for stored in entries:
        entry = entry_of(stored)
        if isinstance(entry, NoteCorrected):
            yield entry.ref
    if any(row.crossed(position_of(entry), entry.frontier) for entry in entries):
        yield from (close.id for close in row.closes)


async def thread_view(
    data: ThreadData, ours_below: int = END.order, *, shared: bool = False
) -> ThreadView:
    """Read the view of a thread; with private entries below an index of the private log alone.

    `shared`: of the two shared logs alone; nothing private is read.
    """
    context, row = data.context, data.row
    stores = context.own.stores
    asks = questions(data)
    batch = (await batch_refs(context, [row.opening.batch])).get(row.opening.batch)
    unchecked = await stores.waiting.lines(context.peer, MOST_WAITING, thread=row.thread)
    gap = (await stores.waiting.waits(context.peer)).gap if unchecked else None
    passed = context.own.status.check().passed
    ours = NOTHING_OURS if shared else await read_ours(data, ours_below)
    return ThreadView(
        **context.sizes,
        thread=thread_item(context, row, _title(data), batch=batch, holder=ours.holder),
        opener_id=row.opening.id,
        opener_key=row.opening.by,
        opened_at=instant(row.opening.accepted),
        translatable=context.writes and row.position not in data.lost,
        closed_in=str(Position(data.close.party, data.close.index)) if data.close else None,
        applications=row.opening.applications,
        items=items(data, asks, ours.events),
        window=_window_view(data, ours.older),
        asks=tuple(sorted(asks, key=lambda ask: (ask.outcome != "open", ask.due.at))),
        record=await _record(data),
        last_visit=data.mark.at,
        ladder=ours.ladder,
        ladder_of=ask_number(ours.ladder_of) if ours.ladder_of else None,
        unchecked=tuple(unchecked),
        waits_for=str(gap) if gap else "",
        check_passed_at=passed.isoformat() if passed else None,
    )


def _window_view(data: ThreadData, older: int | None) -> WindowView:
    window, entries = data.window, data.entries
    return WindowView(
        first=number_of(entries[0]) if entries else "",
        last=number_of(entries[-1]) if entries else "",
        earlier=window.earlier,
        later=window.later,
        unread=window.unread,
        older_ours="" if older is None else private_number(data.context.party, older),
    )


async def remember(data: ThreadData) -> None:
    """Store the reader's last entry of a thread, for the marks of new entries.

    Nothing for a window beyond an unread entry outside the window.
    """
    if data.window.unread:
        return
    sizes = dict.fromkeys(PARTIES, 0)
    for entry in data.entries:
        sizes[party_of(entry)] = max(sizes[party_of(entry)], entry.index + 1)
    await _store_mark(data.context, data.row, sizes)


async def remember_all(context: PageContext, row: ThreadRow) -> None:
    """Store that the reader was shown a whole thread."""
    [whole] = await context.own.stores.views.edges(row.thread, END)
    await _store_mark(context, row, {party: index + 1 for party, index in whole.last.items()})


async def _store_mark(context: PageContext, row: ThreadRow, sizes: Mapping[Party, int]) -> None:
    mark = ReadMark(sizes["eu"], sizes["cn"], context.now)
    reads, reader = context.own.desk.reads, context.reader.marks_as
    await reads.mark(reader, row.thread, mark, context.now)


async def mark_unread(context: PageContext, row: ThreadRow, number: str) -> None:
    """Store an entry and all later entries of the thread as unread by the reader.

    Raises:
        NotFound: `entry-unknown` for an entry of another thread.
    """
    views = context.own.stores.views
    try:
        place = await views.place(row.thread, Position.parse(number))
    except Malformed:
        place = None
    if place is None:
        raise NotFound("entry-unknown", "There is no such entry in this thread.")
    [before] = await views.edges(row.thread, place)
    first = {party: index + 1 for party, index in before.last.items()}
    reads, reader = context.own.desk.reads, context.reader.marks_as
    mark = ReadMark(first["eu"], first["cn"])
    await reads.mark_unread(reader, row.thread, mark, context.now)


def _title(data: ThreadData) -> Pair:
    if data.row.opening.id not in data.by_id:
        return Pair(Words("", data.context.lang, None, "damaged"))
    opening = data.row.opening
    texts = {mark.id: title(data.contents.get(mark.id)).original for mark in opening.translated}
    return subject_of(data.context.party, opening, title(data.contents.get(opening.id)), texts)


async def _record(data: ThreadData) -> RecordView:
    context, own = data.context, data.context.heads[data.context.party]
    record = context.own.stores.record
    note = await record.cosigned(context.party, own.cosigned - 1) if own.cosigned else None
    return RecordView(
        entries=data.window.total,
        roots={party: head.frontier.root().hex() for party, head in context.heads.items()},
        cosigned_at=context.cosigned(context.party, note) if note else None,
    )
