"""Collect the verdicts on entries: valid, invalid, or not judged. The end of step 3.

Memory: a byte per entry, and the refusals. Refusals are decided after the last entry, when all
missing entries are known. Does not judge: `audit.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from special_channel.core.audit.entries import Entries, InvalidEntry, ReadEntry
from special_channel.core.audit.findings import FindingCollector
from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import EntryId, Party, Position, peer_of
from special_channel.core.entries import (
    EntryReviewed,
    LogRestored,
    PartErased,
    PeerRefused,
    SharedEntry,
)
from special_channel.core.log.leaf import Leaf

_NODE_SAYS = {"entry-id": "leaf-entry-disagree"}
"""Codes of a node, for faults that a verifier names more exactly."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Reason for an entry's lack of effect; an empty code: the entry could not be judged."""

    position: Position
    leaf: Leaf
    code: str
    facts: Mapping[str, str | int]


class UnreadEntries:
    """Index of entries that can't be read or judged; constant time per lookup.

    A bundle may lack every named entry, so a linear search for each would take too long.
    """

    def __init__(self) -> None:
        """Create an empty index."""
        self._by_id: dict[EntryId, Position] = {}
        self._openings: dict[str | None, Position] = {}
        self._charters: dict[str, Position] = {}

    def add(self, position: Position, leaf: Leaf) -> None:
        """Add an entry."""
        _store_first(self._by_id, leaf.id, position)
        if leaf.kind == "thread.opened":
            _store_first(self._openings, leaf.thread, position)
        elif leaf.kind == "charter.adopted":
            _store_first(self._charters, leaf.kind, position)

    def lacking(self, refusal: _Refusal) -> Position | None:
        """Return the missing entry that caused a refusal, if any.

        The missing entry itself is reported elsewhere. A key without a readable enrolment is
        always `key-unknown`, even if the enrolment may be among the missing entries.
        """
        match refusal.code:
            case "reference":
                return self._by_id.get(str(refusal.facts.get("id")))
            case "thread-unknown":
                return self._openings.get(refusal.leaf.thread)
            case "charter-absent":
                return self._charters.get("charter.adopted")
            case _:
                return None


_Key = TypeVar("_Key")


def _store_first(places: dict[_Key, Position], key: _Key, position: Position) -> None:
    """Store the first position in report order: the EU's log before CN's."""
    stored = places.get(key)
    if stored is None or _report_order(position) < _report_order(stored):
        places[key] = position


def _report_order(position: Position) -> tuple[bool, int]:
    return position.party != "eu", position.index


class Verdicts:
    """Verdicts on the entries of both logs, added in causal order.

    Attributes:
        valid: By party, a true byte for the index of each valid entry.
        count: Number of valid entries.
        stating: Valid entries about other entries: erasures, refusals, restorations, reviews.
        unread: Required entries that can't be read.
    """

    def __init__(self, entries: Entries, collector: FindingCollector) -> None:
        """Create an empty collection."""
        self._entries = entries
        self._collector = collector
        self._refused: list[_Refusal] = []
        self.valid: dict[Party, bytearray] = {}
        self.count = 0
        self.stating: dict[Position, SharedEntry] = {}
        self.unread = UnreadEntries()

    def begin(self, sizes: Mapping[Party, int]) -> None:
        """Allocate memory for logs of the given sizes."""
        self.valid = {party: bytearray(size) for party, size in sizes.items()}

    def add_valid(self, read: ReadEntry) -> None:
        """Record an entry as valid."""
        self.valid[read.position.party][read.position.index] = 1
        self.count += 1
        if isinstance(read.entry, PartErased | PeerRefused | LogRestored | EntryReviewed):
            self.stating[read.position] = read.entry

    def add_invalid(
        self, position: Position, leaf: Leaf, code: str, facts: Mapping[str, str | int] = {}
    ) -> None:
        """Record an entry as invalid, without effect."""
        self._entries.invalid[position] = InvalidEntry(position, leaf.id, code, facts)

    def refuse(self, read: ReadEntry, error: Refused) -> None:
        """Record the judge's refusal of an entry; `decide` classifies the refusal."""
        self._refused.append(_Refusal(read.position, read.leaf, error.code, error.facts))

    def leave_unjudged(self, read: ReadEntry) -> None:
        """Record an entry as unjudged, since its `data` is absent."""
        self._refused.append(_Refusal(read.position, read.leaf, "", {}))

    def decide(self) -> None:
        """Separate invalid entries from entries unjudged for lack of another entry."""
        for each in self._refused:
            missing = self.unread.lacking(each)
            if not each.code:
                self._collector.at(each.position, each.leaf.id, "entry-unjudged")
            elif missing is not None:
                self._collector.at(
                    each.position, each.leaf.id, "entry-unjudged", lacks=str(missing)
                )
            else:
                self.add_invalid(each.position, each.leaf, each.code, each.facts)
            if not each.code or missing is not None or each.code == "key-unknown":
                # A missing entry may enrol the key, so the entry counts as unread, too.
                self.unread.add(each.position, each.leaf)

    def refusals(self) -> dict[Position, frozenset[str]]:
        """Return refused positions, with the codes given by valid entries of the other log."""
        codes: dict[Position, frozenset[str]] = {}
        for position, entry in self.stating.items():
            if isinstance(entry, PeerRefused):
                refused = Position(peer_of(position.party), entry.body.index)
                codes[refused] = codes.get(refused, frozenset()) | {entry.body.code}
        return codes

    def name_invalid(self) -> None:
        """Report invalid entries, as declared if the other side has refused them (rule 18)."""
        refused = self.refusals()
        for position, invalid in self._entries.invalid.items():
            stated = _NODE_SAYS.get(invalid.code, invalid.code)
            declared = stated in refused.get(position, ())
            if declared:
                self._collector.at(position, invalid.id, "entry-refused", code=stated)
            if not declared or invalid.code == "key-unknown":
                # An unknown key is a fault even if the other side declares the refusal.
                self._collector.at(position, invalid.id, invalid.code, **invalid.facts)
        for position, codes in refused.items():
            valid = self.valid[position.party]
            leaf = self._entries.leaf(position) if position.index < len(valid) else None
            if leaf is not None and valid[position.index]:
                # The other node refused a valid entry, so its state differs.
                self._collector.at(position, leaf.id, "refusal-differs", code=min(codes))
