"""Receipts (C2SP tlog-proof): that an entry is in a log, checkable offline.

Does not fetch proofs and does not sign. A receipt's bytes follow from stored facts, so
the same entry has the same receipt for ever: its leaf line, its path in the tree of its
own commit, and that commit's checkpoint with the log's signature alone.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.core.log import checkpoint as checkpoints
from special_channel.core.log import merkle
from special_channel.core.log.checkpoint import Checkpoint
from special_channel.core.log.note import MAX_NOTE_CHARACTERS, VerifierKey, decode_base64

MAX_PROOF_HASHES: Final = 64
"""One a level; a tree of 2⁵³ leaves has 53."""

_MAX_CHARACTERS: Final = 2 * MAX_NOTE_CHARACTERS
_HEADER: Final = "c2sp.org/tlog-proof@v1\n"
_RECEIPT: Final = re.compile(
    re.escape(_HEADER)
    + r"(?:extra ([A-Za-z0-9+/]+={0,2})\n)?"
    + r"index (0|[1-9][0-9]{0,15})\n"
    + r"((?:[A-Za-z0-9+/]{43}=\n)*)"
    + r"\n(.+)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A proof of inclusion.

    Attributes:
        extra: The leaf line. Other tlog-proofs may carry other things here, or nothing.
        index: The entry's index in its log.
        proof: Sibling hashes, the leaf's first.
        checkpoint: The note of the tree that holds the leaf, verbatim.
    """

    extra: bytes
    index: int
    proof: tuple[bytes, ...]
    checkpoint: str

    def encode(self) -> str:
        """Return the text of the receipt."""
        extra = f"extra {_base64(self.extra)}\n" if self.extra else ""
        proof = "".join(map(_proof_line, self.proof))
        return f"{_HEADER}{extra}index {self.index}\n{proof}\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> Receipt:
        """Read a receipt; `Receipt.parse(t).encode() == t` for whatever is accepted.

        Raises:
            Malformed: `receipt-malformed`, `checkpoint-malformed`.
        """
        found = _RECEIPT.fullmatch(text) if len(text) <= _MAX_CHARACTERS else None
        if not found:
            raise _malformed()
        extra = _decoded(found[1]) if found[1] else b""
        proof = tuple(_decoded(line) for line in found[3].splitlines())
        if len(proof) > MAX_PROOF_HASHES:
            raise _malformed()
        checkpoints.parse(found[4])
        return cls(extra, int(found[2]), proof, found[4])


def verify_receipt(
    receipt: Receipt, key: VerifierKey, *, origin: str | None = None
) -> tuple[Checkpoint, bytes]:
    """Check a receipt from nothing but the log's key.

    1. The checkpoint carries the log's signature.
    2. The leaf line is in the tree of that checkpoint, at the index named.

    The caller still owes: to compare the leaf line with the entry (its id, the digest of
    its envelope), to verify the entry's own signatures, and the origin if not given.

    Returns:
        The checkpoint, and the leaf line that is proven.

    Raises:
        Malformed: `receipt-malformed` without a leaf line; `proof-malformed`; the codes
            of `checkpoint.verify`.
        BadSignature: as `checkpoint.verify`.
        RuleBroken: `proof-mismatch`, `checkpoint-origin`.
    """
    if not receipt.extra:
        raise _malformed()
    checkpoint = checkpoints.verify(receipt.checkpoint, key, origin=origin)
    leaf_hash = merkle.leaf_hash(receipt.extra)
    merkle.verify_inclusion(
        leaf_hash, receipt.index, checkpoint.size, receipt.proof, checkpoint.root
    )
    return checkpoint, receipt.extra


# All receipts of a commit have the upper hashes of their paths in common.
@lru_cache(maxsize=1024)
def _proof_line(hash_: bytes) -> str:
    return f"{_base64(hash_)}\n"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    data = decode_base64(text)
    if data is None:
        raise _malformed()
    return data


def _malformed() -> Malformed:
    return Malformed("receipt-malformed", "This is not a receipt.")
