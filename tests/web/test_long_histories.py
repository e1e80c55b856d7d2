"""Pages of an application or a licence with long histories: shown, and read, in parts."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from special_channel.core.sense.read_statements import read_draw, read_statement
from tests.permits import LICENCE, draw, issue
from tests.web.pages_node import PagesNode
from tests.web.reading import Page
from tests.world import World

LATER = "2028-01-03"
"""A day that has not come: each statement with it has a note."""


@contextmanager
def counted(function: Callable[..., Any]) -> Iterator[list[str]]:
    """Names of the threads in which a function is called, in any thread begun since."""
    found: list[str] = []

    def seen(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is function.__code__:
            found.append(threading.current_thread().name)

    threading.setprofile(seen)
    sys.setprofile(seen)
    try:
        yield found
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


async def read(site: PagesNode, path: str) -> Page:
    shown = await site.get(path)
    assert shown.status == 200, shown.text
    return Page(shown.html)


def long_licence(draws: int) -> World:
    world = World.founded()
    issue(world)
    for _ in range(draws):
        draw(world, "1", on=LATER)
    world.exchange()
    return world


@pytest.mark.parametrize("draws", [120, 240])
async def test_draw_downs_are_shown_and_read_in_parts(pages_of, draws):
    site = await pages_of(long_licence(draws), "eu")
    path = f"/licences/{LICENCE}"
    with counted(read_draw) as threads:
        first = await read(site, path)
    rows = len(threads)
    assert 0 < rows <= 100
    assert threading.main_thread().name not in threads
    assert f"Shown: 1 to {rows} of {draws}." in first.text
    assert f"Draw-downs {draws}" in first.text
    assert len(first.marked("class", "rmk")) == rows
    second = await read(site, f"{path}?part=draws&page=2")
    others = len(second.marked("class", "rmk"))
    assert f"Shown: {rows + 1} to {rows + others} of {draws}." in second.text


async def test_draw_downs_of_own_side_are_shown_in_parts_too(pages_of):
    site = await pages_of(long_licence(120), "cn")
    shown = await read(site, f"/licences/{LICENCE}?part=draws&page=2")
    assert "of 120." in shown.text
    assert shown.marked("class", "rmk") == []


@pytest.mark.parametrize("statements", [60, 120])
async def test_statements_are_shown_and_read_in_parts(pages_of, statements):
    world = World.founded()
    body: dict[str, Any] = {
        "number": "A-1", "state": "submitted", "as_of": LATER, "source": "bureau",
    }  # fmt: skip
    for _ in range(statements):
        world.append("cn", world.payload("cn", "application.asserted", body=body))
    world.exchange()
    site = await pages_of(world, "eu")
    with counted(read_statement) as threads:
        first = await read(site, "/applications/A-1")
    rows = len(threads)
    assert 0 < rows < 40
    assert threading.main_thread().name not in threads
    assert f"Shown: 1 to {rows} of {statements}." in first.text
    assert len(first.marked("class", "rmk")) == rows
    [further] = first.all("link", "Read on")
    whole = await read(site, further.attributes["href"].partition("#")[0])
    assert min(statements, 60) <= len(whole.marked("class", "rmk")) <= 100


async def linked(site: PagesNode, number: str) -> str:
    """Go to the place of an entry; check that the page has it, and return its address."""
    place = (await site.get(f"/entries/{number}")).headers["Location"]
    address, _, name = place.partition("#")
    assert (name, (await site.get(address)).html.count(f' id="{number}"')) == (number, 1), place
    return place


async def test_link_to_a_statement_or_an_act_leads_to_it(pages_of):
    world = World.founded()
    stated = {"number": "A-1", "as_of": LATER, "source": "bureau", "state": "submitted"}
    marked = {"number": "A-1", "on": LATER, "source": "bureau", "act": "accepted"}
    entries = [
        world.append("cn", world.payload("cn", kind, body=body))
        for kind, body in (("application.asserted", stated), ("clock.marked", marked))
        for _ in range(60)
    ]
    world.exchange()
    site = await pages_of(world, "eu")
    first = str(entries[0].position)
    links = (await read(site, f"/entries/{first}/evidence")).links()
    assert f"/applications/A-1?entry={first}#{first}" in links.values()
    for entry in (*entries[::9], entries[-1]):
        await linked(site, str(entry.position))
    every = (await read(site, "/applications/A-1?entry=CN-999")).text
    assert every == (await read(site, "/applications/A-1")).text


async def test_link_to_a_draw_down_or_an_issue_leads_to_it(pages_of):
    world = World.founded()
    entries = [issue(world), *(draw(world, "1", on=LATER) for _ in range(110))]
    entries += [issue(world) for _ in range(60)]
    world.exchange()
    site = await pages_of(world, "eu")
    for entry in (*entries[:2], *entries[9::17], entries[-1]):
        await linked(site, str(entry.position))


async def test_acts_of_an_application_are_shown_in_parts(pages_of):
    world = World.founded()
    body: dict[str, Any] = {"number": "A-1", "act": "accepted", "on": LATER, "source": "bureau"}
    for _ in range(60):
        world.append("cn", world.payload("cn", "clock.marked", body=body))
    world.exchange()
    shown = await read(await pages_of(world, "eu"), "/applications/A-1?part=m-cn&page=1")
    assert len(shown.marked("class", "rmk")) == 60
