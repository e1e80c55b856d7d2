"""Read the envelopes of a bundle: digest, form, id, leaf. The first half of step 3.

Does not judge: `audit.py` does, in causal order. A malformed envelope whose digest matches its
leaf stays in the log without effect (rule 18). An envelope with another digest is a fault of the
bundle. Entries are read and discarded singly, so a bundle need not fit in memory.
"""

from __future__ import annotations

from array import array
from base64 import b64decode
from binascii import a2b_base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from heapq import merge
from itertools import pairwise
from typing import Final

from special_channel.core.audit.evidence import Evidence
from special_channel.core.audit.findings import FindingCollector, Place
from special_channel.core.audit.logs import LogAudit
from special_channel.core.audit.parts import data_of, disclosures
from special_channel.core.bytes import dsse
from special_channel.core.bytes.checks import Check
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, EntryId, KeyId, Party, Position
from special_channel.core.entries import (
    DIRECTORY_KINDS,
    PRIVATE_KINDS,
    Entry,
    SharedEntry,
    parse,
    parse_canonical,
)
from special_channel.core.log.leaf import Leaf
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.past import Placed
from special_channel.core.rules.state import Rows

_CACHE_BYTES: Final = 4 * 2**20
"""Bytes of envelopes and parts, some 3,000 notes, whose parsed entries are cached for the view.
Further entries are parsed again, since a bundle need not fit in memory."""

_PAYLOAD: Final = len(b'{"payload":"')
"""Offset of the payload in an envelope (docs/formats/entry.md)."""


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """A well-formed entry of the bundle, with its position.

    Attributes:
        placed: The entry for the fold; its `data` is None if absent or malformed.
        disclosed: The bundle's list of disclosures for the entry; None for a malformed list.
        lacking: A `data` part is absent, or differs from the commitment.
        committed: The envelope has the digest in the leaf. If False, only the id agrees.
        disagrees: The envelope is committed, but the leaf states another kind or thread.
    """

    position: Position
    leaf: Leaf
    envelope: dsse.Envelope
    entry: SharedEntry
    placed: Placed
    disclosed: tuple[bytes | None, ...] | None
    lacking: bool
    committed: bool
    disagrees: bool = False

    @property
    def signers(self) -> frozenset[KeyId]:
        """Key ids of all signatures, valid or not."""
        return frozenset(signature.keyid for signature in self.envelope.signatures)


def _signers(entry: Entry, data: bytes) -> frozenset[KeyId]:
    # Only the fold of the directory asks who signed; parsing all envelopes would be slow.
    if entry.kind not in DIRECTORY_KINDS:
        return frozenset()
    return frozenset(signature.keyid for signature in dsse.decode(data).signatures)


def checks_of(read: ReadEntry, rows: Rows) -> Iterator[Check]:
    """Yield the signature checks for proving an entry, by keys enrolled so far."""
    message = read.envelope.pae
    for signature in read.envelope.signatures:
        row = rows.get(("key", signature.keyid))
        if isinstance(row, KeyRow):
            yield row.suite, b64decode(row.public), message, signature.sig, row.rp


@dataclass(frozen=True, slots=True)
class InvalidEntry:
    """An entry in the log without effect."""

    position: Position
    id: EntryId
    code: str
    facts: Mapping[str, str | int]


