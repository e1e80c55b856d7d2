"""Alerts follow the functions in force: a stand-in gets those of the absent person, no longer."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from special_channel.core.rows.writing import sign
from special_channel.escalation.people_notices import recipients
from special_channel.stores.people import Official
from tests.escalation.bureau import Bureau
from tests.escalation.conftest import Story

CLERK, HEAD = "clerk@eu.example", "p1@eu.example"


async def act(story: Story, payload: dict[str, Any]) -> None:
    """Store an act on people with the signatures of two registrars."""
    keys = story.world.eu.keys
    signers = [keys["registrar"], keys["second-registrar"]]
    await story.nodes["eu"].appender.submit([sign(payload, signers)])
    await story.delivered()


async def listed(bureau: Bureau, who: str, role: str, email: str) -> int:
    """Put an official of the world into the directory, in the role of the invitation."""
    person = Official(0, f"Fictional {who}", role, "Unit", "licensing", email, "en")  # type: ignore[arg-type]
    return await bureau.house.alerts.officials.add(person, bureau.node.world.eu.person(who))


async def stand_in(story: Story) -> None:
    """Let the clerk stand in for the head of unit."""
    side = story.world.eu
    keys = [side.keys["clerk"].key]
    more: dict[str, Any] = {"until": "2027-12-04T17:00:00Z", "for": side.person("head")}
    granted = story.world.granting("eu", "clerk", grant=2, role="head", keys=keys, **more)
    await act(story, granted)


async def end(story: Story, who: str, grant: int) -> None:
    body = {"person": story.world.eu.person(who), "grant": grant, "reason": "ended"}
    await act(story, story.world.payload("eu", "role.ended", by="registrar", body=body))


async def pass_due(story: Story, waiting: Bureau) -> None:
    await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.forward(90)


async def test_stand_in_is_alerted_next_to_the_absent_person(story, waiting):
    await listed(waiting, "clerk", "desk", CLERK)
    await stand_in(story)
    await pass_due(story, waiting)
    await waiting.settle()
    assert sorted(waiting.mail.recipients) == sorted([CLERK, HEAD])


async def test_alert_that_waits_when_the_grant_ends_is_not_sent(story, waiting):
    await listed(waiting, "clerk", "desk", CLERK)
    await stand_in(story)
    await pass_due(story, waiting)
    await waiting.settle(mail=False)
    await end(story, "clerk", 2)
    await waiting.settle()
    assert waiting.mail.recipients == [HEAD]


@pytest.mark.parametrize("grant_ends", [True, False])
async def test_head_without_the_function_is_not_alerted(story, waiting, grant_ends):
    await listed(waiting, "head", "head", "real@eu.example")
    if grant_ends:
        await end(story, "head", 1)
    await pass_due(story, waiting)
    await waiting.settle()
    told = [HEAD] if grant_ends else [HEAD, "real@eu.example"]
    assert sorted(waiting.mail.recipients) == sorted(told)


async def test_stand_in_is_told_of_acts_on_people(story, waiting):
    await listed(waiting, "clerk", "desk", CLERK)
    assert CLERK not in [one.email for one in recipients(await waiting.house.staff(), ())]
    await stand_in(story)
    staff = await waiting.house.staff()
    assert CLERK in [one.email for one in recipients(staff, ())]
    assert CLERK in [one.email for one in staff.in_role("head")]
    await end(story, "clerk", 2)
    assert CLERK not in [one.email for one in recipients(await waiting.house.staff(), ())]


async def test_invited_official_is_told_as_the_directory_says(story, waiting):
    person = Official(0, "Fictional Newcomer", "head", "Unit", "licensing", CLERK, "en")
    await waiting.house.alerts.officials.add(person, uuid4().hex)
    await pass_due(story, waiting)
    await waiting.settle()
    assert sorted(waiting.mail.recipients) == sorted([CLERK, HEAD])
