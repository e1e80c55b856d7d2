"""Input of the judge: the candidate entry, pins of the parties, rows and tree roots.

Also checks shared by several kinds. The order of checks is in `judge.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

from special_channel.core.bytes.dsse import Envelope
from special_channel.core.bytes.errors import NotAllowed, RuleBroken
from special_channel.core.bytes.ids import Digest, KeyId, Party
from special_channel.core.entries import SharedEntry
from special_channel.core.entries.record import Erasure
from special_channel.core.rows.charter import CharterRow
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.past import Past
from special_channel.core.rules.state import EntryRow, RowKey, Rows

_R = TypeVar("_R")


class Roots(Protocol):
    """Lookup of tree roots by (origin, size), such as a mapping."""

    def get(self, place: tuple[str, int], /) -> bytes | None:
        """Look up a root; None for an unknown tree."""
        ...


@dataclass(frozen=True, slots=True)
class Pin:
    """Identity of a party, known from outside the record: log origin, digest of the root set."""

    party: Party
    origin: str
    root: Digest


class Candidate(NamedTuple):
    """An entry to judge, with the keys of its verified signatures.

    `signed`: key ids returned by `prove`. `data`: canonical bytes of the data part.
    """

    envelope: Envelope
    entry: SharedEntry
    id: str
    signed: frozenset[KeyId]
    data: bytes | None = None


class JudgeContext(NamedTuple):
    """Lookups for the judge: pins, rows, and tree roots by (origin, size).

    `charter_rows`: rows of all charters; by default found by a scan of `rows`. `answered`: how many
    entries of this log the other side knew, by the frontier of the other log's last leaf in the
    past (K3). Filled for kinds of `needs.needs_answered` alone.
    """

    pins: Mapping[Party, Pin]
    rows: Rows
    roots: Roots
    charter_rows: tuple[CharterRow, ...] | None = None
    answered: int = 0

    def key(self, key: KeyId) -> KeyRow | None:
        """Look up a key's row; None for an unknown key."""
        row = self.rows.get(("key", key))
        return row if isinstance(row, KeyRow) else None

    def row(self, key: RowKey, kind: type[_R]) -> _R | None:
        """Look up a row of the given class; None if absent."""
        row = self.rows.get(key)
        return row if isinstance(row, kind) else None

    def charters(self) -> tuple[CharterRow, ...]:
        """Return the rows of all charters."""
        # A scan of all rows for each entry would be slow, so callers may pass the charters.
        if self.charter_rows is not None:
            return self.charter_rows
        return tuple(row for row in self.rows.values() if isinstance(row, CharterRow))


def owned(party: Party, past: Past) -> None:
    """Refuse an entry in the other party's log.

    Raises:
        NotAllowed: `owner`.
    """
    if party != past.party:
        raise NotAllowed("owner", "This is the other side's to state.")


def named(
    context: JudgeContext, past: Past, entry_id: str, *, invalid_too: bool = False
) -> EntryRow:
    """Look up an entry in the past by id.

    `invalid_too`: also accept an invalid entry.

    Raises:
        RuleBroken: `reference`.
    """
    row = context.row(("entry", entry_id), EntryRow)
    if row is None or not past.holds(row) or (row.code and not invalid_too):
        raise RuleBroken(
            "reference", "The entry names one that its past does not hold.", id=entry_id
        )
    return row


def check_order(erasure: Erasure) -> None:
    """Refuse an erasure by order without a reference to the order.

    Raises:
        RuleBroken: `erase-order`.
    """
    if erasure.basis == "order" and not (erasure.order or "").strip(" \u3000"):
        raise RuleBroken("erase-order", "An erasure by order names the order.")
