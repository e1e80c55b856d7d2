"""Ports of the check of the record: what a check reads, and where it keeps what it finds.

Does not compare anything: `broker/log_check.py` and `broker/view_check.py` do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol

from special_channel.core.log.merkle import Node
from special_channel.ports import Head, LogName, Stored

What = Literal[
    "entry",
    "leaf",
    "hash",
    "envelope",
    "columns",
    "part",
    "data",
    "erased",
    "node",
    "checkpoint",
    "head",
    "row",
]
"""What is damaged: a missing entry, its leaf line, its leaf hash in the tree, its envelope, its
other columns, a text, subject or file description, a data part, an erased part that is back, a
hash above the leaves, a checkpoint, a head row, a row of a view."""

Area = Literal["eu", "cn", "private", "views", "private-views"]
"""Where damage is: in a log, or in the views of the shared logs or of the private one."""

UNFOLDABLE: Final[frozenset[What]] = frozenset(
    {"entry", "leaf", "hash", "envelope", "columns", "data"}
)
"""Damage after which a replay of the logs can't be compared with the views."""

OF_AN_ENTRY: Final[frozenset[What]] = frozenset(
    {"entry", "leaf", "hash", "envelope", "columns", "part", "data", "erased"}
)
"""Damage that is named at one entry, and for which that entry is not shown."""


@dataclass(frozen=True, slots=True, order=True)
class Damage:
    """One difference between the database and what was signed, or what the logs make.

    Attributes:
        area: The log, or the views.
        index: The entry's index; -1 where it is no single entry's.
        what: What is damaged.
        place: The part's number, the checkpoint's size, `level/index` of a hash above the
            leaves, `table key` of a view's row; else empty.
    """

    area: Area
    index: int
    what: What
    place: str = ""

    @property
    def private(self) -> bool:
        """Tell whether it lies in the private log or its views."""
        return self.area.startswith("private")

    @property
    def name(self) -> str:
        """Return how people call the place: `EU-5`, `PRIVATE-7`, `application A-17`."""
        if self.index >= 0:
            return f"{self.area.upper()}-{self.index}"
        log = "" if self.area.endswith("views") else f"{self.area.upper()} "
        return f"{log}{self.place}".strip()


@dataclass(frozen=True, slots=True)
class KnownDamage:
    """Damage that is kept, since when it is known, and its number in its table."""

    damage: Damage
    found: datetime
    number: int


@dataclass(frozen=True, slots=True)
class RawPart:
    """A row of `parts`; `described`: its file columns are those of its disclosure."""

    ordinal: int
    disclosure: bytes | None
    described: bool


@dataclass(frozen=True, slots=True)
class RawEntry:
    """A row of `entries` as it is stored, unchecked, with its parts."""

    index: int
    id: str
    leaf: bytes
    envelope: bytes
    kind: str
    thread: str | None
    by: str
    roles: str
    accepted: str
    frontier: int
    order: int
    code: str
    parts: tuple[RawPart, ...]


@dataclass(frozen=True, slots=True)
class LogBlock:
    """Part of a log as it is stored, read at one moment.

    Attributes:
        head: The log's head row.
        first: Index of the first entry, a multiple of the block's length.
        end: Index after the last.
        entries: The rows that are there, by index.
        nodes: Stored tree nodes: those of the block, and those of the tree before it.
        notes: Checkpoints that end in the block, by size.
        erased: (index, part) of what an order erased.
    """

    head: Head
    first: int
    end: int
    entries: Mapping[int, RawEntry]
    nodes: Mapping[Node, bytes]
    notes: Mapping[int, str]
    erased: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row of a view as it is stored: key, document, digest, and the other columns in order."""

    key: str
    doc: str
    digest: bytes
    columns: tuple[object, ...]


class ViewSnapshot(Protocol):
    """Logs and views of one moment."""

    async def size(self, log: LogName) -> int:
        """Return a log's size."""
        ...

    async def entries(self, log: LogName, first: int, limit: int) -> Sequence[Stored]:
        """Return entries from an index on."""
        ...

    async def digest(self) -> bytes:
        """Return the state digest that the heads keep."""
        ...

    def rows(self, table: str) -> AsyncIterator[Sequence[RawRow]]:
        """Yield the rows of a view, some at a time."""
        ...


class CheckReading(Protocol):
    """Reads what is stored as it is, unchecked."""

    async def block(self, log: LogName, first: int, length: int) -> LogBlock:
        """Read a block of a log, at one moment."""
        ...

    def snapshot(self) -> AbstractAsyncContextManager[ViewSnapshot]:
        """Open a view of one moment on logs and views; keep it open for seconds only."""
        ...


@dataclass(frozen=True, slots=True)
class CheckState:
    """How the check stands.

    Attributes:
        passed: When the last complete pass that found nothing ended.
        ended: When the last complete pass ended, whatever it found.
        damaged: What is damaged now, in order.
    """

    passed: datetime | None = None
    ended: datetime | None = None
    damaged: tuple[Damage, ...] = field(default=())


class DamageBook(Protocol):
    """Keeps what was found, with the damaged bytes. Durable when a call returns."""

    async def keep(self, damage: Damage) -> bool:
        """Keep damage and the bytes as they are now; False if it is known already.

        The bytes of a part that was erased by order are not kept.
        """
        ...

    async def known(self) -> Sequence[KnownDamage]:
        """Return the damage that is not mended, in order."""
        ...

    async def mended(self, numbers: Sequence[KnownDamage]) -> None:
        """Note that these are found no longer."""
        ...

    async def ended(self, at: datetime, *, passed: bool) -> None:
        """Note that a complete pass ended."""
        ...

    async def state(self) -> CheckState:
        """Return how the check stands."""
        ...
