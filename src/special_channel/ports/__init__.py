"""What the use cases ask of the outside, with the promises that every store keeps.

Each port has one contract suite in `tests/stores/` that all its stores pass. Does not hold
SQL, Redis, HTTP or anything that does the work.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from special_channel.core.bytes.ids import Party
from special_channel.core.log.merkle import Frontier
from special_channel.core.rules.private import PrivateKey, PrivateRow, PrivateRows
from special_channel.core.rules.state import Row, RowKey, Rows
from special_channel.ports.erasing import Erasing
from special_channel.ports.mail import Delivered, Letter, Mail
from special_channel.ports.owed import Owing
from special_channel.ports.reminders import Claim, Claimed, TimerDue, TimerIndex, Timers, Wakeups

LogName = Literal["eu", "cn", "private"]
"""Both shared logs by their party, and one's own private log."""


class Clock(Protocol):
    """Tells time. The only source of *now* outside `wiring/`."""

    def now(self) -> datetime:
        """Return the aware UTC instant."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for spans."""
        ...


class Randomness(Protocol):
    """Draws ids, salts, tokens."""

    def bytes(self, length: int) -> bytes:
        """Return that many bytes from the system's generator."""
        ...


# The record ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Head:
    """A log's head row.

    Attributes:
        log: Which log.
        frontier: Size and the hashes of its largest complete subtrees.
        accepted: `accepted` of the last leaf, empty before the first.
        stamp: POSIX seconds of the latest own stamp, or 0 (rules 8 and 9).
        cosigned: Largest size that the peer has cosigned (own log), or that this node has
            cosigned (peer's log).
    """

    log: LogName
    frontier: Frontier
    accepted: str = ""
    stamp: int = 0
    cosigned: int = 0

    @property
    def size(self) -> int:
        """How many leaves."""
        return self.frontier.size


@dataclass(frozen=True, slots=True)
class Stored:
    """One entry as it is written and read: tiers 0 to 2 (docs/formats/README.md, "Three tiers").

    `parts` are disclosures in order; None is one that is erased or not here. `code` says
    why a mirrored entry is invalid, empty if it is valid. `order` is the display order.
    `damaged` names what of it is other than signed and left out: `part:0`, or `leaf`, `columns`,
    `envelope` or `entry`, where nothing is left of it.
    """

    log: LogName
    index: int
    id: str
    leaf: bytes
    envelope: bytes
    parts: tuple[bytes | None, ...]
    kind: str
    thread: str | None
    by: str
    accepted: str
    frontier: int
    order: int
    code: str = ""
    damaged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Commit:
    """What one append writes, at once or not at all.

    Attributes:
        log: The log that grows.
        old: Its size before; the head row must still say so.
        entries: In the order of index, from `old` on.
        nodes: All new complete tree nodes, (level, index, hash), level 0 included.
        frontier: The tree afterwards.
        note: The signed checkpoint of exactly this size (own: just signed; peer's: as
            received). Stored by size.
        rows: Changed view rows.
        checkpoints: Further checkpoints inside (old, size), by size, for mirrored pages
            that hold several of the peer's commits.
    """

    log: LogName
    old: int
    entries: tuple[Stored, ...]
    nodes: tuple[tuple[int, int, bytes], ...]
    frontier: Frontier
    note: str
    rows: Mapping[RowKey, Row] = field(default_factory=dict)
    private_rows: Mapping[PrivateKey, PrivateRow] = field(default_factory=dict)
    checkpoints: Mapping[int, str] = field(default_factory=dict)


