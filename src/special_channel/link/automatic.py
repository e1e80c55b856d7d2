"""Write the node's own entries about the peer's log: `peer.refused` and `peer.seen`.

The node key signs them; they are appended like any entry and change no state (rules 18 and 23).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from special_channel.broker.act import Act, Decide
from special_channel.broker.commit import Heads
from special_channel.broker.identity import Identity
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.broker.receipts import Accepted
from special_channel.core.bytes import dsse
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.times import posix
from special_channel.core.entries import PeerRefused, parse
from special_channel.core.rows.submission import Authored
from special_channel.ports import Clock, SharedRecord, Transaction
from special_channel.stores.mirror import MirrorBook

Append = Callable[[Decide], Awaitable[list[Accepted]]]
"""`broker.append.Appender.act`."""

QUIET_SECONDS: Final = 60
"""How long an entry of the peer may stay unacknowledged (rule 23)."""

HOURLY_SECONDS: Final = 3600
"""Least time between two `peer.seen` that acknowledge no act on people (rule 23)."""

_BATCH: Final = 500
_NO_LIMIT: Final = 2**31 - 1


def _entry(identity: Identity, heads: Heads, kind: str, body: dict[str, Value]) -> Authored:
    """Sign an entry of the node; its header names both heads as read under the lock."""
    return NodeEntrySigner(identity, heads, heads.accepted).shared(kind, body)


@dataclass(eq=False)
class RefusalWriter:
    """Reports invalid entries of the peer's log in signed `peer.refused` entries."""

    book: MirrorBook
    identity: Identity
    append: Append

    async def step(self) -> int:
        """Report each unreported invalid entry once; return the number of reports.

        Raises:
            Unavailable, OutcomeUnknown: As the append; the next step reports the rest.
        """
        reports = 0
        while await self.append(self._next):
            reports += 1
        return reports

    async def _next(self, _: Transaction, heads: Heads) -> Act | None:
        # Called under the lock: two processes never report the same entry.
        invalid = await self.book.invalid(self.identity.peer)
        if not invalid:
            return None
        reported = {
            entry.body.index
            for _, envelope in await self.book.of_kind(
                self.identity.party, "peer.refused", _NO_LIMIT
            )
            if isinstance(entry := parse(dsse.decode(envelope).payload), PeerRefused)
        }
        for index, code in invalid:
            if index not in reported and index < heads.peer.size:
                body: dict[str, Value] = {"index": index, "code": code}
                return Act(shared=[_entry(self.identity, heads, "peer.refused", body)])
        return None


@dataclass(eq=False)
class Acknowledger:
    """Writes `peer.seen` when no other entry has acknowledged the peer's entries."""

    record: SharedRecord
    book: MirrorBook
    identity: Identity
    append: Append
    clock: Clock
    _waiting: tuple[int, float] | None = field(default=None, init=False)

    async def step(self) -> bool:
        """Write `peer.seen` if due (rule 23); return whether an entry was written.

        Raises:
            Unavailable, OutcomeUnknown: As the append.
        """
        first = await self._unacknowledged()
        now = self.clock.monotonic()
        if first is None:
            self._waiting = None
            return False
        if self._waiting is None or self._waiting[0] != first:
            self._waiting = (first, now)
        if now - self._waiting[1] < QUIET_SECONDS:
            return False
        # Who was granted a function or a key signs acts on people only once we say that we hold it
        # (K3): nobody should wait an hour for that.
        if not await self._acts_wait() and not await self._hour_passed():
            return False
        return bool(await self.append(self._decide))

    async def _decide(self, _: Transaction, heads: Heads) -> Act | None:
        if await self._unacknowledged() is None:
            return None  # another entry acknowledged it meanwhile
        return Act(shared=[_entry(self.identity, heads, "peer.seen", {})])

    async def _unacknowledged(self) -> int | None:
        """Return the index of the first peer entry beyond our last leaf's frontier, if any."""
        # `peer.seen` is skipped, or two nodes would acknowledge each other forever (rule 23).
        own, peer = self.identity.party, self.identity.peer
        size = (await self.record.head(own)).size
        if not size:
            return None
        at = (await self.record.entries(own, size - 1, 1))[0].frontier
        while entries := await self.record.entries(peer, at, _BATCH):
            for entry in entries:
                if entry.kind != "peer.seen":
                    return entry.index
            at = entries[-1].index + 1
        return None

    async def _acts_wait(self) -> bool:
        """Tell whether any act on people is beyond our last leaf's frontier."""
        own, peer = self.identity.party, self.identity.peer
        size = (await self.record.head(own)).size
        at = (await self.record.entries(own, size - 1, 1))[0].frontier
        known = (await self.record.entries(peer, at - 1, 1))[0].directory if at else 0
        return (await self.record.head(peer)).directory > known

    async def _hour_passed(self) -> bool:
        newest = await self.book.of_kind(self.identity.party, "peer.seen", 1)
        if not newest:
            return True
        return self.clock.now().timestamp() - posix(newest[0][0]) >= HOURLY_SECONDS
