"""The protocol for NVDA quotes names as pages have them, and the same ones in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from special_channel.messages.catalogue import catalogue

PROTOCOL = Path(__file__).resolve().parents[2] / "docs/nvda.md"
STEPS = 24
QUOTED = re.compile("“([^”]+)”")


def steps(lang: str) -> dict[int, list[str]]:
    """Return the names that each step quotes, in their order."""
    english, chinese = PROTOCOL.read_text("utf-8").split("\n## 中文\n")
    rows = re.findall(r"^\| (\d+) \|(.*)$", {"en": english, "zh": chinese}[lang], re.MULTILINE)
    return {int(number): QUOTED.findall(words) for number, words in rows}


def test_protocol_has_the_same_steps_in_both_languages():
    english, chinese = steps("en"), steps("zh")
    assert [*english] == [*chinese] == [*range(1, STEPS + 1)]
    assert sum(map(len, english.values())) > STEPS
    for number, names in english.items():
        assert len(names) == len(chinese[number]), number


@pytest.mark.parametrize("number", range(1, STEPS + 1))
def test_protocol_quotes_words_that_pages_have(number):
    english, chinese = catalogue("en").singular, catalogue("zh-CN").singular
    for one, other in zip(steps("en")[number], steps("zh")[number], strict=True):
        assert any(
            one in text and other in chinese.get(key, "") for key, text in english.items()
        ), (one, other)
