"""Check of the whole record: each log block by block, then the views against a replay.

Stores new damage, and closes damage that is gone. Does not repair, sound alarms or schedule:
`wiring/checking.py` and `special-channel check` do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import structlog

from special_channel.broker.identity import Identity
from special_channel.broker.log_check import BLOCK, LogOwner, check_block
from special_channel.broker.view_check import Pause, Replay, RowForm
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError, Corrupt, Refused
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.entries import MachineEnrolled, PartyFounded, PeerRefused, parse
from special_channel.core.log import checkpoint
from special_channel.core.rows.directory_folds import founded, log_key
from special_channel.core.rows.log_keys import LogKey, LogKeys
from special_channel.core.rows.past import Placed
from special_channel.ports import LogName, Stored
from special_channel.ports.damage import (
    UNFOLDABLE,
    Damage,
    KnownDamage,
    LogBlock,
)
from special_channel.stores.check_reading import StoredRows
from special_channel.stores.damage import DamageBook

logger = structlog.get_logger(__name__)

LOGS: Final[tuple[LogName, ...]] = ("eu", "cn", "private")


@dataclass(frozen=True, slots=True)
class Checked:
    """Result of a pass: number of checked entries, and damage."""

    entries: int
    damaged: tuple[Damage, ...]
    replayed: bool


@dataclass(eq=False)
class RecordCheck:
    """Makes passes over the whole record, one at a time.

    Attributes:
        reading: Reads blocks and views.
        book: Stores damage.
        identity: Our side's party and pins.
        form: Encodes and decodes rows.
        now: Tells the time.
    """

    reading: StoredRows
    book: DamageBook
    identity: Identity
    form: RowForm
    now: Callable[[], datetime]
    _refused: dict[int, str] = field(default_factory=dict, init=False)
    _keys: tuple[LogKey, ...] = field(default=(), init=False)
    """Our checkpoint keys, which sign our private log as well."""
    _size: int = field(default=0, init=False)

    async def run(self, pause: Pause) -> Checked:
        """Make one complete pass.

        Raises:
            Unavailable: `database-unavailable`; the pass is void.
        """
        known = await self.book.known()
        damaged: set[Damage] = set()
        entries = 0
        for name in self._order():
            async for damage in self._log(name, pause):
                await self._store(damage, damaged)
            entries += self._size
        # Before the replay: entries that are known to be damaged are not read.
        await self.book.mended([damage for damage in known if _gone(damage, damaged, views=False)])
        replay = None
        if not any(damage.what in UNFOLDABLE for damage in damaged):
            replay = await self._replayed(pause)
        async for damage in self._views(replay, pause):
            await self._store(damage, damaged)
        whole = replay is not None
        if whole:
            await self.book.mended(
                [damage for damage in known if _gone(damage, damaged, views=True)]
            )
        await self.book.ended(self.now(), passed=not damaged)
        return Checked(entries, tuple(sorted(damaged)), whole)

    async def _store(self, damage: Damage, damaged: set[Damage]) -> None:
        damaged.add(damage)
        if await self.book.keep(damage):
            logger.error("record.damaged", place=damage.name, what=damage.what, part=damage.place)

    def _order(self) -> tuple[LogName, ...]:
        """Return the logs, ours first, since it states which peer entries have no effect."""
        return self.identity.party, self.identity.peer, "private"

    async def _log(self, name: LogName, pause: Pause) -> AsyncIterator[Damage]:
        first, self._size = 0, 0
        owner = self._owner(name)
        if name == self.identity.party:
            owner = replace(owner, refused=await self._refused_here())
        while True:
            block = await self.reading.block(name, first, BLOCK)
            if name != "private":
                owner = replace(owner, keys=_keys_with(owner.keys, block, self.identity, name))
            for damage in check_block(block, owner):
                yield damage
            if name == self.identity.party:
                self._refused.update(_refusals(block))
                self._keys = tuple(owner.keys)
            self._size = block.head.size
            await pause(block.end - first)
            if block.end >= block.head.size:
                return
            first = block.end

    async def _refused_here(self) -> Mapping[int, str]:
        """Return the codes of entries of our log that the peer refuses, by index."""
        envelopes = await self.reading.refusals(self.identity.peer)
        return _codes(envelopes)

    def _owner(self, name: LogName) -> LogOwner:
        origin = self.identity.origin(name)
        if name == self.identity.peer:
            return LogOwner(origin, (), whole=False, refused=self._refused)
        if name == self.identity.party:
            self._refused = {}
            # Our founded key, so that a damaged founding leaves the rest of our log checkable.
            founded_key = checkpoint.log_key(self.identity.checkpoint.first, origin)
            self._keys = (LogKey("", founded_key.encode()),)
        return LogOwner(origin, self._keys, whole=True)

    async def _replayed(self, pause: Pause) -> Replay | None:
        """Replay the logs up to their current sizes; None if an entry can't be read."""
        replay = Replay(self.form, pause)
        try:
            await replay.advance(_Blocks(self.reading), await self._sizes())
        except (Refused, Corrupt, ValueError) as error:
            logger.warning("record.unfoldable", problem=str(error))
            return None
        return replay

    async def _views(self, replay: Replay | None, pause: Pause) -> AsyncIterator[Damage]:
        async with self.reading.snapshot() as snapshot:
            if replay is None:
                compared = Replay(self.form, pause).compare_alone(snapshot)
            else:
                # Fold the few entries that were written since the replay began.
                await replay.advance(snapshot, {name: await snapshot.size(name) for name in LOGS})
                compared = replay.compare(snapshot)
            async for damage in compared:
                yield damage

    async def _sizes(self) -> Mapping[LogName, int]:
        async with self.reading.snapshot() as snapshot:
            return {name: await snapshot.size(name) for name in LOGS}


