"""A thread over the API: the model that its page shows, and what only the page may do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
import pytest_asyncio

from special_channel.core.bytes.ids import PARTIES, peer_of
from special_channel.core.log.leaf import Leaf
from special_channel.ports import Stored
from special_channel.stores.thread_windows import ThreadWindows
from tests import damage
from tests.stories import DUE, busy
from tests.web.pages_node import PagesNode, catch_up
from tests.web.reading import Page
from tests.world import World


@pytest_asyncio.fixture
async def story():
    return busy()


@pytest_asyncio.fixture
async def pages(pages_of, story) -> PagesNode:
    served: PagesNode = await pages_of(story.world, "eu")
    return served


async def answer(pages: PagesNode, path: str) -> dict[str, Any]:
    shown = await pages.get(path, headers={"Accept": "application/json"})
    assert shown.status == 200, shown.html
    answered: dict[str, Any] = json.loads(shown.html)
    return answered


async def test_thread_of_the_api_is_what_the_page_shows(pages, story):
    path = f"/threads/{story.thread.position}"
    page, thread = Page((await pages.get(path)).html), await answer(pages, f"/api{path}")
    entries = [each for each in page.all("listitem") if "data-kind" in each.attributes]
    assert [each["position"] for each in thread["items"]] == [
        each.attributes["id"] for each in entries
    ]
    assert thread["thread"]["subjects"] == [page.one("heading", "Certificate without stamp").name]
    notes = {each["position"]: each for each in thread["items"] if each["type"] == "note"}
    for entry in entries:
        note = notes.get(entry.attributes["id"])
        if note:
            assert all(words["text"] in entry.text for words in note["paragraphs"])
            assert all(file["name"] in entry.text for file in note["files"])
    questions = page.one("complementary", "About this thread")
    assert [each["number"] for each in thread["asks"]] == [
        each.name for each in questions.all("link") if " Q" in each.name
    ]
    assert f"Log of EU: {thread['eu']} entries" in questions.text


async def test_questions_of_a_thread_hold_what_the_list_says(pages, story):
    thread = await answer(pages, f"/api/threads/{story.thread.position}")
    found = [each for each in thread["asks"] if each["outcome"] == "open"]
    listed = (await answer(pages, "/api/asks?answering=cn"))["items"]
    assert [each["number"] for each in listed] == [f"{story.note.position} Q2"]
    assert [{name: each[name] for name in listed[0]} for each in found] == listed
    assert found[0]["text"]["text"] == "Good morning."
    assert found[0]["history"][1]["what"] == "proposed"
    assert found[0]["due"]["answering"] == "cn"


async def test_note_with_its_own_translation_holds_both_texts(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    body = {"translation": {"lang": "en", "parts": [1]}}
    world.note("cn", thread.leaf.thread, ("可以。", "Yes."), lang="zh-CN", body=body)
    world.exchange()
    pages = await pages_of(world, "eu")
    [note] = [
        each
        for each in (await answer(pages, f"/api/threads/{thread.position}"))["items"]
        if each["type"] == "note"
    ]
    assert [words["text"] for words in note["paragraphs"]] == ["可以。"]
    translated = {"text": "Yes.", "lang": "en", "ordinal": 1, "presence": "present"}
    assert note["translation"] == {"paragraphs": [translated], "party": "cn"}


async def test_passed_date_is_told_with_question_and_time(pages, story):
    thread = await answer(pages, f"/api/threads/{story.thread.position}")
    [passed] = [each for each in thread["items"] if each["kind"] == "deadline.passed"]
    note = str(story.note.position)
    assert passed["facts"] == {
        "ref": note,
        "ask": f"{note} Q1",
        "due": "Tue 24 Nov 10:00 Brussels, 17:00 Beijing",
    }


async def test_withdrawn_answer_is_named_until_it_is_answered_again(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    asks = [world.ask("eu", DUE, q=str(q)) for q in (1, 2)]
    note = world.note("eu", thread.leaf.thread, ("One?", "Two?"), asks=asks)
    world.exchange()
    first = world.answer("cn", note, ["1", "2"])
    withdrawal = world.about("cn", "note.withdrawn", first)
    world.answer("cn", note, ["2"])
    world.exchange()
    pages = await pages_of(world, "eu")
    found = (await answer(pages, f"/api/threads/{thread.position}"))["asks"]
    assert {ask["q"]: ask.get("withdrawn") for ask in found} == {
        "1": {
            "answered_in": str(first.position),
            "answered_at": first.leaf.accepted,
            "withdrawn_in": str(withdrawal.position),
            "withdrawn_at": withdrawal.leaf.accepted,
        },
        "2": None,
    }


async def test_api_marks_nothing_as_read(pages, story):
    path = f"/threads/{story.thread.position}"
    for _ in range(2):
        items = (await answer(pages, f"/api{path}"))["items"]
        unread = {each["position"] for each in items if each["unread"]}
        assert str(story.answer.position) in unread
    assert "New to you" in (await pages.get(path)).text
    thread = await answer(pages, f"/api{path}")
    assert not [each for each in thread["items"] if each["unread"]]
    assert thread["last_visit"]


async def test_question_of_a_lost_note_is_kept_without_its_text(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    note = world.note(
        "eu", thread.leaf.thread, ("Which papers?",), asks=[world.ask("eu", "2026-12-04T09:00:00Z")]
    )
    world.exchange()
    pages: PagesNode = await pages_of(world, "eu")
    lost = damage.entry_deleted("eu", note.position.index)
    await damage.tamper(pages.node.database.superuser, *lost)
    path = f"/threads/{thread.position}"
    [ask] = (await answer(pages, f"/api{path}"))["asks"]
    assert (ask["number"], ask["text"]["presence"]) == (f"{note.position} Q1", "damaged")
    page = Page((await pages.get(path)).html)
    about = page.one("complementary", "About this thread")
    assert "Damaged in our side’s database and not shown." in about.text
    assert "Which papers?" not in page.text


@pytest.mark.parametrize("party", PARTIES)
async def test_ladder_of_a_thread_is_of_the_question_to_our_side(pages_of, party):
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    asked = {
        side: world.note(side, thread.leaf.thread, asks=[world.ask(side, DUE)]) for side in PARTIES
    }
    world.exchange()
    found = await answer(await pages_of(world, party), f"/api/threads/{thread.position}")
    assert found["ladder_of"] == f"{asked[peer_of(party)].position} Q1"


async def test_date_moved_while_a_page_is_read_has_its_entry_there(pages_of):
    """A due time without the entry that moved it would look like one that nobody signed."""
    world = World.founded()
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", DUE)])
    world.exchange()
    later = {"q": "1", "due": "2026-12-01T09:00:00Z"}
    proposed = world.about("cn", "date.proposed", note, body=later)
    world.exchange()
    site = await pages_of(world, "eu")
    read = ThreadWindows.entries_between

    async def moved_meanwhile(views: ThreadWindows, *asked: Any, **more: Any) -> Sequence[Stored]:
        entries = await read(views, *asked, **more)
        if not any(entry.kind == "deadline.moved" for entry in site_entries):
            body = later | {"basis": "agreed", "proposal": proposed.id}
            site_entries.append(world.about("eu", "deadline.moved", note, body=body).leaf)
            await catch_up(site.node)
        return entries

    site_entries: list[Leaf] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ThreadWindows, "entries_between", moved_meanwhile)
        shown = await answer(site, f"/api/threads/{thread.position}")
    assert len(site_entries) == 1
    assert shown["asks"][0]["due"]["at"] == later["due"]
    assert "deadline.moved" in [item.get("kind") for item in shown["items"]]
