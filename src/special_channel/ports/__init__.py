"""Define what has more than one implementation or a double in tests, with guarantees.

Clock, randomness, alarms, the record as the broker needs it, the rollback guard, timers and mail
channels. All other queries are imported from `stores/` (ADR 28). Contains no SQL, Redis or HTTP.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from special_channel.core.bytes.ids import Party, Position
from special_channel.core.log.merkle import Frontier
from special_channel.core.rows.private import PrivateKey, PrivateRow, PrivateRows
from special_channel.core.rules.state import Row, RowKey, Rows
from special_channel.core.rules.timing import TimeNotice
from special_channel.ports.alarms import Alarms
from special_channel.ports.guard import Published
from special_channel.ports.mail import Channel, Delivered, Letter
from special_channel.ports.owed import OwedEntry
from special_channel.ports.reminders import Claim, Claimed, TimerDue, Timers

LogName = Literal["eu", "cn", "private"]
"""A shared log by its party, or the private log of this node's side."""


class Clock(Protocol):
    """Tell the time: the only source of *now* outside `wiring/`."""

    def now(self) -> datetime:
        """Return the current instant, aware and in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never runs backwards, to measure durations."""
        ...


class Randomness(Protocol):
    """Draw random ids, salts and tokens."""

    def bytes(self, length: int) -> bytes:
        """Return `length` bytes of the operating system's generator."""
        ...


Sleep = Callable[[float], Awaitable[None]]
"""Sleep for a number of seconds: `asyncio.sleep` in a node, an event in a test."""


class PeerHead(Protocol):
    """Request a freshly stamped head from the peer (rule 9)."""

    async def fresh_head(self, timeout: float = 0.5) -> str | None:  # noqa: ASYNC109 - the promise is: this long, then None
        """Return a head with a fully mirrored tree; None after `timeout` seconds. Never raises."""
        ...


# The record ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Head:
    """A log's head row.

    Attributes:
        log: The log's name.
        frontier: Size and the hashes of the tree's largest complete subtrees.
        accepted: `accepted` of the last leaf; empty for an empty log.
        stamp: POSIX seconds of our side's latest stamp, or 0 (rules 8 and 9).
        cosigned: For our side's log, the largest size that the peer has cosigned; for the peer's
            log, the largest size that this node has cosigned.
        directory: Number of directory entries in the log, as its last leaf states (K26).
    """

    log: LogName
    frontier: Frontier
    accepted: str = ""
    stamp: int = 0
    cosigned: int = 0
    directory: int = 0

    @property
    def size(self) -> int:
        """Return the number of leaves."""
        return self.frontier.size


