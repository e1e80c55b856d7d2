"""What a file holds is found before it can cross, wherever in the file it is."""

from __future__ import annotations

import io
import zipfile

import pytest

from special_channel.desk.crossing_job import MOST_FOUND, job
from special_channel.desk.reader import Reader
from tests.files import docx, odt, pdf, pptx, xlsx
from tests.scanners.servers import zipped

MARK = "NATO SECRET"
ADDRESS = "jana@fictional.example"


def office(*paragraphs: str, more: str = "", **members: str) -> bytes:
    """A Word document with further members, `word__header1_xml` is word/header1.xml."""
    data = io.BytesIO(docx(*paragraphs, more=more))
    with zipfile.ZipFile(data, "a") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return data.getvalue()


def found(data: bytes) -> list[tuple[str, str, str, int]]:
    return [
        (str(each["rule"]), str(each["grade"]), str(each["at"]), int(each["number"]))
        for each in job(data)
    ]


def hidden(data: bytes) -> list[str]:
    return [str(each["what"]) for each in job(data) if each["rule"] == "S-100"]


CORE = (
    "<cp:coreProperties xmlns:cp='c' xmlns:dc='d'><dc:creator>{creator}</dc:creator>"
    "<dc:title>{title}</dc:title></cp:coreProperties>"
)
COMMENTS = (
    "<w:comments xmlns:w='w'><w:comment><w:p><w:r><w:t>{0}</w:t></w:r></w:p></w:comment>"
    "</w:comments>"
)
HEADER = f"<w:hdr xmlns:w='w'><w:p><w:t>{MARK}</w:t></w:p></w:hdr>"
ANNOTATED = "<text:p>a<office:annotation><text:p>b</text:p></office:annotation></text:p>"
REMOVED = f"<w:p><w:del><w:r><w:delText>{MARK}</w:delText></w:r></w:del></w:p>"


@pytest.mark.parametrize(
    ("data", "at", "number"),
    [
        (docx("Sound", f"{MARK}"), "paragraph", 2),
        (docx("Sound", more=REMOVED), "paragraph", 2),
        (pdf("Sound", f"Sound\n\n{MARK}\n\nSound"), "page", 2),
        (xlsx(("Sound",), ("a", MARK, "b")), "row-1", 2),
        (pptx("Sound", MARK), "slide", 1),
        (odt(f"<text:p>{MARK}</text:p>"), "paragraph", 1),
        (f"Sound\n\n{MARK}\n".encode(), "paragraph", 2),
        (f"a;b\n{MARK};c\n".encode(), "paragraph", 1),
        ("机密★10年".encode("gb18030"), "paragraph", 1),
        (office("Sound", word__header1_xml=HEADER), "header", 1),
        (office("Sound", word__comments_xml=COMMENTS.format(MARK)), "comment", 1),
        (office("Sound", xl__comments1_xml=f"<comments><t>{MARK}</t></comments>"), "comment", 1),
        (office("Sound", docProps__core_xml=CORE.format(creator="", title=MARK)), "property", 1),
    ],
    ids=[
        *("word", "removed", "pdf", "workbook", "slides", "odt", "text", "csv", "chinese"),
        *("header", "comment", "cell-comment", "property"),
    ],
)  # fmt: skip
def test_mark_is_found_wherever_it_is(data, at, number):
    rule = "S-094" if data.startswith("机".encode("gb18030")) else "S-095"
    assert found(data) == [(rule, "refuse", at, number)]
    assert len(job(data)) == 1


def test_macros_refuse_a_file():
    assert job(office("Sound", word__vbaProject_bin="x")) == [
        {"rule": "S-100", "grade": "refuse", "at": "file", "number": 1, "what": "macros"}
    ]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (docx("Sound"), []),
        (b"Sound text", []),
        (office("Sound", word__comments_xml=COMMENTS.format("why?")), ["comment"]),
        (docx("Sound", more="<w:p><w:ins><w:t>new</w:t></w:ins></w:p>"), ["change"]),
        (docx("Sound", more=REMOVED.replace(MARK, "old")), ["change"]),
        (odt(ANNOTATED), ["comment"]),
        (office("a", docProps__core_xml=CORE.format(creator="Jana", title="")), ["author"]),
        (office("a", docProps__app_xml="<Properties><Company>Fictional</Company></Properties>"),
         ["company"]),
        (office("a", docProps__core_xml="<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"), []),
        (office("a", xl__workbook_xml="<workbook><sheet state='hidden'/></workbook>"), ["unread"]),
        (office("a", xl__workbook_xml='<workbook><sheet state="veryHidden"/></workbook>'),
         ["sheet", "unread"]),
        (b"\x89PNG\r\n\x1a\n0000", ["picture"]),
        (b"\xff\xd8\xff\xe1__Exif\x00\x00MM\x00*\x88\x25", ["picture", "position"]),
        (b"\xff\xd8\xff\xe1__Exif\x00\x00MM\x00*", ["picture"]),
        (bytes(range(256)) * 10, ["unread"]),
        (b"PK\x03\x04broken", ["unread"]),
        (b"%PDF-1.7 broken /Subtype /Text", ["comment", "unread"]),
        (docx("Sound", "x" * 2_000_001), ["part"]),
        (zipped({"a.txt": b"x"}), ["unread"]),
    ],
)  # fmt: skip
def test_what_a_reader_would_not_see_is_named(data, what):
    assert hidden(data) == what


def test_personal_data_in_a_file_is_found_by_its_place_and_masked():
    [one] = job(docx("Sound", f"Write to {ADDRESS}"))
    assert one == {
        "rule": "S-097", "grade": "confirm", "at": "paragraph", "number": 2,
        "words": "j…@fictional.example", "kind": "email",
    }  # fmt: skip
    many = job(docx(*(f"Write to jana@fictional-{n}.example" for n in range(100))))
    assert len(many) == MOST_FOUND


async def test_reader_process_looks_through_a_file():
    assert (await Reader().run("crossing", docx(MARK)))[0]["rule"] == "S-095"
    assert await Reader().run("crossing", b"Sound") == []


def test_pdf_says_who_made_it():
    made = pdf('#set document(author: "Jana", title: "Certificate")\nSound')
    assert hidden(made) == ["author"]
