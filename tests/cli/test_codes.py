"""Codes on the command line: the code itself, or its term in either language."""

from __future__ import annotations

import click
import pytest

from special_channel.cli.codes import code_of
from special_channel.cli.command import Choice
from special_channel.core.bytes.errors import Malformed
from special_channel.core.sense.vocabularies import ACTS, VOCABULARIES
from special_channel.messages.catalogue import catalogue
from special_channel.messages.terms import lexicon_of


@pytest.mark.parametrize("vocabulary", [*ACTS, *VOCABULARIES], ids=lambda each: each.name)
def test_each_term_of_either_language_is_the_code(vocabulary):
    for code in vocabulary.codes:
        for t in (catalogue("en"), catalogue("zh-CN")):
            assert code_of(vocabulary.name, t.label(vocabulary.name, code), "en") == code
        assert code_of(vocabulary.name, code, "zh-CN") == code
    assert code_of(vocabulary.name, "", "en") == ""


@pytest.mark.parametrize(
    ("lang", "known"), [("en", "hearing (hearing)"), ("zh-CN", "hearing（听证）")]
)
def test_unknown_word_is_refused_with_the_words(lang, known):
    with pytest.raises(Malformed) as refused:
        code_of("uncounted", "holiday", lang)
    assert refused.value.code == "word-unknown"
    assert refused.value.facts["text"] == "holiday"
    assert known in str(refused.value.facts["known"])


def test_choice_takes_a_term_as_well():
    kind = Choice("individual", "general", "certificate")
    general = catalogue("zh-CN").label("licence", "general")
    assert kind.convert(general, None, None) == "general"
    assert kind.convert("general", None, None) == "general"
    with pytest.raises(click.BadParameter):
        kind.convert("special", None, None)
    assert lexicon_of("licence").read(general).codes == ("general",)
