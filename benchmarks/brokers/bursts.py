"""One burst: some senders, each with one message under way, for a number of seconds.

Used by `./bench` and by the senders of other brokers, whose Python has nothing of this project.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Post = Callable[[int], Awaitable[object]]
"""Sends one message as the sender of this number, and returns once it is confirmed."""


@dataclass(frozen=True, slots=True)
class Burst:
    """What was confirmed: seconds in all, and each message's seconds."""

    seconds: float
    latencies: list[float]

    @property
    def count(self) -> int:
        """Messages."""
        return len(self.latencies)

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.count / self.seconds


async def run_burst(post: Post, senders: int, seconds: float) -> Burst:
    """Send for that long, each sender one message at least.

    What is under way at the end is waited for and counts.
    """
    latencies: list[float] = []
    began = time.perf_counter()
    end = began + seconds

    async def send(number: int) -> None:
        now = time.perf_counter()
        while True:
            start = now
            await post(number)
            now = time.perf_counter()
            latencies.append(now - start)
            if now >= end:
                return

    await asyncio.gather(*(send(number) for number in range(senders)))
    return Burst(time.perf_counter() - began, latencies)
