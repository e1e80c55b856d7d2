"""Reminders in Redis: an index by time, with leases.

Does not know what a timer is for, and is not believed: the record alone decides whether
anything fires. Losing, doubling or delaying a timer here makes a step late, never wrong.

Generations and tokens keep the index tidy; they are no fence. Redis may lose its
counters, so the fence is the record's conditional update.

Anybody who reaches Redis can write any bytes into these keys. An id that is none of ours is
removed; a key that holds another type is removed with the other two, and the reminders are
made again from the record. Both are counted.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from importlib.resources import files
from typing import Any, Final, TypeVar

import structlog
from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import ResponseError

from special_channel.core.errors import Unavailable
from special_channel.ports import Claim, Claimed, TimerDue
from special_channel.stores.redis_connection import redis_errors

log = structlog.get_logger(__name__)

T = TypeVar("T")

MAX_BATCH: Final = 500
"""Ids a script call: Lua's `unpack` and the replies stay small, and Redis, which serves
nobody else meanwhile, is held for about a millisecond."""


_ID: Final = re.compile(rb"[ -~]{1,200}")
"""An id of ours: printable ASCII. A database takes no NUL, and logs stay readable."""

_NUMBER: Final = re.compile(rb"[0-9]{1,15}")
_SCORE: Final = re.compile(rb"-?[0-9]{1,15}(?:\.[0-9]+)?")


class RedisTimers:
    """Ports `Timers` and `TimerIndex` on one Redis."""

    def __init__(
        self, client: Redis, prefix: str, unreadable: Callable[[], None] = lambda: None
    ) -> None:
        """Use keys `prefix:{timers}:…`; the braces keep them together in a cluster.

        `unreadable` counts what was found there that is none of ours.
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
        """Set reminders; an older generation than the one held changes nothing."""
        mode = "nx" if only_missing else "set"
        written = 0
        for batch in _batches(timers):
            fields = [field for one in batch for field in (one.id, one.generation, one.due_ms)]
            written += await self._run_counting("schedule", mode, *fields)
        return written

    async def cancel(self, timers: Sequence[tuple[str, int]]) -> int:
        """Remove these generations and older ones."""
        gone = 0
        for batch in _batches(timers):
            gone += await self._run_counting("cancel", *(field for one in batch for field in one))
        return gone

    async def claim(self, limit: int, lease_ms: int, token: str) -> Claim:
        """Lease up to `limit` reminders, at most `MAX_BATCH`."""
        _check_token(token)
        reply = await self._run("claim", min(limit, MAX_BATCH), lease_ms, token)
        with redis_errors():
            now, epoch, following, flat = reply
            items = list(zip(flat[::3], flat[1::3], flat[2::3], strict=True))
            claim = Claim(
                now_ms=int(now),
                # Decoded as may be: its presence alone counts.
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
        """Remove what this token still holds."""
        gone = 0
        for batch in _batches(ids):
            gone += await self._run_counting("complete", token, *batch)
        return gone

    async def release(self, token: str, visible: Sequence[tuple[str, int]]) -> int:
        """Give back what this token still holds."""
        back = 0
        for batch in _batches(visible):
            fields = [field for one in batch for field in one]
            back += await self._run_counting("release", token, *fields)
        return back

    async def mark_epoch(self, epoch: str) -> None:
        """Say that a full rebuild is complete."""
        with redis_errors():
            await self._client.set(self._epoch, epoch)

    async def missing(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Return those of the ids that are not held."""
        absent: list[str] = []
        for batch in _batches(ids):
            with redis_errors():
                scores = await self._client.zmscore(self._due, list(batch))
            absent += [id_ for id_, score in zip(batch, scores, strict=True) if score is None]
        return tuple(absent)

    async def count(self) -> int:
        """Return how many are held."""
        with redis_errors():
            return int(await self._client.zcard(self._due))

    async def ids(self) -> AsyncIterator[str]:
        """Yield ids, in batches of a ZSCAN; one may come twice."""
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
        """Return `maxmemory-policy`, or None where a managed service refuses CONFIG."""
        try:
            with redis_errors():
                found = await self._client.config_get("maxmemory-policy")
        except Unavailable as refused:
            if isinstance(refused.__cause__, ResponseError):
                return None
            raise
        return str(found.get("maxmemory-policy")) if found else None

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

    async def _run_counting(self, name: str, *fields: str | int) -> int:
        reply = await self._run(name, *fields)
        with redis_errors():
            return int(reply)

    async def _clear(self) -> None:
        """Remove all three keys: without the epoch the reminders are made again."""
        self._unreadable()
        log.warning("reminders.wrong-type")
        with redis_errors():
            await self._client.unlink(self._due, self._meta, self._epoch)

    async def _remove(self, ids: Sequence[bytes]) -> None:
        """Remove ids that are none of ours; a lease alone would bring them back for ever."""
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
    """Read a score; None for one that is no time of ours, such as infinity.

    Redis writes scores as doubles.
    """
    return int(float(score)) if _SCORE.fullmatch(score) else None


def _count(text: bytes | int) -> int:
    """Read a counter; 0 for what is none: it orders nothing that counts."""
    if isinstance(text, int):
        return max(text, 0)
    return int(text) if _NUMBER.fullmatch(text) else 0


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(items), MAX_BATCH):
        yield items[first : first + MAX_BATCH]


def _check_token(token: str) -> None:
    if not token or "|" in token:
        raise ValueError("a token is not empty and holds no |")
