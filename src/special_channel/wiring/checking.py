"""Assemble the check of the record, for a running node and for `special-channel check`.

Works under the node's database role, which can't change the record.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from special_channel.broker.identity import Identity
from special_channel.broker.record_check import LOGS, Checked, RecordCheck
from special_channel.broker.rolling_check import DamageWatch, Pacer, RollingCheck
from special_channel.broker.view_check import RowForm
from special_channel.config import Settings
from special_channel.core.rows.private import PrivateRow
from special_channel.core.rules.state import Row
from special_channel.ports import Clock
from special_channel.ports.damage import CheckState
from special_channel.stores.check_reading import StoredRows
from special_channel.stores.damage import DamageBook
from special_channel.stores.record import PostgresRecord, open_record
from special_channel.stores.rows import ALL_TABLES, written
from special_channel.wiring import files
from special_channel.wiring.engines import engines
from special_channel.wiring.sources import SystemClock

if TYPE_CHECKING:
    from special_channel.wiring.node import Core


def record_check(record: PostgresRecord, identity: Identity, clock: Clock) -> RecordCheck:
    """Make the check of a record."""
    return RecordCheck(
        StoredRows(record.pool, identity.party),
        DamageBook(record.pool),
        identity,
        RowForm(_write, _read),
        clock.now,
    )


@dataclass(frozen=True, slots=True)
class CheckTasks:
    """The rolling check of a node, and the watch for known damage."""

    check: RollingCheck
    watch: DamageWatch

    def start(self, tasks: asyncio.TaskGroup, *, passes: bool) -> None:
        """Start the watch; with `passes` (in one process of a node) also the rolling check."""
        tasks.create_task(self.watch.run(asyncio.sleep), name="damage-watch")
        if passes:
            tasks.create_task(self.check.run(), name="record-check")

    def state(self) -> CheckState:
        """Return the times of the last passes and the known damage."""
        return self.watch.state


def checking(core: Core) -> CheckTasks:
    """Make the rolling check of a node."""

    async def size() -> int:
        return sum([(await core.record.head(log)).size for log in LOGS])

    watch = DamageWatch(DamageBook(core.record.pool), core.alarms)
    rate = core.settings.check.entries_per_second
    pacer = Pacer(rate, lambda: core.appender.busy, asyncio.sleep)
    check = record_check(core.record, core.identity, core.clock)
    return CheckTasks(RollingCheck(check, pacer, size, watch, asyncio.sleep), watch)


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """Result of `special-channel check`, and the stored state after the check."""

    checked: Checked
    state: CheckState


async def check_record(settings: Settings) -> CheckOutcome:
    """Check the whole record without pauses.

    Raises:
        Malformed: As `files.pinned_identity`.
        Unavailable: As `engines`; `database-unavailable`.
    """
    async with engines(settings) as addresses, open_record(addresses.node) as record:
        check = record_check(record, files.pinned_identity(settings), SystemClock())
        checked = await check.run(no_pause)
        return CheckOutcome(checked, await DamageBook(record.pool).state())


async def no_pause(_entries: int) -> None:
    """Continue a check at once."""


def _write(name: str, key: str, row: Row | PrivateRow) -> tuple[object, ...]:
    return written(name, ALL_TABLES[name], key, row)


def _read(name: str, doc: str) -> Row | PrivateRow:
    return ALL_TABLES[name].decode(doc)
