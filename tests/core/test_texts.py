"""What should be looked at in a free text is found, and little else."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from special_channel.core.sense.companies import companies
from special_channel.core.sense.personal import PATTERNS, masked, personal
from special_channel.core.sense.rules import RULES
from special_channel.core.sense.texts import PlacedText, placed, text_findings
from tests.core.text_vectors import FOUND, IBAN, IDENTITY, SOUND

CONFIG = Path(__file__).resolve().parents[2] / "config"


def rules(text: str) -> list[str]:
    return [each.rule for each in text_findings(placed([("text", text)]))]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_text_draws_the_finding_of_its_rule(text, expected):
    assert rules(text) == expected


@pytest.mark.parametrize("text", SOUND)
def test_sound_text_draws_no_finding(text):
    assert rules(text) == []


def test_every_finding_has_a_grade_of_its_rule():
    found = text_findings(placed([("text", text) for text, _ in FOUND]))
    assert {each.rule for each in found} == {f"S-09{n}" for n in (3, 5, 6, 7, 8, 9)}
    assert all(each.grade in RULES[each.rule].grades for each in found)
    kinds = {each.facts["kind"].value for each in found if each.rule == "S-097"}
    assert kinds == {each.kind for each in PATTERNS}


@pytest.mark.parametrize("data", [IDENTITY, IBAN, "13800138000", "jana.novak@fictional.example"])
def test_personal_data_is_never_in_a_finding_as_it_is(data):
    [found] = text_findings(placed([("question", f"See {data}")]))
    assert (found.row, found.fields) == (1, ("question",))
    assert data not in str(found)
    assert "…" in found.facts["words"].value


def test_masked_words_show_their_ends_alone():
    assert masked("13800138000") == "138…00"
    assert masked("1234567") == "1…"
    assert masked("jana@fictional.example") == "j…@fictional.example"


def test_known_number_is_no_personal_data():
    texts = placed([("text", "13800138000 is the number of the application")])
    assert len(text_findings(texts)) == 1
    assert text_findings(texts, ["13800138000"]) == ()


def test_data_counts_once_though_two_patterns_find_it():
    assert [each.kind for each in personal("+8613800138000")] == ["mobile"]


def test_texts_are_numbered_by_place_and_empty_ones_left_out():
    made = placed([("text", "a"), ("question", "b"), ("text", " "), ("text", "c")])
    assert made == (
        PlacedText("text", 1, "a"), PlacedText("question", 1, "b"), PlacedText("text", 2, "c"),
    )  # fmt: skip


def test_repeated_words_are_one_finding_and_many_are_ten():
    assert rules("Ms Novák, and again Ms Novák") == ["S-098"]
    many = " ".join(f"Write to jana@fictional-{n}.example." for n in range(30))
    assert rules(many) == ["S-097"] * 10


def test_a_name_of_one_character_is_no_company():
    assert list(companies("甲有限公司")) == []
    assert list(companies("(Beispiel AG)")) == ["Beispiel AG"]
    assert list(companies("SIA")) == []


def sample_texts() -> list[str]:
    texts: list[str] = []

    def walk(value: Any, name: str = "") -> None:
        if isinstance(value, str) and name not in {"by", "rule", "kind", "name", "about"}:
            texts.append(value)
        elif isinstance(value, dict):
            for key, each in value.items():
                walk(each, key)
        elif isinstance(value, list):
            for each in value:
                walk(each, name)

    for path in sorted((*CONFIG.glob("sample/*.toml"), *CONFIG.glob("templates/*.toml"))):
        walk(tomllib.loads(path.read_text(encoding="utf-8")))
    return texts


def test_of_the_samples_texts_only_those_that_name_a_company_are_flagged():
    texts = sample_texts()
    assert len(texts) > 500
    flagged = [text for text in texts if rules(text)]
    named = [text for text in flagged if "Fictional" in text or "虚构" in text]
    assert len(flagged) - len(named) <= len(texts) / 200
    assert named, "fictional companies are companies"


@pytest.mark.parametrize("piece", ["+1 ", "公司", "a@a.", "护照", "1-"])
def test_a_megabyte_is_read_in_linear_time(piece):
    times = []
    for size in (2**17, 2**20):
        text = piece * (size // len(piece))
        start = time.process_time()
        text_findings((PlacedText("text", 1, text),))
        times.append(time.process_time() - start)
    # Eight times the text: quadratic work would take 64 times as long.
    assert times[1] < 20 * times[0] + 0.5, times
