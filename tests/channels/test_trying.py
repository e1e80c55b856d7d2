"""Tests of channels, and the alarm while no channel works."""

import asyncio
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

import pytest

from special_channel.channels.alerts import Composer
from special_channel.channels.chat import MattermostMail
from special_channel.channels.gone_addresses import GoneAddressGuard
from special_channel.channels.mailbox import MailboxMail
from special_channel.channels.posting import make_poster
from special_channel.channels.probes import AWAY, DEAD, ChannelTester, ChannelWatch
from special_channel.channels.rate_limits import RateLimiter
from special_channel.core.bytes.errors import NotAllowed, NotFound, Unavailable
from special_channel.core.bytes.ids import Party
from special_channel.wiring.sources import AlarmBoard
from tests.channels.services import LETTER, HandClock, service

ZONES: dict[Party, ZoneInfo] = {"eu": ZoneInfo("Europe/Brussels"), "cn": ZoneInfo("Asia/Shanghai")}


class Rows:
    def __init__(self):
        self.kept = {}

    async def put(self, letter):
        self.kept.setdefault(letter.id, letter)


class Draws:
    """Bytes that differ on each call."""

    def __init__(self):
        self.count = 0

    def bytes(self, length):
        self.count += 1
        return self.count.to_bytes(length)


class Broken:
    """A channel with a fault of its own."""

    group = False

    async def send(self, _letter):
        raise AssertionError

    async def reach(self):
        raise ZeroDivisionError


def group(own):
    clock = HandClock()
    poster = make_poster(own.url("/hooks/abcdefgh"), ("127.0.0.1",), None, 5.0)
    return MattermostMail(poster, RateLimiter((), clock.monotonic), clock)


def ways(**channels):
    return ChannelTester(channels, Composer("eu", ZONES), HandClock(), Draws())


@asynccontextmanager
async def two_groups():
    async with service(body=b"ok") as good, service(status=403, body=b"hook disabled") as bad:
        yield good, bad


async def test_each_channel_says_what_became_of_its_test_in_its_own_words():
    rows = Rows()
    async with two_groups() as (good, bad):
        tried = await ways(
            mailbox=MailboxMail(rows.put), permits=group(good), duty=group(bad)
        ).test("desk@eu.example", "zh-CN")
    assert [(one.channel, one.outcome) for one in tried] == [
        ("mailbox", "sent"),
        ("permits", "sent"),
        ("duty", "later"),
    ]
    assert tried[1].said == "HTTP 200 ok"
    assert tried[2].code == "channel-misconfigured"
    assert tried[2].said == "HTTP 403 hook disabled"
    (letter,) = rows.kept.values()
    assert letter.to == "desk@eu.example"
    assert "测试" in letter.subject
    assert letter.matters == ()
    assert len(good.taken) == len(bad.taken) == 1


async def test_a_second_test_is_another_letter_and_one_channel_can_be_chosen():
    rows = Rows()
    async with two_groups() as (good, bad):
        tries = ways(mailbox=MailboxMail(rows.put), permits=group(good), duty=group(bad))
        for _ in range(2):
            (tried,) = await tries.test("a@eu.example", "en", ("mailbox", "mailbox"))
            assert tried.outcome == "sent"
        assert good.taken == bad.taken == []
    assert len(rows.kept) == 2


async def test_a_channel_that_is_not_there_and_a_node_without_any_are_named():
    with pytest.raises(NotFound) as unknown:
        await ways(mailbox=MailboxMail(Rows().put)).test("a@eu.example", "en", ("smoke",))
    assert unknown.value.code == "channel-unknown"
    with pytest.raises(Unavailable) as none:
        await ways().test("a@eu.example", "en")
    assert none.value.code == DEAD


async def test_at_start_it_is_said_that_nobody_can_be_told_and_unsaid_when_somebody_can():
    """Failure mode 31: a channel is dead at start-up, or no channel exists."""
    alarms = AlarmBoard()
    waits: asyncio.Queue[float] = asyncio.Queue()
    turn: asyncio.Queue[None] = asyncio.Queue()

    async def sleep(seconds):
        await waits.put(seconds)
        await turn.get()

    async with service(body=b"ok") as own:
        channels = {"permits": group(own)}
    watch = ChannelWatch(channels, alarms, sleep, 600)
    task = asyncio.ensure_future(watch.run())
    assert await waits.get() == 60
    assert alarms.codes() == (DEAD,)
    channels["mailbox"] = MailboxMail(Rows().put)
    await turn.put(None)
    assert await waits.get() == 60
    assert alarms.codes() == (AWAY,)
    async with service(body=b"ok") as again:
        channels["permits"] = group(again)
        await turn.put(None)
        assert await waits.get() == 600
        assert again.taken == []
    assert alarms.codes() == ()
    channels.clear()
    await turn.put(None)
    assert await waits.get() == 60
    assert alarms.codes() == (DEAD,)
    task.cancel()
    await asyncio.wait([task])


async def test_a_fault_of_one_channel_stops_neither_the_look_at_others_nor_the_node():
    alarms = AlarmBoard()
    watch = ChannelWatch(
        {"odd": Broken(), "mailbox": MailboxMail(Rows().put)}, alarms, asyncio.sleep, 600
    )
    assert await watch.check() == ("odd",)
    assert alarms.codes() == (AWAY,)


async def test_an_address_that_is_gone_is_used_no_more_until_a_test_gets_through():
    alarms = AlarmBoard()
    async with service(status=410, body=b"hook deleted") as own:
        channel = GoneAddressGuard(group(own))
        for _ in range(3):
            with pytest.raises(NotAllowed) as refusal:
                await channel.send(LETTER)
            assert refusal.value.code == "channel-gone"
            assert refusal.value.facts["said"] == "HTTP 410 hook deleted"
        assert len(own.taken) == 1
        await ChannelWatch({"permits": channel}, alarms, asyncio.sleep, 600).check()
        assert alarms.codes() == (DEAD,)
        (tried,) = await ways(permits=channel).test("a@eu.example", "en")
        assert (tried.outcome, tried.code) == ("refused", "channel-gone")
        own.status, own.body = 200, b"ok"
        with pytest.raises(NotAllowed):
            await channel.send(LETTER)
        (tried,) = await ways(permits=channel).test("a@eu.example", "en")
        assert tried.outcome == "sent"
        await channel.send(LETTER)
        assert len(own.taken) == 4
        await ChannelWatch({"permits": channel}, alarms, asyncio.sleep, 600).check()
        assert alarms.codes() == ()
