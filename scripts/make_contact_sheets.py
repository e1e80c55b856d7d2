"""Draw contact sheets of every page and mail, from the samples that the tests draw.

    .venv/bin/python -m scripts.make_contact_sheets [FOLDER]

Writes PNGs into a folder (`var/contact-sheets`): all pages wide and light in both languages, the
twelve most used ones also dark, at 390 px and as print, all mails, and the pages of dossiers and
briefs as PDF (drawn by Poppler's pdftoppm). They are made to be looked at; nothing is compared.
"""

from __future__ import annotations

import asyncio
import html
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from playwright.async_api import Browser, ViewportSize

from special_channel.core.bytes.ids import Party
from special_channel.desk import briefs, dossiers
from special_channel.desk.typesetting import pdf
from special_channel.messages.catalogue import Lang
from tests.browsers import chromium
from tests.channels.test_mails_drawn import letters
from tests.web.samples import every_page
from tests.web.samples.dossiers import sample_dossier
from tests.web.samples.meetings import sample_brief
from tests.web.samples.people import NOW
from tests.web.site import serving

FOLDER: Final = Path("var/contact-sheets")

READERS: Final[tuple[tuple[Party, Lang], ...]] = (("eu", "en"), ("cn", "zh-CN"))

MOST_USED: Final = (
    "inbox", "threads", "thread", "new-thread", "batch", "list-check", "answer", "application",
    "clearance", "deadlines", "meetings", "keys",
)  # fmt: skip
"""The twelve pages that an official opens on most days."""

WIDE: Final[ViewportSize] = {"width": 1440, "height": 900}
NARROW: Final[ViewportSize] = {"width": 390, "height": 844}
MAIL: Final[ViewportSize] = {"width": 640, "height": 700}

THUMB: Final = 480
"""Width of a picture on a sheet, in pixels."""

TALLEST: Final = 1600
"""Height at which a picture is cut."""

ROW: Final = 4
"""Pictures next to each other."""

SHEET: Final = 12
"""Pictures of one sheet."""


@dataclass(frozen=True, slots=True)
class Look:
    """How pages are drawn."""

    name: str
    view: ViewportSize = field(default_factory=lambda: WIDE)
    scheme: Literal["dark", "light"] = "light"
    media: Literal["print", "screen"] = "screen"


LOOKS: Final = (
    Look("dark", scheme="dark"),
    Look("narrow", view=NARROW),
    Look("print", media="print"),
)
"""Further looks of the most used pages."""


def main(folder: Path) -> None:
    """Draw all sheets anew."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    asyncio.run(draw(folder))


async def draw(folder: Path) -> None:
    """Draw all sheets into an empty folder."""
    async with serving() as base, chromium() as browser:
        for party, lang in READERS:
            drawn = _Drawing(browser, base, folder, party, lang)
            await drawn.pages(Look("wide"), every_page(party, lang))
            for look in LOOKS:
                await drawn.pages(look, MOST_USED)
            await drawn.mails()
            await drawn.documents()


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Pages and mails of one side in one language."""

    browser: Browser
    base: str
    folder: Path
    party: Party
    lang: Lang

    async def pages(self, look: Look, names: Iterable[str]) -> None:
        """Draw pages in one look, then the sheets of them."""
        context = await self.browser.new_context(
            viewport=look.view, color_scheme=look.scheme, reduced_motion="reduce"
        )
        page = await context.new_page()
        await page.emulate_media(media=look.media, color_scheme=look.scheme)
        pictures = {}
        for name in ("inbox", *names):
            # The first visit fetches the fonts, which a page drawn without them does not take up.
            await page.goto(f"{self.base}/p/{self.party}/{self.lang}/{name}")
            await page.evaluate("document.fonts.ready.then(() => true)")
            pictures[name] = await page.screenshot(full_page=True)
        await context.close()
        await self._sheets(f"{look.name}-{self.lang}", pictures)

    async def mails(self) -> None:
        """Draw the HTML part of every mail, under its subject."""
        context = await self.browser.new_context(viewport=MAIL)
        page = await context.new_page()
        pictures = {}
        for letter in letters(self.party, self.lang):
            await page.set_content(letter.html)
            pictures[letter.subject] = await page.screenshot(full_page=True)
        await context.close()
        await self._sheets(f"mails-{self.lang}", pictures)

    async def documents(self) -> None:
        """Draw each page of the dossiers and briefs in both editions."""
        pictures = {}
        for internal in (True, False):
            edition = "internal" if internal else "shareable"
            made = {
                "dossier": pdf(
                    dossiers.TEMPLATE, sample_dossier(self.party, self.lang, internal=internal), NOW
                ),
                "brief": pdf(
                    briefs.TEMPLATE, sample_brief(self.party, self.lang, internal=internal), NOW
                ),
            }
            for name, data in made.items():
                for number, picture in enumerate(_drawn(data), 1):
                    pictures[f"{name}, {edition}, page {number}"] = picture
        await self._sheets(f"documents-{self.lang}", pictures)

    async def _sheets(self, name: str, pictures: Mapping[str, bytes]) -> None:
        named = [*pictures.items()]
        for number, first in enumerate(range(0, len(named), SHEET), 1):
            path = self.folder / f"{name}-{number:02}.png"
            await _sheet(self.browser, path, named[first : first + SHEET])
            sys.stdout.write(f"{path}\n")


def _drawn(document: bytes) -> list[bytes]:
    """Return a picture of each page of a PDF; none without Poppler."""
    program = shutil.which("pdftoppm")
    if program is None:
        return []
    with TemporaryDirectory() as kept:
        command = [program, "-png", "-r", "110", "-", str(Path(kept) / "page")]
        subprocess.run(command, input=document, check=True)
        return [path.read_bytes() for path in sorted(Path(kept).glob("*.png"))]


async def _sheet(browser: Browser, path: Path, pictures: Sequence[tuple[str, bytes]]) -> None:
    """Put pictures side by side on one sheet, each under its name."""
    with TemporaryDirectory() as kept:
        for number, (_, data) in enumerate(pictures):
            (Path(kept) / f"{number}.png").write_bytes(data)
        figures = "".join(
            f'<figure><figcaption>{html.escape(name)}</figcaption><div><img src="{number}.png">'
            "</div></figure>"
            for number, (name, _) in enumerate(pictures)
        )
        (Path(kept) / "sheet.html").write_text(_PAGE.format(figures), "utf-8")
        page = await browser.new_page(viewport={"width": ROW * (THUMB + 24) + 24, "height": 900})
        await page.goto(f"file://{kept}/sheet.html")
        await page.screenshot(path=path, full_page=True)
        await page.close()


_PAGE: Final = (
    "<!doctype html><meta charset=utf-8><style>"
    "body{{margin:24px;font:14px sans-serif;background:#ddd;display:grid;gap:24px;"
    f"align-items:start;grid-template-columns:repeat({ROW},{THUMB}px)}}}}figure{{{{margin:0}}}}"
    f"div{{{{max-height:{TALLEST}px;overflow:hidden;border:1px solid #999;background:#fff}}}}"
    "img{{display:block;width:100%}}figcaption{{margin-bottom:6px;font-weight:600}}"
    "</style>{}"
)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
