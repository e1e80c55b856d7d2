"""How dossiers look: sizes of letters, on the page and in the PDF."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.desk.dossiers import TEMPLATE, Cell, FiledEntry, Passage
from special_channel.desk.typesetting import pdf
from special_channel.messages.catalogue import Lang
from tests.stories import busy
from tests.web.samples.dossiers import sample_dossier
from tests.web.samples.people import NOW
from tests.web.test_effect import opened, taken
from tests.web.test_meetings import pdf_text
from tests.world import World

LANGUAGES: dict[Party, Lang] = {"eu": "en", "cn": "zh-CN"}
WORD = "{http://www.w3.org/1999/xhtml}word"


@pytest.fixture
def world() -> World:
    made = World.founded()
    made.list_batch(["A-1"], state="review", as_of="2026-11-20")
    made.exchange()
    return made


def placed(document: bytes) -> list[tuple[str, float, float]]:
    """Read the words of a PDF with the top and the bottom of their line, in points."""
    done = subprocess.run(
        ["/usr/bin/pdftotext", "-bbox", "-", "-"], input=document, capture_output=True, check=True
    )
    words = ET.fromstring(done.stdout).iter(WORD)  # noqa: S314 - pdftotext wrote it
    return [
        (each.text or "", float(each.attrib["yMin"]), float(each.attrib["yMax"])) for each in words
    ]


def heights(document: bytes) -> list[tuple[str, float]]:
    """Read the words of a PDF with the height of their line, in points."""
    return [(text, bottom - top) for text, top, bottom in placed(document)]


def fonts(document: bytes) -> str:
    """The names of a PDF's fonts, a line each."""
    done = subprocess.run(
        ["/usr/bin/pdffonts", "-"], input=document, capture_output=True, check=True
    )
    return done.stdout.decode()


@pytest.mark.parametrize(
    "path", ["/applications/A-1/dossier.pdf?edition=internal", "/brief/working/internal.pdf"]
)
async def test_letters_of_names_have_one_face(pages_of, world, path):
    """The ő of Ilona Kőszegi was set in a serif face amid a name without serifs."""
    site = await pages_of(world, "eu")
    named = fonts(await taken(site, path, "en"))
    assert "Serif" not in named
    assert "NotoSansCJK" in named
    if "dossier" in path:
        assert "SourceSans3" in named


@pytest.mark.parametrize("party", PARTIES)
def test_paragraphs_stand_further_apart_than_the_lines_of_one(party):
    """They are signed apart, and followed each other like lines."""
    lang = LANGUAGES[party]
    document = sample_dossier(party, lang, internal=False)
    filler = "which is said again " * 12
    said = Passage("", "", tuple((Cell(f"{word} {filler}", "en"),) for word in ("One", "Two")))
    entry = document.parts[0].blocks[0]
    assert isinstance(entry, FiledEntry)
    entry = replace(entry, passages=(said,), lines=(("Question", Cell("Answered?", "en")),))
    one = replace(document, parts=(replace(document.parts[0], blocks=(entry,)),))
    words = placed(pdf(TEMPLATE, one, NOW))
    starts = [
        next(top for text, top, _ in words if text == word) for word in ("One", "Two", "Question")
    ]
    for first, second in pairwise(starts):
        lines = sorted({top for text, top, _ in words if text == "said" and first <= top < second})
        assert len(lines) > 1
        assert second - lines[-1] > 1.2 * (lines[1] - lines[0])


async def test_digest_of_a_file_is_in_groups(pages_of):
    story = busy()
    site = await pages_of(story.world, "eu")
    path = f"/threads/{story.thread.position}/dossier"
    page = (await site.get(path)).text
    printed = pdf_text(await taken(site, f"{path}.pdf", "en"), "-raw")
    for text in (page, " ".join(printed.split())):
        assert re.search(r"SHA-256 (?:[0-9a-f]{8} ){7}[0-9a-f]{8}\b", text)
        assert not re.search(r"SHA-256 [0-9a-f]{9}", text)


@pytest.mark.parametrize("party", PARTIES)
async def test_application_dossier_title_is_largest_on_its_cover(pages_of, world, party):
    lang = LANGUAGES[party]
    site = await pages_of(world, party)
    words = heights(await taken(site, f"/applications/A-1/dossier.pdf?lang={lang}", lang))
    title = max(height for text, height in words if text == "A-1")
    # The next heading, of 11.5 points, is much smaller than a title of 19.
    rest = max(height for text, height in words if text != "A-1")
    assert title > 1.5 * rest


@pytest.mark.parametrize("party", PARTIES)
async def test_application_dossier_page_has_a_title_of_full_size(pages_of, world, party):
    site = await pages_of(world, party)
    url = f"{site.base}/applications/A-1/dossier"
    async with opened(site, url, LANGUAGES[party]) as page:
        await page.locator("#filing-title span").wait_for()
        sizes = await page.evaluate(
            "['#filing-title', '#filing-title span'].map((each) =>"
            " getComputedStyle(document.querySelector(each)).fontSize)"
        )
    assert sizes[0] == sizes[1]
