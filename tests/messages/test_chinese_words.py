"""One Chinese word per concept, by the glossary: adopted, in use, a question, our side."""

from __future__ import annotations

import re
from typing import Final

import pytest

from special_channel.messages.catalogue import catalogue
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

GAPS: Final = {
    "channel.po": re.compile(r"[\u4e00-\u9fff：，、。（）“”] +%\((?!option\))"),
    "commands.po": re.compile(r"(批次|事项|会谈|清单|申请|许可证|问题) +%\("),
}
"""A space before a name. Options and files of a terminal keep it: they are typed as shown."""


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


@pytest.mark.parametrize("name", GAPS)
def test_name_after_chinese_has_no_space_before(name):
    """清单L2026-48, not 清单 L2026-48: Chinese needs no space to part a name from its noun."""
    assert {key: text for key, text in read(name, "zh_CN") if GAPS[name].search(text)} == {}


@pytest.mark.parametrize("key", ["feed.promise.ours", "feed.promise.theirs", "mail.number-row"])
def test_number_before_chinese_has_no_space_after(key):
    """Subjects of mails alone part `EU-37 问题1`, as agreed with both sides' offices."""
    assert re.search(r"\)s +[\u4e00-\u9fff]", catalogue("zh-CN").gettext(key)) is None


def test_page_of_disputed_entries_has_a_name_of_its_own():
    """待确认 is said of keys, of promises and of points; three pages need three names."""
    t = catalogue("zh-CN")
    pages = [t.label("page", code) for code in ("review", "clearance", "acknowledge")]
    assert pages == ["存疑条目核对", "待复核", "待确认收悉的函件"]


def test_turn_in_a_unit_is_told_for_each_kind_of_step():
    """A draft may wait for a check, a consultation or a release: 办理 is true of each."""
    t = catalogue("zh-CN")
    said = t.gettext("Waits for you."), t.gettext("Waits for: %(whose)s.", whose="处长")
    assert said == ("请您办理。", "请处长办理。")
    assert t.label("extract", "closed") == "结束时间", "an alert ends; threads alone are 办结"


def test_documents_use_the_words_of_the_pages():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    texts = {str(page.relative_to(ROOT)): page.read_text(encoding="utf-8") for page in pages}
    assert "撤回" in texts["docs/officials.md"]
    assert [name for name, text in texts.items() if re.search("收回|联署", text)] == []
