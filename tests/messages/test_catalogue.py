"""Both languages have all messages, with the same placeholders."""

from __future__ import annotations

import ast
import re
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from special_channel.core.audit.findings import CODES
from special_channel.core.bytes.ids import Role
from special_channel.core.entries.batches import ListRow, ReturnRow
from special_channel.core.rows.questions import Outcome
from special_channel.core.sense.read_rows import LAW
from special_channel.messages.catalogue import (
    LANGS,
    catalogue,
    language_of,
    preferred,
    sentence,
)
from special_channel.ports.conditions import CODES as ALARMS
from special_channel.web.shared.states import BUCKETS
from special_channel.web.shared.words import Presence
from special_channel.web.shell.content import STAGES
from special_channel.web.thread.views import LANGUAGES

SOURCE = Path(__file__).resolve().parents[2] / "src/special_channel"
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")
ERRORS = {
    "Refused", "Malformed", "BadSignature", "NotAllowed", "NotFound", "RuleBroken",
    "Unavailable", "OutcomeUnknown", "Corrupt", "ChannelError",
}  # fmt: skip


def messages(folder: str) -> dict[str, Message]:
    source = files("special_channel.messages") / folder / "LC_MESSAGES" / "channel.po"
    with source.open("rb") as stream:
        return {
            message.id if isinstance(message.id, str) else message.id[0]: message
            for message in read_po(stream, locale=folder)
            if message.id
        }


ENGLISH = messages("en")
CHINESE = messages("zh_CN")


def strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def test_both_catalogues_hold_the_same_sentences():
    assert ENGLISH.keys() == CHINESE.keys()


@pytest.mark.parametrize("found", [ENGLISH, CHINESE], ids=["en", "zh-CN"])
def test_nothing_is_untranslated_or_fuzzy(found):
    assert not [m.id for m in found.values() if m.fuzzy or not all(strings(m))]


def test_placeholders_are_equal_in_both_languages():
    def held(message: Message) -> set[str]:
        return set(PLACEHOLDER.findall(" ".join(strings(message))))

    assert not [key for key in ENGLISH if held(ENGLISH[key]) != held(CHINESE[key])]


def test_a_page_message_in_english_is_its_own_sentence():
    own = [m for key, m in ENGLISH.items() if " " in key or "." not in key]
    assert not [m.id for m in own if strings(m)[0] not in {m.id, m.id[0]}]


def asked_for() -> tuple[set[str], set[tuple[str, str]]]:
    """Messages requested by templates and by modules that write markup."""
    single: set[str] = set()
    plural: set[tuple[str, str]] = set()
    env = Environment(extensions=["jinja2.ext.i18n"])  # noqa: S701 -- parses, renders nothing
    for path in (SOURCE / "web").rglob("*.html"):
        for call in env.parse(path.read_text("utf-8")).find_all(nodes.Call):
            name = getattr(call.node, "name", "")
            given = [arg.value for arg in call.args if isinstance(arg, nodes.Const)]
            if name == "_" and given:
                single.add(given[0])
            elif name == "n_":
                plural.add((given[0], given[1]))
    names = (
        "acts/before",
        "shared/capitals",
        "shared/clocks",
        "answers/pages",
        "applications/tables",
        "lists/cells",
        "shared/references",
        "inbox/pages",
        "deadlines/cells",
        "shell/list_files",
    )
    sources = [(SOURCE / "web" / f"{name}.py").read_text("utf-8") for name in names]
    read = (node for source in sources for node in ast.walk(ast.parse(source)))
    for node in (node for node in read if isinstance(node, ast.Call)):
        name = getattr(node.func, "attr", "")
        given = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        if name == "gettext" and given:
            single.add(given[0])
        elif name == "ngettext":
            plural.add((given[0], given[1]))
    return single, plural


@pytest.mark.parametrize("lang", LANGS)
def test_every_sentence_of_a_page_is_in_the_catalogue_and_no_other(lang):
    t = catalogue(lang)
    single, plural = asked_for()
    assert single <= t.singular.keys()
    assert plural == t.plural.keys()
    assert {key for key in t.singular if " " in key or "." not in key} <= single


