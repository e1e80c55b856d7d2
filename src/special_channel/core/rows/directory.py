"""Parties and keys of the directory, and a key's status at a position.

A row may hold facts later than an entry's past; `standing` uses only the past. Does not hold
names of persons, which are in each side's own directory, outside the record.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, replace
from typing import Literal

from special_channel.core.bytes.ids import KeyId, Party
from special_channel.core.bytes.suites import key_id
from special_channel.core.entries import (
    FoundedKey,
    KeyEnrolled,
    KeyRestored,
    KeyRevoked,
    KeySuspended,
    PartyFounded,
    Role,
)
from special_channel.core.log.note import VerifierKey
from special_channel.core.rows.past import Past, Placed

KeyEventKind = Literal["suspended", "revoked", "restored"]
Standing = Literal["active", "suspended", "revoked", "unknown"]


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """Suspension, revocation or restoration of a key, by index in its party's log."""

    index: int
    kind: KeyEventKind


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key of the directory.

    `public` is standard base64; `name` is the key name in signed notes, for checkpoint
    and cosigning keys.
    """

    key: KeyId
    party: Party
    suite: str
    public: str
    role: Role
    unit: str
    desk: str
    enrolled: int
    name: str = ""
    events: tuple[KeyEvent, ...] = ()

    def standing(self, past: Past) -> Standing:
        """Return the key's status in a past: enrolment, then the last event."""
        size = past.size(self.party)
        if self.enrolled >= size:
            return "unknown"
        last: Standing = "active"
        for event in self.events:
            if event.index >= size:
                break
            last = "active" if event.kind == "restored" else event.kind
        return last

    @property
    def now(self) -> Standing:
        """Status after all known entries."""
        return self.standing(Past(self.party, 2**53, 2**53))


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A party after its founding: log origins and the node's first keys.

    `private`: origin of the private log. `checkpoint_vkey` and `cosigning_vkey`: C2SP vkeys for
    checkpoints, and for cosignatures and stamped heads.
    """

    party: Party
    origin: str
    private: str
    root: KeyId
    keys: tuple[tuple[str, KeyId], ...]
    checkpoint_vkey: str
    cosigning_vkey: str

    def key(self, role: str) -> KeyId:
        """Return the id of a founded key by role."""
        return dict(self.keys)[role]


CHECKPOINT_ALGORITHM = 0x01
COSIGNATURE_ALGORITHM = 0x04
"""Signature types of C2SP signed-note: Ed25519, and timestamped cosignature/v1."""


def founded(placed: Placed, entry: PartyFounded) -> tuple[PartyRow, tuple[KeyRow, ...]]:
    """Return the party's row and the rows of its founded keys."""
    party = placed.position.party
    founded_keys = [_founded_key(party, key) for key in entry.body.keys]
    by_role = {row.role: row for row in founded_keys}
    row = PartyRow(
        party=party,
        origin=entry.log,
        private=entry.body.private,
        root=entry.by,
        keys=tuple(sorted((row.role, row.key) for row in founded_keys)),
        checkpoint_vkey=_vkey(by_role["checkpoint"], CHECKPOINT_ALGORITHM),
        cosigning_vkey=_vkey(by_role["cosigning"], COSIGNATURE_ALGORITHM),
    )
    root = KeyRow(
        key=entry.by,
        party=party,
        suite=entry.body.suite,
        public=entry.body.public,
        role="root",
        unit="",
        desk="root",
        enrolled=0,
    )
    return row, (root, *founded_keys)


def _founded_key(party: Party, key: FoundedKey) -> KeyRow:
    return KeyRow(
        key=key_id(party, key.suite, b64decode(key.public)),
        party=party,
        suite=key.suite,
        public=key.public,
        role=key.role,
        unit="",
        desk=key.role,
        enrolled=0,
        name=key.name or "",
    )


def _vkey(row: KeyRow, algorithm: int) -> str:
    return VerifierKey(row.name, algorithm, b64decode(row.public)).encode()


def enrolled(placed: Placed, entry: KeyEnrolled) -> KeyRow:
    """Return the row of an enrolled key."""
    return KeyRow(
        key=entry.by,
        party=placed.position.party,
        suite=entry.body.suite,
        public=entry.body.public,
        role=entry.body.role,
        unit=entry.body.unit,
        desk=entry.body.desk,
        enrolled=placed.position.index,
    )


def changed(row: KeyRow, placed: Placed, entry: KeySuspended | KeyRevoked | KeyRestored) -> KeyRow:
    """Add an event to a key."""
    # Only one log writes events of a key, so they arrive in the order of index.
    kinds: dict[str, KeyEventKind] = {
        "key.suspended": "suspended",
        "key.revoked": "revoked",
        "key.restored": "restored",
    }
    event = KeyEvent(placed.position.index, kinds[entry.kind])
    return replace(row, events=(*row.events, event))
