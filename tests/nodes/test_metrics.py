"""Each figure of `/metrics` moves when its cause does: real servers, real nodes."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from special_channel import __version__
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import part_refs, sign, text_part
from special_channel.escalation import canary, watch
from special_channel.escalation.alert_factory import derived_id
from special_channel.ports.conditions import CODES
from special_channel.stores.outbox import Outbox, Outgoing
from special_channel.stores.work import Look, Looks
from special_channel.telemetry import Metrics
from special_channel.wiring.sources import AlarmBoard
from tests.nodes.api import Api
from tests.nodes.monitored import Monitored, monitored

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

TEXT = Path(__file__).read_text(encoding="utf-8")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node() -> AsyncIterator[Monitored]:
    with pytest.MonkeyPatch.context() as quick:
        quick.setattr(watch, "LOOK_SECONDS", 0.2)
        quick.setattr(watch, "BEAT_SECONDS", 0.2)
        async with monitored() as made:
            yield made


async def signed_in(node: Monitored) -> Api:
    api = Api(node.http, node.made.settings("eu").node.url)
    return await api.sign_in(node.made.officials["eu", "desk", 1].signer)


async def plan_canary(node: Monitored, at: datetime) -> None:
    """Plan the canary for this time, replacing earlier plans."""
    looks = Looks(node.core.record.pool)
    held = (await looks.get([canary.CANARY])).get(canary.CANARY)
    # An older generation changes nothing, and tests run in any order.
    newer = held.generation + 1 if held else 0
    await looks.plan([Look(canary.CANARY, at, newer)], afresh=True)


async def test_every_figure_is_moved_by_a_test_of_this_file(node):
    found = await node.figures()
    families = {re.sub(r"_(total|created|bucket|sum|count)$", "", name[0]) for name in found}
    # Moved by its causes in test_hostile_redis.py and test_hostile_requests.py.
    elsewhere = {"sc_unreadable"}
    ours = {name for name in families if name.startswith("sc_")} - elsewhere
    assert {name for name in ours if f'"{name}' not in TEXT} == set()


async def test_link_figures_follow_a_cut_and_its_end(node):
    await node.made.caught_up()
    await node.until(lambda now: now["sc_link_up",] == 1 and now["sc_link_undelivered",] == 0)
    for line in node.made.lines.values():
        line.cut()
    for _ in range(2):
        await node.made.open_thread("eu")
    cut = await node.until(
        lambda now: (
            now["sc_link_up",] == 0
            and now["sc_link_undelivered",] == 2
            and now["sc_link_oldest_undelivered_seconds",] > 0
        )
    )
    age = cut["sc_link_oldest_undelivered_seconds",]
    await node.until(lambda now: now["sc_link_oldest_undelivered_seconds",] > age + 1)
    for line in node.made.lines.values():
        line.heal()
    await node.until(
        lambda now: (
            now["sc_link_up",] == 1
            and now["sc_link_undelivered",] == 0
            and now["sc_link_oldest_undelivered_seconds",] == 0
        )
    )


async def test_peers_word_of_what_is_undelivered_is_a_figure(node):
    """A real cut of one way: tests/nodes/test_one_way_link.py."""
    found = await node.figures()
    assert found["sc_link_peer_oldest_undelivered_seconds",] == 0
    node.made.nodes["eu"].link.status.undelivered(300, node.core.clock.now())
    found = await node.figures()
    assert 300 <= found["sc_link_peer_oldest_undelivered_seconds",] < 330
    node.made.nodes["eu"].link.status.undelivered(0, node.core.clock.now())


async def test_degraded_and_its_alarm_follow_redis(node):
    await node.until(lambda now: now["sc_degraded",] == now["sc_alarm", "redis-unavailable"] == 0)
    await node.own.redis.stop()
    # The record serves alone: ready all the same.
    await node.until(
        lambda now: (
            now["sc_degraded",] == now["sc_alarm", "redis-unavailable"] == now["sc_ready",] == 1
        )
    )
    await node.own.redis.start()
    await node.until(lambda now: now["sc_degraded",] == 0)


async def test_every_alarm_is_a_figure_that_is_off_until_it_is_on(node):
    found = await node.figures()
    assert {name[1] for name in found if name[0] == "sc_alarm"} >= CODES
    core, board = (
        node.core,
        AlarmBoard(),
    )  # a board of its own: the node's own watchers clear theirs
    metrics = Metrics()
    metrics.look = lambda: replace(core.metrics.look(), alarms=board.codes())
    for code in sorted({*CODES, "one-of-later"}):
        board.sound(code)
        assert f'sc_alarm{{code="{code}"}} 1.0' in metrics.exposition().decode()
        board.quiet(code)
        assert (
            f'sc_alarm{{code="{code}"}} 0.0' in metrics.exposition().decode() or code not in CODES
        )


async def test_log_sizes_and_entries_follow_what_is_written(node):
    before = await node.figures()
    thread = await node.made.open_thread("eu")
    await node.made.note("cn", await node.made.open_thread("cn"))
    head = await node.core.record.head("eu")
    await node.until(lambda now: now["sc_log_entries", "eu"] == head.size)
    await node.until(lambda now: now["sc_log_entries", "cn"] >= before["sc_log_entries", "cn"] + 2)
    private = (await node.core.record.head("private")).size
    await node.until(lambda now: now["sc_log_entries", "private"] >= private)
    await plan_canary(node, node.core.clock.now())
    await node.until(lambda now: now["sc_log_entries", "private"] > private)
    api = await signed_in(node)
    reply = await api.send(await a_note(node, thread))
    assert reply.status == 200, reply.body
    after = await node.figures()
    counted = "sc_entries_total", "eu"
    assert after[counted] == before.get(counted, 0) + 1


async def a_note(node: Monitored, thread: str) -> Submission:
    key = node.made.officials["eu", "desk", 1]
    part = text_part("text", os.urandom(32), "A note.")
    payload = await node.made.payload(
        "eu", key.key, "note.posted", thread=thread, body={}, lang="en", parts=part_refs((part,))
    )
    return sign(payload, [key.signer], [part])


async def test_requests_and_refusals_are_counted_by_route_and_code(node):
    api = await signed_in(node)
    before = await node.figures()
    assert (await api.call("GET", "/api/status")).status == 200
    refused = await api.call("GET", "/api/threads/EU-999999")
    after = await node.figures()
    counts = [name for name in after if name[0] == "sc_request_seconds_count"]
    [route] = [name for name in counts if name[1].endswith("/api/status")]
    assert after[route] == before.get(route, 0) + 1
    name = "sc_refused_total", refused.code
    assert after[name] == before.get(name, 0) + 1


async def test_streams_are_counted_while_they_are_open(node):
    api = await signed_in(node)
    before = (await node.figures())["sc_streams",]
    headers = {"Authorization": f"Bearer {api.token}"}
    async with node.http.get(node.url("/api/stream"), headers=headers) as stream:
        assert await stream.content.readline() == b"retry: 2000\n"
        assert (await node.figures())["sc_streams",] == before + 1
    await node.made.open_thread("eu")  # the node finds out that nobody reads when it writes
    await node.until(lambda now: now["sc_streams",] == before)


async def test_database_sessions_are_counted_by_role_and_state(node):
    pool = node.core.record.pool
    found = await node.figures()
    name = "sc_database_sessions", "node"
    assert found[*name, "most"] == pool.get_max_size()
    assert found["sc_database_sessions", "link", "most"] == node.core.shared.pool.get_max_size()
    async with pool.acquire(), pool.acquire(), pool.acquire():
        assert (await node.figures())[*name, "used"] >= 3
    await node.until(lambda now: now[*name, "used"] < 3 and now[*name, "idle"] >= 1)


@contextmanager
def open_files(many: int) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(many):
            stack.enter_context(Path(__file__).open(encoding="utf-8"))
        yield


async def test_build_and_process_are_told(node):
    found = await node.figures()
    [build] = [name for name in found if name[0] == "sc_build_info"]
    assert __version__ in build
    assert any(re.fullmatch(r"[0-9a-f]{12}", label) for label in build)
    assert found["process_resident_memory_bytes",] > 1e6
    spent = found["process_cpu_seconds_total",]
    await node.until(lambda now: now["process_cpu_seconds_total",] > spent)
    files = found["process_open_fds",]
    with open_files(3):
        assert (await node.figures())["process_open_fds",] > files


async def test_calendar_horizon_is_the_days_that_are_covered(node):
    found = await node.until(lambda now: ("sc_calendar_horizon_days", "cn") in now)
    for side, calendar in node.made.nodes["eu"].escalating.calendars.items():
        days = (calendar.last_covered - calendar.local(node.core.clock.now()).date()).days
        assert abs(found["sc_calendar_horizon_days", side] - days) <= 1


async def test_reminders_and_alerts_that_do_not_run_age_until_they_do(node):
    """The part for due times is down: its timers and alerts wait and grow older."""
    made = node.made
    await node.until(lambda now: now["sc_escalation_last_run_seconds", "looking"] < 5)
    await made.stop("eu")
    await made.start("eu", ("web",))
    now = node.core.clock.now()
    ago = now - timedelta(seconds=90)
    await plan_canary(node, ago)
    alert = Outgoing(
        id=derived_id("canary", "test"), ask=("", ""), due=ago.isoformat(), step=0,
        channel=canary.NO_CHANNEL, document="", at=ago, kind="canary", recipient="",
        base=derived_id("canary", "test"),
    )  # fmt: skip
    async with node.core.record.begin() as transaction:
        await Outbox(node.core.record.pool).put(transaction, [alert])
    waiting = await node.until(
        lambda now: (
            now["sc_timers_overdue",] == 1
            and now["sc_oldest_overdue_seconds",] >= 90
            # The node's own canary may have been caught by the stop, and waits beside it.
            and now["sc_alert_pending", canary.NO_CHANNEL] >= 1
            and now["sc_alert_oldest_seconds",] >= 90
            and now["sc_timers", "armed"] >= 1
        )
    )
    since = waiting["sc_escalation_last_run_seconds", "looking"]
    await node.until(lambda now: now["sc_escalation_last_run_seconds", "looking"] > since + 1)
    await made.stop("eu")
    await made.start("eu")
    after = await node.until(
        lambda now: (
            now["sc_timers_overdue",] == 0
            and now["sc_oldest_overdue_seconds",] == 0
            and ("sc_alert_pending", canary.NO_CHANNEL) not in now
            and now["sc_alert_oldest_seconds",] == 0
            and now["sc_escalation_last_run_seconds", "looking"] < 5
            and now["sc_alert_total", canary.NO_CHANNEL, "sent"] >= 2
            and now["sc_canary_round_trip_seconds",] > 0
            and now["sc_canary_last_seconds",] < 30
        )
    )
    assert after["sc_timer_lateness_seconds_count",] >= 1
    assert after["sc_timer_lateness_seconds_sum",] >= 90
    assert after["sc_alert_delivery_seconds_count", canary.NO_CHANNEL] >= 2
    last = after["sc_canary_last_seconds",]
    await node.until(lambda now: now["sc_canary_last_seconds",] > last + 1)
