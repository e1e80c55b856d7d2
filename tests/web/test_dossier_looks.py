"""How dossiers look: sizes of letters, on the page and in the PDF."""

from __future__ import annotations

import subprocess
from xml.etree import ElementTree as ET

import pytest

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.messages.catalogue import Lang
from tests.web.test_effect import opened, taken
from tests.world import World

LANGUAGES: dict[Party, Lang] = {"eu": "en", "cn": "zh-CN"}
WORD = "{http://www.w3.org/1999/xhtml}word"


@pytest.fixture
def world() -> World:
    made = World.founded()
    made.list_batch(["A-1"], state="review", as_of="2026-11-20")
    made.exchange()
    return made


def heights(document: bytes) -> list[tuple[str, float]]:
    """Read the words of a PDF with the height of their line, in points."""
    done = subprocess.run(
        ["/usr/bin/pdftotext", "-bbox", "-", "-"], input=document, capture_output=True, check=True
    )
    words = ET.fromstring(done.stdout).iter(WORD)  # noqa: S314 - pdftotext wrote it
    return [
        (each.text or "", float(each.attrib["yMax"]) - float(each.attrib["yMin"])) for each in words
    ]


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
