"""Ports of the link: what a mirror keeps beside the logs, and whom it tells.

Does not reach the private log, names or columns: nothing here can give them (promise P8).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from special_channel.core.bytes.ids import Party

Sleep = Callable[[float], Awaitable[None]]
"""Waits seconds. `asyncio.sleep` in a node, an event in a test."""

Stamp = Callable[[], Awaitable[str]]
"""Makes a fresh stamped head of the own log, durable before it returns (rule 9)."""


class Alarms(Protocol):
    """Tells the side's operator. Never raises; the same alarm again is one alarm."""

    def sound(self, code: str, /, **facts: str | int) -> None:
        """Say that something is wrong, by a code of `messages/`."""
        ...

    def quiet(self, code: str, /) -> None:
        """Say that it is right again."""
        ...


class AlarmsTold(Protocol):
    """One place per node where each process tells which alarms are on in it."""

    async def tell(self, codes: Sequence[str], now: datetime) -> None:
        """Tell which alarms are on; what is not told again is over."""
        ...

    async def told(self, since: datetime) -> Sequence[str]:
        """Return what any process told since then, in order of code; forget the rest."""
        ...


@dataclass(frozen=True, slots=True)
class LinkTold:
    """How the link stands, as the process that keeps it last told the node's others.

    Attributes:
        told: When it did.
        down_since: Since when the peer does not answer; None while it does.
        heard: When the peer last answered.
        stopped: The code for which the mirror stands still, or empty.
        waiting: Entries of the peer's that are not judged here.
        gap: Index of the one for which others wait, if any.
        reminders_since: Since when the peer's own reminders have not run, by its word.
        peer_undelivered: When its oldest undelivered entry was accepted, by its word.
        peer_told: When it last said so, or that there is none.
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
    """One place per node where one process tells and the others look. The last word counts."""

    async def tell(self, state: LinkTold) -> None:
        """Tell how the link stands."""
        ...

    async def told(self) -> LinkTold | None:
        """Return what was told last; None if nothing ever was."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why the mirror of a log stopped, with both sides' notes.

    Attributes:
        log: The log.
        size: How much of it was mirrored.
        code: The fault; `resumed` closes the last one.
        ours: The newest note that was in order, or empty.
        theirs: The note at fault, whole, or empty.
        detail: What was wrong, in one English sentence.
    """

    log: Party
    size: int
    code: str
    ours: str
    theirs: str
    detail: str


class EvidenceBook(Protocol):
    """Faults of a log's owner, kept for good. Durable when `keep` returns; append-only."""

    async def keep(self, evidence: Evidence) -> None:
        """Keep a fault, or that an operator let the mirror go on (`resumed`)."""
        ...

    async def last(self, log: Party) -> Evidence | None:
        """Return what was kept last of a log."""
        ...


@dataclass(frozen=True, slots=True)
class Gap:
    """A mirrored entry of which parts never came and are not declared erased.

    `parts` are the ordinals of what is missing: texts, subjects, descriptors of files.
    """

    index: int
    parts: tuple[int, ...]


class MirrorBook(Protocol):
    """Further readings and writings that only a mirror needs."""

    async def gaps(self, log: Party) -> Sequence[Gap]:
        """Return what is missing of a log and not declared, in order of index."""
        ...

    async def fill(self, log: Party, index: int, ordinal: int, disclosure: bytes) -> None:
        """Store a part that was missing; again changes nothing.

        Raises:
            RuleBroken: `part-digest` if it is not the one that was committed to.
        """
        ...

    async def boundary(self, log: Party, at_most: int) -> tuple[int, str] | None:
        """Return (size, note) of the largest commit of at most that size."""
        ...

    async def invalid(self, log: Party) -> Sequence[tuple[int, str]]:
        """Return (index, code) of entries without effect, in order of index."""
        ...

    async def of_kind(self, log: Party, kind: str, limit: int) -> Sequence[tuple[str, bytes]]:
        """Return (accepted, envelope) of a kind's newest entries, newest first."""
        ...


class SharedFiles(Protocol):
    """Attachment bytes that the peer may have: named by the own log, or received from it.

    Not every file that an entry of the peer names: by naming a digest it could learn whether
    the same bytes lie here, unsent (promise P8).
    """

    async def length(self, sha256: str) -> int | None:
        """Return a file's length, None if it is not here or not the peer's to have."""
        ...

    def get(self, sha256: str) -> AsyncIterator[bytes]:
        """Stream a file."""
        ...

    async def missing(self, limit: int) -> Sequence[tuple[str, int]]:
        """Return (digest, length) of files that shared entries name and that are not here."""
        ...

    async def receive(self, sha256: str, length: int, chunks: AsyncIterator[bytes]) -> None:
        """Store a file of the peer; nothing is visible unless the bytes have this digest.

        Raises:
            Malformed: `file-digest`.
            Refused: `file-too-large`.
        """
        ...
