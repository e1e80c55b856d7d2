"""What pages and API say of a file's scan, and that a closed file is opened by neither."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256

import pytest_asyncio

from special_channel.core.rows.writing import file_part, part_refs, sign
from special_channel.ports.scanning import Scanner
from special_channel.stores.file_scans import DueFile
from special_channel.wiring.scanning import make_scanners
from tests.channel import settings
from tests.scanners.servers import EICAR, clamd, icap, zipped
from tests.web.pages_node import PagesNode
from tests.web.test_quotas import call
from tests.world import World

NAMES = ("plain.txt", "contract.pdf", "virus.docx")
FILES = (b"plain", b"contract", EICAR)
DIGESTS = [sha256(data).hexdigest() for data in FILES]


def noted(*named: tuple[str, bytes]) -> tuple[World, str]:
    """Return a world with a note of the other side that names files, three by default."""
    world = World.founded()
    thread = world.open_thread("cn")
    parts = [
        file_part(bytes([n]) * 32, name, "text/plain", len(data), sha256(data).hexdigest())
        for n, (name, data) in enumerate(named or zip(NAMES, FILES, strict=True), 1)
    ]
    payload = world.payload("cn", "note.posted", thread=thread.leaf.thread, lang="en")
    world.append("cn", payload, [world.text("Three files."), *parts])
    world.exchange()
    return world, f"/threads/{thread.position}"


async def arrive(site: PagesNode, files: Sequence[bytes] = FILES) -> None:
    async def chunks(data: bytes) -> AsyncIterator[bytes]:
        yield data

    for data in files:
        await site.own.stores.files.put(chunks(data), max_bytes=2**20, type_="text/plain")


@pytest_asyncio.fixture
async def scanning(tmp_path) -> AsyncIterator[Mapping[str, Scanner]]:
    async with clamd() as first, icap() as second:
        sections = {
            "first": {"kind": "clamd", "address": first.address},
            "second": {"kind": "icap", "address": second.address},
        }
        yield make_scanners(settings(tmp_path, "eu", {"eu": 1, "cn": 2}, scanners=sections))


async def test_files_without_a_scanner_say_so_and_open(pages_of):
    world, path = noted()
    site = await pages_of(world, "eu")
    await arrive(site)
    page = (await site.get(path)).page
    assert page.one("link", "plain.txt 5 B")
    assert "not scanned on this side" in page.one("article").text
    assert "我方未查毒" in (await site.get(path, lang="zh-CN")).text
    assert (await site.get(f"/api/files/{DIGESTS[0]}")).status == 200


async def test_each_file_names_its_verdict_and_closed_ones_are_no_links(pages_of, scanning):
    world, path = noted()
    site = await pages_of(world, "eu", scanners=scanning)
    await arrive(site)
    for digest, data in zip(DIGESTS[1:], FILES[1:], strict=True):
        await site.own.desk.scanner.scan(DueFile(digest, len(data), ("first", "second"), 0))

    for lang, clean, checking, found in (
        (
            "en",
            (
                "checked, ClamAV 1.4.3 (signatures of 28 Nov 2026), Sample Scanner 2.1"
                " (signatures 27812)"
            ),
            "being checked",
            "quarantined, ClamAV 1.4.3: Eicar-Test-Signature",
        ),
        (
            "zh-CN",
            "已查毒，ClamAV 1.4.3（病毒库日期2026年11月28日",
            "正在查毒",
            "已隔离，ClamAV 1.4.3：Eicar",
        ),
    ):
        page = (await site.get(path, lang=lang)).page
        links = page.one("article").names("link")
        assert any("contract.pdf" in name for name in links)
        assert not any("plain.txt" in name or "virus.docx" in name for name in links)
        assert all(words in page.one("article").text for words in (clean, checking, found))

    for digest, status, code in (
        (DIGESTS[0], 503, "file-being-checked"),
        (DIGESTS[1], 200, ""),
        (DIGESTS[2], 403, "file-quarantined"),
    ):
        answer = await site.get(f"/api/files/{digest}")
        assert (answer.status, answer.headers["Cache-Control"]) == (status, "no-store")
        assert code in answer.html
    view = (await call(site, "GET", f"/api{path}"))[1]
    files = next(item for item in view["items"] if item["type"] == "note")["files"]
    assert [(each["check"], "url" not in each) for each in files] == [
        ("checking", True),
        ("clean", False),
        ("found", True),
    ]


async def test_nobody_attaches_a_closed_file(pages_of, scanning):
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread
    site = await pages_of(world, "eu", scanners=scanning)
    status, told = await call(site, "POST", "/api/files?lang=zh-CN", data=EICAR)
    assert (status, told["code"]) == (403, "file-quarantined")
    assert "已隔离" in told["title"]
    assert (await call(site, "POST", "/api/files", data=b"fine"))[1]["check"] == "clean"
    await arrive(site, [b"plain"])  # stored, not yet scanned
    for data, code in ((EICAR, "file-quarantined"), (b"plain", "file-being-checked")):
        digest = sha256(data).hexdigest()
        parts = (
            world.text("With a file."),
            file_part(bytes(32), "a.txt", "text/plain", len(data), digest),
        )
        payload = world.payload("eu", "note.posted", thread=thread, lang="en")
        made = sign(payload | {"parts": part_refs(parts)}, [world.eu.keys["desk"]], parts)
        entry = {"envelope": made.envelope.decode(), "parts": [part.decode() for part in parts]}
        for address, body in (
            ("/api/entries", {"entries": [entry]}),
            ("/api/clearances", entry),
            ("/api/private/entries", {"entries": [entry]}),
        ):
            assert (await call(site, "POST", address, data=body))[1]["code"] == code
    assert await site.own.desk.clearances.waiting() == []


async def test_find_is_looked_into_by_a_leader_and_stays_closed(pages_of, scanning):
    world, _path = noted()
    site = await pages_of(world, "eu", alarms=lambda: ("file-found",), scanners=scanning)
    await arrive(site)
    await site.own.desk.scanner.scan(DueFile(DIGESTS[2], len(EICAR), ("first", "second"), 0))
    for who, seen in (("head", True), ("desk", False)):
        assert ((await site.get("/inbox", who)).page.by_id("finds") is not None) == seen
    assert (await site.get("/quarantine", "desk")).status == 403
    shown = await site.get("/quarantine", "head", "zh-CN")
    assert "已隔离附件" in shown.page.one("heading", "已隔离附件").text
    assert "发现：Eicar-Test-Signature" in shown.text
    page = (await site.get("/quarantine", "head")).page
    page.one("button", "I have looked into it (virus.docx)")
    done = await site.post(f"/quarantine/{DIGESTS[2]}", {}, "head")
    assert (done.status, done.headers["Location"]) == (303, "/quarantine")
    assert "Looked into:" in (await site.get("/quarantine", "head")).text
    status, told = await call(site, "POST", f"/api/quarantine/{DIGESTS[2]}", "head", {})
    assert (status, told["code"]) == (404, "find-unknown")
    assert (await site.get(f"/api/files/{DIGESTS[2]}")).status == 403
    assert "Quarantined file looked into" in (await site.get("/people/journal", "head")).text
    listed = (await call(site, "GET", "/api/quarantine", "head"))[1]["files"]
    assert [(each["name"], each["threat"]) for each in listed] == [
        ("virus.docx", "Eicar-Test-Signature")
    ]


async def test_active_content_is_named_beside_the_file_and_before_the_download(pages_of):
    macros = zipped({"[Content_Types].xml": b"<Types/>"}, word__vbaProject_bin=b"x")
    world, path = noted(("list.docm", macros), ("plain.txt", b"plain"))
    site = await pages_of(world, "eu")
    await arrive(site, [macros, b"plain"])
    digest, plain = (sha256(data).hexdigest() for data in (macros, b"plain"))
    for each in (digest, plain):
        await site.own.desk.scanner.look_into(each)
    for lang, beside, before in (
        ("en", "contains macros", "Macros can change and send files of your computer."),
        ("zh-CN", "含宏", "宏可更改、外传本机文件。"),
    ):
        article = (await site.get(path, lang=lang)).page.one("article")
        assert beside in article.text
        links = {link.attributes["href"] for link in article.all("link")}
        assert {f"/files/{digest}", f"/api/files/{plain}"} <= links
        main = (await site.get(f"/files/{digest}", lang=lang)).page.one("main")
        main.one("heading", "list.docm")
        assert before in main.text
        assert f"/api/files/{digest}" in {link.attributes["href"] for link in main.all("link")}
    assert "No active content" in (await site.get(f"/files/{plain}")).text
    assert (await site.get(f"/files/{'0' * 64}")).status == 404


async def test_archive_names_what_it_holds_before_it_is_opened(pages_of, scanning):
    names = {"报价 offer.pdf": b"x" * 3000, "more.zip": b"y", "<b>\u202egpj.exe": b"z"}
    archive = zipped(names)
    packed = b"\x1f\x8b\x08 of another format"
    named = (("offers.zip", archive), ("offers.gz", packed), ("virus.zip", zipped({"v": EICAR})))
    world, _ = noted(*named)
    site = await pages_of(world, "eu", scanners=scanning)
    await arrive(site, [data for _, data in named])
    digests = [sha256(data).hexdigest() for _, data in named]
    for digest, (_, data) in zip(digests, named, strict=True):
        await site.own.desk.scanner.scan(DueFile(digest, len(data), ("first", "second"), 0))
    for lang, nested, unlisted in (
        ("en", "1 file in it is an archive itself", "can’t be listed"),
        ("zh-CN", "其中1个文件本身为压缩包", "无法列出包内文件"),
    ):
        page = (await site.get(f"/files/{digests[0]}", lang=lang)).page.one("main")
        assert nested in page.text
        assert "报价 offer.pdf" in page.text
        assert "<b>\ufffdgpj.exe" in page.text
        assert unlisted in (await site.get(f"/files/{digests[1]}", lang=lang)).text
    _, told = await call(site, "GET", f"/api/files/{digests[0]}/about", "desk")
    assert told["holding"]["total"] == 3
    assert told["holding"]["files"][0] == {
        "name": "报价 offer.pdf", "size_bytes": 3000, "encrypted": False, "nested": False,
    }  # fmt: skip
    assert (await call(site, "GET", f"/api/files/{digests[2]}/about", "desk"))[0] == 403
