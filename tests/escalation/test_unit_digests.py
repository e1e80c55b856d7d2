"""The morning mail of heads of unit: once on each working day, at each head's own time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
import pytest_asyncio

from special_channel.core.rules.notifying import NoticeException
from special_channel.stores.absences import Absence
from tests.escalation.notice_desk import Desk, opened

ROUTE = [
    {"word": "draft"},
    {"word": "consult", "desks": ["licensing"]},
    {"word": "release", "role": "head"},
]


@pytest_asyncio.fixture
async def desk(story, bureaus) -> Desk:
    return await opened(story, bureaus["eu"])


async def until(desk: Desk, at: datetime) -> None:
    """Let the time pass up to an instant."""
    await desk.story.forward(int((at - desk.bureau.clock.now()).total_seconds()))


def morning(day: int, hour: int = 7, minute: int = 30) -> datetime:
    """Return a time of November 2026 in UTC: 08:30 in Brussels is 07:30."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


async def heads(desk: Desk) -> dict[str, list[str]]:
    """Return the morning mails that are sent now, by recipient."""
    found = await desk.work(mornings=True)
    mine = {
        who: [each for each in told if each.startswith("Our unit")] for who, told in found.items()
    }
    return {who: told for who, told in mine.items() if told}


def overviews(desk: Desk) -> list[str]:
    """Return the morning mails of the last turn, as a reader sees them."""
    return [each for each in desk.bureau.mail.texts() if "What each desk holds" in each]


async def test_head_is_told_once_at_the_time_of_the_digest(desk, story):
    await desk.choose("head", digest_at=time(8, 0))
    opened_ = await story.open("cn", "Asked of everybody")
    await story.delivered()
    rows = await desk.stores.unit.views.threads_by_id([opened_])
    await desk.lay("L2026-48")
    await until(desk, morning(25, 7, 0) - timedelta(minutes=1))
    assert await heads(desk) == {}
    await until(desk, morning(25, 7, 1))
    subject = "Our unit: 2 open, 1 with nobody, 1 to release"
    assert await heads(desk) == {"head": [subject]}
    [text] = overviews(desk)
    assert "What each desk holds, Wed 25 Nov" in text
    assert "By desk, never by person" in text
    assert f"Tue 24 Nov  {rows[opened_].position}  with nobody" in text
    assert "Weekly list: L2026-48  Waits for: head of unit, director." in text
    assert text.rstrip().endswith("Change what you receive: https://eu.example/notices")
    assert await heads(desk) == {}
    # The other head has the usual time.
    await until(desk, morning(25, 7, 31))
    assert await heads(desk) == {"p1": [subject]}


async def test_weekend_and_switched_off_mail_say_nothing(desk):
    off = NoticeException("unit", "mail", on=False)
    await desk.choose("head", exceptions=(off,))
    await until(desk, morning(27, 7, 31))
    assert {*await heads(desk)} == {"p1"}
    await until(desk, morning(29, 23, 0))
    assert await heads(desk) == {}
    await until(desk, morning(30, 7, 31))
    assert {*await heads(desk)} == {"p1"}


async def test_absent_head_is_not_told_and_others_read_who_stands_in(desk):
    await desk.absences.state(Absence(desk.person("head"), date(2026, 11, 25), desk.person("desk")))
    await desk.absences.state(Absence(desk.person("clerk"), date(2026, 11, 26)))
    await until(desk, morning(25, 7, 31))
    assert {*await heads(desk)} == {"p1"}
    [text] = overviews(desk)
    assert "Fictional head  ask Fictional desk meanwhile" in text
    assert "Fictional clerk  No stand-in is named." in text


async def test_draft_on_a_route_waits_for_its_desk(desk):
    id_ = await desk.lay("L2026-49")
    await desk.route(id_, "desk", *ROUTE)
    await until(desk, morning(25, 7, 31))
    await heads(desk)
    text, _ = overviews(desk)
    assert "Weekly list: L2026-49  Waits for: Licensing." in text


@pytest.mark.parametrize("preset", ["everything", "mine", "digest"])
async def test_overview_is_a_mail_of_its_own_in_each_preset(desk, preset):
    await desk.choose("head", preset=preset)
    await desk.follow("head", "watched")
    await until(desk, morning(25, 7, 29))
    for _ in range(5):
        await desk.arrive()
    await until(desk, morning(25, 7, 31))
    found = await heads(desk)
    assert [each.partition(":")[0] for each in found["head"]] == ["Our unit"]
    assert len([each for each in overviews(desk) if "By desk, never by person" in each]) == 2
    assert "unit" not in await desk.page("head")
