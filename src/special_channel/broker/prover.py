"""Checking signatures outside the lock and off the loop, for all who wait at once.

cryptography verifies without the GIL, so a thread works beside the loop; one hop serves
many requests. Does not judge: a key that is not known yet is left to the judge.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from special_channel.broker.receipts import Readable
from special_channel.broker.working import shared
from special_channel.core.errors import ChannelError
from special_channel.core.ids import KeyId
from special_channel.core.judge import prove
from special_channel.core.state import Row, RowKey
from special_channel.core.submission import Incoming

MAX_BATCH: Final = 256
"""Entries proven in one hop: some 15 ms of two cores, so that nobody waits long for others."""

_INLINE: Final = 2
"""Entries proven on the loop: a hop to a thread and back costs as much."""

_THREADS: Final = 2
"""Verifications at once; the lock that Python holds lets no more of them gain."""

_Proof = frozenset[KeyId] | None

Proofs = tuple[_Proof, ...]
"""Whose signatures hold, per entry; None where a key is not known outside the lock."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Wanted:
    incoming: tuple[Incoming, ...]
    done: asyncio.Future[Proofs]


class Prover:
    """Checks signatures. Run `run()` in a task group for as long as `prove` is to work."""

    def __init__(self, record: Readable, fault: Callable[[str, Exception], ChannelError]) -> None:
        """Look keys up in this record. `fault` makes an answer of a fault of this node."""
        self._record = record
        self._fault = fault
        self._queue: asyncio.Queue[_Wanted] = asyncio.Queue()
        self._keys: dict[RowKey, Row] = {}

    async def prove(self, incoming: tuple[Incoming, ...]) -> Proofs:
        """Return whose signatures hold.

        Raises:
            Refused: The codes of `judge.prove`, with `entry`, the place in the request.
            Unavailable: `database-unavailable`.
        """
        wanted = _Wanted(incoming, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(wanted)
        return await wanted.done

    async def run(self) -> None:
        """Prove what waits, batch by batch, until cancelled."""
        while True:
            batch = [await self._queue.get()]
            while not self._queue.empty() and sum(len(one.incoming) for one in batch) < MAX_BATCH:
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

    async def _all(self, batch: Sequence[_Wanted]) -> list[Proofs | ChannelError]:
        """Prove a batch, in slices side by side unless it is small."""
        entries = [(place, item) for wanted in batch for place, item in enumerate(wanted.incoming)]
        if len(entries) <= _INLINE:
            proven = _prove(entries, self._keys)
        else:
            slices = [entries[start::_THREADS] for start in range(_THREADS)]
            proven = [None] * len(entries)
            done = await asyncio.gather(
                *(asyncio.to_thread(_prove, part, self._keys) for part in slices)
            )
            for start, part in enumerate(done):
                proven[start::_THREADS] = part
        each = iter(proven)
        return [_together([next(each) for _ in wanted.incoming]) for wanted in batch]

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


def _prove(
    entries: Sequence[tuple[int, Incoming]], keys: Mapping[RowKey, Row]
) -> list[_Proof | ChannelError]:
    """Prove entries, each with its place in its request."""
    found: list[_Proof | ChannelError] = []
    for place, item in entries:
        own = item.entry.by if item.entry.kind in {"key.enrolled", "party.founded"} else None
        try:
            if all(("key", key) in keys or key == own for key in item.signers):
                found.append(at_entry(place, prove, item.envelope, shared(item), keys))
            else:
                found.append(None)
        except ChannelError as error:
            found.append(error)
    return found


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
