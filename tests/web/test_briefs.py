"""Briefs on the pages of a real node: their facts, and how many rows each section names."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.messages.catalogue import catalogue
from tests.broker.test_rebuild import write
from tests.stories import DUE
from tests.web.reading import Element, Page
from tests.world import World


@pytest.fixture
def world() -> World:
    made = World.founded()
    made.exchange()
    return made


async def brief(pages_of, world: World) -> Page:
    """The brief of the working level for handing over, as the EU reads it."""
    site = await pages_of(world, "eu")
    shown = await site.get("/brief/working/handover")
    assert shown.status == 200, shown.text
    return Page(shown.html)


def section(page: Page, code: str) -> Element:
    [found] = page.marked("aria-labelledby", f"b-{code}")
    return found


def paragraphs(of: Element) -> list[str]:
    """The paragraphs of a section that stand below its list."""
    return [each.text for each in of.inside if isinstance(each, Element) and each.tag == "p"]


async def test_brief_names_its_time_its_record_and_last_meeting(pages_of, world):
    held = world.meeting("eu")
    world.exchange()
    page = await brief(pages_of, world)
    [facts] = page.marked("class", "brief-facts")
    assert [each.text for each in facts.within() if "class" not in each.attributes] == [
        "As of Tue 24 Nov 2026 09:00 Brussels, 16:00 Beijing",
        f"Record up to {held.position}, CN-{world.cn.own.size - 1}",
        f"Last meeting 19 Nov 2026, Brussels, {held.position}",
    ]


async def test_brief_has_promises_of_the_last_five_meetings_alone(pages_of, world):
    for day in range(1, 7):
        held = world.meeting("eu", on=f"2026-11-{day:02}")
        promise = world.point("eu", held, f"Promise of day {day}.", point="promise", who="cn")
        world.exchange()
        world.agree("cn", promise)
    world.exchange()
    promises = section(await brief(pages_of, world), "promises")
    said = [each.text for each in promises.within() if each.attributes.get("lang") == "en"]
    assert said == [f"Promise of day {day}." for day in (6, 5, 4, 3)]
    assert paragraphs(promises) == ["1 more in the record."]


async def test_notes_within_our_side_are_read_once_for_a_section(pages_of, world):
    for number in range(3):
        thread = world.open_thread("eu", f"Thread {number}")
        world.note("eu", thread.leaf.thread, ("When?",), asks=[world.ask("eu", DUE)])
    world.exchange()
    site = await pages_of(world, "eu")
    await site.watch()
    shown = await site.get("/brief/working/internal")
    asks = section(Page(shown.html), "ask")
    assert sum(each.attributes.get("class") == "pos" for each in asks.within()) == 3, shown.text
    assert sum("private.entries" in each for each in site.statements) == 1


async def test_line_stop_has_the_states_of_both_sides_own_first(pages_of, world):
    world.list_batch(
        ["Z-9"], urgency="line_stop", stop_on="2026-12-14", state="submitted", as_of="2026-11-20"
    )
    body = {"number": "Z-9", "state": "review", "as_of": "2026-11-21", "source": "bureau"}
    world.append("cn", world.payload("cn", "application.asserted", body=body))
    world.exchange()
    stops = section(await brief(pages_of, world), "stops")
    assert [each.text for each in stops.within() if "lang" in each.attributes] == [
        "EU: submitted, not accepted yet (20 Nov 2026); CN: under review (21 Nov 2026)"
    ]
    assert paragraphs(stops) == []


@pytest.mark.parametrize(("lang", "said"), [("en", "no"), ("zh-CN", "否")])
async def test_line_stop_has_our_own_cells_in_words(pages_of, world, lang, said):
    world.list_batch(["Z-9"], urgency="line_stop", stop_on="2026-12-14")
    world.exchange()
    site = await pages_of(world, "eu")
    rows: list[dict[str, Any]] = [{"row": 1, "number": "Z-9", "columns": {"is_sme": "false"}}]
    await write(site.node, "columns.kept", rows=rows, body={"list": "W47", "rows": 1})
    shown = await site.get("/brief/working/internal", lang=lang)
    [stop] = [each for each in section(shown.page, "stops").within() if each.tag == "li"]
    name = catalogue(lang).label("column", "is_sme")
    assert f"{name}{': ' if lang == 'en' else '：'}{said}" in stop.text
    assert "false" not in stop.text


async def test_brief_counts_line_stops_among_the_last_two_hundred(pages_of, world):
    numbers = [f"Z-{number:03}" for number in range(201)]
    world.list_batch(numbers, urgency="line_stop", stop_on="2026-12-14")
    world.exchange()
    stops = section(await brief(pages_of, world), "stops")
    assert [each.text for each in stops.within() if each.tag == "b"] == numbers[:4]
    assert paragraphs(stops) == ["196 more in the record."]