class Entries:
    """Reader for the envelopes of a bundle.

    Attributes:
        invalid: Malformed entries that the log commits to, and entries added by the caller.
    """

    def __init__(
        self, evidence: Evidence, logs: Mapping[Party, LogAudit], collector: FindingCollector
    ) -> None:
        """Create a reader; the caller may add to `logs` until the first read."""
        self._evidence = evidence
        self._logs = logs
        self._collector = collector
        self._repeated: dict[EntryId, list[Position]] | None = None
        self._named = 0
        self._cached: dict[Position, ReadEntry] = {}
        self._cache_room = _CACHE_BYTES
        self.invalid: dict[Position, InvalidEntry] = {}

    def leaf(self, position: Position) -> Leaf | None:
        """Return the leaf at a position; None if malformed."""
        return self._logs[position.party].leaves[position.index]

    def at(self, position: Position) -> SharedEntry | None:
        """Return the entry at a position; None if absent or malformed."""
        read = self.again(position)
        return read.entry if read else None

    def data(self, position: Position) -> bytes | None:
        """Return the document of the `data` part of the entry at a position; None if absent."""
        read = self.again(position)
        return read.placed.data if read else None

    def again(self, position: Position) -> ReadEntry | None:
        """Read an entry without reporting findings; None for an unreadable entry."""
        cached = self._cached.get(position)
        if cached is not None:
            return cached
        leaf = self.leaf(position)
        data = self._evidence.envelopes.get(leaf.id) if leaf is not None else None
        if leaf is None or data is None:
            return None
        committed = leaf.envelope_digest == sha256(data).hexdigest()
        if not committed and self._is_elsewhere(leaf.id, sha256(data).hexdigest()):
            return None
        try:
            return self._parse(position, leaf, data, committed=committed)
        except Malformed:
            return None

    def placed(self, position: Position) -> Placed:
        """Return a valid entry for the fold; its form was checked at the first read."""
        cached, leaf = self._cached.get(position), self.leaf(position)
        if cached is not None:
            return cached.placed
        assert leaf is not None  # noqa: S101 - a valid entry was read before
        data = self._evidence.envelopes[leaf.id]
        payload = a2b_base64(data[_PAYLOAD : data.index(b'"', _PAYLOAD)])
        # A private entry is never valid.
        entry: SharedEntry = parse_canonical(payload)  # type: ignore[assignment]
        document, _ = data_of(entry, disclosures(self._evidence.parts.get(leaf.id)))
        signed = _signers(entry, data)
        return Placed(position, leaf.peer_frontier, leaf.accepted, leaf.id, entry, document, signed)

    def read(self, position: Position, leaf: Leaf, data: bytes) -> ReadEntry | None:
        """Read an envelope for the first time and report its faults.

        Returns:
            The entry, or None for a malformed or duplicate envelope.
        """
        self._count(position, leaf.id)
        digest = sha256(data).hexdigest()
        try:
            if leaf.envelope_digest == digest:
                return self._parse(position, leaf, data, committed=True)
            if self._is_elsewhere(leaf.id, digest):
                # Another leaf commits to the bytes; this leaf repeats the id.
                self._collector.at(position, leaf.id, "entry-duplicate")
                return None
            # Continue: if the payload has the id of the leaf, the entry can still be judged.
            self._collector.at(position, leaf.id, "envelope-digest")
            return self._parse(position, leaf, data, committed=False)
        except Malformed as error:
            if leaf.envelope_digest == digest:
                self.invalid[position] = InvalidEntry(position, leaf.id, error.code, error.facts)
            else:
                self._collector.at(position, leaf.id, error.code, **error.facts)
            return None

    def _parse(self, position: Position, leaf: Leaf, data: bytes, *, committed: bool) -> ReadEntry:
        envelope = dsse.decode(data)
        if envelope.payload_type != dsse.ENTRY_TYPE:
            raise Malformed("payload-type", "The envelope holds no entry.")
        if envelope.id != leaf.id:
            raise Malformed("entry-id", "The entry has another id.")
        entry = parse(envelope.payload)
        if entry.kind in PRIVATE_KINDS:
            raise Malformed("kind-other-log", "This kind stands in a private log alone.")
        shared: SharedEntry = entry  # type: ignore[assignment]  # a private kind was refused above
        disagrees = (leaf.kind, leaf.thread) != (entry.kind, entry.optional("thread", None))
        if disagrees and not committed:
            self._collector.at(position, leaf.id, "leaf-entry-disagree")
        parts = self._evidence.parts.get(leaf.id)
        disclosed = disclosures(parts)
        document, lacking = data_of(shared, disclosed)
        read = ReadEntry(
            position,
            leaf,
            envelope,
            shared,
            Placed(
                position,
                leaf.peer_frontier,
                leaf.accepted,
                leaf.id,
                shared,
                document,
                _signers(shared, data),
            ),
            disclosed,
            lacking,
            committed,
            disagrees and committed,
        )
        size = len(data) + len(parts or b"")
        if size <= self._cache_room:
            self._cache_room -= size
            self._cached[position] = read
        return read

    # Repeated ids, and envelopes without a leaf --------------------------------------------

    def finish(self) -> None:
        """Report envelopes without a leaf; call after reading all leaves."""
        if self._named == len(self._evidence.envelopes):
            return
        named = {leaf.id for log in self._logs.values() for leaf in log.leaves if leaf is not None}
        for entry_id in self._evidence.envelopes:
            if entry_id not in named:
                self._collector.add("entry-not-in-log", Place(id=entry_id))

    def _count(self, position: Position, entry_id: EntryId) -> None:
        places = self._repeats().get(entry_id)
        self._named += places is None or places[0] == position

    def _is_elsewhere(self, entry_id: EntryId, digest: str) -> bool:
        """Tell whether some leaf with the id commits to an envelope with the digest."""
        others = map(self.leaf, self._repeats().get(entry_id, ()))
        return any(leaf is not None and leaf.envelope_digest == digest for leaf in others)

    def _repeats(self) -> dict[EntryId, list[Position]]:
        """Return the positions of repeated ids."""
        if self._repeated is None:
            self._repeated = self._find_repeated()
        return self._repeated

    def _find_repeated(self) -> dict[EntryId, list[Position]]:
        # Half an id finds candidates for equal ids with eight bytes per entry.
        halves = array("Q")
        for log in self._logs.values():
            halves.extend(int(leaf.id[:16], 16) for leaf in log.leaves if leaf is not None)
        ordered = sorted(halves)
        repeated = {half for half, following in pairwise(ordered) if half == following}
        places: dict[EntryId, list[Position]] = {}
        for party, log in self._logs.items() if repeated else ():
            for index, leaf in enumerate(log.leaves):
                if leaf is not None and int(leaf.id[:16], 16) in repeated:
                    places.setdefault(leaf.id, []).append(Position(party, index))
        return places


