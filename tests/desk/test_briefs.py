"""Briefs as PDF: one page, tagged, with text that can be found, and unlike each other in print."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from special_channel.desk.briefs import Brief, Line, pdf
from tests.web.samples.meetings import sample_brief

MADE = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)


def told(command: list[str], document: bytes) -> str:
    """What poppler says of a PDF."""
    done = subprocess.run(command, input=document, capture_output=True, check=True)
    return done.stdout.decode()


def text_of(document: bytes) -> str:
    """The words in it, without the breaks of lines."""
    return "".join(told(["/usr/bin/pdftotext", "-", "-"], document).split())


@pytest.mark.parametrize("internal", [True, False], ids=["internal", "handover"])
@pytest.mark.parametrize(("party", "lang"), [("eu", "en"), ("cn", "zh-CN")])
def test_a_brief_is_one_tagged_page_with_the_text_of_both_languages(party, lang, internal):
    brief = sample_brief(party, lang, internal=internal)
    made = pdf(brief, MADE)
    facts = told(["/usr/bin/pdfinfo", "-"], made)
    assert "Tagged:          yes" in facts
    assert "Pages:           1" in facts
    words = text_of(made)
    assert words.startswith("".join(brief.mark.split()))
    assert "最终用户和最终用途证明“第三项”……" in words
    assert "withoutastamp,betakenasitis?" in words
    assert ("Kőszegi" in words) is internal
    assert pdf(brief, MADE) == made


def test_however_much_stands_on_it_a_brief_has_one_page():
    brief = sample_brief("eu", "en", internal=True)
    long = Line("EU-142 Q1", "What was said of it, " * 8, "en", ("by then",) * 4, ("internal",) * 9)
    full = replace(
        brief, sections=tuple(replace(each, lines=(long,) * 4) for each in brief.sections)
    )
    assert "Pages:           1" in told(["/usr/bin/pdfinfo", "-"], pdf(full, MADE))


def test_what_is_typed_never_becomes_a_command_of_the_template():
    hostile = '#read("/etc/passwd") $x$ *bold* \\ @cite <label> "quoted" // gone'
    brief: Brief = sample_brief("eu", "en", internal=False)
    line = Line("EU-1 Q1", hostile, "en", (hostile,))
    brief = replace(brief, title=hostile, sections=(replace(brief.sections[0], lines=(line,)),))
    assert "".join(hostile.split()) in text_of(pdf(brief, MADE))
