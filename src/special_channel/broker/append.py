"""The append: queued requests are committed as a group, in one transaction with fsync.

Steps: (1) look up the id; (2) check form and signatures; a small group waits for this (ADR 23);
(3) judge in position order and fold, under the lock on the heads or, if all are plain notes, on
cached rows (`groups.py`, ADR 20); (4) write, compute the root twice, sign, commit (`commit.py`);
(5) write the new size and root to the guard, outside the database, while the next group is
processed; (6) only then send receipts.

Does not read requests, set timers or talk to the peer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from special_channel.broker.act import Decide, plan_act
from special_channel.broker.commit import Committer, Heads, Plan, Sealed
from special_channel.broker.groups import GroupPlanner, QueuedRequest
from special_channel.broker.identity import Identity
from special_channel.broker.offering import forged_at, refuse_acted, screen_new
from special_channel.broker.prover import Proofs, Prover, at_entry
from special_channel.broker.receipts import Accepted, receipt_of
from special_channel.broker.time_limits import TimeLimits
from special_channel.broker.working import RootCache, shared
from special_channel.core.bytes.errors import (
    ChannelError,
    OutcomeUnknown,
    Refused,
    RuleBroken,
    Unavailable,
)
from special_channel.core.bytes.ids import KeyId
from special_channel.core.bytes.suites import BAD_SIGNATURES
from special_channel.core.rows.submission import Incoming, Submission, read
from special_channel.ports import SharedRecord, Stored, Transaction

log = structlog.get_logger(__name__)

MAX_GROUP: Final = 512
"""Entries in one commit: enough for full speed, few enough for a short wait."""

MAX_GROUP_BYTES: Final = 8 * 1024 * 1024
"""Envelope and part bytes that make a group complete: the link never splits a commit."""

GATHER: Final = 64
"""Entries that make a group complete: the commit then costs an eighth of its entries."""

GATHER_SECONDS: Final = 0.02
"""Longest wait of a group for signature checks."""

MAX_WAITING: Final = 20_000
"""Entries that may wait for a commit before new requests are refused (`busy`)."""


_FORGED_BY: Final = BAD_SIGNATURES | {"part-digest"}
"""Codes of an entry that was submitted again with another signature or other parts."""


@dataclass(frozen=True, slots=True)
class _QueuedAct:
    """An act in the queue."""

    decide: Decide
    done: asyncio.Future[list[Sealed]]


class Appender:
    """Appends to our logs. `submit` works only while `run()` runs in a task group."""

    def __init__(
        self,
        record: SharedRecord,
        identity: Identity,
        committer: Committer,
        forged: Callable[[str], None] | None = None,
        broken: Callable[[], None] | None = None,
        limits: TimeLimits | None = None,
    ) -> None:
        """Append through this committer.

        Args:
            record: Where ids, keys and receipts are looked up.
            identity: Our side's party and keys.
            committer: Locks, signs and commits.
            forged: Called with the position of an entry that was submitted again with a bad
                signature or different parts.
            broken: Called after an internal error of this node.
            limits: Ends functions whose time is over; None ends none.
        """
        self._limits = limits
        self._forged = forged
        self._broken = broken
        self._record = record
        self._identity = identity
        self._committer = committer
        self._queue: asyncio.Queue[QueuedRequest | _QueuedAct] = asyncio.Queue()
        self._durable: asyncio.Queue[tuple[list[QueuedRequest], list[Sealed]]] = asyncio.Queue()
        self._waiting = 0
        self._queued = 0
        self._prover = Prover(record, self._fault)
        self._roots = RootCache()
        self._groups = GroupPlanner(identity, self._roots, self._fault)

    @property
    def busy(self) -> bool:
        """Tell whether any request waits for a commit."""
        return self._waiting > 0 or not self._queue.empty()

    async def submit(
        self, submissions: Sequence[Submission], sender: KeyId | None = None
    ) -> list[Accepted]:
        """Append all entries of one request or none, and return their receipts.

        `sender`: the key of the sending session; None for this node itself, which may append acts
        on people (K8).

        Raises:
            Refused: With `entry`, the index in the request; nothing was written. `act-unknown` for
                a kind that `desk/acts.py` alone appends.
            Unavailable: `busy`, `read-only`, `database-unavailable`, `append-lost`.
            OutcomeUnknown: `commit-unknown`; a retry returns the receipt.
        """
        try:
            return await self._submit(submissions, sender)
        except Refused as error:
            if error.code in _FORGED_BY and self._forged is not None:
                offered = submissions[int(error.facts["entry"])]
                if position := await forged_at(self._record, offered, sender):
                    self._forged(position)
            raise

    async def _submit(
        self, submissions: Sequence[Submission], sender: KeyId | None
    ) -> list[Accepted]:
        reading = _read_shared if sender is None else _read_sent
        incoming = tuple(at_entry(place, reading, item) for place, item in enumerate(submissions))
        await screen_new(self._record, incoming)
        signed = await self._prover.prove(incoming)
        try:
            return await self._enqueue(incoming, signed)
        except RuleBroken as error:
            if error.code not in {"entry-duplicate", "entry-other-log"}:
                raise
            # A retry, or an entry of the peer's log: answer with the existing receipt (P2).
            known = await self._record.find([item.id for item in incoming])
            if not any(item.id in known and not known[item.id].code for item in incoming):
                raise
            return await self._with_known(incoming, signed, known)

    async def act(self, decide: Decide) -> list[Accepted]:
        """Append the act that `decide` returns under the lock, with its effect, in one transaction.

        Returns the receipts of the shared entries, then of the private entries.

        Raises:
            Refused: By `decide` or the judge; nothing was written.
            Unavailable, OutcomeUnknown: As `submit`.
        """
        return [receipt for part in await self._sealed(decide) for receipt in part.receipts()]

    async def perform(self, decide: Decide) -> None:
        """Append as `act` does, without receipts, which take time to write.

        Raises:
            Refused, Unavailable, OutcomeUnknown: As `act`.
        """
        await self._sealed(decide)

    async def _sealed(self, decide: Decide) -> list[Sealed]:
        queued = _QueuedAct(decide, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(queued)
        return await queued.done

    async def run(self) -> None:
        """Verify and commit queued requests, group by group, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._prover.run(), name="prover")
            tasks.create_task(self._committing(), name="committing")
            tasks.create_task(self._publishing(), name="publishing")

    async def _committing(self) -> None:
        while True:
            item: QueuedRequest | _QueuedAct | None = await self._queue.get()
            await self._end_functions()
            if isinstance(item, QueuedRequest):
                await self._gather()
                group, item = self._group(item)
                await self._commit(group)
            if isinstance(item, _QueuedAct):
                await self._do(item)

    async def _gather(self) -> None:
        """Wait for requests in the prover, so that they join the group (ADR 23)."""
        if not self._prover.pending:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATHER_SECONDS):
                while self._prover.pending and self._queued < GATHER:
                    await self._prover.settled()

    def _group(self, first: QueuedRequest) -> tuple[list[QueuedRequest], _QueuedAct | None]:
        """Take queued requests after the first, up to the limits of one commit or the next act."""
        group, entries, weight = [first], len(first.incoming), first.weight
        while not self._queue.empty() and entries < MAX_GROUP and weight < MAX_GROUP_BYTES:
            item = self._queue.get_nowait()
            if isinstance(item, _QueuedAct):
                self._queued -= entries
                return group, item
            group.append(item)
            entries += len(item.incoming)
            weight += item.weight
        self._queued -= entries
        return group, None

    async def _publishing(self) -> None:
        """Send answers in the order of commits, until cancelled."""
        # Refusals, too: a duplicate's answer is the receipt of the earlier entry.
        try:
            while True:
                batch = [await self._durable.get()]
                while not self._durable.empty():
                    batch.append(self._durable.get_nowait())
                await self._publish(batch)
        finally:
            while not self._durable.empty():
                _refuse(self._durable.get_nowait()[0], _unknown())

    async def _publish(self, batch: Sequence[tuple[list[QueuedRequest], list[Sealed]]]) -> None:
        """Write the guard once for all committed groups, then answer their requests."""
        error: ChannelError = _unknown()
        try:
            await self._committer.publish([part for _, sealed in batch for part in sealed])
            for group, sealed in batch:
                _deliver(group, sealed)
        except ChannelError as refused:
            error = refused
        except Exception as fault:  # noqa: BLE001 - the next groups are not to blame
            error = self._fault("publish", fault)
        finally:
            for group, _ in batch:
                _refuse(group, error)  # requests without an answer yet

    async def _with_known(
        self,
        incoming: tuple[Incoming, ...],
        signed: Proofs,
        known: Mapping[str, Stored],
    ) -> list[Accepted]:
        new = [
            place
            for place, item in enumerate(incoming)
            if item.id not in known or known[item.id].code
        ]
        receipts = await self._enqueue(
            tuple(incoming[place] for place in new), tuple(signed[place] for place in new)
        )
        fresh = dict(zip(new, receipts, strict=True))
        return [
            fresh[place] if place in fresh else await self._known(known[item.id])
            for place, item in enumerate(incoming)
        ]

    async def _enqueue(self, incoming: tuple[Incoming, ...], signed: Proofs) -> list[Accepted]:
        if not incoming:
            return []
        if self._waiting + len(incoming) > MAX_WAITING:
            raise Unavailable("busy", "Too many entries wait to be stored.")
        request = QueuedRequest(incoming, signed, asyncio.get_running_loop().create_future())
        self._waiting += len(incoming)
        try:
            self._queue.put_nowait(request)
            self._queued += len(incoming)
            return await request.done
        finally:
            self._waiting -= len(incoming)

    async def _known(self, entry: Stored) -> Accepted:
        return Accepted(
            entry.id, entry.log, entry.index, await receipt_of(self._record, entry), known=True
        )

    async def _end_functions(self) -> None:
        """End functions whose time is over, ahead of what waits (K28)."""
        if self._limits is None:
            return
        try:
            if await self._limits.due():
                await self._perform(self._limits.decide)
        except Exception as error:  # noqa: BLE001 - what waits is not to blame
            # It goes on: an entry under a function whose time is over is valid, with a notice.
            self._limits.pause()
            if isinstance(error, ChannelError):
                log.warning("append.functions", code=error.code)
            else:
                self._fault("functions", error)

    async def _perform(self, decide: Decide) -> list[Sealed]:
        async def planning(transaction: Transaction, heads: Heads) -> Plan | None:
            act = await decide(transaction, heads)
            if act is None:
                return None
            return await plan_act(act, self._committer, self._roots, transaction, heads)

        sealed = await self._committer.run(planning)
        if self._limits is not None:
            self._limits.note(entry.kind for part in sealed for entry in part.entries)
        return sealed

    async def _do(self, queued: _QueuedAct) -> None:
        try:
            sealed = await self._perform(queued.decide)
        except ChannelError as error:
            _fail(queued.done, error)
        except BaseException as error:  # noqa: BLE001 - `_go_on` raises what is to stop the node
            _fail(queued.done, _unknown())
            self._go_on(error, "deed")
        else:
            if not queued.done.done():
                queued.done.set_result(sealed)

    async def _commit(self, group: list[QueuedRequest]) -> None:
        try:
            sealed = await self._committer.commit(*self._groups.plannings(group))
            if self._limits is not None:
                self._limits.note(entry.kind for part in sealed for entry in part.entries)
        except ChannelError as error:
            for request in group:
                request.refused = request.refused or error
            self._durable.put_nowait((group, []))
        except BaseException as error:  # noqa: BLE001 - as above
            _refuse(group, _unknown())
            self._go_on(error, "group")
        else:
            self._durable.put_nowait((group, sealed))

    def _go_on(self, error: BaseException, what: str) -> None:
        """Report an internal error of one act or group; re-raise if the node is to stop."""
        # A cancellation that was not requested of this task came from within the act.
        task = asyncio.current_task()
        inner = isinstance(error, asyncio.CancelledError) and task and not task.cancelling()
        if not inner and not isinstance(error, Exception):
            raise error
        self._fault(what, error)

    def _fault(self, what: str, error: BaseException) -> OutcomeUnknown:
        """Log an internal error; return the error that waiting callers get."""
        log.error("append.failed", what=what, exc_info=error)
        if self._broken is not None:
            self._broken()
        return _unknown()


def _read_shared(submission: Submission) -> Incoming:
    incoming = read(submission, whole=True)
    shared(incoming)
    return incoming


def _read_sent(submission: Submission) -> Incoming:
    incoming = _read_shared(submission)
    refuse_acted(incoming.entry.kind)
    return incoming


def _refuse(group: Sequence[QueuedRequest], error: ChannelError) -> None:
    for request in group:
        _fail(request.done, request.refused or error)


def _fail(
    done: asyncio.Future[list[Accepted]] | asyncio.Future[list[Sealed]], error: ChannelError
) -> None:
    if not done.done():  # else the caller went away
        done.set_exception(error)


def _unknown() -> OutcomeUnknown:
    return OutcomeUnknown("commit-unknown", "The node stopped while storing; send it again.")


def _deliver(group: Sequence[QueuedRequest], sealed: Sequence[Sealed]) -> None:
    receipts = {item.index: item for part in sealed for item in part.receipts()}
    for request in group:
        if request.done.done():
            continue  # the caller went away; what was written stays written
        if request.refused is not None:
            request.done.set_exception(request.refused)
        else:
            request.done.set_result([receipts[entry.index] for entry in request.written])
