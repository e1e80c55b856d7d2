"""An entry of the private log that is judged, with what its judge may ask."""

from __future__ import annotations

from dataclasses import dataclass

from special_channel.core.bytes.dsse import Envelope
from special_channel.core.bytes.ids import KeyId
from special_channel.core.entries import PrivateEntry
from special_channel.core.rows.past import Past
from special_channel.core.rows.private import PrivateRows
from special_channel.core.rules.judge_context import JudgeContext


@dataclass(frozen=True, slots=True)
class PrivateCandidate:
    """A private entry to judge; `signed` holds the key ids returned by `judge.prove`."""

    envelope: Envelope
    entry: PrivateEntry
    id: str
    signed: frozenset[KeyId]
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class PrivatePlace:
    """Position for a private entry: the log's origin and the index in the log."""

    origin: str
    index: int


@dataclass(frozen=True, slots=True)
class PrivateCase:
    """Arguments of a kind's judge next to the entry.

    Attributes:
        candidate: The entry with its signers.
        past: The entry's past in the shared logs.
        context: Lookup of shared rows and keys.
        rows: Private rows, among them those that the kind needs.
        place: Position of the entry in the private log.
    """

    candidate: PrivateCandidate
    past: Past
    context: JudgeContext
    rows: PrivateRows
    place: PrivatePlace
