"""Requested dates and withdrawn answers on both sides' pages, and what a reader may do there."""

from __future__ import annotations

import json
import re

import pytest

from special_channel.core.bytes.times import posix
from tests.web.test_dates import DUE, LATER, bodies
from tests.world import AGREED, World


@pytest.fixture
def world() -> World:
    made = World.founded()
    made.exchange()
    return made


def ask(world: World, rule: str | None = None):
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", DUE, rule=rule, part=0)])
    world.exchange()
    return thread, note


def taken_back(world: World, *, late: bool):
    """EU asks by a rule; CN answers and takes the answer back."""
    thread, note = ask(world, AGREED)
    world.clock.forward(3600)
    answer = world.answer("cn", note)
    world.clock.seconds = posix(DUE) + (7200 if late else -7200)
    gone = world.about("cn", "note.withdrawn", answer)
    world.exchange()
    return thread, note, answer, gone


@pytest.mark.parametrize("seconds", [-60, 60], ids=["ahead", "over"])
async def test_both_pages_say_requested_and_nothing_passed(seconds, pages_of, world):
    thread, note = ask(world)
    world.clock.seconds = posix(DUE) + seconds
    for party in ("eu", "cn"):
        site = await pages_of(world, party)
        english = (await site.get(f"/threads/{thread.position}", lang="en")).text
        chinese = (await site.get(f"/threads/{thread.position}", lang="zh-CN")).text
        assert "answer requested by Fri 27 Nov" in english
        assert re.search(r"希望于[^。]{0,20}11月27日[^。]{0,60}?前\s*答复", chinese)
        assert "Date passed" not in english
        assert "No answer had reached" not in english
        assert "Next steps on our side" not in english
        listed = (await site.get("/deadlines", lang="en")).text
        # The state alone says it; a tag does where an answer is the state.
        assert (listed.count("answer requested"), "only requested" in listed) == (1, False)
        assert "Date passed" not in listed.partition(str(note.position))[2]


async def test_answered_question_keeps_that_its_date_was_requested(pages_of, world):
    _, note = ask(world)
    world.answer("cn", note)
    world.exchange()
    for lang, tag in (("en", "only requested"), ("zh-CN", "仅为希望答复时间")):
        site = await pages_of(world, "eu")
        assert tag in (await site.get("/deadlines?state=decided", lang=lang)).text


async def test_answering_side_accepts_in_one_click_until_the_date_comes(pages_of, world):
    thread, note = ask(world)
    page = f"/threads/{thread.position}"
    for party in ("eu", "cn"):
        shown = (await (await pages_of(world, party)).get(page)).html
        assert len(bodies(shown, "deadline.moved")) == (party == "cn")
    [accepted] = bodies((await (await pages_of(world, "cn")).get(page)).html, "deadline.moved")
    assert accepted == {"q": "1", "due": DUE, "basis": "agreed"}
    world.about("cn", "deadline.moved", note, body=accepted)
    world.exchange()
    for party in ("eu", "cn"):
        shown = await (await pages_of(world, party)).get(page)
        assert bodies(shown.html, "deadline.moved") == []
        assert "CN accepted Fri 27 Nov 10:30 Brussels, 17:30 Beijing." in _brussels(shown.text)
        assert "answer requested by" not in shown.text, "only the history says so, with a capital"


def _brussels(text: str) -> str:
    """The same line on either side's page: each has its own capital first."""
    return text.replace(
        "Fri 27 Nov 17:30 Beijing, 10:30 Brussels", "Fri 27 Nov 10:30 Brussels, 17:30 Beijing"
    )


async def test_date_that_has_come_is_not_offered_for_acceptance(pages_of, world):
    thread, _ = ask(world)
    world.clock.seconds = posix(DUE)
    shown = (await (await pages_of(world, "cn")).get(f"/threads/{thread.position}")).html
    assert bodies(shown, "deadline.moved") == []


async def test_answer_withdrawn_after_the_date_is_told_with_both_times(pages_of, world):
    thread, _, answer, gone = taken_back(world, late=True)
    for party in ("eu", "cn"):
        site = await pages_of(world, party)
        page = f"/threads/{thread.position}"
        english = (await site.get(page, lang="en")).text
        assert re.search(r"Answered .*, withdrawn .*, not answered again\.", english)
        assert str(answer.position) in english
        assert str(gone.position) in english
        assert "Date passed" not in english
        chinese = (await site.get(page, lang="zh-CN")).text
        assert re.search(r"答复，.*撤回，尚未重新答复。", chinese)


async def test_answer_withdrawn_in_time_leaves_an_open_question(pages_of, world):
    thread, _, _, _ = taken_back(world, late=False)
    shown = (await (await pages_of(world, "eu")).get(f"/threads/{thread.position}")).text
    assert "the question is open again" in shown
    assert "Answered in" not in shown


async def test_withdrawn_text_is_struck_and_folded_with_who_and_when(pages_of, world):
    """It reads without a script: a disclosure, closed."""
    thread, _, answer, gone = taken_back(world, late=True)
    page = (await (await pages_of(world, "cn")).get(f"/threads/{thread.position}")).page
    note = page.by_id(str(answer.position))
    assert note
    folded = note.one("group", "Show the withdrawn text")
    assert "open" not in folded.attributes
    [struck] = folded.marked("class", "struck")
    assert struck.text.startswith("Withdrawn text:"), "a line through a text is not spoken"
    assert folded.text.count("It is sent.") == note.text.count("It is sent.") == 1
    [told] = note.marked("data-gone")
    assert f"#{gone.position}" in told.links().values()
    assert "Withdrawn by" in told.text


async def test_open_page_is_told_of_the_reopened_question_and_the_folded_text(pages_of, world):
    """What the script asks for after each entry: regions of the question and of the answer."""
    thread, note, answer, _ = taken_back(world, late=True)
    for party in ("eu", "cn"):
        site = await pages_of(world, party)
        now = (await site.get(f"/threads/{thread.position}/now")).page
        question = now.marked("data-live", str(note.position))[0].text
        assert "not answered again" in question
        assert "Answered in" not in question
        answered = now.marked("data-live", str(answer.position))[0]
        assert answered.all("group", "Show the withdrawn text")


async def test_asker_requests_another_date_after_a_withdrawal(pages_of, world):
    thread, note, _, _ = taken_back(world, late=True)
    page = f"/threads/{thread.position}"
    assert bodies((await (await pages_of(world, "cn")).get(page)).html, "deadline.moved") == []
    offered = bodies((await (await pages_of(world, "eu")).get(page)).html, "deadline.moved")
    assert {each["basis"] for each in offered} == {"withdrawn"}
    assert LATER in {each["due"] for each in offered}
    world.about("eu", "deadline.moved", note, body=offered[1])  # the judge takes it
    world.exchange()
    shown = (await (await pages_of(world, "cn")).get(page)).html
    [accepted] = bodies(shown, "deadline.moved")
    assert accepted["due"] == offered[1]["due"]


async def test_api_says_whether_a_date_is_agreed(pages_of, world):
    ask(world)
    ask(world, AGREED)
    site = await pages_of(world, "cn")
    answer = await site.ask("GET", "/api/asks", "desk", "en", headers={"Accept": "*/*"})
    items = json.loads(answer.html)["items"]
    assert sorted(item["due"]["requested"] for item in items) == [False, True]
