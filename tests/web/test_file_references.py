"""The file reference of our records office: on the thread, in prints, by search, for our side."""

from __future__ import annotations

import json

import pytest

from tests.web.pages_node import PagesNode
from tests.web.reading import Element
from tests.world import World

ARES = "Ares(2026) 000-4711"
NEWER = "Ares(2026) 000-4712"


def opened(world: World) -> str:
    number = str(world.open_thread("cn", "Which heading applies?").position)
    world.exchange()
    return number


async def hits(site: PagesNode, typed: str, who: str = "desk") -> list[tuple[str, str]]:
    """Search; return kind and address of each hit."""
    answer = json.loads((await site.get(f"/api/search?q={typed}", who)).html)
    return [(each["kind"], each["url"]) for each in answer["items"]]


async def test_reference_is_on_thread_and_print_for_the_side(pages_of):
    world = World.founded()
    number = opened(world)
    site = await pages_of(world, "eu")
    done = await site.post(f"/threads/{number}/reference", {"reference": f"  {ARES} "})
    assert (done.status, done.headers["Location"]) == (303, f"/threads/{number}")
    for path in (f"/threads/{number}", f"/threads/{number}?print=all"):
        assert f"File reference {ARES}" in (await site.get(path)).text.replace(": ", " ")
    assert ARES in (await site.get(f"/threads/{number}", "head")).text, "everyone of the side"
    assert ARES in (await site.get(f"/threads/{number}", "clerk", "zh-CN")).text
    printed: Element = (await site.get(f"/threads/{number}?print=all")).page
    assert "Internal, for" in printed.text, "a print with it is marked as internal"


async def test_change_says_who_and_when_and_removes(pages_of):
    world = World.founded()
    number = opened(world)
    site = await pages_of(world, "eu")
    for who, reference in (("desk", ARES), ("desk", ARES), ("clerk", NEWER), ("head", "")):
        await site.post(f"/threads/{number}/reference", {"reference": reference}, who)
    page = (await site.get(f"/threads/{number}/reference")).page
    [_, *rows] = page.rows("Changes")
    assert [row[:2] for row in rows] == [
        ["removed", "Tereza Šťastná"],
        [NEWER, "Łukasz Żelazny"],
        [ARES, "Ilona Kőszegi"],
    ], "the same again is no change"
    assert all("Nov" in row[2] for row in rows)
    assert NEWER not in (await site.get(f"/threads/{number}")).text


async def test_reference_is_found_until_it_is_replaced(pages_of):
    world = World.founded()
    number = opened(world)
    site = await pages_of(world, "eu")
    body = {"reference": ARES}
    answer = await site.ask("POST", f"/api/threads/{number}/reference", "desk", "en", json=body)
    assert json.loads(answer.html)["reference"] == ARES
    found = ("reference", f"/threads/{number}")
    assert await hits(site, "4711") == [found]
    assert await hits(site, "4711&kind=reference", "head") == [found]
    assert await hits(site, "4711&kind=note") == []
    shown = (await site.get("/search?q=4711")).page
    assert "file reference" in shown.text
    await site.post(f"/threads/{number}/reference", {"reference": NEWER})
    assert await hits(site, "4711") == []
    assert await hits(site, "4712") == [found]
    await site.post(f"/threads/{number}/reference", {"reference": ""})
    assert await hits(site, "4712") == []


@pytest.mark.parametrize(
    ("who", "reference", "words"),
    [
        ("desk", "x" * 101, "A file reference has at most 100 characters"),
        ("desk", "a\u202eb", "A file reference has at most 100 characters"),
        ("oversight", ARES, ""),
        ("registrar", ARES, ""),
    ],
)
async def test_reference_is_refused_and_nothing_is_stored(pages_of, who, reference, words):
    world = World.founded()
    number = opened(world)
    site = await pages_of(world, "eu")
    refused = await site.post(f"/threads/{number}/reference", {"reference": reference}, who)
    assert refused.status in {400, 403}
    assert words in refused.text
    assert json.loads((await site.get(f"/api/threads/{number}/reference")).html)["changes"] == []