class PlacedEntries:
    """The valid judged entries in display order (rule 5), parsed again on access."""

    def __init__(self, entries: Entries, valid: Mapping[Party, bytearray]) -> None:
        """Create the collection; `valid` has a true byte for the index of each valid entry."""
        self._entries = entries
        self._valid = valid

    def at(self, position: Position) -> Placed | None:
        """Return the entry at a position; None if not valid."""
        valid = self._valid.get(position.party, b"")
        if not position.index < len(valid) or not valid[position.index]:
            return None
        return self._entries.placed(position)

    def accepted(self, position: Position) -> str:
        """Return ACCEPTED of the line at a position, of whatever entry; empty if malformed."""
        leaf = self._entries.leaf(position)
        return leaf.accepted if leaf is not None else ""

    def __iter__(self) -> Iterator[Placed]:
        for _, _, index, party in merge(*map(self._ordered, PARTIES)):
            yield self._entries.placed(Position(party, index))

    def _ordered(self, party: Party) -> Iterator[tuple[int, Party, int, Party]]:
        valid = self._valid.get(party, b"")
        orders = array("Q", (self._order(party, index) for index in range(len(valid))))
        indices: Iterator[int] | list[int] = iter(range(len(valid)))
        if any(order >= following for order, following in pairwise(orders)):
            indices = sorted(indices, key=orders.__getitem__)
        return ((orders[index], party, index, party) for index in indices if valid[index])

    def _order(self, party: Party, index: int) -> int:
        leaf = self._entries.leaf(Position(party, index))
        return index + leaf.peer_frontier if leaf is not None else 0
