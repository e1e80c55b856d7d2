"""Reading the envelopes of a bundle: digest, form, id, leaf. The first half of step 3.

Does not judge: `audit.py` does, in causal order. An envelope that its leaf commits to and
that is malformed all the same stands in the log for ever, without effect (rule 18); one
that the leaf does not commit to is a fault of the bundle. Entries are read one at a time and
forgotten, so a bundle need not fit in memory.
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
from special_channel.core.audit.findings import Collected, Place
from special_channel.core.audit.logs import LogAudit
from special_channel.core.audit.parts import data_of, disclosures
from special_channel.core.bytes import dsse
from special_channel.core.bytes.checks import Check
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, EntryId, KeyId, Party, Position
from special_channel.core.entries import PRIVATE_KINDS, SharedEntry, parse, parse_canonical
from special_channel.core.log.leaf import Leaf
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.past import Placed
from special_channel.core.rules.state import Rows

_ROOM: Final = 4 * 2**20
"""Bytes of envelopes and parts, some 3,000 notes, whose entries are kept as read, since a view is
made of them again. What comes after is read once more: a bundle need not fit in memory."""

_PAYLOAD: Final = len(b'{"payload":"')
"""Where an envelope's payload begins (docs/formats/entry.md)."""


@dataclass(frozen=True, slots=True)
class Read:
    """A well-formed entry of the bundle, where it stands.

    Attributes:
        placed: The entry as the fold takes it; `data` is None if it has none or it is malformed.
        given: The bundle's list of its disclosures, None if that is malformed.
        lacking: A `data` part is absent, or is not the one that the entry commits to.
        committed: These are the bytes that the leaf commits to, not only the payload.
        disagrees: The leaf commits to these bytes and states another kind or thread.
    """

    position: Position
    leaf: Leaf
    envelope: dsse.Envelope
    entry: SharedEntry
    placed: Placed
    given: tuple[bytes | None, ...] | None
    lacking: bool
    committed: bool
    disagrees: bool = False

    @property
    def signers(self) -> frozenset[KeyId]:
        """Whose signatures it carries, good or not."""
        return frozenset(signature.keyid for signature in self.envelope.signatures)


def checks_of(read: Read, rows: Rows) -> Iterator[Check]:
    """Yield the checks that proving an entry will make, of keys that are enrolled already."""
    message = read.envelope.pae
    for signature in read.envelope.signatures:
        row = rows.get(("key", signature.keyid))
        if isinstance(row, KeyRow):
            yield row.suite, b64decode(row.public), message, signature.sig


@dataclass(frozen=True, slots=True)
class Invalid:
    """An entry that its log commits to and that has no effect."""

    position: Position
    id: EntryId
    code: str
    facts: Mapping[str, str | int]


