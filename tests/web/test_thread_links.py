"""A thread leads to what it is about, and numbers in texts are links where they name something."""

from __future__ import annotations

import pytest

from special_channel.core.bytes.ids import PARTIES
from tests.permits import LICENCE, amend, issue
from tests.web.pages_node import PagesNode, catch_up
from tests.world import World

NUMBER = "FIKTIV-26-0009744"
TEXT = f"请见{NUMBER}、EU-0和{LICENCE}。Not CN-99999, XEU-0, FIKTIV-26-00097440 or <b>A-1</b>."


async def linking(pages_of) -> tuple[PagesNode, str]:
    """A node with a thread on an application, whose note names numbers of all kinds."""
    world = World.founded()
    batch = world.list_batch([NUMBER], list_="W47")
    thread = world.open_thread("eu", body={"batch": batch.leaf.id, "applications": [NUMBER]})
    world.exchange()
    issue(world, "cn", applications=[NUMBER])
    world.note("cn", thread.leaf.thread or "", (TEXT,))
    world.exchange()
    return await pages_of(world, "eu"), str(thread.position)


def links(site_html) -> dict[str, str]:
    """Addresses by the text of their links."""
    return {each.text: each.attributes["href"] for each in site_html.page.all("link")}


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_numbers_of_what_exists_are_links(pages_of, lang):
    site, number = await linking(pages_of)
    page = await site.get(f"/threads/{number}", lang=lang)
    found = links(page)
    assert found[NUMBER] == f"/applications/{NUMBER}"
    assert found["EU-0"] == "/entries/EU-0/evidence"
    assert found[LICENCE].startswith("/licences/")
    assert not {"CN-99999", "XEU-0", "FIKTIV-26-00097440", "A-1"} & found.keys()
    # The text is as it was signed, and nothing of it becomes markup.
    [part] = [each for each in page.page.marked("data-part", "0") if NUMBER in each.text]
    assert part.text == TEXT
    for href in (found[NUMBER], found["EU-0"], found[LICENCE]):
        assert (await site.get(href, lang=lang)).status == 200
    # And back.
    assert number in (await site.get(f"/applications/{NUMBER}", lang=lang)).text


@pytest.mark.parametrize("party", PARTIES)
async def test_composer_knows_an_application_with_a_line_stop(pages_of, party):
    world = World.founded()
    batch = world.list_batch([NUMBER, "A-1"], urgency="line_stop", stop_on="2026-12-14")
    world.exchange()
    body = {"batch": batch.leaf.id, "applications": [NUMBER]}
    about, other = world.open_thread(party, body=body), world.open_thread(party)
    world.exchange()
    lang, said = ("en", "is a line stop") if party == "eu" else ("zh-CN", "涉及停产申请")
    site = await pages_of(world, party)

    async def stops() -> list[bool]:
        """Tell of the forms of two threads and of two new threads whether they say so."""
        new = (f"/threads/new?application=B-1&application={NUMBER}", "/threads/new")
        paths = (*(f"/threads/{each.position}" for each in (about, other)), *new)
        forms = [(await site.get(path, lang=lang)).page.by_id("compose") for path in paths]
        return [said in form.attributes.get("data-stop", "") for form in forms if form]

    assert await stops() == [True, False, True, False]
    # Withdrawn from its list, or never to wait by the reader's choice, it is nothing to tell.
    amend(world, batch, withdrawn=[{"row": 1, "reason": "issued"}])
    world.exchange()
    await catch_up(site.node)
    assert await stops() == [False] * 4


async def test_reader_who_may_not_open_them_gets_no_links(pages_of):
    site, number = await linking(pages_of)
    assert NUMBER not in links(await site.get(f"/threads/{number}", "oversight"))


async def test_thread_begins_on_inbox_threads_batch_and_application(pages_of):
    site, number = await linking(pages_of)
    batch = next(
        href for name, href in links(await site.get(f"/threads/{number}")).items() if "W47" in name
    )
    for path, start in (
        ("/inbox", "/threads/new"),
        ("/threads", "/threads/new"),
        (batch, f"{batch}/new-thread"),
    ):
        page = await site.get(path)
        assert links(page)["New thread"] == start
        assert (await site.get(start)).status == 200
        assert "New thread" not in links(await site.get(path, "oversight"))
    form = (await site.get(f"/applications/{NUMBER}")).page.fields()
    assert form["application"] == NUMBER
    assert form["batch"] == batch.rpartition("/")[2]
    begun = await site.get(f"/threads/new?application={NUMBER}&batch={form['batch']}")
    assert "New thread on list W47" in begun.text
    assert NUMBER in begun.text
    assert "New thread" not in links(await site.get("/inbox", "oversight"))


async def test_promise_of_a_meeting_is_named_with_its_meeting(pages_of):
    world = World.founded()
    meeting = world.meeting("eu")
    promise = world.point("eu", meeting, point="promise", who="cn")
    world.exchange()
    agreed = world.agree("cn", promise)
    world.exchange()
    thread = world.open_thread("eu")
    named = {"point": promise.leaf.id, "agreed": agreed.leaf.id}
    ask = world.ask("eu", "2027-01-15T09:30:00Z", promise=named)
    note = world.note("eu", thread.leaf.thread or "", ("Has it begun?",), asks=[ask])
    world.exchange()
    site = await pages_of(world, "eu")
    page = await site.get(f"/threads/{thread.position}")
    assert f"/meetings/{meeting.position}" in links(page).values()
    back = links(await site.get(f"/meetings/{meeting.position}"))
    assert f"/entries/{note.position}" in back.values()


async def test_title_names_the_question_that_is_answered(pages_of):
    world = World.founded()
    thread = world.open_thread("cn")
    note = world.note(
        "cn", thread.leaf.thread or "", ("A.",), asks=[world.ask("cn", "2027-01-15T09:30:00Z")]
    )
    world.exchange()
    site = await pages_of(world, "eu")
    path = f"/threads/{thread.position}"
    page = await site.get(f"{path}?answer={note.position}+Q1")
    assert f"Answer to {note.position}, question 1" in page.page.names("heading")
    assert "Your note" in (await site.get(path)).page.names("heading")