def _gone(known: KnownDamage, damaged: AbstractSet[Damage], *, views: bool) -> bool:
    """Tell whether known damage of the logs, or of the views, was not found again."""
    return known.damage not in damaged and known.damage.area.endswith("views") == views


class _Blocks:
    """Reads entries for a replay, each page in a separate snapshot."""

    def __init__(self, reading: StoredRows) -> None:
        self._reading = reading

    async def entries(self, log: LogName, first: int, limit: int) -> Sequence[Stored]:
        async with self._reading.snapshot() as snapshot:
            return await snapshot.entries(log, first, limit)


def _keys_with(
    keys: LogKeys, block: LogBlock, identity: Identity, name: Party
) -> tuple[LogKey, ...]:
    """Add the checkpoint keys that valid entries of a block name.

    The first key is that of the founding, if by the pinned root.
    """
    known = list(keys)
    for index in sorted(block.entries):
        entry = block.entries[index]
        if entry.code or entry.kind not in {"party.founded", "machine.enrolled"}:
            continue
        try:
            stated = parse(dsse.decode(entry.envelope).payload)
        except ChannelError:
            continue
        if isinstance(stated, PartyFounded) and index == 0:
            row, _ = founded(Placed(Position(name, 0), 0, entry.accepted, entry.id, stated), stated)
            known = list(row.checkpoint) if row.pin == identity.pins[name].root else known
        elif isinstance(stated, MachineEnrolled) and stated.body.role == "checkpoint":
            known.append(log_key(name, index, stated.body))
    return tuple(known)


def _refusals(block: LogBlock) -> Mapping[int, str]:
    """Return the codes of peer entries that our log refuses, by index."""
    entries = block.entries.values()
    return _codes([entry.envelope for entry in entries if entry.kind == "peer.refused"])


def _codes(envelopes: Iterable[bytes]) -> Mapping[int, str]:
    codes: dict[int, str] = {}
    for envelope in envelopes:
        try:
            refusal = parse(dsse.decode(envelope).payload)
        except ChannelError:
            continue
        if isinstance(refusal, PeerRefused):
            codes[refusal.body.index] = refusal.body.code
    return codes