class Entries:
    """The envelopes of a bundle, as far as they can be read.

    Attributes:
        invalid: Entries that their log commits to and that are malformed, and those that the
            caller adds.
    """

    def __init__(
        self, evidence: Evidence, logs: Mapping[Party, LogAudit], found: Collected
    ) -> None:
        """Begin; `logs` may still be filled, until the first entry is read."""
        self._evidence = evidence
        self._logs = logs
        self._found = found
        self._repeated: dict[EntryId, list[Position]] | None = None
        self._named = 0
        self._kept: dict[Position, Read] = {}
        self._room = _ROOM
        self.invalid: dict[Position, Invalid] = {}

    def leaf(self, position: Position) -> Leaf | None:
        """Return the leaf at a position, None if it is malformed."""
        return self._logs[position.party].leaves[position.index]

    def at(self, position: Position) -> SharedEntry | None:
        """Return the entry at a position, None where it is absent or malformed."""
        read = self.again(position)
        return read.entry if read else None

    def again(self, position: Position) -> Read | None:
        """Read an entry without saying what is wrong; None where it can't be read."""
        kept = self._kept.get(position)
        if kept is not None:
            return kept
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
        """Return a valid entry as the fold took it; its form was checked when it was read."""
        kept, leaf = self._kept.get(position), self.leaf(position)
        if kept is not None:
            return kept.placed
        assert leaf is not None  # noqa: S101 - own bug: what is valid was read
        data = self._evidence.envelopes[leaf.id]
        payload = a2b_base64(data[_PAYLOAD : data.index(b'"', _PAYLOAD)])
        entry: SharedEntry = parse_canonical(payload)  # type: ignore[assignment]  # no private one is valid
        document, _ = data_of(entry, disclosures(self._evidence.parts.get(leaf.id)))
        return Placed(position, leaf.peer_frontier, leaf.accepted, leaf.id, entry, document)

    def read(self, position: Position, leaf: Leaf, data: bytes) -> Read | None:
        """Read the envelope of a leaf's id, once, and take down what is wrong with it."""
        self._count(position, leaf.id)
        digest = sha256(data).hexdigest()
        try:
            if leaf.envelope_digest == digest:
                return self._parse(position, leaf, data, committed=True)
            if self._is_elsewhere(leaf.id, digest):
                # Another place commits to these very bytes; this one repeats its id.
                self._found.at(position, leaf.id, "entry-duplicate")
                return None
            # Read on: if the payload is the one that the id names, the rest can still be judged.
            self._found.at(position, leaf.id, "envelope-digest")
            return self._parse(position, leaf, data, committed=False)
        except Malformed as error:
            if leaf.envelope_digest == digest:
                self.invalid[position] = Invalid(position, leaf.id, error.code, error.facts)
            else:
                self._found.at(position, leaf.id, error.code, **error.facts)
            return None

    def _parse(self, position: Position, leaf: Leaf, data: bytes, *, committed: bool) -> Read:
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
            self._found.at(position, leaf.id, "leaf-entry-disagree")
        parts = self._evidence.parts.get(leaf.id)
        given = disclosures(parts)
        document, lacking = data_of(shared, given)
        read = Read(
            position,
            leaf,
            envelope,
            shared,
            Placed(position, leaf.peer_frontier, leaf.accepted, leaf.id, shared, document),
            given,
            lacking,
            committed,
            disagrees and committed,
        )
        size = len(data) + len(parts or b"")
        if size <= self._room:
            self._room -= size
            self._kept[position] = read
        return read

    # Ids that stand twice, and envelopes that no leaf names --------------------------------

    def finish(self) -> None:
        """Name the envelopes that no log names, after all that are named were read."""
        if self._named == len(self._evidence.envelopes):
            return
        named = {leaf.id for log in self._logs.values() for leaf in log.leaves if leaf is not None}
        for entry_id in self._evidence.envelopes:
            if entry_id not in named:
                self._found.add("entry-not-in-log", Place(id=entry_id))

    def _count(self, position: Position, entry_id: EntryId) -> None:
        places = self._repeats().get(entry_id)
        self._named += places is None or places[0] == position

    def _is_elsewhere(self, entry_id: EntryId, digest: str) -> bool:
        """Tell whether another leaf of this id commits to an envelope of this digest."""
        others = map(self.leaf, self._repeats().get(entry_id, ()))
        return any(leaf is not None and leaf.envelope_digest == digest for leaf in others)

    def _repeats(self) -> dict[EntryId, list[Position]]:
        """Return the places of each id that stands more than once."""
        if self._repeated is None:
            self._repeated = self._find_repeated()
        return self._repeated

    def _find_repeated(self) -> dict[EntryId, list[Position]]:
        # Half an id is enough to find what may be equal, in eight bytes an entry.
        halves = array("Q")
        for log in self._logs.values():
            halves.extend(int(leaf.id[:16], 16) for leaf in log.leaves if leaf is not None)
        ordered = sorted(halves)
        twice = {one for one, other in pairwise(ordered) if one == other}
        places: dict[EntryId, list[Position]] = {}
        for party, log in self._logs.items() if twice else ():
            for index, leaf in enumerate(log.leaves):
                if leaf is not None and int(leaf.id[:16], 16) in twice:
                    places.setdefault(leaf.id, []).append(Position(party, index))
        return places


class PlacedEntries:
    """The valid entries that were judged, read again each time: in their display order (rule 5)."""

    def __init__(self, entries: Entries, valid: Mapping[Party, bytearray]) -> None:
        """Begin; `valid` has a true byte for each index of a log that holds one."""
        self._entries = entries
        self._valid = valid

    def at(self, position: Position) -> Placed | None:
        """Return the entry at a position, None if it is none of these."""
        valid = self._valid.get(position.party, b"")
        if not position.index < len(valid) or not valid[position.index]:
            return None
        return self._entries.placed(position)

    def __iter__(self) -> Iterator[Placed]:
        for _, _, index, party in merge(*map(self._ordered, PARTIES)):
            yield self._entries.placed(Position(party, index))

    def _ordered(self, party: Party) -> Iterator[tuple[int, Party, int, Party]]:
        valid = self._valid.get(party, b"")
        orders = array("Q", (self._order(party, index) for index in range(len(valid))))
        indices: Iterator[int] | list[int] = iter(range(len(valid)))
        if any(one >= other for one, other in pairwise(orders)):
            indices = sorted(indices, key=orders.__getitem__)
        return ((orders[index], party, index, party) for index in indices if valid[index])

    def _order(self, party: Party, index: int) -> int:
        leaf = self._entries.leaf(Position(party, index))
        return index + leaf.peer_frontier if leaf is not None else 0
