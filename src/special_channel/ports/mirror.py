"""Ports of the link: the mirror's own tables, shared files, alarms and status.

Gives no access to the private log, names or columns (promise P8).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from special_channel.core.bytes.ids import Party

Sleep = Callable[[float], Awaitable[None]]
"""Sleep for a number of seconds: `asyncio.sleep` in a node, an event in a test."""

Stamp = Callable[[], Awaitable[str]]
"""Create a stamped head of our side's log, durable before the call returns (rule 9)."""


class Alarms(Protocol):
    """Alarms for our side's operator. Never raises; repeated alarms are deduplicated."""

    def sound(self, code: str, /, **facts: str | int) -> None:
        """Turn an alarm on, by a code of `messages/`."""
        ...

    def quiet(self, code: str, /) -> None:
        """Turn an alarm off: the fault is over."""
        ...


class SharedAlarms(Protocol):
    """A table shared by a node's processes, with the alarms that are on in each process."""

    async def tell(self, codes: Sequence[str], now: datetime) -> None:
        """Store the codes of all alarms on in this process; alarms left out are off."""
        ...

    async def told(self, since: datetime) -> Sequence[str]:
        """Return codes stored by any process since a time, in order; delete older ones."""
        ...


@dataclass(frozen=True, slots=True)
class LinkReport:
    """Status of the link, as last stored by the process that runs the link.

    Attributes:
        told: When the status was stored.
        down_since: Since when the peer has not answered; None while the link is up.
        heard: When the peer last answered.
        stopped: Code of the fault that stopped the mirror, or empty.
        waiting: Number of the peer's entries not judged by this node yet.
        gap: Index of the entry that the others wait for, if any.
        reminders_since: Since when the peer's escalation has not run, as stated by the peer.
        peer_undelivered: When the peer's oldest undelivered entry was accepted, as stated by the
            peer.
        peer_told: When the peer last stated `peer_undelivered`, or that nothing is undelivered.
    """

    told: datetime
    down_since: datetime | None = None
    heard: datetime | None = None
    stopped: str = ""
    waiting: int = 0
    gap: int | None = None
    reminders_since: datetime | None = None
    peer_undelivered: datetime | None = None
    peer_told: datetime | None = None


class LinkBoard(Protocol):
    """One row per node: one process stores the link's status, the others read the last one."""

    async def tell(self, state: LinkReport) -> None:
        """Store the link's status."""
        ...

    async def told(self) -> LinkReport | None:
        """Return the last stored status; None if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why the mirror of a log stopped, with the notes of both sides.

    Attributes:
        log: The log.
        size: The mirror's size when it stopped.
        code: The fault; `resumed` closes the last fault.
        ours: The newest valid note, or empty.
        theirs: The faulty note in full, or empty.
        detail: The fault in one English sentence.
    """

    log: Party
    size: int
    code: str
    ours: str
    theirs: str
    detail: str


class EvidenceBook(Protocol):
    """Append-only table of faults of a log's owner. Durable when `keep` returns."""

    async def keep(self, evidence: Evidence) -> None:
        """Store a fault, or that an operator resumed the mirror (`resumed`)."""
        ...

    async def last(self, log: Party) -> Evidence | None:
        """Return the last evidence stored for a log."""
        ...


@dataclass(frozen=True, slots=True)
class Gap:
    """A mirrored entry with parts that did not arrive and are not declared erased.

    `parts`: ordinals of the missing texts, subjects and file descriptors.
    """

    index: int
    parts: tuple[int, ...]


class MirrorBook(Protocol):
    """Queries and writes used by the mirror alone."""

    async def gaps(self, log: Party) -> Sequence[Gap]:
        """Return missing parts of a log that are not declared erased, in order of index."""
        ...

    async def fill(self, log: Party, index: int, ordinal: int, disclosure: bytes) -> None:
        """Store a missing part; idempotent.

        Raises:
            RuleBroken: `part-digest` if the part does not match its commitment.
        """
        ...

    async def boundary(self, log: Party, at_most: int) -> tuple[int, str] | None:
        """Return (size, note) of the largest commit up to size `at_most`."""
        ...

    async def invalid(self, log: Party) -> Sequence[tuple[int, str]]:
        """Return (index, code) of entries without effect, in order of index."""
        ...

    async def of_kind(self, log: Party, kind: str, limit: int) -> Sequence[tuple[str, bytes]]:
        """Return (accepted, envelope) of a kind's newest entries, newest first."""
        ...


class SharedFiles(Protocol):
    """Attachment bytes that the peer may read: named by our side's log, or sent by the peer.

    Excludes other files, even if an entry of the peer names their digest: otherwise the peer
    could find out whether this node has a file that was never sent (promise P8).
    """

    async def length(self, sha256: str) -> int | None:
        """Return a file's length in bytes; None if missing or not accessible to the peer."""
        ...

    def get(self, sha256: str) -> AsyncIterator[bytes]:
        """Stream a file."""
        ...

    async def missing(self, limit: int) -> Sequence[tuple[str, int]]:
        """Return (digest, length) of missing files named by shared entries."""
        ...

    async def receive(self, sha256: str, length: int, chunks: AsyncIterator[bytes]) -> None:
        """Store a file of the peer; visible only if the bytes match the digest.

        Raises:
            Malformed: `file-digest`.
            Refused: `file-too-large`.
        """
        ...
