"""Some steps rest between a change and their look at it, so that others go first."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from special_channel.broker.live import Changes
from tests.link.nodes import Naps, Node

PATIENCE = 30.0
"""Seconds until a test fails that waits in vain."""


@dataclass
class Rounds:
    """A loop that looks after each change of the record, with its naps ended by hand.

    Attributes:
        changes: What the loop waits for.
        naps: Sleeps of the loop.
        looked: Rounds so far.
    """

    changes: Changes
    naps: Naps
    looked: int = 0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def run(self, loop: Awaitable[None]) -> AsyncIterator[None]:
        """Run the loop until the end of the block."""
        task = asyncio.ensure_future(loop)
        self.tasks.append(task)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until(self, holds: Callable[[], object]) -> None:
        """Let the loop run until something holds."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                for task in self.tasks:
                    assert not task.done(), task
                await asyncio.sleep(0)

    async def waits(self, rounds: int, naps: int) -> None:
        """Let the loop run until it waits for a change; nothing but these rounds and naps were."""
        await self.until(lambda: self.changes._waiters or len(self.naps.asked) > naps)
        assert (self.looked, len(self.naps.asked)) == (rounds, naps)

    async def rests(self, rounds: int, naps: int) -> None:
        """Let the loop run until its next nap or round; it is this nap, before the round."""
        await self.until(lambda: self.looked > rounds or len(self.naps.asked) == naps)
        assert (self.looked, len(self.naps.asked)) == (rounds, naps)

    async def rest_between_a_change_and_its_look(self) -> None:
        """Tell that changes in a row are looked at in one round, a nap after the first of them."""
        await self.waits(rounds=1, naps=0)
        self.changes.notify()
        await self.rests(rounds=1, naps=1)
        for _ in range(3):
            self.changes.notify()
        self.naps.wake()
        await self.waits(rounds=2, naps=1)


@pytest.mark.parametrize("name", ["files", "gaps", "delivery"])
async def test_change_is_looked_at_after_a_rest(cn: Node, name: str) -> None:
    worker = getattr(cn.link, name)
    link = cn.link
    link.status.polled = sys.maxsize  # so that nothing is posted to a peer that is not there
    rounds = Rounds(link._owed if name == "delivery" else cn.changes, cn.naps)
    step: Callable[[], Awaitable[int]] = worker.step

    async def counted() -> int:
        rounds.looked += 1
        return await step()

    worker.step = counted
    looks = {"files": link._fetching, "gaps": link._filling, "delivery": link._delivering}[name]
    async with rounds.run(link._repeat(name, looks)):
        await rounds.rest_between_a_change_and_its_look()
