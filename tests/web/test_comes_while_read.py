"""Entries that arrive while a page of a thread is being read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from special_channel.core.bytes.ids import Position
from special_channel.stores.thread_windows import ThreadWindows
from tests.web.pages_node import PagesNode, catch_up
from tests.web.reading import Element
from tests.web.test_meetings import keep_privately
from tests.world import World


def before_query(monkeypatch, name: str, first: Callable[[], Awaitable[object]]) -> None:
    """Do something once, right before a query of a part of a thread."""
    query, waiting = getattr(ThreadWindows, name), [first]

    async def later(self: ThreadWindows, *args: Any) -> Any:
        while waiting:
            await waiting.pop()()
        return await query(self, *args)

    monkeypatch.setattr(ThreadWindows, name, later)


async def arrive(site: PagesNode, thread: str) -> Position:
    """Let a note of the other side come; its second is that of all before it."""
    world = site.node.world
    arrived = world.note("cn", thread, ("It is sent.",))
    world.exchange()
    await catch_up(site.node)
    return arrived.position


def ids(element: Element) -> list[str]:
    """The ids of the items of a timeline, in order."""
    items = (each.attributes for each in element.within() if each.tag == "li")
    return [each["id"] for each in items if each.get("id", "").startswith(("EU-", "CN-"))]


@pytest.fixture
def world() -> World:
    made = World.founded()
    made.exchange()
    return made


async def test_update_leaves_out_nothing_that_the_page_has(pages_of, monkeypatch, world):
    """The browser put a note behind our note of the same second; a reload had it before that."""
    thread = world.open_thread("eu")
    world.exchange()
    name = thread.leaf.thread or ""
    site = await pages_of(world, "eu")
    await keep_privately(site, name, world.eu.keys["desk"])
    path = f"/threads/{thread.position}"
    before = (await site.get(path)).page
    cursor = before.marked("data-after")[0].attributes["data-after"]
    [own] = [each for each in ids(before) if "-P-" in each]
    arrived = await arrive(site, name)
    before_query(monkeypatch, "edges", lambda: arrive(site, name))
    update = await site.get(f"{path}/now?first={thread.position}&after={cursor}")
    placed = [
        (*ids(each), each.attributes["data-before"]) for each in update.page.marked("data-before")
    ]
    assert placed == [(str(arrived), own), (own, "")]
    after = ids((await site.get(path)).page)
    assert after.index(str(arrived)) < after.index(own)


async def test_note_that_comes_while_a_page_is_read_is_not_called_damaged(
    pages_of, monkeypatch, world
):
    thread = world.open_thread("eu")
    world.exchange()
    name = thread.leaf.thread or ""
    site = await pages_of(world, "eu")
    before_query(monkeypatch, "notes_between", lambda: arrive(site, name))
    shown = (await site.get(f"/threads/{thread.position}")).page
    assert ids(shown) == [str(thread.position)]
    assert not shown.marked("data-kind", "damaged")
    assert len(ids((await site.get(f"/threads/{thread.position}")).page)) == len(ids(shown)) + 1


async def test_our_notes_of_a_second_stand_by_number(pages_of, world):
    thread = world.open_thread("eu")
    world.exchange()
    site = await pages_of(world, "eu")
    for _ in range(6):
        await keep_privately(site, thread.leaf.thread or "", world.eu.keys["desk"])
    shown = ids((await site.get(f"/threads/{thread.position}")).page)
    assert [each for each in shown if "-P-" in each] == [f"EU-P-{n}" for n in range(1, 12, 2)]
