"""Plans the commit of a group: requests that wait, judged one after the other.

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
from special_channel.broker.working import RootCache, Working
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import Position
from special_channel.core.rows.submission import Incoming
from special_channel.ports import SharedTransaction, Stored, Transaction


@dataclass(slots=True)
class Waiting:
    """One request in the queue. `signed` is None where a key was not known outside the lock."""

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


class Groups:
    """Plans commits of groups."""

    def __init__(
        self,
        identity: Identity,
        roots: RootCache,
        fault: Callable[[str, BaseException], ChannelError],
    ) -> None:
        """Keep roots in this cache. `fault` makes an answer of a fault of this node."""
        self._identity = identity
        self._roots = roots
        self._fault = fault

    def plannings(self, group: list[Waiting]) -> tuple[Planning, QuickPlanning | None]:
        """Return how to plan a group under the lock, and on what is remembered if it is plain."""
        offered = [item for waiting in group for item in waiting.incoming]

        async def planning(transaction: Transaction, heads: Heads) -> Plan:
            heads.must_sign()
            working = Working(self._identity.pins, self._roots)
            await working.load(transaction, offered)
            return self._judged(group, working, heads, await stored_files(transaction, offered))

        async def quick(transaction: SharedTransaction, heads: Heads) -> Plan:
            working = Working(self._identity.pins, self._roots)
            await working.load(transaction, offered, ids=False)
            plan = self._judged(group, working, heads, {})
            for refused in filter(None, (waiting.refused for waiting in group)):
                raise refused
            return plan

        return planning, quick if all(map(plain, offered)) else None

    def _judged(
        self, group: list[Waiting], working: Working, heads: Heads, files: Mapping[str, int]
    ) -> Plan:
        """Judge each request of the group in turn; a refused one leaves the others alone."""
        entries: list[Stored] = []
        for waiting in group:
            waiting.refused = None  # what was refused on memory alone does not count
            start = Position(self._identity.party, heads.own.size + len(entries))
            try:
                waiting.written = [
                    at_entry(place, working.place, item, where, signed)
                    for place, (item, where, signed) in enumerate(
                        zip(
                            waiting.incoming,
                            heads.places(start, len(waiting.incoming)),
                            waiting.signed,
                            strict=True,
                        )
                    )
                ]
                # Last: what stands already is answered by its receipt, whatever became of its file.
                check_stored(waiting.incoming, files)
            except Exception as error:  # noqa: BLE001 - the others of the group are not to blame
                waiting.refused = (
                    error if isinstance(error, ChannelError) else self._fault("judge", error)
                )
                working.drop()
                continue
            working.keep()
            entries.extend(waiting.written)
        return Plan(entries=entries, rows=working.changed)
