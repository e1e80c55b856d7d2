"""Requests for priority, promises and notes are looked at with the record, before they are sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from special_channel.core.bytes.ids import Party
from tests.web.pages_node import PagesNode
from tests.web.test_marked_texts import asked, sent
from tests.world import World


async def shown(
    site: PagesNode, *entries: dict[str, Any], lang: str = "en", name: str = "x"
) -> list[tuple[str, str]]:
    """What the dialog before a signature says of entries: rule and sentence."""
    draft = json.dumps({"steps": [{"entries": list(entries)}]})
    headers = {"Accept": "application/json"}
    body = {"fields": {"draft": [draft]}, "version": None}
    path = f"/api/drafts/sign {name}"
    answer = await site.ask("PUT", path, "desk", lang, json=body, headers=headers)
    return [(each["rule"], each["sentence"]) for each in json.loads(answer.html)["found"]]


def priority(*numbers: str, reason: str = "line_stop") -> dict[str, Any]:
    body = {"applications": list(numbers), "reason": reason}
    return {"make": "entry", "kind": "priority.requested", "body": body}


async def test_request_for_priority_is_looked_at_in_both_languages(pages_of):
    world = World.founded()
    world.list_batch(["A-1", "A-2"], list_="W46")
    world.exchange()
    site = await pages_of(world, "eu")
    assert await shown(site, priority("A-1", reason="stock_low")) == []
    assert await shown(site, priority("A-1", "B-1")) == [
        ("S-086", "Reason “production stops”, but no list has A-1 as a production stop."),
        ("S-085", "B-1: it was on no list."),
        ("S-086", "Reason “production stops”, but no list has B-1 as a production stop."),
    ]
    assert await shown(site, priority("B-1", reason="stock_low"), lang="zh-CN") == [
        ("S-085", "B-1：未列入任何清单。")
    ]
    # Of many of one kind the first ones are written, with the number of the others.
    many = await shown(site, priority(*(f"B-{n}" for n in range(12)), reason="stock_low"))
    assert [rule for rule, _ in many] == ["S-085"] * 5
    assert many[-1][1] == "B-4: it was on no list. (and 7 more of this kind)"
    # What no model takes is left to the judge.
    assert await shown(site, {"make": "entry", "kind": "priority.requested", "body": {}}) == []


async def test_answer_on_priority_is_looked_at(pages_of):
    world = World.founded()
    world.exchange()
    site = await pages_of(world, "cn")
    answers = [{"number": "A-1", "answer": "granted", "remark": "law"}]
    entry = {"make": "entry", "kind": "priority.answered", "body": {"answers": answers}}
    [(rule, sentence)] = await shown(site, entry)
    assert rule == "S-087"
    assert sentence == (
        "Answer “granted” and remark “not available for legal reasons” don’t fit (A-1)."
    )


def point(due: str | None, ref: str = "first") -> dict[str, Any]:
    body = {"point": "promise", "who": "cn", "due": due}
    return {"make": "written", "kind": "point.noted", "ref": ref, "body": body, "text": "It comes."}


HELD = {"on": "2026-11-19", "place": "Here", "level": "working"}


async def test_promise_is_looked_at_with_the_meeting_of_the_same_form(pages_of):
    site = await pages_of(World.founded(), "eu")
    meeting = {"make": "written", "kind": "meeting.held", "body": HELD}
    assert await shown(site, meeting, point("2026-12-01")) == []
    [(rule, sentence)] = await shown(site, meeting, point("2026-11-18"))
    assert rule == "S-088"
    assert sentence.startswith("Promised for 18 Nov 2026: that is before the meeting of 19 Nov 202")
    [(_, undated)] = await shown(site, meeting, point(None))
    assert undated.startswith("The promise has no date.")
    assert await shown(site, point("2026-11-18", ref="")) == []


@pytest.mark.parametrize("path", ["/api/entries", "/api/clearances"])
async def test_promise_for_a_day_before_its_meeting_is_refused(pages_of, path):
    world = World.founded()
    meeting = world.meeting("eu", on="2026-11-19")
    world.exchange()
    site = await pages_of(world, "eu")
    made = sent(world.point("eu", meeting, point="promise", who="eu", due="2026-11-18").submission)
    answer = await asked(site, "POST", path, {"entries": [made]} if "entries" in path else made)
    assert (answer["http"], answer["code"]) == (409, "promise-impossible")
    assert answer["title"].startswith("Promised for 18 Nov 2026: that is before the meeting")


async def test_meeting_of_a_day_to_come_is_refused(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    meeting = {"make": "written", "kind": "meeting.held", "body": {**HELD, "on": "2027-03-01"}}
    [(rule, sentence)] = await shown(site, meeting)
    assert (rule, sentence) == ("S-009", "The meeting of 1 Mar 2027 lies in the future.")
    made = sent(world.meeting("eu", on="2027-03-01").submission)
    answer = await asked(site, "POST", "/api/entries", {"entries": [made]})
    assert (answer["http"], answer["code"]) == (409, "promise-impossible")


async def thread_with_questions(pages_of, party: Party) -> tuple[PagesNode, World, str]:
    """A thread in which either side has an open question."""
    world = World.founded()
    thread = world.open_thread(party).leaf.thread
    assert thread is not None
    world.exchange()
    for side in ("eu", "cn"):
        due = "2026-12-22T02:00:00Z"
        world.note(side, thread, ["When was it accepted?"], asks=[world.ask(side, due, part=0)])
        world.exchange()
    return await pages_of(world, party), world, thread


async def test_note_is_looked_at_with_the_thread(pages_of):
    site, world, thread = await thread_with_questions(pages_of, "eu")
    ask = {"text": "when was it  accepted", "textTr": "", "due": "2026-12-20T02:00:00Z"}
    note = {"make": "note", "thread": thread, "text": "Of CN-77 and others.", "asks": [ask]}
    found = await shown(site, note)
    assert [rule for rule, _ in found] == ["S-089", "S-090"]
    assert found[0][1].startswith("Question 1: 20 Dec 2026 10:00 is not office time in Beijing.")
    assert found[1][1].startswith("Question 1: The same question is open: EU-")
    # The page has asked of each open question; who sends without the page is asked here.
    made = sent(world.note("eu", thread, ["We looked."]).submission)
    looked = await asked(site, "POST", "/api/entries/look", {"entries": [made]})
    [item] = looked["items"]
    assert item["rule"] == "S-092"
    assert item["sentence"].startswith("Does this answer CN-")


async def test_time_of_a_question_past_the_calendars_is_noted(pages_of):
    site, _, thread = await thread_with_questions(pages_of, "eu")
    ask = {"text": "Why?", "textTr": "", "due": "2027-02-10T08:00:00Z", "rule": "other"}
    note: dict[str, Any] = {"make": "note", "thread": thread, "text": "We ask.", "asks": [ask]}
    assert await shown(site, note) == []
    note["asks"] = [ask | {"provisional": "1"}]
    [(rule, sentence)] = await shown(site, note)
    assert rule == "S-072"
    assert sentence.startswith("Question 1: The time to answer is provisional")
    [(_, chinese)] = await shown(site, note, lang="zh-CN", name="y")
    assert "该答复时间为暂定" in chinese


ODD = {
    "last-moment": {"text": "q?", "due": "9999-12-31T23:00:00Z"},
    "no-time": {"text": "q?", "due": "soon"},
    "no-text": {"text": ["q?"], "due": "2026-12-20T02:00:00Z"},
}


@pytest.mark.parametrize("odd", ODD)
async def test_odd_question_is_left_to_the_judge(pages_of, odd):
    site, _, thread = await thread_with_questions(pages_of, "eu")
    note = {"make": "note", "thread": thread, "text": "x", "asks": [ODD[odd]]}
    await shown(site, note)


async def test_look_that_fails_fails_no_save(pages_of, monkeypatch):
    site, _, thread = await thread_with_questions(pages_of, "eu")

    async def fails(*_: object, **__: object) -> None:
        raise KeyError

    monkeypatch.setattr("special_channel.web.drafts.api.look_at_each", fails)
    note = {"make": "note", "thread": thread, "text": "x"}
    assert await shown(site, note) == []
    held = await asked(site, "GET", "/api/drafts/sign x", {})
    assert held["fields"]
