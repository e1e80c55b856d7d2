"""Choose the part of a thread that a page or an answer of the API shows: its window.

At first the newest entries, or those from the reader's first unread one on. From there, cursors
lead in both directions. Does not read texts: `queries.py` does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.ids import PARTIES, Position
from special_channel.core.entries import NotePosted
from special_channel.core.rows.threads import ThreadRow
from special_channel.ports import Stored
from special_channel.stores.reads import ReadMark
from special_channel.stores.thread_windows import ALWAYS, END, FIRST, Edge, Place, after
from special_channel.web.shared.portions import CONTROL
from special_channel.web.shared.query import Query, Text
from special_channel.web.shared.words import BIDI
from special_channel.web.shell.content import entry_of, number_of, party_of
from special_channel.web.shell.context import PageContext
from special_channel.web.thread.ticks import MOST_TICKS
from special_channel.web.thread.views import MOST_ASKS, NOTES

WHOLE: Final = 40
"""A thread with fewer entries is one window, unless they are heavy."""

WINDOW: Final = 20
"""Most entries of a window of a longer thread: several screens of 1440 px."""

BEFORE: Final = 5
"""Entries of a window before the one that it is opened at."""

MOST_OPEN: Final = 500
"""Entries of a window that grew while its page was open; the oldest are not renewed beyond it."""

# Weights are bytes of HTML, so that a page has at most 400 KB: 80 KB are its frame and its form.
HEAVIEST: Final = 260_000
LIGHTEST: Final = 60_000
"""Weight of a window next to many open questions."""

NOTE_WEIGHT: Final = 6_400
"""Weight of a note without its texts."""

EVENT_WEIGHT: Final = 2_200
ASK_WEIGHT: Final = 4_000
"""Weight of an open question that is listed."""

TICK_WEIGHT: Final = 700
"""Weight of an open question in the form alone."""

QUESTION_WEIGHT: Final = 1_500
"""Weight of a question in its note, and in the list beside the entries once it is answered."""

ANSWERED_WEIGHT: Final = 600
"""Weight of a question that a note answers: its link, and its line in the list."""

_ESCAPED: Final = ((b"&", 4), (b"<", 3), (b">", 3), (b'"', 4), (b"'", 4))
"""Marks of a text, and how many bytes each grows by in HTML."""

PRINTED: Final = 200
"""Most entries of one part of a print, or of a dossier's page."""


class WindowQuery(Query):
    """Which part of a thread to show; without any, its unread or its newest entries.

    Attributes:
        at: Number of an entry inside, `start` or `end` of the thread; others change nothing.
        earlier_than: Number of the entry after its last.
        later_than: Number of the entry before its first.
    """

    at: Text = ""
    earlier_than: Text = ""
    later_than: Text = ""


class Shown(NamedTuple):
    """Where an open page begins and ends: numbers of entries; `last` empty for the thread's end."""

    first: str
    last: str = ""


PRIVATE_NUMBER: Final = re.compile("(?:EU|CN)-P-([0-9]{1,15})")
"""Number of an entry of our private log."""

UNREAD_OR_NEWEST: Final = WindowQuery()

NOTHING_BEFORE: Final = Edge(0, dict.fromkeys(PARTIES, -1), "")
"""The cut before a thread's first entry."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a thread.

    Attributes:
        entries: Its entries, in display order.
        start: The cut before them; `end`: the cut after them.
        total: Number of the thread's entries.
        unread: Number of the first unread entry, if that is before the window.
    """

    entries: Sequence[Stored]
    start: Edge
    end: Edge
    total: int
    unread: str = ""

    @property
    def earlier(self) -> int:
        """Number of entries before the window."""
        return self.start.entries

    @property
    def later(self) -> int:
        """Number of entries after the window."""
        return self.total - self.end.entries


