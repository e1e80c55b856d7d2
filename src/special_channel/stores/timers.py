"""Timers in Redis: an index by time, with leases.

Independent of the timers' purpose, and not authoritative: the record alone decides whether a
timer fires. A lost, doubled or delayed timer makes a step late, never wrong.

Generations and tokens keep the index clean, but are not a fence: Redis may lose its counters, so
the fence is the record's conditional update.

Other clients of Redis can write any bytes into the keys. Foreign ids are removed; if a key has
another type, the three keys are deleted and the timers rebuilt from the record. Both are counted.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from importlib.resources import files
from itertools import chain
from typing import Any, Final, TypeVar

import structlog
from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import ResponseError

from special_channel.core.bytes.errors import Unavailable
from special_channel.ports import Claim, Claimed, TimerDue
from special_channel.stores.redis_connection import redis_errors

log = structlog.get_logger(__name__)

T = TypeVar("T")

MAX_BATCH: Final = 500
"""Most ids of a script call: Lua's `unpack` and the replies stay small, and Redis, blocked
meanwhile, is busy for about a millisecond."""


_ID: Final = re.compile(rb"[ -~]{1,200}")
"""Form of our ids: printable ASCII. PostgreSQL rejects NUL, and logs stay readable."""

_NUMBER: Final = re.compile(rb"[0-9]{1,15}")
_SCORE: Final = re.compile(rb"-?[0-9]{1,15}(?:\.[0-9]+)?")


class RedisTimers:
    """Port `Timers` on one Redis."""

    def __init__(
        self, client: Redis, prefix: str, unreadable: Callable[[], None] = lambda: None
    ) -> None:
        """Use keys `prefix:{timers}:…`; the braces put them into one slot of a cluster.

        `unreadable` counts foreign data.
        """
        self._client = client
        self._unreadable = unreadable
        self._due = f"{prefix}:{{timers}}:due"
        self._meta = f"{prefix}:{{timers}}:meta"
        self._epoch = f"{prefix}:{{timers}}:epoch"
        self._scripts = {
            name: _script(client, name)
            for name in ("schedule", "cancel", "claim", "complete", "release")
        }

    async def schedule(self, timers: Sequence[TimerDue], *, only_missing: bool = False) -> int:
        """Set timers; generations older than the stored ones are ignored."""
        mode = "nx" if only_missing else "set"
        items = [(timer.id, timer.generation, timer.due_ms) for timer in timers]
        return await self._run_counting("schedule", items, mode)

    async def cancel(self, timers: Sequence[tuple[str, int]]) -> int:
        """Remove timers of a generation or older; return the number removed."""
        return await self._run_counting("cancel", timers)

    async def claim(self, limit: int, lease_ms: int, token: str) -> Claim:
        """Lease up to `limit` due timers, at most `MAX_BATCH`."""
        _check_token(token)
        reply = await self._run("claim", min(limit, MAX_BATCH), lease_ms, token)
        with redis_errors():
            now, epoch, following, flat = reply
            items = list(zip(flat[::3], flat[1::3], flat[2::3], strict=True))
            claim = Claim(
                now_ms=int(now),
                # Decoding errors don't matter: only the presence of an epoch is used.
                epoch=epoch.decode("ascii", "replace") or None,
                next_due_ms=_milliseconds(following),
                items=tuple(
                    Claimed(id_.decode("ascii"), _count(generation), _count(attempt))
                    for id_, generation, attempt in items
                    if _ID.fullmatch(id_)
                ),
            )
        await self._remove([id_ for id_, _, _ in items if not _ID.fullmatch(id_)])
        return claim

    async def complete(self, token: str, ids: Sequence[str]) -> int:
        """Remove timers that this token still leases; return the number removed."""
        return await self._run_counting("complete", [(id_,) for id_ in ids], token)

    async def release(self, token: str, visible: Sequence[tuple[str, int]]) -> int:
        """Release timers that this token still leases; return the number released."""
        return await self._run_counting("release", visible, token)

    async def mark_epoch(self, epoch: str) -> None:
        """Store the epoch that marks a complete rebuild."""
        with redis_errors():
            await self._client.set(self._epoch, epoch)

    async def missing(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Return the ids without a timer."""
        absent: list[str] = []
        for batch in _batches(ids):
            with redis_errors():
                scores = await self._client.zmscore(self._due, list(batch))
            absent += [id_ for id_, score in zip(batch, scores, strict=True) if score is None]
        return tuple(absent)

    async def count(self) -> int:
        """Return the number of timers."""
        with redis_errors():
            return int(await self._client.zcard(self._due))

    async def ids(self) -> AsyncIterator[str]:
        """Yield ids in batches of a ZSCAN, possibly with duplicates."""
        cursor = 0
        while True:
            with redis_errors():
                reply: Any = await self._client.zscan(self._due, cursor, count=MAX_BATCH)
                cursor, batch = reply
            for id_, _ in batch:
                if _ID.fullmatch(id_):
                    yield id_.decode("ascii")
            if not cursor:
                return

    async def eviction_policy(self) -> str | None:
        """Return `maxmemory-policy`, or None if a managed service refuses CONFIG."""
        try:
            with redis_errors():
                config = await self._client.config_get("maxmemory-policy")
        except Unavailable as refused:
            if isinstance(refused.__cause__, ResponseError):
                return None
            raise
        return str(config.get("maxmemory-policy")) if config else None

    async def _run(self, name: str, *fields: str | int) -> Any:  # noqa: ANN401 - as Lua returns it
        try:
            with redis_errors():
                return await self._scripts[name](
                    keys=[self._due, self._meta, self._epoch], args=list(fields)
                )
        except Unavailable as refused:
            if "WRONGTYPE" in str(refused.__cause__):
                await self._clear()
            raise

    async def _run_counting(
        self, name: str, items: Sequence[tuple[str | int, ...]], *before: str
    ) -> int:
        """Run a script on all items in batches, and add up the numbers that it returns."""
        total = 0
        for batch in _batches(items):
            reply = await self._run(name, *before, *chain.from_iterable(batch))
            with redis_errors():
                total += int(reply)
        return total

    async def _clear(self) -> None:
        """Delete the three keys; without the epoch the timers are rebuilt."""
        self._unreadable()
        log.warning("reminders.wrong-type")
        with redis_errors():
            await self._client.unlink(self._due, self._meta, self._epoch)

    async def _remove(self, ids: Sequence[bytes]) -> None:
        """Remove foreign ids."""
        # With a lease alone they would return for ever.
        if ids:
            self._unreadable()
            log.warning("reminders.foreign", count=len(ids))
            with redis_errors():
                await self._client.zrem(self._due, *ids)
                await self._client.hdel(self._meta, *ids)


def _script(client: Redis, name: str) -> AsyncScript:
    text = files("special_channel.stores").joinpath("lua", f"{name}.lua").read_text("utf-8")
    return client.register_script(text)


def _milliseconds(score: bytes) -> int | None:
    """Parse a score, which Redis writes as a double; None for a foreign one, such as infinity."""
    return int(float(score)) if _SCORE.fullmatch(score) else None


def _count(text: bytes | int) -> int:
    """Parse a counter; 0 if malformed."""
    if isinstance(text, int):
        return max(text, 0)
    return int(text) if _NUMBER.fullmatch(text) else 0


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(items), MAX_BATCH):
        yield items[first : first + MAX_BATCH]


def _check_token(token: str) -> None:
    if not token or "|" in token:
        raise ValueError("a token is not empty and holds no |")
