"""An official reads what the text holds while it is written, and again before the signature."""

from __future__ import annotations

import pytest
from playwright.async_api import FilePayload, Playwright, expect

from special_channel.core.bytes.ids import Party
from tests.axe import faults
from tests.channel import Channel
from tests.files import docx
from tests.story.windows import window

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
        # What the dialog shows is what the node found in the data that will be signed.
        await page.click("#compose [type=submit]")
        dialog = page.locator("#confirm[open]")
        await expect(dialog.locator("[data-f=found]")).to_contain_text(said)
        assert await faults(page) == []
        await dialog.locator("[data-act=cancel]").first.click()
        await page.fill("[name=text]", "Write to the desk.")
        await expect(found).to_be_hidden()
        # A file with a mark is refused by its name and its place, and is not in the form.
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        file = FilePayload(name="note.docx", mimeType=kind, buffer=docx("NATO SECRET"))
        await page.set_input_files("#compose [name=files]", [file])
        await expect(page.locator("#problem")).to_contain_text(refused)
        assert await page.locator("[data-slot=uploads] li:not([hidden])").count() == 0
        assert await faults(page) == []
