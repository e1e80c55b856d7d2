"""Act × role × side × state of a note: the menu offers exactly what the node takes.

What is taken is asked of the judge, with an entry of each kind; what is offered, of the thread's
page and of each act's form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import PARTIES, Party
from tests.web.reading import Element, Page
from tests.world import Entry, World

ROLES: Final = ("desk", "head", "director", "registrar", "oversight")

ACTS: Final = {
    "correct": "note.corrected",
    "withdraw": "note.withdrawn",
    "translate": "note.translated",
    "acknowledge": "note.acknowledged",
}

NOT_TWICE: Final = {("acknowledged", "acknowledge")}
"""The node takes it again, since two officials may acknowledge at one time; nobody needs to."""

Change = Callable[[World, Entry], object]

STATES: Final[dict[str, Change]] = {
    "as posted": lambda *_: None,
    "acknowledged": lambda world, note: world.acknowledge("cn", note),
    "corrected": lambda world, note: said(world, "eu", "desk", "note.corrected", note),
    "translated": lambda world, note: said(world, "cn", "desk", "note.translated", note),
    "withdrawn": lambda world, note: said(world, "eu", "desk", "note.withdrawn", note),
    "in a closed thread": lambda world, note: world.append(
        "eu", world.payload("eu", "thread.closed", thread=note.leaf.thread)
    ),
}


def said(world: World, party: Party, role: str, kind: str, note: Entry) -> Entry:
    """Append an entry about a note, signed by the official of a role."""
    fields: dict[str, Any] = {"thread": note.leaf.thread, "by": role}
    if kind == "note.acknowledged":
        return world.append(
            party, world.payload(party, kind, **fields, body={"entries": [note.id]})
        )
    payload = world.payload(party, kind, **fields, ref=note.id, lang="en")
    return world.append(party, payload, [world.text("Fictional words.")])


def scene(state: str) -> tuple[World, Entry, Entry]:
    """Return a world with a thread and a note of the EU in a state, delivered."""
    world = World.founded()
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread)
    world.exchange()
    STATES[state](world, note)
    world.exchange()
    return world, thread, note


def taken(state: str, party: Party, role: str) -> set[str]:
    """Return the acts that the judge takes from an official."""
    found = set()
    for act, kind in ACTS.items():
        world, _, note = scene(state)
        try:
            said(world, party, role, kind, note)
        except Refused:
            continue
        found.add(act)
    return found


def offered(page: Page, note: Entry) -> set[str]:
    """Return the acts that the page of the thread offers beside a note."""
    [item] = [one for one in page.all("listitem") if one.attributes.get("id") == str(note.position)]
    start = f"/entries/{note.position}/"
    links = {href.removeprefix(start) for href in item.links().values() if href.startswith(start)}
    return links & ACTS.keys() | ({"acknowledge"} if acknowledges(item) else set())


def acknowledges(item: Element) -> bool:
    return any(
        button.attributes.get("data-sign") == "note.acknowledged" for button in item.all("button")
    )


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("state", STATES)
async def test_menu_offers_what_the_node_takes(party: Party, state, pages_of):
    world, thread, note = scene(state)
    site = await pages_of(world, party)
    for role in ROLES:
        accepted = taken(state, party, role)
        page = (await site.get(f"/threads/{thread.position}", role)).page
        again = {act for act in accepted if (state, act) in NOT_TWICE}
        assert offered(page, note) == accepted - again, role
        for act in ("correct", "withdraw", "translate"):
            form = await site.get(f"/entries/{note.position}/{act}", role)
            assert (form.status == 200) == (act in accepted), (role, act)
