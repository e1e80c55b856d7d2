"""Private marks: done, reminders and labels, on pages and over the API; nobody else sees them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import FormData

from special_channel.core.bytes.ids import Position
from special_channel.core.rows.threads import ThreadRow
from special_channel.stores.reads import ReadMark
from special_channel.web.http.sessions import csrf_token
from tests.web.pages_node import PagesNode, catch_up
from tests.web.reading import group_of, numbers
from tests.web.test_shortcuts import browser_of
from tests.world import World

NEAR = "2026-11-24T16:30:00Z"
FAR = "2026-12-04T16:30:00Z"
WIDE_DAY = "".join(chr(ord(sign) + 0xFEE0) for sign in "2026-12-10")
"""In full-width signs."""


def asked(world: World, due: str) -> str:
    """A thread of the other side with a question to us; return its number."""
    thread = world.open_thread("cn", "Which heading applies?")
    world.note("cn", thread.leaf.thread, asks=[world.ask("cn", due)])
    return str(thread.position)


async def row_of(site: PagesNode, number: str) -> ThreadRow:
    row = await site.own.stores.views.thread(Position.parse(number))
    assert row is not None
    return row


async def listed(site: PagesNode, group: str, who: str = "desk", query: str = "") -> list[str]:
    page = (await site.get(f"/inbox?scope=all{query}", who)).page
    return numbers(group_of(page, group))


async def marks(site: PagesNode, who: str = "desk", **body: Any) -> list[dict[str, Any]]:
    """Mark threads over the API; return them with their marks."""
    answer = await site.ask("POST", "/api/marks", who, "en", json=body)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = json.loads(answer.html)["items"]
    return found


async def test_done_thread_is_back_when_something_new_arrives(pages_of):
    world = World.founded()
    first, second = asked(world, FAR), asked(world, FAR)
    world.exchange()
    site = await pages_of(world, "eu")
    assert await listed(site, "ours") == [first, second]
    done = await site.post("/mark", {"act": "done", "thread": first, "next": f"/threads/{second}"})
    assert (done.status, done.headers["Location"]) == (303, f"/threads/{second}")
    assert await listed(site, "ours") == [second]
    assert await listed(site, "ours", "clerk") == [first, second], "nobody else's inbox changes"
    page = (await site.get("/inbox?scope=all")).page
    assert "1 thread that you put away is left out." in page.text
    assert await listed(site, "ours", query="&away=1") == [first, second]
    drawn = [each for each in page.marked("aria-label") if first in each.attributes["aria-label"]]
    assert drawn, "its date is on the ruler as before"
    assert "Done by you" in (await site.get(f"/threads/{first}")).text
    thread = await row_of(site, first)
    world.note("cn", thread.thread, ("One more point.",))
    world.exchange()
    await catch_up(site.node)
    assert await listed(site, "ours") == [first, second]


async def test_entry_that_came_after_the_page_brings_back_the_thread(pages_of):
    world = World.founded()
    number = asked(world, FAR)
    world.exchange()
    site = await pages_of(world, "eu")
    page = (await site.get(f"/threads/{number}")).page
    [seen] = {each.attributes["value"] for each in page.marked("name", "seen")}
    thread = await row_of(site, number)
    world.note("cn", thread.thread, ("Sent while the page was open.",))
    world.exchange()
    await catch_up(site.node)
    await site.post("/mark", {"act": "done", "thread": number, "seen": seen})
    assert await listed(site, "ours") == [number]


async def test_reminder_never_hides_a_date_that_is_near(pages_of):
    world = World.founded()
    far, near = asked(world, FAR), asked(world, NEAR)
    world.exchange()
    site = await pages_of(world, "eu")
    today = site.own.node.clock.now().date()
    day = str(today + timedelta(days=7))
    for number in (far, near):
        form = (await site.get(f"/mark?act=remind&thread={number}")).page
        assert day in {each.attributes.get("value") for each in form.all("button")} | {day}
        await site.post("/mark", {"act": "remind", "thread": number, "value": day})
    assert await listed(site, "ours") == [near]
    assert f"Reminder {today + timedelta(days=7):%a}" in (await site.get("/inbox?scope=all")).text
    asks = await site.own.stores.views.asks(answering="eu", only_open=True)
    assert {row.due for row in asks} == {FAR, NEAR}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("2026-12-18", "2026-12-18"), (WIDE_DAY, "2026-12-10"), ("2020-01-01", None)],
)
async def test_enter_takes_the_day_that_is_typed(pages_of, typed, kept):
    """It pressed the first of the buttons with days: the next day, whatever was typed."""
    world = World.founded()
    number = asked(world, FAR)
    world.exchange()
    site = await pages_of(world, "eu")
    async with browser_of(site, "desk") as page:
        await page.goto(f"{site.base}/mark?act=remind&thread={number}")
        await page.get_by_role("textbox", name="Another day").fill(typed)
        async with page.expect_request(lambda each: each.method == "POST") as sent:
            await page.keyboard.press("Enter")
        fields = parse_qs((await sent.value).post_data)
    # The node takes no forms from this browser's address.
    answer = await site.post("/mark", {name: value[-1] for name, value in fields.items()})
    assert answer.status == (400 if kept is None else 303)
    items = json.loads((await site.get("/api/marks")).html)["items"]
    assert [each["marks"]["remind_on"] for each in items] == ([] if kept is None else [kept])


@pytest.mark.parametrize(("ahead", "last"), [(0, "2026-12-22"), (8, "2026-12-16")])
async def test_reminder_is_offered_on_days_that_the_calendar_knows(pages_of, ahead, last):
    """In December the day in four weeks lay in the closure, and 1 January was offered for it."""
    world = World.founded()
    number = asked(world, FAR)
    world.exchange()
    world.clock.forward(ahead * 86_400)
    site = await pages_of(world, "eu")
    form = (await site.get(f"/mark?act=remind&thread={number}")).page
    offered = [each.attributes["value"] for each in form.marked("value")
               if each.tag == "button" and each.attributes.get("name") == "value"]  # fmt: skip
    assert max(offered) == last, offered


async def test_reminder_brings_back_the_thread_on_its_day(pages_of):
    world = World.founded()
    number = str(world.open_thread("cn", "For information").position)
    world.exchange()
    site = await pages_of(world, "eu")
    today = site.own.node.clock.now().date()
    await marks(site, threads=[number], act="remind", value=str(today + timedelta(days=1)))
    assert await listed(site, "read") == []
    thread = await row_of(site, number)
    me = world.eu.person("desk")
    await site.own.desk.marks.remind(me, [thread.thread], ReadMark(99, 99), today)
    assert await listed(site, "reminded") == [number]
    assert "Reminders 1" in (await site.get("/inbox")).text
    await site.post("/mark", {"act": "done", "thread": number})
    assert "Reminders 1" not in (await site.get("/inbox")).text


async def test_label_lists_the_readers_threads_alone(pages_of):
    world = World.founded()
    first, second = asked(world, FAR), asked(world, FAR)
    world.exchange()
    site = await pages_of(world, "eu")
    done = await site.post("/mark", {"act": "label", "thread": first, "value": " 磁材  续办 "})
    assert done.status == 303
    page = (await site.get("/threads?show=all&label=磁材 续办")).page
    assert numbers(page.marked("data-row")) == [first]
    assert page.one("navigation", "Labels").names("link") == ["Any label", "磁材 续办"]
    assert "磁材 续办" in (await site.get(f"/threads/{first}")).text
    assert "磁材" not in (await site.get("/threads?show=all", "clerk")).text
    assert "磁材" not in (await site.get(f"/threads/{first}?print=all")).text
    assert [
        each["number"] for each in json.loads((await site.get("/api/marks")).html)["items"]
    ] == [first]
    assert second not in {
        each["number"]
        for each in await marks(site, threads=[first], act="unlabel", value="磁材 续办")
    }
    assert (await site.get("/threads?show=all&label=磁材 续办")).page.marked("data-row") == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"act": "done"}, "No thread is chosen."),
        ({"act": "love", "thread": "1"}, ""),
        ({"act": "done", "thread": "EU-999999"}, "does not exist"),
        ({"act": "remind", "thread": "1", "value": "2020-01-01"}, "2020-01-01 can not be"),
        ({"act": "remind", "thread": "1", "value": "tomorrow"}, "Write a date as 2026-11-24"),
        ({"act": "label", "thread": "1", "value": "x" * 41}, "A label has 1 to 40 characters"),
        ({"act": "label", "thread": "1", "value": "\u202e"}, "A label has 1 to 40 characters"),
        ({"act": "done", "thread": "1", "seen": "soon"}, ""),
    ],
)
async def test_mark_is_refused_in_words_and_nothing_is_stored(pages_of, fields, words):
    world = World.founded()
    number = asked(world, FAR)
    world.exchange()
    site = await pages_of(world, "eu")
    fields = {name: number if value == "1" else value for name, value in fields.items()}
    refused = await site.post("/mark", fields)
    assert refused.status in {400, 404}
    assert words in refused.text
    assert json.loads((await site.get("/api/marks")).html)["items"] == []


@pytest.mark.parametrize(
    ("act", "typed", "corrected"),
    [
        ("label", "磁材" * 21, "磁\u202e材"),
        ("remind", "tomorrow", ""),
        ("remind", "2020-01-01", ""),
    ],
)
async def test_refused_mark_keeps_the_form_as_typed(pages_of, act, typed, corrected):
    world = World.founded()
    number = asked(world, FAR)
    world.exchange()
    site = await pages_of(world, "eu")
    sent = {"act": act, "thread": number, "value": typed, "next": "/threads?show=all", "seen": ""}
    refused = await site.post("/mark", sent)
    assert refused.status == 400
    [field] = refused.page.one("main").all("textbox")
    assert field.attributes["value"] == typed
    assert field.attributes["aria-invalid"] == "true"
    [form] = [each for each in field.outwards() if each.tag == "form"]
    again = form.fields() | {"value": corrected, "act": act, "thread": number}
    done = await site.post("/mark", again)
    assert (done.status, done.headers["Location"]) == (303, "/threads?show=all")
    if act == "label":
        listed = (await site.get("/threads?show=all&label=磁材")).page
        assert len(listed.marked("data-row")) == 1


async def test_marks_have_bounds(pages_of, monkeypatch):
    world = World.founded()
    number = asked(world, FAR)
    world.exchange()
    site = await pages_of(world, "eu")
    body = {"threads": [f"EU-{n}" for n in range(51)], "act": "done"}
    many = await site.ask("POST", "/api/marks", "desk", "en", json=body)
    assert many.status == 400
    query = "&".join(f"thread=EU-{n}" for n in range(51))
    assert "At most 50 threads" in (await site.get(f"/mark?{query}")).text
    monkeypatch.setattr("special_channel.web.marks.queries.MOST_LABELS", 1)
    await marks(site, threads=[number], act="label", value="one")
    await marks(site, threads=[number], act="label", value="one")
    more = {"threads": [number], "act": "label", "value": "two"}
    refused = await site.ask("POST", "/api/marks", "desk", "zh-CN", json=more)
    assert "您的标签已达1个" in refused.text


async def test_watch_and_inbox_act_on_a_selection(pages_of):
    world = World.founded()
    first, second = asked(world, FAR), asked(world, FAR)
    world.exchange()
    site = await pages_of(world, "eu")
    bar = (await site.get("/inbox?scope=all")).page.all("button")
    acts = {each.attributes.get("value") for each in bar if "formaction" in each.attributes}
    assert {"remind", "watch", "label", "done"} <= acts, "a selection takes the same acts"
    form = await site.get(f"/mark?act=watch&thread={first}&thread={second}", lang="zh-CN")
    assert "关注2个事项" in form.page.names("heading")
    await marks(site, threads=[first, second], act="watch")
    followed = await site.own.desk.choices.followed(world.eu.person("desk"))
    assert {*followed.values()} == {"watched"}
    assert len(followed) == 2
    await marks(site, threads=[first, second], act="done")
    assert await listed(site, "ours") == []
    await marks(site, threads=[second], act="inbox")
    assert await listed(site, "ours") == [second]


@pytest.mark.parametrize("who", ["registrar", "oversight"])
async def test_person_who_writes_nothing_marks_a_selection(pages_of, who):
    world = World.founded()
    first, second = asked(world, FAR), asked(world, FAR)
    world.exchange()
    site = await pages_of(world, "eu")
    for path in ("/inbox?scope=all", "/threads"):
        page = (await site.get(path, who)).page
        assert {each.attributes["value"] for each in page.marked("name", "thread")} == {
            first, second,
        }  # fmt: skip
        buttons = [each for each in page.all("button") if "formaction" in each.attributes]
        acts = {(e.attributes["formaction"], e.attributes.get("value")) for e in buttons}
        assert acts == {("/mark", act) for act in ("remind", "watch", "label", "done")}
        assert "Assign the chosen threads" not in page.names("button")
        assert "Answer" not in page.names("link")
    form = await site.get(f"/mark?act=label&thread={first}&thread={second}", who)
    assert form.status == 200
    for act, value in (("label", "磁材"), ("done", "")):
        fields = [("act", act), ("value", value), ("thread", first), ("thread", second)]
        token = await site.sign_in(who)
        data = FormData([("csrf", csrf_token(token)), *fields])
        assert (await site.ask("POST", "/mark", who, "en", data=data)).status == 303
    assert await listed(site, "ours", who) == []
    assert await listed(site, "ours") == [first, second], "nobody else's inbox changes"


async def test_thread_marked_unread_is_in_the_inbox_again(pages_of):
    world = World.founded()
    number = asked(world, FAR)
    world.exchange()
    site = await pages_of(world, "eu")
    await marks(site, threads=[number], act="done")
    await site.post(f"/threads/{number}/unread", {"entry": number})
    assert await listed(site, "ours") == [number]
