"""Links of a thread: entries, applications, licences and a meeting in the record.

Numbers in texts are links for officials, who may open the whole record; an unknown number is
text. Does not read more than a fixed number of rows, for any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Position
from special_channel.core.entries import NotePosted
from special_channel.web.shared.references import application_url, licence_url
from special_channel.web.shell.content import entry_of
from special_channel.web.shell.context import OFFICIALS, PageContext
from special_channel.web.thread.items import ThreadData
from special_channel.web.thread.views import NoteView, ThreadView

MOST_NUMBERS: Final = 500
"""Numbers of a thread that are looked up."""

# ASCII alone: Chinese is written without blanks around a number.
_NUMBER: Final = re.compile(r"(?<![\w/-])[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+(?![\w-])", re.ASCII)


@dataclass(frozen=True, slots=True)
class ThreadLinks:
    """Links of a thread.

    Attributes:
        known: Addresses by number, for numbers in the thread's texts and its opening.
        licences: Numbers of licences issued for the thread's applications.
        meeting: Number of the meeting with the promise in question; empty if absent.
    """

    known: Mapping[str, str] = field(default_factory=dict)
    licences: tuple[str, ...] = ()
    meeting: str = ""


async def thread_links(data: ThreadData, view: ThreadView) -> ThreadLinks:
    """Look up a thread's links; none for a reader with a narrower scope."""
    context = data.context
    if not context.reader.row.roles_now & OFFICIALS:
        return ThreadLinks()
    opened = view.applications
    numbers = sorted({*opened, *_numbers(_texts(view))})[:MOST_NUMBERS]
    known = dict(await _entries(data, numbers))
    rest = [number for number in numbers if number not in known]
    stores = context.own.stores
    issued = await stores.permits.issued_for(opened) if opened else ()
    licences = await stores.permits.numbers_among(rest) if rest else ()
    known |= {number: licence_url(number) for number in (*licences, *issued)}
    applications = await stores.views.applications(rest) if rest else {}
    known |= {number: application_url(number) for number in applications}
    return ThreadLinks(known, tuple(issued), await _meeting(context, data))


def _texts(view: ThreadView) -> Iterator[str]:
    for item in view.items:
        if isinstance(item, NoteView):
            translated = item.translation.paragraphs if item.translation else ()
            yield from (words.text for words in (*item.paragraphs, *translated))


def _numbers(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from _NUMBER.findall(text)


async def _entries(data: ThreadData, numbers: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Return addresses of entries of the two logs; of the same thread, where it shows them."""
    positions = {}
    for number in numbers:
        with suppress(Malformed):
            position = Position.parse(number)
            if position.index < data.context.heads[position.party].size:
                positions[number] = position
    away = [each for number, each in positions.items() if number not in data.here]
    threads = await data.context.own.stores.views.threads_at(away) if away else {}
    same = {str(each) for each, thread in threads.items() if thread == data.row.thread}
    return (
        (
            number,
            data.link(number)
            if number in data.here or number in same
            else f"/entries/{number}/evidence",
        )
        for number in positions
    )


async def _meeting(context: PageContext, data: ThreadData) -> str:
    """Return the meeting of a promise in question: of the first note, an open question, or here."""
    entries = map(entry_of, (*data.others.values(), *data.entries))
    notes = (entry for entry in entries if isinstance(entry, NotePosted))
    promised = (ask.promise for note in notes for ask in note.asks if ask.promise)
    promise = next(promised, None)
    point = await context.own.stores.meetings.point(promise.point) if promise else None
    meeting = await context.own.stores.meetings.meeting(point.meeting) if point else None
    return str(meeting.position) if meeting else ""
