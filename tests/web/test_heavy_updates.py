"""Updates of an open page draw the portions of heavy notes that the page shows, and no others."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import pytest

from special_channel.web.thread.address import NOTE_TEXTS
from special_channel.web.thread.windows import WINDOW
from tests.web.pages_node import PagesNode, Shown, catch_up
from tests.web.reading import Element
from tests.web.test_heavy_forms import longest
from tests.web.test_heavy_notes import LINE, entry_on, texts_of, translated
from tests.web.test_long_threads import ids
from tests.web.test_note_acts import Scene
from tests.world import World

LATER = "2027-11-24T09:00:00Z"
Pieces = list[tuple[str, int, str]]


def now_of(shown: Shown) -> str:
    """The address of an open page's update, as `timeline.js` makes it."""
    [timeline] = shown.page.marked("data-timeline")
    path, query = urlsplit(shown.url).path, urlsplit(shown.url).query
    named = {
        name: timeline.attributes.get(f"data-{name}", "") for name in ("first", "last", "limit")
    }
    more = urlencode({name: value for name, value in named.items() if value} | {"after": "0.0.0"})
    return f"{path}/now?{query}&{more}"


def region(drawn: Shown, position: str) -> Element:
    [found] = drawn.page.marked("data-live", position)
    return found


def drawn_in(shown: Shown, positions: list[str]) -> dict[str, tuple[bool, Pieces]]:
    """What stands of each note, and whether the browser is told that not all of it is here."""
    regions = {each: region(shown, each) for each in positions}
    return {
        each: ("data-excerpt" in found.attributes, texts_of(found))
        for each, found in regions.items()
    }


async def update_draws_what_the_page_shows(
    site: PagesNode, shown: Shown, positions: list[str]
) -> Shown:
    """Compare the pieces of every note of an open page with those of its update."""
    update = await site.get(now_of(shown))
    assert update.status == 200, update.text
    before, after = drawn_in(shown, positions), drawn_in(update, positions)
    assert [len(pieces) for _, pieces in before.values()].count(0) == 0
    assert after == before
    return update


async def test_update_draws_the_pieces_of_many_heavy_notes(pages_of):
    """Beside each other the notes showed 8 KB each; the update drew 48 KB of each of them."""
    scene = Scene()
    notes = [scene.world.note("eu", scene.id, (f"Note {n}.",)) for n in range(20)]
    scene.world.exchange()
    for scene.note in notes:
        translated(scene, "证" * 16_000)
    site = await pages_of(scene.world, "cn")
    shown = await site.get(f"/threads/{scene.thread.position}?at=start")
    positions = [each for each in map(str, (note.position for note in notes)) if each in ids(shown)]
    assert len(positions) > WINDOW - 5
    assert all(cut for cut, _ in drawn_in(shown, positions).values())
    await update_draws_what_the_page_shows(site, shown, positions)
    # Of a note whose second portion is open the update draws the second portion.
    number = positions[3]
    again = await site.get(f"/threads/{scene.thread.position}?at={number}&part={number}&page=2")
    assert texts_of(entry_on(again, number)) != texts_of(entry_on(shown, number))
    await update_draws_what_the_page_shows(site, again, positions)


async def test_open_page_keeps_its_pieces_while_its_thread_grows(pages_of):
    """Notes of ten of the longest paragraphs, then many questions: a page of its own has less."""
    world = World.founded()
    thread = world.open_thread("eu")
    texts = [longest(LINE, number) for number in range(10)]
    first = world.note("eu", thread.leaf.thread, texts)
    world.exchange()
    site = await pages_of(world, "cn")
    path = f"/threads/{thread.position}?at={first.position}"
    shown = await site.get(path)
    number = str(first.position)
    assert drawn_in(shown, [number])[number][0]
    more = [world.note("eu", thread.leaf.thread, texts) for _ in range(3)]
    for n in range(40):
        asks = [world.ask("eu", LATER)]
        world.note("eu", thread.leaf.thread, (f"Question {n}?",), asks=asks)
    world.exchange()
    await catch_up(site.node)
    # Loaded again, the page has room for less of the note: an update may not draw that.
    assert drawn_in(await site.get(path), [number]) != drawn_in(shown, [number])
    update = await update_draws_what_the_page_shows(site, shown, [number])
    # What has come since is drawn in pieces of the same length, and again as it was drawn.
    arrived = [str(each.position) for each in more]
    drawn = drawn_in(update, arrived)
    assert all(cut for cut, _ in drawn.values())
    assert drawn_in(await site.get(now_of(shown)), arrived) == drawn


@pytest.mark.parametrize("limit", ["0", "-1", "1999", str(NOTE_TEXTS + 1), "many", "1e5"])
async def test_update_with_an_impossible_limit_is_refused(pages_of, limit):
    scene = Scene()
    site = await pages_of(scene.world, "cn")
    path = f"/threads/{scene.thread.position}/now?first={scene.thread.position}&limit={limit}"
    assert (await site.get(path)).status == 400
