"""Recovery after a loss without a copy anywhere, by people's signatures.

The private log resumes with `private.restored`, signed by a registrar and a head of unit. Our
shared log resumes with `log.restored`, signed by the root key, after the peer was asked for the
missing entries. Both entries name the sizes. The guard is reset in the same step; after a crash
`settle_guard` decides by the log. `carry_out` repeats erasures after the node fetched its log's
tail back from the peer. Does not restore entries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from special_channel.broker.act import Act, Decide
from special_channel.broker.commit import Heads
from special_channel.broker.guarding import Behind, behind
from special_channel.broker.receipts import Accepted
from special_channel.core.bytes.errors import BadSignature, RuleBroken, Unavailable
from special_channel.core.bytes.ids import EntryId, Party
from special_channel.core.entries import Entry, LogRestored, PrivateRestored
from special_channel.core.rows.submission import Submission, read
from special_channel.ports import LogName, Published, Record, SharedRecord, Transaction
from special_channel.stores.recovery import Recoveries

log = structlog.get_logger(__name__)


@dataclass(eq=False, kw_only=True)
class Recovery:
    """Reports lost entries, and accepts signed entries to go on without them.

    Attributes:
        party: The node's party.
        record: Reads heads and entries.
        append: Appends under the lock.
        published: The rollback guard.
        recoveries: Stores the first of two signatures.
        tail_lost: Tells whether the peer was asked for the end of our log and lacks it.
        after: Checks both logs again after a recovery.
        forked: Tells whether the peer holds another tree of our log under our signature.
    """

    party: Party
    record: SharedRecord
    append: Callable[[Decide], Awaitable[list[Accepted]]]
    published: Published
    recoveries: Recoveries
    tail_lost: Callable[[], bool]
    after: Callable[[], Awaitable[object]]
    forked: Callable[[], bool] = lambda: False

    async def lost(self, log_: LogName) -> Behind | None:
        """Return by how much a log is behind its guard; None if not behind.

        Raises:
            Unavailable: `database-unavailable`, `published-damaged`.
        """
        return behind(self.published, await self.record.head(log_))

    async def last_time(self, log_: LogName) -> str:
        """Return when the last stored entry was accepted; empty for an empty log."""
        return (await self.record.head(log_)).accepted

    async def pending(self) -> bytes | None:
        """Return the acceptance that has a registrar's signature but no head of unit's."""
        return await self.recoveries.pending()

    async def accept_private(self, submission: Submission) -> list[Accepted]:
        """Append an acceptance of loss; store it instead if the second signature is missing.

        Raises:
            RuleBroken: `nothing-lost`, `restored-size`, the judge's codes.
            BadSignature, NotAllowed: The judge's codes.
        """
        incoming = read(submission, whole=True)
        lost = await self._surely_lost("private")
        _check_private(incoming.entry, lost)
        try:
            receipts = await self._go_on(lost, submission, incoming.id)
        except BadSignature as error:
            if error.code != "signature-missing" or len(incoming.signers) > 1:
                raise
            await self.recoveries.keep(submission.envelope)
            return []
        await self.recoveries.drop()
        log.warning("recovery.private", held=lost.held, signed=lost.signed)
        return receipts

    async def restore_shared(self, submission: Submission) -> list[Accepted]:
        """Append the root key's order to resume our shared log.

        After a fork, it declares void what the other side has beyond its size (K30).

        Raises:
            RuleBroken: `nothing-lost`, `restored-size`, the judge's codes.
            Unavailable: `peer-not-asked`: the peer may have the missing entries.
        """
        incoming = read(submission, whole=True)
        if self.forked():
            return await self._end_fork(submission, incoming.entry)
        lost = await self._surely_lost(self.party)
        if not self.tail_lost():
            raise Unavailable("peer-not-asked", "The peer may hold what is missing here.")
        if not isinstance(incoming.entry, LogRestored) or incoming.entry.body.size != lost.held:
            raise RuleBroken(
                "restored-size", "The log does not go on there.", size=lost.held, held=lost.held
            )
        receipts = await self._go_on(lost, submission, incoming.id)
        log.warning("recovery.shared", held=lost.held, signed=lost.signed)
        return receipts

    async def _end_fork(self, submission: Submission, entry: Entry) -> list[Accepted]:
        """Append the order after a fork; the node signs again once the peer has followed it."""
        held = (await self.record.head(self.party)).size
        if not isinstance(entry, LogRestored) or entry.body.size >= held:
            size = entry.body.size if isinstance(entry, LogRestored) else held
            raise RuleBroken("restored-size", "The log does not go on there.", size=size, held=held)

        async def decide(_transaction: Transaction, _heads: Heads) -> Act:
            return Act(shared=[submission], restores=True)

        receipts = await self.append(decide)
        log.warning("recovery.forked", size=entry.body.size, held=held)
        return receipts

    async def _surely_lost(self, log_: LogName) -> Behind:
        lost = await self.lost(log_)
        if lost is None:
            raise RuleBroken("nothing-lost", "Nothing of this log is lost.")
        return lost

    async def _go_on(self, lost: Behind, submission: Submission, id_: EntryId) -> list[Accepted]:
        async def effect(_transaction: Transaction) -> None:
            # Last step before the commit: from now on the guard may go back, once.
            await asyncio.to_thread(self.published.give_up, lost.log, lost.held, id_)

        async def decide(_transaction: Transaction, _heads: Heads) -> Act:
            if lost.log == "private":
                return Act(private=[submission], effect=effect, restores=True)
            return Act(shared=[submission], effect=effect, restores=True)

        try:
            receipts = await self.append(decide)
        finally:
            await settle_guard(self.record, self.published, lost.log)
        await self.after()
        return receipts


async def settle_guard(record: SharedRecord, published: Published, log_: LogName) -> None:
    """Finish or undo an interrupted reset of the guard, depending on the log's entries.

    Raises:
        Unavailable: `database-unavailable`.
    """
    pending = await asyncio.to_thread(published.given_up, log_)
    if pending is None:
        return
    size, id_ = pending
    entries = await record.entries(log_, size, 1)
    if entries and entries[0].id == id_:
        head = await record.head(log_)
        await asyncio.to_thread(published.renew, log_, head.size, head.frontier.root())
    await asyncio.to_thread(published.keep_on, log_)


def _check_private(entry: Entry, lost: Behind) -> None:
    if not isinstance(entry, PrivateRestored):
        raise RuleBroken("kind-other-log", "This kind accepts no loss.", kind=entry.kind)
    named = entry.body.size, entry.body.signed, entry.body.root
    if named != (lost.held, lost.signed, lost.root.hex()):
        raise RuleBroken(
            "restored-size", "The log does not go on there.", size=entry.body.size, held=lost.held
        )


async def carry_out(record: Record, party: Party) -> int:
    """Carry out pending erasure orders of our log in one transaction; idempotent.

    An appended order was carried out in its own transaction. But a tail fetched back may bring
    texts that the peer still had, followed by their orders. Orders of the peer concern its copy.

    Returns:
        The number of erased disclosures.

    Raises:
        Unavailable, OutcomeUnknown: From the record; the orders stay pending.
    """
    async with record.begin() as transaction:
        counts = [await transaction.erase(order) for order in await transaction.orders_owed(party)]
    if counts:
        log.warning("erasures.carried-out", orders=len(counts), parts=sum(counts))
    return sum(counts)
