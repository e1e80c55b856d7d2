"""`special-channel resume`: resume a stopped mirror of the peer's log.

The decision is the operator's, based on the stored evidence. A running node resumes at its next
look.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass

from special_channel.broker.rebuild import rebuild, rebuild_private
from special_channel.config import Settings
from special_channel.core.bytes import dsse, suites
from special_channel.core.bytes.errors import BadSignature, Malformed, NotFound, Unavailable
from special_channel.core.bytes.ids import KeyId, Party, party_of, peer_of
from special_channel.core.entries import LogRestored
from special_channel.core.rows.directory import KeyRow, PartyRow, Roots
from special_channel.core.rules.state import RowKey
from special_channel.desk.root_files import entry_of
from special_channel.link.mirror import adopt, resume
from special_channel.stores.disowning import Disowned, disowned, open_disowning
from special_channel.stores.key_holders import KeyHolders
from special_channel.stores.mirror import EvidenceBook
from special_channel.stores.published import PublishedFiles
from special_channel.stores.record import PostgresRecord, open_record, open_shared
from special_channel.wiring.engines import engines, owner_of
from special_channel.wiring.founding import guard_folder
from special_channel.wiring.sources import SystemClock


@dataclass(frozen=True, slots=True)
class SetAside:
    """What was set aside of the other side's log: entries, and the size with which it goes on."""

    moved: int
    size: int


async def adopt_tail(settings: Settings) -> str:
    """Take over a forged tail of our own log; return its code, empty if none was found.

    Raises:
        Unavailable: As `engines`.
    """
    async with engines(settings) as addresses, open_shared(addresses.link) as shared:
        return await adopt(shared, EvidenceBook(shared.pool), settings.node.party)


async def resume_mirror(settings: Settings) -> str:
    """Resume the mirror and return the fault that had stopped it, empty if running.

    Raises:
        Unavailable: As `engines`.
    """
    async with engines(settings) as addresses, open_shared(addresses.link) as shared:
        return await resume(shared, EvidenceBook(shared.pool), peer_of(settings.node.party))


async def set_aside(settings: Settings, envelope: bytes) -> SetAside:
    """Set aside the end of the other side's log that its root declared void, and resume.

    Refused while a process of the node runs: it keeps heads and rows in memory.

    Args:
        settings: The node's; they name the database owner's address.
        envelope: The other side's `log.restored`, signed by its root.

    Raises:
        Malformed: `root-file-malformed` for anything but such an entry of the other side.
        NotFound: `root-unknown` before the other side's founding.
        BadSignature: `root-threshold`, `signature-bad`.
        RuleBroken: `nothing-disowned`, `disowned-size`, `disowned-relied`.
        Unavailable: `node-running`; as `engines` and the store.
        OutcomeUnknown: `guard-unavailable`.
    """
    peer = peer_of(settings.node.party)
    signed, entry = entry_of(envelope)
    pinned = settings.pins.get(peer)
    if not isinstance(entry, LogRestored) or party_of(entry.by) != peer:
        raise Malformed("root-file-malformed", "The other side restores no log.", field="kind")
    if pinned is None or entry.log != pinned.origin:
        raise Malformed("root-file-malformed", "It is another log.", field="log")
    size = entry.body.size
    async with engines(settings) as addresses, open_record(addresses.node) as record:
        await _check_root(record, peer, size, signed)
        if processes := await KeyHolders(record.pool).running(SystemClock().now()):
            named = "; ".join(processes)
            raise Unavailable("node-running", "Stop the node first.", processes=named)
        async with open_disowning(owner_of(addresses)) as store:
            moved, tree = await store.set_aside(peer, size, signed.id)
        # Our cosignatures of the tail stay with the evidence; the guard goes back with the log.
        published = PublishedFiles(guard_folder(settings))
        await asyncio.to_thread(published.renew, peer, size, tree.root())
        await rebuild(record)
        async with record.begin() as transaction:
            await rebuild_private(record, transaction)
    return SetAside(moved, size)


async def _check_root(
    record: PostgresRecord, peer: Party, size: int, signed: dsse.Envelope
) -> None:
    """Check that as many parts signed as the other side's root set before the tail asks for."""
    row = (await record.rows(frozenset({("party", peer)}))).get(("party", peer))
    roots = _before(row, size) if isinstance(row, PartyRow) else None
    if roots is None:
        raise NotFound("root-unknown", "The log has no founding here.")
    keys: frozenset[RowKey] = frozenset(("key", key) for key in roots.keys)
    rows = await record.rows(keys)
    parts: dict[KeyId, KeyRow] = {
        part.key: part for part in rows.values() if isinstance(part, KeyRow)
    }
    counted = {one.keyid: one for one in signed.signatures if one.keyid in parts}
    if len(counted) < roots.threshold:
        missing = roots.threshold - len(counted)
        raise BadSignature("root-threshold", "Too few parts have signed.", missing=missing)
    for key, signature in counted.items():
        part = parts[key]
        suites.verify(part.suite, b64decode(part.public), signed.pae, signature.sig)


def _before(row: PartyRow, size: int) -> Roots | None:
    """Return the root set in force before the tail: what the tail says of roots is void."""
    return next((roots for roots in reversed(row.roots) if roots.index < size), None)


async def show_aside(settings: Settings) -> Sequence[Disowned]:
    """Return what was set aside of the other side's log.

    Raises:
        Unavailable: As `engines`.
    """
    async with engines(settings) as addresses, open_shared(addresses.link) as shared:
        return await disowned(shared.pool, peer_of(settings.node.party))
