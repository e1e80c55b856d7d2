"""Checkpoints (C2SP tlog-checkpoint) and cosignatures on them (C2SP tlog-cosignature).

Does not check before signing: the caller ensures that the tree is durable and consistent with
every tree signed before (`docs/formats/log.md`). Does not read the clock: the time of a
cosignature is an argument.

The log signs the text with Ed25519 (type 0x01). A cosignature is Ed25519 with a time (type 0x04).
A cosignature by the peer states that the peer has the tree. A node's cosignature on its own
checkpoint makes a stamped head.
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from special_channel.core.bytes import suites
from special_channel.core.bytes.checks import Check, Verify
from special_channel.core.bytes.errors import BadSignature, Malformed, RuleBroken
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.log.merkle import EMPTY_ROOT, HASH_BYTES
from special_channel.core.log.note import (
    COSIGNATURE_V1,
    ED25519,
    Note,
    NoteSignature,
    VerifierKey,
    decode_base64,
)

MAX_SIZE: Final = 2**53 - 1
"""The largest integer in payloads, where sizes of trees occur too."""

_CACHED: Final = 1024
"""Cache size for verified notes. The result depends on note and key alone, and many entries of
one commit contain the same proof of delivery and the same stamped head."""

_MAX_TIME: Final = 2**63 - 1
_STAMP: Final = struct.Struct(">Q")
_ORIGIN: Final = re.compile(r"[^\s+\x00-\x1f\x7f]{1,255}")
_BODY: Final = re.compile(r"([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's tree head: origin of the log, number of leaves, root.

    Raises:
        Malformed: `checkpoint-malformed`.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if (
            not _ORIGIN.fullmatch(self.origin)
            or not 0 <= self.size <= MAX_SIZE
            or len(self.root) != HASH_BYTES
            or (self.size == 0 and self.root != EMPTY_ROOT)
        ):
            raise _malformed()

    def body(self) -> str:
        """Return the three signed lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@lru_cache(maxsize=_CACHED)
def parse_body(text: str) -> Checkpoint:
    """Parse the three lines of a checkpoint; extension lines are refused.

    Raises:
        Malformed: `checkpoint-malformed`.
    """
    match = _BODY.fullmatch(text)
    root = decode_base64(match[3]) if match else None
    if not match or root is None:
        raise _malformed()
    return Checkpoint(match[1], int(match[2]), root)


def parse(note: str) -> tuple[Note, Checkpoint]:
    """Parse a checkpoint's note without checking signatures.

    Raises:
        Malformed: `checkpoint-malformed`.
    """
    try:
        parsed = Note.parse(note)
    except Malformed as error:
        raise _malformed() from error
    return parsed, parse_body(parsed.text)


def make_note(checkpoint: Checkpoint, *signatures: NoteSignature) -> str:
    """Return the note of a checkpoint: the log's signature first, then cosignatures."""
    return Note(checkpoint.body(), signatures).encode()


def log_key(key: PrivateKey, name: str) -> VerifierKey:
    """Return the verifier key of a checkpoint key; `name` is the log's origin."""
    return _verifier(key, name, ED25519)


def cosigner_key(key: PrivateKey, name: str) -> VerifierKey:
    """Return the verifier key of a cosigning key."""
    return _verifier(key, name, COSIGNATURE_V1)


def sign(checkpoint: Checkpoint, key: PrivateKey, name: str) -> NoteSignature:
    """Sign a checkpoint as the log.

    The caller has checked that the tree extends every tree signed by the key before.

    Raises:
        Malformed: `suite-unsupported` unless the key is Ed25519.
    """
    signature = key.sign(checkpoint.body().encode())
    return NoteSignature(name, log_key(key, name).key_hash, signature)


def cosign(checkpoint: Checkpoint, key: PrivateKey, name: str, time: int) -> NoteSignature:
    """Cosign a checkpoint as of `time`, in POSIX seconds.

    The cosignature states that the signer knew no larger consistent tree of the log then.

    Raises:
        Malformed: `suite-unsupported` unless the key is Ed25519.
        ValueError: `time` is negative or above 2⁶³-1.
    """
    if not 0 <= time <= _MAX_TIME:
        raise ValueError(time)
    signature = _STAMP.pack(time) + key.sign(_cosigned(checkpoint.body(), time))
    return NoteSignature(name, cosigner_key(key, name).key_hash, signature)


