"""Entries about the record itself: erasures, refusals, what was seen of the peer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from special_channel.core.bytes.fields import Count, Model, Name, Ordinal, Word
from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries.header import Empty, Header


class Erasure(Model):
    """Which parts of entry `ref` are gone, and on what basis.

    On the basis `order` the judge asks for `order`: what the order is called.
    """

    parts: Annotated[tuple[Ordinal, ...], Field(min_length=1, max_length=1000)]
    basis: Literal["order", "lost"]
    order: Name | None = None


class PartErased(Header):
    """Declares parts erased; may name an invalid entry. By order, it states what that is called."""

    kind: Literal["part.erased"]
    ref: EntryId
    body: Erasure


class PeerSeen(Header):
    """Acknowledges the peer's log up to the `seen` it states. Written seldom (rule 23)."""

    kind: Literal["peer.seen"]
    body: Empty


class PeerRefusal(Model):
    """An entry of the peer's log that has no effect, and its code."""

    index: Count
    code: Word


class PeerRefused(Header):
    """Names an invalid entry of the peer's log. Changes no state (rule 18)."""

    kind: Literal["peer.refused"]
    body: PeerRefusal


class Restoration(Model):
    """From which size the log goes on after a loss."""

    size: Count


class LogRestored(Header):
    """Signed by the root: receipts beyond `size` are declared void (rule 21)."""

    kind: Literal["log.restored"]
    body: Restoration
