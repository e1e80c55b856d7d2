"""Reading the envelopes of a bundle: digest, form, id, leaf. The first half of step 3.

Does not judge: `audit.py` does, in causal order. An envelope that its leaf commits to and
that is malformed all the same stands in the log for ever, without effect (rule 18); one
that the leaf does not commit to is a fault of the bundle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from special_channel.core import dsse
from special_channel.core.audit_logs import LogAudit
from special_channel.core.audit_parts import data_of, disclosures
from special_channel.core.entries import PRIVATE_KINDS, SharedEntry, parse
from special_channel.core.errors import Malformed
from special_channel.core.evidence import Evidence
from special_channel.core.findings import Collected, Place
from special_channel.core.ids import EntryId, KeyId, Party, Position
from special_channel.core.leaf import Leaf
from special_channel.core.past import Placed


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


@dataclass(frozen=True, slots=True)
class Invalid:
    """An entry that its log commits to and that has no effect."""

    position: Position
    id: EntryId
    code: str
    facts: Mapping[str, str | int]


@dataclass(slots=True)
class Entries:
    """All envelopes of a bundle, as far as they can be read."""

    evidence: Evidence
    logs: Mapping[Party, LogAudit]
    found: Collected
    read: dict[Position, Read] = field(default_factory=dict)
    invalid: dict[Position, Invalid] = field(default_factory=dict)

    def leaf(self, position: Position) -> Leaf | None:
        """Return the leaf at a position, None if it is malformed."""
        return self.logs[position.party].leaves[position.index]

    def at(self, position: Position) -> SharedEntry | None:
        """Return the entry at a position, None where it is absent or malformed."""
        read = self.read.get(position)
        return read.entry if read else None

    def read_all(self) -> None:
        """Read every envelope at every place whose leaf names it."""
        places: dict[EntryId, list[tuple[Position, Leaf]]] = {}
        for party, log in self.logs.items():
            for index, leaf in enumerate(log.leaves):
                if leaf is not None:
                    places.setdefault(leaf.id, []).append((Position(party, index), leaf))
        for entry_id, data in sorted(self.evidence.envelopes.items()):
            named = places.get(entry_id, [])
            if not named:
                self.found.add("entry-not-in-log", Place(id=entry_id))
            self._read(data, named)

    def _read(self, data: bytes, named: list[tuple[Position, Leaf]]) -> None:
        digest = sha256(data).hexdigest()
        somewhere = any(leaf.envelope_digest == digest for _, leaf in named)
        for position, leaf in named:
            if leaf.envelope_digest == digest:
                self._read_committed(position, leaf, data)
            elif somewhere:
                # Another place commits to these very bytes; this one repeats its id.
                self.found.at(position, leaf.id, "entry-duplicate")
            else:
                self.found.at(position, leaf.id, "envelope-digest")
                self._read_foreign(position, leaf, data)

    def _read_committed(self, position: Position, leaf: Leaf, data: bytes) -> None:
        try:
            self._accept(position, leaf, data, committed=True)
        except Malformed as error:
            self.invalid[position] = Invalid(position, leaf.id, error.code, error.facts)

    def _read_foreign(self, position: Position, leaf: Leaf, data: bytes) -> None:
        """Read on: if the payload is the one that the id names, the rest can still be judged."""
        try:
            self._accept(position, leaf, data, committed=False)
        except Malformed as error:
            self.found.at(position, leaf.id, error.code, **error.facts)

    def _accept(self, position: Position, leaf: Leaf, data: bytes, *, committed: bool) -> None:
        envelope = dsse.decode(data)
        if envelope.payload_type != dsse.ENTRY_TYPE:
            raise Malformed("payload-type", "The envelope holds no entry.")
        if envelope.id != leaf.id:
            raise Malformed("entry-id", "The entry has another id.")
        entry = parse(envelope.payload)
        if entry.kind in PRIVATE_KINDS:
            raise Malformed("kind-other-log", "This kind stands in a private log alone.")
        disagrees = (leaf.kind, leaf.thread) != (entry.kind, entry.optional("thread", None))
        if disagrees and not committed:
            self.found.at(position, leaf.id, "leaf-entry-disagree")
        given = disclosures(self.evidence.parts.get(leaf.id))
        shared: SharedEntry = entry  # type: ignore[assignment]  # a private kind was refused above
        document, lacking = data_of(shared, given)
        self.read[position] = Read(
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
