"""The contract of a store of reminders, on every available Redis or Valkey."""

import asyncio

import pytest
import pytest_asyncio

from special_channel.core.bytes.errors import Unavailable
from special_channel.ports import Claimed, TimerDue
from special_channel.stores.redis_connection import open_redis
from special_channel.stores.timers import MAX_BATCH, RedisTimers

LEASE_MS = 30_000
PAST = 1_000
KEYS = {f"t:{{timers}}:{name}".encode() for name in ("due", "meta", "epoch")}


@pytest_asyncio.fixture
async def client(each_redis_url):
    async with open_redis(each_redis_url) as opened:
        yield opened


@pytest_asyncio.fixture
async def timers(client):
    """Afterwards both keys have the same ids, and no other key exists."""
    yield RedisTimers(client, "t")
    due = set(await client.zrange("t:{timers}:due", 0, -1))
    meta = set(await client.hkeys("t:{timers}:meta"))
    assert due == meta
    assert set(await client.keys("*")) <= KEYS


def ids(claim):
    return [item.id for item in claim.items]


async def test_what_is_due_is_claimed_oldest_first_and_leased_once(timers):
    await timers.schedule([TimerDue("b", 2_000), TimerDue("a", 1_000), TimerDue("c", 3_000)])
    first = await timers.claim(2, LEASE_MS, "one")
    second = await timers.claim(2, LEASE_MS, "two")
    assert first.items == (Claimed("a", 0, 1), Claimed("b", 0, 1))
    assert ids(second) == ["c"]
    assert (await timers.claim(2, LEASE_MS, "three")).items == ()


async def test_what_lies_ahead_is_not_claimed_and_says_when(timers):
    empty = await timers.claim(10, LEASE_MS, "one")
    assert empty.next_due_ms is None
    ahead = empty.now_ms + 3_600_000
    await timers.schedule([TimerDue("later", ahead)])
    claim = await timers.claim(10, LEASE_MS, "two")
    assert claim.items == ()
    assert claim.next_due_ms == ahead


async def test_a_lease_that_ran_out_is_due_again_and_counts_the_attempt(timers):
    await timers.schedule([TimerDue("a", PAST)])
    assert (await timers.claim(1, -1, "dead")).items == (Claimed("a", 0, 1),)
    assert (await timers.claim(1, -1, "next")).items == (Claimed("a", 0, 2),)


async def test_whoever_lost_its_lease_removes_nothing(timers):
    await timers.schedule([TimerDue("a", PAST)])
    await timers.claim(1, -1, "zombie")
    await timers.claim(1, LEASE_MS, "alive")
    assert await timers.complete("zombie", ["a"]) == 0
    assert await timers.release("zombie", [("a", PAST)]) == 0
    assert await timers.count() == 1
    assert await timers.complete("alive", ["a"]) == 1
    assert await timers.complete("alive", ["a"]) == 0
    assert await timers.count() == 0


async def test_what_is_set_anew_while_it_is_leased_stays(timers):
    await timers.schedule([TimerDue("a", PAST, 1)])
    claim = await timers.claim(1, LEASE_MS, "one")
    await timers.schedule([TimerDue("a", claim.now_ms + 60_000, 2)])
    assert await timers.complete("one", ["a"]) == 0
    assert (await timers.claim(1, LEASE_MS, "two")).next_due_ms == claim.now_ms + 60_000


async def test_released_early_it_keeps_its_attempts(timers):
    await timers.schedule([TimerDue("a", PAST)])
    claim = await timers.claim(1, LEASE_MS, "one")
    ahead = claim.now_ms + 60_000
    assert await timers.release("one", [("a", ahead)]) == 1
    assert (await timers.claim(1, LEASE_MS, "two")).next_due_ms == ahead
    await timers.schedule([TimerDue("a", PAST)])
    assert (await timers.claim(1, LEASE_MS, "three")).items == (Claimed("a", 0, 2),)


async def test_an_older_generation_changes_nothing_whichever_comes_first(timers):
    for order in ([1, 2], [2, 1]):
        await timers.cancel([("a", 99)])
        for generation in order:
            await timers.schedule([TimerDue("a", PAST * generation, generation)])
        assert (await timers.claim(1, LEASE_MS, "one")).items == (Claimed("a", 2, 1),)


async def test_a_newer_generation_starts_its_attempts_anew(timers):
    await timers.schedule([TimerDue("a", PAST, 1)])
    await timers.claim(1, -1, "one")
    await timers.schedule([TimerDue("a", PAST, 2)])
    assert (await timers.claim(1, LEASE_MS, "two")).items == (Claimed("a", 2, 1),)


