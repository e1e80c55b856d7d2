"""Every code of the lists of official terms has distinct terms in both languages."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from special_channel.core.entries.batches import ReturnRow
from special_channel.messages import terms
from special_channel.messages.catalogue import LANGS, catalogue
from special_channel.web.shared.states import STATES

HAN = re.compile(r"[\u4e00-\u9fff]")
EN, ZH = catalogue("en"), catalogue("zh-CN")
CODES = [(group, code) for group, codes in terms.GROUPS.items() for code in codes]


@pytest.mark.parametrize(("group", "code"), CODES, ids=lambda value: value)
def test_a_code_is_stable_and_has_an_official_term_on_each_side(group, code):
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,31}", code), "what may cross (core.entries.header.Word)"
    assert f"{group}.{code}" in EN
    assert HAN.search(ZH.label(group, code))
    assert not HAN.search(EN.label(group, code))


@pytest.mark.parametrize("group", terms.GROUPS)
def test_no_two_codes_of_a_list_read_the_same(group):
    for t in (EN, ZH):
        said = [t.label(group, code) for code in terms.GROUPS[group]]
        assert len(set(said)) == len(said)


def test_pages_and_entries_know_the_same_codes():
    assert set(terms.STATES) == set(STATES)
    assert get_args(ReturnRow.model_fields["match"].annotation) == terms.MATCHES


def test_returned_is_two_acts_by_law_and_a_third_thing_by_hearsay():
    for lang in LANGS:
        t = catalogue(lang)
        said = {
            t.state("supplement", "return-sheet"),
            t.state("not_accepted", "return-sheet"),
            t.state("returned", "return-sheet"),
            t.state("returned", "supplier"),
        }
        assert len(said) == 4
    assert "unknown" in EN.state("returned", "supplier")


def test_all_seven_materials_and_their_control_codes_have_official_terms():
    assert [material.symbol for material in terms.MATERIALS] == [
        "Sm",
        "Gd",
        "Tb",
        "Dy",
        "Lu",
        "Sc",
        "Y",
    ]
    controls = [material.control for material in terms.MATERIALS]
    assert controls == [f"1C{number}" for number in range(902, 909)]
    for material in terms.MATERIALS:
        assert all(re.fullmatch(r"(2805|2846)[0-9]{6}", each.code) for each in material.tariff)
        for form in ("", *(f".{form}" for form in terms.FORMS)):
            code = material.control + form
            assert terms.controlled(code, EN).count(EN.label("material", material.code)) == 1
            assert ZH.label("material", material.code) in terms.controlled(code, ZH)


def test_only_codes_that_were_read_in_the_announcement_stand_without_a_mark():
    assert [material.symbol for material in terms.MATERIALS if material.read] == ["Sm", "Gd", "Tb"]
    references = [(material.symbol, each) for material in terms.MATERIALS
                  for each in material.tariff]  # fmt: skip
    assert [(symbol, each.code) for symbol, each in references if each.read] == [
        ("Sm", "2805301910")
    ]
    further = [each for codes in terms.FURTHER.values() for each in codes]
    assert not any(each.read for each in further)
    assert all(re.fullmatch(r"[0-9]{10}", each.code) for each in further)
    for name in terms.FURTHER:
        assert HAN.search(ZH.label("tariff", name))
        assert f"tariff.{name}" in EN


def test_a_control_code_that_is_not_known_is_shown_as_it_is():
    assert terms.controlled("1C999.a", EN) == "1C999.a"
    assert terms.controlled("1C904.z", ZH) == "1C904.z"


@pytest.mark.parametrize("code", terms.WORDS)
def test_glossary_word_is_explained_and_in_use(code):
    """The glossary explains words that pages say; one that no page says would mislead."""
    for t in (EN, ZH):
        word = t.label("word", code)
        assert f"word.{code}.means" in t
        said = [
            text
            for key, text in [
                *t.singular.items(),
                *((k[0], " ".join(v)) for k, v in t.plural.items()),
            ]
            if not key.startswith("word.")
        ]
        assert any(word.lower() in text.lower() for text in said), word
