"""Writes the vectors beside this file: `python docs/formats/make_vectors.py`.

Everything is derived from fixed seeds, so that running it again changes nothing; a test
compares. A second implementation reads the JSON files alone, never this program.

Bytes that are text stand as text; other bytes as lower-case hex in fields named `*_hex`.
The parties and hosts are fictional.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from special_channel.core import canonical, dsse, merkle, parts, suites
from special_channel.core import checkpoint as checkpoints
from special_channel.core.checkpoint import Checkpoint
from special_channel.core.dsse import Envelope, Signature
from special_channel.core.errors import Refused
from special_channel.core.leaf import Leaf
from special_channel.core.merkle import Frontier
from special_channel.core.note import VerifierKey
from special_channel.core.receipt import Receipt, verify_receipt
from special_channel.core.suites import PrivateKey

FOLDER: Final = Path(__file__).parent / "vectors"

EU_LOG: Final = "eu.channel.example/log"
CN_LOG: Final = "cn.channel.example/log"
COSIGNER: Final = "cn.channel.example/cosigner"
AT: Final = "2026-11-24T15:00:00Z"
AT_POSIX: Final = 1795532400
THREAD: Final = "00112233445566778899aabbccddeeff"
TREE_SIZE: Final = 13

Vector = dict[str, Any]


def seed(name: str) -> bytes:
    """Return 32 bytes that follow from a name."""
    return sha256(f"special-channel/vectors/{name}".encode()).digest()


AUTHOR: Final = PrivateKey.from_seed("ed25519", seed("author"))
CLEARING: Final = PrivateKey.from_seed("es256", seed("clearing"))
CHECKPOINT_KEY: Final = PrivateKey.from_seed("ed25519", seed("checkpoint"))
COSIGNING_KEY: Final = PrivateKey.from_seed("ed25519", seed("cosigning"))


def code_of(call: Callable[..., object], *arguments: object) -> str:
    """Return the code with which a call refuses."""
    try:
        call(*arguments)
    except Refused as error:
        return error.code
    raise AssertionError("a vector that should be refused is accepted")


def canonical_vectors() -> Vector:
    """Canonical JSON: values with their bytes, and bytes that are refused."""
    values: list[canonical.Value] = [
        {},
        [],
        "",
        0,
        -1,
        2**53 - 1,
        -(2**53) + 1,
        True,
        {"b": 1, "a": [False, {"z_9.k": "x"}]},
        'quote " backslash \\ slash / line\nfeed',
        "\x7f \x80 \u2028 é 许可证 😀 e\u0301",
        [[[[[{"deep": "six"}]]]]],
    ]
    refused = [
        b"",
        b"{",
        b"\xef\xbb\xbf{}",
        b'"\xff"',
        b'"\\ud800"',
        b"NaN",
        b"1.0",
        b"1e2",
        b"9007199254740992",
        b"18446744073709551616",
        b"null",
        b'"a\\tb"',
        b'"\\u0000"',
        b'{"A":1}',
        b'{"":1}',
        b'{"a-b":1}',
        b'{"%b":1}' % (b"k" * 33),
        b'{"a":1,"a":1}',
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b"-0",
        b'"\\u0041"',
        b'"\\/"',
        b'"\\u000a"',
        b"1\n",
        b"[" * 7 + b"]" * 7,
    ]
    return {
        "accepted": [{"value": each, "bytes_hex": canonical.dumps(each).hex()} for each in values],
        "refused": [
            {"bytes_hex": each.hex(), "code": code_of(canonical.loads, each)} for each in refused
        ],
    }


def key_vectors() -> Vector:
    """Keys: seeds, public keys, ids, signatures; and keys that are refused."""
    message = "message"
    off_curve = CLEARING.public[:-1] + bytes([CLEARING.public[-1] ^ 1])
    refused: list[tuple[str, bytes]] = [
        ("ed25519", b""),
        ("ed25519", AUTHOR.public + b"\0"),
        ("ed25519", bytes(32)),
        ("ed25519", b"\x01" + bytes(31)),
        ("ed25519", b"\xec" + b"\xff" * 30 + b"\x7f"),
        ("ed25519", b"\xee" + b"\xff" * 30 + b"\x7f"),
        ("ed25519", b"\x02" + bytes(31)),
        ("es256", CLEARING.public[1:]),
        ("es256", b"\x02" + CLEARING.public[1:33]),
        ("es256", off_curve),
        ("ml-dsa-44", bytes(1312)),
    ]
    return {
        "keys": [
            {
                "party": party,
                "suite": key.suite,
                "seed_hex": key.seed().hex(),
                "public_hex": key.public.hex(),
                "key_id": suites.key_id(party, key.suite, key.public),
                "message": message,
                "signature_hex": key.sign(message.encode()).hex(),
            }
            for party, key in (("eu", AUTHOR), ("cn", AUTHOR), ("eu", CLEARING))
        ],
        "refused": [
            {
                "suite": suite,
                "public_hex": public.hex(),
                "code": code_of(suites.check_public, suite, public),
            }
            for suite, public in refused
        ],
    }


def disclosures() -> list[bytes]:
    """Return one disclosure of each role."""
    salts = iter(parts.salt_text(seed(f"salt {number}")) for number in range(4))
    values: list[canonical.Value] = [
        {"role": "subject", "salt": next(salts), "text": "Fictional batch 31: end use"},
        {"role": "text", "salt": next(salts), "text": "Which end use?\n最终用途为何？"},
        {
            "role": "file",
            "salt": next(salts),
            "name": "虚构登记簿摘录.pdf",
            "type": "application/pdf",
            "len": 3,
            "sha256": sha256(b"abc").hexdigest(),
        },
        {"role": "data", "salt": next(salts), "type": "list", "data": {"rows": [{"row": 1}]}},
    ]
    return [canonical.dumps(value) for value in values]


def part_vectors() -> Vector:
    """Parts: disclosures, commitments, and disclosures that are refused."""
    subject, text, file, data = disclosures()
    refused = [
        text + b"\n",
        text.replace(b"use?", b"use\xc2\x85"),
        text.replace(b'"text","salt"', b'"file","salt"'),
        subject.replace(b"batch", "b\u202eatch".encode()),
        subject.replace(b"batch", b"b\\natch"),
        file.replace(b".pdf", b"/.pdf"),
        file.replace(b"application/pdf", b"application/PDF"),
        data.replace(b'{"rows":[{"row":1}]}', b"[]"),
        text.replace(b"=", b""),
    ]
    return {
        "accepted": [
            {"disclosure": each.decode(), "commitment": parts.commitment(each)}
            for each in (subject, text, file, data)
        ],
        "refused": [
            {"disclosure": each.decode(), "code": code_of(parts.parse, each)} for each in refused
        ],
    }


def envelope() -> Envelope:
    """Return an entry of an author with an official's clearance."""
    author = suites.key_id("eu", AUTHOR.suite, AUTHOR.public)
    payload: dict[str, canonical.Value] = {
        "v": 1,
        "log": EU_LOG,
        "kind": "note.posted",
        "thread": THREAD,
        "by": author,
        "at": AT,
        "seen": [
            {"log": EU_LOG, "size": 2, "root": merkle.leaf_hash(b"x").hex()},
            {"log": CN_LOG, "size": 0, "root": merkle.EMPTY_ROOT.hex()},
        ],
        "body": {},
        "parts": [{"k": "text", "c": parts.commitment(disclosures()[1])}],
        "lang": "en",
    }
    unsigned = Envelope(dsse.ENTRY_TYPE, canonical.dumps(payload))
    return unsigned.with_signature(Signature(author, AUTHOR.sign(unsigned.pae))).with_signature(
        Signature(suites.key_id("eu", CLEARING.suite, CLEARING.public), CLEARING.sign(unsigned.pae))
    )


