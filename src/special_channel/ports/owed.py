"""A private entry to be written later, since the private log is blocked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from special_channel.core.bytes.canonical import Value


@dataclass(frozen=True, slots=True)
class OwedEntry:
    """A private entry that the node has to write later.

    Attributes:
        kind: The entry's kind.
        body: The entry's body.
        at: The claimed time of the entry, `YYYY-MM-DDThh:mm:ssZ`.
        number: The entry's number in the queue; 0 before queueing.
    """

    kind: str
    body: Mapping[str, Value]
    at: str
    number: int = 0
