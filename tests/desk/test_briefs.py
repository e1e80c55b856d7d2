"""Briefs as PDF: one tagged page with searchable text; internal and handed-over versions differ."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import python_calamine

from special_channel.desk.briefs import TEMPLATE, Brief, BriefLine
from special_channel.desk.extracts import Extract, csv_bytes, xlsx
from special_channel.desk.typesetting import pdf
from tests.web.samples.meetings import sample_brief

MADE = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)


def told(command: list[str], document: bytes) -> str:
    """Poppler's report on a PDF."""
    done = subprocess.run(command, input=document, capture_output=True, check=True)
    return done.stdout.decode()


def text_of(document: bytes) -> str:
    """The text of a PDF without line breaks."""
    return "".join(told(["/usr/bin/pdftotext", "-", "-"], document).split())


@pytest.mark.parametrize("internal", [True, False], ids=["internal", "handover"])
@pytest.mark.parametrize(("party", "lang"), [("eu", "en"), ("cn", "zh-CN")])
def test_a_brief_is_one_tagged_page_with_the_text_of_both_languages(party, lang, internal):
    brief = sample_brief(party, lang, internal=internal)
    made = pdf(TEMPLATE, brief, MADE)
    facts = told(["/usr/bin/pdfinfo", "-"], made)
    assert "Tagged:          yes" in facts
    assert "Pages:           1" in facts
    words = text_of(made)
    assert words.startswith("".join(brief.mark.split()))
    assert "最终用户和最终用途证明“第三项”……" in words
    assert "withoutastamp,betakenasitis?" in words
    author = "Kőszegi" if lang == "en" else "陈思远"
    assert (author in words) is internal
    assert pdf(TEMPLATE, brief, MADE) == made


def test_line_of_a_brief_without_a_page_has_no_address():
    line = BriefLine("EU-142 Q1", "Registered", "en")
    assert (line.url, line.details, line.private) == ("", (), ())


def test_however_much_stands_on_it_a_brief_has_one_page():
    brief = sample_brief("eu", "en", internal=True)
    long = BriefLine(
        "EU-142 Q1", "What was said of it, " * 8, "en", ("by then",) * 4, ("internal",) * 9
    )
    full = replace(
        brief, sections=tuple(replace(each, lines=(long,) * 4) for each in brief.sections)
    )
    assert "Pages:           1" in told(["/usr/bin/pdfinfo", "-"], pdf(TEMPLATE, full, MADE))


def test_what_is_typed_never_becomes_a_command_of_the_template():
    hostile = '#read("/etc/passwd") $x$ *bold* \\ @cite <label> "quoted" // gone'
    brief: Brief = sample_brief("eu", "en", internal=False)
    line = BriefLine("EU-1 Q1", hostile, "en", (hostile,))
    brief = replace(brief, title=hostile, sections=(replace(brief.sections[0], lines=(line,)),))
    assert "".join(hostile.split()) in text_of(pdf(TEMPLATE, brief, MADE))


def test_marks_of_direction_are_written_out_in_a_brief():
    brief: Brief = sample_brief("eu", "en", internal=False)
    line = BriefLine("EU-1 Q1", "Pay \u202e100", "en", ("to \u2066whom",))
    brief = replace(brief, sections=(replace(brief.sections[0], lines=(line,)),))
    words = text_of(pdf(TEMPLATE, brief, MADE))
    assert "Pay[U+202E]100" in words
    assert "to[U+2066]whom" in words


def test_marks_of_direction_are_written_out_in_an_extract():
    columns = [("number", "No."), ("state", "State")]
    extract = Extract("Of", "About", columns, [["FIKTIV-\u202e1", "a\u2066b"]], [], "Effect.")
    assert "FIKTIV-[U+202E]1,a[U+2066]b" in csv_bytes(extract).decode("utf-8-sig")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(xlsx(extract)))
    assert book.get_sheet_by_index(0).to_python()[1] == ["FIKTIV-[U+202E]1", "a[U+2066]b"]
