"""What a person who has left began, for the colleagues who go on with it."""

from __future__ import annotations

import pytest

from special_channel.stores.drafts import Replaces
from special_channel.web.persons.views import WorkItem
from special_channel.web.shell.render import render
from tests.web.pages_node import PagesNode, catch_up
from tests.web.reading import Page
from tests.web.samples.directory import person_left
from tests.web.samples.people import frame
from tests.world import World


async def left_node(pages_of, desk: str = "", **body: int) -> tuple[World, PagesNode, str, str]:
    """A node whose clerk has left, with a thread of the clerk's; the thread and the page.

    `desk`: of a second function that the clerk had.
    """
    world = World.founded()
    thread = world.open_thread("eu", by="clerk").leaf.thread or ""
    due = "2027-01-15T16:30:00Z"
    world.note("eu", thread, ("A question.",), by="clerk", asks=[world.ask("eu", due)])
    world.exchange()
    site = await pages_of(world, "eu")
    key = world.eu.keys["clerk"].key
    now = site.own.node.clock.now()
    await site.own.desk.drafts.save(key, thread, '{"text":"Half a"}', now, Replaces(0, "a"))
    if desk:
        granted = {"person": world.eu.person("clerk"), "grant": 2, "role": "desk", "desk": desk}
        granted |= {"unit": "Unit G.2"}
        grant = world.payload("eu", "role.granted", by="registrar", body=granted)
        world.append("eu", grant, also=["head"])
    stated = {"person": world.eu.person("clerk")} | body
    payload = world.payload("eu", "person.left", by="registrar", body=stated)
    world.append("eu", payload, also=["head"])
    await catch_up(site.node)
    row = (await site.own.stores.views.keys([key]))[key]
    return world, site, thread, f"/people/eu/{row.number}"


def work(page: Page) -> list[list[str]]:
    [heading] = [each for each in page.names("heading") if each.startswith("Work to be handed on")]
    return page.rows(heading)[1:]


async def test_colleagues_read_what_was_begun(pages_of):
    _, site, _, url = await left_node(pages_of)
    rows = work((await site.get(url)).page)
    assert [row[0] for row in rows] == ["draft", "question to the other side, open"]
    assert len({row[1] for row in rows}) == 1


async def test_draft_is_taken_over_by_one_colleague(pages_of):
    _, site, thread, url = await left_node(pages_of)
    post = url.replace("/people/eu", "/people/left") + "/drafts"
    done = await site.post(post, {"place": thread})
    assert (done.status, done.headers["Location"]) == (303, f"{url}#work")
    key = site.node.world.eu.keys["desk"].key
    held = await site.own.desk.drafts.load(key, thread)
    assert held is not None
    assert held.text == '{"text":"Half a"}'
    assert [row[0] for row in work((await site.get(url)).page)] == [
        "question to the other side, open"
    ]
    again = await site.post(post, {"place": thread}, "head")
    assert (again.status, "draft-taken" in again.text) == (404, True)
    assert "Draft handed on" in (await site.get("/people/journal", "head")).text


async def test_overseer_of_the_desk_takes_nothing_over(pages_of):
    _, site, thread, url = await left_node(pages_of, "audit")
    assert "Work to be handed on" not in (await site.get(url, "oversight")).text
    post = url.replace("/people/eu", "/people/left") + "/drafts"
    refused = await site.post(post, {"place": thread}, "oversight")
    assert (refused.status, "role-access" in refused.text) == (403, True)
    assert "Work to be handed on" in (await site.get(url, "head")).text


async def test_doubt_lists_disputed_entries(pages_of):
    _, site, _, url = await left_node(pages_of, since=0)
    rows = work((await site.get(url, "head")).page)
    assert "disputed entry, not reviewed Opening of a thread" in [row[0] for row in rows]


async def test_work_of_a_person_in_function_is_nobody_elses(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    key = world.eu.keys["clerk"].key
    number = (await site.own.stores.views.keys([key]))[key].number
    await site.own.desk.drafts.save(key, "new", '{"text":"Mine"}', site.own.node.clock.now())
    assert "Work to be handed on" not in (await site.get(f"/people/eu/{number}", "head")).text
    refused = await site.post(f"/people/left/{number}/drafts", {"place": "new"}, "head")
    assert refused.status == 403


@pytest.mark.parametrize("party", ["eu", "cn"])
def test_sample_shows_all_kinds_of_work(party):
    page = Page(render(person_left(party), frame(party, "en")))
    assert len(work(page)) == 6
    assert len([each for each in page.names("button") if each.startswith("Take over")]) == 2


async def test_draft_of_a_question_about_a_promise_is_named_as_one(pages_of):
    world = World.founded()
    promise = world.point("eu", world.meeting("eu"), point="promise", who="cn")
    world.exchange()
    world.agree("cn", promise)
    world.exchange()
    site = await pages_of(world, "eu")
    form = (await site.get(f"/threads/new?promise={promise.position}")).page
    [draft] = [each for each in form.marked("data-draft") if each.attributes["data-draft"]]
    place = draft.attributes["data-draft"]
    assert place == f"promise-{promise.id[:32]}"
    assert WorkItem(what="draft", place=place).form == "promise"
