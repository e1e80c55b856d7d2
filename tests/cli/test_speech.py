"""The command line speaks the reader's language, whole; machines' words stay as they are."""

from __future__ import annotations

import ast
import io
import re
from inspect import cleandoc
from pathlib import Path
from typing import get_args

import pytest
from rich.cells import cell_len

from special_channel.cli.app import ENVIRONMENT, run
from special_channel.cli.command import Kind
from special_channel.cli.demo.command import progress, sentence
from special_channel.cli.output import Output
from special_channel.cli.printing import READER, print_error, print_json, print_line
from special_channel.cli.recovery import GONE
from special_channel.core.bytes import errors
from special_channel.core.bytes.errors import ChannelError, Malformed
from special_channel.messages.catalogue import catalogue, commands
from special_channel.web.node.views import Status
from tests.cli.tree import tree

SOURCE = Path(__file__).resolve().parents[2] / "src/special_channel"
WORDS = commands("zh-CN")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH_SENTENCE = re.compile(r"[A-Za-z]+ [a-z]+")
COMMAND = re.compile(r"special-channel[a-z -]*")
ERRORS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, ChannelError)
}
PLACEHOLDER = re.compile(r"%\(\w+\)s")


@pytest.fixture(autouse=True)
def _no_language(monkeypatch):
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


TREE = tree()


def sentences() -> set[str]:
    texts = {"Show this message and exit."}
    for _, command in TREE:
        texts.add(command.help or "")
        texts |= {each.help or "" for each in command.params}
    cleaned = (" ".join(each.split()) for text in texts for each in cleandoc(text).split("\n\n"))
    return set(cleaned) - {""}


