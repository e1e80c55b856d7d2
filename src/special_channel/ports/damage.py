"""What the check of the record compares and finds: raw rows, damage, results.

Does not compare anything: `broker/log_check.py` and `broker/view_check.py` do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from special_channel.core.log.merkle import Node
from special_channel.ports import Head

What = Literal[
    "entry",
    "leaf",
    "ordinal",
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
"""The damaged object, in this order: a missing entry, its leaf line, the counts in a leaf line that
is not damaged (K26), its leaf hash in the tree, its envelope, its other columns, a text, subject or
file description, a data part, an erased part that is present, a hash above the leaves, a
checkpoint, a head row, a row of a view."""

Area = Literal["eu", "cn", "private", "views", "private-views"]
"""Location of damage: a log, the views of the shared logs, or the views of the private log."""

UNFOLDABLE: Final[frozenset[What]] = frozenset(
    {"entry", "leaf", "hash", "envelope", "columns", "data"}
)
"""Damage that prevents comparing a replay of the logs with the views."""


@dataclass(frozen=True, slots=True, order=True)
class Damage:
    """One difference between the database and the signed bytes, or a replay of the logs.

    Attributes:
        area: The log, or the views.
        index: The entry's index; -1 for damage outside a single entry.
        what: The damaged object.
        place: The part's number, the checkpoint's size, `level/index` of a hash above the
            leaves, or `table key` of a view's row; else empty.
    """

    area: Area
    index: int
    what: What
    place: str = ""

    @property
    def private(self) -> bool:
        """Whether the damage is in the private log or its views."""
        return self.area.startswith("private")

    @property
    def name(self) -> str:
        """Return the location for display: `EU-5`, `PRIVATE-7`, `application A-17`."""
        if self.index >= 0:
            return f"{self.area.upper()}-{self.index}"
        log = "" if self.area.endswith("views") else f"{self.area.upper()} "
        return f"{log}{self.place}".strip()


@dataclass(frozen=True, slots=True)
class KnownDamage:
    """A row of the damage table: the damage, when it was found, and the row's number."""

    damage: Damage
    found: datetime
    number: int


@dataclass(frozen=True, slots=True)
class RawPart:
    """A row of `parts`; `described`: its file columns agree with its disclosure."""

    ordinal: int
    disclosure: bytes | None
    described: bool


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An unchecked row of `entries`, with its parts."""

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
    ordinal: int
    directory: int
    others: Sequence[str]
    parts: tuple[RawPart, ...]


@dataclass(frozen=True, slots=True)
class LogBlock:
    """Part of a log as stored, read in one snapshot.

    Attributes:
        head: The log's head row.
        first: Index of the first entry, a multiple of the block's length.
        end: Index after the last entry.
        entries: Existing rows by index.
        nodes: Stored tree nodes of the block, and of the tree before the block.
        notes: Checkpoints that end in the block, by size.
        erased: (index, part) of parts erased by an order.
        before: In order, the leaf lines before the block that its counts go on from: of the last
            entry in each of the block's threads, and of the entry before the block.
    """

    head: Head
    first: int
    end: int
    entries: Mapping[int, RawEntry]
    nodes: Mapping[Node, bytes]
    notes: Mapping[int, str]
    erased: frozenset[tuple[int, int]]
    before: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class RawRow:
    """A view's row as stored: key, document, digest, and the other columns in order."""

    key: str
    doc: str
    digest: bytes
    columns: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class CheckState:
    """Results of the record's check so far.

    Attributes:
        passed: When the last complete pass without damage ended.
        ended: When the last complete pass ended, with or without damage.
        damaged: Current damage, in order.
    """

    passed: datetime | None = None
    ended: datetime | None = None
    damaged: tuple[Damage, ...] = field(default=())
