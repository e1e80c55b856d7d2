"""Sign webhooks by Standard Webhooks 1.0.0: `v1a` (Ed25519) and `v1` (HMAC-SHA256).

Does not send and does not verify: the receiver does (docs/formats/webhook.md).
"""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from special_channel.core.bytes.errors import Malformed

# Own implementation, since the package `standardwebhooks` supports `v1` alone.

SEED_BYTES: Final = 32
"""Length of an Ed25519 private key (RFC 8032, 5.1.5). Some tools append the public key: 64."""

SHARED_BYTES: Final = range(24, 65)
"""Standard Webhooks 1.0.0, "Signature scheme": 192 to 512 bits."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key: `v1a` signs with Ed25519, `v1` with a secret shared by both ends."""

    scheme: Literal["v1a", "v1"]
    secret: bytes = field(repr=False)

    def sign(self, message: bytes) -> str:
        """Return one signature, formatted for the header."""
        if self.scheme == "v1a":
            signature = Ed25519PrivateKey.from_private_bytes(self.secret).sign(message)
        else:
            signature = hmac.digest(self.secret, message, "sha256")
        return f"{self.scheme},{b64encode(signature).decode()}"

    @property
    def public(self) -> str:
        """Public key for verifying `v1a`: `whpk_` and base64."""
        public = Ed25519PrivateKey.from_private_bytes(self.secret).public_key()
        return f"whpk_{b64encode(public.public_bytes_raw()).decode()}"


def signing_key(text: str) -> SigningKey:
    """Parse a key: `whsk_` or `whsec_` and base64.

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
    """Encode a key of 32 random bytes: (`whsk_…` for us, `whpk_…` for the receiver)."""
    return f"whsk_{b64encode(seed).decode()}", SigningKey("v1a", seed).public


def headers(keys: tuple[SigningKey, ...], id_: str, seconds: int, body: bytes) -> dict[str, str]:
    """Return the three headers, with a signature by each key, so that keys can be replaced."""
    message = b".".join((id_.encode(), str(seconds).encode(), body))
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(key.sign(message) for key in keys),
    }
