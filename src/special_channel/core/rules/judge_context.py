"""What judging looks at: the candidate, the pins, the rows and the roots.

Does not judge: `judge.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

from special_channel.core.bytes.dsse import Envelope
from special_channel.core.bytes.errors import NotAllowed, RuleBroken
from special_channel.core.bytes.ids import KeyId, Party
from special_channel.core.entries import SharedEntry
from special_channel.core.entries.record import Erasure
from special_channel.core.rows.charter import CharterRow
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.past import Past
from special_channel.core.rules.state import EntryRow, RowKey, Rows

_R = TypeVar("_R")


class Roots(Protocol):
    """Tree roots by (origin, size): a mapping, or a tree that knows them all."""

    def get(self, place: tuple[str, int], /) -> bytes | None:
        """Return a root, None where there is no such tree."""
        ...


@dataclass(frozen=True, slots=True)
class Pin:
    """What a reader holds of a party from outside the record."""

    party: Party
    origin: str
    root: KeyId


class Candidate(NamedTuple):
    """An entry to be judged: what it says, and which signatures over it hold.

    `signed` is what `prove` returned. `data` is the canonical bytes of the data part.
    """

    envelope: Envelope
    entry: SharedEntry
    id: str
    signed: frozenset[KeyId]
    data: bytes | None = None


class JudgeContext(NamedTuple):
    """What judging looks things up in: pins, rows, and roots by (origin, size).

    `charter_rows` may be given by a caller that knows them, so that not all rows are looked
    through for each entry.
    """

    pins: Mapping[Party, Pin]
    rows: Rows
    roots: Roots
    charter_rows: tuple[CharterRow, ...] | None = None

    def key(self, key: KeyId) -> KeyRow | None:
        """Return a key's row."""
        row = self.rows.get(("key", key))
        return row if isinstance(row, KeyRow) else None

    def row(self, key: RowKey, kind: type[_R]) -> _R | None:
        """Return a row of this kind, if it is there."""
        row = self.rows.get(key)
        return row if isinstance(row, kind) else None

    def charters(self) -> tuple[CharterRow, ...]:
        """Return the rows of all charters."""
        if self.charter_rows is not None:
            return self.charter_rows
        return tuple(row for row in self.rows.values() if isinstance(row, CharterRow))


def owned(party: Party, past: Past) -> None:
    """Refuse what is not this party's to state.

    Raises:
        NotAllowed: `owner`.
    """
    if party != past.party:
        raise NotAllowed("owner", "This is the other side's to state.")


def named(
    context: JudgeContext, past: Past, entry_id: str, *, invalid_too: bool = False
) -> EntryRow:
    """Return the entry of the past that is named.

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
    """Refuse an erasure by order that does not say by which: nobody could look it up.

    Raises:
        RuleBroken: `erase-order`.
    """
    if erasure.basis == "order" and not (erasure.order or "").strip(" \u3000"):
        raise RuleBroken("erase-order", "An erasure by order names the order.")
