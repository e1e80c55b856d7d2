"""The page of a meeting with many points: at most 400 KB, and every point in reach."""

from __future__ import annotations

from special_channel.messages.catalogue import Lang
from tests.web.test_long_drafts import walk
from tests.web.test_long_threads import MOST_BYTES
from tests.world import World

POINTS = 120


async def test_every_point_of_a_long_meeting_is_on_pages_of_400_kb(pages_of):
    """A hundred points of two hundred words, half of them marked by the other side."""
    world = World.founded()
    world.exchange()
    held = world.meeting("eu", "Third meeting")
    words = '"The list" of <certificates> & dates. ' * 30
    points = [world.point("eu", held, f"Point {n}: {words}") for n in range(POINTS)]
    world.exchange()
    for point in points[:20]:
        world.differ("cn", point, words)
    last = world.agree("cn", *points[20:POINTS:2])
    world.exchange()
    for party in ("eu", "cn"):
        site = await pages_of(world, party)
        address = f"/meetings/{held.position}"
        lang: Lang = "en" if party == "eu" else "zh-CN"
        pages = await walk(site, address, "points", lang, "desk")
        assert len(pages) > 1
        # On paper as well, portion by portion.
        first = {"eu": "Shown: 1 to", "cn": "显示第1至第"}[party]
        assert first in pages[0].text
        seen = [
            each.attributes["id"] for shown in pages for each in shown.page.marked("class", "point")
        ]
        assert seen == [str(point.position) for point in points]
        for entry in (points[0], points[-1], last):
            found = await site.get(f"/entries/{entry.position}")
            shown = await site.get(found.headers["Location"].partition("#")[0])
            assert shown.page.by_id(str(entry.position)), entry.position
        assert len(shown.html.encode()) <= MOST_BYTES
        # A mark leads back to the point that it was made on, on whichever page that stands.
        forms = [
            each
            for each in pages[-1].page.marked("data-next")
            if "?entry=" in each.attributes["data-next"]
        ]
        assert bool(forms) == (party == "cn")
        for form in forms:
            number = form.attributes["data-next"].partition("#")[2]
            assert form.attributes["data-next"] == f"{address}?entry={number}#{number}"
        for form in pages[0].page.marked("data-ref") if party == "eu" else ():
            # New points are on the last page, to which their author comes back.
            added = (await site.get(form.attributes["data-next"].partition("#")[0])).page
            assert added.by_id(str(points[-1].position))
