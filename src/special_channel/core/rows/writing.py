"""Builders of disclosures and signed envelopes.

Salts, times and keys are arguments. Does not send or store anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from special_channel.core.bytes import canonical, parts, suites
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.dsse import ENTRY_TYPE, Envelope, Signature, decode, pae
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import KeyId, party_of
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.entries import parse_canonical
from special_channel.core.rows.submission import Authored, Incoming, Submission, check_parts


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its id."""

    key: KeyId
    private: PrivateKey


def text_part(role: str, salt: bytes, text: str) -> bytes:
    """Encode a `subject` or `text` disclosure. `salt`: 32 random bytes."""
    return canonical.dumps({"role": role, "salt": parts.salt_text(salt), "text": text})


def data_part(salt: bytes, type_: str, data: Value) -> bytes:
    """Encode a `data` disclosure."""
    value: dict[str, Value] = {
        "role": "data",
        "salt": parts.salt_text(salt),
        "type": type_,
        "data": data,
    }
    return canonical.dumps(value)


def file_part(salt: bytes, name: str, type_: str, length: int, sha256: str) -> bytes:
    """Encode a `file` disclosure: the descriptor of a file sent separately."""
    value: dict[str, Value] = {
        "role": "file",
        "salt": parts.salt_text(salt),
        "name": name,
        "type": type_,
        "len": length,
        "sha256": sha256,
    }
    return canonical.dumps(value)


def part_refs(disclosures: Sequence[bytes]) -> list[Value]:
    """Return the payload's `parts`: role and commitment of each disclosure."""
    return [
        {"k": parts.parse(disclosure).role, "c": parts.commitment(disclosure)}
        for disclosure in disclosures
    ]


def sign(
    payload: Mapping[str, Value], signers: Sequence[Signer], disclosures: Sequence[bytes] = ()
) -> Submission:
    """Sign a payload with one or more keys, the author's first."""
    data = canonical.dumps(dict(payload))
    message = pae(ENTRY_TYPE, data)
    signatures = tuple(Signature(signer.key, signer.private.sign(message)) for signer in signers)
    return Submission(Envelope(ENTRY_TYPE, data, signatures).encode(), tuple(disclosures))


def author(
    payload: Mapping[str, Value], signer: Signer, disclosures: Sequence[bytes] = ()
) -> Authored:
    """Sign an entry and parse the payload like a receiver; the parts are named by the payload.

    Raises:
        Malformed: As `submission.read`; `key-id` if the signer's id is not that of its key.
    """
    # The fresh signature is not verified: the id commits to the key that signed. The judge still
    # checks whether the key may sign.
    key = signer.private
    if suites.key_id(party_of(signer.key), key.suite, key.public) != signer.key:
        raise Malformed("key-id", "The key id is not that of the public key.")
    data = canonical.dumps(dict(payload))
    entry = parse_canonical(data)
    held = check_parts(entry.optional("parts", ()), disclosures, whole=True)
    message = pae(ENTRY_TYPE, data)
    envelope = Envelope(ENTRY_TYPE, data, (Signature(signer.key, key.sign(message)),))
    incoming = Incoming(
        Submission(envelope.encode(), tuple(disclosures)),
        envelope,
        entry,
        sha256(message).hexdigest(),
        held,
    )
    return Authored(incoming, frozenset({signer.key}))


def signed_also(data: bytes, signers: Iterable[Signer]) -> bytes:
    """Add signatures to a signed envelope; a key that signed it before signs no second time."""
    envelope = decode(data)
    for signer in signers:
        if signer.key not in {signature.keyid for signature in envelope.signatures}:
            signature = Signature(signer.key, signer.private.sign(envelope.pae))
            envelope = envelope.with_signature(signature)
    return envelope.encode()
