"""Before signing: from which day the other side counts, and by when, in both capitals."""

from __future__ import annotations

import pytest

from special_channel.core.bytes.times import posix
from tests.world import World

TIMES = {
    # 16:00 in Beijing, a Tuesday.
    "2026-11-24T08:00:00Z": (
        ("Counts from Wed 25 Nov", "自11月25日（周三）起计算"),
        "Fri 27 Nov 10:30 Brussels, 17:30 Beijing",
    ),
    # 17:30 in Beijing on a Friday: the office has closed.
    "2026-11-27T09:30:00Z": (
        (
            "Reaches Beijing outside office hours; counts from Mon 30 Nov",
            "送达北京时不在办公时间，自11月30日（周一）起计算",
        ),
        "Wed 2 Dec 10:30 Brussels, 17:30 Beijing",
    ),
    # 20:00 in Beijing, the day before the Spring Festival, a make-up Saturday.
    "2026-02-14T12:00:00Z": (
        (
            "Reaches Beijing outside office hours; counts from Tue 24 Feb",
            "送达北京时不在办公时间，自2月24日（周二）起计算",
        ),
        "Thu 26 Feb 10:30 Brussels, 17:30 Beijing",
    ),
}


@pytest.fixture(scope="module")
def world() -> World:
    made = World.founded()
    made.exchange()
    return made


async def test_the_form_says_from_when_the_other_side_counts(pages_of, world):
    site = await pages_of(world, "eu")
    for now, (sentences, due) in TIMES.items():
        world.clock.seconds = posix(now)
        for lang, sentence in zip(("en", "zh-CN"), sentences, strict=True):
            shown = await site.get("/threads/new", lang=lang)
            assert sentence in shown.html, (now, lang)
        english = await site.get("/threads/new", lang="en")
        assert due in english.html
        assert "data-provisional" not in english.html
    world.clock.seconds = posix("2026-12-30T02:00:00Z")
    shown = await site.get("/threads/new", lang="en")
    assert 'data-provisional="1"' in shown.html
    assert "Provisional: no calendar of that year is in use yet" in shown.html