async def test_scheduling_what_is_missing_never_breaks_a_lease(timers):
    await timers.schedule([TimerDue("held", PAST), TimerDue("lost", PAST)])
    await timers.claim(1, LEASE_MS, "one")
    await timers.cancel([("lost", 0)])
    again = [TimerDue("held", PAST), TimerDue("lost", PAST)]
    assert await timers.schedule(again, only_missing=True) == 1
    assert ids(await timers.claim(10, LEASE_MS, "two")) == ["lost"]
    assert await timers.complete("one", ["held"]) == 1


async def test_scheduling_what_is_missing_heals_half_a_loss(timers, client):
    """A failover may restore an old version of one of the two keys."""
    await timers.schedule([TimerDue("a", PAST, 3)])
    await client.delete("t:{timers}:due")
    await timers.schedule([TimerDue("a", PAST, 3)], only_missing=True)
    assert ids(await timers.claim(1, LEASE_MS, "one")) == ["a"]
    await client.delete("t:{timers}:meta")
    assert (await timers.claim(1, -1, "two")).items == ()
    await timers.schedule([TimerDue("a", PAST, 3)])
    assert (await timers.claim(1, LEASE_MS, "three")).items == (Claimed("a", 3, 1),)


async def test_an_entry_without_its_meta_is_claimed_all_the_same(timers, client):
    await timers.schedule([TimerDue("a", PAST, 3)])
    await client.delete("t:{timers}:meta")
    assert (await timers.claim(1, LEASE_MS, "one")).items == (Claimed("a", 0, 1),)
    assert await timers.complete("one", ["a"]) == 1


async def test_cancelling_spares_a_newer_generation(timers):
    await timers.schedule([TimerDue("a", PAST, 2), TimerDue("b", PAST, 1)])
    assert await timers.cancel([("a", 1), ("b", 1), ("never", 5)]) == 1
    assert ids(await timers.claim(10, LEASE_MS, "one")) == ["a"]


async def test_repeating_any_call_is_harmless(timers):
    due = [TimerDue("a", PAST), TimerDue("b", PAST)]
    await timers.schedule(due)
    await timers.schedule(due)
    assert await timers.count() == 2
    await timers.claim(2, LEASE_MS, "one")
    await timers.complete("one", ["a", "a"])
    await timers.cancel([("b", 0), ("b", 0)])
    assert await timers.count() == 0


async def test_ids_are_taken_as_they_are(timers):
    strange = ["a|1||9", "EU-877 Q1 ", "{x}", "%d", "-1", "nx"]
    await timers.schedule([TimerDue(one, PAST) for one in strange])
    claim = await timers.claim(100, LEASE_MS, "one")
    assert sorted(ids(claim)) == sorted(strange)
    assert await timers.missing([*strange, "absent"]) == ("absent",)
    assert await timers.complete("one", strange) == len(strange)


async def test_more_than_one_batch_is_scheduled_claimed_and_completed(timers):
    number = 2 * MAX_BATCH + 1
    await timers.schedule([TimerDue(f"t{one:05}", PAST + one) for one in range(number)])
    seen = []
    while (claim := await timers.claim(10_000, LEASE_MS, "one")).items:
        assert len(claim.items) <= MAX_BATCH
        seen += ids(claim)
    assert seen == [f"t{one:05}" for one in range(number)]
    assert {one async for one in timers.ids()} == set(seen)
    assert await timers.missing(["t00000", "t99999"]) == ("t99999",)
    assert await timers.complete("one", seen) == number


async def test_many_workers_share_the_due_without_overlap(timers):
    await timers.schedule([TimerDue(f"t{one}", PAST) for one in range(300)])

    async def work(token):
        mine = []
        while (claim := await timers.claim(7, LEASE_MS, token)).items:
            mine += ids(claim)
            assert await timers.complete(token, ids(claim)) == len(claim.items)
        return mine

    shares = await asyncio.gather(*(work(f"worker-{one}") for one in range(8)))
    assert sorted(one for share in shares for one in share) == sorted(
        f"t{one}" for one in range(300)
    )
    assert await timers.count() == 0


async def test_the_epoch_is_gone_with_everything_else(timers, client):
    await timers.mark_epoch("e1")
    assert (await timers.claim(1, LEASE_MS, "one")).epoch == "e1"
    await client.flushall()
    assert (await timers.claim(1, LEASE_MS, "two")).epoch is None


