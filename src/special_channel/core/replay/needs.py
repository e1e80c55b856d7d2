"""Keys of the rows and roots that an entry's judge and fold read, collected for one batch.

Does not load rows: a store does, with one query a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import KeyId
from special_channel.core.entries import (
    DIRECTORY_KINDS,
    KeySuspended,
    NoteAcknowledged,
    NoteWithdrawn,
    SharedEntry,
)
from special_channel.core.kinds.directory import needs_of_person, needs_of_roots
from special_channel.core.kinds.machines import needs_of_machine
from special_channel.core.kinds.notes import answered_by, threads_of
from special_channel.core.kinds.reviews import needs_of_reviewed
from special_channel.core.kinds.table import KINDS
from special_channel.core.log.note import Note
from special_channel.core.rows.threads import NoteRow
from special_channel.core.rules.persons import ACTS
from special_channel.core.rules.signers import needs_of_owner
from special_channel.core.rules.state import RowKey, Rows
from special_channel.core.rules.stopping import needs_of_stopper

PARTY_ROWS: tuple[RowKey, ...] = (("party", "eu"), ("party", "cn"))


def needs(entry: SharedEntry, signers: Iterable[KeyId], data: bytes | None) -> frozenset[RowKey]:
    """Return the keys of all rows that judge and fold may read for an entry.

    Without charter rows: the store always adds all charters.
    """
    keys: list[RowKey] = [("key", key) for key in signers]
    thread = entry.optional("thread", None)
    if thread is not None:
        keys.append(("thread", thread))
    of_kind = KINDS[type(entry)].needs(entry, data)
    return frozenset((*PARTY_ROWS, ("key", entry.by), *keys, *of_kind))


def needs_behind(entry: SharedEntry, rows: Rows, data: bytes | None = None) -> frozenset[RowKey]:
    """Return the keys of further rows, named by rows read so far; `data`: as in `needs`.

    Call it again with the rows found until it names no new key.

    A `note.withdrawn` needs the questions in the answers of its note's row; a `note.acknowledged`
    without a thread the threads of its notes; an act on a person the person's keys; a rotation the
    parts of the root; a succession the key before it; a review the keys of those who signed or
    reviewed the entries; a suspension those of its author's other suspensions; a service's entry
    the person who answers for it; a correction the list rows that show the answer it replaces.
    """
    if isinstance(entry, NoteAcknowledged) and entry.thread is None:
        return frozenset(("thread", thread) for thread in threads_of(entry, rows))
    if isinstance(entry, NoteWithdrawn):
        note = rows.get(("note", entry.ref))
        return frozenset(answered_by(note)) if isinstance(note, NoteRow) else frozenset()
    if entry.kind not in DIRECTORY_KINDS:
        of_kind = KINDS[type(entry)].behind(entry, data, rows)
        return frozenset((*needs_of_owner(rows, entry.by), *of_kind))
    return frozenset(
        (
            *needs_of_person(rows, entry),
            *needs_of_roots(rows, entry),
            *needs_of_machine(rows, entry),
            *needs_of_reviewed(rows, entry),
            *(needs_of_stopper(rows, entry) if isinstance(entry, KeySuspended) else ()),
        )
    )


def needs_answered(entry: SharedEntry) -> bool:
    """Return whether the judge reads how much of the own log the other side knows (K3)."""
    return entry.kind in ACTS or entry.kind == "entry.reviewed"


def roots_needed(entry: SharedEntry) -> frozenset[tuple[str, int]]:
    """Return (origin, size) of the trees whose roots the judge compares."""
    trees = {(seen.log, seen.size) for seen in entry.seen}
    if entry.kind == "deadline.passed":
        for text in (entry.body.delivered, entry.body.head):
            trees.update(_checkpoint_size(text))
    if entry.kind == "deadline.moved":
        trees.update(_checkpoint_size(entry.body.delivered))
    return frozenset(trees)


def _checkpoint_size(text: str | None) -> Iterator[tuple[str, int]]:
    if text is None:
        return
    try:
        origin, size, *_ = Note.parse(text).text.split("\n")
    except (Malformed, ValueError):
        return  # malformed: the judge refuses the note with a code
    if size.isascii() and size.isdigit() and len(size) < len("9007199254740992"):
        yield origin, int(size)
