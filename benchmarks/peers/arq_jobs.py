"""The package arq doing it: deferred jobs. Settings are its own unless named here."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import Worker
from jobs import REDIS, Jobs, done, main

PLACE = urlsplit(REDIS)
SETTINGS = RedisSettings(host=PLACE.hostname or "", port=PLACE.port or 0)
AT_ONCE = 100


async def job(_context: dict[str, Any], number: int, due: float) -> None:
    """Say that it ran."""
    done(number, due)


async def _send(jobs: Jobs) -> None:
    pool = await create_pool(SETTINGS)
    for number, due in jobs:
        await pool.enqueue_job("job", number, due, _defer_until=datetime.fromtimestamp(due, UTC))
    await pool.aclose()


def send(jobs: Jobs) -> None:
    """Hand all jobs over."""
    asyncio.run(_send(jobs))


def work() -> None:
    """Run one worker."""
    asyncio.set_event_loop(asyncio.new_event_loop())
    Worker(
        functions=[job],  # type: ignore[list-item]
        redis_settings=SETTINGS,
        max_jobs=AT_ONCE,
        keep_result=0,
    ).run()


if __name__ == "__main__":
    main("arq", send, work)
