"""`special-channel repair`: replace damaged rows by the peer's copies once they are proven.

Runs with the database owner's role. Parts erased by order are never restored. Views are rebuilt
from the logs. Does not restore entries of the private log, since no other node stores them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import aiohttp
import structlog

from special_channel.broker.act import Act, Decide
from special_channel.broker.commit import Heads
from special_channel.broker.identity import Identity
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.broker.rebuild import rebuild, rebuild_private
from special_channel.broker.receipts import Accepted
from special_channel.broker.record_check import RecordCheck
from special_channel.config import Settings
from special_channel.core.bytes import dsse, parts
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import ChannelError, Unavailable
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import timestamp
from special_channel.core.entries import PeerRefused, parse
from special_channel.core.log import checkpoint
from special_channel.core.replay.needs import PARTY_ROWS
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.log_keys import LogKey, LogKeys
from special_channel.link.client import PeerClient
from special_channel.link.copies import PeerCopy, Proven, examined, fetch, prove
from special_channel.link.judging import as_stored
from special_channel.ports import Clock, LogName, Stored, Transaction
from special_channel.ports.damage import Damage
from special_channel.stores.record import PostgresRecord, open_record
from special_channel.stores.repair import PostgresRepair, open_repair
from special_channel.wiring import files
from special_channel.wiring.checking import no_pause, record_check
from special_channel.wiring.engines import engines, owner_of
from special_channel.wiring.founding import appending
from special_channel.wiring.guards import open_guard
from special_channel.wiring.linking import peer_client
from special_channel.wiring.sources import SystemClock

log = structlog.get_logger(__name__)

OF_ROWS = frozenset({"entry", "leaf", "envelope", "columns", "part", "data"})
"""Kinds of damage that need a copy of the entry."""

PLACES = 200
"""Most places of damage in one entry of the private log."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """Repaired and remaining damage."""

    repaired: tuple[Damage, ...]
    left: tuple[Damage, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """A repair of one node's database."""

    record: PostgresRecord
    store: PostgresRepair
    client: PeerClient
    identity: Identity
    check: RecordCheck
    append: Callable[[Decide], Awaitable[list[Accepted]]]
    clock: Clock

    async def run(self) -> Repaired:
        """Check, repair, check again, and record the repairs in the private log.

        Raises:
            Unavailable: `peer-unreachable`; the next run records repairs made before.
        """
        before = (await self.check.run(no_pause)).damaged
        for name in (self.identity.party, self.identity.peer):
            in_log = [damage for damage in before if damage.area == name]
            if in_log:
                await self._shared(name, in_log)
        in_private = [damage for damage in before if damage.area == "private"]
        if in_private:
            await self._private(in_private)
        after = await self.check.run(no_pause)
        if any(damage.area.endswith("views") for damage in after.damaged) and after.replayed:
            await self.store.attempted(after.damaged)
            await rebuild(self.record)
            async with self.record.begin() as transaction:
                await rebuild_private(self.record, transaction)
            after = await self.check.run(no_pause)
        await self._record()
        repaired = tuple(damage for damage in before if damage not in after.damaged)
        return Repaired(repaired, after.damaged)

    async def _shared(self, name: Party, damaged: Sequence[Damage]) -> None:
        """Repair a shared log: fetch copies, prove them, replace rows."""
        copies = {
            index: copy
            for index in sorted({one.index for one in damaged if one.what in OF_ROWS})
            if (copy := await fetch(self.client, self.identity, name, index)) is not None
        }
        notes = {
            size: copy.note
            for size in sorted({int(one.place) for one in damaged if one.what == "checkpoint"})
            if (copy := await fetch(self.client, self.identity, name, size - 1)) is not None
            and copy.size == size
        }
        keys, origin = await self._keys(name), self.identity.origin(name)
        async with self.store.unfenced(name):
            stored = await self.store.leaves(name)
            leaves = _unbroken(stored | {index: copy.leaf for index, copy in copies.items()})
            # Where a stored checkpoint is damaged, the peer's copy of the signed note serves.
            signed = {copy.size: copy.note for copy in copies.values()} | notes
            proven = prove(leaves, await self.store.notes(name) | signed, keys, origin)
            await self._replace(name, [c for c in copies.values() if c.index < proven.tree.size])
            for one in damaged:
                if one.what == "erased":
                    await self.store.empty(name, one.index, [int(one.place)])
            for size, note in notes.items():
                if prove(leaves, {size: note}, keys, origin).tree.size == size:
                    await self.store.write_note(name, size, note)
            await self._tree(name, proven, damaged)

    async def _private(self, damaged: Sequence[Damage]) -> None:
        """Repair the tree of the private log, if proven; no other node has copies of its rows."""
        origin = self.identity.private_origin
        async with self.store.unfenced("private"):
            leaves = _unbroken(await self.store.leaves("private"))
            notes = await self.store.notes("private")
            proven = prove(leaves, notes, await self._keys("private"), origin)
            for one in damaged:
                if one.what == "erased":
                    await self.store.empty("private", one.index, [int(one.place)])
            await self._tree("private", proven, damaged)

    async def _tree(self, name: LogName, proven: Proven, damaged: Sequence[Damage]) -> None:
        if proven.tree.size:
            await self.store.write_tree(name, proven.tree, proven.nodes)
        else:
            log.error("repair.unproven", log=name)
        await self.store.attempted(damaged)

    async def _replace(self, name: Party, copies: Sequence[PeerCopy]) -> None:
        """Write proven copies, erasure orders first, since they apply to the other copies."""
        refused = await self._refused() if name == self.identity.peer else {}
        checked = [(examined(copy), copy) for copy in copies]
        for one, copy in sorted(checked, key=lambda pair: pair[0].leaf.kind != "part.erased"):
            if not one.envelope:
                continue  # missing at the peer, too
            code = ""
            if name == self.identity.peer:
                code = refused.get(copy.index) or await self.store.code(name, copy.index) or ""
            entry = as_stored(name, one, code)
            here, anywhere = await self.store.erased(entry, self.identity.party)
            kept = await self._kept(entry, one.envelope)
            # The peer's erasure orders concern the peer's copy: our stored part stays, but a
            # missing part is not restored from the peer.
            disclosures = tuple(
                None if place in here else kept.get(place) or (None if place in anywhere else part)
                for place, part in enumerate(entry.parts)
            )
            await self.store.replace(replace(entry, parts=disclosures), one.roles)

    async def _kept(self, entry: Stored, envelope: bytes) -> Mapping[int, bytes]:
        """Return the stored disclosures that fit; the peer may have erased its copies."""
        refs = parse(dsse.decode(envelope).payload).optional("parts", ())
        assert entry.log != "private"  # noqa: S101 - own bug: only shared logs are fetched
        stored = await self.store.parts(entry.log, entry.index)
        return {
            place: part
            for place, ref in enumerate(refs)
            if (part := stored.get(place)) is not None and parts.commitment(part) == ref.c
        }

    async def _refused(self) -> Mapping[int, str]:
        """Return the codes of the peer's entries refused by our log, by index."""
        codes: dict[int, str] = {}
        for envelope in await self.store.refusals(self.identity.party):
            try:
                stated = parse(dsse.decode(envelope).payload)
            except ChannelError:
                continue
            if isinstance(stated, PeerRefused):
                codes[stated.body.index] = stated.body.code
        return codes

    async def _keys(self, name: LogName) -> LogKeys:
        """Return the checkpoint keys of a log's owner, by the row as stored."""
        owner = self.identity.party if name == "private" else name
        row = (await self.record.rows(frozenset(PARTY_ROWS))).get(("party", owner))
        if isinstance(row, PartyRow) and row.pin == self.identity.pins[owner].root:
            return row.checkpoint
        if name == self.identity.peer:
            raise Unavailable("record-damaged", "The peer's founding is damaged.", place=name)
        founded = checkpoint.log_key(self.identity.checkpoint.first, self.identity.origin(owner))
        return (LogKey("", founded.encode()),)

    async def _record(self) -> None:
        """Record repairs in the private log, also those of an interrupted earlier run."""
        places = [_place(damage) for damage in await self.store.unrecorded()]
        if not places:
            return

        async def decide(_transaction: Transaction, heads: Heads) -> Act:
            stating = NodeEntrySigner(self.identity, heads, timestamp(self.clock.now()))
            bodies = [places[first : first + PLACES] for first in range(0, len(places), PLACES)]
            return Act(
                private=[stating.private("record.repaired", {"places": body}) for body in bodies]
            )

        receipts = await self.append(decide)
        await self.store.recorded(receipts[0].index)