async def read_window(
    context: PageContext,
    row: ThreadRow,
    mark: ReadMark,
    asked: WindowQuery,
    shown: Shown | None = None,
    *,
    open_asks: int = 0,
) -> Window:
    """Read the requested window of a thread, or the window of an open page.

    `open_asks`: number of open questions shown next to the window.

    Raises:
        NotFound: `entry-unknown` for a cursor that is no entry of the thread.
    """
    views = context.own.stores.views
    heaviest = heaviest_next_to(open_asks)
    newest: Sequence[Stored] = ()
    if shown is None and not (asked.earlier_than or asked.later_than):
        # Most threads are short: one query reads all, and nothing is before or after.
        newest = await views.entries_between(row.thread, FIRST, END, WINDOW)
        whole = len(newest) < WINDOW
        if not whole and _at_least(newest) < WHOLE:
            newest = await views.entries_between(row.thread, FIRST, END, WHOLE)
            whole = len(newest) < WHOLE
        if whole and sum(map(_weight, newest)) <= heaviest:
            return Window(newest, NOTHING_BEFORE, _to_the_end(len(newest)), len(newest))
        newest = newest[-WINDOW:] if asked == UNREAD_OR_NEWEST else ()
    unread = await views.first_unread(row.thread, context.reader.marks_as, mark)
    if shown is None:
        # Who never was in a thread begins with what is new for everybody.
        opened_at = unread if mark.eu or mark.cn else None
        entries = lighter(newest, len(newest) - 1, heaviest)
        if not entries or (opened_at is not None and opened_at < _place(entries[0])):
            found, at = await _entries(context, row, asked, opened_at)
            entries = lighter(found, at, heaviest)
    else:
        first = await _cursor(context, row, shown.first)
        last = after(await _cursor(context, row, shown.last)) if shown.last else END
        entries = await views.entries_between(row.thread, first, last, MOST_OPEN)
    first = _place(entries[0]) if entries else FIRST
    window = await _between_cuts(context, row, first, entries)
    if shown is not None and not shown.last:
        # What comes between the two readings is in the next one. A cut before it would leave out
        # what our side alone wrote in the last second, and the page has that already.
        window = replace(window, end=_to_the_end(window.total))
    if unread is None or not unread < first:
        return window
    return replace(window, unread=await _number(context, row, unread))


def _to_the_end(entries: int) -> Edge:
    """Return the cut after every entry of a thread, later entries included."""
    return Edge(entries, dict.fromkeys(PARTIES, END.order), ALWAYS)


def _at_least(newest: Sequence[Stored]) -> int:
    """Return how many entries a thread with these newest ones has at least, by their ordinals."""
    last: dict[str, int] = {}
    for entry in newest:
        last[entry.log] = max(last.get(entry.log, 0), entry.ordinal)
    return sum(last.values())


async def _between_cuts(
    context: PageContext, row: ThreadRow, first: Place, entries: Sequence[Stored]
) -> Window:
    """Return the window of entries that begin at a place."""
    views = context.own.stores.views
    last = after(_place(entries[-1])) if entries else first
    start, end, whole = await views.edges(row.thread, first, last, END)
    # What is lost behind the last entry belongs to the last window, as does what is still to come.
    if end.entries == whole.entries:
        end = _to_the_end(whole.entries)
    return Window(entries, start, end, whole.entries)


async def _entries(
    context: PageContext, row: ThreadRow, asked: WindowQuery, unread: Place | None
) -> tuple[Sequence[Stored], int]:
    """Return `WINDOW` entries, and the place of the entry to keep if the window is too heavy.

    `unread`: the entry to open at if the address names no entry; None for the newest.
    """
    views, thread = context.own.stores.views, row.thread
    if asked.earlier_than:
        last = await _cursor(context, row, asked.earlier_than)
        if earlier := await views.entries_between(thread, FIRST, last, WINDOW):
            return earlier, len(earlier) - 1
    first = FIRST
    if asked.later_than:
        first = after(await _cursor(context, row, asked.later_than))
    if asked.later_than or asked.earlier_than or asked.at == "start":
        later = await views.entries_between(thread, first, END, WINDOW, keep="first")
        if later:
            return later, 0
    at = await _find(context, row, asked.at)
    if at is None and asked.at != "end":
        at = unread
    if at is None:
        newest = await views.entries_between(thread, FIRST, END, WINDOW)
        return newest, len(newest) - 1
    following = await views.entries_between(thread, at, END, WINDOW - BEFORE, keep="first")
    before = await views.entries_between(thread, FIRST, at, WINDOW - len(following))
    return [*before, *following], len(before)


