"""Rules that are off by default in axe are on here, and find their violations."""

from __future__ import annotations

from tests.axe import faults
from tests.browsers import chromium

PAGE = """<!doctype html><html lang="en"><title>Page</title><main><h1>Page</h1>
<style>.s{display:inline-block;width:9px;height:9px;padding:0;border:0;font-size:6px}</style>
<p><button aria-label="Close the page">Open the list</button></p>
<p><button class="s">A</button><button class="s">B</button></p></main></html>"""


async def test_axe_finds_other_names_and_small_targets():
    async with chromium() as browser:
        page = await browser.new_page()
        await page.set_content(PAGE)
        rules = {each.partition(":")[0] for each in await faults(page)}
    assert rules == {"label-content-name-mismatch", "target-size"}
