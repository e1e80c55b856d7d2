"""Sign webhooks as Standard Webhooks 1.0.0 has it: `v1a` (Ed25519) and `v1` (HMAC-SHA256).

Does not send and does not verify: the receiver does (docs/formats/webhook.md). Written here
because the package `standardwebhooks` knows `v1` alone.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from special_channel.core.errors import Malformed

SEED_BYTES: Final = 32
"""An Ed25519 private key (RFC 8032, 5.1.5). Some tools append the public key: 64."""

SHARED_BYTES: Final = range(24, 65)
"""Standard Webhooks 1.0.0, "Signature scheme": 192 to 512 bits."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key; `v1a` signs with Ed25519, `v1` with a secret that both ends hold."""

    scheme: Literal["v1a", "v1"]
    secret: bytes = field(repr=False)

    def sign(self, signed: bytes) -> str:
        """Return one signature as the header has it."""
        if self.scheme == "v1a":
            made = Ed25519PrivateKey.from_private_bytes(self.secret).sign(signed)
        else:
            made = hmac.digest(self.secret, signed, "sha256")
        return f"{self.scheme},{b64encode(made).decode()}"

    @property
    def public(self) -> str:
        """Return what the receiver verifies `v1a` with: `whpk_` and base64."""
        public = Ed25519PrivateKey.from_private_bytes(self.secret).public_key()
        return f"whpk_{b64encode(public.public_bytes_raw()).decode()}"


def signing_key(text: str) -> SigningKey:
    """Read a key: `whsk_` or `whsec_` and base64.

    Raises:
        Malformed: `channel-key`.
    """
    prefix, _, encoded = text.strip().partition("_")
    try:
        secret = b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if prefix == "whsk" and len(secret) in {SEED_BYTES, 2 * SEED_BYTES}:
        return SigningKey("v1a", secret[:SEED_BYTES])
    if prefix == "whsec" and len(secret) in SHARED_BYTES:
        return SigningKey("v1", secret)
    raise Malformed("channel-key", "A webhook's key is whsk_ or whsec_ and base64.")


def new_key(seed: bytes) -> tuple[str, str]:
    """Write a key of 32 random bytes: (`whsk_…` for us, `whpk_…` for the receiver)."""
    return f"whsk_{b64encode(seed).decode()}", SigningKey("v1a", seed).public


def headers(keys: tuple[SigningKey, ...], id_: str, seconds: int, body: bytes) -> dict[str, str]:
    """Return the three headers; a signature by each key, so that keys can be replaced."""
    signed = b".".join((id_.encode(), str(seconds).encode(), body))
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(key.sign(signed) for key in keys),
    }
