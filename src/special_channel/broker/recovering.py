"""Going on after a loss that nobody can make good, by people's signatures.

The private log goes on by `private.restored`, which a registrar and a head of unit sign; our
shared log by `log.restored`, which the root key signs, and only once the peer was asked. Both
name the sizes. What the guard held before is given up in the same step, and a crash in between
leaves one or the other. Does not bring anything back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from special_channel.broker.act import Act, Decide
from special_channel.broker.commit import Heads
from special_channel.broker.guarding import Behind, behind
from special_channel.broker.receipts import Accepted
from special_channel.core.bytes.errors import BadSignature, RuleBroken, Unavailable
from special_channel.core.bytes.ids import EntryId, Party
from special_channel.core.entries import Entry, LogRestored, PrivateRestored
from special_channel.core.rows.submission import Submission, read
from special_channel.ports import Head, LogName, Published, Stored, Transaction

log = structlog.get_logger(__name__)


class Recoveries(Protocol):
    """Keeps what a registrar has signed until a head of unit signs it, too."""

    async def keep(self, envelope: bytes) -> None:
        """Keep what was signed once, in place of what was kept before."""
        ...

    async def pending(self) -> bytes | None:
        """Return what waits for a second signature."""
        ...

    async def drop(self) -> None:
        """Forget it."""
        ...


class LogEntries(Protocol):
    """Heads and entries of all logs."""

    async def head(self, log: LogName) -> Head:
        """Read a log's head row."""
        ...

    async def entries(self, log: LogName, first: int, limit: int) -> Sequence[Stored]:
        """Return entries from an index on, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Recovering:
    """What recovery works with.

    Attributes:
        party: Whose node this is.
        record: Reads heads and entries.
        append: Appends under the lock.
        published: The rollback guard.
        recoveries: Keeps the first of two signatures.
        tail_lost: Tells whether the peer was asked for the end of our log and has it not.
        after: Looks again at both logs, once one goes on.
    """

    party: Party
    record: LogEntries
    append: Callable[[Decide], Awaitable[list[Accepted]]]
    published: Published
    recoveries: Recoveries
    tail_lost: Callable[[], bool]
    after: Callable[[], Awaitable[object]]


class Recovery:
    """Tells what is lost, and takes what people sign to go on."""

    def __init__(self, recovering: Recovering) -> None:
        self._to = recovering

    @property
    def tail_lost(self) -> bool:
        """Whether nobody has the end of our shared log."""
        return self._to.tail_lost()

    async def lost(self, log_: LogName) -> Behind | None:
        """Return by how much a log is behind its guard.

        Raises:
            Unavailable: `database-unavailable`, `published-damaged`.
        """
        return behind(self._to.published, await self._to.record.head(log_))

    async def last_time(self, log_: LogName) -> str:
        """Return when the last entry that is here was accepted; empty without one."""
        return (await self._to.record.head(log_)).accepted

    async def pending(self) -> bytes | None:
        """Return the acceptance that a registrar has signed and no head yet."""
        return await self._to.recoveries.pending()

    async def accept_private(self, submission: Submission) -> list[Accepted]:
        """Let the private log go on; without a second signature keep it, and return nothing.

        Raises:
            RuleBroken: `nothing-lost`, `restored-size`, the judge's codes.
            BadSignature, NotAllowed: The judge's codes.
        """
        incoming = read(submission, whole=True)
        lost = await self.lost("private")
        if lost is None:
            raise RuleBroken("nothing-lost", "Nothing of this log is lost.")
        _check_private(incoming.entry, lost)
        try:
            made = await self._go_on(lost, submission, incoming.id)
        except BadSignature as error:
            if error.code != "signature-missing" or len(incoming.signers) > 1:
                raise
            await self._to.recoveries.keep(submission.envelope)
            return []
        await self._to.recoveries.drop()
        log.warning("recovery.private", held=lost.held, signed=lost.signed)
        return made

    async def restore_shared(self, submission: Submission) -> list[Accepted]:
        """Let our shared log go on by the root key's signature.

        Raises:
            RuleBroken: `nothing-lost`, `restored-size`, the judge's codes.
            Unavailable: `peer-not-asked`: it may have what is missing here.
        """
        incoming = read(submission, whole=True)
        lost = await self.lost(self._to.party)
        if lost is None:
            raise RuleBroken("nothing-lost", "Nothing of this log is lost.")
        if not self._to.tail_lost():
            raise Unavailable("peer-not-asked", "The peer may hold what is missing here.")
        if not isinstance(incoming.entry, LogRestored) or incoming.entry.body.size != lost.held:
            raise RuleBroken(
                "restored-size", "The log does not go on there.", size=lost.held, held=lost.held
            )
        made = await self._go_on(lost, submission, incoming.id)
        log.warning("recovery.shared", held=lost.held, signed=lost.signed)
        return made

    async def _go_on(self, lost: Behind, submission: Submission, id_: EntryId) -> list[Accepted]:
        published = self._to.published

        async def effect(_transaction: Transaction) -> None:
            # The last step before the commit: from here on the guard may go back, once.
            await asyncio.to_thread(published.give_up, lost.log, lost.held, id_)

        async def decide(_transaction: Transaction, _heads: Heads) -> Act:
            if lost.log == "private":
                return Act(private=[submission], effect=effect, restores=True)
            return Act(shared=[submission], effect=effect, restores=True)

        try:
            made = await self._to.append(decide)
        finally:
            await settle_guard(self._to.record, published, lost.log)
        await self._to.after()
        return made


async def settle_guard(record: LogEntries, published: Published, log_: LogName) -> None:
    """Finish, or take back, a giving up that was cut off: by what the log holds.

    Raises:
        Unavailable: `database-unavailable`.
    """
    given = await asyncio.to_thread(published.given_up, log_)
    if given is None:
        return
    size, id_ = given
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
