"""Check Ed25519 signatures: libsodium first, then OpenSSL for its refusals (ADR 19).

libsodium needs half of OpenSSL's time and is stricter: it also refuses points of small order.
OpenSSL's answer is therefore the answer for every input, with or without libsodium.

Signing uses libsodium too, in two thirds of OpenSSL's time. RFC 8032 is deterministic, so both
libraries return the same signature (ADR 24).

Does not admit keys (`suites.check_public`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

OpenSigned: TypeAlias = Callable[[bytes, bytes], bytes]
"""Take signature and message joined, and a public key. Return the message or raise _REFUSED."""

Sign: TypeAlias = Callable[[bytes], bytes]
"""Take a message; return its signature."""

SignWhole: TypeAlias = Callable[[bytes, bytes], bytes]
"""Take a message, and seed and public key joined. Return signature and message joined."""

_REFUSED: type[Exception]
_libsodium: OpenSigned | None
_sign_whole: SignWhole | None
try:
    from nacl.bindings import crypto_sign, crypto_sign_open
    from nacl.exceptions import BadSignatureError
except ImportError:  # no wheel for this machine
    _libsodium, _sign_whole, _REFUSED = None, None, InvalidSignature
else:
    _libsodium, _sign_whole, _REFUSED = crypto_sign_open, crypto_sign, BadSignatureError

Check: TypeAlias = Callable[[bytes, bytes, bytes], None]
"""Take a public key, a message and a signature.

Raises:
    InvalidSignature: The signature does not verify.
    ValueError: The bytes are not a public key.
"""

_KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_CACHED_KEYS: Final = 4096
"""Cache size, in keys. A side has tens of officials; both logs a few thousand keys in total."""

# OpenSSL refuses both _LOOSE signatures of _MESSAGE. The seed of _KEY is 32 zeros.
_MESSAGE: Final = b"Special Channel"
_KEY: Final = bytes.fromhex("3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29")
_LOOSE: Final = (
    # R has a part of order 8. A library that multiplies by the cofactor accepts it.
    bytes.fromhex(
        "4c261951fba9f4ba7ece40431f212269f58becc2473c54cecda0e8f1e6f9d253"
        "2e21d824b4c647432b86d6c3191f6ad297d8928c90f4fa88ca14e90060c45402"
    ),
    # S is L too large. A library that compares only the highest bits accepts it.
    bytes.fromhex(
        "b31b20f50426242514d81b383548bd90de72fd0b8cf2382a88f9f52ce5076b23"
        "43c2577284916cbd4397d1e651c7df6b92cfc2b188efcbb84904eed2fc6d351a"
    ),
)


@lru_cache(maxsize=_CACHED_KEYS)
def _openssl_key(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


def openssl(public: bytes, message: bytes, signature: bytes) -> None:
    """Check a signature with OpenSSL alone; a `Check`."""
    _openssl_key(public).verify(signature, message)


def libsodium_first(open_signed: OpenSigned) -> Check:
    """Return a check that falls back to OpenSSL if `open_signed` refuses a signature."""

    def check(public: bytes, message: bytes, signature: bytes) -> None:
        if not _accepts(open_signed, public, message, signature):
            openssl(public, message, signature)

    return check


def _accepts(open_signed: OpenSigned, public: bytes, message: bytes, signature: bytes) -> bool:
    # libsodium reads 32 and 64 bytes without checking the lengths.
    if len(public) != _KEY_BYTES or len(signature) != _SIGNATURE_BYTES:
        return False
    try:
        open_signed(signature + message, public)
    except _REFUSED:
        return False
    return True


def choose(open_signed: OpenSigned | None) -> tuple[Check, str]:
    """Return the check to use, and the name of the library that accepts ordinary signatures.

    `open_signed` is not used if it accepts a signature that OpenSSL refuses.
    """
    # Probe the library, not its version: newer versions multiply by the cofactor, a build option
    # accepts an unreduced S, and a distribution may link a library of its own.
    if open_signed is None:
        return openssl, "OpenSSL"
    if any(_accepts(open_signed, _KEY, _MESSAGE, signature) for signature in _LOOSE):
        return openssl, "OpenSSL"
    return libsodium_first(open_signed), "libsodium"


verify, LIBRARY = choose(_libsodium)


def signer(key: Ed25519PrivateKey, sign_whole: SignWhole | None = _sign_whole) -> Sign:
    """Return a signing function: `sign_whole` if its signatures equal OpenSSL's, else OpenSSL."""
    if sign_whole is None:
        return key.sign
    secret = key.private_bytes_raw() + key.public_key().public_bytes_raw()

    def sign(message: bytes) -> bytes:
        return sign_whole(message, secret)[:_SIGNATURE_BYTES]

    # A trial suffices: a departure from RFC 8032 (random nonces, a prehash) changes the signature.
    return sign if sign(_MESSAGE) == key.sign(_MESSAGE) else key.sign
