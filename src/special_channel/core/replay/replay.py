"""Judge and fold entry after entry over rows in memory.

Replaces a store for the verifier and the tests: judge and fold get exactly the rows of `needs`, as
in a node. Does not read bundles or logs: `core/audit` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import Protocol

from special_channel.core.bytes.checks import Verify
from special_channel.core.bytes.dsse import Envelope
from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import KeyId, Party, Position, peer_of
from special_channel.core.entries import SharedEntry
from special_channel.core.replay.fold import entry_row, fold
from special_channel.core.replay.judge import judge, prove
from special_channel.core.replay.needs import needs, needs_answered, needs_behind
from special_channel.core.rows.charter import CharterRow
from special_channel.core.rows.past import Past, Placed
from special_channel.core.rules.judge_context import Candidate, JudgeContext, Pin, Roots
from special_channel.core.rules.state import Row, RowKey, Rows


@dataclass(frozen=True, slots=True)
class UnjudgedEntry:
    """A well-formed entry with its position, not judged yet."""

    position: Position
    frontier: int
    accepted: str
    envelope: Envelope
    entry: SharedEntry
    data: bytes | None = None

    @property
    def placed(self) -> Placed:
        """The entry as argument of the fold."""
        return Placed(
            self.position,
            self.frontier,
            self.accepted,
            self.envelope.id,
            self.entry,
            self.data,
            frozenset(signature.keyid for signature in self.envelope.signatures),
        )


class Frontiers(Protocol):
    """Lookup of the frontier that a leaf states, by (party, index), such as a mapping."""

    def get(self, place: tuple[Party, int], /) -> int | None:
        """Look up a frontier; None for a leaf that is not there."""
        ...


class Replay:
    """State after the entries so far, added in any causal order.

    Attributes:
        rows: Rows by key.
        roots: Tree roots by (origin, size); the caller adds the trees of `roots_needed`.
    """

    def __init__(
        self,
        pins: Mapping[Party, Pin],
        roots: Roots | None = None,
        rows: MutableMapping[RowKey, Row] | None = None,
        verify: Verify | None = None,
        frontiers: Frontiers | None = None,
    ) -> None:
        """Start from an empty state.

        Args:
            pins: Log origins and root keys of the parties, known from outside the record.
            roots: Lookup of roots; `self.roots` by default.
            rows: Empty mapping for rows; a dictionary by default.
            verify: Verifier of signatures; `suites.verify` by default.
            frontiers: Lookup of leaves' frontiers; by default those of the entries added.
        """
        self._placed: dict[tuple[Party, int], int] = {}
        self._frontiers = self._placed if frontiers is None else frontiers
        self._pins = pins
        self._verify = verify
        self._charters: dict[RowKey, CharterRow] = {}
        self.rows: MutableMapping[RowKey, Row] = {} if rows is None else rows
        self.roots: dict[tuple[str, int], bytes] = {}
        self._roots = self.roots if roots is None else roots

    @property
    def charters(self) -> tuple[CharterRow, ...]:
        """Rows of all charters so far."""
        return tuple(self._charters.values())

    def place(
        self, unjudged: UnjudgedEntry, signed: frozenset[KeyId] | None = None
    ) -> Refused | None:
        """Judge an entry against its past and fold a valid one; see `put`."""
        return self.put(unjudged.placed, unjudged.envelope, signed)

    def put(
        self, placed: Placed, envelope: Envelope, signed: frozenset[KeyId] | None = None
    ) -> Refused | None:
        """Judge an entry against its past and fold a valid one.

        Args:
            placed: The entry with its position.
            envelope: The signed envelope.
            signed: Key ids of verified signatures; None verifies all signatures.

        Returns:
            The error of an invalid entry; None for a valid one. An invalid entry changes no row but
            its `entry` row.
        """
        if len(envelope.signatures) > 1 and not placed.signed:
            # A caller that reads many entries names signers of the directory's entries alone.
            signers = frozenset(signature.keyid for signature in envelope.signatures)
            placed = replace(placed, signed=signers)
        position = placed.position
        if self._frontiers is self._placed:
            self._placed[position.party, position.index] = placed.frontier
        try:
            rows = self._rows_for(placed, envelope)
            if signed is None:
                signed = prove(envelope, placed.entry, rows, self._verify)
            candidate = Candidate(envelope, placed.entry, placed.id, signed, placed.data)
            context = JudgeContext(self._pins, rows, self._roots, self.charters)
            if needs_answered(placed.entry):
                context = context._replace(answered=self._answered(placed.past))
            judge(candidate, placed.past, context)
        except Refused as error:
            self.note_invalid(placed, error.code)
            return error
        changed = fold(rows, placed)
        self.rows.update(changed)
        # Cache charters, which every entry needs: a scan of `rows` may be slow.
        for key, row in changed.items():
            if type(row) is CharterRow:
                self._charters[key] = row
        return None

    def note_invalid(self, placed: Placed, code: str) -> None:
        """Store the `entry` row of an invalid entry, for lookup by id (rule 18)."""
        # `setdefault`: a duplicate has the id of a valid entry, and the valid entry's row stays.
        self.rows.setdefault(("entry", placed.id), entry_row(placed, code))

    def _rows_for(self, placed: Placed, envelope: Envelope) -> Rows:
        signers = [signature.keyid for signature in envelope.signatures]
        rows: dict[RowKey, Row] = dict(self._charters)
        self._load({*needs(placed.entry, signers, placed.data), ("entry", placed.id)}, rows)
        asked: frozenset[RowKey] = frozenset()
        while behind := needs_behind(placed.entry, rows, placed.data) - asked:
            self._load(behind, rows)
            asked |= behind
        return rows

    def _answered(self, past: Past) -> int:
        other = peer_of(past.party)
        # A leaf that is missing or malformed shows nothing; the audit names it.
        return (past.frontier and self._frontiers.get((other, past.frontier - 1))) or 0

    def _load(self, keys: Iterable[RowKey], rows: dict[RowKey, Row]) -> None:
        for key in keys:
            row = self.rows.get(key)
            if row is not None:
                rows[key] = row
