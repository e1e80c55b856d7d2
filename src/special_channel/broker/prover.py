"""Verifies signatures outside the lock, in batches over all queued requests.

Two threads verify: the event loop's and a second one, both from one queue. Does not judge:
entries with unknown keys are left to the judge.
"""

# libsodium and OpenSSL release Python's lock (the GIL) while they verify, so two threads run at
# once. A second thread alone, while the loop does other work, would wait for the GIL before each
# signature, up to the interpreter's switch interval.

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from special_channel.broker.working import shared
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import KeyId
from special_channel.core.replay.judge import prove
from special_channel.core.rows.submission import Incoming
from special_channel.core.rules.signing_keys import new_key
from special_channel.core.rules.state import Row, RowKey
from special_channel.ports import SharedRecord

SLICE: Final = 32
"""Entries verified before the loop may run other tasks: 1 ms with both threads, 2 with one."""

_ALONE: Final = 2
"""Entries verified without the second thread, since waking it costs as much."""

_Proof = frozenset[KeyId] | None

Proofs = tuple[_Proof, ...]
"""Verified signers per entry; None if a key is not known outside the lock."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _ProofRequest:
    incoming: tuple[Incoming, ...]
    done: asyncio.Future[Proofs]


class Prover:
    """Verifies signatures. `prove` works only while `run()` runs in a task group.

    Attributes:
        pending: Number of requests whose signatures are queued or being verified.
    """

    def __init__(
        self, record: SharedRecord, fault: Callable[[str, Exception], ChannelError]
    ) -> None:
        """Look up keys in `record`. `fault` turns an internal error into an answer."""
        self._record = record
        self._fault = fault
        self._queue: asyncio.Queue[_ProofRequest] = asyncio.Queue()
        self._keys: dict[RowKey, Row] = {}
        self._settled = asyncio.Event()
        self.pending = 0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="prover")

    async def prove(self, incoming: tuple[Incoming, ...]) -> Proofs:
        """Verify the signatures of a request; return the signers per entry.

        Raises:
            Refused: The codes of `judge.prove`, with `entry`, the index in the request.
            Unavailable: `database-unavailable`.
        """
        request = _ProofRequest(incoming, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(request)
        self.pending += 1
        try:
            return await request.done
        finally:
            self.pending -= 1
            self._settled.set()

    async def settled(self) -> None:
        """Wait until the next request is verified or refused."""
        self._settled.clear()
        await self._settled.wait()

    async def run(self) -> None:
        """Verify queued requests, batch by batch, until cancelled."""
        try:
            while True:
                batch = [await self._queue.get()]
                while (
                    not self._queue.empty()
                    and sum(len(request.incoming) for request in batch) < SLICE
                ):
                    batch.append(self._queue.get_nowait())
                try:
                    await self._learn(batch)
                    results = await self._all(batch)
                except ChannelError as error:
                    results = [error] * len(batch)
                except Exception as error:  # noqa: BLE001 - later requests are not to blame
                    results = [self._fault("prove", error)] * len(batch)
                for request, result in zip(batch, results, strict=True):
                    _settle(request.done, result)
        finally:
            self._thread.shutdown(wait=False)

    async def _all(self, batch: Sequence[_ProofRequest]) -> list[Proofs | ChannelError]:
        """Verify a batch, slice by slice."""
        entries = [
            (place, item) for request in batch for place, item in enumerate(request.incoming)
        ]
        proven: list[_Proof | ChannelError] = []
        for start in range(0, len(entries), SLICE):
            proven += await self._slice(entries[start : start + SLICE])
            await asyncio.sleep(0)
        proofs = iter(proven)
        return [_together([next(proofs) for _ in request.incoming]) for request in batch]

    async def _slice(self, entries: Sequence[tuple[int, Incoming]]) -> list[_Proof | ChannelError]:
        queue = _VerifyQueue(entries, self._keys)
        if len(entries) <= _ALONE:
            queue.work()
            return queue.results
        second = self._thread.submit(queue.work)
        try:
            queue.work()
        finally:
            if not second.cancel():  # else the thread had not begun, and the queue is empty
                await asyncio.wrap_future(second)
        return queue.results

    async def _learn(self, batch: Sequence[_ProofRequest]) -> None:
        signers = {key for request in batch for item in request.incoming for key in item.signers}
        unknown = frozenset[RowKey](
            ("key", key) for key in signers if ("key", key) not in self._keys
        )
        if unknown:
            rows = await self._record.rows(unknown)
            # A key id commits to its key, so cached keys never go stale.
            self._keys.update({key: row for key, row in rows.items() if key[0] == "key"})


class _VerifyQueue:
    """Entries to verify, each with its index in its request; thread-safe for several workers."""

    def __init__(self, entries: Sequence[tuple[int, Incoming]], keys: Mapping[RowKey, Row]) -> None:
        self._entries = entries
        self._keys = keys
        self._next = iter(range(len(entries)))  # one iterator: no entry is taken twice
        self.results: list[_Proof | ChannelError] = [None] * len(entries)

    def work(self) -> None:
        """Verify entries until the queue is empty."""
        for number in self._next:
            try:
                self.results[number] = self._prove(*self._entries[number])
            except ChannelError as error:
                self.results[number] = error

    def _prove(self, place: int, item: Incoming) -> _Proof:
        own = new_key(item.entry)
        if all(("key", key) in self._keys or key == own for key in item.signers):
            return at_entry(place, prove, item.envelope, shared(item), self._keys)
        return None


def _together(results: Sequence[_Proof | ChannelError]) -> Proofs | ChannelError:
    """Join the proofs of one request, or return its first refusal."""
    proofs: list[_Proof] = []
    for result in results:
        if isinstance(result, ChannelError):
            return result
        proofs.append(result)
    return tuple(proofs)


def _settle(done: asyncio.Future[Proofs], result: Proofs | ChannelError) -> None:
    if done.done():
        return  # the caller went away
    if isinstance(result, ChannelError):
        done.set_exception(result)
    else:
        done.set_result(result)


def at_entry(place: int, work: Callable[..., _T], *arguments: object) -> _T:
    """Call `work` for one entry of a request; add the entry's index to a refusal."""
    try:
        return work(*arguments)
    except ChannelError as error:
        error.facts.setdefault("entry", place)
        raise
