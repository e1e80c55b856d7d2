"""Dates of a question on its thread: proposed by whoever answers, agreed by whoever waits."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.times import posix
from special_channel.core.rows.charter_calendars import stated as stated_by
from tests.core.calendar_files import both_sides
from tests.web.reading import Page
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
    buttons = Page(page).marked("data-sign", kind)
    return [json.loads(each.attributes["data-body"]) for each in buttons]


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
    assert "提议另定答复时间" in cn
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
    stated = [stated_by(held) for held in both_sides().values()]
    world = World.founded(calendars=stated)
    rule = {"rule": "three-working-days", "count": "answering"}
    digest = sha256(canonical.dumps(world.charter(calendars=stated))).hexdigest()
    thread = world.open_thread("eu")
    counted = {"rule": rule["rule"], "calendar": both_sides()["cn"].digest, "charter": digest}
    asks = [world.ask("eu", DUE, **counted)]
    note = world.note("eu", thread.leaf.thread, asks=asks)
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
    assert "counted again" in (await after(page, lang="en")).text


SPAN = {"first": "2026-11-24T16:00:00Z", "last": "2026-11-26T16:00:00Z"}
"""25 and 26 November in Beijing."""


def counted(**rule):
    """A world whose charter names the calendars under config/, and a question counted by it."""
    stated: dict[str, Any] = {
        "calendars": [stated_by(held) for held in both_sides().values()],
        "reply_rules": [
            {"rule": "three-working-days", "working_days": 3, "count": "answering"} | rule
        ],
    }
    world = World.founded(**stated)
    named = sha256(canonical.dumps(world.charter(**stated))).hexdigest()
    thread = world.open_thread("eu")
    ask = world.ask("eu", DUE, rule="three-working-days", charter=named)
    note = world.note("eu", thread.leaf.thread, asks=[ask])
    world.exchange()
    return world, thread, note


async def test_whoever_answers_proposes_to_suspend_the_clock_and_whoever_waits_agrees(pages_of):
    world, thread, note = counted()
    page, form = f"/threads/{thread.position}", f"/threads/{thread.position}/suspend"
    eu, cn = await pages_of(world, "eu"), await pages_of(world, "cn")
    assert 'action="' + form not in (await eu.get(page)).html
    shown = await cn.get(page, lang="zh-CN")
    assert 'action="' + form in shown.html
    assert "提议中止计时" in shown.text
    asked = f"{form}?ask={note.position}:1&first=2026-11-25&last=2026-11-26"
    would = await cn.get(asked)
    [body] = bodies(would.html, "date.proposed")
    assert body == {"q": "1", "due": LATER, "suspended": SPAN}
    assert "Wed 25 Nov – Thu 26 Nov 2 working days that would have counted" in would.text
    proposal = world.about("cn", "date.proposed", note, body=body)
    world.exchange()
    eu = await pages_of(world, "eu")
    offered = await eu.get(page, lang="en")
    [agreed] = bodies(offered.html, "deadline.moved")
    assert (agreed["basis"], agreed["proposal"]) == ("suspended", proposal.id)
    told = "clock suspended on Wed 25 Nov – Thu 26 Nov (dates in Beijing)"
    assert offered.text.count(told) == 2  # in the question's dates, and in the thread
    assert offered.html.count(told) == 3  # and in what is confirmed before it is signed
    world.about("eu", "deadline.moved", note, body=agreed)
    world.exchange()
    after = await (await pages_of(world, "eu")).get(page, lang="en")
    assert "both sides suspended the clock" in after.text
    assert bodies(after.html, "deadline.moved") == []


@pytest.mark.parametrize(
    ("first", "last", "code", "wrong"),
    [
        ("soon", "2026-11-26", "suspension-malformed", ["First day"]),
        ("2026-11-26", "2026-11-25", "suspension-malformed", ["Last day"]),
        ("2026-11-28", "2026-11-29", "suspension-empty", []),
        ("2026-11-26", "2027-03-01", "suspension-provisional", []),
    ],
)
async def test_days_not_to_be_suspended_are_refused_by_code_and_field(
    pages_of, first, last, code, wrong
):
    world, thread, note = counted()
    cn = await pages_of(world, "cn")
    shown = await cn.get(
        f"/threads/{thread.position}/suspend?ask={note.position}:1&first={first}&last={last}"
    )
    assert (shown.status, bodies(shown.html, "date.proposed")) == (200, [])
    page = Page(shown.html)
    [refusal] = [each.text for each in page.all("status") if each.text]
    assert refusal.endswith(code)
    days = page.one("main").all("textbox")
    assert [each.attributes["value"] for each in days] == [first, last]
    assert [each.name for each in days if "aria-invalid" in each.attributes] == wrong


async def test_no_suspension_is_offered_where_the_rule_forbids_it_or_to_who_does_not_answer(
    pages_of,
):
    world, thread, note = counted(suspends="never")
    form = f"/threads/{thread.position}/suspend?ask={note.position}:1"
    cn, eu = await pages_of(world, "cn"), await pages_of(world, "eu")
    assert "/suspend" not in (await cn.get(f"/threads/{thread.position}")).html
    for site, which in ((cn, form), (eu, form)):
        shown = await site.get(which)
        assert (shown.status, "suspension-not-open" in shown.html) == (409, True)
    assert (await cn.get(form + "9")).status == 404
    assert (await cn.get(form, who="oversight")).status == 403
