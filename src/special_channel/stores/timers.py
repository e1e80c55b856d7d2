"""Reminders in Redis: an index by time, with leases.

Does not know what a timer is for, and is not believed: the record alone decides whether
anything fires. Losing, doubling or delaying a timer here makes a step late, never wrong.

Generations and tokens keep the index tidy; they are no fence. Redis may lose its
counters, so the fence is the record's conditional update.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from importlib.resources import files
from typing import Any, Final, TypeVar

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import ResponseError

from special_channel.core.errors import Unavailable
from special_channel.ports import Claim, Claimed, TimerDue
from special_channel.stores.redis_connection import redis_errors

T = TypeVar("T")

MAX_BATCH: Final = 500
"""Ids a script call: Lua's `unpack` and the replies stay small, and Redis, which serves
nobody else meanwhile, is held for about a millisecond."""


class RedisTimers:
    """Ports `Timers` and `TimerIndex` on one Redis."""

    def __init__(self, client: Redis, prefix: str) -> None:
        """Use keys `prefix:{timers}:…`; the braces keep them together in a cluster."""
        self._client = client
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
            written += int(await self._run("schedule", mode, *fields))
        return written

    async def cancel(self, timers: Sequence[tuple[str, int]]) -> int:
        """Remove these generations and older ones."""
        gone = 0
        for batch in _batches(timers):
            gone += int(await self._run("cancel", *(field for one in batch for field in one)))
        return gone

    async def claim(self, limit: int, lease_ms: int, token: str) -> Claim:
        """Lease up to `limit` reminders, at most `MAX_BATCH`."""
        _check_token(token)
        now, epoch, following, flat = await self._run(
            "claim", min(limit, MAX_BATCH), lease_ms, token
        )
        items = zip(flat[::3], flat[1::3], flat[2::3], strict=True)
        return Claim(
            now_ms=int(now),
            epoch=epoch or None,
            # Redis writes scores as doubles.
            next_due_ms=int(float(following)) if following else None,
            items=tuple(Claimed(id_, int(gen), int(attempt)) for id_, gen, attempt in items),
        )

    async def complete(self, token: str, ids: Sequence[str]) -> int:
        """Remove what this token still holds."""
        gone = 0
        for batch in _batches(ids):
            gone += int(await self._run("complete", token, *batch))
        return gone

    async def release(self, token: str, visible: Sequence[tuple[str, int]]) -> int:
        """Give back what this token still holds."""
        back = 0
        for batch in _batches(visible):
            fields = [field for one in batch for field in one]
            back += int(await self._run("release", token, *fields))
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
                cursor, batch = await self._client.zscan(self._due, cursor, count=MAX_BATCH)
            for id_, _ in batch:
                yield str(id_)
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
        with redis_errors():
            return await self._scripts[name](
                keys=[self._due, self._meta, self._epoch], args=list(fields)
            )


def _script(client: Redis, name: str) -> AsyncScript:
    text = files("special_channel.stores").joinpath("lua", f"{name}.lua").read_text("utf-8")
    return client.register_script(text)


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(items), MAX_BATCH):
        yield items[first : first + MAX_BATCH]


def _check_token(token: str) -> None:
    if not token or "|" in token:
        raise ValueError("a token is not empty and holds no |")
