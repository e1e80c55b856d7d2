"""What a verifier is given: the contents of a bundle, as bytes, nothing trusted.

Does not read files or check digests: `export/verify.py` does. Does not judge: `audit.py`
does.
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
    """One log: all its lines, its checkpoint, and earlier ones by the size they are filed under.

    `absent` are sizes whose notes the exporter declares that it does not hold.
    """

    lines: Text = b""
    checkpoint: bytes | None = None
    earlier: Mapping[int, bytes] = field(default_factory=dict)
    absent: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Withheld:
    """A part or file that the exporter declares absent, and why.

    `part` is its place in the entry; `to` says to whom a sealed part is sealed.
    """

    id: EntryId
    part: int
    word: Literal["withheld", "sealed"]
    why: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A whole bundle's content.

    Attributes:
        scope: What the export says that it is about.
        logs: By party.
        envelopes: By the id they are filed under.
        parts: Lists of disclosures (canonical JSON), by entry id.
        files: Hex SHA-256 of each attachment's bytes, by the digest it is filed under.
        lengths: Number of bytes of each attachment, by the same digest.
        withheld: What the exporter declares absent.
        damaged: What it declares damaged in its database and left out: an entry's id with the
            place of a part, or with -1 for its envelope. Excuses nothing.
        held: Notes and receipts that the reader has from elsewhere.
    """

    scope: Scope
    logs: Mapping[Party, LogEvidence]
    envelopes: Mapping[EntryId, bytes] = field(default_factory=dict)
    parts: Mapping[EntryId, bytes] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    lengths: Mapping[str, int] = field(default_factory=dict)
    withheld: tuple[Withheld, ...] = ()
    damaged: frozenset[tuple[EntryId, int]] = frozenset()
    held: tuple[bytes, ...] = ()
