"""Judging and folding one entry after the other over rows held in memory.

The verifier's and the tests' counterpart of a store: each entry sees exactly the rows
that `needs` names, as in a node. Does not read bundles or logs: `audit.py` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass

from special_channel.core.bytes.checks import Verify
from special_channel.core.bytes.dsse import Envelope
from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import KeyId, Party, Position
from special_channel.core.entries import SharedEntry
from special_channel.core.replay.fold import entry_row, fold
from special_channel.core.replay.judge import judge, prove
from special_channel.core.replay.needs import needs, needs_behind
from special_channel.core.rows.charter import CharterRow
from special_channel.core.rows.past import Placed
from special_channel.core.rules.judge_context import Candidate, JudgeContext, Pin, Roots
from special_channel.core.rules.state import Row, RowKey, Rows


@dataclass(frozen=True, slots=True)
class UnjudgedEntry:
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

    def __init__(
        self,
        pins: Mapping[Party, Pin],
        roots: Roots | None = None,
        rows: MutableMapping[RowKey, Row] | None = None,
        verify: Verify | None = None,
    ) -> None:
        """Begin without rows.

        Args:
            pins: What is known of the parties from outside the record.
            roots: Where roots are looked up, `self.roots` by default.
            rows: Where rows are kept, empty; a dictionary by default.
            verify: What checks signatures; `suites.verify` by default.
        """
        self._pins = pins
        self._verify = verify
        self._charters: dict[RowKey, CharterRow] = {}
        self.rows: MutableMapping[RowKey, Row] = {} if rows is None else rows
        self.roots: dict[tuple[str, int], bytes] = {}
        self._roots = self.roots if roots is None else roots

    @property
    def charters(self) -> tuple[CharterRow, ...]:
        """The rows of all charters so far."""
        return tuple(self._charters.values())

    def place(
        self, presented: UnjudgedEntry, signed: frozenset[KeyId] | None = None
    ) -> Refused | None:
        """Judge an entry against its past and fold it if it is valid; see `put`."""
        return self.put(presented.placed, presented.envelope, signed)

    def put(
        self, placed: Placed, envelope: Envelope, signed: frozenset[KeyId] | None = None
    ) -> Refused | None:
        """Judge an entry against its past and fold it if it is valid.

        Args:
            placed: The entry.
            envelope: What it was signed in.
            signed: Whose signatures to take as good; None checks them.

        Returns:
            Why it has no effect, or None. An invalid entry can be named by its id, no more.
        """
        try:
            seen = self._rows_for(placed, envelope)
            if signed is None:
                signed = prove(envelope, placed.entry, seen, self._verify)
            candidate = Candidate(envelope, placed.entry, placed.id, signed, placed.data)
            judge(
                candidate, placed.past, JudgeContext(self._pins, seen, self._roots, self.charters)
            )
        except Refused as error:
            self.note_invalid(placed, error.code)
            return error
        changed = fold(seen, placed)
        self.rows.update(changed)
        # Always needed and few: kept at hand, since `rows` may be large.
        for key, row in changed.items():
            if type(row) is CharterRow:
                self._charters[key] = row
        return None

    def note_invalid(self, placed: Placed, code: str) -> None:
        """Keep what others may name of an entry that has no effect (rule 18).

        A duplicate shares its id with the valid entry, whose row stays.
        """
        self.rows.setdefault(("entry", placed.id), entry_row(placed, code))

    def _rows_for(self, placed: Placed, envelope: Envelope) -> Rows:
        signers = [signature.keyid for signature in envelope.signatures]
        found: dict[RowKey, Row] = dict(self._charters)
        self._find({*needs(placed.entry, signers, placed.data), ("entry", placed.id)}, found)
        self._find(needs_behind(placed.entry, found), found)
        return found

    def _find(self, keys: Iterable[RowKey], found: dict[RowKey, Row]) -> None:
        for key in keys:
            row = self.rows.get(key)
            if row is not None:
                found[key] = row
