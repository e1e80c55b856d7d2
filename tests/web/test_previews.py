"""A file is looked at in a sandbox: nothing in it runs, loads or reaches the session."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from playwright.async_api import Page

from special_channel.stores.file_scans import DueFile
from tests.axe import faults
from tests.browsers import ABSENT, CHROMIUM, chromium
from tests.desk.test_previews import typeset
from tests.scanners.servers import EICAR
from tests.web.test_quotas import call
from tests.web.test_scanned_files import arrive, noted, scanning

__all__ = ["scanning"]

SCRIPT = b"Note. <script>parent.document.title = 'taken'; alert(document.cookie)</script>"
ACTION = b"\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"
FILES = (
    ("合同 contract.pdf", typeset("One #pagebreak() Two", "pdf") + ACTION),
    ("note.txt", SCRIPT),
    ("page.txt", b"<html><script>alert(1)</script>"),
)
PDF, TEXT, MARKUP = (f"/files/{sha256(data).hexdigest()}/preview" for _, data in FILES)


async def test_preview_is_a_document_without_origin_and_script(pages_of):
    world, path = noted(*FILES)
    site = await pages_of(world, "eu")
    await arrive(site, [data for _, data in FILES])
    article = (await site.get(path)).page.one("article")
    assert PDF in {link.attributes["href"] for link in article.all("link")}
    article.one("link", "Preview (note.txt)")
    for lang, words in (("en", "Nothing in it runs"), ("zh-CN", "其中内容不会运行")):
        assert words in (await site.get(TEXT, lang=lang)).text
    inside = await site.get(f"{TEXT}/inside")
    policy = inside.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'; img-src data:; style-src 'sha256-")
    assert "script-src" not in policy
    assert inside.headers["X-Content-Type-Options"] == "nosniff"
    assert inside.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert inside.headers["Cache-Control"] == "no-store"
    assert "&lt;script&gt;" in inside.html
    assert "<script" not in inside.html
    for address, code in ((MARKUP, "preview-none"), (f"{PDF}?page=3", "preview-page")):
        refused = await site.get(address)
        assert (refused.status, code in refused.html) == (400, True)
    assert "无法预览" in (await site.get(MARKUP, lang="zh-CN")).text
    assert (await site.get(f"{PDF}?page=0")).status == 400
    assert (await site.get(f"/files/{'0' * 64}/preview")).status == 404
    # By the API the same picture, text and refusals.
    drawn = [await call(site, "GET", f"/api{each}", "desk") for each in (TEXT, PDF)]
    assert [status for status, _ in drawn] == [200, 200]
    assert (drawn[0][1]["text"], drawn[0][1]["more"]) == (SCRIPT.decode(), False)
    assert drawn[1][1]["picture"] in (await site.get(f"{PDF}/inside")).html
    assert (drawn[1][1]["page"], drawn[1][1]["more"]) == (1, True)
    for address, code in ((MARKUP, "preview-none"), (f"{PDF}?page=3", "preview-page")):
        status, refusal = await call(site, "GET", f"/api{address}", "desk")
        assert (status, refusal["code"]) == (400, code)


async def test_preview_keeps_to_the_rule_of_downloads(pages_of, scanning):
    world, _ = noted(("virus.txt", EICAR), FILES[1])
    site = await pages_of(world, "eu", scanners=scanning)
    await arrive(site, [EICAR, SCRIPT])
    digest = sha256(EICAR).hexdigest()
    await site.own.desk.scanner.scan(DueFile(digest, len(EICAR), ("first", "second"), 0))
    for address, status in ((f"/files/{digest}/preview", 403), (TEXT, 503)):
        for each in (address, f"{address}/inside", f"/api{address}"):
            assert (await site.get(each)).status == status


async def looked_at(page: Page, base: str, path: str) -> None:
    """Look at a text and at both pages of a PDF file, from the thread."""
    await page.goto(base + path)
    await page.click(f"a[href='{TEXT}']")
    title = await page.title()
    frame = page.frames[1]
    assert "<script>" in await frame.inner_text("pre")
    assert await frame.evaluate("self.origin") == "null"
    assert await page.title() == title != "taken"
    assert await faults(page) == []
    await page.goto(base + PDF)
    picture = page.frame_locator("iframe").locator("img")
    await picture.wait_for()
    assert await picture.evaluate("(img) => img.complete && img.naturalWidth > 500")
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert await page.evaluate(wide)
    await page.click("a[href$='page=2']")
    await page.wait_for_url("**page=2")
    assert await page.locator("a[href$='page=3']").count() == 0


@pytest.mark.skipif(not CHROMIUM, reason=ABSENT)
@pytest.mark.timeout(120)
async def test_script_in_a_file_does_nothing_in_a_browser(pages_of):
    world, path = noted(*FILES)
    site = await pages_of(world, "eu")
    await arrive(site, [data for _, data in FILES])
    token = await site.sign_in("desk")
    dialogs: list[str] = []
    narrow: dict[str, Any] = {"viewport": {"width": 390, "height": 800}, "color_scheme": "dark"}
    async with chromium() as browser:
        for lang in ("en", "zh-CN"):
            context = await browser.new_context(**(narrow if lang == "zh-CN" else {}))
            cookies = {"sc-session-eu": f'"{token}"', "sc-lang-eu": lang}
            await context.add_cookies(
                [{"name": n, "value": v, "url": site.base} for n, v in cookies.items()]
            )
            page = await context.new_page()
            page.on("dialog", lambda dialog: dialogs.append(dialog.message))
            await looked_at(page, site.base, path)
            await context.close()
    assert dialogs == []
