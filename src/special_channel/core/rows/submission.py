"""Parser for submissions by a client or the peer: an envelope and its disclosures.

Checks form alone: sizes, canonical bytes, schema, commitments. Does not check signatures
(`judge.prove`) or the past (`judge.judge`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from special_channel.core.bytes import canonical, dsse, parts
from special_channel.core.bytes.dsse import Envelope
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import KeyId
from special_channel.core.entries import Entry, PartRef, parse

MAX_ENVELOPE_BYTES: Final = 64 * 1024
"""A payload of 32 KiB in base64, with signatures."""


@dataclass(frozen=True, slots=True)
class Submission:
    """An entry as sent: the envelope's exact bytes and the disclosures in order.

    A disclosure is None if erased or not yet received. `parsed` is what `read` made of a whole
    submission: envelope, entry and canonical bytes of its data.
    """

    envelope: bytes
    parts: tuple[bytes | None, ...] = ()
    # Each check of a request reads the same submissions. Not an `Incoming`, which names the
    # submission: a cycle would stay in memory until the next garbage collection.
    parsed: tuple[Envelope, Entry, bytes | None] | None = field(
        default=None, init=False, repr=False, compare=False
    )


@dataclass(frozen=True, slots=True)
class Incoming:
    """A well-formed submission with its parsed entry."""

    submission: Submission
    envelope: Envelope
    entry: Entry
    id: str
    data: bytes | None

    @property
    def signers(self) -> tuple[KeyId, ...]:
        """The key ids on the envelope, the author's first."""
        return tuple(signature.keyid for signature in self.envelope.signatures)


@dataclass(frozen=True, slots=True)
class Authored:
    """An entry signed in this process, with no need to parse or verify its bytes.

    Attributes:
        incoming: Same value as `read` returns.
        signed: Same key ids as `judge.prove` returns.
    """

    incoming: Incoming
    signed: frozenset[KeyId]


def read(submission: Submission, *, whole: bool) -> Incoming:
    """Parse a submission, once if it is whole. `whole`: require the disclosure of every part.

    Raises:
        Malformed: `envelope-malformed`, `envelope-too-large`, `payload-type`, the codes of
            `entries.parse`, `part-count`, `part-missing`, `part-role`, `part-digest`,
            `part-malformed`, `part-too-large`.
    """
    if submission.parsed is not None:
        envelope, entry, data = submission.parsed
        return Incoming(submission, envelope, entry, envelope.id, data)
    envelope = dsse.decode(submission.envelope, max_bytes=MAX_ENVELOPE_BYTES)
    if envelope.payload_type != dsse.ENTRY_TYPE:
        raise Malformed("payload-type", "The envelope holds no entry.")
    entry = parse(envelope.payload)
    data = check_parts(entry.optional("parts", ()), submission.parts, whole=whole)
    if None not in submission.parts:
        object.__setattr__(submission, "parsed", (envelope, entry, data))
    return Incoming(submission, envelope, entry, envelope.id, data)


def check_parts(
    refs: Sequence[PartRef], disclosures: Sequence[bytes | None], *, whole: bool
) -> bytes | None:
    """Check disclosures against their commitments; return the `data` part's canonical bytes.

    Raises:
        Malformed: As `read`.
    """
    if len(refs) != len(disclosures):
        raise Malformed("part-count", "There are more or fewer parts than the entry names.")
    data: bytes | None = None
    for place, (ref, disclosure) in enumerate(zip(refs, disclosures, strict=True)):
        if disclosure is None:
            if whole:
                raise Malformed("part-missing", "A part is not disclosed.", part=place)
            continue
        parts.check(ref.c, disclosure)
        part = parts.parse(disclosure)
        if part.role != ref.k:
            raise Malformed("part-role", "A part has another role than the entry says.", part=place)
        if isinstance(part, parts.DataPart):
            data = canonical.dumps(part.data, max_depth=parts.MAX_DEPTH)
    return data
