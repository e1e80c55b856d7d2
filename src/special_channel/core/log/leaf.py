"""Leaf lines: the ASCII lines that a log's tree commits to.

Does not contain text or names of persons. Does not judge: `judge` and `audit` check that
`accepted` never falls and that the owner could know the frontier, `numbering` the two counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.core.log import merkle

MAX_BYTES: Final = 320
"""Longer than any leaf: 4+21+34+17+50+50+65+64 bytes."""

_MAX_SIZE: Final = 2**53 - 1
_NUMBER: Final = r"(?:0|[1-9]\d{0,15})"
_LEAF: Final = re.compile(
    r"sc1 (\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ) "
    rf"({_NUMBER}(?:,{_NUMBER})?) "
    rf"({_NUMBER}) "
    r"([a-z]{1,24}\.[a-z]{1,24}) "
    r"(?:-|([0-9a-f]{32}):([1-9]\d{0,15})) "
    r"([0-9a-f]{64}) "
    r"([0-9a-f]{64})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A line of a log.

    Attributes:
        accepted: Time of acceptance by the log's owner, `YYYY-MM-DDThh:mm:ssZ`.
        frontier: Sizes of other logs in the entry's past: (peer,) in a shared log,
            (our shared log, peer) in a private log.
        directory: Number of the log's directory entries, this leaf included (K26).
        kind: The entry's kind.
        thread: 32 hex digits, or None for a kind without a thread.
        ordinal: Place among the leaves of the thread in this log, from 1; 0 without a thread (K26).
        id: The entry's id, 64 hex digits.
        envelope_digest: Hex SHA-256 of the envelope's bytes.

    Raises:
        Malformed: `leaf-malformed`.
    """

    accepted: str
    frontier: tuple[int, ...]
    directory: int
    kind: str
    thread: str | None
    ordinal: int
    id: str
    envelope_digest: str
    _line: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        frontier = ",".join(map(str, self.frontier))
        thread = "-" if self.thread is None else f"{self.thread}:{self.ordinal}"
        fields = self.accepted, frontier, self.directory, self.kind, thread, self.id
        line = " ".join(("sc1", *map(str, fields), self.envelope_digest))
        object.__setattr__(self, "_line", line)
        # A value with a blank or a colon could shift the other fields and still make a leaf line,
        # so compare all fields as a reader sees them.
        if self.parse(line.encode("ascii", "replace")) != self:
            raise _malformed()

    def encode(self) -> bytes:
        """Return the line, without a newline."""
        return self._line.encode("ascii")

    @property
    def hash(self) -> bytes:
        """The leaf's hash in the tree, SHA-256(0x00 || line)."""
        return merkle.leaf_hash(self.encode())

    @property
    def peer_frontier(self) -> int:
        """Size of the peer's log in the entry's past."""
        return self.frontier[-1]

    @classmethod
    def parse(cls, data: bytes) -> Leaf:
        """Parse a line; `Leaf.parse(b).encode() == b` for every accepted `b`.

        Raises:
            Malformed: `leaf-malformed`.
        """
        try:
            line = data.decode("ascii") if len(data) <= MAX_BYTES else ""
        except UnicodeDecodeError as error:
            raise _malformed() from error
        match = _LEAF.fullmatch(line)
        if not match:
            raise _malformed()
        accepted, sizes, directory, kind, thread, ordinal, entry_id, digest = match.groups()
        frontier = tuple(map(int, sizes.split(",")))
        counts = int(directory), int(ordinal or 0)
        if not _in_range((*frontier, *counts), accepted):
            raise _malformed()
        # Skip `__post_init__`: formatting and matching the line again would double the cost.
        leaf = object.__new__(cls)
        put = object.__setattr__
        put(leaf, "accepted", accepted)
        put(leaf, "frontier", frontier)
        put(leaf, "directory", counts[0])
        put(leaf, "kind", kind)
        put(leaf, "thread", thread)
        put(leaf, "ordinal", counts[1])
        put(leaf, "id", entry_id)
        put(leaf, "envelope_digest", digest)
        put(leaf, "_line", line)
        return leaf


def _in_range(numbers: tuple[int, ...], accepted: str) -> bool:
    return max(numbers) <= _MAX_SIZE and _is_time(accepted)


# Cached: the leaves of a commit have the same time.
@lru_cache(maxsize=64)
def _is_time(text: str) -> bool:
    """Tell whether the date exists in the calendar."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _malformed() -> Malformed:
    return Malformed("leaf-malformed", "This is not a leaf line.")
