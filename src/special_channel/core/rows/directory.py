"""Parties, persons and keys of the directory, and the status of a key at a position.

A row may hold facts later than an entry's past; `standing`, `function` and `root_at` use only the
past. Does not hold names of persons, which are in each side's own directory, outside the record.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import (
    EntryId,
    KeyId,
    MachineRole,
    Party,
    PersonId,
    PersonRole,
    Role,
)
from special_channel.core.bytes.suites import key_id
from special_channel.core.entries import RootSet
from special_channel.core.rows.log_keys import LogKey
from special_channel.core.rows.past import Past

Standing = Literal["active", "suspended", "revoked", "left", "unknown"]

REFUSALS: Final[dict[Standing, str]] = {
    "suspended": "key-suspended",
    "revoked": "key-revoked",
    "left": "person-ended",
    "unknown": "key-unknown",
}
"""Error codes of a key that may not sign, by status."""

_FAR: Final = 2**53
"""A size beyond every log, for the status after all known entries."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A function of a person, in force from index `start` to index `end` of the party's log.

    `keys` may use a grant of registrar, head or director, next to keys enrolled while the grant is
    in force. `absent` is the person for whom a stand-in acts. `rooted`: founded or root-signed.
    """

    number: int
    role: PersonRole
    desk: str
    unit: str
    start: int
    end: int | None = None
    keys: tuple[KeyId, ...] = ()
    until: str = ""
    absent: str = ""
    rooted: bool = False

    def holds(self, past: Past, party: Party) -> bool:
        """Return whether the grant is in force in a past."""
        size = past.size(party)
        return self.start < size and (self.end is None or self.end >= size)


@dataclass(frozen=True, slots=True)
class Stop:
    """A suspension by its entry and index; `by` is its author, `restored` the index of its end.

    `whole`: of the person with all keys, not of one key.
    """

    id: EntryId
    index: int
    by: KeyId
    whole: bool = False
    since: int | None = None
    restored: int | None = None

    def holds(self, size: int) -> bool:
        """Return whether the suspension is in force after `size` entries."""
        return self.index < size and (self.restored is None or self.restored >= size)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key of the directory, with its person's grants and suspensions.

    `public` is standard base64; `name` is the key name in signed notes, `rp` the relying party of
    an authenticator's key; `machine` is empty for a person's key. `number` is the person's place
    among the persons of the log, from 1. `rooted`: founded or root-signed. `ended` is the index of
    the revocation, of the person's leaving, or of the rotation that replaced a root part; `how`
    tells which. `confirmed` are the keys of those who confirmed the enrolment. `owner`, `home` (a
    desk) and `kinds` belong to services.
    """

    # Grants and suspensions of a person are repeated in each of the keys, so that an entry's
    # check reads one row a signer.
    key: KeyId
    party: Party
    suite: str
    public: str
    enrolled: int
    machine: MachineRole | Literal["root", ""] = ""
    name: str = ""
    rp: str | None = None
    person: str = ""
    number: int = 0
    grants: tuple[Grant, ...] = ()
    stops: tuple[Stop, ...] = ()
    ended: int | None = None
    how: Literal["revoked", "left", ""] = ""
    since: int | None = None
    rooted: bool = False
    confirmed: tuple[KeyId, ...] = ()
    owner: str = ""
    home: str = ""
    kinds: tuple[str, ...] = ()

    def standing(self, past: Past) -> Standing:
        """Return the key's status in a past."""
        size = past.size(self.party)
        if self.enrolled >= size:
            return "unknown"
        if self.ended is not None and self.ended < size:
            return self.how or "revoked"
        return "suspended" if any(stop.holds(size) for stop in self.stops) else "active"

    def function(self, number: int, past: Past) -> Grant | None:
        """Return the person's grant of a number if in force in a past."""
        # A loop: each entry's check asks this, and a generator takes twice as long.
        for grant in self.grants:
            if grant.number == number and grant.holds(past, self.party):
                return grant
        return None

    def functions(self, past: Past) -> Iterator[Grant]:
        """Return the grants in force in a past that this key may use."""
        held = (grant for grant in self.grants if grant.holds(past, self.party))
        return (grant for grant in held if self.may_use(grant))

    def may_use(self, grant: Grant) -> bool:
        """Return whether the key may use a grant (K9)."""
        if grant.role in {"desk", "oversight"} or self.key in grant.keys:
            return True
        # Equal at the founding alone, which makes a grant and a key in one entry.
        return self.enrolled >= grant.start

    def roles(self, past: Past) -> frozenset[Role]:
        """Return all roles in which the key may sign in a past."""
        if self.machine:
            return frozenset({self.machine})
        return frozenset(grant.role for grant in self.functions(past))

    @property
    def now(self) -> Standing:
        """Status after all known entries."""
        return self.standing(Past(self.party, _FAR, _FAR))

    @property
    def _current(self) -> Grant | None:
        # The oldest function in force; after the last one ended, the last one that was.
        open_ = (grant for grant in self.grants if grant.end is None)
        return next(open_, self.grants[-1] if self.grants else None)

    @property
    def role(self) -> Role:
        """The machine's role, or the role of the person's function in force now."""
        if self.machine:
            return self.machine
        assert self._current is not None  # noqa: S101 - own bug: a person's key has a grant
        return self._current.role

    @property
    def functions_now(self) -> tuple[Grant, ...]:
        """Functions in which the key signs now: own ones first, then as stand-in; each by age."""
        held = self.functions(Past(self.party, _FAR, _FAR))
        return tuple(sorted(held, key=lambda grant: bool(grant.absent)))

    @property
    def roles_now(self) -> frozenset[Role]:
        """All roles in which the key signs now: a stand-in has that of the absent person too."""
        return self.roles(Past(self.party, _FAR, _FAR))

    @property
    def unit(self) -> str:
        """The person's unit; empty for a machine."""
        return self._current.unit if self._current else ""

    @property
    def desk(self) -> str:
        """The person's desk; of a machine its desk, or its role."""
        return self._current.desk if self._current else self.home or self.machine


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person of a party by pseudonym; `keys` are all that were enrolled.

    `number` is the place among the persons of the log, from 1. `left`: index of the leaving.
    `stopping`: suspensions of others by this person, as entry and key or person suspended; those
    settled before the last one are left out (K11).
    """

    person: PersonId
    party: Party
    number: int
    grants: tuple[Grant, ...] = ()
    keys: tuple[KeyId, ...] = ()
    stops: tuple[Stop, ...] = ()
    left: int | None = None
    since: int | None = None
    stopping: tuple[tuple[EntryId, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Roots:
    """A root set in force from `index` on, stated by the entry `id`."""

    id: EntryId
    index: int
    number: int
    keys: tuple[KeyId, ...]
    threshold: int
    next: tuple[str, ...]
    next_threshold: int
    since: int | None = None


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A party after its founding: log origins, root sets, and the node's keys.

    `private`: origin of the private log. `pin`: digest of the founding root set. `persons`: number
    of persons so far. `keys`: the founded key of each machine, by role. `checkpoint` and
    `cosigning`: all keys for checkpoints, and for cosignatures and stamped heads, oldest first.
    """

    party: Party
    origin: str
    private: str
    pin: str
    roots: tuple[Roots, ...]
    persons: int
    keys: tuple[tuple[str, KeyId], ...]
    checkpoint: tuple[LogKey, ...]
    cosigning: tuple[LogKey, ...]

    def key(self, role: str) -> KeyId:
        """Return the id of a founded machine key by role."""
        return dict(self.keys)[role]

    def root_at(self, past: Past) -> Roots | None:
        """Return the root set in force in a past; None before the founding."""
        size = past.size(self.party)
        return next((roots for roots in reversed(self.roots) if roots.index < size), None)


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """The last review of an entry: the word, and by which key at which index."""

    entry: EntryId
    word: Literal["confirmed", "disowned"]
    by: KeyId
    party: Party
    index: int


