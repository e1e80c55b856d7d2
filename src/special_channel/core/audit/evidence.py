"""Input of an audit: the contents of a bundle, as untrusted bytes.

Does not read files or check digests: `export/verify.py` does. Does not judge: see `audit.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from special_channel.core.audit.scope import Scope
from special_channel.core.bytes.ids import EntryId, Party
from special_channel.core.log.lines import Text


@dataclass(frozen=True, slots=True)
class LogEvidence:
    """A log: all lines, the checkpoint, and earlier checkpoints by the size in their file name.

    `absent`: sizes of earlier checkpoints that the exporter declares absent.
    """

    lines: Text = b""
    checkpoint: bytes | None = None
    earlier: Mapping[int, bytes] = field(default_factory=dict)
    absent: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class WithheldPart:
    """A part or file that the exporter declares absent, with a reason.

    `part` is the index of the part in the entry; `to` is the recipient of a sealed part.
    """

    id: EntryId
    part: int
    word: Literal["withheld", "sealed"]
    why: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The content of a bundle.

    Attributes:
        scope: The scope stated by the export.
        logs: Logs by party.
        envelopes: Envelopes by the id in their file name.
        parts: Lists of disclosures (canonical JSON), by entry id.
        files: Hex SHA-256 of attachments' bytes, by the digest in their file name.
        lengths: Number of bytes of attachments, by the same digest.
        withheld: Parts and files that the exporter declares absent.
        damaged: Parts and envelopes that the exporter declares damaged in its database and
            omitted: an entry's id with the index of a part, or with -1 for the envelope.
            A declaration excuses nothing.
        held: Notes and receipts of the reader, from outside the bundle.
    """

    scope: Scope
    logs: Mapping[Party, LogEvidence]
    envelopes: Mapping[EntryId, bytes] = field(default_factory=dict)
    parts: Mapping[EntryId, bytes] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    lengths: Mapping[str, int] = field(default_factory=dict)
    withheld: tuple[WithheldPart, ...] = ()
    damaged: frozenset[tuple[EntryId, int]] = frozenset()
    held: tuple[bytes, ...] = ()
