"""Texts of files for search: what is read of each form, and what no file can make the reader do."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.desk import text_job
from special_channel.desk.reader import Reader, ReaderLimits
from special_channel.desk.text_job import MOST_TEXT, job
from tests.desk.test_crossing_job import headed
from tests.files import docx, odt, pdf, pptx, xlsx
from tests.scanners.servers import zipped

ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><w:p><w:t>&a;</w:t></w:p>'
REMOVED = (
    "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:t>kept</w:t></w:r></w:p>"
)
FALLBACK = "<w:p><mc:Fallback><w:t>twice</w:t></mc:Fallback><w:instrText>PAGE</w:instrText></w:p>"
TEXT_BOX = "<w:p><w:t>out</w:t><w:txbx><w:p><w:t>inside</w:t></w:p></w:txbx><w:t>side</w:t></w:p>"


def read(data: bytes) -> list[str]:
    result = job(data)
    assert result["whole"]
    return list(result["paragraphs"])


async def test_reader_process_reads_a_pdf_in_both_languages():
    pages = ("Certificate of end use", '#set text(font: "Noto Sans CJK SC")\nEU-2026-0048')
    result = await Reader().run("text", pdf(*pages))
    assert result == {"paragraphs": ["Certificate of end use", "EU-2026-0048"], "whole": True}


@pytest.mark.parametrize(
    ("data", "paragraphs"),
    [
        (
            docx("Supplementary material", "请补正材料。"),
            ["Supplementary material", "请补正材料。"],
        ),
        (docx("One", more=REMOVED), ["One", "kept"]),
        (docx("One", more=FALLBACK), ["One"]),
        (docx("One", more=TEXT_BOX), ["One", "inside", "outside"]),
        (docx("One", more="<w:p><w:t>a</w:t><w:tab/><w:t>b</w:t></w:p>"), ["One", "a b"]),
        (
            odt(
                "<text:h>Title</text:h>"
                "<text:p>two<text:s/>words <text:span>补正</text:span></text:p>"
            ),
            ["Title", "two words 补正"],
        ),
        (odt("<text:tracked-changes><text:p>gone</text:p></text:tracked-changes>"), []),
        (headed("Running title"), ["Sound", "Running title"]),
        (pptx(*(f"Slide {n}" for n in range(1, 12))), [f"Slide {n}" for n in range(1, 12)]),
        (xlsx(("镝", 12.0, 2.5), ("terbium",)), ["Sheet", "镝 12 2.5", "terbium"]),
        (
            "甲\n乙\n\n 第二段\r\n\r\nthird  line".encode("gb18030"),
            ["甲 乙", "第二段", "third line"],
        ),
        ("\ufeffa,b\n".encode() + b"c,d\n" * 600, ["a,b", *["c,d"] * 600]),
        (b"a\x0cb", ["a b"]),
    ],
    ids=[
        *("word", "removed", "fallback", "text-box", "tab", "odt", "odt-removed", "odt-header"),
        *("slides", "workbook", "text", "table", "form-feed"),
    ],
)
def test_words_of_a_file_are_read_by_paragraphs(data, paragraphs):
    assert read(data) == paragraphs


def test_line_of_chinese_in_a_pdf_goes_on_in_the_next(monkeypatch):
    class Page:
        def extract_text(self) -> str:
            return "请补\n正材 \n料，and\nmore"

    class Broken:
        def extract_text(self) -> str:
            raise KeyError("/Font")

    class Reads:
        def __init__(self, _data: Any) -> None:
            self.pages = [Page(), Broken(), Page()]

    monkeypatch.setattr("pypdf.PdfReader", Reads)
    assert job(b"%PDF-") == {"paragraphs": ["请补正材料，and more"] * 2, "whole": False}
    monkeypatch.setattr(text_job, "MOST_PAGES", 1)
    assert job(b"%PDF-") == {"paragraphs": ["请补正材料，and more"], "whole": False}
    monkeypatch.setattr("time.process_time", lambda: 1e9)
    monkeypatch.setattr("resource.getrlimit", lambda _: (10, 10))
    assert job(b"%PDF-") == {"paragraphs": [], "whole": False}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MZ\x00\x01",
        b"<!doctype html><script>x()</script>",
        b"%PDF-1.7 nothing more",
        b"PK\x03\x04 half a file",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old document",
        zipped({"a.txt": b"a"}),
        zipped({"word/document.xml": ENTITIES}),
        zipped({"word/document.xml": b"<w:p"}),
        zipped({"word/document.xml": b'<?xml version="1.0" encoding="eeTF-8"?><w:p/>'}),
        zipped({"word/document.xml": b""}),
        zipped({"xl/workbook.xml": b"<x/>"}),
        zipped({"word/document.xml": b"<w:p><w:t>a</w:t></w:p>"}).replace(
            b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"
        ),
    ],
    ids=[
        *("empty", "program", "markup", "broken-pdf", "broken-zip", "old-word", "archive"),
        *("entities", "broken-xml", "no-encoding", "no-xml", "broken-workbook", "password"),
    ],
)
def test_file_that_cannot_be_read_has_no_text(data):
    assert job(data) == {"paragraphs": [], "whole": False}


def test_limits_end_a_text_and_keep_its_beginning(monkeypatch):
    long = job(b"word " * 50_000)
    assert (sum(map(len, long["paragraphs"])), long["whole"]) == (MOST_TEXT, False)
    monkeypatch.setattr(text_job, "MOST_UNPACKED", 200_000)
    large = docx("One", *["x" * 1000] * 500)
    assert job(large)["paragraphs"][0] == "One"
    assert not job(large)["whole"]
    monkeypatch.setattr(text_job, "MOST_MEMBERS", 1)
    assert job(docx("One")) == {"paragraphs": [], "whole": False}


def test_text_holds_nothing_that_the_database_refuses():
    spoilt = odt("<text:p>a&#xFFFE;b</text:p>")
    assert "\0" not in "".join(job(spoilt)["paragraphs"])
    text = text_job.FileText()
    text.add("a\0b\ud800c")
    assert text.paragraphs == ["abc"]


async def test_file_that_takes_too_much_is_stopped(monkeypatch):
    bomb = zipped({"word/document.xml": b"<w:p>" + b"<w:tab/>" * 9_000_000 + b"</w:p>"})
    result = await Reader(ReaderLimits(cpu_seconds=20)).run("text", bomb)
    assert not result["whole"]
