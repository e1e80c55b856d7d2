"""Our heads of unit get notices of undelivered entries, and of the end (failure mode 50)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import orjson
import pytest

from special_channel.broker.undelivered import OWN, PEER, Undelivered
from special_channel.channels.webhook import body_of
from special_channel.escalation.notices import Notices
from special_channel.escalation.worker import Worker
from special_channel.ports import Letter
from special_channel.stores.history import AlertHistory
from special_channel.stores.people import Official, Officials
from tests.escalation.bureau import Bureau, altered

HEAD, SECOND, DESK = "p1@eu.example", "second@eu.example", "p0@eu.example"
AT = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
CONFIRMED = frozenset({OWN, PEER})


class Told:
    """A side's escalation whose heads get notices of the state `late`."""

    def __init__(self, bureau: Bureau, **changed) -> None:
        self.bureau = bureau
        self.house = altered(bureau.house, **changed)
        self.worker = Worker(self.house)
        self.late = Undelivered()
        self.notices = Notices(self.house, lambda: self.late)

    def undelivered(self, code: str = OWN, entries: int = 3) -> None:
        since = self.bureau.clock.now() - timedelta(minutes=3)
        own = since if code == OWN else None
        self.late = Undelivered(own, None if own else since, entries)

    def confirmed(self) -> None:
        self.late = Undelivered(over=CONFIRMED)

    async def work(self) -> None:
        await self.notices.step()
        while await self.worker.sender.step() == 0:
            pass

    @property
    def texts(self) -> list[str]:
        return self.bureau.mail.texts()

    async def states(self) -> list[tuple[int, str, str]]:
        rows = await self.bureau.node.record.pool.fetch(
            "SELECT step, recipient, state FROM work.outbox WHERE kind = 'notice' ORDER BY 1, 2"
        )
        return [(row["step"], row["recipient"], row["state"]) for row in rows]


async def second_head(bureau: Bureau) -> Officials:
    officials = Officials(bureau.node.record.pool)
    await officials.add(
        Official(0, "虚构处长", "head", "Unit", "unit", SECOND, "zh-CN"), uuid4().hex
    )
    return officials


async def test_heads_get_one_notice_and_one_more_at_the_end(waiting):
    await second_head(waiting)
    told = Told(waiting)
    told.undelivered()
    await told.work()
    assert sorted(waiting.mail.recipients) == [HEAD, SECOND], "no other role is told"
    english, chinese = sorted(told.texts, key=lambda text: "截至" in text)
    assert "delivery to the other side of 3 entries of our side is not recorded yet" in english
    assert "https://eu.example/link" in english
    assert "我方条目中有3条尚未收到送达对方的确认" in chinese
    # Time, another process or a restart begin no new occurrence.
    await told.work()
    told.notices = Notices(told.house, lambda: told.late)
    told.undelivered(entries=5)
    await asyncio.gather(told.notices.step(), Notices(told.house, lambda: told.late).step())
    await told.work()
    assert len(told.texts) == 2
    told.confirmed()
    await told.work()
    await told.work()
    assert len(told.texts) == 4
    english, chinese = sorted(told.texts[2:], key=lambda text: "截至" in text)
    assert "delivery to the other side is recorded again" in english
    assert "送达对方的确认已恢复" in chinese
    told.undelivered()
    await told.work()
    assert len(told.texts) == 6, "the next occurrence is told again"
    assert (await waiting.private()).count("alert.sent") == 6


async def test_notice_about_the_peer_says_so_and_has_no_count(waiting):
    told = Told(waiting)
    told.undelivered(PEER)
    await told.work()
    told.confirmed()
    await told.work()
    begun, over = told.texts
    assert "the other side’s node reports: delivery to our side" in begun
    assert "It does not report how many entries" in begun
    assert "the other side’s node reports: delivery to our side is recorded again" in over
    for text in (begun, over):
        for word in ("missed", "overdue", "owes", "fail", "fault", "refuse", "逾期", "违约"):
            assert word not in text


async def test_own_and_peer_delays_are_two_occurrences(waiting):
    told = Told(waiting)
    since = waiting.clock.now() - timedelta(minutes=3)
    told.late = Undelivered(since, since, 1)
    await told.work()
    assert len(told.texts) == 2
    assert any("of 1 entry of our side" in text for text in told.texts)
    told.late = Undelivered(since, None, 1, frozenset({PEER}))
    await told.work()
    assert len(told.texts) == 3
    assert "the other side’s node reports" in told.texts[2]


async def test_silence_of_the_peer_ends_no_occurrence(waiting):
    told = Told(waiting)
    told.undelivered(PEER)
    await told.work()
    told.late = Undelivered(over=frozenset({OWN}))  # no report of the peer any more
    await told.work()
    assert len(told.texts) == 1
    told.confirmed()
    await told.work()
    assert len(told.texts) == 2


async def test_notices_wait_for_office_hours(story, waiting):
    told = Told(waiting, office_hours=True)
    calendar, clock = waiting.house.calendar, waiting.clock
    closes = calendar.next_opening(clock.now())
    while calendar.is_open(closes):
        closes += timedelta(hours=1)
    await story.forward(int((closes - clock.now()).total_seconds()))
    told.undelivered()
    await told.work()
    assert told.texts == []
    opens = calendar.next_opening(clock.now())
    await story.forward(int((opens - clock.now()).total_seconds()))
    await told.work()
    assert len(told.texts) == 1


async def test_notice_is_dropped_if_over_before_it_was_sent(story, waiting):
    told = Told(waiting)
    waiting.mail.answer = "451 later"
    told.undelivered()
    await told.work()
    told.confirmed()
    await told.work()
    waiting.mail.answer = "250 taken"
    await story.forward(600)
    await told.work()
    assert told.texts == []
    assert await told.states() == [(0, HEAD, "superseded"), (1, HEAD, "superseded")]


async def test_notice_is_dropped_if_recipient_is_no_longer_head(story, waiting):
    officials = await second_head(waiting)
    told = Told(waiting)
    waiting.mail.answer = "451 later"
    told.undelivered()
    await told.work()
    (person,) = [one for one in await officials.all() if one.email == SECOND]
    await waiting.node.record.pool.execute(
        "UPDATE desk.officials SET role = 'desk' WHERE id = $1", person.id
    )
    waiting.mail.answer = "250 taken"
    await story.forward(600)
    await told.work()
    assert waiting.mail.recipients == [HEAD]


async def test_refused_notice_sounds_alarm_and_has_no_substitute(waiting):
    told = Told(waiting)
    waiting.mail.answer = "550 no such person"
    told.undelivered()
    await told.work()
    assert await told.states() == [(0, HEAD, "refused")]
    assert "alert-undeliverable" in waiting.node.alarms.ringing


def test_webhook_message_differs_for_notice_and_test():
    notice = Letter("0" * 64, HEAD, "s", "t", "h", "en", AT, notice=True)
    test = replace(notice, notice=False)
    assert [orjson.loads(body_of(one))["type"] for one in (notice, test)] == [
        "alert.notice",
        "alert.test",
    ]


@pytest.mark.parametrize("over", [False, True])
async def test_pages_of_alerts_omit_notices(waiting, over):
    told = Told(waiting)
    told.undelivered()
    await told.work()
    if over:
        told.confirmed()
        await told.work()
    assert await AlertHistory(waiting.node.record.pool).newest(10) == []
