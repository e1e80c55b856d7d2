"""Which rows and roots an entry's judge and fold look at, asked for in one batch.

Does not load them: a store does, in one query a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import KeyId
from special_channel.core.entries import NoteWithdrawn, SharedEntry
from special_channel.core.kinds.notes import answered_by
from special_channel.core.kinds.table import KINDS
from special_channel.core.log.note import Note
from special_channel.core.rows.threads import NoteRow
from special_channel.core.rules.state import RowKey, Rows

PARTY_ROWS: tuple[RowKey, ...] = (("party", "eu"), ("party", "cn"))


def needs(entry: SharedEntry, signers: Iterable[KeyId], data: bytes | None) -> frozenset[RowKey]:
    """Return the keys of all rows that judging and folding this entry may look at.

    Charter rows are always needed and few: the store adds them all.
    """
    keys: list[RowKey] = [("key", key) for key in signers]
    thread = entry.optional("thread", None)
    if thread is not None:
        keys.append(("thread", thread))
    of_kind = KINDS[type(entry)].needs(entry, data)
    return frozenset((*PARTY_ROWS, ("key", entry.by), *keys, *of_kind))


def needs_behind(entry: SharedEntry, rows: Rows) -> frozenset[RowKey]:
    """Return the keys of further rows, which only the rows of `needs` name.

    Withdrawing a note reopens the questions that it answered; its own row names them.
    """
    if not isinstance(entry, NoteWithdrawn):
        return frozenset()
    note = rows.get(("note", entry.ref))
    return frozenset(answered_by(note)) if isinstance(note, NoteRow) else frozenset()


def roots_needed(entry: SharedEntry) -> frozenset[tuple[str, int]]:
    """Return (origin, size) of each tree whose root the judge compares."""
    found = {(seen.log, seen.size) for seen in entry.seen}
    if entry.kind == "deadline.passed":
        for text in (entry.body.delivered, entry.body.head):
            found.update(_checkpoint_size(text))
    if entry.kind == "deadline.moved":
        found.update(_checkpoint_size(entry.body.delivered))
    return frozenset(found)


def _checkpoint_size(text: str | None) -> Iterator[tuple[str, int]]:
    if text is None:
        return
    try:
        origin, size, *_ = Note.parse(text).text.split("\n")
    except (Malformed, ValueError):
        return  # the judge refuses it by name
    if size.isascii() and size.isdigit() and len(size) < len("9007199254740992"):
        yield origin, int(size)
