"""Signature suites: the algorithms for keys, with verification and signing.

Does not decide the authority of a signer (`directory`), reads no key files and draws no keys: a
seed is an argument. A suite belongs to a key, never to a message, so an attacker can't choose the
algorithm for checking a forgery.

Libraries disagree on Ed25519 only for keys with a part of small order and for signatures with such
an R. `check_public` refuses such keys. For R the rule is RFC 8032, 5.1.7 without the cofactor,
with R compared as bytes, as in OpenSSL, Go and WebCrypto; `ed25519` applies the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from hashlib import sha256
from types import MappingProxyType
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from special_channel.core.bytes import ed25519, webauthn
from special_channel.core.bytes.edwards import in_prime_order_subgroup
from special_channel.core.bytes.errors import BadSignature, Malformed, RuleBroken

Suite = Literal["ed25519", "es256", "webauthn-es256"]

SEED_BYTES: Final = 32
BAD_SIGNATURES: Final = frozenset(
    {
        "signature-bad",
        "signature-client-data",
        "signature-flags",
        "signature-malformed",
        "signature-rp",
    }
)
"""Codes with which `verify` refuses a signature."""

_P256_BYTES: Final = 32
_UNCOMPRESSED: Final = b"\x04"
"""First byte of a point with both coordinates (SEC 1, 2.3.3)."""

_CACHED_KEYS: Final = 4096
"""Cache size, in keys. A side has tens of officials; both logs a few thousand keys in total."""


@dataclass(frozen=True, slots=True)
class _Scheme:
    """Functions of a suite; `verify` raises InvalidSignature or ValueError.

    `wrapped`: the key signs an assertion about the message (`webauthn`), not the message itself.
    """

    public_bytes: int
    verify: Callable[[bytes, bytes, bytes], None]
    weak: Callable[[bytes], bool]
    prefix: bytes = b""
    wrapped: bool = False


def verify(
    suite: str, public: bytes, message: bytes, signature: bytes, rp: str | None = None
) -> None:
    """Check `signature` over `message`; the key must have passed `check_public` before.

    `rp`: the key's relying party, needed for `webauthn-es256` alone.

    Raises:
        BadSignature: A code of `BAD_SIGNATURES`; all but `signature-bad` are of `webauthn-es256`.
        Malformed: `suite-unsupported`, or `key-malformed` for bytes other than a key.
    """
    scheme = _scheme(suite)
    if len(public) != scheme.public_bytes:
        raise _malformed()
    if scheme.wrapped:
        message, signature = webauthn.unwrapped(message, signature, rp)
    try:
        scheme.verify(public, message, signature)
    except InvalidSignature as error:
        raise BadSignature("signature-bad", "The signature does not verify.") from error
    except ValueError as error:
        raise _malformed() from error


@lru_cache(maxsize=_CACHED_KEYS)
def check_public(suite: str, public: bytes) -> None:
    """Admit a public key of the right form, if all verifiers agree on its signatures.

    Raises:
        Malformed: `suite-unsupported`, `key-malformed` (wrong length or prefix).
        RuleBroken: `key-weak`: not a point of the curve, a second encoding of a point, or
            (Ed25519) a point outside the subgroup of prime order.
    """
    scheme = _scheme(suite)
    if len(public) != scheme.public_bytes or not public.startswith(scheme.prefix):
        raise _malformed()
    if scheme.weak(public):
        raise RuleBroken("key-weak", "Verifiers would disagree on signatures of this key.")


@lru_cache(maxsize=_CACHED_KEYS)
def fingerprint(suite: str, public: bytes) -> str:
    """Return a key's fingerprint, as people compare it: 64 hex digits."""
    return sha256(suite.encode() + bytes(1) + public).hexdigest()


def in_groups(digest: str) -> tuple[str, ...]:
    """Split a digest into groups of four, as it is read aloud."""
    return tuple(digest[start : start + 4] for start in range(0, len(digest), 4))


def key_id(party: str, suite: str, public: bytes) -> str:
    """Return the name of a key, such as `eu:` and 32 hex digits."""
    return f"{party}:{fingerprint(suite, public)[:32]}"


