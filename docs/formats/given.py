"""What the vectors are made of: seeds, keys, one envelope, and how a refusal is named.

Everything follows from fixed seeds. The parties and hosts are fictional. Writes no file.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from special_channel.core.bytes import canonical, dsse, parts, suites
from special_channel.core.bytes.dsse import Envelope, Signature
from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.log import merkle

EU_LOG: Final = "eu.channel.example/log"
CN_LOG: Final = "cn.channel.example/log"
COSIGNER: Final = "cn.channel.example/cosigner"
AT: Final = "2026-11-24T15:00:00Z"
AT_POSIX: Final = 1795532400
THREAD: Final = "00112233445566778899aabbccddeeff"

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
