"""The composer as the node draws it: what it quotes, answers, and says before a signature."""

from __future__ import annotations

from html import unescape

import pytest

from special_channel.web.thread.quoting import MOST_QUOTED
from tests.web.pages_node import PagesNode
from tests.world import World


class Scene:
    """A thread with a note of the EU in both languages."""

    def __init__(self, *texts: str) -> None:
        self.world = World.founded()
        self.thread = self.world.open_thread("eu")
        self.id = self.thread.leaf.thread or ""
        self.note = self.world.note("eu", self.id, texts or ("The first page.", "The second page."))
        self.about("note.translated", "第一页。")

    def about(self, kind: str, text: str, lang: str = "zh-CN") -> None:
        """Let the EU say something about the note."""
        fields = {"thread": self.id, "ref": self.note.id, "lang": lang}
        payload = self.world.payload("eu", kind, **fields)
        self.world.append("eu", payload, [self.world.text(text)])
        self.world.exchange()

    def path(self, **query: str) -> str:
        """Return the address of the thread with a query."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return f"/threads/{self.thread.position}?{asked}"


async def text_field(pages: PagesNode, path: str, lang: str = "en") -> str:
    """Return what the field of the text holds, with its line breaks."""
    html = (await pages.get(path, "desk", lang)).html
    return unescape(html.partition('name="text"')[2].partition(">")[2].partition("</textarea>")[0])


async def quotable(pages: PagesNode, scene: Scene, who: str = "desk") -> bool:
    """Tell whether the menu of the note offers to quote it."""
    links = (await pages.get(scene.path(), who)).page.links()
    return links.get("Quote", "").endswith(f"?quote={scene.note.position}#compose")


@pytest.mark.parametrize(
    ("lang", "lines"),
    [
        ("en", ("{0}:", "The first page.", "", "The second page.")),
        ("zh-CN", ("{0}：", "第一页。")),
    ],
)
async def test_quotation_is_in_the_language_of_the_reader(lang, lines, pages_of):
    scene = Scene()
    pages = await pages_of(scene.world, "cn")
    number = str(scene.note.position)
    quoted = "\n".join(f"> {line}".rstrip() for line in lines).format(number)
    assert await text_field(pages, scene.path(quote=number), lang) == f"{quoted}\n\n"


async def test_quotation_ends_at_its_limit(pages_of):
    scene = Scene("a" * (MOST_QUOTED + 1))
    pages = await pages_of(scene.world, "eu")
    text = await text_field(pages, scene.path(quote=str(scene.note.position)))
    assert text.count("a") == MOST_QUOTED
    assert text.rstrip().endswith("a…")


async def test_only_a_note_that_stands_is_quoted(pages_of):
    scene = Scene()
    pages = await pages_of(scene.world, "eu")
    assert await quotable(pages, scene)
    assert not await quotable(pages, scene, "oversight")
    for number in (str(scene.thread.position), "CN-99", "nonsense"):
        assert await text_field(pages, scene.path(quote=number)) == ""
    scene.about("note.withdrawn", "Sent twice.", "en")
    pages = await pages_of(scene.world, "eu")
    assert not await quotable(pages, scene)
    assert await text_field(pages, scene.path(quote=str(scene.note.position))) == ""
