"""Assertions of an authenticator: signatures of the suite `webauthn-es256` (rules.md, K24).

An authenticator signs its own data and the digest of a JSON text by the browser. That text contains
the digest of the message as its challenge. `unwrapped` checks all of this except the ECDSA
signature (`suites`) and the origin, which a rule of the charter decides
(`rules.signature_origin`).

Does not parse the JSON text, as WebAuthn Level 3, 5.8.1.2 ("limited verification") permits:
browsers append members, but begin with the same four.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from special_channel.core.bytes.errors import BadSignature

MAX_BYTES: Final = 1024
"""Size limit of an assertion. The longest host name leaves room for members of a browser."""

_VERSION: Final = b"\x01"
_LENGTH: Final = 2
_DATA_BYTES: Final = 37
"""Digest of the relying party (32), flags (1), counter (4): WebAuthn Level 3, 6.1."""

_RAW_BYTES: Final = 64
_FLAGS_AT: Final = 32

# UP and UV. Each other flag is refused: BE and BS (8, 16) are those of a synced passkey, AT and ED
# (64, 128) announce further data, 2 and 32 are reserved.
_FLAGS: Final = 0b101

_BEGIN: Final = b'{"type":"webauthn.get","challenge":"'
_ORIGIN: Final = b'","origin":"'
_SAME_ORIGIN: Final = b'","crossOrigin":false'
_SECURE: Final = re.compile(r"https://([a-z0-9.-]+)")
_LOCAL: Final = re.compile(r"http://localhost:[1-9][0-9]{0,4}")


class Assertion(NamedTuple):
    """The three fields of a signature of this suite; `raw` is r || s."""

    data: bytes
    client_data: bytes
    raw: bytes

    @property
    def signed(self) -> bytes:
        """The bytes that the authenticator signed."""
        return self.data + sha256(self.client_data).digest()


def parse(signature: bytes) -> Assertion:
    """Split a signature into its fields; check 1.

    Raises:
        BadSignature: `signature-malformed`.
    """
    if len(signature) > MAX_BYTES or not signature.startswith(_VERSION):
        raise _malformed()
    data, rest = _field(signature[len(_VERSION) :])
    client_data, raw = _field(rest)
    if len(data) != _DATA_BYTES or len(raw) != _RAW_BYTES:
        raise _malformed()
    return Assertion(data, client_data, raw)


def unwrapped(message: bytes, signature: bytes, rp: str | None) -> tuple[bytes, bytes]:
    """Check an assertion about a message; return the bytes that were signed, and r || s.

    Checks 1 to 4, in this order.

    Args:
        message: The bytes to be signed, such as a PAE.
        signature: The signature of this suite.
        rp: Relying party of the key: a host name. Without one no assertion is valid.

    Raises:
        BadSignature: `signature-malformed`, `signature-rp`, `signature-flags`,
            `signature-client-data`.
    """
    assertion = parse(signature)
    check_data(assertion.data, rp)
    origin_of(assertion.client_data, sha256(message).digest())
    return assertion.signed, assertion.raw


def check_data(data: bytes, rp: str | None) -> None:
    """Check authenticator data of 37 bytes: relying party and flags; checks 2 and 3.

    Raises:
        BadSignature: `signature-rp`, `signature-flags`.
    """
    if not rp or data[:_FLAGS_AT] != sha256(rp.encode()).digest():
        raise BadSignature("signature-rp", "The authenticator signed for another address.")
    if data[_FLAGS_AT] != _FLAGS:
        raise BadSignature(
            "signature-flags", "The authenticator's flags are not allowed.", flags=data[_FLAGS_AT]
        )


def origin_of(client_data: bytes, challenge: bytes) -> str:
    """Return the origin in a browser's text about a challenge; check 4.

    Raises:
        BadSignature: `signature-client-data`.
    """
    begin = _BEGIN + urlsafe_b64encode(challenge).rstrip(b"=") + _ORIGIN
    origin, same, tail = client_data.removeprefix(begin).partition(_SAME_ORIGIN)
    if not client_data.startswith(begin) or not same or not _ends(tail):
        raise _other_client_data()
    # A quotation mark would end the origin earlier, and a backslash would escape the mark after it.
    if not origin or b'"' in origin or b"\\" in origin:
        raise _other_client_data()
    try:
        client_data.decode()
    except UnicodeDecodeError:
        raise _other_client_data() from None
    return origin.decode()


def origin_of_signature(message: bytes, signature: bytes) -> str:
    """Return the origin at which a message was signed.

    Raises:
        BadSignature: `signature-malformed`, `signature-client-data`.
    """
    return origin_of(parse(signature).client_data, sha256(message).digest())


def is_allowed_origin(origin: str, rp: str, listed: Sequence[str] = ()) -> bool:
    """Tell whether a key may be used on an origin.

    Args:
        origin: The origin, as the browser wrote it.
        rp: Relying party of the key.
        listed: Origins in the charter for the key's side. If empty, the origin must be `https://`
            and a host that is `rp` or below it; for `localhost` also `http` with a port.
    """
    if listed:
        return origin in listed
    if rp == "localhost" and _LOCAL.fullmatch(origin):
        return True
    match = _SECURE.fullmatch(origin)
    return match is not None and f".{match[1]}".endswith(f".{rp}")


def _ends(tail: bytes) -> bool:
    return tail == b"}" or (tail.startswith(b",") and tail.endswith(b"}"))


def _field(data: bytes) -> tuple[bytes, bytes]:
    """Split off a field with its length in front; a length beyond the end gives a short field."""
    end = _LENGTH + int.from_bytes(data[:_LENGTH], "big")
    return data[_LENGTH:end], data[end:]


def _malformed() -> BadSignature:
    return BadSignature("signature-malformed", "The signature does not have its suite's layout.")


def _other_client_data() -> BadSignature:
    return BadSignature("signature-client-data", "The authenticator signed another request.")
