"""Entries about the record itself: erasures, refusals, acknowledged sizes, restorations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from special_channel.core.bytes.fields import Count, Model, Name, Ordinal, Word
from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries.header import Empty, Header


class Erasure(Model):
    """Erased parts of the entry `ref`, and the basis.

    With basis `order`, the judge requires `order`: the name of the order.
    """

    parts: Annotated[tuple[Ordinal, ...], Field(min_length=1, max_length=1000)]
    basis: Literal["order", "lost"]
    order: Name | None = None


class PartErased(Header):
    """Declares parts of the entry `ref` erased; `ref` may be an invalid entry."""

    kind: Literal["part.erased"]
    ref: EntryId
    body: Erasure


class PeerSeen(Header):
    """Acknowledges the peer's log up to the stated `seen`. Written seldom (rule 23)."""

    kind: Literal["peer.seen"]
    body: Empty


class PeerRefusal(Model):
    """Index of an entry without effect in the peer's log, and the code of the refusal."""

    index: Count
    code: Word


class PeerRefused(Header):
    """Names an invalid entry of the peer's log. Changes no state (rule 18)."""

    kind: Literal["peer.refused"]
    body: PeerRefusal


class Restoration(Model):
    """Size from which the log continues after a loss."""

    size: Count


class LogRestored(Header):
    """Signed by the root: receipts beyond `size` are declared void (rule 21)."""

    kind: Literal["log.restored"]
    body: Restoration
