"""Look up entries and add their proofs. Does not verify: the reader's browser does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from special_channel.broker.receipts import receipt_of
from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.rules.doubt import KnownDoubts
from special_channel.ports import Head, Stored
from special_channel.web.http.operation import Body
from special_channel.web.http.services import StoreServices
from special_channel.web.shared.doubts import Doubt, doubt_at, private_doubt
from special_channel.web.shell.damage import is_hidden, refuse_lost


class EntryWithProof(Body):
    """An entry with its proof.

    Attributes:
        parts: Disclosures; an erased or missing part is an empty string.
        verdict: Code of the reason why the entry has no effect; empty for a valid entry.
        delivered: Whether the side that mirrors the log has cosigned the entry.
        damaged: Data that is damaged in our database and left out: `part:0`, or `leaf`, `columns`,
            `envelope` or `entry`, with which envelope, leaf and receipt are empty.
        erased: By number of an absent part, the entry that declares the part erased.
        doubt: The doubt about who signed the entry; absent without doubt.
    """

    id: str
    position: str
    kind: str
    thread: str | None = None
    accepted: str
    leaf: str
    envelope: str
    parts: tuple[str, ...]
    verdict: str
    receipt: str
    delivered: bool
    damaged: tuple[str, ...] = ()
    erased: Annotated[dict[str, str], Field(default_factory=dict)]
    doubt: Doubt | None = None


async def find_entry(stores: StoreServices, which: str) -> Stored:
    """Look up an entry of the shared logs by id or position (EU-877).

    Raises:
        NotFound: `entry-unknown`.
        Unavailable: `record-damaged`.
    """
    try:
        position = Position.parse(which)
    except Malformed:
        entry = (await stores.record.find([which])).get(which)
    else:
        entries = await stores.record.entries(position.party, position.index, 1)
        entry = entries[0] if entries else None
        if entry is None:
            await refuse_lost(stores, position)
    if entry is None:
        raise NotFound("entry-unknown", "There is no such entry here.")
    return entry


async def with_proof(
    stores: StoreServices, entry: Stored, heads: Mapping[Party, Head], known: KnownDoubts
) -> EntryWithProof:
    """Add leaf, receipt, verdict and doubt to an entry. Nobody delivers a private one."""
    orders = await _orders(stores, entry) if None in entry.parts else {}
    hidden = is_hidden(entry)
    return EntryWithProof(
        id=entry.id,
        position=f"{entry.log.upper()}-{entry.index}",
        kind=entry.kind,
        thread=entry.thread,
        accepted=entry.accepted,
        leaf="" if hidden else entry.leaf.decode(),
        envelope=entry.envelope.decode(),
        parts=tuple("" if part is None else part.decode() for part in entry.parts),
        verdict=entry.code,
        receipt="" if hidden else await receipt_of(stores.record, entry),
        delivered=entry.log == "private" or entry.index < heads[entry.log].cosigned,
        damaged=entry.damaged,
        erased={
            str(place): orders[place]
            for place, part in enumerate(entry.parts)
            if part is None and place in orders
        },
        doubt=_doubt(entry, known),
    )


def _doubt(entry: Stored, known: KnownDoubts) -> Doubt | None:
    if is_hidden(entry):
        return None
    if entry.log != "private":
        return doubt_at(known, Position(entry.log, entry.index))
    return private_doubt(known, entry.envelope, entry.by, entry.frontier)


async def _orders(stores: StoreServices, entry: Stored) -> dict[int, str]:
    """Look up the entries that declare parts erased, by place of the part."""
    if entry.log == "private":
        orders = (await stores.views.erased_privately([entry.id])).get(entry.id, {})
        return {place: f"PRIVATE-{index}" for place, index in orders.items()}
    declared = (await stores.views.erased([entry.id])).get(entry.id, {})
    return {place: str(order) for place, order in declared.items()}