def verify(
    note: str | Note, key: VerifierKey, *, origin: str | None = None, check: Verify | None = None
) -> Checkpoint:
    """Check the log's signature and return the signed checkpoint.

    Args:
        note: The whole note.
        key: The log's key, of type 0x01.
        origin: The expected log; if None, the caller compares.
        check: Replaces `suites.verify`; the result is then not cached.

    Raises:
        Malformed: `checkpoint-malformed`; `suite-unsupported` for a key of another type.
        BadSignature: `checkpoint-unsigned`: no line of the key; `checkpoint-signature`.
        RuleBroken: `checkpoint-origin`.
    """
    parsed = parse(note)[0] if isinstance(note, str) else note
    checkpoint = _signed(parsed, key) if check is None else _check_signed(parsed, key, check)
    if origin is not None and checkpoint.origin != origin:
        raise RuleBroken("checkpoint-origin", "The checkpoint is that of another log.")
    return checkpoint


def cosigned_at(note: str | Note, key: VerifierKey) -> int:
    """Check a cosigner's line and return its time, in POSIX seconds.

    Does not check the log's signature: see `verify`.

    Raises:
        Malformed: `checkpoint-malformed`; `suite-unsupported` for a key of another type.
        BadSignature: `cosignature-absent`, `cosignature-bad`.
    """
    return _cosigned_at(parse(note)[0] if isinstance(note, str) else note, key)


def check_of(note: Note, key: VerifierKey) -> Iterator[Check]:
    """Yield the signature check of `verify`, if the note has a line of the key."""
    line = note.signature_of(key)
    if line is not None:
        yield "ed25519", key.public, note.text.encode(), line.signature, None


@lru_cache(maxsize=_CACHED)
def _signed(note: Note, key: VerifierKey) -> Checkpoint:
    return _check_signed(note, key, suites.verify)


def _check_signed(note: Note, key: VerifierKey, check: Verify) -> Checkpoint:
    checkpoint = parse_body(note.text)
    _expect(key, ED25519)
    line = note.signature_of(key)
    if line is None:
        raise BadSignature("checkpoint-unsigned", "The log's own signature is missing.")
    try:
        check("ed25519", key.public, note.text.encode(), line.signature, None)
    except BadSignature as error:
        raise BadSignature("checkpoint-signature", "The log's signature is wrong.") from error
    return checkpoint


@lru_cache(maxsize=_CACHED)
def _cosigned_at(note: Note, key: VerifierKey) -> int:
    parse_body(note.text)
    _expect(key, COSIGNATURE_V1)
    line = note.signature_of(key)
    if line is None:
        raise BadSignature("cosignature-absent", "The cosigner has no line here.")
    try:
        time: int = _STAMP.unpack_from(line.signature)[0]
        signed = _cosigned(note.text, time)
        suites.verify("ed25519", key.public, signed, line.signature[_STAMP.size :])
    except (struct.error, BadSignature) as error:
        raise _bad_cosignature() from error
    if time > _MAX_TIME:
        raise _bad_cosignature()
    return time


def _cosigned(body: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{body}".encode()


def _verifier(key: PrivateKey, name: str, algorithm: int) -> VerifierKey:
    if key.suite != "ed25519":
        raise Malformed("suite-unsupported", "Checkpoints are signed by Ed25519.", suite=key.suite)
    return VerifierKey(name, algorithm, key.public)


def _expect(key: VerifierKey, algorithm: int) -> None:
    if key.algorithm != algorithm:
        raise Malformed("suite-unsupported", "A key of another type.", suite=key.algorithm)


def _malformed() -> Malformed:
    return Malformed("checkpoint-malformed", "This is not a checkpoint of three lines.")


def _bad_cosignature() -> BadSignature:
    return BadSignature("cosignature-bad", "The cosignature is wrong.")
