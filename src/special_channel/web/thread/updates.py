"""What an open page of a thread lacks since a cursor of the live stream."""

from __future__ import annotations

from collections.abc import Iterable

from special_channel.broker.live import Cursor
from special_channel.ports import Stored
from special_channel.web.shell.content import entry_of, number_of
from special_channel.web.thread.items import ThreadData
from special_channel.web.thread.views import Item, NoteView, ThreadView


def arrivals(
    data: ThreadData, view: ThreadView, since: Cursor | None
) -> tuple[tuple[Item, str], ...]:
    """Return the items missing from an open page, with the positions of the items after them.

    Private events have no cursor and are few: every event is sent.
    """
    fresh = {number_of(entry) for entry in _entries_since(data, since)}
    following = (*(item.position for item in view.items[1:]), "")
    return tuple(
        (item, before)
        for item, before in zip(view.items, following, strict=True)
        if item.private or item.position in fresh
    )


def changed_notes(data: ThreadData, view: ThreadView, since: Cursor | None) -> tuple[NoteView, ...]:
    """Return notes of an open page whose questions, remarks or stages can have changed."""
    new = _entries_since(data, since)
    fresh = {number_of(entry) for entry in new}
    affected = {data.number(id_) for id_ in _referred(new)}
    if since is not None:
        affected |= _delivered_since(data, since.delivered)
    return tuple(
        item
        for item in view.items
        if isinstance(item, NoteView)
        and item.position not in fresh
        and (item.moves or item.position in affected)
    )


def _referred(entries: Iterable[Stored]) -> set[str]:
    """Return the ids of entries that entries refer to or answer."""
    ids = set()
    for entry in map(entry_of, entries):
        ids.add(str(getattr(entry, "ref", "")))
        ids.update(answer.id for answer in getattr(entry, "answers", ()))
    return ids


def _entries_since(data: ThreadData, since: Cursor | None) -> list[Stored]:
    if since is None:
        return []
    sizes = {"eu": since.eu, "cn": since.cn}
    return [entry for entry in data.entries if entry.index >= sizes[entry.log]]


def _delivered_since(data: ThreadData, size: int) -> set[str]:
    """Return the numbers of entries of our log that were delivered beyond a size."""
    own = data.context.party
    reached = range(size, data.context.delivered[own])
    return {number_of(e) for e in data.entries if e.log == own and e.index in reached}
