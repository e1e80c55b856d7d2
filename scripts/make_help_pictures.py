"""Take the pictures of the pages of help, from the samples that the tests draw.

    .venv/bin/python -m scripts.make_help_pictures

Writes a WebP for each task and language, and `web/help/pictures.toml` with their sizes and the
outline of what they show: names of the headings, fields and buttons. A test compares the outline
with the page of today, so a picture is taken again when a control changes, and not for a comma.
Companies, persons and numbers of the samples are fictional.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, FloatRect

from special_channel.core.bytes.ids import Party
from special_channel.messages.catalogue import LANGS, Lang
from special_channel.web.help.pages import TASKS
from special_channel.web.shell.render import render
from tests.browsers import chromium
from tests.web.reading import Page
from tests.web.samples.pictured import pictured
from tests.web.site import serving

WEB: Final = Path(__file__).resolve().parents[1] / "src/special_channel/web"
FOLDER: Final = WEB / "static/help"
TABLE: Final = WEB / "help/pictures.toml"

SHOWN: Final = {
    "answer": ("thread", "compose"),
    "acknowledge": ("acknowledge", "main"),
    "open": ("new-thread", "compose"),
    "correct": ("note-correct", "main"),
    "work": ("thread-work", "workbar"),
    "assign": ("assign", "main"),
    "release": ("clearance", "main"),
    "route": ("routed", "main"),
    "list": ("list-check", "main"),
    "return": ("answer", "main"),
    "priority": ("priority-ask", "main"),
    "prefer": ("priority", "main"),
    "licence": ("licence-record", "main"),
    "meeting": ("new-meeting", "main"),
    "clock": ("suspend", "main"),
    "state": ("application-correct", "main"),
    "review": ("review", "main"),
    "unit": ("unit", "main"),
    "notices": ("notices", "main"),
    "template": ("templates", "main"),
    "label": ("mark-label", "main"),
    "reference": ("reference", "main"),
    "search": ("search", "main"),
    "dossier": ("dossier-internal", "main"),
    "keys": ("keys", "main"),
    "lost": ("stop", "main"),
    "second": ("acts", "main"),
    "charter": ("propose", "main"),
    "invite": ("people", "main"),
    "quarantine": ("quarantine", "main"),
    "alarm": ("alarms", "main"),
    "oversee": ("access-new", "main"),
}
"""Sample page and id of the element that a task's picture shows."""

WIDE: Final = 920
TALLEST: Final = 440
"""Pixels at which a picture is cut: the beginning of a page is enough to know it again."""
QUALITY: Final = 45
NAMED: Final = 12
"""Headings, fields and buttons of an outline: about as many as a picture shows."""
ROLES: Final = frozenset(("heading", "button", "textbox", "combobox", "checkbox", "columnheader"))


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to be taken."""

    task: str
    party: Party
    lang: Lang

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.task}-{self.lang}.webp"

    @property
    def outline(self) -> str:
        """Digest of the names in the element as it is drawn today."""
        sample, id_ = SHOWN[self.task]
        shown = pictured(self.party, self.lang)[sample]
        part = Page(render(shown.page, shown.frame)).by_id(id_)
        if part is None:
            raise ValueError(f"no {id_} in {sample}")
        names = [
            f"{each.role} {each.name}"
            for each in part.within()
            if each.role in ROLES and not each.hidden
        ]
        return sha256("\n".join(names[:NAMED]).encode()).hexdigest()[:16]


def pictures() -> Iterator[Picture]:
    """Yield the picture of each task and language, of the side that speaks it or has the task."""
    sides: dict[Lang, Party] = {"en": "eu", "zh-CN": "cn"}
    for code, task in TASKS.items():
        for lang in LANGS:
            yield Picture(code, task.party or sides[lang], lang)


async def draw() -> None:
    """Take all pictures anew."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.webp"):
        old.unlink()
    lines = [
        "# Written by scripts/make_help_pictures.py: sizes in pixels, and what the pictures show.\n"
    ]
    async with serving(pictured) as base, chromium() as browser:
        for each in pictures():
            width, height = await _take(browser, base, each)
            lines.append(
                f'["{each.file}"]\nwidth = {width}\nheight = {height}\noutline = "{each.outline}"\n'
            )
    TABLE.write_text("\n".join(lines), "utf-8")


async def _take(browser: Browser, base: str, each: Picture) -> tuple[int, int]:
    sample, id_ = SHOWN[each.task]
    context = await browser.new_context(
        viewport={"width": WIDE, "height": 900}, color_scheme="light", reduced_motion="reduce"
    )
    page = await context.new_page()
    # The first visit fetches the fonts, which a page that was drawn without them does not take up.
    for _ in range(2):
        await page.goto(f"{base}/p/{each.party}/{each.lang}/{sample}")
        await page.evaluate("document.fonts.ready.then(() => true)")
    box: FloatRect | None = await page.locator(f"#{id_}").bounding_box()
    if box is None:
        raise ValueError(f"no {id_} in {sample}")
    width, height = int(box["width"]), min(int(box["height"]), TALLEST)
    session = await context.new_cdp_session(page)
    clip = {"x": int(box["x"]), "y": int(box["y"]), "width": width, "height": height, "scale": 1}
    answer = await session.send(
        "Page.captureScreenshot",
        {"format": "webp", "quality": QUALITY, "clip": clip, "captureBeyondViewport": True},
    )
    (FOLDER / each.file).write_bytes(base64.b64decode(answer["data"]))
    await context.close()
    return width, height


if __name__ == "__main__":
    asyncio.run(draw())
