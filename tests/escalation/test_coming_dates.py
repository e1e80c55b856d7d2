"""A date of ours is told as coming at the share of the time that a person chose, once."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest_asyncio

from special_channel.core.rows.charter import charter_of
from special_channel.escalation import event_dates
from tests.escalation.notice_desk import Desk, opened

WHOLE = 8000
"""Seconds from question to date."""


@pytest_asyncio.fixture
async def desk(story, bureaus) -> Desk:
    return await opened(story, bureaus["eu"])


async def asked(desk: Desk, **ask: Any) -> tuple[str, str]:
    """Let a question of CN arrive, and its notices go; return its key."""
    note = await desk.arrive(asks=[desk.story.world.ask("cn", desk.story.in_(WHOLE), **ask)])
    await desk.work()
    return note.id, "1"


async def test_date_is_told_once_to_each_at_the_own_share(desk, story):
    await desk.choose("desk", share=50)
    await desk.choose("clerk", preset="everything", share=75)
    await desk.choose("head", preset="everything")
    ask = await asked(desk)
    await story.forward(WHOLE // 2 - 60)
    assert await desk.work() == {}, "not before"
    await story.forward(90)
    number = (await story.row("eu", ask)).position
    subject = f"Answer due Tue 24 Nov 11:13 \xb7 {number}, question 1"
    assert await desk.work() == {"desk": [subject]}
    [text] = desk.bureau.mail.texts()
    assert f"our answer to question 1 of {number} is awaited" in text
    await desk.choose("desk", share=75)
    await story.forward(WHOLE // 4)
    assert await desk.work() == {"clerk": [subject]}, "the other chose anew, and knows it"
    assert (await desk.page("desk"))[0] == "coming"
    await story.answer("eu", ask)
    await desk.work()
    assert "coming" not in await desk.page("desk"), "answered: nothing comes any more"


async def test_answered_withdrawn_or_requested_date(desk, story):
    await desk.choose("desk", share=90)
    await desk.choose("clerk", preset="digest", digest_at=time(16, 0), share=50)
    await desk.follow("clerk", "watched")
    answered, withdrawn = await asked(desk), await asked(desk)
    requested = await asked(desk, rule=None)
    await story.forward(WHOLE // 2 + 60)
    await desk.work()
    assert (await desk.page("clerk")).count("coming") == 3
    await story.answer("eu", answered)
    await story.submit("cn", "note.withdrawn", ref=withdrawn[0])
    await story.delivered()
    await story.forward(WHOLE * 2 // 5)
    number = (await story.row("eu", requested)).position
    told = [each for each in (await desk.work())["desk"] if each.startswith("Answer")]
    assert told == [f"Answer requested by Tue 24 Nov 11:13 \xb7 {number}, question 1"]
    assert (await desk.page("clerk")).count("coming") == 1
    await story.forward(24 * 3600)
    assert not any("Answer due" in text for text in (await desk.work(), desk.bureau.mail.texts()))


async def test_whom_the_ladder_warns_at_that_time_is_not_told_again(desk, story, monkeypatch):
    def warning(charters, digest):
        found = charter_of(charters, digest)
        rules = tuple(rule.model_copy(update={"warnings": (50,)}) for rule in found.reply_rules)
        return found.model_copy(update={"reply_rules": rules})

    monkeypatch.setattr(event_dates, "charter_of", warning)
    await desk.choose("desk", share=50)
    await desk.choose("clerk", preset="everything", share=75)
    await desk.choose("head", preset="everything", share=50)
    await asked(desk)
    await story.forward(WHOLE // 2 + 60)
    assert list(await desk.work()) == ["head"], "the ladder warns those at the desk"
    await story.forward(WHOLE // 4)
    assert list(await desk.work()) == ["clerk"], "at another time than the ladder"
