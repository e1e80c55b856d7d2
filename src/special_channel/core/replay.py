"""Judging and folding one entry after the other over rows held in memory.

The verifier's and the tests' counterpart of a store: each entry sees exactly the rows
that `needs` names, as in a node. Does not read bundles or logs: `audit.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from special_channel.core.charter import CharterRow
from special_channel.core.court import Candidate, Court, Pin
from special_channel.core.dsse import Envelope
from special_channel.core.entries import SharedEntry
from special_channel.core.errors import Refused
from special_channel.core.fold import entry_row, fold
from special_channel.core.ids import KeyId, Party, Position
from special_channel.core.judge import judge, prove
from special_channel.core.needs import needs, needs_behind
from special_channel.core.past import Placed
from special_channel.core.state import Row, RowKey, Rows


@dataclass(frozen=True, slots=True)
class Presented:
    """An entry that is well formed, where it stands, not judged yet."""

    position: Position
    frontier: int
    accepted: str
    envelope: Envelope
    entry: SharedEntry
    data: bytes | None = None

    @property
    def placed(self) -> Placed:
        """The entry as the fold takes it."""
        return Placed(
            self.position,
            self.frontier,
            self.accepted,
            self.envelope.id,
            self.entry,
            self.data,
        )


class Replay:
    """Rows and roots, grown entry by entry in any causal order.

    Attributes:
        rows: The state so far.
        roots: Tree roots by (origin, size); the caller puts in what `roots_needed` names.
    """

    def __init__(self, pins: Mapping[Party, Pin]) -> None:
        self._pins = pins
        self._charters: dict[RowKey, Row] = {}
        self.rows: dict[RowKey, Row] = {}
        self.roots: dict[tuple[str, int], bytes] = {}

    def place(self, presented: Presented, signed: frozenset[KeyId] | None = None) -> Refused | None:
        """Judge an entry against its past and fold it if it is valid.

        Args:
            presented: The entry.
            signed: Whose signatures to take as good; None checks them.

        Returns:
            Why it has no effect, or None. An invalid entry can be named by its id, no more.
        """
        placed = presented.placed
        try:
            seen = self._rows_for(presented)
            self._judge(presented, seen, signed)
        except Refused as error:
            self.note_invalid(placed, error.code)
            return error
        changed = fold(seen, placed)
        self.rows.update(changed)
        # Always needed and few: kept at hand, since `rows` may be large.
        self._charters.update(
            {key: row for key, row in changed.items() if isinstance(row, CharterRow)}
        )
        return None

    def note_invalid(self, placed: Placed, code: str) -> None:
        """Keep what others may name of an entry that has no effect (rule 18).

        A duplicate shares its id with the valid entry, whose row stays.
        """
        self.rows.setdefault(("entry", placed.id), entry_row(placed, code))

    def _judge(self, presented: Presented, rows: Rows, signed: frozenset[KeyId] | None) -> None:
        envelope = presented.envelope
        if signed is None:
            signed = prove(envelope, presented.entry, rows)
        candidate = Candidate(envelope, presented.entry, envelope.id, signed, presented.data)
        judge(candidate, presented.placed.past, Court(self._pins, rows, self.roots))

    def _rows_for(self, presented: Presented) -> Rows:
        signers = [signature.keyid for signature in presented.envelope.signatures]
        keys = needs(presented.entry, signers, presented.data)
        found = {key: self.rows[key] for key in keys if key in self.rows}
        behind = needs_behind(presented.entry, found)
        found |= {key: self.rows[key] for key in behind if key in self.rows}
        own: RowKey = ("entry", presented.envelope.id)
        if own in self.rows:
            found[own] = self.rows[own]
        return found | self._charters
