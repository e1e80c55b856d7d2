"""Words to keep from officials: private idiom, internals, two words for one concept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from special_channel.messages.catalogue import LANGS, catalogue, commands
from tests.architecture.project import ROOT, kept_files
from tests.messages.test_release_words import sentences

TEMPLATES = ROOT / "src/special_channel/web"
CHINESE = re.compile("[\u4e00-\u9fff]")

MACHINERY = re.compile("信封|前序|树(?!立)|边界|字节数组|承诺值")
"""How signed entries are packed, referred to and hashed: nothing that anybody acts on."""

IDIOM = re.compile(
    r"\b(anew|mend(s|ed)?|come whole|by itself|whoever|wherein|thereof)\b"
    r"|\bstands?\b(?!-in)|\b(would|never|not) cross\b|\bthat crosses\b|\b(these|the same) bytes\b"
    r"|\bat fault\b|\bat the table\b|\bfor want of\b|\bone accepted (form|layout)\b"
    r"|\bgo(es)? on\b|\bthe own\b|\bno such\b.*\bhere\b",
    re.IGNORECASE,
)
"""English that only its authors understood."""

GENDER = re.compile(r"\b(she|her|hers|herself|he|his|him|himself)\b", re.IGNORECASE)
GENDER_CHINESE = re.compile("她|(?<!其)他(?!处|人|方)")

STATEMENTS = re.compile(
    r"(按|依)(各方|双方|一方|欧方|中方|商务部|%\(\w+\)s)的?说明|历次说明|未说明(受理|状态|来源|依据)|最近的?说明"
)
"""What a side states of an application is 反馈, what a form takes is 登记; 说明 explains."""

ONE_WORD = {
    "注册": "启用密钥",
    "注册码": "一次性代码",
    "检查点": "校验点",
    "记载一致": "登记一致",
    "我方记载": "我方登记",
    "我方掌握": "我方登记",
    "本方": "我方",
    "内部批注": "内部函件",
    "内部记录": "内部函件",
    "交错": "在途交叉",
    "不成立": "核验未通过",
    "通讯录": "名录",
    "通知渠道": "提醒渠道",
    "留待以后": "暂不反馈",
}
"""Words once used for a thing, and the one word that pages and the command line share."""


def texts(lang):
    return dict(sentences(lang))


@pytest.mark.parametrize("lang", LANGS)
def test_sentences_name_no_hidden_machinery(lang):
    assert [key for key, text in texts(lang).items() if MACHINERY.search(text)] == []


def test_pages_and_errors_use_no_private_idiom():
    t = catalogue("en")
    said = {**t.singular, **{key[0]: " ".join(forms) for key, forms in t.plural.items()}}
    assert {key: text for key, text in said.items() if IDIOM.search(text)} == {}


@pytest.mark.parametrize("lang", LANGS)
def test_no_sentence_gives_an_official_a_gender(lang):
    pattern = GENDER if lang == "en" else GENDER_CHINESE
    assert {key: text for key, text in texts(lang).items() if pattern.search(text)} == {}


@pytest.mark.parametrize("page", kept_files("*.md"), ids=lambda page: str(page.relative_to(ROOT)))
def test_no_document_gives_an_official_a_gender(page: Path):
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    assert GENDER.findall(text) == []


def test_no_program_gives_an_official_a_gender():
    """Migrations that have landed keep their words: their checksums are in every database."""
    programs = [path for path in kept_files("*.py", "*.js") if path != Path(__file__)]
    said = {path.relative_to(ROOT): GENDER.findall(path.read_text("utf-8")) for path in programs}
    assert {str(path): found for path, found in said.items() if found} == {}


def test_statement_has_its_own_word_in_chinese():
    assert {key: text for key, text in texts("zh-CN").items() if STATEMENTS.search(text)} == {}


@pytest.mark.parametrize("old", ONE_WORD)
def test_pages_and_commands_share_one_chinese_word(old):
    used = [key for key, text in texts("zh-CN").items() if old in text]
    assert used == [], f"say {ONE_WORD[old]}"


def test_counted_questions_are_called_questions_in_chinese():
    """`3问` reads like minutes of a hearing; officials write `3个问题`."""
    assert {
        key for key, text in texts("zh-CN").items() if re.search(r"%\(\w+\)s问(?!题%)", text)
    } == set()


def test_enumerations_in_templates_use_the_list_comma():
    """GB/T 15834: members of an enumeration are parted by 、, clauses by ，."""
    loops = re.compile(r"loop\.last[^}]*\belse comma\b|loop\.last %\}\{\{ comma|\|join\(comma\)")
    found = {
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        if loops.search(path.read_text("utf-8"))
    }
    assert found == set()
    assert catalogue("zh-CN").gettext("brief.comma") == commands("zh-CN").gettext(", ") == "、"


@pytest.mark.parametrize(
    ("key", "en", "zh"),
    [
        ("Errors", "Errors", "错误"),
        ("Our record", "Our record", "我方登记"),
        ("Choose another file", "Choose another file", "另选文件"),
        ("Our statements", "Our statements", "我方历次反馈"),
        ("Create a calendar link", "Create a calendar link", "创建日历链接"),
        ("Propose a charter", "Propose a charter", "提出章程"),
        ("Take over", "Take over", "接办"),
        ("This note answers", "This note answers", "本函答复"),
        ("error.thread-unknown", "This thread does not exist.", "该事项不存在。"),
        ("page.figures", "Response times", "答复用时"),
        ("page.fairness-short", "By country and sector", "国别和行业"),
        ("page.batches", "Lists", "清单"),
        ("page.people", "People and keys", "人员与密钥"),
        ("page.rules", "Charter and calendars", "章程与日历"),
        ("page.new-thread", "New thread", "新建事项"),
        ("mark.done", "Done", "移出待办"),
        ("Close this thread", "Close this thread", "办结本事项"),
    ],
)  # fmt: skip
def test_a_page_has_the_words_agreed_for_it(key, en, zh):
    assert (catalogue("en").gettext(key), catalogue("zh-CN").gettext(key)) == (en, zh)


def test_help_of_commands_uses_no_private_idiom():
    help_ = (ROOT / "docs/commands.md").read_text("utf-8")
    plain = re.sub(r"counted by itself", "", " ".join(help_.split()))
    assert [match[0] for match in IDIOM.finditer(plain)] == []