class SharedTransaction(Protocol):
    """One database transaction on the shared logs and their views.

    Isolation: whoever holds a log's head by `lock` is alone in appending to it. Nothing is
    durable before the context manager ends; then everything is (fsync).
    """

    async def lock(self, log: LogName) -> Head:
        """Lock a log's head row until the end, and read it. Order: eu, cn, private."""
        ...

    async def lock_shared(self) -> tuple[Head, Head]:
        """Lock both shared heads, `eu` before `cn`, in one round trip."""
        ...

    async def rows(self, keys: frozenset[RowKey], *, lock: bool = False) -> Rows:
        """Return those of the rows that exist, and all charter rows; `lock` takes row locks."""
        ...

    async def roots(self, trees: frozenset[tuple[Party, int]]) -> Mapping[tuple[Party, int], bytes]:
        """Return the root of each tree that is not larger than its log."""
        ...

    async def write(self, commit: Commit) -> bytes:
        """Write a commit and return the root computed again from the stored nodes.

        Raises:
            Unavailable: `append-lost` if the head is no longer at `commit.old`.
            Refused: `entry-duplicate` if an id already stands in this log.
        """
        ...

    async def note(
        self, log: LogName, note: str, *, size: int, stamp: int = 0, cosigned: bool = False
    ) -> None:
        """Keep a cosigned or stamped note; raise the head's `stamp` / `cosigned` to it."""
        ...


class PrivateTransaction(Protocol):
    """The private half of a transaction. The link never holds one."""

    async def private_rows(self, keys: frozenset[PrivateKey]) -> PrivateRows:
        """Return those of the private rows that exist."""
        ...

    async def execute(self, statement: str, *args: object) -> Sequence[Mapping[str, object]]:
        """Run a statement of the work tables (`stores/work`, `stores/desk`) in this transaction."""
        ...


class Transaction(SharedTransaction, PrivateTransaction, Erasing, Owing, Protocol):
    """A transaction over shared logs, private log and work tables."""

    async def file_lengths(self, digests: Sequence[str]) -> Mapping[str, int]:
        """Return the length in bytes of each of these files that is stored, by digest."""
        ...


class SharedRecord(Protocol):
    """The shared logs: what the link holds.

    Durability: PostgreSQL with fsync. Concurrency: any number of processes of the party.
    Retry: `begin` may be tried again after Unavailable; after OutcomeUnknown read first.
    """

    def begin(self) -> AbstractAsyncContextManager[SharedTransaction]:
        """Open a transaction; it commits when the block ends without an error.

        Raises:
            Unavailable: `database-unavailable`; nothing was written.
            OutcomeUnknown: `commit-unknown`; the reply to COMMIT was lost (rule 22).
        """
        ...

    async def head(self, log: LogName) -> Head:
        """Read a log's head row."""
        ...

    async def heads(self) -> Mapping[Party, Head]:
        """Read the head rows of both shared logs, as of one moment."""
        ...

    async def entries(self, log: LogName, first: int, limit: int) -> Sequence[Stored]:
        """Return entries from an index on, in order."""
        ...

    async def checkpoint(self, log: LogName, size: int) -> str | None:
        """Return the note of the commit that ended at exactly this size."""
        ...

    async def checkpoint_covering(self, log: LogName, index: int) -> tuple[int, str] | None:
        """Return (size, note) of the commit that brought this index: the smallest size above it."""
        ...


