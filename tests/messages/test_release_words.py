"""A permit is approved; a draft is released by a second official (复核): never the other way."""

from __future__ import annotations

import re

import pytest

from special_channel.messages.catalogue import LANGS, catalogue, commands
from tests.architecture.project import ROOT, kept_files

PERMIT = {
    "en": re.compile(r"\bapprov", re.IGNORECASE),
    "zh-CN": re.compile("准予|批准|核准|审批|审核"),
}
"""Words for what an authority does with an application."""

RELEASE = {
    "en": re.compile(r"\breleas(e|ed|es|ing)\b|second official", re.IGNORECASE),
    "zh-CN": re.compile("复核|放行"),
}
"""Words for what a second official does with a draft of their own side."""

CLEAR = re.compile(r"\bclear(s|ed|ing|ance|ances)?\b", re.IGNORECASE)
ELSEWHERE = ("Clear the filters", "site data is cleared", "cleared up")


def sentences(lang):
    """All texts for people, by key."""
    for t in (catalogue(lang), commands(lang)):
        yield from t.singular.items()
        for (key, _), forms in t.plural.items():
            yield key, " ".join(forms)


@pytest.mark.parametrize("lang", LANGS)
def test_words_for_permits_and_release_are_disjoint(lang):
    texts = dict(sentences(lang))
    permits = {key for key, text in texts.items() if PERMIT[lang].search(text)}
    releases = {key for key, text in texts.items() if RELEASE[lang].search(text)}
    assert permits, "the test would see nothing"
    assert releases
    assert permits & releases == set()


def test_nothing_is_cleared_that_is_released():
    left = {
        text
        for key, text in sentences("en")
        if CLEAR.search(text) and not any(each in text for each in ELSEWHERE)
    }
    assert left == set()


SIGNED_NAMES = re.compile(
    r"```.*?```|`[^`]*`|\*\w+\*|\]\([^)]*\)|^#+ [a-z.-]+$", re.DOTALL | re.MULTILINE
)
"""Code, quoted words, addresses and headings of codes and kinds: names that stay as they are."""

CLEARED = re.compile(
    r"\bclearances?\b|\bcleared by\b|, cleared\b|\bclears? a draft\b",
    re.IGNORECASE,
)
"""A draft that is called cleared. Documents may clear memory, doubts and clear text."""

RULE = "*approve* is for permits alone"
"""The line of the glossary that tells both words apart."""


@pytest.mark.parametrize("page", kept_files("*.md"), ids=lambda page: str(page.relative_to(ROOT)))
def test_documents_approve_permits_and_release_drafts(page):
    text = "\n".join(line for line in page.read_text("utf-8").split("\n") if RULE not in line)
    lines = SIGNED_NAMES.sub("", text).split("\n")
    both = [one for one in lines if all(words["en"].search(one) for words in (PERMIT, RELEASE))]
    assert both == []
    assert [one for one in lines if CLEARED.search(one)] == []


@pytest.mark.parametrize(
    ("key", "en", "zh"),
    [
        ("page.clearance", "To release", "待复核"),
        ("Sign and send for release", "Sign and send for release", "签名并提请复核"),
        ("draft-state.returned", "sent back", "已退回"),
    ],
)
def test_release_has_its_words(key, en, zh):
    assert (catalogue("en").gettext(key), catalogue("zh-CN").gettext(key)) == (en, zh)
