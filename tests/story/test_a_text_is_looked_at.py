"""An official reads what the text holds while it is written, and again before the signature."""

from __future__ import annotations

import pytest
from playwright.async_api import FilePayload, Page, Playwright, expect

from special_channel.core.bytes.ids import Party
from special_channel.stores.views import Views
from tests.axe import faults
from tests.channel import Channel
from tests.files import docx
from tests.story.windows import sign, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADDRESS = "jana@fictional.example"
SAID: dict[Party, tuple[str, str, str]] = {
    "eu": (
        "en",
        "Paragraph 1: This looks like personal data (e-mail address: j…@fictional.example).",
        "“note.docx” (paragraph 1) has a classification or handling mark of another body",
    ),
    "cn": (
        "zh-CN",
        "第1段：疑似个人信息（电子邮箱：j…@fictional.example），以职务称谓即可。",
        "“note.docx”（第1段）含其他机构的密级或处理标志（“NATO SECRET”）。",
    ),
}


REASONS_STYLED = "[...document.styleSheets].some(({ href }) => href.includes('/reasons.css'))"
"""Whether the styles of reasons are loaded: a thread that is only read does without."""


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_author_reads_what_the_text_holds_before_signing(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    thread = await made.open_thread(party)
    await made.caught_up()
    lang, said, refused = SAID[party]
    async with window(chromium, made, party, lang) as there:
        await there.enrol()
        page = await there.go(f"/threads/{thread}")
        await page.set_viewport_size({"width": 390, "height": 800})
        found = page.locator("#compose [data-f=found]")
        await page.fill("[name=text]", f"Write to {ADDRESS}.")
        await expect(found).to_contain_text(said)
        assert await faults(page) == []
        assert not await page.evaluate(REASONS_STYLED)
        # What the dialog shows is what the node found in the data that will be signed.
        await page.click("#compose [type=submit]")
        dialog = page.locator("#confirm[open]")
        why = dialog.locator("#why > li:not([hidden])")
        await expect(why).to_contain_text(said)
        await page.wait_for_function(REASONS_STYLED)
        await expect(dialog.locator("[data-f=found]")).to_be_hidden()
        assert await faults(page) == []
        # Nothing is signed without a reason, and nothing of the choice is left for the next text.
        await unmarked_here(page)
        await dialog.locator("[data-act=sign]").click()
        await expect(dialog.locator("[data-f=why-needed]")).to_be_visible()
        assert await faults(page) == []
        await dialog.locator("[data-act=cancel]").first.click()
        await page.fill("[name=text]", "Write to the desk.")
        await expect(found).to_be_hidden()
        await marked_file_is_refused(page, refused)


async def marked_file_is_refused(page: Page, refused: str) -> None:
    """A file with a mark is refused by its name and its place, and is not in the form."""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    file = FilePayload(name="note.docx", mimeType=kind, buffer=docx("NATO SECRET"))
    await page.set_input_files("#compose [name=files]", [file])
    await expect(page.locator("#problem")).to_contain_text(refused)
    assert await page.locator("[data-slot=uploads] li:not([hidden])").count() == 0
    assert await faults(page) == []


async def unmarked_here(page: Page) -> None:
    """Choose no marking in the dialog: what was found is still asked."""
    await page.select_option("#confirm [name=marking]", "none")
    await expect(page.locator("#why > li:not([hidden])")).to_be_visible()


async def test_author_gives_a_reason_that_stays_and_the_note_goes(
    made: Channel, chromium: Playwright
) -> None:
    thread = await made.open_thread("eu")
    await made.caught_up()
    async with window(chromium, made, "eu", "en") as there:
        await there.enrol()
        page = await there.go(f"/threads/{thread}")
        await page.fill("[name=text]", f"Write to {ADDRESS}.")
        note = await sign(page)
        await there.checked(note)
        views = Views(made.nodes["eu"].core.record.pool)
        assert len((await views.confirmations([note]))[note]) == 1
        # The next note has nothing to confirm, and no reason of the one before.
        await page.fill("[name=text]", "Write to the desk.")
        second = await sign(page)
        await there.checked(second)
        assert await views.confirmations([second]) == {}
