"""Vectors of the suite `webauthn-es256`: assertions that verify, and one for each way to be wrong.

Written by `make_vectors.py`. The key comes from a fixed seed and signs deterministically.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from docs.formats.given import Vector, code_of, seed
from special_channel.core.bytes import suites, webauthn
from tests.authenticator import ORIGIN, RP, Authenticator, client_data_of, data_of, packed

SUITE: Final = "webauthn-es256"
MESSAGE: Final = b"message"
KEY: Final = Authenticator(seed("authenticator"))


def assertion_vectors() -> Vector:
    """Assertions: accepted ones with their origins, and refused ones with their codes."""
    return {
        "suite": SUITE,
        "public_hex": KEY.public.hex(),
        "key_id": suites.key_id("eu", SUITE, KEY.public),
        "rp": RP,
        "message": MESSAGE.decode(),
        "accepted": [
            {"signature_hex": each.hex(), "origin": _origin(each)} for each in _accepted()
        ],
        "refused": [
            {
                "what": what,
                "signature_hex": each.hex(),
                "code": code_of(suites.verify, SUITE, KEY.public, MESSAGE, each, RP),
            }
            for what, each in _refused().items()
        ],
    }


def _client_data(end: str = "}") -> bytes:
    return client_data_of(sha256(MESSAGE).digest(), end=end)


def _accepted() -> list[bytes]:
    members = ',"topOrigin":"https://example.org","other":{"a":"}"}}'
    return [
        KEY.sign(MESSAGE),
        KEY.assertion(_client_data(members)),
        _by(data_of(counter=7)),
    ]


def _refused() -> dict[str, bytes]:
    good = KEY.sign(MESSAGE)
    data, text, raw = webauthn.parse(good)
    flags = {"no touch": 4, "no verification": 1, "synced": 0x1D, "may be synced": 0x0D,
             "attested": 0x45, "extended": 0x85, "reserved 1": 7, "reserved 5": 0x25}  # fmt: skip
    texts = {
        "another message": client_data_of(sha256(b"other").digest()),
        "another type": text.replace(b"webauthn.get", b"webauthn.create"),
        "another site": text.replace(b"false", b"true"),
        "a member before type": text.replace(b'{"type"', b'{"a":1,"type"'),
        "no end": text[:-1],
        "a backslash": text.replace(ORIGIN.encode(), ORIGIN.encode() + b"\\"),
        "no UTF-8": text[:-1] + b',"a":"\xff"}',
    }
    return {
        "another version": b"\x02" + good[1:],
        "a byte after the end": good + b"\x00",
        "extension data": packed(data + b"\xa0", text, raw),
        "a length beyond the end": good[:1] + b"\xff\xff" + good[3:],
        "1,025 bytes": KEY.assertion(_client_data(f',"a":"{"a" * (1018 - len(good))}"}}')),
        "another relying party": _by(data_of("channel.example")),
        **{what: _by(data_of(flags=value)) for what, value in flags.items()},
        **{what: KEY.assertion(each) for what, each in texts.items()},
        "another signature": packed(data, text, raw[:63] + bytes([raw[63] ^ 1])),
        "zeros": packed(data, text, bytes(64)),
    }


def _by(data: bytes) -> bytes:
    key = Authenticator(seed("authenticator"))
    key.data = data
    return key.sign(MESSAGE)


def _origin(signature: bytes) -> str:
    return webauthn.origin_of(webauthn.parse(signature).client_data, sha256(MESSAGE).digest())
