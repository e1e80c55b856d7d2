"""A node in separate processes: each process knows the alarms of the others."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from special_channel.core.bytes.errors import Unavailable
from special_channel.escalation.relay import OVER, AlarmRelay
from special_channel.link.status import LinkStatus, StatusRelay
from special_channel.stores.alarms_told import SharedAlarms
from special_channel.stores.link_state import LinkBoard
from special_channel.wiring.apart import EVERY_SECONDS, repeat
from special_channel.wiring.sources import AlarmBoard


@pytest.fixture
def ends(cn):
    """Two processes of a node, each with its own alarms."""
    told = SharedAlarms(cn.record.pool)

    def end() -> tuple[AlarmBoard, AlarmRelay]:
        board = AlarmBoard()
        return board, AlarmRelay(told, board.own, board.take, cn.clock)

    return end(), end()


async def test_an_alarm_of_one_process_is_on_in_the_other_until_it_is_over(cn, ends):
    (due_times, there), (pages, here) = ends
    due_times.sound("escalation-unmanned", position="EU-5")
    pages.sound("internal")
    await there.step()
    await here.step()
    assert pages.codes() == ("escalation-unmanned", "internal")
    assert pages.own() == ("internal",), "what was heard is not told on, or it would never end"
    due_times.quiet("escalation-unmanned")
    cn.clock.ahead = int(OVER.total_seconds())
    await here.step()
    assert pages.codes() == ("escalation-unmanned", "internal"), "not yet"
    cn.clock.ahead += 1
    await here.step()
    assert pages.codes() == ("internal",)


async def test_a_late_word_makes_no_alarm_older(cn, ends):
    (board, there), _ = ends
    board.sound("link-down")
    now = cn.clock.now()
    await there.step()
    told = SharedAlarms(cn.record.pool)
    await told.tell(["link-down"], now - timedelta(hours=1))
    assert await told.told(now - timedelta(seconds=1)) == ["link-down"]


async def test_a_database_that_is_away_ends_no_telling(cn, ends):
    """Sender and receiver continue with the next turn."""
    (board, relay), _ = ends
    board.sound("internal")
    link_status = StatusRelay(LinkStatus(), LinkBoard(cn.record.pool), cn.clock)
    await cn.record.pool.close()
    for step in (relay.step, link_status.tell, link_status.hear):
        with pytest.raises(Unavailable):
            await step()
        asked: list[float] = []

        async def sleep(seconds: float, asked: list[float] = asked) -> None:
            asked.append(seconds)
            if len(asked) == 2:
                raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            await repeat(step, sleep)
        assert asked == [EVERY_SECONDS, EVERY_SECONDS]
    assert board.codes() == ("internal",)
