"""Both sides notice a link that fails in one direction, since the criterion is delivery."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from special_channel.broker.undelivered import (
    OWN,
    PEER,
    DeliveryWatch,
    Undelivered,
)
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.link.status import REPORT_LASTS, LinkStatus
from special_channel.wiring import files
from tests.channel import ROOT, Channel
from tests.link.nodes import Bells
from tests.nodes.api import Api
from tests.nodes.cuttable import calm, cuttable_channel
from tests.nodes.monitored import until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

LIMIT = timedelta(minutes=2)


@dataclass
class Time:
    """A clock set by hand."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


def watching(clock: Time, oldest: list[datetime | None]) -> tuple[DeliveryWatch, Bells]:
    """Watch our own entries by both sides' real office hours."""
    calendars, bells = files.calendars(ROOT / "config" / "calendars"), Bells()
    watch = DeliveryWatch(
        oldest=lambda: oldest[0],
        peer_oldest=lambda: None,
        in_office=lambda now: any(calendar.is_open(now) for calendar in calendars.values()),
        limit=LIMIT,
        every=5,
        entries=lambda: 0,
        known=lambda _now: frozenset({OWN, PEER}),
        alarms=bells,
        clock=clock,
    )
    return watch, bells


@pytest.mark.parametrize(
    ("begun", "alarmed_at"),
    [
        ("2026-11-27T10:00:00", "2026-11-27T10:02:01"),  # Brussels at work, Beijing gone home
        ("2026-11-27T02:00:00", "2026-11-27T02:02:01"),  # Beijing at work, Brussels asleep
        ("2026-11-27T22:00:00", "2026-11-30T00:30:00"),  # Friday night: Beijing opens on Monday
    ],
)
async def test_alarm_begins_in_office_hours_of_either_side(begun, alarmed_at):
    start, end = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (begun, alarmed_at))
    clock = Time(start)
    watch, bells = watching(clock, [start])
    clock.at = end - timedelta(seconds=1)
    watch.look()
    assert (watch.state.own, bells.ringing) == (None, {})
    clock.at = end
    watch.look()
    assert watch.state.own == start
    assert bells.ringing[OWN] == {"since": begun + "Z"}


async def test_alarm_goes_on_after_hours_until_all_is_delivered():
    start = datetime(2026, 11, 27, 16, 20, tzinfo=UTC)
    clock = Time(start)
    oldest: list[datetime | None] = [start]
    watch, bells = watching(clock, oldest)
    clock.at = start + LIMIT + timedelta(seconds=1)
    watch.look()
    clock.at = start + timedelta(hours=4)  # both offices are closed
    watch.look()
    assert OWN in bells.ringing
    oldest[0] = None
    watch.look()
    assert (bells.ringing, watch.state) == ({}, Undelivered(over=frozenset({OWN, PEER})))


async def test_over_is_what_is_known_to_be_on_time():
    now = datetime(2026, 11, 27, 10, tzinfo=UTC)
    clock = Time(now)
    watch, _ = watching(clock, [now])
    watch.look()
    assert watch.state.over == {OWN, PEER}
    clock.at = now + LIMIT + timedelta(seconds=1)
    watch.look()
    assert watch.state.over == {PEER}
    watch.known = lambda _now: frozenset({OWN})
    watch.look()
    assert watch.state.over == set(), "of the peer nothing is known, and ours is late"


async def test_word_of_a_peer_that_falls_silent_is_forgotten():
    status, now = LinkStatus(), datetime(2026, 11, 27, 10, tzinfo=UTC)
    status.undelivered(300, now)
    assert status.peer_oldest(now + REPORT_LASTS) == now - timedelta(seconds=300)
    later = now + REPORT_LASTS + timedelta(seconds=1)
    assert (status.peer_oldest(later), status.peer_spoke(later)) == (None, False)
    status.undelivered(0, now)
    assert (status.peer_oldest(now), status.peer_spoke(now)) == (None, True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cuttable() -> AsyncIterator[Channel]:
    async with cuttable_channel() as made:
        yield made


async def alarms(made: Channel, party: Party, http: aiohttp.ClientSession) -> set[str]:
    async with http.get(f"http://127.0.0.1:{made.ports[party]}/readyz") as response:
        return {each["code"] for each in (await response.json())["alarms"]} & {OWN, PEER}


def contained(name: str, document: dict[str, Any]) -> bool:
    return name in document


@pytest.mark.parametrize(("cut", "suffers"), [("eu", "cn"), ("cn", "eu")])
async def test_one_way_cut_is_an_alarm_on_both_sides(cuttable, cut, suffers):
    """The side that is cut off can't fetch, so the other side's entries do not arrive."""
    made = cuttable
    async with aiohttp.ClientSession() as http:

        async def both() -> dict[str, set[str]]:
            return {party: await alarms(made, party, http) for party in PARTIES}

        await calm(made)
        made.lines[cut].cut()
        await made.open_thread(suffers)
        found = await until(both, lambda now: now[suffers] == {OWN} and now[cut] == {PEER})
        assert found == {suffers: {OWN}, cut: {PEER}}
        words = {
            OWN: "of what our side has signed since",
            PEER: "reports: delivery to our side of what it has signed since",
        }
        for party, code in ((suffers, OWN), (cut, PEER)):
            api = Api(http, made.settings(party).node.url)
            api = await api.sign_in(made.officials[party, "desk", 1].signer)
            name = "undelivered_since" if code == OWN else "peer_undelivered_since"

            async def status(api: Api = api) -> dict[str, Any]:
                document: dict[str, Any] = (await api.call("GET", "/api/status")).document
                return document

            # The nodes are asked one after the other: on a busy machine the alarm of an entry that
            # came late, before the cut, can end in between.
            told = await until(status, partial(contained, name))
            assert code in told["alarms"]
            figures = (await api.call("GET", "/metrics")).body.decode()
            assert f'sc_alarm{{code="{code}"}} 1.0' in figures
            page = (await api.call("GET", "/inbox", Accept_Language="en")).body.decode()
            assert words[code] in page
            page = (await api.call("GET", "/inbox", Accept_Language="zh-CN")).body.decode()
            assert "起签署的内容，尚未收到送达" in page
        made.lines[cut].heal()
        await made.caught_up()
        await until(both, lambda now: now == {"eu": set(), "cn": set()})


async def test_delivered_entries_ring_no_alarm(cuttable):
    made = cuttable
    async with aiohttp.ClientSession() as http:
        for party in PARTIES:
            await made.open_thread(party)
        await calm(made)
        for party in PARTIES:
            node = made.nodes[party]
            await node.core.probe.step()
            node.delivery.look()
            assert await alarms(made, party, http) == set()