class Record(Protocol):
    """The whole record of one side: shared logs, private log, work tables.

    `at_once` is for one commit of a shared log in one round trip. It hands out the heads and rows
    that this process remembers and locks nothing; its one `write` locks both heads, commits if all
    is as remembered, and has compared the root of the stored nodes with `commit.frontier` before
    that. What is remembered may be stale: whatever is refused there, `begin` has to refuse.
    """

    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction, as `SharedRecord.begin`."""
        ...

    def at_once(self) -> AbstractAsyncContextManager[SharedTransaction]:
        """Lend what is remembered, for one `write`; one block at a time.

        Raises:
            Unavailable: `database-unavailable`. From `write`: nothing was written.
            OutcomeUnknown: From `write`: `commit-unknown`.
        """
        ...

    def forget(self) -> None:
        """Forget what `at_once` remembers: it is about to change."""
        ...


class LogReading(Protocol):
    """More ways to read the shared logs."""

    async def find(self, ids: Sequence[str]) -> Mapping[str, Stored]:
        """Return the entries with these ids; a valid one before an invalid one."""
        ...

    async def tree_nodes(
        self, log: LogName, nodes: Sequence[tuple[int, int]]
    ) -> Mapping[tuple[int, int], bytes]:
        """Return stored tree nodes by (level, index)."""
        ...

    async def cosigned(self, log: LogName, covering: int) -> str | None:
        """Return the smallest kept cosigned note whose size is above `covering`."""
        ...

    async def stamped(self, log: LogName) -> str | None:
        """Return the newest stamped head kept of this log."""
        ...

    async def state(self) -> tuple[int, int, str]:
        """Return (eu size, cn size, state digest) of one moment (rule 6)."""
        ...


class RowReading(Protocol):
    """Reading rows of the shared views in one statement, for who needs no transaction."""

    async def rows(self, keys: frozenset[RowKey]) -> Rows:
        """Return those of the rows that exist, and all charter rows, as they are now."""
        ...


@dataclass(frozen=True, slots=True)
class FileState:
    """A file's place in the store."""

    sha256: str
    length: int
    type: str


class Files(Protocol):
    """Attachment bytes, by digest. Written once, in 1 MiB rows, never half visible."""

    async def put(self, chunks: AsyncIterator[bytes], *, max_bytes: int, type_: str) -> FileState:
        """Store a stream, counting and hashing as it comes.

        Raises:
            Refused: `file-too-large`.
        """
        ...

    async def state(self, sha256: str) -> FileState | None:
        """Return what is stored under this digest."""
        ...

    async def held(self, digests: Sequence[str]) -> frozenset[str]:
        """Return those of the digests whose bytes are here."""
        ...

    def get(self, sha256: str) -> AsyncIterator[bytes]:
        """Stream a file.

        Raises:
            NotFound: `file-missing`.
        """
        ...

    async def missing(self, limit: int) -> Sequence[tuple[str, int]]:
        """Return (digest, length) of files that stored entries name and that are not here."""
        ...

    async def drop_unnamed(self, age: timedelta, most: int) -> int:
        """Delete up to `most` files uploaded longer ago that nothing names; return how many.

        What an entry, a draft or a draft that waits for release names stays, whatever is stored
        meanwhile; so does all of it while damage of the record is known.
        """
        ...

    async def sweep(self, most: int) -> int:
        """Remove the bytes of unfinished uploads and deleted files; return of how many."""
        ...


class Published(Protocol):
    """The rollback guard: the largest own checkpoint that may have left (rule 20).

    Kept outside the database, written with fsync before a signed byte leaves.
    """

    def read(self, log: LogName) -> tuple[int, bytes] | None:
        """Return (size, root), or None if never written."""
        ...

    def write(self, log: LogName, size: int, root: bytes) -> None:
        """Remember (size, root) durably; smaller sizes than the last are ignored."""
        ...

    def renew(self, log: LogName, size: int, root: bytes) -> None:
        """Begin again with (size, root), whatever was remembered."""
        ...

    def give_up(self, log: LogName, size: int, id_: str) -> None:
        """Note that what is remembered counts no more once entry `id_` stands at index `size`."""
        ...

    def given_up(self, log: LogName) -> tuple[int, str] | None:
        """Return what `give_up` has noted: (size, id)."""
        ...

    def keep_on(self, log: LogName) -> None:
        """Forget what `give_up` has noted."""
        ...


__all__ = [
    "Claim",
    "Claimed",
    "Clock",
    "Commit",
    "Delivered",
    "Erasing",
    "FileState",
    "Files",
    "Head",
    "Letter",
    "LogName",
    "LogReading",
    "Mail",
    "PrivateTransaction",
    "Published",
    "Randomness",
    "Record",
    "SharedRecord",
    "SharedTransaction",
    "Stored",
    "TimerDue",
    "TimerIndex",
    "Timers",
    "Transaction",
    "Wakeups",
]