def envelope_vectors() -> Vector:
    """Envelopes: one with all it derives, and layouts that are refused."""
    signed = envelope()
    data = signed.encode()
    first = b'{"keyid":"%b"' % signed.signatures[0].keyid.encode()
    refused = [
        data + b"\n",
        data.replace(b",", b", ", 1),
        data.replace(b"]}", b",]}"),
        data.replace(b"==", b"", 1),
        data.replace(b"payloadType", b"payloadtype"),
        data.replace(first, first.upper()),
        data[: data.index(b"[") + 1] + b"]}",
        data.replace(signed.signatures[1].keyid.encode(), signed.signatures[0].keyid.encode()),
    ]
    return {
        "payload_type": signed.payload_type,
        "payload": signed.payload.decode(),
        "pae_hex": signed.pae.hex(),
        "id": signed.id,
        "envelope": data.decode(),
        "envelope_digest": signed.digest,
        "keys": {
            signature.keyid: {"suite": key.suite, "public_hex": key.public.hex()}
            for signature, key in zip(signed.signatures, (AUTHOR, CLEARING), strict=True)
        },
        "refused": [
            {"envelope": each.decode(), "code": code_of(dsse.decode, each)} for each in refused
        ],
    }


def leaves() -> list[Leaf]:
    """Return the leaves of a small log; the last is the envelope of `envelope_vectors`."""
    plain = [
        Leaf(
            accepted=f"2026-11-24T14:{number:02}:00Z",
            frontier=(number // 2,),
            kind="note.posted" if number else "party.founded",
            thread=THREAD if number else None,
            id=sha256(b"id %d" % number).hexdigest(),
            envelope_digest=sha256(b"envelope %d" % number).hexdigest(),
        )
        for number in range(TREE_SIZE - 1)
    ]
    signed = envelope()
    last = Leaf(AT, (6,), "note.posted", THREAD, signed.id, signed.digest)
    return [*plain, last]


def leaf_vectors() -> Vector:
    """Leaf lines, their hashes, and lines that are refused."""
    private = Leaf(AT, (877, 340), "note.internal", THREAD, "a" * 64, "b" * 64)
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


def vectors() -> dict[str, str]:
    """Return every file's name and content."""
    made = {
        "canonical": canonical_vectors(),
        "keys": key_vectors(),
        "parts": part_vectors(),
        "envelope": envelope_vectors(),
        "leaf": leaf_vectors(),
        "tree": tree_vectors(),
        "checkpoint": checkpoint_vectors(),
        "receipt": receipt_vectors(),
    }
    return {
        f"{name}.json": json.dumps(content, indent=1, ensure_ascii=True) + "\n"
        for name, content in made.items()
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file_name, content in vectors().items():
        (FOLDER / file_name).write_text(content, encoding="utf-8")
        print(FOLDER / file_name)
