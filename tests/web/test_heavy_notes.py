"""Notes as heavy as the formats allow: their texts are read to the end on pages of 400 KB."""

from __future__ import annotations

import json
from urllib.parse import urldefrag

import pytest

from special_channel.core.bytes.parts import MAX_PART_BYTES
from special_channel.messages.catalogue import catalogue
from special_channel.web.shared.pieces import Piece, pieces, pieces_of
from special_channel.web.shared.portions import heavy
from special_channel.web.shared.words import Words
from tests.web.pages_node import PagesNode, Shown
from tests.web.reading import Element, Page
from tests.web.test_long_threads import MOST_BYTES, many_questions
from tests.web.test_note_acts import Scene
from tests.web.test_one_language import alone
from tests.world import Entry, World

LONGEST = MAX_PART_BYTES - 200
LINE = "A line about certificates, its end.\n"


def entry_on(shown: Shown, position: str) -> Element:
    [entry] = [each for each in shown.page.marked("id", position) if each.tag == "li"]
    return entry


def texts_of(entry: Element) -> list[tuple[str, int, str]]:
    """What stands of each text on a page: its entry and part, its place in it, and the words."""
    found = []
    for each in entry.marked("data-part"):
        around = each
        while "data-entry-id" not in around.attributes:
            assert around.around is not None
            around = around.around
        part = f"{around.attributes['data-position']} {each.attributes['data-part']}"
        found.append((part, int(each.attributes.get("data-start", "0")), each.source))
    return found


async def read_whole(site: PagesNode, path: str, position: str, lang: str = "en") -> list[Shown]:
    """Follow the links within a note from its first portion on."""
    pages = [await site.get(path, "desk", lang)]
    while True:
        assert pages[-1].status == 200, pages[-1].text
        links = entry_on(pages[-1], position).marked("rel", "next")
        if not links:
            break
        pages.append(await site.get(urldefrag(links[0].attributes["href"]).url, "desk", lang))
    assert max(len(each.html.encode()) for each in pages) <= MOST_BYTES
    return pages


def told(pages: list[Shown], position: str) -> dict[str, str]:
    """The texts of a note, each put together from its pieces in the order in which they stand."""
    whole: dict[str, str] = {}
    for shown in pages:
        for part, at, text in texts_of(entry_on(shown, position)):
            before = whole.get(part, "")
            assert at == len(before.encode("utf-16-le")) // 2
            whole[part] = before + text
    return whole


@pytest.mark.parametrize("way", ["?at={}", "?print=all&later_than={}"])
@pytest.mark.parametrize(
    ("text", "count"), [(LINE, 5), ("证书。", 3), ("&", 1), ("\u202ea", 1), ("𠮷", 3)]
)
async def test_texts_of_a_heavy_note_are_read_to_their_end(pages_of, text, count, way):
    """Two paragraphs of the longest had 570 KB, ten 2.7 MB, one full of marks 1.8 MB."""
    world = World.founded()
    thread = world.open_thread("eu")
    before = world.note("eu", thread.leaf.thread, ("Before it.",))
    often = (LONGEST - 10) // len(json.dumps(text, ensure_ascii=False)[1:-1].encode())
    texts = [f"{n}. {text * often}" for n in range(count)]
    note = world.note("eu", thread.leaf.thread, texts)
    world.note("eu", thread.leaf.thread, ("After it.",))
    world.exchange()
    site = await pages_of(world, "cn")
    number = str(note.position)
    named = before.position if "print" in way else number
    pages = await read_whole(site, f"/threads/{thread.position}{way.format(named)}", number)
    assert len(pages) > 1
    assert told(pages, number) == {f"{number} {n}": each for n, each in enumerate(texts)}
    # Its browser is told that not all of it is here, and its reader as well.
    regions = [entry_on(each, number).marked("data-live", number)[0] for each in pages]
    assert all("data-excerpt" in each.attributes for each in regions)
    assert f"The texts of {number} are long; this is page 2 of {len(pages)}." in pages[1].text
    chinese = await site.get(f"/threads/{thread.position}?at={number}", "desk", "zh-CN")
    assert f"{number}文字较长，此为第1页，共{len(pages)}页。" in chinese.text


