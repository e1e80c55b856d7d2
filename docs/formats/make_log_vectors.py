"""Vectors of what a log is made of: leaves, trees, checkpoints, receipts.

Writes no file: [make_vectors.py](make_vectors.py) does.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from docs.formats.given import (
    AT,
    AT_POSIX,
    CHECKPOINT_KEY,
    CN_LOG,
    COSIGNER,
    COSIGNING_KEY,
    EU_LOG,
    THREAD,
    Vector,
    code_of,
    envelope,
)
from special_channel.core.log import checkpoint as checkpoints
from special_channel.core.log import merkle
from special_channel.core.log.checkpoint import Checkpoint
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.merkle import Frontier
from special_channel.core.log.note import VerifierKey
from special_channel.core.log.receipt import Receipt, verify_receipt

TREE_SIZE: Final = 13


def leaves() -> list[Leaf]:
    """Return the leaves of a small log; the last is the envelope of `envelope_vectors`."""
    plain = [
        Leaf(
            accepted=f"2026-11-24T14:{number:02}:00Z",
            frontier=(number // 2,),
            directory=1,
            kind="note.posted" if number else "party.founded",
            thread=THREAD if number else None,
            ordinal=number,
            id=sha256(b"id %d" % number).hexdigest(),
            envelope_digest=sha256(b"envelope %d" % number).hexdigest(),
        )
        for number in range(TREE_SIZE - 1)
    ]
    signed = envelope()
    last = Leaf(AT, (6,), 1, "note.posted", THREAD, TREE_SIZE - 1, signed.id, signed.digest)
    return [*plain, last]


def leaf_vectors() -> Vector:
    """Leaf lines, their hashes, and lines that are refused."""
    private = Leaf(AT, (877, 340), 2, "note.internal", THREAD, 3, "a" * 64, "b" * 64)
    line = private.encode().decode()
    refused = [
        line + "\n",
        line.replace(" 877", "  877"),
        line.replace("877", "0877"),
        line.replace("877,340", "877,340,1"),
        line.replace("15:00:00Z", "24:00:00Z"),
        line.replace("2026-11-24", "2026-02-29"),
        line.replace("a" * 64, "A" * 64),
        line.replace("sc1", "sc2"),
        line.replace(THREAD, ""),
        line.replace(" 2 note", " note"),
        line.replace(" 2 note", " 02 note"),
        line.replace(f"{THREAD}:3", THREAD),
        line.replace(f"{THREAD}:3", f"{THREAD}:0"),
        line.replace(f"{THREAD}:3", "-:3"),
    ]
    return {
        "accepted": [
            {"line": leaf.encode().decode(), "hash_hex": leaf.hash.hex()}
            for leaf in (leaves()[0], leaves()[-1], private)
        ],
        "refused": [{"line": each, "code": code_of(Leaf.parse, each.encode())} for each in refused],
    }


def tree() -> tuple[list[bytes], dict[merkle.Node, bytes]]:
    """Return the small log's roots by size, and its stored hashes."""
    frontier = Frontier.EMPTY
    roots, nodes = [frontier.root()], dict[merkle.Node, bytes]()
    for leaf in leaves():
        frontier, complete = frontier.append([leaf.hash])
        roots.append(frontier.root())
        nodes |= {(level, index): node for level, index, node in complete}
    return roots, nodes


def tree_vectors() -> Vector:
    """The small log: its leaves, its roots of every size, proofs."""
    roots, nodes = tree()
    inclusion = [(0, 1), (0, TREE_SIZE), (5, 8), (7, TREE_SIZE), (12, TREE_SIZE)]
    consistency = [(0, 5), (1, TREE_SIZE), (6, TREE_SIZE), (8, TREE_SIZE), (7, 7)]
    return {
        "leaves": [leaf.encode().decode() for leaf in leaves()],
        "roots_hex": [each.hex() for each in roots],
        "inclusion": [
            {
                "index": index,
                "size": size,
                "proof_hex": [each.hex() for each in merkle.inclusion_proof(index, size, nodes)],
            }
            for index, size in inclusion
        ],
        "consistency": [
            {
                "old": old,
                "size": size,
                "proof_hex": [each.hex() for each in merkle.consistency_proof(old, size, nodes)],
            }
            for old, size in consistency
        ],
    }


def checkpoint() -> Checkpoint:
    """Return the head of the small log."""
    return Checkpoint(EU_LOG, TREE_SIZE, tree()[0][-1])


def checkpoint_vectors() -> Vector:
    """Checkpoints: signed, cosigned, and notes that are refused."""
    head = checkpoint()
    own = checkpoints.sign(head, CHECKPOINT_KEY, EU_LOG)
    peer = checkpoints.cosign(head, COSIGNING_KEY, COSIGNER, AT_POSIX)
    log_key = checkpoints.log_key(CHECKPOINT_KEY, EU_LOG)
    cosigner_key = checkpoints.cosigner_key(COSIGNING_KEY, COSIGNER)
    signed, cosigned = checkpoints.make_note(head, own), checkpoints.make_note(head, own, peer)
    only_peer = checkpoints.make_note(head, peer)
    log_refused = [
        only_peer,
        signed.replace("\n13\n", "\n12\n"),
        signed.replace("\n13\n", "\n013\n"),
        signed.replace("\n\n", "\nextension\n\n"),
        signed.replace(f"— {EU_LOG}", f"— {CN_LOG}"),
        signed + checkpoints.sign(head, CHECKPOINT_KEY, EU_LOG).line(),
    ]
    cosigner_refused = [signed, cosigned.replace("\n13\n", "\n12\n")]
    return {
        "log_vkey": log_key.encode(),
        "cosigner_vkey": cosigner_key.encode(),
        "origin": head.origin,
        "size": head.size,
        "root_hex": head.root.hex(),
        "signed": signed,
        "cosigned": cosigned,
        "cosigned_at": checkpoints.cosigned_at(cosigned, cosigner_key),
        "refused_for_log": [
            {"note": each, "code": code_of(checkpoints.verify, each, log_key)}
            for each in log_refused
        ],
        "refused_for_cosigner": [
            {
                "note": each,
                "code": code_of(checkpoints.cosigned_at, each, cosigner_key),
            }
            for each in cosigner_refused
        ],
    }


def read_receipt(text: str, log_key: VerifierKey) -> None:
    """Read a receipt and verify it."""
    verify_receipt(Receipt.parse(text), log_key)


def receipt_vectors() -> Vector:
    """A receipt, and receipts that are refused."""
    head, (_, nodes) = checkpoint(), tree()
    log_key = checkpoints.log_key(CHECKPOINT_KEY, EU_LOG)
    note = checkpoints.make_note(head, checkpoints.sign(head, CHECKPOINT_KEY, EU_LOG))
    index = TREE_SIZE - 1
    leaf = leaves()[index].encode()
    text = Receipt(leaf, index, merkle.inclusion_proof(index, TREE_SIZE, nodes), note).encode()
    lines = text.split("\n")
    refused = [
        text.replace("index 12", "index 11"),
        text.replace("index 12", "index 13"),
        text.replace("index 12", "index 012"),
        "\n".join([lines[0], *lines[2:]]),
        "\n".join([*lines[:3], *lines[4:]]),
        "\n".join([*lines[:3], lines[4], lines[3], *lines[5:]]),
        text.replace("@v1", "@v2"),
        text + "\n",
    ]
    return {
        "log_vkey": log_key.encode(),
        "receipt": text,
        "index": index,
        "leaf": leaf.decode(),
        "refused": [
            {
                "receipt": each,
                "code": code_of(read_receipt, each, log_key),
            }
            for each in refused
        ],
    }
