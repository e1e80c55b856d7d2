"""Dates of a question on its thread: proposed by whoever answers, agreed by whoever waits."""

from __future__ import annotations

import html
import json
import re
from hashlib import sha256

import pytest

from special_channel.core import canonical
from special_channel.core.times import posix
from tests.core.calendar_files import both_sides
from tests.world import World

DUE = "2026-11-27T09:30:00Z"
LATER = "2026-12-01T09:30:00Z"


@pytest.fixture
def world() -> World:
    made = World.founded()
    made.exchange()
    return made


def bodies(page: str, kind: str) -> list[dict[str, str]]:
    """What each button of a kind would sign."""
    found = re.findall(rf'data-sign="{kind}"[^>]*?data-body="([^"]*)"', page)
    return [json.loads(html.unescape(each)) for each in found]


def ask(world: World):
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", DUE)])
    world.exchange()
    return thread, note


async def test_only_the_side_that_answers_is_offered_dates_and_each_is_a_close_of_business(
    pages_of, world
):
    thread, note = ask(world)
    page = f"/threads/{thread.position}"
    cn = (await (await pages_of(world, "cn")).get(page, lang="zh-CN")).html
    offered = bodies(cn, "date.proposed")
    assert [each["due"] for each in offered] == [
        "2026-11-30T09:30:00Z",
        "2026-12-01T09:30:00Z",
        "2026-12-02T09:30:00Z",
        "2026-12-04T09:30:00Z",
        "2026-12-11T09:30:00Z",
    ]
    assert {each["q"] for each in offered} == {"1"}
    assert "提议另定期限" in cn
    eu = (await (await pages_of(world, "eu")).get(page, lang="en")).html
    assert bodies(eu, "date.proposed") == []
    assert bodies(eu, "deadline.moved") == []
    # What the button signs is what the judge takes.
    world.about("cn", "date.proposed", note, body=offered[1])


async def test_the_waiting_side_agrees_in_one_click_and_the_history_says_so(pages_of, world):
    thread, note = ask(world)
    world.about("cn", "date.proposed", note, body={"q": "1", "due": LATER})
    world.exchange()
    site = await pages_of(world, "eu")
    shown = (await site.get(f"/threads/{thread.position}", lang="en")).html
    [agreed] = bodies(shown, "deadline.moved")
    assert (agreed["due"], agreed["basis"]) == (LATER, "agreed")
    assert "CN proposed Tue 1 Dec 10:30 Brussels, 17:30 Beijing." in shown
    world.about("eu", "deadline.moved", note, body=agreed)
    world.exchange()


async def test_no_date_is_offered_once_it_is_answered_or_where_no_calendar_covers_it(
    pages_of, world
):
    thread, note = ask(world)
    world.clock.seconds = 1798675200  # 31 Dec 2026: no release says what January is
    page = f"/threads/{thread.position}"
    site = await pages_of(world, "cn")
    assert bodies((await site.get(page, lang="en")).html, "date.proposed") == []
    world.answer("cn", note)
    world.exchange()
    again = await pages_of(world, "cn")
    assert bodies((await again.get(page, lang="en")).html, "date.proposed") == []


async def test_who_leads_the_waiting_side_may_take_a_passed_question_higher_and_nobody_else(
    pages_of, world
):
    thread, note = ask(world)
    page = f"/threads/{thread.position}"
    early = await pages_of(world, "eu")
    assert bodies((await early.get(page, "head")).html, "referral.sent") == []
    world.clock.seconds = posix(DUE) + 1
    world.pass_due("eu", note, DUE)
    world.exchange()
    eu, cn = await pages_of(world, "eu"), await pages_of(world, "cn")
    for site, who, levels in (
        (eu, "head", ["head", "director"]),
        (eu, "desk", []),
        (cn, "head", []),
    ):
        shown = bodies((await site.get(page, who, lang="zh-CN")).html, "referral.sent")
        assert [each["level"] for each in shown] == levels, who


async def test_the_asker_may_have_a_question_counted_by_the_rules_adopted_since(pages_of):
    """By a click or by machine; the other side is told nothing until it is signed."""
    stated = [
        {"party": party, "digest": held.digest, "last": held.last_covered.isoformat()}
        for party, held in both_sides().items()
    ]
    world = World.founded(calendars=stated)
    rule = {"rule": "three-working-days", "count": "answering"}
    digest = sha256(canonical.dumps(world.charter(calendars=stated))).hexdigest()
    thread = world.open_thread("eu")
    counted = {"rule": rule["rule"], "calendar": both_sides()["cn"].digest, "charter": digest}
    note = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", DUE, **counted)])
    world.exchange()
    page = f"/threads/{thread.position}"
    assert bodies((await (await pages_of(world, "eu")).get(page)).html, "deadline.moved") == []
    for party in ("eu", "cn"):
        longer = [rule | {"working_days": 5}]
        world.adopt(party, number=2, calendars=stated, reply_rules=longer)
    world.exchange()
    eu, cn = await pages_of(world, "eu"), await pages_of(world, "cn")
    shown = await eu.get(page, lang="zh-CN")
    assert "按现行规则重新计算" in shown.text
    [body] = bodies(shown.html, "deadline.moved")
    assert (body["due"], body["basis"]) == (LATER, "rebase")
    assert bodies((await cn.get(page)).html, "deadline.moved") == []
    assert bodies((await eu.get(page, "oversight")).html, "deadline.moved") == []
    [item] = json.loads((await eu.get("/api/rebases")).html)["items"]
    assert (item["body"], item["due"], item["to"], item["changes"]) == (body, DUE, LATER, True)
    assert json.loads((await cn.get("/api/rebases")).html)["items"] == []
    # What the button signs is what the judge takes.
    world.about("eu", "deadline.moved", note, body=body)
    world.exchange()
    after = (await pages_of(world, "eu")).get
    assert bodies((await after(page)).html, "deadline.moved") == []
    assert "counted anew" in (await after(page, lang="en")).text
