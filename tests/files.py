"""Documents with known words: PDF, Word, OpenDocument, a workbook and plain text."""

from __future__ import annotations

import io
from collections.abc import Sequence

import typst
import xlsxwriter

from tests.scanners.servers import zipped

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(*pages: str) -> bytes:
    """Typeset a page for each text."""
    source = "#set page(width: 12cm, height: 8cm)\n" + "\n#pagebreak()\n".join(pages)
    return bytes(typst.compile(source.encode(), format="pdf"))


def docx(*paragraphs: str, more: str = "") -> bytes:
    """Write a Word document; each word is a run of its own. `more`: elements behind them."""
    said = "".join(
        "<w:p>"
        + "".join(f'<w:r><w:t xml:space="preserve">{each}</w:t></w:r>' for each in words(text))
        + "</w:p>"
        for text in paragraphs
    )
    document = (
        f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{_WORD}"><w:body>'
        f"{said}{more}</w:body></w:document>"
    )
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": document.encode()})


def words(text: str) -> Sequence[str]:
    """Cut a text in the middle of its words, as Word does."""
    return [text[:3], text[3:7], text[7:]]


def odt(content: str) -> bytes:
    """Write an OpenDocument text of paragraphs as XML."""
    document = (
        '<office:document-content xmlns:office="o" xmlns:text="t"><office:body><office:text>'
        f"{content}</office:text></office:body></office:document-content>"
    )
    return zipped({"content.xml": document.encode()})


def pptx(*slides: str) -> bytes:
    """Write slides of a paragraph each."""
    return zipped(
        {
            f"ppt/slides/slide{number}.xml": (
                f'<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>'
            ).encode()
            for number, text in enumerate(slides, 1)
        }
    )


def xlsx(*rows: Sequence[str | float]) -> bytes:
    """Write a workbook of a sheet."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Sheet")
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell)
    book.close()
    return out.getvalue()
