"""Dossiers and briefs against PDF/UA-1 by a checker that is not ours: 104 rules.

These are what a program can see. Typst, which sets them, checks itself; `page` reads the file.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import page
import pytest

from special_channel.desk import briefs, dossiers
from special_channel.desk.typesetting import pdf
from tests.web.samples.dossiers import sample_dossier
from tests.web.samples.meetings import sample_brief

MADE = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
LEAST_RULES = 100
READERS = [("eu", "en"), ("cn", "zh-CN")]

FAULTS = {
    "is no PDF/UA": (b"<pdfuaid:part>1<", b"<pdfuaid:part>9<"),
    "is not tagged": (b"/Marked true", b"/Marked null"),
    "shows its file name for a title": (b"/DisplayDocTitle true", b"/DisplayDocTitle null"),
    "has no language": (b"/Lang(en)", b"/Long(en)"),
}
"""Bytes of a dossier, and what they are replaced by."""


def broken(data: bytes) -> list[str]:
    """Return the rules of PDF/UA-1 that a file breaks."""
    report = page.validate_pdf_bytes(data, profile="ua1")
    assert report.rules.total >= LEAST_RULES
    assert report.is_compliant == (not report.failures)
    return [each.rule_id for each in report.failures]


@pytest.mark.parametrize("internal", [True, False], ids=["internal", "shareable"])
@pytest.mark.parametrize(("party", "lang"), READERS)
def test_dossier_breaks_no_rule_of_pdf_ua(party, lang, internal):
    dossier = sample_dossier(party, lang, internal=internal)
    assert broken(pdf(dossiers.TEMPLATE, dossier, MADE)) == []


@pytest.mark.parametrize("internal", [True, False], ids=["internal", "handover"])
@pytest.mark.parametrize(("party", "lang"), READERS)
def test_brief_breaks_no_rule_of_pdf_ua(party, lang, internal):
    brief = sample_brief(party, lang, internal=internal)
    assert broken(pdf(briefs.TEMPLATE, brief, MADE)) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_checker_finds_a_dossier_that(fault):
    data = pdf(dossiers.TEMPLATE, sample_dossier("eu", "en", internal=True), MADE)
    good, bad = FAULTS[fault]
    assert good in data
    assert broken(data.replace(good, bad)) != []


def languages(data: bytes) -> Counter[str]:
    """Count the languages that a PDF names, its own included."""
    streams = (found[1] for found in re.finditer(rb"stream\r?\n(.*?)endstream", data, re.DOTALL))
    read = []
    for each in streams:
        with suppress(zlib.error):
            read.append(zlib.decompress(each))
    found = re.findall(rb"/Lang ?\(([^)]*)\)", b"\n".join((data, *read)))
    return Counter(each.decode() for each in found)


@pytest.mark.parametrize(
    ("party", "lang", "name", "other"),
    [("eu", "zh-CN", "Ilona Kőszegi", "en"), ("cn", "en", "林晓岚", "zh-CN")],
)
def test_name_in_the_other_script_has_its_language(party, lang, name, other):
    def printed(author: str) -> Counter[str]:
        filed = dossiers.FiledEntry("EU-1", (), f"EU-1 · {author}", "", (), remarks=(author,))
        part = dossiers.DossierPart("entries", "Entries", (filed,))
        made = sample_dossier(party, lang, internal=True)
        return languages(pdf(dossiers.TEMPLATE, replace(made, cover=(), parts=(part,)), MADE))

    assert printed(name)[other] > printed("4")[other]


@pytest.mark.parametrize(
    ("party", "lang", "name", "other"),
    [("eu", "zh-CN", "Ilona Kőszegi", "en"), ("cn", "en", "林晓岚", "zh-CN")],
)
def test_name_on_a_brief_has_its_language(party, lang, name, other):
    made = sample_brief(party, lang, internal=True)

    def printed(author: str) -> Counter[str]:
        line = briefs.BriefLine("EU-1", "EU-1", lang, (author,), (author,))
        section = briefs.Section("x", "Lines", (line,))
        return languages(pdf(briefs.TEMPLATE, replace(made, sections=(section,)), MADE))

    assert printed(name)[other] > printed("4")[other]
