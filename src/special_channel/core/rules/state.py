"""The state: rows by key, their keys, and the state digest.

S(m, n) of rule 3 is the mapping of all rows. A store loads only the rows that an entry needs; the
verifier and the tests hold all rows. Does not fold: `fold.py` does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import orjson

from special_channel.core.bytes.ids import EntryId, KeyId, Party, PersonId, Position, ThreadId
from special_channel.core.entries import SharedEntry
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.rows.charter import CharterRow
from special_channel.core.rows.directory import KeyRow, PartyRow, PersonRow, ReviewRow
from special_channel.core.rows.licences import DrawRow, LicenceRow
from special_channel.core.rows.meetings import MeetingRow, PointRow
from special_channel.core.rows.priorities import PriorityRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import MentionRow, NoteRow, ThreadRow

Table = Literal[
    "party",
    "person",
    "key",
    "review",
    "charter",
    "entry",
    "thread",
    "note",
    "mention",
    "ask",
    "batch",
    "listing",
    "application",
    "meeting",
    "point",
    "licence",
    "draw",
    "priority",
]
RowKey = tuple[Table, str]

COMPARED: Final[tuple[Table, ...]] = tuple(name for name in get_args(Table) if name != "entry")
"""Tables in the state digest (rule 6). Without `entry`, which repeats the log."""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry for lookup by id.

    `code`: error code of an invalid entry; empty for a valid one. `roles`: first letters of the
    part roles, in order. `others`: keys that signed next to the author, in ascending order.
    """

    id: EntryId
    party: Party
    index: int
    kind: str
    thread: ThreadId | None
    by: KeyId
    roles: str
    code: str = ""
    others: tuple[KeyId, ...] = ()

    @property
    def signers(self) -> tuple[KeyId, ...]:
        """Keys of author and further signers."""
        return (self.by, *self.others)

    @property
    def position(self) -> Position:
        """Log and index of the entry."""
        return Position(self.party, self.index)


Row = (
    PartyRow
    | PersonRow
    | KeyRow
    | ReviewRow
    | CharterRow
    | EntryRow
    | ThreadRow
    | NoteRow
    | MentionRow
    | QuestionRow
    | BatchRow
    | ListingRow
    | ApplicationRow
    | MeetingRow
    | PointRow
    | LicenceRow
    | DrawRow
    | PriorityRow
)
Rows = Mapping[RowKey, Row]


def person_key(party: Party, person: PersonId) -> RowKey:
    """Return the key of a `PersonRow`."""
    # By party: both sides may name the same pseudonym at the same time, and neither entry may
    # depend on which of the two a node reads first (K1).
    return "person", f"{party}:{person}"


def question_key(note: EntryId, q: str) -> RowKey:
    """Return the key of a question's row."""
    return "ask", f"{note}:{q}"


def mention_key(thread: ThreadId, entry: EntryId) -> RowKey:
    """Return the key of a `MentionRow`."""
    return "mention", f"{thread}:{entry}"


def listing_key(batch: EntryId, row: int) -> RowKey:
    """Return the key of a `ListingRow`."""
    return "listing", f"{batch}:{row}"


KEYS: Final[Mapping[type, Callable[[Any], RowKey]]] = {
    PartyRow: lambda row: ("party", row.party),
    PersonRow: lambda row: person_key(row.party, row.person),
    KeyRow: lambda row: ("key", row.key),
    ReviewRow: lambda row: ("review", row.entry),
    CharterRow: lambda row: ("charter", str(row.number)),
    EntryRow: lambda row: ("entry", row.id),
    ThreadRow: lambda row: ("thread", row.thread),
    NoteRow: lambda row: ("note", row.note),
    MentionRow: lambda row: mention_key(row.thread, row.id),
    QuestionRow: lambda row: question_key(row.note, row.q),
    BatchRow: lambda row: ("batch", row.batch),
    ListingRow: lambda row: listing_key(row.batch, row.row),
    ApplicationRow: lambda row: ("application", row.number),
    MeetingRow: lambda row: ("meeting", row.meeting),
    PointRow: lambda row: ("point", row.point),
    LicenceRow: lambda row: ("licence", row.licence),
    DrawRow: lambda row: ("draw", row.draw),
    PriorityRow: lambda row: ("priority", row.request),
}
"""Functions that return the table and key of a row, by row type."""


def key_of(row: Row) -> RowKey:
    """Return a row's table and key."""
    return KEYS[type(row)](row)


def row_digest(row: Row) -> bytes:
    """Hash one row: SHA-256 of its table, key and fields (JSON, keys sorted, absent as null)."""
    table, key = key_of(row)
    return fields_digest(table, key, row_bytes(row))


def fields_digest(table: str, key: str, fields: bytes) -> bytes:
    """Hash a row from the `row_bytes` of its fields."""
    return hashlib.sha256(f"{table}\n{key}\n".encode() + fields).digest()


def row_bytes(row: Row) -> bytes:
    """Encode a row's fields as JSON with sorted keys, for stores and digests."""
    return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)


def state_digest(digests: Iterable[bytes]) -> str:
    """Combine row digests, in any order, into the digest that nodes compare (rule 6).

    The digest detects faults, not forgery: the logs' roots protect against an adversary.
    """
    # A sum modulo 2**256 can be updated row by row.
    return f"{sum(int.from_bytes(digest) for digest in digests) % 2**256:064x}"


def digest_of(rows: Rows) -> str:
    """Return the state digest of all compared rows."""
    return state_digest(row_digest(row) for (table, _), row in rows.items() if table in COMPARED)


def thread_of(entry: SharedEntry) -> ThreadId | None:
    """Return an entry's thread; None for kinds without a thread."""
    thread: ThreadId | None = entry.optional("thread", None)
    return thread


def parts_of(entry: SharedEntry) -> str:
    """Return the first letters of the part roles, in order."""
    return "".join([part.k[0] for part in entry.optional("parts", ())])
