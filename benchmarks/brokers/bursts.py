"""Run a burst: senders, each with one message under way, for a number of seconds.

`./bench` uses this module, and so do senders of other brokers. Their Python has none of this
project's packages.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Post = Callable[[int], Awaitable[object]]
"""Sends one message as sender number N; returns after the confirmation."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Seconds of the burst, and seconds of every confirmed message."""

    seconds: float
    latencies: list[float]

    @property
    def count(self) -> int:
        """Number of messages."""
        return len(self.latencies)

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.count / self.seconds


async def run_burst(post: Post, senders: int, seconds: float) -> Burst:
    """Send for `seconds`, at least one message a sender.

    Messages under way at the end are waited for and count.
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
