"""Trust file of a reader: pins of the roots, verified heads, policy, limits.

Names no checkpoint or cosigning key: those follow from the root (`chain.py`). Does not fetch
anything, and takes nothing from a bundle: a bundle can't vouch for itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, ValidationError

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.fields import Count
from special_channel.core.bytes.ids import PARTIES, Digest, Origin, Party
from special_channel.core.entries import Model
from special_channel.core.log import policy as policies
from special_channel.core.log.policy import Policy

MAX_BYTES: Final = 256 * 1024


class Limits(Model):
    """Limits of a verifier: total bytes, bytes of a file, number of files."""

    bytes: Annotated[int, Field(ge=1)] = 16 * 2**30
    file_bytes: Annotated[int, Field(ge=1)] = 64 * 2**20
    files: Annotated[int, Field(ge=1)] = 4_000_000


class RootPin(Model):
    """A root set of a party, by its number and the digest that pins it."""

    number: Annotated[int, Field(ge=1, le=9999)]
    pin: Digest


class TrustedParty(Model):
    """A party's pins: the origin of its log, and one root set of its chain."""

    party: Party
    origin: Origin
    root: RootPin


class TrustedHead(Model):
    """A head of a log that this reader has verified: no later export may be older (P4)."""

    log: Origin
    size: Annotated[Count, Field(ge=1)]
    root: Digest


class _Document(Model):
    v: Literal[2]
    parties: Annotated[tuple[TrustedParty, ...], Field(min_length=1, max_length=2)]
    heads: Annotated[tuple[TrustedHead, ...], Field(max_length=2)]
    policy: Annotated[str, StringConstraints(max_length=64 * 1024)]
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Trust:
    """The content of a trust file. `heads`: the verified head of a party's log, if any."""

    parties: dict[Party, TrustedParty]
    heads: dict[Party, TrustedHead]
    policy: Policy
    policy_text: str
    limits: Limits

    def encode(self) -> bytes:
        """Return the file."""
        parties = tuple(self.parties[party] for party in PARTIES if party in self.parties)
        heads = tuple(self.heads[party] for party in PARTIES if party in self.heads)
        return write(parties, heads, self.policy_text, self.limits)


NO_WITNESSES: Final = "quorum none\n"
"""Policy of a reader without external witnesses. The rule on the cosignatures of both sides is the
verifier's own (docs/formats/bundle.md, "Policy")."""


def parse(data: bytes) -> Trust:
    """Parse a trust file.

    Raises:
        Malformed: `trust-malformed`, with the field.
    """
    try:
        text = data.decode() if len(data) <= MAX_BYTES else ""
        fields = json.loads(text, object_pairs_hook=_unique)  # pydantic uses the last of two keys
        document = _Document.model_validate_json(text)
    except ValidationError as error:
        if isinstance(fields, dict) and fields.get("v") == 1:
            raise Malformed(
                "trust-malformed", "An earlier version wrote it.", field="v 1"
            ) from None
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise _malformed(".".join(str(step) for step in first["loc"])[:120]) from None
    except (ValueError, RecursionError):
        raise _malformed("json") from None
    parties = {each.party: each for each in document.parties}
    logs = {each.origin: each.party for each in document.parties}
    if len(parties) != len(document.parties) or len(logs) != len(parties):
        raise _malformed("parties")
    heads = {logs[head.log]: head for head in document.heads if head.log in logs}
    if len(heads) != len(document.heads):
        raise _malformed("heads")
    try:
        policy = policies.parse(document.policy)
    except Malformed:
        raise _malformed("policy") from None
    return Trust(parties, heads, policy, document.policy, document.limits)


def write(
    parties: Iterable[TrustedParty],
    heads: Iterable[TrustedHead] = (),
    policy: str = NO_WITNESSES,
    limits: Limits | None = None,
) -> bytes:
    """Format a trust file, indented."""
    document = {
        "v": 2,
        "parties": [
            each.model_dump() for each in sorted(parties, key=lambda each: each.party != "eu")
        ],
        "heads": [each.model_dump() for each in heads],
        "policy": policy,
        "limits": (limits or Limits()).model_dump(),
    }
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands twice")
    return document


def _malformed(field: str) -> Malformed:
    return Malformed("trust-malformed", "This is not a trust file.", field=field)
