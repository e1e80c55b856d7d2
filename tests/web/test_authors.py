"""Who wrote: a name on our side, desk and number on the other; a stand-in for the absent person."""

from __future__ import annotations

from typing import Any

from special_channel.core.bytes.ids import Party
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.people import People
from tests.world import World


def noted() -> World:
    """Return a world with a note of the clerk, who stands in for the head, and one of the desk."""
    world = World.founded()
    absent = world.eu.person("head")
    until = {"until": "2026-12-04T17:00:00Z", "for": absent}
    world.grant("eu", "clerk", grant=2, role="head", keys=[world.eu.keys["clerk"].key], **until)
    signed: dict[str, Any] = {"by": "clerk", "as": 2}
    opened = world.open_thread("eu", **signed)
    world.note("eu", opened.payload["thread"], **signed)
    world.exchange()
    return world


async def author_of_the_note(pages_of, party: Party, lang: str = "en") -> str:
    world = noted()
    [opened] = [e for e in world.eu.copies["eu"].entries if e.leaf.kind == "thread.opened"]
    site = await pages_of(world, party)
    shown = await site.get(f"/threads/{opened.position}", lang=lang)
    note: str = shown.page.one("article").text
    return note.partition("Tue 24")[0].partition("11月24日")[0]


async def test_other_side_is_named_by_desk_and_number(pages_of):
    note = await author_of_the_note(pages_of, "cn")
    assert "Licensing · 4" in note
    assert "as stand-in for Licensing · 6, head of unit" in note
    assert "Tereza" not in note
    chinese = await author_of_the_note(pages_of, "cn", "zh-CN")
    assert "许可处 · 4号" in chinese
    assert "代行许可处 · 6号（处长）职责" in chinese


async def test_stand_in_of_our_side_is_named_with_whom_it_is_for(pages_of):
    note = await author_of_the_note(pages_of, "eu")
    assert "Łukasz Żelazny" in note
    assert "as stand-in for Tereza Šťastná, head of unit" in note
    chinese = await author_of_the_note(pages_of, "eu", "zh-CN")
    assert "代行Tereza Šťastná（处长）职责" in chinese


async def test_opening_of_a_thread_says_for_whom(pages_of):
    world = noted()
    [opened] = [e for e in world.eu.copies["eu"].entries if e.leaf.kind == "thread.opened"]
    for party, said in (("eu", "Tereza Šťastná"), ("cn", "Licensing · 6")):
        site = await pages_of(world, party)
        page = (await site.get(f"/threads/{opened.position}")).page
        line = page.by_id(str(opened.position))
        assert line
        assert f"as stand-in for {said}, head of unit" in line.text


def test_key_that_is_not_in_the_directory_is_nobodys():
    """Whoever is no person in the record is no reader, whose own entries are never news."""
    key = "cn:0123456789abcdef0123456789abcdef"
    assert People({}).author(key) == Author(
        party="cn",
        number="–",
        role="",
        desk=Pair(Words("01234567", "zxx")),
        name=None,
        key=key,
        person="",
        place=0,
        absent="",
    )
