"""Read the other side's notes without our acknowledgement. Does not sign: the browser does."""

from __future__ import annotations

from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Position, peer_of
from special_channel.core.bytes.times import instant
from special_channel.core.entries.header import MAX_NAMED
from special_channel.web.received.views import ReceivedNote, ReceivedNotes
from special_channel.web.shared.doubts import doubt_at
from special_channel.web.shared.query import NextText, Query, Text
from special_channel.web.shell.content import excerpt, number_of, position_of
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.forms import local_path
from special_channel.web.shell.people import people
from special_channel.web.shell.threads import find_thread, subjects

MOST: Final = 50
"""Threads chosen at once: a page of the list of threads."""


class ReceivedQuery(Query):
    """Numbers of the threads; without any, every thread.

    `leave`: numbers of notes left out. `next`: address to go on to.
    """

    thread: tuple[Text, ...] = ()
    leave: tuple[Text, ...] = ()
    next: NextText = ""


async def received(context: PageContext, query: ReceivedQuery) -> ReceivedNotes:
    """Return up to 200 notes of the other side without our acknowledgement, the earliest first.

    Raises:
        Malformed: `request-malformed` for too many threads; `position-malformed`.
        NotFound: `thread-unknown`.
    """
    numbers, leave = dict.fromkeys(query.thread), dict.fromkeys(query.leave)
    if len(numbers) > MOST or len(leave) > MAX_NAMED:
        raise Malformed("request-malformed", "Too many threads or notes.", field="thread")
    peer, views = peer_of(context.party), context.own.stores.views
    # A number of our own names no note here.
    left = [each for each in map(Position.parse, leave) if each.party == peer]
    chosen = [await find_thread(context, number) for number in numbers]
    notes, total = await views.unacknowledged(
        peer,
        [row.thread for row in chosen],
        [each.index for each in left],
        MAX_NAMED,
    )
    stored = await context.own.stores.record.find([note.note for note in notes])
    threads = await views.threads_by_id([*dict.fromkeys(note.thread for note in notes)])
    titles = await subjects(context, threads.values())
    authors = await people(context, {each.by for each in stored.values()})
    items = [
        ReceivedNote(
            entry_id=entry.id,
            position=number_of(entry),
            thread=str(threads[note.thread].position),
            thread_id=note.thread,
            title=titles.title(threads[note.thread]),
            author=authors.writer(entry),
            accepted=instant(entry.accepted),
            words=excerpt(entry, context.lang),
            doubt=doubt_at(context.doubts, position_of(entry)),
        )
        for note in notes
        if (entry := stored.get(note.note)) is not None
    ]
    return ReceivedNotes(
        **context.sizes,
        total=total,
        items=tuple(items),
        threads=tuple(str(row.position) for row in chosen),
        left=tuple(map(str, left)),
        goes_on=local_path(query.next, ""),
    )
