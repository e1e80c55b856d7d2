"""A file with a mark is stored nowhere; what else it holds is told before its signature."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from special_channel.ports.scanning import Scanner
from special_channel.wiring.scanning import make_scanners
from tests.channel import settings
from tests.files import docx
from tests.scanners.servers import EICAR, clamd
from tests.web.pages_node import PagesNode
from tests.web.test_marked_texts import asked
from tests.world import World

NAME = "附件 one.docx"
ADDRESS = "jana@fictional.example"


@pytest_asyncio.fixture
async def scanning(tmp_path) -> AsyncIterator[Mapping[str, Scanner]]:
    async with clamd() as served:
        sections = {"first": {"kind": "clamd", "address": served.address}}
        yield make_scanners(settings(tmp_path, "eu", {"eu": 1, "cn": 2}, scanners=sections))


async def upload(site: PagesNode, data: bytes, lang: str = "en", name: str = NAME) -> Any:
    headers = {"Accept": "application/json", "Special-Channel-File-Name": quote(name)}
    answer = await site.ask("POST", "/api/files", "desk", lang, data=data, headers=headers)
    return json.loads(answer.html) | {"http": answer.status}


@pytest.mark.parametrize(
    ("text", "code", "lang", "title"),
    [
        (
            "RESTREINT UE/EU RESTRICTED",
            "file-eu-classified",
            "en",
            (
                "“附件 one.docx” (paragraph 2): EU classified information must not enter this "
                "system "
                "(“RESTREINT UE EU RESTRICTED”)."
            ),
        ),
        (
            "机密★10年",
            "file-state-secret",
            "zh-CN",
            "“附件 one.docx”（第2段）含国家秘密标志（“机密★”），不得通过本系统发送。",
        ),
        (
            "NATO SECRET",
            "file-other-mark",
            "en",
            (
                "“附件 one.docx” (paragraph 2) has a classification or handling mark of another "
                "body "
                "(“NATO SECRET”)."
            ),
        ),
    ],
)
async def test_file_with_a_mark_is_stored_nowhere(pages_of, text, code, lang, title):
    site = await pages_of(World.founded(), "eu")
    with capture_logs() as lines:
        refused = await upload(site, docx("Sound", text), lang)
    assert (refused["http"], refused["code"], refused["title"]) == (409, code, title)
    for table in ("record.files", "record.file_chunks", "record.uploads"):
        assert await site.node.record.pool.fetch(f"SELECT * FROM {table}") == []  # noqa: S608
    assert "SECRET" not in str(lines)
    assert "one.docx" not in str(lines)


async def test_name_of_a_file_can_be_a_mark(pages_of):
    site = await pages_of(World.founded(), "eu")
    refused = await upload(site, docx("Sound"), name="NATO SECRET")
    assert (refused["http"], refused["code"]) == (409, "text-other-mark")


async def test_what_a_file_holds_is_told_with_the_draft(pages_of):
    site = await pages_of(World.founded(), "eu")
    stored = await upload(site, docx("Sound", f"Write to {ADDRESS}"))
    assert stored["http"] == 200
    file = json.dumps({"name": NAME, "sha256": stored["sha256"]})
    saved = await asked(site, "PUT", "/api/drafts/x", {"fields": {"text": "See", "files": [file]}})
    [found] = saved["found"]
    assert (found["rule"], found["place"], found["number"]) == ("S-097", "file", 1)
    assert found["sentence"].startswith(
        "附件 one.docx, paragraph 2: This looks like personal data (e-mail address: j…@fictional.ex"
    )
    gone = json.dumps({"name": NAME, "sha256": "0" * 64})
    missing = await asked(site, "PUT", "/api/drafts/y", {"fields": {"files": [gone]}})
    assert [each["sentence"] for each in missing["found"]] == [
        "附件 one.docx: its text can’t be checked or is hidden."
    ]


async def test_large_file_is_stored_and_named_as_unread(pages_of, monkeypatch):
    monkeypatch.setattr("special_channel.web.node.api.MOST_READ", 1000)
    monkeypatch.setattr("special_channel.desk.file_scanner.MOST_READ", 1000)
    site = await pages_of(World.founded(), "eu")
    stored = await upload(site, b"Sound " * 40_000)
    assert (stored["http"], stored["len"]) == (200, 240_000)
    file = json.dumps({"name": NAME, "sha256": stored["sha256"]})
    saved = await asked(site, "PUT", "/api/drafts/x", {"fields": {"files": [file]}})
    assert [each["rule"] for each in saved["found"]] == ["S-100"]


async def test_draft_is_saved_though_nobody_reads_its_file_now(pages_of, monkeypatch):
    site = await pages_of(World.founded(), "eu")
    stored = await upload(site, docx("Sound"))
    site.own.desk.scanner.crossing.clear()
    monkeypatch.setattr("special_channel.desk.reader.MAX_WAITING", 0)
    file = json.dumps({"name": NAME, "sha256": stored["sha256"]})
    saved = await asked(site, "PUT", "/api/drafts/x", {"fields": {"text": "See", "files": [file]}})
    assert (saved["http"], [each["rule"] for each in saved["found"]]) == (200, ["S-100"])
    # An upload waits for the reader, and is stored nowhere until then.
    busy = await upload(site, docx("Other"))
    assert (busy["http"], busy["code"]) == (503, "reader-busy")
    assert len(await site.node.record.pool.fetch("SELECT * FROM record.files")) == 1


async def test_file_that_is_named_often_is_told_once(pages_of):
    site = await pages_of(World.founded(), "eu")
    stored = await upload(site, docx("Sound", f"Write to {ADDRESS}"))
    files = [json.dumps({"name": n, "sha256": stored["sha256"]}) for n in ("a.docx", "b.docx")]
    saved = await asked(site, "PUT", "/api/drafts/x", {"fields": {"files": files}})
    [found] = saved["found"]
    assert "a.docx" in found["sentence"]


async def test_no_more_files_are_looked_at_than_an_entry_has(pages_of):
    site = await pages_of(World.founded(), "eu")
    files = [json.dumps({"name": "a", "sha256": f"{n:064}"}) for n in range(1100)]
    saved = await asked(site, "PUT", "/api/drafts/x", {"fields": {"files": files}})
    assert "995 more" in saved["found"][-1]["sentence"]


async def test_quarantined_file_is_not_read(pages_of, scanning):
    site = await pages_of(World.founded(), "eu", scanners=scanning)
    refused = await upload(site, EICAR)
    assert refused["code"] == "file-quarantined"
    file = json.dumps({"name": NAME, "sha256": sha256(EICAR).hexdigest()})
    saved = await asked(site, "PUT", "/api/drafts/x", {"fields": {"files": [file]}})
    assert saved["found"] == []
    assert sha256(EICAR).hexdigest() not in site.own.desk.scanner.crossing
