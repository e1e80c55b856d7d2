"""Meetings whose points are as heavy as the formats allow: pages of 400 KB with every word."""

from __future__ import annotations

import pytest

from special_channel.messages.catalogue import catalogue
from tests.web.pages_node import Shown
from tests.web.reading import Page
from tests.web.test_heavy_dossiers import HEAVY
from tests.web.test_heavy_forms import longest, portions
from tests.web.test_heavy_notes import texts_of
from tests.web.test_long_threads import MOST_BYTES
from tests.web.test_one_language import alone
from tests.world import World


def put_together(pages: list[Shown], point: str) -> dict[str, str]:
    """The texts of a point and its marks, by entry and part, from their pieces."""
    whole: dict[str, str] = {}
    for shown in pages:
        for row in shown.page.marked("id", point):
            for part, at, text in texts_of(row):
                before = whole.get(part, "")
                assert at == len(before.encode("utf-16-le")) // 2
                whole[part] = before + text
    return whole


@pytest.mark.parametrize("text", [text for text, _ in HEAVY])
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_heavy_point_is_read_in_pieces(pages_of, text, lang):
    """A point and a mark of one paragraph each, full of marks, made a page of 3.6 MB."""
    world = World.founded()
    held = world.meeting("eu", "Third meeting")
    light = world.point("eu", held, "A light one.")
    words = [longest(text, number) for number in range(3)]
    point = world.point("eu", held, words[0])
    world.exchange()
    marks = [world.differ("cn", point, each) for each in words[1:]]
    world.exchange()
    site = await pages_of(world, "cn")
    pages = await portions(site, f"/meetings/{held.position}", lang)
    number = str(point.position)
    texts = {f"{number} 0": words[0]}
    texts |= {f"{m.position} 0": each for m, each in zip(marks, words[1:], strict=True)}
    assert put_together(pages, number) == texts
    assert put_together(pages, str(light.position)) == {f"{light.position} 0": "A light one."}
    for shown in pages:
        for row in shown.page.marked("id", number):
            entries = row.marked("data-entry-id")
            assert len(entries) == 3
            assert all("data-excerpt" in each.attributes for each in entries)
    said = {
        "en": f"The texts of {held.position} are long; this is page 2 of {len(pages)}.",
        "zh-CN": f"{held.position}文字较长，此为第2页，共{len(pages)}页。",
    }
    assert said[lang] in pages[1].text
    found = await site.get(f"/entries/{marks[1].position}")
    there = await site.get(found.headers["Location"].partition("#")[0])
    assert there.page.by_id(str(marks[1].position))
    # A reader of one language alone is not told that a translation lacks which is elsewhere.
    html = await alone(site, f"/meetings/{held.position}?part=points&page=2", lang)
    assert len(html.encode()) <= MOST_BYTES
    [row] = [each for each in Page(html).marked("id", number) if each.tag == "li"]
    assert catalogue("zh-CN").gettext("alone.none") not in row.source


def offered(shown: Shown, point: str) -> int:
    """How many forms that mark a point a portion has."""
    return sum(
        len([form for form in row.all("form") if "data-write" in form.attributes])
        for row in shown.page.marked("id", point)
    )


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("en", "Read this point to its end first: page {} of {}."),
        ("zh-CN", "须先将本要点阅读完毕：现为第{}页，共{}页。"),
    ],
)
async def test_heavy_point_is_marked_once_it_was_read(pages_of, lang, says, *, again):
    """Each portion offered to mark what the reader had not seen the end of."""
    world = World.founded()
    held = world.meeting("eu", "Third meeting")
    before = world.point("eu", held, "A light one.")
    heavy = world.point("eu", held, longest("\u202ea"))
    after = world.point("eu", held, "Another light one.")
    world.exchange()
    if again:
        world.agree("cn", heavy)
        world.exchange()
    site = await pages_of(world, "cn")
    pages = await portions(site, f"/meetings/{held.position}", lang)
    shown = [n for n, each in enumerate(pages) if each.page.marked("id", str(heavy.position))]
    assert len(shown) > 2
    # A form to agree and a form to differ, where the point ends.
    marks = [offered(each, str(heavy.position)) for each in pages]
    assert marks == [2 * (n == shown[-1]) for n in range(len(pages))]
    for n, each in enumerate(pages):
        waits = n in shown[:-1]
        assert (says.format(n + 1, len(pages)) in each.text) == waits
    # What is whole on a page is marked there.
    for light in (before, after):
        assert max(offered(each, str(light.position)) for each in pages) == 2
    # Who may not mark is told nothing of it.
    site = await pages_of(world, "eu")
    first = (await portions(site, f"/meetings/{held.position}", lang))[0]
    assert says.partition("{")[0] not in first.text
