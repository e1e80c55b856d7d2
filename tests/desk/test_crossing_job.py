"""What a file holds is found before it can cross, wherever in the file it is."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from special_channel.desk.crossing_job import MOST_FOUND, job
from special_channel.desk.reader import Reader
from tests.files import docx, odt, pdf, pptx, xlsx
from tests.scanners.servers import zipped
from tests.spreadsheets import repacked

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


def workbook(fill: Callable[[Worksheet], object]) -> bytes:
    """A workbook of one filled sheet."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Sheet")
    sheet.write(0, 0, "Sound")
    fill(sheet)
    book.close()
    return out.getvalue()


def headed(words: str, place: str = "header") -> bytes:
    """An OpenDocument text with a header or footer."""
    data = io.BytesIO(odt("<text:p>Sound</text:p>"))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr(
            "styles.xml",
            f"<office:document-styles xmlns:office='o' xmlns:style='s' xmlns:text='t'>"
            f"<style:{place}><text:p>{words}</text:p></style:{place}></office:document-styles>",
        )
    return data.getvalue()


def sheeted(xml: str, encoding: str = "utf-8") -> bytes:
    return repacked(xlsx(("Sound",)), {"xl/worksheets/sheet1.xml": lambda _: xml.encode(encoding)})


SHEET = "<worksheet><sheetData/><headerFooter>{}</headerFooter></worksheet>"
CDATA = "<oddHeader><![CDATA[hidden]]></oddHeader>"

CORE = (
    "<cp:coreProperties xmlns:cp='c' xmlns:dc='d'><dc:creator>{creator}</dc:creator>"
    "<dc:title>{title}</dc:title></cp:coreProperties>"
)
COMMENTS = (
    "<w:comments xmlns:w='w'><w:comment><w:p><w:r><w:t>{0}</w:t></w:r></w:p></w:comment>"
    "</w:comments>"
)
THREADED = (
    f"<ThreadedComments><threadedComment><text>{MARK}</text></threadedComment></ThreadedComments>"
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
        (office("Sound", xl__threadedComments__threadedComment1_xml=THREADED), "comment", 1),
        (office("Sound", docProps__core_xml=CORE.format(creator="", title=MARK)), "property", 1),
        (workbook(lambda s: s.set_header(f'&L&P&C&"Arial,Bold"&14{MARK}')), "header", 1),
        (workbook(lambda s: s.set_footer(f"&R&KFF0000{MARK}")), "footer", 1),
        (workbook(lambda s: s.insert_textbox(2, 2, f"Sound\n{MARK}")), "drawing", 2),
        (headed(MARK), "header", 1),
        (headed(MARK, "footer"), "footer", 1),
    ],
    ids=[
        *("word", "removed", "pdf", "workbook", "slides", "odt", "text", "csv", "chinese"),
        *("header", "comment", "cell-comment", "threaded-comment", "property"),
        *("sheet-header", "sheet-footer", "text-box", "odt-header", "odt-footer"),
    ],
)  # fmt: skip
def test_mark_is_found_wherever_it_is(data, at, number):
    rule = "S-094" if data.startswith("机".encode("gb18030")) else "S-095"
    assert found(data) == [(rule, "refuse", at, number)]
    assert len(job(data)) == 1


def test_mark_in_a_comment_of_a_document_is_told_once_at_its_paragraph():
    text = "<w:p><w:r><w:t>So</w:t></w:r><w:r><w:t>und</w:t></w:r></w:p>"
    comments = COMMENTS.format(MARK).replace("<w:comment>", f"<w:comment>{text}")
    assert found(office("Sound", word__comments_xml=comments)) == [
        ("S-095", "refuse", "comment", 2)
    ]


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
        (office("Sound", xl__threadedComments__threadedComment1_xml=THREADED.replace(MARK, "why?")),
         ["comment"]),
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
        (sheeted(SHEET.format("<oddHeader>&amp;CSound</oddHeader>")), []),
        (sheeted(SHEET.format(CDATA)), ["part"]),
        (sheeted(SHEET.format(""), "utf-16"), ["part"]),
        (office("a", word__charts__chart1_xml="<c:chart"), ["part"]),
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
    assert len(many) == MOST_FOUND == 40


async def test_reader_process_looks_through_a_file():
    assert (await Reader().run("crossing", docx(MARK)))[0]["rule"] == "S-095"
    assert await Reader().run("crossing", b"Sound") == []


def test_pdf_says_who_made_it():
    made = pdf('#set document(author: "Jana", title: "Certificate")\nSound')
    assert hidden(made) == ["author"]


def test_part_in_an_encoding_that_is_none_hides_nothing_else():
    broken = '<?xml version="1.0" encoding="eeTF-8"?><w:hdr/>'
    assert found(office(MARK, word__header1_xml=broken)) == found(office(MARK))
