"""Receipts (C2SP tlog-proof): offline proofs that a log includes an entry.

Does not fetch proofs and does not sign. A receipt consists of stored facts, so an entry's receipt
never changes: the leaf line, the path in the tree of the entry's commit, and the checkpoint of the
commit with the log's signature alone.
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
"""A hash for each level; a tree of 2⁵³ leaves has 53."""

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
        extra: The leaf line. Other tlog-proofs may carry other bytes, or none.
        index: The entry's index in its log.
        proof: Sibling hashes, the leaf's first.
        checkpoint: The note of the tree with the leaf, verbatim.
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
        """Parse a receipt; `Receipt.parse(t).encode() == t` for every accepted `t`.

        Raises:
            Malformed: `receipt-malformed`, `checkpoint-malformed`.
        """
        match = _RECEIPT.fullmatch(text) if len(text) <= _MAX_CHARACTERS else None
        if not match:
            raise _malformed()
        extra = _decoded(match[1]) if match[1] else b""
        proof = tuple(_decoded(line) for line in match[3].splitlines())
        if len(proof) > MAX_PROOF_HASHES:
            raise _malformed()
        checkpoints.parse(match[4])
        return cls(extra, int(match[2]), proof, match[4])


def verify_receipt(
    receipt: Receipt, key: VerifierKey, *, origin: str | None = None
) -> tuple[Checkpoint, bytes]:
    """Check a receipt with the log's key alone.

    1. The checkpoint carries the log's signature.
    2. The tree of the checkpoint includes the leaf line, at the receipt's index.

    The caller compares the leaf line with the entry (id, digest of the envelope), verifies
    the entry's signatures, and compares the origin if `origin` is None.

    Returns:
        The checkpoint, and the proven leaf line.

    Raises:
        Malformed: `receipt-malformed` without a leaf line; `proof-malformed`; the codes
            of `checkpoint.verify`.
        BadSignature: As `checkpoint.verify`.
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


# Cached: the paths of all receipts of a commit share their upper hashes.
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
