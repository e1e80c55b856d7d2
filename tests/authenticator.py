"""An authenticator in memory: keys of the suite `webauthn-es256`, and assertions good and bad."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.suites import PrivateKey, key_id
from special_channel.core.rows.writing import Signer

RP = "client.eu.channel.example"
ORIGIN = f"https://{RP}"


def packed(data: bytes, client_data: bytes, raw: bytes) -> bytes:
    """Write the layout of a signature of this suite."""
    lengths = [len(each).to_bytes(2, "big") for each in (data, client_data)]
    return b"\x01" + lengths[0] + data + lengths[1] + client_data + raw


def data_of(rp: str = RP, flags: int = 5, counter: int = 0) -> bytes:
    """Write authenticator data."""
    return sha256(rp.encode()).digest() + bytes([flags]) + counter.to_bytes(4, "big")


def client_data_of(challenge: bytes, origin: str = ORIGIN, end: str = "}") -> bytes:
    """Write a browser's text about a challenge; `end`: what follows `crossOrigin`."""
    encoded = urlsafe_b64encode(challenge).rstrip(b"=").decode()
    return (
        f'{{"type":"webauthn.get","challenge":"{encoded}","origin":"{origin}",'
        f'"crossOrigin":false{end}'
    ).encode()


class Authenticator(PrivateKey):
    """A key that signs assertions, with the parts that a test may set.

    Attributes:
        data: The authenticator's data.
        origin: The origin in the browser's text.
        forge: Makes signatures in place of `good`, for hostile ones.
    """

    __slots__ = ("data", "forge", "origin", "rp")

    def __init__(self, seed: bytes, rp: str = RP, origin: str | None = None) -> None:
        super().__init__(derive_private_key(int.from_bytes(seed, "big"), SECP256R1()))
        self.suite = "webauthn-es256"
        self.rp = rp
        self.origin = origin or f"https://{rp}"
        self.data = data_of(rp)
        self.forge: Callable[[Authenticator, bytes], bytes] = Authenticator.good

    def sign(self, message: bytes) -> bytes:
        """Return an assertion about a message, or what `forge` makes of it."""
        return self.forge(self, message)

    def good(self, message: bytes) -> bytes:
        """Return an assertion about a message."""
        return self.assertion(client_data_of(sha256(message).digest(), self.origin))

    def assertion(self, client_data: bytes) -> bytes:
        """Return an assertion with a browser's text."""
        raw = super().sign(self.data + sha256(client_data).digest())
        return packed(self.data, client_data, raw)


def authenticator(party: Party, name: str, rp: str = RP, origin: str | None = None) -> Signer:
    """Return a signer with an authenticator, by a name."""
    private = Authenticator(sha256(f"{party} {name} touch".encode()).digest(), rp, origin)
    return Signer(key_id(party, private.suite, private.public), private)
