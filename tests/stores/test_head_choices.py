"""What desks chose for the columns of their files: the latest, by desk and row of heads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest_asyncio

from special_channel.stores.head_choices import MOST, HeadChoice, HeadChoices
from special_channel.stores.sessions import SessionRules, open_pool

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
KEY, OTHER = "eu:" + "a" * 32, "eu:" + "b" * 32


@pytest_asyncio.fixture
async def choices(each_fresh_database):
    database = await each_fresh_database()
    async with open_pool(database.node, SessionRules(connections=2, durable=False)) as opened:
        yield HeadChoices(opened)


async def test_choice_is_replaced_by_the_latest_of_the_same_desk(choices):
    await choices.keep("licensing", "1", HeadChoice({"ref": ""}, KEY, NOW))
    later = HeadChoice({"ref": "application_no"}, OTHER, NOW + timedelta(days=1))
    await choices.keep("licensing", "1", later)
    assert await choices.of_heads("licensing", "1") == later
    assert await choices.of_heads("customs", "1") is None
    await choices.remove("customs", "1")
    assert await choices.of_heads("licensing", "1") == later
    await choices.remove("licensing", "1")
    assert await choices.of_heads("licensing", "1") is None


async def test_desk_that_chooses_too_often_loses_its_oldest_choice(choices):
    await choices.keep("customs", "0", HeadChoice({"ref": ""}, KEY, NOW))
    for number in range(MOST + 1):
        chosen = HeadChoice({"ref": ""}, KEY, NOW + timedelta(minutes=number))
        await choices.keep("licensing", str(number), chosen)
    assert await choices.of_heads("licensing", "0") is None
    assert await choices.of_heads("licensing", "1") is not None
    assert await choices.of_heads("licensing", str(MOST)) is not None
    assert await choices.of_heads("customs", "0") is not None, "another desk's choice stays"
