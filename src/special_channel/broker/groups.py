"""Plans the commit of a group of queued requests, judged one after the other.

Does not lock, write or answer: the committer and the appender do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from special_channel.broker.commit import Heads, Plan, Planning, QuickPlanning
from special_channel.broker.identity import Identity
from special_channel.broker.offering import check_stored, plain, stored_files
from special_channel.broker.prover import Proofs, at_entry
from special_channel.broker.receipts import Accepted
from special_channel.broker.working import RootCache, WorkingSet, counter_at
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import Position
from special_channel.core.log.numbering import LeafCounter
from special_channel.core.rows.submission import Incoming
from special_channel.ports import SharedTransaction, Stored, Transaction


@dataclass(slots=True)
class QueuedRequest:
    """A request in the queue. `signed` has None for entries whose key is not known yet."""

    incoming: tuple[Incoming, ...]
    signed: Proofs
    done: asyncio.Future[list[Accepted]]
    written: list[Stored] = field(default_factory=list)
    refused: ChannelError | None = None

    @property
    def weight(self) -> int:
        """Bytes of envelopes and parts."""
        return sum(
            len(item.submission.envelope) + sum(map(len, filter(None, item.submission.parts)))
            for item in self.incoming
        )


@dataclass(eq=False)
class GroupPlanner:
    """Plans commits of groups.

    Attributes:
        identity: Our side's party and pins.
        roots: Cache of roots.
        fault: Turns an internal error into an answer.
    """

    identity: Identity
    roots: RootCache
    fault: Callable[[str, BaseException], ChannelError]

    def plannings(self, group: list[QueuedRequest]) -> tuple[Planning, QuickPlanning | None]:
        """Return planners of a group: under the lock, and, for plain notes, from cached rows."""
        offered = [item for request in group for item in request.incoming]

        async def planning(transaction: Transaction, heads: Heads) -> Plan:
            heads.must_sign()
            working = WorkingSet(self.identity.pins, self.roots)
            await working.load(transaction, offered)
            frontier = heads.peer.size
            asked = [(item, frontier) for item in offered]
            await working.load_answers(transaction, self.identity.party, asked)
            counter = await counter_at(transaction, heads.own, offered)
            files = await stored_files(transaction, offered)
            return self._judged(group, working, heads, counter, files)

        async def quick(transaction: SharedTransaction, heads: Heads) -> Plan:
            working = WorkingSet(self.identity.pins, self.roots)
            await working.load(transaction, offered, ids=False)
            counter = await counter_at(transaction, heads.own, offered)
            plan = self._judged(group, working, heads, counter, {})
            for refused in filter(None, (request.refused for request in group)):
                raise refused
            return plan

        return planning, quick if all(map(plain, offered)) else None

    def _judged(
        self,
        group: list[QueuedRequest],
        working: WorkingSet,
        heads: Heads,
        counter: LeafCounter,
        files: Mapping[str, int],
    ) -> Plan:
        """Judge the requests of a group in turn; a refusal concerns one request only."""
        entries: list[Stored] = []
        for request in group:
            request.refused = None  # a refusal from cached rows does not count
            start = Position(self.identity.party, heads.own.size + len(entries))
            counting = counter.copy()  # the entries of a refused request are not counted
            try:
                request.written = [
                    at_entry(place, working.place, item, where, signed)
                    for place, (item, where, signed) in enumerate(
                        zip(
                            request.incoming,
                            heads.places(start, request.incoming, counting),
                            request.signed,
                            strict=True,
                        )
                    )
                ]
                # Last: an entry that is stored already gets its receipt, with or without its file.
                check_stored(request.incoming, files)
            except Exception as error:  # noqa: BLE001 - the others of the group are not to blame
                request.refused = (
                    error if isinstance(error, ChannelError) else self.fault("judge", error)
                )
                working.drop()
                continue
            working.keep()
            counter = counting
            entries.extend(request.written)
        return Plan(entries=entries, rows=working.changed)
