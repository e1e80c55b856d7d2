"""Threads are assigned to a colleague and handed over; only our side reads who has them."""

from __future__ import annotations

from itertools import count

import orjson
import pytest

from special_channel.desk.payloads import Author
from special_channel.desk.written import Wording, assigned
from tests.web.pages_node import PagesNode, Shown
from tests.world import World

AT = "2026-11-24T08:00:{:02}Z"


class Scene:
    """Two threads of the other side, on our node."""

    def __init__(self) -> None:
        self.world = World.founded()
        self.threads = [self.world.open_thread("cn", text) for text in ("First", "Second")]
        self.world.exchange()
        self.numbers = [str(thread.position) for thread in self.threads]
        self.seconds = count()

    async def assign(
        self, site: PagesNode, *threads: int, to: str = "", by: str = "desk", remark: str = ""
    ) -> Shown:
        """Sign assignments and send them in one request, as the page does."""
        side = self.world.sides[site.node.party]
        at = AT.format(next(self.seconds))
        author = Author(side.keys[by], side.private_origin, at, (), lambda size: b"\1" * size)
        person = side.person(to) if to in side.keys else to
        sent = []
        for each in threads:
            id_ = self.threads[each].leaf.thread or ""
            entry = assigned(author, id_, person, Wording("en", remark))
            parts = [part.decode() for part in entry.parts if part]
            sent.append({"envelope": entry.envelope.decode(), "parts": parts})
        return await site.ask("POST", "/api/entries", by, "en", json={"entries": sent})


async def test_selection_is_assigned_and_everybody_of_our_side_reads_to_whom(pages_of):
    scene = Scene()
    site = await pages_of(scene.world, "eu")
    form = (await site.get("/assign?" + "&".join(f"thread={each}" for each in scene.numbers))).page
    assert form.names("heading")[0] == "Assign 2 threads"
    assert (await scene.assign(site, 0, 1, to="clerk", remark="During my leave")).status == 200
    for path in ("/inbox?scope=all", "/threads"):
        assert (await site.get(path)).text.count("Assigned to Łukasz Żelazny") == 2
    thread = (await site.get(f"/threads/{scene.numbers[0]}")).page
    assert "Assigned to Łukasz Żelazny" in thread.text
    assert "Hand over" in thread.names("link")
    [event] = [each.text for each in thread.all("listitem") if "During my leave" in each.text]
    assert "Only on our side Assigned to Łukasz Żelazny. Ilona Kőszegi" in event
    assert (await scene.assign(site, 0, by="clerk")).status == 200
    thread = (await site.get(f"/threads/{scene.numbers[0]}")).page
    assert "Assigned to nobody" in thread.text
    listed = orjson.loads((await site.get("/api/threads")).html)["items"]
    assert [item["holder"]["name"] if "holder" in item else "" for item in listed] == [
        "Łukasz Żelazny", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("person", "code"),
    [("f" * 32, "person-unknown"), ("other", "assign-other-side"), ("stopped", "assign-stopped")],
)
async def test_assignment_to_nobody_who_could_act_is_refused(person, code, pages_of):
    scene = Scene()
    if person == "other":
        person = scene.world.cn.person("desk")
    if person == "stopped":
        scene.world.append("eu", scene.world.suspension("eu", "clerk"))
        person = "clerk"
    site = await pages_of(scene.world, "eu")
    refused = await scene.assign(site, 0, 1, to=person)
    assert refused.status in {404, 409, 422}
    assert orjson.loads(refused.html)["code"] == code
    assert "Assigned to nobody" in (await site.get(f"/threads/{scene.numbers[0]}")).text
    if person == "clerk":
        form = (await site.get(f"/assign?thread={scene.numbers[0]}")).page
        assert "Łukasz Żelazny" not in form.text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "No thread is chosen."),
        ("thread=EU-9999", "thread"),
        ("&".join(f"thread=EU-{each}" for each in range(51)), "At most 50 threads"),
    ],
)
async def test_form_without_threads_says_what_to_do(query, sentence, pages_of):
    site = await pages_of(Scene().world, "eu")
    shown = await site.get(f"/assign?{query}")
    assert shown.status in {400, 404}
    assert sentence in shown.text


async def test_overseer_sees_who_has_a_thread_and_assigns_none(pages_of):
    scene = Scene()
    site = await pages_of(scene.world, "eu")
    await scene.assign(site, 0, to="clerk")
    page = (await site.get(f"/threads/{scene.numbers[0]}", "oversight")).page
    assert "Assigned to Łukasz Żelazny" in page.text
    assert "Hand over" not in page.names("link")
    assert (await site.get(f"/assign?thread={scene.numbers[0]}", "oversight")).status == 403


async def test_mine_is_what_is_assigned_to_written_by_or_asked_of_the_reader(pages_of):
    """An assignment takes a question from everybody else, and nobody's own words from them."""
    scene = Scene()
    own = scene.world.open_thread("eu", "Third")
    scene.world.exchange()
    scene.threads.append(own)
    scene.numbers.append(str(own.position))
    site = await pages_of(scene.world, "eu")

    async def mine(who: str) -> set[int]:
        page = (await site.get("/threads?scope=mine", who)).page
        tab = next(each for each in page.names("link") if each.startswith("Mine"))
        found = {
            n for n, each in enumerate(scene.numbers) if f"/threads/{each}" in page.links().values()
        }
        api = orjson.loads((await site.get("/api/threads?scope=mine", who)).html)
        assert {scene.numbers.index(item["number"]) for item in api["items"]} == found
        assert tab == f"Mine {len(found)}"
        assert f"{len(found)} thread" in page.text
        return found

    assert await mine("desk") == {0, 1, 2}  # opened the third
    assert await mine("clerk") == {0, 1}
    await scene.assign(site, 0, 2, to="clerk")
    assert await mine("desk") == {1, 2}
    assert await mine("clerk") == {0, 1, 2}
    await scene.assign(site, 0, by="clerk")
    assert await mine("desk") == {0, 1, 2}
    assert (await site.get("/threads?scope=ours")).status == 400
