"""Signed notes (C2SP signed-note): a text, followed by signature lines.

Does not verify signatures and does not know checkpoints (`checkpoint`): a parsed note is only well
formed. A signature line belongs to a key iff name **and** key id agree, since anyone can find
collisions of the four bytes of a key id.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Final

from special_channel.core.bytes import suites
from special_channel.core.bytes.errors import Malformed

ED25519: Final = 0x01
"""Signature type: Ed25519 over the note's text (C2SP signed-note)."""

COSIGNATURE_V1: Final = 0x04
"""Signature type: timestamped Ed25519 cosignature (C2SP tlog-cosignature)."""

MAX_NOTE_CHARACTERS: Final = 64 * 1024
"""Our checkpoints have under 1,000; the standard requires room for 16 post-quantum lines."""

MAX_SIGNATURES: Final = 32
"""The standard requires verifiers to accept at least 16."""

_CACHED: Final = 1024
"""Cache size for parsed notes and keys: many entries of one commit contain the same notes."""

_KEY_HASH_BYTES: Final = 4
_MAX_ALGORITHM: Final = 0xFF
# The standard's key name, bounded: no Unicode space, no plus, no control.
_NAME: Final = re.compile(r"[^\s+\x00-\x1f\x7f]{1,255}")
_VERIFIER_KEY: Final = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")
_LINE: Final = re.compile(r"— ([^ ]+) ([A-Za-z0-9+/]+={0,2})")
_CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")


# Without slots, so that `key_hash` can be cached.
@dataclass(frozen=True)
class VerifierKey:
    """A named public key for signatures on notes.

    Raises:
        Malformed: `vkey-malformed`.
    """

    name: str
    algorithm: int
    public: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or not 1 <= self.algorithm <= _MAX_ALGORITHM:
            raise _malformed_key()

    def __hash__(self) -> int:
        return hash(self.public)

    @cached_property
    def key_hash(self) -> bytes:
        """The key id in signature lines, four bytes."""
        named = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public
        return sha256(named).digest()[:_KEY_HASH_BYTES]

    def encode(self) -> str:
        """Return the vkey text, `name+hash+base64`."""
        public = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.key_hash.hex()}+{public}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Parse a vkey text.

        Accepts keys of unknown algorithms; the user of a key checks the algorithm.

        Raises:
            Malformed: `vkey-malformed`.
            RuleBroken: `key-weak` for an Ed25519 key with signatures that verifiers disagree on.
        """
        return _read_key(text)


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """A signature line; `signature` contains the bytes after the key id."""

    name: str
    key_hash: bytes
    signature: bytes

    def line(self) -> str:
        """Return the line with its newline."""
        return f"— {self.name} {base64.b64encode(self.key_hash + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text with a final newline, and at least one signature."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __hash__(self) -> int:
        """Hash the text alone."""
        # Notes are cache keys in `checkpoint`, and Python caches the hash of a string.
        return hash(self.text)

    def encode(self) -> str:
        """Return the text for storing and sending."""
        return f"{self.text}\n{''.join(signature.line() for signature in self.signatures)}"

    @classmethod
    def parse(cls, data: str) -> Note:
        """Parse a note; `Note.parse(n).encode() == n` for every accepted `n`.

        Stricter than the standard in one point: no two lines with the same name and key id.

        Raises:
            Malformed: `note-malformed`.
        """
        return _read_note(data)

    def signature_of(self, key: VerifierKey) -> NoteSignature | None:
        """Look up the line of a key, by name and key id together."""
        for signature in self.signatures:
            if signature.name == key.name and signature.key_hash == key.key_hash:
                return signature
        return None

    def with_signature(self, signature: NoteSignature) -> Note:
        """Return a copy with the line added, replacing an older line of the same key."""
        others = tuple(
            each
            for each in self.signatures
            if (each.name, each.key_hash) != (signature.name, signature.key_hash)
        )
        return replace(self, signatures=(*others, signature))


@lru_cache(maxsize=_CACHED)
def _read_key(text: str) -> VerifierKey:
    match = _VERIFIER_KEY.fullmatch(text)
    if not match:
        raise _malformed_key()
    encoded = decode_base64(match[3])
    if not encoded:
        raise _malformed_key()
    key = VerifierKey(match[1], encoded[0], encoded[1:])
    if key.key_hash.hex() != match[2]:
        raise _malformed_key()
    if key.algorithm in {ED25519, COSIGNATURE_V1}:
        _check_ed25519(key.public)
    return key


@lru_cache(maxsize=_CACHED)
def _read_note(data: str) -> Note:
    if len(data) > MAX_NOTE_CHARACTERS or _CONTROL.search(data):
        raise _malformed()
    text, blank, lines = data.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise _malformed()
    signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
    keys = {(signature.name, signature.key_hash) for signature in signatures}
    if not len(keys) == len(signatures) <= MAX_SIGNATURES:
        raise _malformed()
    return Note(text + "\n", signatures)


def decode_base64(text: str) -> bytes | None:
    """Decode standard padded base64; None for every other spelling of the same bytes."""
    try:
        data = binascii.a2b_base64(text)
    except binascii.Error:
        return None
    return data if base64.b64encode(data).decode() == text else None


def _signature(line: str) -> NoteSignature:
    match = _LINE.fullmatch(line)
    encoded = decode_base64(match[2]) if match else None
    if not match or not encoded or len(encoded) <= _KEY_HASH_BYTES or not _NAME.fullmatch(match[1]):
        raise _malformed()
    return NoteSignature(match[1], encoded[:_KEY_HASH_BYTES], encoded[_KEY_HASH_BYTES:])


def _check_ed25519(public: bytes) -> None:
    try:
        suites.check_public("ed25519", public)
    except Malformed as error:
        raise _malformed_key() from error


def _malformed() -> Malformed:
    return Malformed("note-malformed", "This is not a signed note.")


def _malformed_key() -> Malformed:
    return Malformed("vkey-malformed", "This is not a verifier key: name+hash+base64.")
