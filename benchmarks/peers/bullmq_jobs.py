"""BullMQ's Python package doing it: delayed jobs. Settings are its own unless named here."""

from __future__ import annotations

import asyncio
import time

from bullmq import Job, Queue, Worker
from jobs import REDIS, Jobs, done, main

AT_ONCE = 100


async def job(given: Job, _token: str) -> None:
    """Say that it ran."""
    done(given.data["number"], given.data["due"])


async def _send(jobs: Jobs) -> None:
    queue = Queue("jobs", {"connection": REDIS})
    for number, due in jobs:
        delay = max(int((due - time.time()) * 1000), 0)
        await queue.add(
            "job",
            {"number": number, "due": due},
            {"delay": delay, "removeOnComplete": True},
        )
    await queue.close()


def send(jobs: Jobs) -> None:
    """Hand all jobs over."""
    asyncio.run(_send(jobs))


async def _work() -> None:
    Worker("jobs", job, {"connection": REDIS, "concurrency": AT_ONCE})
    await asyncio.Event().wait()


def work() -> None:
    """Run one worker."""
    asyncio.run(_work())


if __name__ == "__main__":
    main("bullmq", send, work)
