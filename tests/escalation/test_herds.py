"""Many due times at once: parallel batches, the sweep, and alerts that gather."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from special_channel.core.bytes.errors import Unavailable
from special_channel.escalation.deps import WorkerSettings
from special_channel.escalation.worker import Worker
from special_channel.stores.outbox import Outgoing
from tests.escalation.bureau import altered
from tests.escalation.test_alerts_go_on import HEAD, Chat, Office, copy_of
from tests.escalation.test_faults import one_entry_one_alert


async def test_batches_side_by_side_record_each_once(story, waiting):
    asks = [await story.ask("eu", story.in_(90)) for _ in range(9)]
    await story.delivered()
    await waiting.settle()
    await story.forward(90)
    worker = Worker(altered(waiting.house, settings=WorkerSettings(batch=2)))
    while await worker.step() == 0:
        pass
    for ask in asks:
        assert len((await story.row("eu", ask)).passed) == 1
    assert (await waiting.private()).count("escalation.raised") == 9


async def test_failing_batch_leaves_the_other_batch_served(story, waiting):
    asks = [await story.ask("eu", story.in_(90)) for _ in range(6)]
    await story.delivered()
    await waiting.settle()
    await story.forward(90)
    lost: list[Any] = []

    async def append(decide):
        if not lost:
            lost.append(decide)
            raise Unavailable("database-unavailable", "Away.")
        return await waiting.house.stores.append(decide)

    worker = Worker(altered(waiting.house, append=append, settings=WorkerSettings(batch=2)))
    with pytest.raises(Unavailable):
        await worker.step()
    passed = [bool((await story.row("eu", ask)).passed) for ask in asks]
    assert passed.count(False) == 2
    await story.forward(2)
    await waiting.settle()
    for ask in asks:
        assert len((await story.row("eu", ask)).passed) == 1


async def test_sweep_skips_questions_in_a_workers_batch(story, waiting):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.forward(96)  # beyond the time at which a sweep checks a question itself
    writes: asyncio.Queue[Any] = asyncio.Queue()
    goes_on = asyncio.Event()

    async def append(decide):
        writes.put_nowait(decide)
        await goes_on.wait()
        return await waiting.house.stores.append(decide)

    worker = Worker(altered(waiting.house, append=append))
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(worker.step())
        await writes.get()
        sweeping, again = tasks.create_task(worker.sweep()), tasks.create_task(writes.get())
        await asyncio.wait([sweeping, again], return_when=asyncio.FIRST_COMPLETED)
        goes_on.set()
        assert not again.done(), "the sweep writes what the worker is writing"
        again.cancel()
    await waiting.settle()
    await one_entry_one_alert(waiting, story, ask)


async def gathering_herd(waiting, story, chat) -> tuple[Office, list[str]]:
    """Gather many alerts to one head of unit; the list grows with each claim."""
    claims: list[str] = []
    outbox = waiting.house.alerts.outbox

    class Counted:
        def __getattr__(self, name):
            return getattr(outbox, name)

        async def claim(self, *arguments):
            claims.append("claimed")
            return await outbox.claim(*arguments)

    office = Office(waiting, story, channels={"chat": chat}, outbox=Counted())
    (item,) = await office.history.of_ask(await office.due())
    herd = [copy_of(item.alert, f"{place:064x}") for place in range(40)]
    async with waiting.node.record.begin() as transaction:
        await office.house.alerts.outbox.put(transaction, herd)
    claims.clear()
    return office, claims


async def test_gathering_herd_is_counted_but_not_claimed(story, waiting):
    chat = Chat()
    office, claims = await gathering_herd(waiting, story, chat)
    await office.send()
    assert (chat.letters, claims) == ([], [])
    await office.forward(5)
    await office.send()
    assert len(chat.letters) == 1
    assert claims


async def test_canary_is_sent_while_a_herd_gathers_on_its_channel(story, waiting):
    chat = Chat()
    office, _ = await gathering_herd(waiting, story, chat)
    canary = Outgoing(
        *("c" * 64, ("", ""), "", 0, "chat", "", waiting.clock.now()),
        kind="canary", recipient=HEAD, base="c" * 64,
    )  # fmt: skip
    async with waiting.node.record.begin() as transaction:
        await office.house.alerts.outbox.put(transaction, [canary])
    await office.send()
    assert [letter.id for letter in chat.letters] == [canary.id]