def codes() -> dict[str, set[str]]:
    """Error codes of the program, with the facts given in every case."""
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            code = node.args[0]
            if name in ERRORS and isinstance(code, ast.Constant):
                facts = {key.arg for key in node.keywords if key.arg}
                found[str(code.value)] = found.get(str(code.value), facts) & facts
    return found


def test_every_error_code_has_a_sentence_and_a_next_step():
    missing = [
        code for code in codes() if not {f"error.{code}", f"error.{code}.next"} <= ENGLISH.keys()
    ]
    assert missing == []


def test_every_alarm_has_a_code_in_the_list_and_a_sentence():
    sounded = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "sound":
                sounded |= {each.value for each in node.args if isinstance(each, ast.Constant)}
    assert sounded - ALARMS == set()
    assert [code for code in ALARMS if f"error.{code}.next" not in ENGLISH] == []


def test_no_error_sentence_asks_for_a_fact_that_is_not_always_given():
    bare = {}
    for code, facts in codes().items():
        for key in (f"error.{code}", f"error.{code}.next"):
            if key in ENGLISH:
                asked = set(re.findall(r"%\((\w+)\)s", " ".join(strings(ENGLISH[key])))) - {"code"}
                if asked - facts:
                    bare[key] = asked - facts
    assert bare == {}


def test_no_sentence_but_a_script_s_has_a_gap_in_braces():
    """Scripts alone fill `{name}`; elsewhere a reader would see the braces."""
    gaps = [
        key
        for key, message in ENGLISH.items()
        if not key.startswith("script.") and re.search(r"\{\w+\}", " ".join(strings(message)))
    ]
    assert gaps == []


def test_every_finding_of_the_verifier_has_a_sentence():
    assert not [code for code in sorted(CODES) if f"finding.{code}" not in ENGLISH]


@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("role", get_args(Role)),
        ("urgency", get_args(ListRow.model_fields["urgency"].annotation)),
        ("match", get_args(ReturnRow.model_fields["match"].annotation)),
        ("outcome", get_args(Outcome)),
        ("stage", STAGES),
        ("view", LANGUAGES),
        ("bucket", BUCKETS),
        ("presence", [word for word in get_args(Presence) if word != "present"]),
    ],
)
def test_every_coded_value_has_a_label(group, values):
    assert not [value for value in values if f"{group}.{value}" not in ENGLISH]


def test_every_sentence_of_a_law_has_a_question_of_its_own_for_a_reader():
    said = {key for key in ENGLISH if key[:11].removeprefix("sense.") in LAW}
    own = {key for key in said if not key.endswith(".ask")}
    assert {key[:11].removeprefix("sense.") for key in own} == LAW
    assert {f"{key}.ask" for key in own} == said - own


def test_every_string_that_a_script_says_stands_on_the_page():
    page = (SOURCE / "web/templates/strings.html").read_text("utf-8")
    lists = re.findall(r"script_sentences\(\((.*?)\)\)", page, re.DOTALL)
    listed = {each for names in lists for each in re.findall(r"'([a-z-]+)'", names)}
    labels = {key.removeprefix("script.") for key in ENGLISH if key.startswith("script.")}
    assert labels == listed
    said = {
        key
        for path in (SOURCE / "web/static/js").glob("*.js")
        for key in re.findall(r"\bsay\('([a-z-]+)'", path.read_text("utf-8"))
    }
    assert said - labels == set()


def test_an_unknown_code_still_gets_a_sentence_that_names_it():
    said = sentence("never-heard-of", "zh-CN")
    assert "never-heard-of" in said.text
    assert said.next_step


def test_a_missing_fact_does_not_break_the_sentence():
    assert "–" in sentence("file-too-large", "en").text


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("zh-Hans-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en-GB;q=0.5, zh;q=0.4", "en"),
        ("fr-BE,fr;q=0.9", "en"),
        ("zh;q=0, en;q=0.1", "en"),
        ("", "en"),
        (None, "en"),
        ("zh;q=x", "zh-CN"),
    ],
)
def test_language_is_chosen_by_the_readers_preference(header, lang):
    assert preferred(header, "en") == lang


def test_posix_and_bcp47_tags_name_the_same_language():
    assert language_of("zh_CN.UTF-8") == "zh-CN" == language_of("zh-Hant")
    assert language_of("hu") is None