async def test_update_of_an_open_page_draws_the_portion_that_it_shows(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    asks = [world.ask("eu", "2027-11-24T09:00:00Z")]
    note = world.note("eu", thread.leaf.thread, (LINE * 6000, LINE * 6000), asks=asks)
    world.exchange()
    site = await pages_of(world, "cn")
    number = str(note.position)
    pages = await read_whole(site, f"/threads/{thread.position}?at={number}", number)
    [link] = entry_on(pages[0], number).marked("rel", "next")
    query = urldefrag(link.attributes["href"]).url.partition("?")[2]
    path = f"/threads/{thread.position}/now?{query}&first={thread.position}"
    sizes = f"{world.eu.own.size}.{world.cn.own.size}.0"
    for after in ("0.0.0", sizes):
        update = await site.get(f"{path}&after={after}")
        assert len(update.html.encode()) <= MOST_BYTES
        [drawn] = update.page.marked("data-live", number)
        assert [each.source for each in drawn.marked("data-start")] == [
            each.source for each in entry_on(pages[1], number).marked("data-start")
        ]


def translated(scene: Scene, *words: str) -> Entry:
    return scene.about("cn", "note.translated", scene.note, *words, lang="zh-CN")


async def test_heavy_translations_withdrawals_and_changes_are_cut(pages_of):
    """Texts of other entries stand within the note, and were weighed by nobody."""
    scene = Scene()
    long = LINE * 6000
    changed = scene.about("eu", "note.corrected", scene.note, long, long, lang="en")
    translation = translated(scene, "证" * 80_000)
    gone = scene.about("eu", "note.withdrawn", scene.note, long, lang="en")
    scene.world.exchange()
    site = await pages_of(scene.world, "cn")
    for entry, words in (
        (changed, [long, long]),
        (scene.note, [long, "证" * 80_000]),
    ):
        number = str(entry.position)
        pages = await read_whole(site, f"/threads/{scene.thread.position}?at={number}", number)
        assert len(pages) > 1
        found = told(pages, number)
        assert [each for each in found.values() if len(each) > 1000] == words
    assert f"{translation.position} 0" in found
    assert f"{gone.position} 0" in found


async def test_heavy_note_beside_many_questions_is_on_pages_of_400_kb(pages_of):
    world, thread, _ = many_questions()
    note = world.note("eu", thread.leaf.thread, ("a" * LONGEST,))
    world.exchange()
    site = await pages_of(world, "cn")
    number = str(note.position)
    pages = await read_whole(site, f"/threads/{thread.position}?at={number}", number)
    assert told(pages, number) == {f"{number} 0": "a" * LONGEST}


async def test_translations_of_many_notes_are_on_pages_of_400_kb(pages_of):
    """Of each note 48 KB in another entry, which may stand on no page of its own notes."""
    scene = Scene()
    notes = [scene.world.note("eu", scene.id, (f"Note {n}.",)) for n in range(20)]
    scene.world.exchange()
    words = "证" * 16_000
    for scene.note in notes:
        translated(scene, words)
    site = await pages_of(scene.world, "cn")
    shown = await site.get(f"/threads/{scene.thread.position}?at=start")
    assert len(shown.html.encode()) <= MOST_BYTES
    for note in (notes[0], notes[10]):
        number = str(note.position)
        pages = await read_whole(site, f"/threads/{scene.thread.position}?at={number}", number)
        assert words in told(pages, number).values()


async def test_reader_of_one_language_is_not_told_that_a_translation_lacks(pages_of):
    scene = Scene()
    scene.note = scene.world.note("eu", scene.id, (LINE * 6000, LINE * 6000))
    scene.world.exchange()
    translated(scene, "证" * 80_000, "书" * 80_000)
    site = await pages_of(scene.world, "cn")
    number = str(scene.note.position)
    pages = await read_whole(site, f"/threads/{scene.thread.position}?at={number}", number, "zh-CN")
    address = f"/threads/{scene.thread.position}?at={number}&part={number}&page="
    read = [await alone(site, f"{address}{n}", "zh-CN") for n in range(1, len(pages) + 1)]
    assert max(len(each.encode()) for each in read) <= MOST_BYTES
    for html in read:
        [entry] = [each for each in Page(html).marked("id", number) if each.tag == "li"]
        assert catalogue("zh-CN").gettext("alone.none") not in entry.text


@pytest.mark.parametrize("most", [100, 5000])
@pytest.mark.parametrize(
    "text", ["a" * 9000, "证。" * 4000, "\u202ea" * 900, "&\n" * 3000, "𠮷" * 99]
)
def test_pieces_are_within_their_bytes_and_nothing_is_lost(text, most):
    found = pieces(text, most)
    assert "".join(found) == text
    assert all(found)
    assert max(map(heavy, found)) <= most
    cut = pieces_of(Words(text, "en", 3), most)
    assert [each.text for each in cut] == found
    assert len(cut) == 1 or all(isinstance(each, Piece) and each.ordinal == 3 for each in cut)


def test_piece_ends_after_a_line_a_sentence_or_a_word():
    assert pieces("One two six. Three four", 17) == ["One two six. ", "Three four"]
    assert pieces("One two three four", 12) == ["One two ", "three four"]
    assert pieces("\u202e" * 2, 5) == ["\u202e", "\u202e"], "one character at least"
