"""Drafts signed before the lock are written only if their inputs are unchanged under it."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from special_channel.core.bytes.times import timestamp
from special_channel.escalation.worker import Worker
from tests.escalation.bureau import altered


class Between:
    """An appender that runs a function once: after the drafts, before the lock."""

    def __init__(self, append: Callable[..., Awaitable[object]]) -> None:
        self._append = append
        self.happens: Callable[[], Awaitable[object]] | None = None
        self.times = 0

    async def __call__(self, decide) -> object:
        self.times += 1
        happens, self.happens = self.happens, None
        if happens is not None:
            await happens()
        return await self._append(decide)


@pytest.fixture
def between(waiting) -> Between:
    made = Between(waiting.house.stores.append)
    waiting.worker = Worker(altered(waiting.house, append=made))
    return made


async def two_due(story, waiting):
    asks = [await story.ask("eu", story.in_(90)) for _ in range(2)]
    await story.delivered()
    await waiting.settle()
    await story.forward(90)
    return asks


async def payloads(waiting, kind: str) -> list[dict[str, Any]]:
    rows = await waiting.node.record.pool.fetch(
        "SELECT convert_from(envelope, 'UTF8') AS text FROM record.entries"
        " WHERE log = 'eu' AND kind = $1 ORDER BY idx",
        kind,
    )
    return [json.loads(base64.b64decode(json.loads(row["text"])["payload"])) for row in rows]


async def test_draft_with_unchanged_inputs_is_written_as_signed(story, waiting, between):
    await two_due(story, waiting)
    at = timestamp(waiting.clock.now())
    size = (await waiting.node.record.head("eu")).size

    async def another_writes():
        await story.submit("eu", "note.posted", "Something else.", lang="en")
        waiting.clock.ahead = 1

    between.happens = another_writes
    await waiting.settle(mail=False)
    said = await payloads(waiting, "deadline.passed")
    assert [one["at"] for one in said] == [at, at]
    seen = {one["log"]: one["size"] for one in said[0]["seen"]}
    assert seen[waiting.node.identity.origin("eu")] == size, (
        "the heads as they were before the lock"
    )


async def test_answer_between_draft_and_lock_wins(story, waiting, between):
    answered, other = await two_due(story, waiting)

    async def answer():
        await story.answer("cn", answered)
        await story.delivered()

    between.happens = answer
    await waiting.settle(mail=False)
    assert (await story.row("eu", answered)).passed == ()
    assert len((await story.row("eu", other)).passed) == 1
    assert (await waiting.private()).count("escalation.raised") == 1


async def test_draft_is_dropped_if_another_worker_was_first(story, waiting, between):
    asks = await two_due(story, waiting)
    between.happens = lambda: Worker(waiting.house).checker.look(asks, {})
    await waiting.settle(mail=False)
    for ask in asks:
        assert len((await story.row("eu", ask)).passed) == 1
    assert (await waiting.private()).count("escalation.raised") == 2
    assert len(await waiting.outbox()) == 2
    assert between.times == 1, "nothing was refused"


async def test_draft_by_a_clock_ahead_is_not_written(story, waiting, between):
    asks = [await story.ask("eu", story.in_(3600)) for _ in range(2)]
    await story.delivered()
    await waiting.settle()
    waiting.clock.ahead = 3600

    async def mended():
        waiting.clock.ahead = 0

    between.happens = mended
    await waiting.worker.checker.look(asks, {})
    assert between.times > 0
    assert "deadline.passed" not in await waiting.kinds("eu")
    assert "escalation.raised" not in await waiting.private()
    assert await waiting.outbox() == []