async def print_part(
    context: PageContext,
    row: ThreadRow,
    later_than: str,
    heaviest: int | None = None,
    most: int = PRINTED,
) -> Window:
    """Read a part of a thread to print: `most` entries after one, or from the first on.

    `heaviest`: most bytes of HTML, for a page; None for a file. At least one entry is returned.

    Raises:
        NotFound: `entry-unknown`.
    """
    views = context.own.stores.views
    first = after(await _cursor(context, row, later_than)) if later_than else FIRST
    entries = await views.entries_between(row.thread, first, END, most, keep="first")
    if heaviest is not None:
        entries = lighter(entries, 0, heaviest)
    return await _between_cuts(context, row, first, entries)


def heaviest_next_to(open_asks: int) -> int:
    """Return the most bytes of HTML for entries next to a number of open questions."""
    asks = ASK_WEIGHT * min(open_asks, MOST_ASKS) + TICK_WEIGHT * min(open_asks, MOST_TICKS)
    return max(HEAVIEST - asks, LIGHTEST)


def lighter(entries: Sequence[Stored], at: int, heaviest: int) -> list[Stored]:
    """Leave entries out until the rest is no heavier than `heaviest`; at least one is left.

    `at`: place of the entry to keep; of the two ends, the one farther from it loses entries.
    """
    first, last = 0, len(entries)
    weight = sum(map(_weight, entries))
    while weight > heaviest and last - first > 1:
        if at - first > last - 1 - at:
            weight -= _weight(entries[first])
            first += 1
        else:
            last -= 1
            weight -= _weight(entries[last])
    return list(entries[first:last])


def _weight(stored: Stored) -> int:
    texts = sum(map(_in_html, stored.parts))
    if stored.kind not in NOTES:
        return EVENT_WEIGHT + texts
    entry = entry_of(stored)
    if not isinstance(entry, NotePosted):
        return NOTE_WEIGHT + texts
    answered = sum(len(each.numbers()) for each in entry.answers)
    questions = QUESTION_WEIGHT * len(entry.asks) + ANSWERED_WEIGHT * answered
    return NOTE_WEIGHT + texts + questions


def _in_html(part: bytes | None) -> int:
    """Return the bytes of HTML of a part: marks grow when they are escaped, controls are marked."""
    if part is None:
        return 0
    grown = sum(more * part.count(mark) for mark, more in _ESCAPED)
    controls = 0 if part.isascii() else len(BIDI.findall(part.decode(errors="replace")))
    return len(part) + grown + CONTROL * controls


def _place(stored: Stored) -> Place:
    return Place(stored.order, party_of(stored))


async def _find(context: PageContext, row: ThreadRow, number: str) -> Place | None:
    """Return the place of an entry, or of the entry next to an internal note.

    None for a word, or an entry of another thread.
    """
    if (private := PRIVATE_NUMBER.fullmatch(number)) is not None:
        return await context.own.stores.views.place_beside(row.thread, int(private[1]))
    try:
        position = Position.parse(number)
    except Malformed:
        return None
    return await context.own.stores.views.place(row.thread, position)


async def _cursor(context: PageContext, row: ThreadRow, number: str) -> Place:
    place = await _find(context, row, number)
    if place is None:
        raise NotFound("entry-unknown", "There is no such entry in this thread.")
    return place


async def _number(context: PageContext, row: ThreadRow, place: Place) -> str:
    views = context.own.stores.views
    [entry] = await views.entries_between(row.thread, place, after(place), 1)
    return number_of(entry)
