"""Dossiers of entries as heavy as the formats allow: pages of 400 KB that have every word."""

from __future__ import annotations

import pytest

from tests.web.pages_node import PagesNode, Shown
from tests.web.reading import Element
from tests.web.test_heavy_forms import LINE, longest, portions
from tests.web.test_note_acts import Scene
from tests.world import World

HEAVY = [(LINE, 3), ("证书。", 2), ("&", 1), ("\u202ea", 1), ("𠮷", 2)]


def words(around: Element) -> str:
    """What an element has of entries: words in a language."""
    spans = (each for each in around.within() if each.tag == "span")
    return "".join(each.source for each in spans if "lang" in each.attributes)


def paragraphs(pages: list[Shown]) -> str:
    """The paragraphs of all entries, as they follow each other."""
    return "".join(
        words(each) for shown in pages for each in shown.page.marked("class", "para")
    )  # fmt: skip


async def filed(site: PagesNode, path: str) -> list[Shown]:
    """Read a dossier to its end; every portion names the entry."""
    pages = await portions(site, path)
    assert len(pages) > 2
    return pages


@pytest.mark.parametrize(
    ("text", "count", "edition"),
    [(*each, "shareable") for each in HEAVY] + [(*HEAVY[0], "internal")],
)
async def test_dossier_of_a_heavy_note_has_every_word(pages_of, text, count, edition):
    """An entry was never cut: one paragraph full of marks was on one page."""
    scene = Scene()
    before = scene.world.note("eu", scene.id, ("Before it.",))
    texts = [longest(text, number) for number in range(count)]
    due = scene.world.ask("eu", "2027-11-24T09:00:00Z") | {"part": count}
    scene.note = scene.world.note("eu", scene.id, [*texts, "And when?"], asks=[due])
    scene.world.exchange()
    translated = [longest(text, number + 5) for number in range(count)]
    scene.about("cn", "note.translated", scene.note, *translated, "何时？", lang="zh-CN")
    reason = longest(text, 20)
    scene.about("eu", "note.withdrawn", scene.note, reason, lang="en")
    site = await pages_of(scene.world, "eu")
    path = f"/threads/{scene.thread.position}/dossier?edition={edition}"
    pages = await filed(site, f"{path}&later_than={before.position}")
    shown = paragraphs(pages)
    at = -1
    for each in (reason, *texts, *translated):
        assert (at := shown.find(each, at + 1)) >= 0
    # Each portion with a piece of the note has the note's heading.
    with_pieces = [each for each in pages if len(paragraphs([each])) > 1000]
    assert len(with_pieces) > 2
    assert all(each.page.by_id(f"d-{scene.note.position}") for each in with_pieces)
    assert any("And when?" in each.html for each in pages)


@pytest.mark.parametrize("text", [text for text, _ in HEAVY])
async def test_dossier_of_a_heavy_remark_has_all_of_it(pages_of, text):
    world = World.founded()
    week = world.list_batch(["A-1", "A-2"])
    world.exchange()
    sheet = world.data("return-sheet", {"rows": [
        {"row": 1, "number": "A-1", "match": "found", "text": 1},
    ]})  # fmt: skip
    payload = world.payload("cn", "batch.answered", ref=week.id, lang="en", body={"rows": 1})
    remark = longest(text)
    world.append("cn", payload, [sheet, world.text(remark)], also=["head"])
    world.exchange()
    site = await pages_of(world, "eu")
    pages = await portions(site, f"/batches/{week.position}/dossier")
    rows = [each for shown in pages for each in shown.page.within() if each.tag == "tr"]
    cells = [[each for each in row.inside if isinstance(each, Element)] for row in rows]
    shown = [row for row in cells if row[0].text == "1" and len(row) == 6]
    assert "".join(words(row[-1]) for row in shown) == remark
    assert shown[0][1].text == "A-1"
    await portions(site, "/applications/A-1/dossier")
