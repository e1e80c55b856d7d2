"""Sign and verify requests between the two nodes: RFC 9421 in one closed profile.

Does not sign responses: checkpoint signatures, roots and commitments prove their content, and
unproven content is not trusted. Does not store nonces (`replay.py`) or look up trusted keys
(`trust.py`).

RFC 9421 lets a message choose components, parameters, labels and algorithms. The profile accepts
a single layout, byte for byte, to rule out different readings by two parsers; content digests
are RFC 9530 with sha-256 only.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from special_channel.core.bytes import suites
from special_channel.core.bytes.errors import BadSignature
from special_channel.core.bytes.ids import KeyId
from special_channel.core.rows.writing import Signer

LABEL: Final = "link"
TAG: Final = "special-channel-link-v1"
COMPONENTS: Final = ("@method", "@path", "@query", "content-digest", "sc-recipient")
"""Covered components. The host is left out, since proxies and moved nodes change it; the
recipient's log origin replaces it, so that a request can't be relayed to another node."""

RECIPIENT: Final = "Sc-Recipient"
DIGEST: Final = "Content-Digest"
_DIGEST: Final = re.compile(r"sha-256=:[A-Za-z0-9+/]{43}=:")
NONCE_BYTES: Final = 16
_INPUT: Final = re.compile(
    re.escape(f"{LABEL}=(" + " ".join(f'"{name}"' for name in COMPONENTS) + ")")
    + r';created=(0|[1-9][0-9]{0,14});nonce="([A-Za-z0-9+/]{22}==)"'
    + r';keyid="((?:eu|cn):[0-9a-f]{32})"'
    + re.escape(f';tag="{TAG}"')
)
_SIGNATURE: Final = re.compile(rf"{LABEL}=:([A-Za-z0-9+/]{{4,128}}={{0,2}}):")


@dataclass(frozen=True, slots=True)
class Outline:
    """The parts of a request that a signature covers.

    `target` is the request target as sent: the path, with `?` and the query if present.
    `recipient` is the log origin of the receiving node.
    """

    method: str
    target: str
    recipient: str
    content: bytes = b""

    def components(self, digest: str = "") -> list[tuple[str, str]]:
        """Return (name, value) in the order of `COMPONENTS`; `digest`: the header's value."""
        path, _, query = self.target.partition("?")
        values = (
            self.method,
            path,
            f"?{query}",
            digest or content_digest(self.content),
            self.recipient,
        )
        return list(zip(COMPONENTS, values, strict=True))


@dataclass(frozen=True, slots=True)
class SignatureClaim:
    """The signature fields of a request, parsed but not verified."""

    key: KeyId
    created: int
    nonce: str
    parameters: str
    signature: bytes


def content_digest(content: bytes) -> str:
    """Return the value of Content-Digest (RFC 9530, 2)."""
    return f"sha-256=:{base64.b64encode(sha256(content).digest()).decode()}:"


def signature_base(components: Sequence[tuple[str, str]], parameters: str) -> bytes:
    """Return the signed bytes (RFC 9421, 2.5)."""
    lines = [f'"{name}": {value}' for name, value in components]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode()


def sign(signer: Signer, outline: Outline, *, created: int, nonce: bytes) -> dict[str, str]:
    """Return the signature headers of a request.

    Args:
        signer: The link key.
        outline: The request's covered parts.
        created: POSIX seconds.
        nonce: `NONCE_BYTES` random bytes, new for each request.
    """
    names = " ".join(f'"{name}"' for name in COMPONENTS)
    drawn = base64.b64encode(nonce).decode()
    parameters = f'({names});created={created};nonce="{drawn}";keyid="{signer.key}";tag="{TAG}"'
    signature = signer.private.sign(signature_base(outline.components(), parameters))
    return {
        RECIPIENT: outline.recipient,
        DIGEST: content_digest(outline.content),
        "Signature-Input": f"{LABEL}={parameters}",
        "Signature": f"{LABEL}=:{base64.b64encode(signature).decode()}:",
    }


def read(headers: Mapping[str, str]) -> SignatureClaim:
    """Parse the two signature fields without verification.

    Raises:
        BadSignature: `link-signature-missing`, `link-signature-malformed`.
    """
    field, signature = headers.get("Signature-Input"), headers.get("Signature")
    if field is None or signature is None:
        raise BadSignature("link-signature-missing", "The request is not signed by a link key.")
    parameters, signed = _INPUT.fullmatch(field), _SIGNATURE.fullmatch(signature)
    if not parameters or not signed:
        raise _malformed()
    try:
        decoded = binascii.a2b_base64(signed[1], strict_mode=True)
    except binascii.Error as error:
        raise _malformed() from error
    return SignatureClaim(
        parameters[3], int(parameters[1]), parameters[2], field.removeprefix(f"{LABEL}="), decoded
    )


def verify(
    claimed: SignatureClaim, outline: Outline, headers: Mapping[str, str], key: tuple[str, bytes]
) -> None:
    """Verify the signature over the headers of a request; `key` is (suite, public key).

    Works without the body: the signature covers the digest header, and `check_content` compares
    digest and body later. So bodies of unauthenticated requests are never read.

    Raises:
        BadSignature: `link-digest` without a digest; `link-recipient`; `link-signature`.
    """
    digest = headers.get(DIGEST, "")
    if not _DIGEST.fullmatch(digest):
        raise _other_content()
    if headers.get(RECIPIENT) != outline.recipient:
        raise BadSignature("link-recipient", "The request is meant for another node.")
    suite, public = key
    base = signature_base(outline.components(digest), claimed.parameters)
    try:
        suites.verify(suite, public, base, claimed.signature)
    except BadSignature as error:
        raise BadSignature("link-signature", "The signature of the request is wrong.") from error


def check_content(headers: Mapping[str, str], content: bytes) -> None:
    """Compare a body with the signed digest.

    Raises:
        BadSignature: `link-digest`.
    """
    if headers.get(DIGEST) != content_digest(content):
        raise _other_content()


def _other_content() -> BadSignature:
    return BadSignature("link-digest", "The content is not what its digest says.")


def _malformed() -> BadSignature:
    return BadSignature(
        "link-signature-malformed", "The signature fields are not in the one layout of the link."
    )
