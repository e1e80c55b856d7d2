"""A quarantined file is let out: one person asks, another agrees, and the first alone has it."""

from __future__ import annotations

import asyncio
import io
import json
import re
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, Playwright
from structlog.testing import capture_logs

from special_channel.cli.app import run as run_command
from special_channel.desk.keyfile import KeyFile
from tests import servers
from tests.axe import faults
from tests.channel import Channel, channel
from tests.nodes.searching import found
from tests.nodes.test_scanned_files import CROSSES, DOCX, posted, scanning, signed_in
from tests.scanners.servers import clamd, icap
from tests.story.windows import Window, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAME = "列表 list.docx"
REASON = "WORDS about a false alarm"
STAYS = (REASON, "quarantine.asked", "quarantine.agreed", "Eicar-Test-Signature")
NARROW = {"width": 390, "height": 800}
Command = Callable[..., Any]


async def quarantined(made: Channel) -> str:
    """Let CN send a file that EU's scanner refuses; return the number of its entry."""
    async with aiohttp.ClientSession() as http:
        own, other = await signed_in(made, http, "eu"), await signed_in(made, http, "cn")
        digest = (await other.call("POST", "/api/files", data=DOCX)).document["sha256"]
        reply = await posted(made, "cn", other, DOCX, digest)
        await made.caught_up()

        async def closed() -> bool:
            return (await own.call("GET", f"/api/files/{digest}")).code == "file-quarantined"

        await made.until(closed, "eu")
        return str(reply.document["receipts"][0]["position"])


async def confirmed(page: Page, button: str) -> None:
    """Press a button, and sign in the dialog."""
    await page.click(f"{button}:not([disabled])")
    await page.click("#confirm [data-act=sign]")


async def asked(head: Window) -> None:
    """The head asks with a reason, and sees that the request waits."""
    page = await head.go("/quarantine")
    await page.click("text=Ask for the file")
    await page.wait_for_url("**/ask")
    await head.until("happened.some((e) => e.name === 'ready')")
    assert "embedded" in await page.inner_text("main .todo")
    assert await faults(page) == []
    await page.fill("#q-reason", REASON)
    await confirmed(page, "form[data-write] [type=submit]")
    await page.wait_for_selector("text=Waits for another person to agree.")
    assert await page.locator("[data-sign='quarantine.agreed']").count() == 0


async def told(person: Window, subject: str) -> None:
    """Wait until an open inbox tells of an event, and find it among the news."""
    page = await person.go("/inbox")
    await page.wait_for_selector(f"main >> text=/{subject}/", state="attached")
    page = await person.go("/notices")
    assert re.search(subject, await page.inner_text("main"))
    assert await faults(page) == []


async def agreed(registrar: Window) -> None:
    """A registrar reads the reason and agrees, and gets no download by it."""
    await told(registrar, r"待审定：取出CN-\d+已隔离附件的申请")
    assert await registrar.page.inner_text("[data-nav=quarantine] [data-f=count]") == "1"
    page = await registrar.go("/quarantine")
    assert REASON in await page.inner_text("main")
    assert await faults(page) == []
    await confirmed(page, "[data-sign='quarantine.agreed']")
    await page.wait_for_selector("main >> text=已同意")
    assert await page.locator("main a[download]").count() == 0
    digest = sha256(DOCX).hexdigest()
    for path in (f"/api/quarantine/{digest}/file", f"/api/files/{digest}"):
        answer = await registrar.context.request.get(registrar.url + path)
        assert answer.status == 403


async def downloaded(head: Window, saved: Path) -> None:
    """The head gets the bytes under a plain name, next to what was found in them."""
    await told(head, r"Agreed, to download now: quarantined file of CN-\d+")
    page = await head.go("/quarantine")
    async with page.expect_download() as download:
        await page.click("main a[download]")
    await (await download.value).save_as(saved)
    unpacked(await asyncio.to_thread(saved.read_bytes))
    digest = sha256(DOCX).hexdigest()
    # The file stays closed on every other way, to the head as well.
    answer = await head.context.request.get(f"{head.url}/api/files/{digest}")
    assert answer.status == 403


def unpacked(packed: bytes) -> None:
    """Assert that a ZIP file holds the file, and a text about it."""
    archive = zipfile.ZipFile(io.BytesIO(packed))
    assert archive.namelist() == ["read-me.txt", "file.bin"]
    assert archive.read("file.bin") == DOCX
    note = archive.read("read-me.txt").decode()
    assert NAME in note
    assert "Eicar-Test-Signature" in note


def commands(made: Channel, capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs `quarantine …` with a key file; it returns code and document."""

    async def run(key: KeyFile, *words: str) -> tuple[int, Any]:
        file = made.folder / f"{key.key[3:]}.json"
        if not file.exists():
            key.write(file)
        trust = made.folder / "trust.json"
        trust.write_bytes(made.trust)
        where = ("--node", made.settings("eu").node.url, "--as", str(file), "--trust", str(trust))
        capsys.readouterr()
        with capture_logs():
            code = await asyncio.to_thread(run_command, ["quarantine", *words, *where, "--json"])
        out, err = capsys.readouterr()
        lines = [json.loads(line) for line in out.splitlines() if line[:1] == "{"]
        return code, lines[-1] if lines else err.partition(":")[0]

    return run


async def let_out_by_commands(made: Channel, run: Command, number: str, saved: Path) -> None:
    """The same with the command line: by entry and by name of the file."""
    head = await made.enrol("eu", "head", "unit", 2)
    registrar = KeyFile.read(made.settings("eu").node.keys / "registrar.json")
    assert (await run(head, "download", number, "--out", str(saved)))[1] == "quarantine-closed"
    code, done = await run(head, "ask", NAME, "--reason", REASON)
    assert (code, done["position"].startswith("PRIVATE-")) == (0, True)
    assert (await run(head, "agree", number))[1] == "quarantine-own"
    assert (await run(registrar, "agree", number))[0] == 0
    assert (await run(registrar, "agree", number))[1] == "quarantine-unasked"
    assert (await run(registrar, "ask", "other.txt", "--reason", "x"))[1] == "quarantine-unknown"
    assert (await run(registrar, "download", number, "--out", str(saved)))[0] != 0
    assert (await run(head, "download", number, "--out", str(saved)))[0] == 0
    unpacked(await asyncio.to_thread(saved.read_bytes))
    code, listed = await run(head, "list")
    assert (code, listed["name"]) == (0, NAME)


async def test_two_persons_let_a_file_out_to_one(
    chromium: Playwright, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with servers.open_folder() as folder:
        async with clamd() as first, icap() as second, channel(folder, proxied=True) as made:
            await made.stop("eu")
            await made.start("eu", scanners=scanning(first, second))
            number = await quarantined(made)
            async with (
                window(chromium, made, "eu", "en") as head,
                window(
                    chromium, made, "eu", "zh-CN", viewport=NARROW, color_scheme="dark"
                ) as registrar,
            ):
                await head.enrol("head")
                await registrar.enrol("registrar")
                await asked(head)
                await agreed(registrar)
                registrar.expected.append("403")
                await downloaded(head, tmp_path / "saved.zip")
                assert await head.quiet() == await registrar.quiet() == []
            run = commands(made, capsys)
            await let_out_by_commands(made, run, number, tmp_path / "typed.zip")
            await made.caught_up()
            everything = b"\n".join(
                bytes(way)
                for line in made.lines.values()
                for one in line.lines
                for way in (one.sent, one.received)
            )
            assert found([CROSSES, *STAYS], everything) == {CROSSES}