class PrivateKey:
    """A private key. `repr`, comparison and pickles never contain the secret."""

    __slots__ = ("_key", "_sign", "public", "suite")

    _key: Ed25519PrivateKey | EllipticCurvePrivateKey
    _sign: Callable[[bytes], bytes]
    suite: Suite
    public: bytes

    def __init__(self, key: Ed25519PrivateKey | EllipticCurvePrivateKey) -> None:
        self._key = key
        if isinstance(key, Ed25519PrivateKey):
            self.suite = "ed25519"
            self.public = key.public_key().public_bytes_raw()
            self._sign = ed25519.signer(key)
        else:
            self.suite = "es256"
            self._sign = partial(_sign_es256, key)
            self.public = key.public_key().public_bytes(
                Encoding.X962, PublicFormat.UncompressedPoint
            )

    @classmethod
    def from_seed(cls, suite: Suite, seed: bytes) -> PrivateKey:
        """Derive the key from 32 random bytes, drawn by the caller.

        For `es256` the seed is the private scalar (`d` of a JWK). About one seed in 2³² is
        not a scalar of P-256: draw another seed. A key of `webauthn-es256` never leaves its
        authenticator, so no seed makes one.

        Raises:
            Malformed: `suite-unsupported`, `key-malformed`.
        """
        _scheme(suite)
        if len(seed) != SEED_BYTES:
            raise _malformed()
        if suite == "ed25519":
            return cls(Ed25519PrivateKey.from_private_bytes(seed))
        if suite != "es256":
            raise _unsupported(suite)
        try:
            return cls(derive_private_key(int.from_bytes(seed, "big"), SECP256R1()))
        except ValueError as error:
            raise _malformed() from error

    @classmethod
    def from_pem(cls, pem: bytes) -> PrivateKey:
        """Parse a key file: unencrypted PKCS #8, the format of `pem` and of openssl.

        Raises:
            Malformed: `key-malformed`, `suite-unsupported` for a key of another kind.
        """
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise _malformed() from error
        if isinstance(key, Ed25519PrivateKey) or (
            isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1)
        ):
            return cls(key)
        raise _unsupported(type(key).__name__)

    def sign(self, message: bytes) -> bytes:
        """Return the signature; signing is deterministic (RFC 8032; RFC 6979)."""
        return self._sign(message)

    def pem(self) -> bytes:
        """Return the secret as an unencrypted PKCS #8 file; the caller guards the file."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def seed(self) -> bytes:
        """Return the secret as the 32 bytes for `from_seed`; the caller guards the secret."""
        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.private_bytes_raw()
        return self._key.private_numbers().private_value.to_bytes(SEED_BYTES, "big")

    def __repr__(self) -> str:
        return f"PrivateKey(suite={self.suite!r}, public={self.public.hex()!r})"

    def __reduce__(self) -> str:
        raise TypeError("a private key is not pickled")


def _scheme(suite: str) -> _Scheme:
    scheme = SUITES.get(suite)
    if scheme is None:
        raise _unsupported(suite)
    return scheme


def _unsupported(suite: str) -> Malformed:
    return Malformed(
        "suite-unsupported", "This version can't check keys of that suite.", suite=suite
    )


def _malformed() -> Malformed:
    return Malformed("key-malformed", "These bytes are no key of the suite.")


@lru_cache(maxsize=_CACHED_KEYS)
def _p256(public: bytes) -> EllipticCurvePublicKey:
    return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public)


def _verify_es256(public: bytes, message: bytes, signature: bytes) -> None:
    if len(signature) != 2 * _P256_BYTES:
        raise InvalidSignature
    r = int.from_bytes(signature[:_P256_BYTES], "big")
    s = int.from_bytes(signature[_P256_BYTES:], "big")
    _p256(public).verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))


def _sign_es256(key: EllipticCurvePrivateKey, message: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(message, ECDSA(SHA256(), deterministic_signing=True)))
    return r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")


def _off_p256(public: bytes) -> bool:
    try:
        _p256(public)
    except ValueError:
        return True
    return False


_ES256: Final = _Scheme(1 + 2 * _P256_BYTES, _verify_es256, _off_p256, _UNCOMPRESSED)

SUITES: Final[Mapping[str, _Scheme]] = MappingProxyType(
    {
        "ed25519": _Scheme(32, ed25519.verify, lambda key: not in_prime_order_subgroup(key)),
        "es256": _ES256,
        "webauthn-es256": replace(_ES256, wrapped=True),
    }
)
"""Suites by name. A future suite is a further row; an unknown suite is no fault of the record."""
