"""Every command there is, once taken and once refused, for machines and for people."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from rich.cells import cell_len

from special_channel.cli.demo.folder import write_json
from special_channel.core.bytes.times import instant
from special_channel.messages.catalogue import catalogue
from special_channel.web.shared.capitals import local
from tests.architecture.project import ROOT
from tests.cli.demonstration import Demo
from tests.cli.tree import leaves
from tests.cli.uses import CN, EU, USES, Ground, soon

pytestmark = pytest.mark.timeout(300)

ENGLISH_SENTENCE = re.compile(r"[A-Za-z]+ [a-z]+")

CONTENT = frozenset(
    {"subject", "subjects", "text", "texts", "starts", "place", "name", "document", "unit",
     "effect"}
)  # fmt: skip
"""Fields that hold what officials and the charter say, in whatever language they said it."""


LEAVES = leaves()

CODED = frozenset(
    code
    for group, _, code in (msgid.partition(".") for msgid in catalogue("zh-CN").singular)
    if group in {"state", "urgency", "match", "decision", "priority", "role", "group", "amendment"}
)
"""Codes that a person reads in words."""

UNITS = [
    {"unit": unit}
    for party in ("eu", "cn")
    for unit in re.findall(
        r'^unit = "(.+)"',
        (ROOT / f"config/directory/{party}.toml").read_text("utf-8"),
        re.MULTILINE,
    )
]
"""Units of the sample's officials, which stand beside what they signed."""

INTERNAL = re.compile(r"[0-9a-f]{32,}|\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|\+00:00)")
"""Key ids, digests and instants for programs."""

FOR_MACHINES = {
    "alert key": "prints the public half of a key",
    "charter build": "prints the digest that registrars compare",
    "deadline": "counts from instants",
    "enrol redeem": "prints the id that the holder reads to the registrar",
    "keygen": "prints the key",
    "key list": "prints the ids by which commands name keys",
    "key show": "prints the ids by which commands name keys",
    "seal": "prints the key",
    "trust write": "prints the fingerprints that people compare",
    "root check": "prints the keys and the fingerprint that people compare",
    "root combine": "prints the keys that have signed",
    "root make": "prints the fingerprint that people compare",
    "root request": "shows what the root signs, byte for byte",
    "root sign": "shows what the root signs, byte for byte",
    "machine prepare": "prints the key and the digest that another entry states",
    "machine list": "prints the ids by which operators compare keys",
    "machine sign": "shows what the key signs, and the fingerprint that people compare",
    "rebuild": "prints the digest by which operators compare two nodes",
    "verify": "names the instants that it proves",
}

BOTH_LANGUAGES = {"root request", "root sign"}
"""Acts that are read aloud to the other side are shown in both languages at once."""

MAY_BE_EMPTY = {
    "alert list": "alerts are made when a date nears or passes",
    "corrections": "the demonstration corrects nothing",
    "date rebase": "both sides have adopted no other charter since",
    "review list": "the demonstration states no doubt",
    "review confirm": "the demonstration states no doubt",
    "review disown": "the demonstration states no doubt",
}

TOLD_LATER = {"notice list": "the node tells of events after it has answered their authors"}

CODES_BESIDE_WORDS = {
    "root make": "names of files begin with side and root",
    "root request": "shows an act of the root in both languages, and names its file",
    "root sign": "shows an act of the root in both languages, and names its file",
    "numbers": "a figure is called by its code, and its title stands beside it",
    "view list": "filters are those of the page's address, and the view's name stands beside them",
    "charter show": "a member of the charter has its code next to its title",
    "machine prepare": "a key's file is named by its machine",
}


