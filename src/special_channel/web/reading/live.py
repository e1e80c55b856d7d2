"""One entry that has just arrived: its item, without the rest of its thread.

Does not return the entry's words: the script takes those from the bytes that it checked.
"""

from __future__ import annotations

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import EntryId
from special_channel.ports import Stored
from special_channel.ports.people import ReadMark
from special_channel.web.pages.thread import Ask, Item
from special_channel.web.reading.asks import Delivered, contents, page_ask
from special_channel.web.reading.items import Thread, item
from special_channel.web.reading.people import people
from special_channel.web.reading.scene import Scene
from special_channel.web.reading.words import entry_of


async def live_item(scene: Scene, stored: Stored) -> Item:
    """Return an entry as its thread's page would show it.

    Raises:
        NotFound: `thread-unknown` for an entry of no thread.
    """
    row = await scene.own.views.thread(stored.thread) if stored.thread else None
    if row is None:
        raise NotFound("thread-unknown", "The entry belongs to no thread.")
    others = _named(stored)
    named = await scene.own.record.find(others) if others else {}
    entries = [stored, *(entry for entry in named.values() if entry.thread == stored.thread)]
    said = contents(entries, {})
    reached = Delivered(scene, {})
    asked = getattr(entry_of(stored), "asks", ())
    rows = await scene.own.views.asks(threads=[row.thread]) if asked else ()
    notes = await scene.own.views.notes([row.thread])
    asks: list[Ask] = [
        page_ask(scene, ask, said[stored.id], reached, {}) for ask in rows if ask.note == stored.id
    ]
    thread = Thread(
        scene=scene,
        row=row,
        entries=entries,
        said=said,
        notes={note.note: note for note in notes if note.note == stored.id},
        asks={stored.id: asks},
        rows=(),
        reached=reached,
        people=await people(scene, [stored.by]),
        here=frozenset(),
        erased={},
        mark=ReadMark(),
    )
    return item(thread, stored)


def _named(stored: Stored) -> list[EntryId]:
    """Return the ids of the entries that this one is about."""
    entry = entry_of(stored)
    answers = getattr(entry, "answers", ())
    return sorted({str(getattr(entry, "ref", "")), *(answer.id for answer in answers)} - {""})