async def test_scripts_come_back_after_they_were_flushed(timers, client):
    await timers.schedule([TimerDue("a", PAST)])
    await client.script_flush()
    assert ids(await timers.claim(1, LEASE_MS, "one")) == ["a"]


async def test_two_prefixes_share_a_server_and_nothing_else(timers, client):
    other = RedisTimers(client, "other")
    await other.schedule([TimerDue("a", PAST)])
    assert (await timers.claim(1, LEASE_MS, "one")).items == ()
    assert await other.cancel([("a", 0)]) == 1


async def test_a_store_that_evicts_is_found_out(timers, client):
    assert await timers.eviction_policy() == "noeviction"
    await client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert await timers.eviction_policy() == "allkeys-lru"
    finally:
        await client.config_set("maxmemory-policy", "noeviction")


async def test_a_service_that_keeps_its_settings_to_itself_is_no_outage(client, each_redis_url):
    await client.acl_setuser("guest", enabled=True, nopass=True, keys="*", commands=["+@all"])
    await client.execute_command("ACL", "SETUSER", "guest", "-config")
    try:
        address = each_redis_url.replace("://", "://guest:any@", 1)
        async with open_redis(address) as guest:
            assert await RedisTimers(guest, "t").eviction_policy() is None
    finally:
        await client.acl_deluser("guest")


async def test_a_full_store_is_away_and_recovers_by_itself(timers, client):
    await client.config_set("maxmemory", "1")
    try:
        with pytest.raises(Unavailable) as away:
            await timers.schedule([TimerDue("a", PAST)])
        assert away.value.code == "redis-unavailable"
    finally:
        await client.config_set("maxmemory", "256mb")
    assert await timers.schedule([TimerDue("a", PAST)]) == 1


DUE, META, EPOCH = (f"t:{{timers}}:{name}" for name in ("due", "meta", "epoch"))


@pytest.mark.parametrize("key", [DUE, META, EPOCH])
async def test_a_key_of_another_type_is_removed_and_made_again(client, key):
    counted: list[None] = []
    timers = RedisTimers(client, "t", lambda: counted.append(None))
    await timers.schedule([TimerDue("a", PAST)])
    await timers.mark_epoch("whole")
    await client.delete(key)
    if key == EPOCH:
        await client.lpush(key, b"\xff")
    else:
        await client.set(key, b"\xff")
    with pytest.raises(Unavailable):
        await timers.claim(10, LEASE_MS, "one")
    assert len(counted) == 1
    assert (await timers.claim(10, LEASE_MS, "one")).epoch is None  # whoever claims rebuilds
    assert await timers.schedule([TimerDue("a", PAST)]) == 1
    assert ids(await timers.claim(10, LEASE_MS, "one")) == ["a"]


async def test_ids_that_are_not_ours_are_removed_and_counted(timers, client):
    counted: list[None] = []
    counting = RedisTimers(client, "t", lambda: counted.append(None))
    foreign = [b"\xff\xfe", "逾期".encode(), b"a\x00b", b"", b"x" * 1_000_000]
    await client.zadd(DUE, dict.fromkeys(foreign, 1.0))
    await client.hset(META, mapping=dict.fromkeys(foreign, b"\xff|\xff|9"))
    await timers.schedule([TimerDue("a", PAST)])
    assert ids(await counting.claim(100, LEASE_MS, "one")) == ["a"]
    assert counted
    assert await client.zrange(DUE, 0, -1) == [b"a"]
    assert [one async for one in timers.ids()] == ["a"]


@pytest.mark.parametrize(
    "meta", [b"", b"\xff", b"9" * 5000 + b"|x|1", b"1|x|" + b"9" * 5000, b"1|1", b"-1||-1"]
)
async def test_counters_that_are_none_do_not_hold_up_a_claim(timers, client, meta):
    await timers.schedule([TimerDue("a", PAST)])
    await client.hset(META, "a", meta)
    [claimed] = (await timers.claim(10, LEASE_MS, "one")).items
    assert claimed.id == "a"
    await client.zrem(DUE, "a")
    await client.hdel(META, "a")


@pytest.mark.parametrize("score", [float("inf"), 1.7e308, 1e17])
async def test_a_time_without_end_is_no_next_time(timers, client, score):
    await client.zadd(DUE, {"a": score})
    await client.hset(META, "a", "0||0")
    assert (await timers.claim(10, LEASE_MS, "one")).next_due_ms is None


@pytest.mark.parametrize("token", ["", "a|b"])
async def test_a_token_that_would_break_the_rows_is_refused(timers, token):
    with pytest.raises(ValueError, match="token"):
        await timers.claim(1, LEASE_MS, token)
