"""DSSE envelopes: a payload, its type, and signatures over both.

Does not verify signatures (`suites`), parse payloads (`entries`) or check the authority of a key
(`directory`).

The standard allows many layouts and two base64 alphabets. A leaf commits to an envelope's bytes,
so this module accepts exactly one layout: canonical JSON with standard padded base64
(`docs/formats/entry.md`).
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from typing import Final

from special_channel.core.bytes.errors import Malformed

ENTRY_TYPE: Final = "application/vnd.special-channel.entry.v1+json"
SIGNIN_TYPE: Final = "application/vnd.special-channel.signin.v1+json"

MAX_BYTES: Final = 64 * 1024
"""Size limit of an envelope: a payload of 32 KiB in base64, and sixteen signatures of today's
suites or four post-quantum ones."""

MAX_SIGNATURES: Final = 16
"""Root parts (9 at most) and founding persons (6 at most), or old and new parts of a rotation."""

MAX_SIGNATURE_BYTES: Final = 4 * 1024
"""Room for future suites: an ML-DSA-65 signature has 3,309 bytes (FIPS 204, table 2)."""

_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9.+/:_-]{0,126}", re.IGNORECASE)
_KEY_ID: Final = re.compile(r"[a-z]{2}:[0-9a-f]{32}")

# Loose patterns take a quarter of the time of exact ones. They are safe, since `decode` encodes the
# envelope again and compares the bytes.
_BEGIN: Final = b'{"payload":"'
_REST: Final = re.compile(rb'","payloadType":"([^"]{1,127})","signatures":\[([^]]+)\]\}')
_SIGNATURE: Final = re.compile(rb'\{"keyid":"([^"]{35})","sig":"([^"]+)"\}')


# Few distinct keys sign, so the cache hits nearly always.
@lru_cache(maxsize=4096)
def _is_key_id(text: str) -> bool:
    return _KEY_ID.fullmatch(text) is not None


@lru_cache(maxsize=16)
def _is_type(text: str) -> bool:
    return _TYPE.fullmatch(text) is not None


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the pre-authentication encoding, the bytes that are signed (DSSE v1.0.2)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


@dataclass(frozen=True, slots=True)
class Signature:
    """A key's signature over the PAE.

    Raises:
        Malformed: `envelope-malformed`.
    """

    keyid: str
    sig: bytes

    def __post_init__(self) -> None:
        if not _is_key_id(self.keyid) or not 1 <= len(self.sig) <= MAX_SIGNATURE_BYTES:
            raise _malformed()


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload with its type and at most sixteen signatures by different keys.

    An envelope without a signature can be signed, but not encoded.

    Raises:
        Malformed: `envelope-malformed`.
    """

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...] = ()
    # Cached: many rules ask for the id, and hashing the payload takes time.
    _id: str = field(default="", init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        count = len(self.signatures)
        if not self.payload or not _is_type(self.payload_type) or count > MAX_SIGNATURES:
            raise _malformed()
        if count > 1 and len({signature.keyid for signature in self.signatures}) < count:
            raise _malformed()

    @property
    def pae(self) -> bytes:
        """The bytes covered by each signature."""
        return pae(self.payload_type, self.payload)

    @property
    def id(self) -> str:
        """Lower-case hex SHA-256 of the PAE; independent of the signatures."""
        if not self._id:
            object.__setattr__(self, "_id", sha256(self.pae).hexdigest())
        return self._id

    @property
    def digest(self) -> str:
        """Lower-case hex SHA-256 of the encoded envelope, signatures included."""
        return sha256(self.encode()).hexdigest()

    def encode(self) -> bytes:
        """Return the bytes for storing and sending.

        Raises:
            Malformed: `envelope-malformed` without a signature,
                `envelope-too-large`.
        """
        if not self.signatures:
            raise _malformed()
        data = _layout(self)
        if len(data) > MAX_BYTES:
            raise _too_large(MAX_BYTES)
        return data

    def with_signature(self, signature: Signature) -> Envelope:
        """Return a copy of the envelope with `signature` appended.

        Raises:
            Malformed: `envelope-malformed` when the key has signed already, or sixteen have.
        """
        return replace(self, signatures=(*self.signatures, signature))


def decode(data: bytes, *, max_bytes: int = MAX_BYTES) -> Envelope:
    """Decode an envelope; `decode(b).encode() == b` for every accepted `b`.

    Raises:
        Malformed: `envelope-too-large`, `envelope-malformed`.
    """
    if len(data) > max_bytes:
        raise _too_large(max_bytes)
    end = data.find(b'"', len(_BEGIN))
    match = _REST.fullmatch(data, end) if end >= 0 else None
    if not match:
        raise _malformed()
    try:
        payload = binascii.a2b_base64(data[len(_BEGIN) : end])
        signatures = [
            Signature(keyid.decode("latin-1"), binascii.a2b_base64(sig))
            for keyid, sig in _SIGNATURE.findall(match[2])
        ]
    except binascii.Error as error:
        raise _malformed() from error
    envelope = Envelope(match[1].decode("latin-1"), payload, tuple(signatures))
    # The comparison catches all other faults: another beginning, characters that a2b_base64 skips,
    # spare bits before the padding, text between signatures.
    if _layout(envelope) != data:
        raise _malformed()
    return envelope


def _layout(envelope: Envelope) -> bytes:
    signatures = b",".join(
        [
            b'{"keyid":"%b","sig":"%b"}' % (each.keyid.encode(), _base64(each.sig))
            for each in envelope.signatures
        ]
    )
    return b'{"payload":"%b","payloadType":"%b","signatures":[%b]}' % (
        _base64(envelope.payload),
        envelope.payload_type.encode(),
        signatures,
    )


def _base64(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False)


def _malformed() -> Malformed:
    return Malformed("envelope-malformed", "This is not an envelope in its one accepted layout.")


def _too_large(limit: int) -> Malformed:
    return Malformed("envelope-too-large", "The envelope is too large.", limit=limit)