def said() -> set[str]:
    """Lines of progress and questions, found by the calls that print them."""
    found = set()
    for path in [*SOURCE.glob("sample/*.py"), *SOURCE.glob("cli/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            if name in {"say", "_say", "confirm"} and isinstance(first, ast.Constant):
                found.add(str(first.value))
    return found


def test_every_help_text_is_translated_and_no_option_is_without_one():
    assert sentences() - WORDS.singular.keys() == set()
    bare = [(path, each.name) for path, command in TREE for each in command.params if not each.help]
    assert bare == []


def test_what_only_a_backup_restores_is_said_as_on_the_page():
    assert set(GONE) <= catalogue("zh-CN").singular.keys()


FRAGMENT = re.compile(r"(?:An?|The|Its|Our|Your|Only|At|From|How|Why|Which|Where|Whose|Until)\b")
"""Beginnings of a help text that only names its value; a sentence begins with a verb."""


def test_every_help_text_is_a_whole_sentence():
    for path, command in TREE:
        summary, *rest = (command.help or "").split("\n\n")
        texts = [summary, *(each.help or "" for each in command.params)]
        for text in (" ".join(each.split()) for each in texts):
            assert re.fullmatch(r"[A-Z][a-z]+[,:]? \S+ .+[.)]", text), (path, text)
            assert not FRAGMENT.match(text), (path, text)
        for text in filter(None, (" ".join(each.split()) for each in rest)):
            assert re.fullmatch(r"[A-Z].*\.", text), (path, text)


def test_every_value_in_help_has_a_word(capsys):
    for path, command in TREE:
        assert run([*path, "--help"]) == 0
        page = capsys.readouterr().out
        assert not re.findall(r"TEXT|INTEGER|PATH|BOOLEAN|FILENAME|CHOICE", page), path
        words = set(re.findall(r"--[a-z-]+ <([^>]+)>", page))
        assert words <= {*get_args(Kind), "whole number"}, path
        assert all(each.help for each in command.params)


FAULTS = (
    {
        f"Missing {kind} %(name)s.{more}"
        for kind in ("argument", "option")
        for more in ("", " Choose from: %(choices)s.")
    }
    | {
        f"No such {kind}: %(name)s.{more}"
        for kind in ("command", "option")
        for more in ("", " Did you mean %(near)s?")
    }
    | {
        "Too many words: %(given)s.",
        "Option %(name)s needs a value.",
        "Option %(name)s takes no value.",
    }
)


def test_every_line_of_progress_and_every_fault_is_translated():
    assert said() - WORDS.singular.keys() == set()
    assert len(FAULTS) > 9
    assert FAULTS - WORDS.singular.keys() == set()


COLUMN_MAKERS = {"text", "label", "time", "lines", "Column"}


def names() -> set[str]:
    """Names of columns and of lines in the commands' output."""
    found = set()
    for path in SOURCE.glob("cli/*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in {"rows", "_rows"} and len(node.args) >= 2:
                columns = getattr(node.args[-1], "elts", ())
                found |= {each.value for each in columns if isinstance(each, ast.Constant)}
            elif name == "document" and isinstance(node.args[0], ast.Dict):
                found |= {getattr(each, "value", None) for each in node.args[0].keys}
            elif getattr(node.func, "id", "") in {"texts", "times"}:
                found |= {each.value for each in node.args if isinstance(each, ast.Constant)}
            elif getattr(node.func, "id", "") in COLUMN_MAKERS and isinstance(
                node.args[0], ast.Constant
            ):
                found.add(node.args[0].value)
    shown = {str(each) for each in found if each} | Status.model_fields.keys()
    return shown - {"EU", "CN"}


def test_every_name_of_what_is_shown_is_translated_and_json_stays(capsys):
    assert {"subject", "listed at", "sha256"} & names() == {"subject", "listed at"}
    assert names() - WORDS.singular.keys() == set()
    Output(as_json=False, lang="zh-CN").document({"ready": True, "alarms": ["link-down"]})
    Output(as_json=False, lang="zh-CN").rows([{"number": "EU-1"}], ("number",))
    Output(as_json=True, lang="zh-CN").document({"ready": True})
    shown = capsys.readouterr().out
    assert shown.splitlines()[:2] == ["就绪  是", "告警  link-down"]
    assert "编号" in shown
    assert shown.splitlines()[-1] == '{"ready":true}'


def test_the_catalogue_holds_chinese_and_the_same_placeholders():
    for english, chinese in WORDS.singular.items():
        assert sorted(PLACEHOLDER.findall(english)) == sorted(PLACEHOLDER.findall(chinese))
        if ENGLISH_SENTENCE.search(PLACEHOLDER.sub("", english)):
            assert CHINESE.search(chinese), english


def test_chinese_help_has_no_english_sentence_and_fits_a_terminal(capsys):
    for path, _ in TREE:
        assert run(["--lang", "zh-CN", *path, "--help"]) == 0
        page = capsys.readouterr().out
        assert page.startswith("用法：")
        for line in page.splitlines():
            assert cell_len(line) <= 80, line
            assert not ENGLISH_SENTENCE.search(COMMAND.sub("", line)), line
            assert not re.search(r"\[(required|default|env)|Options|Usage", line), line


def test_the_language_may_be_asked_for_anywhere_and_by_the_environment(capsys, monkeypatch):
    asked = [["--lang", "zh-CN", "status", "--help"], ["status", "--help", "--lang=zh_CN.UTF-8"]]
    for typed in asked:
        assert run(typed) == 0
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert run(["status", "--help"]) == 0
    one, two, three = capsys.readouterr().out.split("用法：")[1:]
    assert one == two == three
    monkeypatch.setenv("LC_ALL", "C")
    run(["status", "--help"])
    assert capsys.readouterr().out.startswith("Usage: ")
    monkeypatch.setenv("SPECIAL_CHANNEL_LANG", "zh-CN")
    run(["status", "--help"])
    assert capsys.readouterr().out.startswith("用法：")
    run(["status", "--help", "--lang", "en"])
    assert capsys.readouterr().out.startswith("Usage: ")


@pytest.mark.parametrize(
    "typed",
    [
        ["nothing"],
        ["thread", "lis"],
        ["thread"],
        ["--nothing"],
        ["demo", "--samplee"],
        ["verify"],
        ["verify", "a", "--trust"],
        ["status", "one", "2"],
        ["thread", "list", "--limit", "many"],
        ["thread", "list", "--limit", "0"],
        ["thread", "list", "--limit", "9999"],
        ["thread", "list", "--show", "some"],
        ["keygen", "file"],
        ["keygen", "file", "--party", "eu"],
        ["status", "--json=x"],
        ["batch", "show"],
        ["thread", "show", "EU-1", "EU-2"],
    ],
)
def test_a_wrong_command_line_is_explained_in_chinese_with_the_same_code(typed, capsys):
    assert run(typed) == 2
    english = capsys.readouterr()
    assert run(["--lang", "zh", *typed]) == 2
    chinese = capsys.readouterr()
    assert english.out == chinese.out == ""
    assert english.err
    assert CHINESE.search(chinese.err.splitlines()[-1])
    assert "无法识别" not in chinese.err
    for line in chinese.err.splitlines():
        assert not ENGLISH_SENTENCE.search(COMMAND.sub("", line)), line


@pytest.mark.parametrize(("lang", "word"), [("en", "Aborted!"), ("zh", "已取消。")])
def test_nothing_is_removed_unless_the_answer_is_yes(lang, word, tmp_path, capsys, monkeypatch):
    (tmp_path / "demo.json").write_text("{}")
    for answer in ("\n", "n\n", ""):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        assert run(["--lang", lang, "demo", "--reset", "--data", str(tmp_path)]) == 1
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err.splitlines()[-1] == word
        assert str(tmp_path) in told.err
        assert (tmp_path / "demo.json").exists()


@pytest.mark.parametrize(
    ("lang", "line"), [("en", "[  1.2 s] CN serves at u"), ("zh-CN", "[  1.2秒] 中方节点已启动：u")]
)
def test_progress_is_told_in_the_readers_language(lang, line):
    words = sentence(lang, "%(side)s serves at %(url)s", side="cn", url="u")
    assert progress(lang, 1.2, words) == line


def facts_of(source: str) -> set[str]:
    """Return names of facts in a module's errors."""
    return {
        keyword.arg
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS
        for keyword in node.keywords
        if keyword.arg
    }


def test_what_stands_beside_an_error_is_named_in_chinese():
    names = set().union(*(facts_of(file.read_text("utf-8")) for file in SOURCE.rglob("*.py")))
    assert {"column", "count", "limit"} < names
    assert sorted(name for name in names if not CHINESE.search(WORDS.gettext(name))) == []


def test_an_error_its_facts_and_lists_are_set_as_chinese_is(capsys):
    fault = Malformed("list-stop-date", "No date.", row=3, list="L2026-48", count=9)
    print_error(fault, "zh-CN")
    assert capsys.readouterr().err.splitlines()[1] == "  清单：L2026-48，共：9"
    Output(as_json=False, lang="zh-CN").document(
        {"left": ["甲", "乙"], "counts": {"甲": 1, "乙": 2}}
    )
    assert capsys.readouterr().out.splitlines() == ["剩余  甲、乙", "数量  甲 1、乙 2"]


def test_a_line_writes_out_what_would_steer_a_terminal(capsys):
    print_line("a\u202eb\x1b[2J")
    print_json({"text": "a\u202eb"})
    assert capsys.readouterr().out == 'a[U+202E]b[U+001B][2J\n{"text":"a\u202eb"}\n'


def test_the_readers_language_ends_with_the_command(capsys):
    READER.set("en")
    assert run(["--lang", "zh-CN", "--version"]) == 0
    assert READER.get() == "en"