@pytest.fixture(scope="module")
def one_ground(one_demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    # The year takes a minute to load; what it prints it prints of one that is loaded, too.
    write_json(one_demo.data / "year.json", {"lists": 8, "rows": 2000, "seconds": 41.5})
    made = Ground(one_demo, tmp_path_factory.mktemp("uses"))
    yield made
    made.end()


@pytest.fixture
def ground(one_ground: Ground, demo: Demo) -> Ground:
    """Prerequisites of the uses, while the demonstration runs."""
    one_ground.demo = demo
    return one_ground


def type_in(ground: Ground, name: str, words: Any, *more: str, lang: str = "en") -> Any:
    typed = [*name.split(), *words, *more]
    if "--data" in options(name) and "--data" not in typed:
        typed += ["--data", str(ground.demo.data)]
    return ground.demo.typed(*typed, lang=lang)


def test_no_use_is_of_a_command_that_is_gone():
    assert USES.keys() - LEAVES.keys() == set()


def options(name: str) -> set[str]:
    return {option for each in LEAVES[name].params for option in each.opts}


def test_commands_on_dates_in_operating_work_as_they_stand(ground):
    """Typed as in docs/operating.md, with a question, an instant and a key that exist."""
    text = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    lines = re.findall(r"^special-channel (date .+) --node … --as …$", text, re.MULTILINE)
    assert {line.split()[1] for line in lines} == {"accept", "propose", "renew"}
    for line in lines:
        group, command, *said = line.split()
        renews = command == "renew"
        question = ground.taken_back() if renews else ground.ask("eu")
        facts = {"EU-877:1": question, "2026-12-01T09:30:00Z": soon()}
        words = [facts[word] for word in said]
        done = type_in(ground, f"{group} {command}", [*words, *(EU if renews else CN)], "--json")
        assert done.returncode == 0, (line, done.stderr)


def test_what_prints_no_json_is_what_runs_until_a_signal():
    silent = {name for name in LEAVES if "--json" not in options(name)}
    assert silent == {name for name, use in USES.items() if use.good is None}


def test_what_speaks_to_a_node_takes_the_node_the_key_and_json():
    at_hand = {
        "found", "migrate", "rebuild", "resume", "start-alone", "check", "repair", "verify",
        "deadline", "keygen", "charter build", "alert key", "sample year", "seal", "submit",
        "trust write", "trust update", "root make", "root request", "root sign", "root combine",
        "root check", "machine prepare", "machine list", "machine sign",
    }  # fmt: skip
    remote = {name for name in LEAVES if {"--node", "--as", "--json"} <= options(name)}
    running = {name for name, use in USES.items() if use.good is None}
    assert LEAVES.keys() - remote == at_hand | running


@pytest.mark.parametrize("name", [name for name in LEAVES if name not in USES or USES[name].good])
def test_json_and_nothing_else_is_printed_and_people_read_their_language(ground, name):
    use = USES[name]  # `KeyError`: a new command needs its use in uses.py
    assert use.good is not None
    done = type_in(ground, name, use.good(ground), "--json")
    while name in TOLD_LATER and not (done.stdout or done.returncode):
        threading.Event().wait(0.2)  # the node limits how often it is asked
        done = type_in(ground, name, use.good(ground), "--json")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found or name in MAY_BE_EMPTY
    assert all(isinstance(each, dict) for each in found)

    if not use.twice:
        return
    chinese = type_in(ground, name, use.good(ground), lang="zh-CN")
    assert chinese.returncode == 0, chinese.stderr
    said = without(found, chinese.stdout + chinese.stderr).replace(str(ground.folder), "")
    if name not in BOTH_LANGUAGES:
        assert ENGLISH_SENTENCE.findall(without(UNITS, said)) == []
    assert list(bare_names(said)) == []
    if name not in FOR_MACHINES:
        assert INTERNAL.findall(said) == []
    if name not in CODES_BESIDE_WORDS:
        assert [code for code in re.findall(r"[a-z_-]{2,}", said) if code in CODED] == []


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_the_table_of_batches_fits_a_screen_and_counts_every_row(ground, lang):
    typed = ("--as", "eu-desk-1")
    _, _, *lines = shown = type_in(ground, "batch list", typed, lang=lang).stdout.splitlines()
    assert max(map(cell_len, shown)) <= 100
    items = map(json.loads, type_in(ground, "batch list", typed, "--json").stdout.splitlines())
    for line, item in zip(lines, items, strict=True):
        number, _list, rows, *at = line.split()
        at, counts = at[:-5], at[-5:]
        assert (number, int(rows)) == (item["number"], item["rows"])
        assert at[-1].endswith(local(instant(item["accepted"]), "eu").strftime("%H:%M"))
        assert sum(map(int, counts)) == sum(item["counts"].values()) == item["rows"]
    assert {"issued", "review"} < item["counts"].keys(), "machines read each state"


def test_a_licence_is_shown_with_what_it_would_cover_where_the_own_side_can_tell(ground):
    typed = ("FIKTIV-TY-26-0003", "--as")
    ours = type_in(ground, "licence show", (*typed, "eu-desk-1")).stdout
    assert re.search(r"^covers +FIKTIV-\S+ 1C90", ours, re.MULTILINE)
    assert re.search(r"^covered by +", ours, re.MULTILINE)
    assert re.search(r"^customers +Fictional", ours, re.MULTILINE)
    theirs = type_in(ground, "licence show", (*typed, "cn-desk-1"), lang="zh-CN").stdout
    assert "涵盖" not in theirs
    assert "12650.5 千克" in theirs


def bare_names(text: str) -> Iterator[str]:
    """Names of columns and of a document's lines that are the program's own."""
    table = ""
    for line, after in pairwise([*text.splitlines(), ""]):
        if after.startswith("──"):
            yield from re.findall(r"[a-z_]+", line)
        table = line if line.startswith("──") else table and line
        if not table:
            yield from re.findall(r"^[a-z_]+(?=  )", line)


def without(found: list[Any], text: str) -> str:
    """A command's output without content of entries."""
    for said in sorted({*contents(found)}, key=len, reverse=True):
        text = text.replace(said, "")
    return text


def contents(value: Any, *, said: bool = False) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from contents(each, said=said or name in CONTENT)
    elif isinstance(value, list):
        for each in value:
            yield from contents(each, said=said)
    elif said and isinstance(value, str):
        yield from (line for line in value.splitlines() if line)


@pytest.mark.parametrize("name", LEAVES)
def test_a_refusal_has_its_code_on_stderr_and_leaves_stdout_empty(ground, name):
    use = USES[name]
    words = use.refused.words(ground)
    done = type_in(ground, name, words, *({"--json"} & options(name)))
    assert (done.stdout, "Traceback" in done.stderr) == ("", False)
    assert done.stderr.startswith(f"{use.refused.code}: "), done.stderr
    assert done.returncode == use.refused.exits
    chinese = type_in(ground, name, words, lang="zh-CN")
    assert (chinese.stdout, chinese.returncode) == ("", use.refused.exits)
    code, _, said = chinese.stderr.partition(": ")
    assert code == use.refused.code
    for command in LEAVES:
        if " " in command:  # the next step may be to type it
            said = said.replace(command, "")
    assert ENGLISH_SENTENCE.findall(said) == []