def _place(damage: Damage) -> dict[str, Value]:
    """Return a place of damage for the private log; without keys of rows, which may be names."""
    place: dict[str, Value] = {"area": damage.area, "what": damage.what}
    if damage.index >= 0:
        place["index"] = damage.index
    if damage.what == "row":
        place["table"] = damage.place.partition(" ")[0]
    return place


def _unbroken(leaves: Mapping[int, bytes]) -> list[bytes]:
    """Return the leaves from index 0 up to the first gap."""
    unbroken: list[bytes] = []
    while len(unbroken) in leaves:
        unbroken.append(leaves[len(unbroken)])
    return unbroken


async def repair_record(settings: Settings) -> Repaired:
    """Repair a node's database.

    Raises:
        Malformed: `settings-malformed` without the owner's address or a pin.
        Unavailable: `peer-unreachable`; as `engines`.
    """
    clock = SystemClock()
    identity = files.pinned_identity(settings)
    published, gate = open_guard(settings, identity.party)
    async with AsyncExitStack() as stack:
        addresses = await stack.enter_async_context(engines(settings))
        store = await stack.enter_async_context(open_repair(owner_of(addresses)))
        record = await stack.enter_async_context(open_record(addresses.node, gate=gate))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        async with appending(record, identity, published, clock) as appender:
            repaired = await Repair(
                record,
                store,
                peer_client(settings, identity, session, clock),
                identity,
                record_check(record, identity, clock),
                appender.act,
                clock,
            ).run()
    return repaired
