"""One Chinese word per concept, by the glossary: adopted, in use, a question, our side."""

from __future__ import annotations

import re
from typing import Final

import pytest

from tests.architecture.project import ROOT
from tests.messages.test_silence import read

METHODS: Final = {
    "channel.po": {
        (
            "The charter adopted definitions %(name)s; this program counts by %(own)s. Until both"
            " are the same, each side sees only its own figures."
        ),
    },
    "commands.po": {
        "Show response times and rates: IMI's indicators and their basis.",
    },
}
"""Sentences about a method of counting: the only ones that may say 采用."""


@pytest.mark.parametrize("name", METHODS)
def test_charter_is_adopted_by_one_word_in_chinese(name):
    """Charters and calendars are 通过 and 生效; 启用 is for keys and functions in use."""
    said = read(name, "zh_CN")
    assert {key for key, text in said if "采用" in text} == METHODS[name]
    assert [key for key, text in said if "采纳" in text] == []


@pytest.mark.parametrize("name", METHODS)
def test_question_and_own_side_have_one_word_in_chinese(name):
    for key, text in read(name, "zh_CN"):
        assert "己方" not in text, key
        # 提问方: who asks. 所提问题, 拟提问题: the question that is put.
        assert "提问" not in re.sub("提问方|[所拟]提问题", "", text), key
        assert "时限" not in text or "设定时限" in text, key


@pytest.mark.parametrize("name", METHODS)
def test_taking_back_and_cosigning_key_have_one_word_in_chinese(name):
    """What was begun is 撤回, an act as well as a note; a cosigning key is 核验签名密钥."""
    for key, text in read(name, "zh_CN"):
        assert "收回" not in text, key
        assert "联署" not in text, key
        if "cosigning key" in key:
            assert "核验签名密钥" in text, key


def test_documents_use_the_words_of_the_pages():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    texts = {str(page.relative_to(ROOT)): page.read_text(encoding="utf-8") for page in pages}
    assert "撤回" in texts["docs/officials.md"]
    assert [name for name, text in texts.items() if re.search("收回|联署", text)] == []
