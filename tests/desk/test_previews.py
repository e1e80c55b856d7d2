"""Previews: what a file is, its bytes say; nothing of a script, markup or broken file is shown."""

from __future__ import annotations

import base64
from typing import Literal

import pytest
import typst

from special_channel.core.bytes.errors import Malformed
from special_channel.desk.previews import preview
from special_channel.desk.reader import Reader
from tests.scanners.servers import zipped

PNG = b"\x89PNG\r\n\x1a\n"


def typeset(words: str, format_: Literal["pdf", "png"]) -> bytes:
    """Return a file of some pages, made by Typst."""
    source = f"#set page(width: 10cm, height: 8cm)\n{words}"
    return bytes(typst.compile(source.encode(), format=format_))


async def test_preview_draws_pages_and_pictures_anew():
    reader, pdf = Reader(), typeset("One #pagebreak() Two", "pdf")
    for page, more in ((1, True), (2, False)):
        drawn = await preview(reader, pdf, page)
        assert base64.b64decode(drawn.picture).startswith(PNG)
        assert (drawn.more, drawn.text) == (more, "")
    with pytest.raises(Malformed, match="no such page"):
        await preview(reader, pdf, 3)
    # The mark of a picture's maker is not in what is drawn.
    picture = typeset("Seal", "png") + b"taken with a telephone"
    drawn = await preview(reader, picture, 1)
    assert b"telephone" not in base64.b64decode(drawn.picture)
    assert not drawn.more


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_preview_reads_texts_of_both_languages(encoding):
    drawn = await preview(Reader(), "编号\tEU-1\r\n<b>\r\n".encode(encoding), 1)
    assert (drawn.text, drawn.picture, drawn.more) == ("编号\tEU-1\r\n<b>\r\n", "", False)
    assert (await preview(Reader(), b"x" * 200_001, 1)).more


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" <svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
        b"<!doctype html><script>x()</script>",
        b"<?xml version='1.0'?><svg/>",
        b"%PDF-1.7 nothing more",
        PNG + b"IHDR",
        zipped({"word/document.xml": b"<w/>"}),
        b"MZ\x00\x01",
        b"\xff\xfe\xfd",
    ],
)
async def test_no_preview_of_other_files(data):
    with pytest.raises(Malformed) as refused:
        await preview(Reader(), data, 1)
    assert refused.value.code == "preview-none"
