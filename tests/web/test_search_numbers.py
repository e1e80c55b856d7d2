"""The number of an internal note finds it on its own side, and nothing on the other."""

# ruff: noqa: RUF001 - numbers of full width are what is tested

from __future__ import annotations

from urllib.parse import quote

import pytest

from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.core.rows.writing import part_refs, sign
from tests.web.pages_node import PagesNode
from tests.web.test_page_acts import kept_privately
from tests.web.test_search import asked, found, hits
from tests.world import World

TEXTS = {"eu": "Only for us.", "cn": "仅供我方参阅。"}
NUMBERS = (
    "{own}-P-0",
    "{own}P0",
    "{own} P 0",
    "{small}-p-0",
    "{own}－P－０",
    "{wide}Ｐ０",
    '"{own}-P-0"',
)
"""How officials write the number: with and without hyphens, in any case and width."""


def forms(party: Party) -> list[str]:
    own = party.upper()
    wide = "".join(chr(ord(each) + 0xFEE0) for each in own)
    return [each.format(own=own, small=party, wide=wide) for each in NUMBERS]


async def noted(site: PagesNode, world: World, party: Party, thread: str | None) -> None:
    """Write an internal note of a side's desk."""
    lang = "en" if party == "eu" else "zh-CN"
    parts = [world.text(TEXTS[party])]
    payload = world.payload(party, "note.internal", thread=thread, lang=lang) | {
        "log": site.node.identity.private_origin,
        "parts": part_refs(parts),
        "seen": [],
    }
    await kept_privately(site, sign(payload, [world.sides[party].keys["desk"]], parts))


async def count(site: PagesNode, typed: str) -> tuple[int, int]:
    """Return how many hits the API has, and how many texts wait for the index."""
    answer = await asked(site, f"/api/search?q={quote(typed)}")
    return len(answer["items"]), answer["waiting"]


@pytest.mark.parametrize("party", PARTIES)
async def test_internal_note_is_found_by_its_number_in_any_form(pages_of, party):
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    site = await pages_of(world, party)
    await noted(site, world, party, thread.leaf.thread)
    number = f"{party.upper()}-P-0"
    for typed in forms(party):
        page = await found(site, typed)
        assert hits(page) == [number], typed
        [item] = (await asked(site, f"/api/search?q={quote(typed)}"))["items"]
        assert item["number"] == number
        said = "".join(run["text"] for each in item["excerpts"] for run in each["runs"])
        assert said == TEXTS[party], "without the number, which the hit has anyway"
    assert page.page.links()[number] == f"/threads/{thread.position}?at={number}#{number}"
    assert number in (await site.get(f"/threads/{thread.position}?at={number}")).html
    chinese = await site.get(f"/search?q={number}", lang="zh-CN")
    assert number in chinese.page.names("link")
    assert "内部函件" in chinese.text


@pytest.mark.parametrize("party", PARTIES)
async def test_number_of_an_internal_note_finds_no_other_one(pages_of, party):
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    site = await pages_of(world, party)
    for _ in range(12):
        await noted(site, world, party, thread.leaf.thread)
    own, peer = party.upper(), peer_of(party).upper()
    assert hits(await found(site, f"{own}-P-1")) == [f"{own}-P-1"]
    assert hits(await found(site, f"{own}-P-11")) == [f"{own}-P-11"]
    assert hits(await found(site, f"{own}-P-12")) == hits(await found(site, f"{peer}-P-1")) == []
    assert hits(await found(site, f"{own}-P-1", kind="internal")) == [f"{own}-P-1"]
    assert hits(await found(site, f"{own}-P-1", kind="note")) == []


@pytest.mark.parametrize("party", PARTIES)
async def test_other_side_learns_nothing_by_the_number(pages_of, party):
    """Its answer to the number is that to a number which nobody has given."""
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    site, other = await pages_of(world, party), await pages_of(world, peer_of(party))
    await noted(site, world, party, thread.leaf.thread)
    assert await count(site, forms(party)[0]) == (1, 0)
    for typed in forms(party):
        assert await count(other, typed) == (0, 0), typed
    there, nowhere = [
        (await found(other, number)).text.replace(number, "")
        for number in (f"{party.upper()}-P-0", f"{party.upper()}-P-7")
    ]
    assert there == nowhere
    held = await other.node.record.pool.fetchval("SELECT count(*) FROM private.parts")
    assert held == 0, "no such text is there at all"


async def test_person_without_the_right_learns_nothing_by_the_number(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    site = await pages_of(world, "eu")
    await noted(site, world, "eu", thread.leaf.thread)
    site.scoped = True
    there, nowhere = [await found(site, f"EU-P-{index}", "oversight") for index in (0, 7)]
    assert (there.status, there.html.replace("EU-P-0", "")) == (
        nowhere.status,
        nowhere.html.replace("EU-P-7", ""),
    )
    assert there.status == 403
    assert TEXTS["eu"] not in there.html
    await site.grant_access()
    assert hits(await found(site, "EU-P-0", "oversight")) == ["EU-P-0"]
