"""Clocks that disagree, and a Redis that answers without serving (failure modes 28 and 33)."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from special_channel.core.bytes.errors import RuleBroken, Unavailable
from special_channel.core.bytes.times import timestamp
from special_channel.escalation.reminders import timer_id
from special_channel.escalation.worker import Worker
from special_channel.stores.ledger import database_time
from tests.escalation.bureau import altered, open_bureau


class HandLedger:
    """A database's clock that is ahead of the node's."""

    def __init__(self, clock, ahead: float) -> None:
        self.clock, self.ahead = clock, ahead

    async def now(self, _transaction):
        return self.clock.now() + timedelta(seconds=self.ahead)


async def due_now(story, bureau, count: int = 1):
    asks = [await story.ask("eu", story.in_(90)) for _ in range(count)]
    await story.delivered()
    await bureau.settle(mail=False)
    await story.forward(90)
    return asks


async def said_once(story, bureau, asks) -> None:
    for ask in asks:
        assert len((await story.row("eu", ask)).passed) == 1
    assert (await bureau.private()).count("escalation.raised") == len(asks)


@pytest.mark.parametrize(("seconds", "alarm"), [(1, False), (5, True), (-5, True)])
async def test_redis_clock_seconds_off_sounds_alarm_and_serves(story, waiting, seconds, alarm):
    asks = await due_now(story, waiting)
    waiting.timers.ahead_ms = seconds * 1000
    await waiting.settle(mail=False)
    assert ("clock-skew" in waiting.node.alarms.ringing) == alarm
    assert await waiting.house.reminders.index.missing([timer_id(asks[0])]) == (), (
        "planned there anew"
    )
    await said_once(story, waiting, asks)


@pytest.mark.parametrize("seconds", [31, -3600])
async def test_redis_clock_far_off_is_replaced_by_the_database(story, waiting, seconds):
    asks = await due_now(story, waiting)
    waiting.timers.ahead_ms = seconds * 1000
    await waiting.settle(mail=False)
    assert waiting.node.alarms.ringing["clock-skew"]["seconds"] == seconds
    await said_once(story, waiting, asks)
    waiting.timers.ahead_ms = 0
    waiting.clock.ticks += 3
    await waiting.settle(mail=False)
    assert "clock-skew" not in waiting.node.alarms.ringing


@pytest.mark.parametrize("hour", [3600, -3600])
async def test_database_clock_an_hour_off_stops_due_times(story, waiting, hour):
    ledger = HandLedger(waiting.clock, 0)
    waiting.worker = Worker(altered(waiting.house, ledger=ledger.now))
    asks = await due_now(story, waiting)
    ledger.ahead = hour
    with pytest.raises(Unavailable, match="clock"):
        await waiting.settle(mail=False)
    assert waiting.node.alarms.ringing["ledger-skew"]["seconds"] == hour
    assert await story.outcome("eu", asks[0]) == "open"
    ledger.ahead = 0
    await story.forward(5)  # reminders are put back for a second only
    await waiting.settle(mail=False)
    assert "ledger-skew" not in waiting.node.alarms.ringing
    await said_once(story, waiting, asks)


@pytest.mark.parametrize("hour", [3600, -3600])
@pytest.mark.parametrize("reading", range(1, 13))
async def test_clock_wrong_for_one_reading_writes_no_wrong_time(
    story, waiting, reading, hour, monkeypatch
):
    """The clock is set and set back anywhere within a look (failure mode 33)."""
    right, readings = waiting.clock.now, 0

    def now():
        nonlocal readings
        readings += 1
        return right() + timedelta(seconds=hour if readings == reading else 0)

    async def database_clock(_transaction):
        return right()

    waiting.worker = Worker(altered(waiting.house, ledger=database_clock))
    asks = await due_now(story, waiting, 2)
    before = (await waiting.node.record.heads())["eu"].size
    monkeypatch.setattr(waiting.clock, "now", now)
    with contextlib.suppress(Unavailable):
        await waiting.settle(mail=False)
    monkeypatch.undo()
    assert readings >= reading, "a look reads the clock less often now: lower the range"
    await story.forward(5)
    await waiting.settle(mail=False)
    await said_once(story, waiting, asks)
    for entry in await waiting.node.record.entries("eu", before, 1000):
        assert (await story.row("eu", asks[0])).due <= entry.accepted <= timestamp(right())


async def test_database_time_is_its_own(waiting):
    async with waiting.node.record.begin() as transaction:
        first, second = [await database_time(transaction) for _ in range(2)]
    assert first < second, "of the moment, not of the transaction"


async def full(client: Redis) -> None:
    await client.config_set("maxmemory", 1)


async def replica(client: Redis) -> None:
    await client.replicaof("127.0.0.1", "9")


@pytest.mark.parametrize("fault", [full, replica])
async def test_redis_without_writes_is_skipped_until_it_recovers(story, waiting, fault):
    asks = await due_now(story, waiting, 2)
    client = waiting.timers._client
    try:
        await fault(client)
        await waiting.settle(mail=False)
        assert "redis-unavailable" in waiting.node.alarms.ringing
        await said_once(story, waiting, asks)
    finally:
        await client.config_set("maxmemory", "256mb")
        await client.replicaof("NO", "ONE")
    waiting.clock.ticks += 3
    await waiting.settle(mail=False)
    assert "redis-unavailable" not in waiting.node.alarms.ringing


async def test_redis_that_is_loading_is_skipped(story):
    async def loading(reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while line := await reader.readline():
                if line.startswith(b"*"):
                    for _ in range(2 * int(line[1:])):
                        await reader.readline()
                    writer.write(b"-LOADING Redis is loading the dataset in memory\r\n")
        writer.close()

    server = await asyncio.start_server(loading, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, open_bureau(story.nodes["eu"], f"redis://127.0.0.1:{port}/0") as bureau:
        story.bureaus.clear()
        asks = [await story.ask("eu", story.in_(90))]
        await story.delivered()
        await bureau.settle(mail=False)
        await story.forward(90)
        await bureau.settle(mail=False)
        assert "redis-unavailable" in story.nodes["eu"].alarms.ringing
        await said_once(story, bureau, asks)


async def test_redis_that_evicts_sounds_an_alarm_once_used(story, waiting):
    client = waiting.timers._client
    await client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        waiting.worker = Worker(waiting.house)  # a restart with complete reminders
        await waiting.settle(mail=False)
        assert waiting.node.alarms.ringing["redis-evicts"] == {"policy": "allkeys-lru"}
    finally:
        await client.config_set("maxmemory-policy", "noeviction")
    waiting.worker = Worker(waiting.house)
    await waiting.settle(mail=False)
    assert "redis-evicts" not in waiting.node.alarms.ringing


async def test_failing_question_does_not_stop_ninety_nine_others(story, waiting):
    due = story.in_(90)
    asked = [story.world.ask("eu", due, str(number)) for number in range(1, 101)]
    note = (await story.submit("eu", "note.posted", "May we ask?", lang="en", asks=asked)).id
    asks = [(note, str(number)) for number in range(1, 101)]
    await story.delivered()
    await waiting.settle(mail=False)
    poison = asks[37]
    append = waiting.house.stores.append

    async def refusing(decide):
        async def looked(transaction, heads):
            act = await decide(transaction, heads)
            if act is not None and any(b'"q":"38"' in payload for payload in payloads(act)):
                raise RuleBroken("reference", "A calendar is missing.")
            return act

        return await append(looked)

    await story.forward(90)
    waiting.worker = Worker(altered(waiting.house, append=refusing))
    await waiting.settle(mail=False)
    assert await story.outcome("eu", poison) == "open"
    waiting.worker = Worker(waiting.house)
    others = [ask for ask in asks if ask != poison]
    await said_once(story, waiting, others)


def payloads(act):
    return [one.incoming.envelope.payload for one in (*act.shared, *act.private)]
