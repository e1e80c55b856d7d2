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

MAX_BATCH: Final = 64
"""Entries proven in one hop: some 8 ms of one core, so that nobody waits long for others."""

Proofs = tuple[frozenset[KeyId] | None, ...]
"""Whose signatures hold, per entry; None where a key is not known outside the lock."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Wanted:
    incoming: tuple[Incoming, ...]
    done: asyncio.Future[Proofs]


class Prover:
    """Checks signatures. Run `run()` in a task group for as long as `prove` is to work."""

    def __init__(self, record: Readable) -> None:
        self._record = record
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
                results = await asyncio.to_thread(_all_proofs, batch, self._keys)
            except ChannelError as error:
                results = [error] * len(batch)
            for wanted, result in zip(batch, results, strict=True):
                _settle(wanted.done, result)

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


def _all_proofs(
    batch: Sequence[_Wanted], keys: Mapping[RowKey, Row]
) -> list[Proofs | ChannelError]:
    found: list[Proofs | ChannelError] = []
    for wanted in batch:
        try:
            found.append(_proofs(wanted.incoming, keys))
        except ChannelError as error:
            found.append(error)
    return found


def _proofs(incoming: Sequence[Incoming], keys: Mapping[RowKey, Row]) -> Proofs:
    found: list[frozenset[KeyId] | None] = []
    for place, item in enumerate(incoming):
        own = item.entry.by if item.entry.kind in {"key.enrolled", "party.founded"} else None
        if all(("key", key) in keys or key == own for key in item.signers):
            found.append(at_entry(place, prove, item.envelope, shared(item), keys))
        else:
            found.append(None)
    return tuple(found)


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