CHECKPOINT_ALGORITHM = 0x01
COSIGNATURE_ALGORITHM = 0x04
"""Signature types of C2SP signed-note: Ed25519, and timestamped cosignature/v1."""


# Digests -------------------------------------------------------------------------------


def root_pin(roots: RootSet) -> str:
    """Return the digest by which readers pin a root set (docs/formats/kinds.md, "Digests")."""
    return pin_of([(part.suite, part.public) for part in roots.keys], roots.threshold)


def pin_of(parts: Iterable[tuple[str, str]], threshold: int) -> str:
    """Return the digest of parts, each with suite and public key, and their threshold."""
    document: dict[str, canonical.Value] = {
        "keys": [{"public": public, "suite": suite} for suite, public in parts],
        "threshold": threshold,
    }
    return sha256(b"special-channel/roots/v1\n" + canonical.dumps(document)).hexdigest()


def commitment(suite: str, public: bytes) -> str:
    """Return the digest that commits to a key which is not in use yet."""
    return sha256(b"special-channel/next-key/v1\n" + suite.encode() + b"\0" + public).hexdigest()


def root_keys(party: Party, roots: RootSet) -> tuple[KeyId, ...]:
    """Return the key ids of a root set.

    Raises:
        Malformed: `key-malformed`.
    """
    return tuple(key_id(party, part.suite, decoded_key(part.public)) for part in roots.keys)


def decoded_key(text: str) -> bytes:
    """Decode the standard base64 of a public key.

    Raises:
        Malformed: `key-malformed`.
    """
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise Malformed("key-malformed", "A public key is not standard base64.") from None
