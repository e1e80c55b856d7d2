"""The rules that axe leaves off by default are on here: they find what they are for."""

from __future__ import annotations

import shutil

import pytest

playwright = pytest.importorskip("playwright.async_api")

from tests.axe import faults  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

PAGE = """<!doctype html><html lang="en"><title>Page</title><main><h1>Page</h1>
<style>.s{display:inline-block;width:9px;height:9px;padding:0;border:0;font-size:6px}</style>
<p><button aria-label="Close the page">Open the list</button></p>
<p><button class="s">A</button><button class="s">B</button></p></main></html>"""


async def test_axe_finds_other_names_and_small_targets():
    if not CHROMIUM:
        pytest.skip("no Chromium (Debian: apt-get install chromium)")
    async with playwright.async_playwright() as started:
        browser = await started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page()
        await page.set_content(PAGE)
        rules = {each.partition(":")[0] for each in await faults(page)}
        await browser.close()
    assert rules == {"label-content-name-mismatch", "target-size"}
