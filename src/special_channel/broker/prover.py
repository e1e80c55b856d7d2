"""Checking signatures outside the lock, for all who wait at once.

libsodium and OpenSSL verify without Python's lock (the GIL): while this thread verifies, another
one beside it can. Both take from one pile. A thread that verifies while the loop does other things
would wait for the lock before each signature, up to the interval at which threads change.
Does not judge: a key that is not known yet is left to the judge.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from special_channel.broker.receipts import Readable
from special_channel.broker.working import shared
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import KeyId
from special_channel.core.replay.judge import prove
from special_channel.core.rows.submission import Incoming
from special_channel.core.rules.state import Row, RowKey

SLICE: Final = 32
"""Entries proven before the loop may do something else: 1 ms with both threads, 2 with one."""

_ALONE: Final = 2
"""Entries proven without the other thread: to wake it costs as much."""

_Proof = frozenset[KeyId] | None

Proofs = tuple[_Proof, ...]
"""Whose signatures hold, per entry; None where a key is not known outside the lock."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Wanted:
    incoming: tuple[Incoming, ...]
    done: asyncio.Future[Proofs]


class Prover:
    """Checks signatures. Run `run()` in a task group for as long as `prove` is to work.

    Attributes:
        pending: Requests whose signatures are being checked, or wait for that.
    """

    def __init__(self, record: Readable, fault: Callable[[str, Exception], ChannelError]) -> None:
        """Look keys up in this record. `fault` makes an answer of a fault of this node."""
        self._record = record
        self._fault = fault
        self._queue: asyncio.Queue[_Wanted] = asyncio.Queue()
        self._keys: dict[RowKey, Row] = {}
        self._settled = asyncio.Event()
        self.pending = 0
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="prover")

    async def prove(self, incoming: tuple[Incoming, ...]) -> Proofs:
        """Return whose signatures hold.

        Raises:
            Refused: The codes of `judge.prove`, with `entry`, the place in the request.
            Unavailable: `database-unavailable`.
        """
        wanted = _Wanted(incoming, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(wanted)
        self.pending += 1
        try:
            return await wanted.done
        finally:
            self.pending -= 1
            self._settled.set()

    async def settled(self) -> None:
        """Wait until a request has its proofs or its refusal."""
        self._settled.clear()
        await self._settled.wait()

    async def run(self) -> None:
        """Prove what waits, batch by batch, until cancelled."""
        try:
            while True:
                batch = [await self._queue.get()]
                while not self._queue.empty() and sum(len(one.incoming) for one in batch) < SLICE:
                    batch.append(self._queue.get_nowait())
                try:
                    await self._learn(batch)
                    results = await self._all(batch)
                except ChannelError as error:
                    results = [error] * len(batch)
                except Exception as error:  # noqa: BLE001 - who comes next is not to blame
                    results = [self._fault("prove", error)] * len(batch)
                for wanted, result in zip(batch, results, strict=True):
                    _settle(wanted.done, result)
        finally:
            self._beside.shutdown(wait=False)

    async def _all(self, batch: Sequence[_Wanted]) -> list[Proofs | ChannelError]:
        """Prove a batch, slice by slice."""
        entries = [(place, item) for wanted in batch for place, item in enumerate(wanted.incoming)]
        proven: list[_Proof | ChannelError] = []
        for start in range(0, len(entries), SLICE):
            proven += await self._slice(entries[start : start + SLICE])
            await asyncio.sleep(0)
        each = iter(proven)
        return [_together([next(each) for _ in wanted.incoming]) for wanted in batch]

    async def _slice(self, entries: Sequence[tuple[int, Incoming]]) -> list[_Proof | ChannelError]:
        pile = _Pile(entries, self._keys)
        if len(entries) <= _ALONE:
            pile.work()
            return pile.found
        beside = self._beside.submit(pile.work)
        try:
            pile.work()
        finally:
            if not beside.cancel():  # else it had not begun, and nothing is left for it
                await asyncio.wrap_future(beside)
        return pile.found

    async def _learn(self, batch: Sequence[_Wanted]) -> None:
        signers = {key for one in batch for item in one.incoming for key in item.signers}
        unknown = frozenset[RowKey](
            ("key", key) for key in signers if ("key", key) not in self._keys
        )
        if unknown:
            async with self._record.begin() as transaction:
                rows = await transaction.rows(unknown)
            # A key id commits to its key, so what is remembered never goes stale.
            self._keys.update({key: row for key, row in rows.items() if key[0] == "key"})


class _Pile:
    """Entries to prove, each with its place in its request. Any number of threads may work."""

    def __init__(self, entries: Sequence[tuple[int, Incoming]], keys: Mapping[RowKey, Row]) -> None:
        self._entries = entries
        self._keys = keys
        self._next = iter(range(len(entries)))  # one iterator: no number is given out twice
        self.found: list[_Proof | ChannelError] = [None] * len(entries)

    def work(self) -> None:
        """Prove entries until none is left."""
        for number in self._next:
            try:
                self.found[number] = self._prove(*self._entries[number])
            except ChannelError as error:
                self.found[number] = error

    def _prove(self, place: int, item: Incoming) -> _Proof:
        own = item.entry.by if item.entry.kind in {"key.enrolled", "party.founded"} else None
        if all(("key", key) in self._keys or key == own for key in item.signers):
            return at_entry(place, prove, item.envelope, shared(item), self._keys)
        return None


def _together(found: Sequence[_Proof | ChannelError]) -> Proofs | ChannelError:
    """Join the proofs of one request: the first refusal is its answer."""
    proofs: list[_Proof] = []
    for each in found:
        if isinstance(each, ChannelError):
            return each
        proofs.append(each)
    return tuple(proofs)


def _settle(done: asyncio.Future[Proofs], result: Proofs | ChannelError) -> None:
    if done.done():
        return  # the caller went away
    if isinstance(result, ChannelError):
        done.set_exception(result)
    else:
        done.set_result(result)


def at_entry(place: int, work: Callable[..., _T], *arguments: object) -> _T:
    """Do the work for one entry of a request; a refusal says which one."""
    try:
        return work(*arguments)
    except ChannelError as error:
        error.facts.setdefault("entry", place)
        raise
