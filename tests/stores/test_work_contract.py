"""The contract of escalation's stores on every available PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from special_channel.stores.outbox import OUTBOX_COLUMNS, Outbox, Outgoing, QueuedAlerts
from special_channel.stores.work import LOOK_COLUMNS, Look, Looks, QuestionKey

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def ask(number: int) -> QuestionKey:
    return f"{number:064x}", "1"


def look(number: int, minutes: int = 0, generation: int = 0, **more) -> Look:
    return Look(ask(number), NOW + timedelta(minutes=minutes), generation, **more)


def alert(number: int, **more) -> Outgoing:
    id_ = f"{number:064x}"
    facts = Outgoing(id_, ask(1), "2026-11-24T09:00:00Z", 1, "mail", "{}", NOW, base=id_)
    return replace(facts, **more)


@pytest.fixture
def looks(record) -> Looks:
    return Looks(record.pool)


@pytest.fixture
def outbox(record) -> Outbox:
    return Outbox(record.pool)


async def put(record, outbox, *alerts):
    async with record.begin() as transaction:
        await outbox.put(transaction, alerts)


async def close(record, outbox, id_, state="sent"):
    async with record.begin() as transaction:
        return await outbox.close(transaction, id_, state, NOW)


async def test_what_is_due_comes_earliest_first_and_what_lies_ahead_does_not(looks):
    await looks.plan([look(1, 3), look(2, 1), look(3, 2), look(4, 60)])
    found = await looks.due(NOW + timedelta(minutes=3), 2)
    assert [one.ask for one in found] == [ask(2), ask(3)]


async def test_an_older_plan_never_replaces_a_newer_one(looks):
    await looks.plan([look(1, 10, generation=2)])
    await looks.plan([look(1, 1, generation=1)])
    assert (await looks.get([ask(1)]))[ask(1)] == look(1, 10, generation=2)
    await looks.plan([look(1, 20, generation=2)])
    await looks.plan([look(1, 5, generation=3)])
    assert (await looks.get([ask(1)]))[ask(1)] == look(1, 5, generation=3)


async def test_the_mark_of_what_was_not_delivered_lasts_as_long_as_the_facts_do(looks):
    await looks.plan([look(1, state="waiting", undelivered=True)])
    await looks.plan([look(1, 1)])
    assert (await looks.get([ask(1)]))[ask(1)].undelivered
    await looks.plan([look(1, 1, generation=1)])
    assert not (await looks.get([ask(1)]))[ask(1)].undelivered


async def test_what_was_set_aside_stays_so_until_all_is_planned_afresh(looks):
    await looks.plan([look(1, state="stuck", attempts=5)])
    await looks.plan([look(1)])
    assert (await looks.get([ask(1)]))[ask(1)].state == "stuck"
    await looks.plan([look(1)], afresh=True)
    assert (await looks.get([ask(1)]))[ask(1)] == look(1)


async def test_only_armed_looks_are_due_or_streamed(looks):
    await looks.plan([look(1), look(2, state="waiting"), look(3, state="stuck"), look(4)])
    assert [one.ask for one in await looks.due(NOW, 10)] == [ask(1), ask(4)]
    first = await looks.armed(None, 1)
    rest = await looks.armed(first[-1].ask, 10)
    assert [one.ask for one in (*first, *rest)] == [ask(1), ask(4)]


async def test_what_is_dropped_is_forgotten_and_dropping_again_is_nothing(looks):
    await looks.plan([look(1), look(2)])
    await looks.drop([ask(1), ask(9)])
    await looks.drop([ask(1)])
    assert set(await looks.get([ask(1), ask(2)])) == {ask(2)}


async def test_nothing_to_plan_or_to_forget_is_nothing(looks):
    await looks.plan([])
    await looks.drop([])
    assert await looks.get([]) == {}


async def test_two_who_plan_the_same_asks_in_other_orders_do_not_lock_up(looks):
    asks = [look(number) for number in range(50)]
    async with asyncio.timeout(60):
        await asyncio.gather(
            *(looks.plan(asks if turn % 2 else asks[::-1], afresh=True) for turn in range(8))
        )


async def test_an_alert_put_twice_is_one(record, outbox):
    await put(record, outbox, alert(1), alert(1))
    await put(record, outbox, alert(1, document="other"))
    (found,) = await outbox.claim(NOW, NOW + timedelta(seconds=60), 10)
    assert found == alert(1, attempts=1)


async def test_an_alert_whose_transaction_fails_was_never_there(record, outbox):
    async def failing():
        async with record.begin() as transaction:
            await outbox.put(transaction, [alert(1)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await failing()
    assert await outbox.claim(NOW, NOW, 10) == []


async def test_a_claimed_alert_is_nobody_elses_until_its_lease_runs_out(record, outbox):
    await put(record, outbox, alert(1))
    lease = NOW + timedelta(seconds=60)
    assert len(await outbox.claim(NOW, lease, 10)) == 1
    assert await outbox.claim(NOW + timedelta(seconds=59), lease, 10) == []
    (again,) = await outbox.claim(lease, lease + timedelta(seconds=60), 10)
    assert again.attempts == 2


async def test_many_claimants_share_what_waits(record, outbox):
    await put(record, outbox, *(alert(number) for number in range(20)))
    lease = NOW + timedelta(seconds=60)
    taken = await asyncio.gather(*(outbox.claim(NOW, lease, 7) for _ in range(4)))
    ids = [one.id for part in taken for one in part]
    assert len(ids) == len(set(ids)) == 20


async def test_what_is_to_be_tried_later_is_not_claimed_before(record, outbox):
    await put(record, outbox, alert(1))
    lease, later = NOW + timedelta(seconds=60), NOW + timedelta(seconds=5)
    await outbox.claim(NOW, lease, 1)
    await outbox.retry(alert(1).id, later, "mail-temporary", NOW)
    assert await outbox.claim(NOW, lease, 1) == []
    assert len(await outbox.claim(later, lease, 1)) == 1


async def test_an_alert_ends_once(record, outbox):
    await put(record, outbox, alert(1))
    assert await close(record, outbox, alert(1).id)
    assert not await close(record, outbox, alert(1).id, "refused")
    await outbox.retry(alert(1).id, NOW, "mail-temporary", NOW)
    assert await outbox.claim(NOW, NOW, 10) == []
    await put(record, outbox, alert(1))
    assert await outbox.claim(NOW, NOW, 10) == [], "its id is never used for another"


async def test_the_first_alert_about_a_due_time_is_known(record, outbox):
    await put(record, outbox, alert(3, step=2), alert(2), alert(1))
    assert await outbox.firsts([(ask(1), alert(1).due)]) == {ask(1): alert(1).id}
    assert await outbox.firsts([(ask(1), "2026-11-25T09:00:00Z")]) == {}
    assert await outbox.firsts([]) == {}


@pytest.mark.parametrize(
    ("table", "columns"), [("looks", LOOK_COLUMNS), ("outbox", OUTBOX_COLUMNS)]
)
async def test_work_is_written_in_the_order_of_its_tables(record, table, columns):
    """Rows are sent as tuples, so a column inserted between others would get the wrong value."""
    found = await record.pool.fetchval(
        "SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped",
        f"work.{table}",
    )
    assert tuple(found) == columns


@pytest.mark.parametrize("table", ["looks", "outbox"])
async def test_under_a_table_that_got_a_column_an_old_process_writes_nothing(
    database, record, looks, outbox, table
):
    """Why docs/operating.md has an operator stop the node before a migration."""
    await looks.plan([look(1)])
    await put(record, outbox, alert(1))
    owner = await asyncpg.connect(database.owner)
    try:
        await owner.execute(f"ALTER TABLE work.{table} ADD COLUMN newer text NOT NULL DEFAULT ''")
        writing = looks.plan([look(2)]) if table == "looks" else put(record, outbox, alert(2))
        with pytest.raises(asyncpg.DatatypeMismatchError):
            await writing
        assert await owner.fetchval(f"SELECT count(*) FROM work.{table}") == 1  # noqa: S608
    finally:
        await owner.close()


async def test_a_way_on_which_many_gather_is_left_alone_but_for_digests(record, outbox):
    way, other = ("head@eu.example", "mail"), ("desk@eu.example", "mail")
    later = NOW + timedelta(seconds=9)
    await put(
        *(record, outbox),
        *(alert(number, recipient=way[0], at=NOW) for number in (1, 2)),
        alert(3, recipient=way[0], not_before=later),
        alert(4, recipient=way[0], kind="digest"),
        alert(5, recipient=other[0]),
    )
    assert {one.way: one for one in await outbox.queued(later)} == {
        way: QueuedAlerts(way, 3, NOW, later, alone=True),
        other: QueuedAlerts(other, 1, NOW, NOW),
    }
    lease = later + timedelta(seconds=60)
    found = await outbox.claim(later, lease, 10, [way])
    assert {one.id for one in found} == {alert(4).id, alert(5).id}
    assert await outbox.queued(later) == [QueuedAlerts(way, 3, NOW, later)], "the others are leased"
    assert len(await outbox.claim(later, lease, 10)) == 3


async def test_message_that_is_never_listed_waits_alone_on_its_way(record, outbox):
    await put(record, outbox, alert(1, recipient="head@eu.example", kind="notice"))
    [queued] = await outbox.queued(NOW)
    assert (queued.way[0], queued.count, queued.alone) == ("head@eu.example", 0, True)
