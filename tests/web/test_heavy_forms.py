"""Forms of acts about notes as heavy as the formats allow: portions of 400 KB, and nothing lost."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest

from special_channel.core.bytes.parts import MAX_PART_BYTES
from special_channel.web.notes.portions import portion_of
from special_channel.web.notes.views import NOTE_ACTS, NoteAct, NoteActView, Paragraph
from special_channel.web.shared.portions import PortionQuery
from special_channel.web.shared.words import Pair, Words
from tests.web.pages_node import PagesNode, Shown
from tests.web.test_long_threads import MOST_BYTES
from tests.web.test_note_acts import Scene

LONGEST = MAX_PART_BYTES - 200
LINE = "A line about certificates, its end.\n\n"


def longest(text: str, number: int = 0) -> str:
    """A paragraph of the longest."""
    often = (LONGEST - 10) // len(json.dumps(text, ensure_ascii=False)[1:-1].encode())
    return f"{number}. {text * often}"


async def portions(site: PagesNode, path: str, lang: str = "en") -> list[Shown]:
    """Read a form to its end, following the links."""
    found = []
    while path:
        shown = await site.get(path, "desk", lang)
        assert shown.status == 200, shown.text
        assert len(shown.html.encode()) <= MOST_BYTES
        found.append(shown)
        links = shown.page.marked("rel", "next")
        path = links[0].attributes["href"].partition("#")[0] if links else ""
    return found


def put_together(pages: list[Shown], tag: str) -> dict[str, str]:
    """The texts of a form by id, put together as the script does it."""
    whole: dict[str, str] = defaultdict(str)
    for shown in pages:
        for each in shown.page.marked("data-piece"):
            if each.tag == tag:
                # A browser does not read the first line break of a field.
                piece = each.source.removeprefix("\n") if tag == "textarea" else each.source
                whole[each.attributes["id"]] += piece
    return dict(whole)


def fields(pages: list[Shown]) -> dict[str, str]:
    """What each field holds."""
    return put_together(pages, "textarea")


def originals(pages: list[Shown]) -> dict[str, str]:
    """What is read of each paragraph."""
    return put_together(pages, "span")


@pytest.mark.parametrize(
    ("text", "count"), [(LINE, 10), ("证书。", 2), ("&", 1), ("\u202ea", 1), ("𠮷", 2)]
)
async def test_forms_of_a_heavy_note_have_all_of_it(pages_of, text, count):
    """The forms of ten of the longest paragraphs, translated, had 5.1 MB."""
    scene = Scene()
    texts = [longest(text, number) for number in range(count)]
    translated = [each[::-1] for each in texts]
    body = {"translation": {"lang": "zh-CN", "parts": list(range(count, 2 * count))}}
    scene.note = scene.world.note("eu", scene.id, [*texts, *translated], body=body)
    scene.world.exchange()
    site = await pages_of(scene.world, "eu")
    address = f"/entries/{scene.note.position}"
    paragraphs = {f"w-{number}": each for number, each in enumerate(texts)}
    pages = await portions(site, f"{address}/correct")
    assert len(pages) > 2
    assert originals(pages) == paragraphs
    assert fields(pages) == {"n-own": "\n\n".join(texts), "n-tr": "\n\n".join(translated)}
    pages = await portions(site, f"{address}/withdraw")
    assert originals(pages) == paragraphs
    assert fields(pages) == {"n-own": "", "n-tr": ""}
    pages = await portions(site, f"{address}/translate")
    assert originals(pages) == {f"w-{n}": each for n, each in enumerate(texts, 1)}
    assert fields(pages) == {f"n-{n}": each for n, each in enumerate(translated, 1)}


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_each_portion_says_which_paragraphs_lack_a_translation(pages_of, lang):
    scene = Scene()
    scene.note = scene.world.note("eu", scene.id, [longest(LINE, n) for n in range(3)])
    scene.world.exchange()
    site = await pages_of(scene.world, "cn")
    pages = await portions(site, f"/entries/{scene.note.position}/translate", lang)
    said = {
        "en": ("The texts of {} are long; this is page {} of {}.", "paragraphs 1, 2, 3"),
        "zh-CN": ("{}文字较长，此为第{}页，共{}页。", "1、2、3"),
    }[lang]
    for number, shown in enumerate(pages, 1):
        assert said[0].format(scene.note.position, number, len(pages)) in shown.text
        assert said[1] in shown.text


def view_of(act: NoteAct, *texts: str, presence: str = "present") -> NoteActView:
    """An act about a note with these paragraphs."""
    words = [Words(text, "en", n) for n, text in enumerate(texts)]
    words.append(Words("", "en", len(texts), presence))  # type: ignore[arg-type]
    paragraphs = tuple(Paragraph(number=n, words=each) for n, each in enumerate(words, 1))
    return NoteActView(
        eu=1, cn=1, act=act, note="0" * 64, position="EU-7", party="eu", thread="0" * 32,
        thread_number="EU-1", title=Pair(Words("Subject", "en")), lang="en", other="zh-CN",
        original=tuple(words), paragraphs=paragraphs if act == "translate" else (),
    )  # fmt: skip


@pytest.mark.parametrize("act", NOTE_ACTS)
def test_form_of_a_light_note_is_not_cut(act: NoteAct):
    view = view_of(act, "One.", "Two.")
    portion = portion_of(view, PortionQuery())
    assert (portion.view, portion.digest, portion.pages.pages) == (view, "", 1)


@pytest.mark.parametrize("act", NOTE_ACTS)
def test_digest_of_a_form_is_of_all_its_texts(act: NoteAct):
    """Portions of a note whose paragraph was erased in between are not put together."""
    long = longest(LINE)
    digests = [
        {
            portion_of(view, PortionQuery(part="texts", page=page)).digest
            for page in range(1, portion_of(view, PortionQuery()).pages.pages + 1)
        }
        for view in (
            view_of(act, long, long),
            view_of(act, long, long[:-1] + "!"),
            view_of(act, long, long, presence="erased"),
        )
    ]
    assert [len(each) for each in digests] == [1, 1, 1]
    assert len(set.union(*digests)) == 3
