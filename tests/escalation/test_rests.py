"""The worker rests between a change and its look at it, and is late for no due time by that."""

from __future__ import annotations

import pytest

from special_channel.escalation.worker import REST_SECONDS, Worker
from tests.escalation.bureau import Bureau, altered
from tests.link.nodes import Naps
from tests.link.test_rests import Rounds

LONG = 600.0


def resting(bureau: Bureau) -> tuple[Worker, Rounds]:
    """A worker whose rests are ended by hand."""
    naps = Naps()
    return Worker(altered(bureau.house, sleep=naps.sleep)), Rounds(bureau.node.changes, naps)


async def test_change_is_looked_at_after_a_rest(story, waiting):
    await story.link_down()  # no change but those of the test
    worker, rounds = resting(waiting)

    async def step() -> float:
        rounds.looked += 1
        await worker.step()
        return LONG

    async with rounds.run(worker._for_ever("looking", step)):
        await rounds.rest_between_a_change_and_its_look()
    assert rounds.naps.asked == [REST_SECONDS]


async def test_due_time_nearer_than_a_rest_ends_the_rest(story, waiting):
    await story.link_down()
    worker, rounds = resting(waiting)
    near = REST_SECONDS / 4

    async def step() -> float:
        rounds.looked += 1
        return LONG

    async with rounds.run(worker._for_ever("looking", step)):
        await rounds.waits(rounds=1, naps=0)
        waiting.clock.ticks += LONG - near
        waiting.node.changes.notify()
        await rounds.rests(rounds=1, naps=1)
    assert rounds.naps.asked == [pytest.approx(near)]


async def test_due_time_without_a_change_has_no_rest(story, waiting):
    await story.link_down()
    worker, rounds = resting(waiting)

    async def step() -> float:
        rounds.looked += 1
        return REST_SECONDS / 4

    async with rounds.run(worker._for_ever("looking", step)):
        await rounds.until(lambda: rounds.looked == 3)
    assert rounds.naps.asked == []
