"""Writes the vectors beside this file: `python -m docs.formats.make_vectors`.

Everything is derived from fixed seeds, so that running it again changes nothing; a test
compares. A second implementation reads the JSON files alone, never this program.

Bytes that are text stand as text; other bytes as lower-case hex in fields named `*_hex`.
The parties and hosts are fictional.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from docs.formats.given import AUTHOR, CLEARING, Vector, code_of, disclosures, envelope
from docs.formats.make_assertion_vectors import assertion_vectors
from docs.formats.make_log_vectors import (
    checkpoint_vectors,
    leaf_vectors,
    receipt_vectors,
    tree_vectors,
)
from special_channel.core.bytes import canonical, dsse, parts, suites

FOLDER: Final = Path(__file__).parent / "vectors"


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
        ("webauthn-es256", CLEARING.public[1:]),
        ("webauthn-es256", off_curve),
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


def envelope_vectors() -> Vector:
    """Envelopes: one with all it derives, and layouts that are refused."""
    signed = envelope()
    data = signed.encode()
    first = b'{"keyid":"%b"' % signed.signatures[0].keyid.encode()
    more = b"".join(b',{"keyid":"eu:%032x","sig":"cw=="}' % number for number in range(15))
    refused = [
        data + b"\n",
        data.replace(b",", b", ", 1),
        data.replace(b"]}", b",]}"),
        data.replace(b"==", b"", 1),
        data.replace(b"payloadType", b"payloadtype"),
        data.replace(first, first.upper()),
        data[: data.index(b"[") + 1] + b"]}",
        data.replace(signed.signatures[1].keyid.encode(), signed.signatures[0].keyid.encode()),
        data.replace(b"]}", more + b"]}"),
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


def vectors() -> dict[str, str]:
    """Return every file's name and content."""
    made = {
        "canonical": canonical_vectors(),
        "keys": key_vectors(),
        "assertions": assertion_vectors(),
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
