"""Redis lost, workers killed anywhere or doubled: one entry and one alert each time (P6)."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import timedelta
from typing import Any

import pytest

from special_channel.core.bytes.errors import OutcomeUnknown, Unavailable
from special_channel.escalation.deps import EscalationDeps, WorkerSettings
from special_channel.escalation.reminders import timer_id
from special_channel.escalation.worker import MAX_ATTEMPTS, Worker
from special_channel.launcher import binaries
from special_channel.launcher.redis import embedded_redis
from tests import servers
from tests.escalation.bureau import altered, open_bureau
from tests.link.nodes import HandClock, open_node, point, until


async def one_entry_one_alert(bureau, story, ask) -> None:
    row = await story.row(bureau.node.party, ask)
    assert len(row.passed) == 1
    known = "confirmed" if row.passed[0].confirmed else "unconfirmed"
    raised = [(due, known) for due, step, known in await bureau.steps(ask) if step == 1]
    assert raised == [(row.due, known)]
    assert (await bureau.kinds("eu")).count("deadline.passed") == 1
    steps = [step for _, step, _ in await bureau.steps(ask)]
    assert steps == sorted(set(steps))
    assert len(await bureau.outbox()) == 1, "nobody holds the second step here"
    assert len(set(bureau.mail.message_ids())) == 1


async def test_emptied_redis_is_refilled_and_nothing_fires_twice(story, waiting):
    first, second = await story.ask("eu", story.in_(90)), await story.ask("eu", story.in_(180))
    await story.delivered()
    await waiting.settle()
    assert await waiting.house.reminders.index.count() == 2
    await waiting.timers.flush()
    await waiting.settle()
    assert await waiting.house.reminders.index.count() == 2, (
        "rebuilt at once: the epoch was missing"
    )
    await story.forward(90)
    await waiting.settle()
    await waiting.timers.flush()
    await waiting.settle()
    await one_entry_one_alert(waiting, story, first)
    assert await story.outcome("eu", second) == "open"
    await story.forward(90)
    await waiting.timers.flush()
    await waiting.settle()
    assert await story.outcome("eu", second) == "unanswered-confirmed"
    assert len(await waiting.steps(second)) == 1
    assert (await waiting.kinds("eu")).count("deadline.passed") == 2
    assert len(await waiting.outbox()) == 2


async def test_redis_emptied_between_claim_and_completion_changes_nothing(story, waiting):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.forward(90)
    complete = waiting.timers.complete

    async def flushed(token, ids):
        await waiting.timers.flush()
        return await complete(token, ids)

    waiting.timers.complete = flushed
    await waiting.settle()
    await waiting.settle()
    await one_entry_one_alert(waiting, story, ask)


async def test_lost_reminder_is_found_by_the_sweep(story, waiting):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await waiting.timers.cancel([(timer_id(ask), 99)])
    await story.forward(45)
    await waiting.worker.sweep()
    assert await waiting.house.reminders.index.missing([timer_id(ask)]) == ()
    await story.forward(45)
    await waiting.settle()
    await one_entry_one_alert(waiting, story, ask)


async def test_reminder_set_too_late_is_found_by_the_sweep(story, waiting):
    """A wrong clock of Redis delays a step until the next sweep at most."""
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await waiting.timers.forward(-3600)
    await story.forward(96)
    await waiting.settle()
    assert await story.outcome("eu", ask) == "open"
    await waiting.worker.sweep()
    await waiting.settle()
    await one_entry_one_alert(waiting, story, ask)


async def test_early_reminder_is_put_back(story, waiting):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await waiting.timers.forward(90)
    assert await waiting.worker.step() == 0
    assert await waiting.worker.step() > 0, "no hot loop: it was put back, in Redis's own time"
    assert await story.outcome("eu", ask) == "open"
    assert await waiting.house.reminders.index.count() == 1


async def test_due_times_are_read_from_the_database_without_redis(story):
    eu = story.nodes["eu"]
    async with open_bureau(eu, "unix:///nowhere/redis.sock") as alone:
        await alone.settle()
        ask = await story.ask("eu", story.in_(90))
        await story.delivered()
        await alone.settle()
        assert "redis-unavailable" in eu.alarms.ringing
        await story.forward(90)
        await alone.settle()
        await one_entry_one_alert(alone, story, ask)
        assert max(alone.lateness) < 1


async def test_killed_redis_that_returns_empty_is_refilled(story, tmp_path):
    eu = story.nodes["eu"]
    binary = binaries.wheel_redis() or binaries.find_redis()
    async with (
        embedded_redis(tmp_path / "redis", sockets=servers.sockets(), binary=binary) as server,
        open_bureau(eu, server.url) as bureau,
    ):
        await bureau.settle()
        first, second = await story.ask("eu", story.in_(90)), await story.ask("eu", story.in_(300))
        await story.delivered()
        await bureau.settle()
        await server.kill()
        story.world.clock.forward(90)
        await bureau.settle()
        await one_entry_one_alert(bureau, story, first)
        await server.restart()
        eu.clock.ticks += 3
        await bureau.settle()
        assert "redis-unavailable" not in eu.alarms.ringing
        assert await bureau.house.reminders.index.count() == 2, (
            "the second question, and the first's next step"
        )
        assert await story.outcome("eu", second) == "open"


class Crash(Exception):  # noqa: N818 - what happens, not an error
    """The process dies here."""


def crashing(house: EscalationDeps, point_: str) -> EscalationDeps:
    """Return dependencies with which the process dies at a named point."""
    if point_ == "after the claim":
        return altered(house, timers=_Broken(house.reminders.timers, "claim"))
    if point_ == "inside the transaction":
        return altered(house, outbox=_Broken(house.alerts.outbox, "put", Unavailable, before=True))
    if point_ == "after the commit":

        async def append(decide):
            await house.stores.append(decide)
            raise Crash

        return altered(house, append=append)
    if point_ == "the reply to COMMIT is lost":

        async def lost(decide):
            await house.stores.append(decide)
            raise OutcomeUnknown("commit-unknown")

        return altered(house, append=lost)
    if point_ == "before the next look is planned":
        return altered(house, looks=_Broken(house.stores.looks, "plan"))
    assert point_ == "before completion"
    return altered(house, timers=_Broken(house.reminders.timers, "complete", before=True))


class _Broken:
    """Forwards all calls, and dies before or after one method."""

    def __init__(
        self, real: Any, method: str, error: type[Exception] = Crash, *, before: bool = False
    ) -> None:
        self._real, self._method, self._error, self._before = real, method, error, before

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        if name != self._method:
            return real

        async def dying(*args, **named):
            if not self._before:
                await real(*args, **named)
            raise self._error("database-unavailable")

        return dying


POINTS = (
    "after the claim",
    "inside the transaction",
    "after the commit",
    "the reply to COMMIT is lost",
    "before the next look is planned",
    "before completion",
)


@pytest.mark.parametrize("where", POINTS)
async def test_worker_killed_anywhere_is_replaced_without_repeats(story, waiting, where):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.forward(90)
    dying = Worker(crashing(waiting.house, where))
    # The worker has planned its looks before it dies.
    dying.planner._known = waiting.worker.planner._known
    try:
        while await dying.step() == 0:
            pass
    except (Crash, Unavailable, OutcomeUnknown):
        pass
    await story.forward(31)  # its lease expires
    waiting.worker = Worker(waiting.house)
    await waiting.settle()
    await one_entry_one_alert(waiting, story, ask)


async def test_sender_killed_after_sending_sends_again_under_one_id(story, waiting):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.forward(90)
    await waiting.settle(mail=False)
    dying = Worker(
        altered(waiting.house, append=_Broken(waiting.house.stores, "append", before=True).append)
    )
    with pytest.raises(ExceptionGroup):
        await dying.sender.step()
    assert len(waiting.mail.envelopes) == 1
    await waiting.settle()
    assert len(waiting.mail.envelopes) == 1, "another's lease still runs"
    await story.forward(181)
    await waiting.settle()
    assert len(waiting.mail.envelopes) == 2
    assert waiting.mail.envelopes[0].content == waiting.mail.envelopes[1].content
    await one_entry_one_alert(waiting, story, ask)
    assert (await waiting.private()).count("alert.sent") == 1


async def test_two_workers_at_once_record_a_due_time_once(story, waiting):
    asks = [await story.ask("eu", story.in_(90)) for _ in range(5)]
    await story.delivered()
    await waiting.settle()
    await story.forward(90)
    others = [Worker(waiting.house) for _ in range(2)]
    await asyncio.gather(
        *(worker.step() for worker in (waiting.worker, *others)),
        *(worker.sweep() for worker in others),
    )
    await waiting.settle()
    for ask in asks:
        assert len((await story.row("eu", ask)).passed) == 1
    assert (await waiting.private()).count("escalation.raised") == 5
    await story.forward(5)
    await waiting.settle()
    (text,) = waiting.mail.texts()
    alerts = [id_ for id_, state in await waiting.outbox() if state == "digested"]
    assert len(alerts) == 5
    for ask in asks:
        assert f"{(await story.row('eu', ask)).position}, question 1" in text
    assert not re.search("[0-9a-f]{17}", text), "people see no ids"


async def test_two_processes_at_once_record_a_due_time_once(story, waiting, redis_url, tmp_path):
    """Two appenders on one database: the row lock on the head orders them."""
    asks = [await story.ask("eu", story.in_(90)) for _ in range(5)]
    await story.delivered()
    await waiting.settle()
    eu = story.nodes["eu"]
    async with open_node(story.world, "eu", eu.database, tmp_path / "eu") as second:
        point(second, str(eu.house.peer.client.address.url))
        async with open_bureau(second, redis_url) as other:
            await other.settle()
            await story.forward(90)
            for bureau in (waiting, other):
                bureau.timers.schedule = _nothing  # type: ignore[method-assign]
            await asyncio.gather(
                _persistently(waiting, asks), _persistently(other, asks), return_exceptions=False
            )
            await other.settle()
    await waiting.settle()
    for ask in asks:
        assert len((await story.row("eu", ask)).passed) == 1
    assert (await waiting.private()).count("escalation.raised") == 5


async def _nothing(*_args, **_named):
    return 0


async def _persistently(bureau, asks):
    """Check all questions as a sweep does; retry if another process was first."""
    for _ in range(20):
        try:
            await bureau.worker._look(asks)
        except Unavailable:
            continue
        return


async def test_failing_question_is_set_aside_and_others_pass(story, waiting):
    poison, sound = await story.ask("eu", story.in_(90)), await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    index = (await story.row("eu", poison)).index
    record = waiting.house.stores.record

    class Poisoned:
        def __getattr__(self, name):
            return getattr(record, name)

        async def cosigned_above(self, log, indexes):
            found = await record.cosigned_above(log, indexes)
            return {**found, index: "not a note"} if log == "eu" and index in indexes else found

    bad = Worker(altered(waiting.house, record=Poisoned()))
    await story.forward(90)
    for _ in range(MAX_ATTEMPTS):
        while await bad.step() == 0:
            pass
        await story.forward(81)
    assert await story.outcome("eu", sound) == "unanswered-confirmed"
    assert await story.outcome("eu", poison) == "open"
    look = (await waiting.house.stores.looks.get([poison]))[poison]
    assert (look.state, look.attempts) == ("stuck", MAX_ATTEMPTS)
    assert "timer-stuck" in waiting.node.alarms.ringing
    waiting.worker = Worker(waiting.house)  # repaired and started again
    await waiting.settle()
    assert await story.outcome("eu", poison) == "unanswered-confirmed"


async def test_node_off_for_a_night_fires_late_once_and_says_so(story, waiting):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.forward(9 * 3600)
    await waiting.timers.flush()
    waiting.worker = Worker(waiting.house)
    await waiting.settle()
    await one_entry_one_alert(waiting, story, ask)
    assert max(waiting.lateness) == 9 * 3600 - 90
    assert b"This alert is late" in waiting.mail.raw


async def test_worker_runs_until_cancelled(story, waiting):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    pace = WorkerSettings(poll_seconds=0.02, sweep_seconds=3600)
    worker = Worker(altered(waiting.house, settings=pace, sleep=asyncio.sleep))
    running = asyncio.create_task(worker.run())
    try:
        async with asyncio.timeout(60):
            while await waiting.house.reminders.index.count() == 0:
                await waiting.node.changes.after(waiting.node.changes.version, 0.05)
            await story.forward(90)
            while not any(state == "sent" for _, state in await waiting.outbox()):
                await waiting.node.changes.after(waiting.node.changes.version, 0.05)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await one_entry_one_alert(waiting, story, ask)


async def test_worker_fires_on_a_running_clock(story, waiting, monkeypatch):
    """The only test here with a running clock; `./bench` measures the lateness."""
    ask = await story.ask("eu", story.in_(60))
    await story.delivered()
    await waiting.settle()
    await story.forward(58)
    began, loop, standing = time.monotonic(), asyncio.get_running_loop(), HandClock.now

    def running(self):
        return standing(self) + timedelta(seconds=time.monotonic() - began)

    monkeypatch.setattr(HandClock, "now", running)
    worker = Worker(altered(waiting.house, sleep=asyncio.sleep))
    task = loop.create_task(worker.run())

    async def told() -> bool:
        return [state for _, state in await waiting.outbox()] == ["sent"]

    try:
        await until(story.nodes["eu"], told)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await story.outcome("eu", ask) == "unanswered-confirmed"
    assert waiting.lateness, "it told how late it was"
