"""The two sides of a world: keys from seeds, a manual clock, and copies of logs."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from special_channel.core.bytes import canonical, dsse, suites
from special_channel.core.bytes.ids import Party, Position, peer_of
from special_channel.core.bytes.suites import PrivateKey, Suite
from special_channel.core.bytes.times import from_posix, posix
from special_channel.core.entries import COUNTED_KINDS, RootSet
from special_channel.core.log import checkpoint
from special_channel.core.log.checkpoint import Checkpoint
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.merkle import EMPTY_ROOT, Frontier
from special_channel.core.log.note import Note
from special_channel.core.log.numbering import LeafCounter
from special_channel.core.replay.replay import Replay
from special_channel.core.rows.directory import PartyRow, commitment, root_pin
from special_channel.core.rows.log_keys import signing_keys
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import Signer
from special_channel.core.rules.state import digest_of

START = "2026-11-24T08:00:00Z"
OFFICIALS = {
    "desk": ("desk", "licensing"),
    "clerk": ("desk", "licensing"),
    "other-desk": ("desk", "customs"),
    "head": ("head", "licensing"),
    "director": ("director", "licensing"),
    "oversight": ("oversight", "audit"),
}
"""Officials that each side enrols: role and desk."""

REGISTRARS = ("registrar", "second-registrar")
"""Persons of the founding, at the desk `registry`."""

MACHINES = ("node", "checkpoint", "cosigning", "link")
ROOT_PARTS = ("root", "root-2", "root-3")
NEXT_PARTS = ("next", "next-2", "next-3")
"""Parts of the root, two of which sign, and the parts to which they commit."""


@dataclass
class Hand:
    """A manual clock."""

    seconds: int = posix(START)

    @property
    def now(self) -> str:
        return from_posix(self.seconds)

    def forward(self, seconds: int = 1) -> str:
        self.seconds += seconds
        return self.now


@dataclass(frozen=True)
class Entry:
    """One entry of a log."""

    position: Position
    leaf: Leaf
    submission: Submission

    @property
    def id(self) -> str:
        return self.leaf.id

    @property
    def envelope(self) -> dsse.Envelope:
        return dsse.decode(self.submission.envelope)

    @property
    def payload(self) -> dict[str, Any]:
        value = canonical.loads(self.envelope.payload)
        assert isinstance(value, dict)
        return value


@dataclass
class Copy:
    """One side's copy of a log."""

    entries: list[Entry] = field(default_factory=list)
    frontier: Frontier = Frontier.EMPTY
    roots: list[bytes] = field(default_factory=lambda: [EMPTY_ROOT])
    notes: dict[int, str] = field(default_factory=dict)
    cosigned: dict[int, str] = field(default_factory=dict)
    stamped: str | None = None
    stamp: int = 0
    counter: LeafCounter = field(default_factory=lambda: LeafCounter(COUNTED_KINDS))

    @property
    def size(self) -> int:
        return len(self.entries)

    def grow(self, entry: Entry) -> None:
        self.frontier, _ = self.frontier.append([entry.leaf.hash])
        self.entries.append(entry)
        self.counter.note(entry.leaf)
        self.roots.append(self.frontier.root())


class Side:
    """A party: its keys, copies of both logs, and its folded state."""

    def __init__(self, party: Party, suite: Suite = "ed25519") -> None:
        self.party = party
        self.origin = f"{party}.channel.example/log"
        self.private_origin = f"{party}.channel.example/private"
        self.keys: dict[str, Signer] = {}
        for name in (*ROOT_PARTS, *NEXT_PARTS, *REGISTRARS, *MACHINES):
            self.make_key(name)
        for name in OFFICIALS:
            self.make_key(name, suite)
        self.copies: dict[Party, Copy] = {"eu": Copy(), "cn": Copy()}
        self.verdicts: dict[Position, str] = {}
        self.replay: Replay

    def make_key(self, name: str, suite: Suite = "ed25519") -> Signer:
        seed = sha256(f"{self.party} {name}".encode()).digest()
        private = PrivateKey.from_seed(suite, seed)
        signer = Signer(suites.key_id(self.party, suite, private.public), private)
        self.keys[name] = signer
        return signer

    def person(self, name: str) -> str:
        """Return the pseudonym of a person by the name in this test."""
        return sha256(f"person {self.party} {name}".encode()).hexdigest()[:32]

    def roots(self, parts: Sequence[str] = ROOT_PARTS, after: Sequence[str] = NEXT_PARTS) -> Any:
        """Return the body of a root set: its parts, and commitments to those that follow."""
        signers = sorted((self.keys[name] for name in parts), key=lambda one: one.key)
        coming = [self.keys[name].private for name in after]
        return {
            "keys": [{"suite": one.private.suite, "public": public_text(one)} for one in signers],
            "threshold": 2,
            "next": sorted(commitment(one.suite, one.public) for one in coming),
            "next_threshold": 2,
        }

    @property
    def pin(self) -> str:
        """Return the digest of the founding root set, as the other side pins it."""
        return root_pin(RootSet.model_validate_json(canonical.dumps(self.roots())))

    @property
    def own(self) -> Copy:
        return self.copies[self.party]

    @property
    def mirror(self) -> Copy:
        return self.copies[peer_of(self.party)]

    @property
    def cosigning_name(self) -> str:
        return f"{self.party}.channel.example/cosigner"

    @property
    def checkpoint_vkey(self) -> str:
        return checkpoint.log_key(self.keys["checkpoint"].private, self.origin).encode()

    @property
    def cosigning_vkey(self) -> str:
        return checkpoint.cosigner_key(self.keys["cosigning"].private, self.cosigning_name).encode()

    def sign_checkpoint(self, size: int, root: bytes) -> str:
        """Sign a checkpoint by the keys of its size, as a node does after each entry."""
        head = Checkpoint(self.origin, size, root)
        row = self.replay.rows.get(("party", self.party))
        named = signing_keys(row.checkpoint, size - 1, size) if isinstance(row, PartyRow) else ()
        private = [self.private(key.key) for key in named] or [self.keys["checkpoint"].private]
        lines = [checkpoint.sign(head, key, self.origin) for key in private]
        return checkpoint.make_note(head, *lines)

    def private(self, key: str) -> PrivateKey:
        """Return the private key of a key id."""
        return next(one.private for one in self.keys.values() if one.key == key)

    def cosign(self, note: str, time: int) -> str:
        parsed, head = checkpoint.parse(note)
        row = self.replay.rows.get(("party", self.party))
        newest = row.cosigning[-1].key if isinstance(row, PartyRow) else self.keys["cosigning"].key
        key = self.private(newest)
        line = checkpoint.cosign(head, key, self.cosigning_name, time)
        return parsed.with_signature(line).encode()

    @property
    def digest(self) -> str:
        """Return the state digest of this side's rows."""
        return digest_of(self.replay.rows)

    @property
    def sizes(self) -> tuple[int, int]:
        return self.copies["eu"].size, self.copies["cn"].size


def public_text(signer: Signer) -> str:
    """Return a public key as payloads state it."""
    return b64encode(signer.private.public).decode()


def merged(*notes: str) -> str:
    """Return one note with the signature lines of several notes over the same tree."""
    note = Note.parse(notes[0])
    for other in notes[1:]:
        for line in Note.parse(other).signatures:
            note = note.with_signature(line)
    return note.encode()
