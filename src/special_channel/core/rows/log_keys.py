"""Keys that sign a log's checkpoints and its owner's cosignatures, by position (K16 to K18).

Pure functions over the keys in a party's row. Does not judge who may name a key
(`kinds/machines.py`), and does not hold private keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from special_channel.core.bytes.checks import Verify
from special_channel.core.bytes.errors import BadSignature
from special_channel.core.bytes.ids import KeyId
from special_channel.core.log import checkpoint as checkpoints
from special_channel.core.log.checkpoint import Checkpoint, parse_body
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.note import Note, VerifierKey

Reason = Literal["routine", "lost", "compromised", ""]

EVERYTHING: Final = 2**53
"""A size beyond every log, for the keys after all known entries."""


@dataclass(frozen=True, slots=True)
class LogKey:
    """A checkpoint or cosigning key, in the order of its owner's log.

    `start`: index of the owner's entry that names the key. `vkey`: C2SP vkey. `reason`: why it took
    the place of the key before it; empty for a founded key. `next`: commitment to the key that
    follows; empty without one.
    """

    key: KeyId
    vkey: str
    start: int = 0
    reason: Reason = ""
    next: str = ""

    @property
    def verifier(self) -> VerifierKey:
        """The key as verifier of notes."""
        return VerifierKey.parse(self.vkey)


LogKeys = Sequence[LogKey]
"""All keys of one role, oldest first; the first one is founded."""


def key_at(keys: LogKeys, size: int) -> LogKey:
    """Return the key in force after the first `size` entries of its owner's log.

    For checkpoint keys this is the key of a note of that size (K16): an entry at index k that names
    a key makes it the key of all sizes beyond k. Of a note of the private log, `size` is the
    own-log frontier of the last leaf.
    """
    return next((key for key in reversed(keys) if key.start < size), keys[0])


def window(size: int, last: Leaf) -> int:
    """Return the size of the owner's shared log by which a note's key is chosen.

    `last`: the last leaf under the note; one of a private log states the size of the shared log.
    """
    return size if len(last.frontier) == 1 else last.frontier[0]


def signing_keys(keys: LogKeys, old: int, size: int) -> tuple[LogKey, ...]:
    """Return the keys that sign the commit from size `old` to `size`: that of its size first.

    A key that a routine succession ends in this commit signs as well, so that its readers can
    verify the note that brings them the new key (K16).
    """
    place = keys.index(key_at(keys, size))
    signing = [keys[place]]
    while place and keys[place].start >= old and keys[place].reason == "routine":
        place -= 1
        signing.append(keys[place])
    return tuple(signing)


def trusted(keys: LogKeys, size: int = EVERYTHING) -> tuple[LogKey, ...]:
    """Return the keys that the first `size` entries name and do not call compromised, newest first.

    For cosignatures without a place in the signer's log: notes inside entries, with the size of the
    signer's log in the entry's past, and heads of bundles, with all entries (K18).
    """
    named = [key for key in keys if key.start < size] or [keys[0]]
    ended_by = [*(key.reason for key in named[1:]), ""]
    kept = [key for key, reason in zip(named, ended_by, strict=True) if reason != "compromised"]
    return tuple(reversed(kept))


def verify_checkpoint(
    note: str | Note,
    keys: LogKeys,
    *,
    origin: str | None = None,
    size: int | None = None,
    check: Verify | None = None,
) -> Checkpoint:
    """Check the log's signature by the key of the note's size; return the signed checkpoint.

    Args:
        note: The whole note.
        keys: Checkpoint keys of the log's owner.
        origin: The expected log; None: the caller compares. It is also the key's name in a note of
            the private log.
        size: Size of the owner's shared log by which the key is chosen; by default the note's.
        check: Replaces `suites.verify`.

    Raises:
        Malformed, BadSignature, RuleBroken: As `checkpoint.verify`.
        BadSignature: `checkpoint-key`: signed by a checkpoint key of another window.
    """
    parsed = checkpoints.parse(note)[0] if isinstance(note, str) else note
    stated = parse_body(parsed.text).size if size is None else size
    key = key_at(keys, stated)
    try:
        return checkpoints.verify(parsed, named_for(key, origin), origin=origin, check=check)
    except BadSignature as error:
        if error.code == "checkpoint-unsigned" and _signed_by_another(parsed, keys, origin):
            raise BadSignature(
                "checkpoint-key",
                "A checkpoint key of this log signed that is not in force at this size.",
                size=stated,
            ) from error
        raise


def named_for(key: LogKey, origin: str | None) -> VerifierKey:
    """Return a checkpoint key under the name that it has in notes of a log."""
    verifier = key.verifier
    if origin is None or verifier.name == origin:
        return verifier
    # One key signs both logs of a side, each under that log's origin.
    return VerifierKey(origin, verifier.algorithm, verifier.public)


def _signed_by_another(note: Note, keys: LogKeys, origin: str | None) -> bool:
    return any(note.signature_of(named_for(key, origin)) is not None for key in keys)


def cosigned_time(note: str | Note, keys: LogKeys) -> int:
    """Check a cosignature by the first of the keys that has a line; return its POSIX time.

    Raises:
        BadSignature: `cosignature-absent` without a line of these keys; `cosignature-bad`.
        Malformed: `checkpoint-malformed`.
    """
    parsed = checkpoints.parse(note)[0] if isinstance(note, str) else note
    for key in keys:
        if parsed.signature_of(key.verifier) is not None:
            return checkpoints.cosigned_at(parsed, key.verifier)
    raise BadSignature("cosignature-absent", "The cosigner has no line here.")
