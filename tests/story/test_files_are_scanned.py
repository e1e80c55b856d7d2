"""A file is scanned on both sides, named for what it holds, and downloaded; others are refused."""

from __future__ import annotations

import asyncio
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Playwright

from tests import servers
from tests.axe import faults
from tests.channel import Channel, channel
from tests.scanners.servers import EICAR, clamd, icap, zipped
from tests.story.windows import Window, sign, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

TYPES = {"[Content_Types].xml": b"<Types/>"}
MACROS: FilePayload = {
    "name": "Liste.docm",
    "mimeType": "application/zip",
    "buffer": zipped(TYPES, word__vbaProject_bin=b"x"),
}
HOLDING = zipped(TYPES, word__embeddings__sheet1_bin=b"x")
VIRUS: FilePayload = {"name": "Virus.docx", "mimeType": "application/zip", "buffer": EICAR}
LIST: FilePayload = {"name": "Liste 清单.docx", "mimeType": "application/zip", "buffer": HOLDING}


async def sent_with_a_file(eu: Window, thread: str) -> str:
    """The virus and the macros are refused at once, and the list goes; return the note's id."""
    eu.expected.append("/api/files")  # the refused uploads
    page = await eu.go(thread)
    await page.set_input_files("[name=files]", VIRUS)
    await page.wait_for_selector("text=It is quarantined.")
    assert await page.locator("[data-slot=uploads] >> text=Virus.docx").count() == 0
    await page.set_input_files("[name=files]", MACROS)
    await page.wait_for_selector("text=“Liste.docm” has macros, which can’t be checked.")
    await page.set_input_files("[name=files]", LIST)
    await page.wait_for_selector("text=is uploaded and checked")
    await page.fill("[name=text]", "The list with its sheet.")
    note = await sign(page)
    await eu.checked(note)
    return note


async def looked_into(made: Channel) -> bool:
    """Tell whether the other side's node has scanned the file and looked into it."""
    digest = sha256(HOLDING).hexdigest()
    check = (await made.nodes["cn"].core.scanner.checks([digest])).get(digest)
    return check is not None and check.usable and check.active is not None


async def warned_and_downloaded(cn: Window, thread: str, note: str, saved: Path) -> bytes:
    """The other side reads what the file holds, then downloads it."""
    page = await cn.go(thread)
    await cn.checked(note)
    await page.wait_for_selector(".files >> text=含嵌入对象")
    assert "已查毒，ClamAV 1.4.3" in await page.inner_text(".files")
    await page.click(".files a")
    await page.wait_for_selector("h1:has-text('Liste 清单.docx')")
    assert "嵌入文件点击即可打开，其内容未作检查。" in await page.inner_text("main")
    assert await faults(page) == []
    async with page.expect_download() as download:
        await page.click("main a[download]")
    await (await download.value).save_as(saved)
    return await asyncio.to_thread(saved.read_bytes)


async def test_file_is_scanned_named_and_downloaded(chromium: Playwright, tmp_path: Path) -> None:
    with servers.open_folder() as folder:
        async with clamd() as first, icap() as second:
            sections = {
                "first": {"kind": "clamd", "address": first.address},
                "second": {"kind": "icap", "address": second.address},
            }
            async with (
                channel(folder, scanners=sections) as made,
                window(chromium, made, "eu", "en") as eu,
                window(chromium, made, "cn", "zh-CN") as cn,
            ):
                await eu.enrol()
                await cn.enrol()
                await made.open_thread("eu")
                await made.caught_up()
                size = (await made.nodes["eu"].core.record.head("eu")).size
                thread = f"/threads/EU-{size - 1}"
                note = await sent_with_a_file(eu, thread)
                await made.caught_up()
                await made.until(partial(looked_into, made), "cn")
                read = await warned_and_downloaded(cn, thread, note, tmp_path / "saved")
                assert read == HOLDING
                assert await eu.quiet() == await cn.quiet() == []
