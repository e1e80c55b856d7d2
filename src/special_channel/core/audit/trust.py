"""Trust file of an auditor: pins of the roots, log keys, policy, limits.

Does not fetch keys and takes none from a bundle: a bundle can't vouch for its own keys.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field, StringConstraints, ValidationError

from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.bytes.fields import Version
from special_channel.core.bytes.ids import Digest, Origin, Party
from special_channel.core.entries import Model
from special_channel.core.log import policy as policies
from special_channel.core.log.note import COSIGNATURE_V1, ED25519, VerifierKey
from special_channel.core.log.policy import Policy
from special_channel.core.rules.judge_context import Pin

MAX_BYTES: Final = 256 * 1024

VKey = Annotated[str, StringConstraints(min_length=10, max_length=600)]


class Limits(Model):
    """Limits of a verifier: total bytes, bytes of a file, number of files."""

    bytes: Annotated[int, Field(ge=1)] = 16 * 2**30
    file_bytes: Annotated[int, Field(ge=1)] = 64 * 2**20
    files: Annotated[int, Field(ge=1)] = 4_000_000


class TrustedParty(Model):
    """A party's pins: `root` is the digest of its first root set."""

    party: Party
    origin: Origin
    root: Digest
    checkpoint_vkey: VKey
    cosign_vkey: VKey


class _Document(Model):
    v: Version
    parties: Annotated[tuple[TrustedParty, ...], Field(min_length=1, max_length=2)]
    policy: Annotated[str, StringConstraints(max_length=64 * 1024)]
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class PartyKeys:
    """A party with its parsed keys."""

    party: Party
    origin: str
    root: str
    checkpoint_key: VerifierKey
    cosigning_key: VerifierKey

    @property
    def pin(self) -> Pin:
        """The party's pin, for the judge."""
        return Pin(self.party, self.origin, self.root)


@dataclass(frozen=True, slots=True)
class Trust:
    """The content of a trust file."""

    parties: dict[Party, PartyKeys]
    policy: Policy
    policy_text: str
    limits: Limits


def parse(data: bytes) -> Trust:
    """Parse a trust file.

    Raises:
        Malformed: `trust-malformed`, with the field.
    """
    try:
        text = data.decode() if len(data) <= MAX_BYTES else ""
        json.loads(text, object_pairs_hook=_unique)  # pydantic uses the last of two equal keys
        document = _Document.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise _malformed(".".join(str(step) for step in first["loc"])[:120]) from None
    except (ValueError, RecursionError):
        raise _malformed("json") from None
    parties = {each.party: _party_keys(each) for each in document.parties}
    if len(parties) != len(document.parties):
        raise _malformed("parties")
    try:
        policy = policies.parse(document.policy)
    except Malformed:
        raise _malformed("policy") from None
    return Trust(parties, policy, document.policy, document.limits)


def write(parties: tuple[TrustedParty, ...]) -> bytes:
    """Format a trust file with the channel's policy and the default limits, indented."""
    policy = policies.write(
        {each.party: each.checkpoint_vkey for each in parties},
        {each.party: each.cosign_vkey for each in parties},
    )
    document = {
        "v": 1,
        "parties": [
            each.model_dump() for each in sorted(parties, key=lambda each: each.party != "eu")
        ],
        "policy": policy,
        "limits": Limits().model_dump(),
    }
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _party_keys(party: TrustedParty) -> PartyKeys:
    return PartyKeys(
        party.party,
        party.origin,
        party.root,
        _vkey(party.checkpoint_vkey, ED25519, "checkpoint_vkey"),
        _vkey(party.cosign_vkey, COSIGNATURE_V1, "cosign_vkey"),
    )


def _vkey(text: str, algorithm: int, field: str) -> VerifierKey:
    try:
        key = VerifierKey.parse(text)
    except (Malformed, RuleBroken):
        raise _malformed(field) from None
    if key.algorithm != algorithm:
        raise _malformed(field)
    return key


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands twice")
    return document


def _malformed(field: str) -> Malformed:
    return Malformed("trust-malformed", "This is not a trust file.", field=field)