@dataclass(frozen=True, slots=True)
class Stored:
    """One entry as stored: tiers 0 to 2 (docs/formats/README.md, "Three tiers").

    Attributes:
        parts: Disclosures in order; None for an erased or missing part.
        order: The display order.
        code: Error code of an invalid mirrored entry; empty for a valid entry.
        damaged: Names of damaged pieces, left out of the entry: `part:0` for a part; `leaf`,
            `columns`, `envelope` or `entry` if the whole entry is left out.
        ordinal: The leaf's place in its thread (K26); 0 without a thread, or without the leaf.
        directory: The leaf's number of directory entries (K26); 0 without the leaf.
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
    ordinal: int = 0
    directory: int = 0


@dataclass(frozen=True, slots=True)
class Commit:
    """Everything that one append writes, atomically.

    Attributes:
        log: The log that grows.
        old: The log's size before the append; must equal the head row's size.
        entries: New entries in the order of index, from `old` on.
        nodes: All new complete tree nodes, (level, index, hash), including level 0.
        frontier: The tree after the append.
        note: The signed checkpoint of exactly the new size (the peer's: as received).
        rows: Changed rows of the shared views; `private_rows`: of the private views.
        checkpoints: Further checkpoints of sizes between `old` and the new size, by size: a
            mirrored page may contain several commits of the peer.
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

    Isolation: only the transaction that locked a log's head with `lock` can append to the log.
    Durability: nothing is durable until the context manager exits; then everything is (fsync).
    """

    async def lock(self, log: LogName) -> Head:
        """Lock a log's head row until the transaction ends; return it. Order: eu, cn, private."""
        ...

    async def lock_shared(self) -> tuple[Head, Head]:
        """Lock both shared heads, `eu` before `cn`, in one round trip."""
        ...

    async def rows(self, keys: frozenset[RowKey], *, lock: bool = False) -> Rows:
        """Look up rows by key, and all charter rows; omit unknown keys. `lock` takes row locks."""
        ...

    async def roots(self, trees: frozenset[tuple[Party, int]]) -> Mapping[tuple[Party, int], bytes]:
        """Return roots by (party, size); trees larger than their log are omitted."""
        ...

    async def ordinals(self, log: LogName, threads: frozenset[str], size: int) -> Mapping[str, int]:
        """Return the last ordinals of threads with entries among the first `size` (K26)."""
        ...

    async def frontiers(self, log: Party, indices: frozenset[int]) -> Mapping[int, int]:
        """Return the frontiers that leaves of a shared log state, by index; omit unknown ones."""
        ...

    async def accepted(self, log: Party, indices: frozenset[int]) -> Mapping[int, str]:
        """Return when entries of a shared log were accepted, by index; omit unknown ones."""
        ...

    async def note_times(self, log: Party, notices: Sequence[tuple[int, TimeNotice]]) -> None:
        """Store what the times of a commit's valid entries show, by index (K8, K28)."""
        ...

    async def write(self, commit: Commit) -> bytes:
        """Write a commit; return the root recomputed from the stored nodes.

        Raises:
            Unavailable: `append-lost` if the head is no longer at `commit.old`.
            Refused: `entry-duplicate` if the log already contains an entry's id.
        """
        ...

    async def note(
        self, log: LogName, note: str, *, size: int, stamp: int = 0, cosigned: bool = False
    ) -> None:
        """Store a cosigned or stamped note; raise the head's `stamp` or `cosigned` accordingly."""
        ...


class Transaction(SharedTransaction, Protocol):
    """A transaction over shared logs, private log and work tables. Never passed to the link.

    Private entries that can't be written now, while the private log is blocked, are queued
    (`owe`): the node's own entries only, since people get an error and sign again later.
    """

    async def private_rows(self, keys: frozenset[PrivateKey]) -> PrivateRows:
        """Look up private rows by key; unknown keys are omitted."""
        ...

    async def execute(self, statement: str, *args: object) -> Sequence[Mapping[str, object]]:
        """Run a statement of the work and desk tables in this transaction."""
        ...

    async def replace_private_rows(self, rows: AsyncIterator[PrivateRow], *, size: int) -> None:
        """Replace all rows of the private views.

        Raises:
            Unavailable: `append-lost` if the private log's size differs from `size`.
        """
        ...

    async def file_lengths(self, digests: Sequence[str]) -> Mapping[str, int]:
        """Return lengths in bytes of stored files by digest; unknown digests are omitted."""
        ...

    async def owe(self, entries: Sequence[OwedEntry]) -> None:
        """Append entries to the queue."""
        ...

    async def owed(self, limit: int) -> Sequence[OwedEntry]:
        """Return the first entries of the queue. The caller must hold the lock on the heads."""
        ...

    async def owed_steps(self, keys: frozenset[PrivateKey]) -> PrivateRows:
        """Return the ladder steps of queued entries with these keys."""
        ...

    async def settle(self, numbers: Sequence[int]) -> None:
        """Delete written entries from the queue."""
        ...

    async def erase(self, order: Position) -> int:
        """Erase the parts listed in the `part.erased` at a position; idempotent.

        Deletes texts, subjects and descriptions, file bytes without other references, and copies at
        our side's desk: the draft, and the draft that waited for release. Returns the number of
        disclosures deleted by this call.

        Raises:
            RuleBroken: `erase-authority` if there is no valid `part.erased` at the position.
        """
        ...

    async def erase_privately(self, order: int) -> int:
        """Erase the parts listed in the `private.erased` at an index of the private log.

        As `erase`; also deletes `data` parts, and the draft that a remark sent back.

        Raises:
            RuleBroken: `erase-authority` if there is no `private.erased` at the index.
        """
        ...

    async def orders_owed(self, party: Party) -> Sequence[Position]:
        """Return erasure orders in a party's log whose parts are not all deleted yet."""
        ...


class SharedRecord(Protocol):
    """The shared logs, without the private log.

    Durability: PostgreSQL with fsync. Concurrency: any number of processes of one party.
    Retry: `begin` may be retried after `Unavailable`; after `OutcomeUnknown`, read first.
    """

    def begin(self) -> AbstractAsyncContextManager[SharedTransaction]:
        """Open a transaction; commit when the block ends without an error.

        Raises:
            Unavailable: `database-unavailable`; nothing was written.
            OutcomeUnknown: `commit-unknown`; the reply to COMMIT was lost (rule 22).
        """
        ...

    async def rows(self, keys: frozenset[RowKey]) -> Rows:
        """Look up rows by key, and all charter rows, in one round trip; omit unknown keys."""
        ...

    async def head(self, log: LogName) -> Head:
        """Read a log's head row."""
        ...

    async def heads(self) -> Mapping[Party, Head]:
        """Read the head rows of both shared logs in one snapshot."""
        ...

    async def entries(self, log: LogName, first: int, limit: int) -> Sequence[Stored]:
        """Return up to `limit` entries from index `first` on, in order."""
        ...

    async def ordinals(self, log: LogName, threads: frozenset[str], size: int) -> Mapping[str, int]:
        """Return the last ordinals of threads, as `SharedTransaction.ordinals`."""
        ...

    async def checkpoint(self, log: LogName, size: int) -> str | None:
        """Return the checkpoint of the commit that ended at exactly `size`, or None."""
        ...

    async def checkpoint_covering(self, log: LogName, index: int) -> tuple[int, str] | None:
        """Return (size, note) of the commit that appended `index`: the smallest size above it."""
        ...

    async def find(self, ids: Sequence[str]) -> Mapping[str, Stored]:
        """Look up entries by id; a valid entry wins over an invalid one with the same id."""
        ...

    async def tree_nodes(
        self, log: LogName, nodes: Sequence[tuple[int, int]]
    ) -> Mapping[tuple[int, int], bytes]:
        """Return stored tree nodes by (level, index)."""
        ...

    async def cosigned(self, log: LogName, covering: int) -> str | None:
        """Return the stored cosigned note of the smallest size above `covering`, or None."""
        ...

    async def stamped(self, log: LogName) -> str | None:
        """Return the newest stored stamped head of a log, or None."""
        ...

    async def state(self) -> tuple[int, int, str]:
        """Return (EU size, CN size, state digest) of one snapshot (rule 6)."""
        ...


class Record(SharedRecord, Protocol):
    """The whole record of one side: shared logs, private log, work tables.

    `at_once` appends one commit to a shared log in one round trip. Its transaction reads heads and
    rows from this process's cache and takes no locks; its one `write` locks both heads, compares
    the cache with the database and the root of the stored nodes with `commit.frontier`, then
    commits. The cache may be stale: a refusal from `at_once` must be confirmed with `begin`.
    """

    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction; errors as for `SharedRecord.begin`."""
        ...

    def at_once(self) -> AbstractAsyncContextManager[SharedTransaction]:
        """Open a transaction on the cache, for one `write`; one block at a time.

        Raises:
            Unavailable, OutcomeUnknown: As `begin`, from the end of `write` as well.
        """
        ...

    def forget(self) -> None:
        """Drop the cache of `at_once`; call before its rows change."""
        ...

    async def replace_rows(self, rows: AsyncIterator[Row], state: tuple[int, int, str]) -> None:
        """Replace all rows of the shared views in one transaction.

        Raises:
            Unavailable, Corrupt: `append-lost`, `views-diverged` if sizes or digest differ.
        """
        ...


__all__ = [
    "Alarms",
    "Channel",
    "Claim",
    "Claimed",
    "Clock",
    "Commit",
    "Delivered",
    "Head",
    "Letter",
    "LogName",
    "PeerHead",
    "Published",
    "Randomness",
    "Record",
    "SharedRecord",
    "SharedTransaction",
    "Sleep",
    "Stored",
    "TimerDue",
    "Timers",
    "Transaction",
]
