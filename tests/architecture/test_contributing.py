"""CONTRIBUTING.md names the gates, hooks and harnesses that exist."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from scripts.make_pictures import FOLDER, PICTURES
from tests.architecture.project import ROOT

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
HOOKS = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
GATE = (ROOT / "check").read_text(encoding="utf-8")
[MESSAGE] = re.findall(r"^        entry: '(.+)'$", HOOKS, re.MULTILINE)


def test_hooks_run_programs_that_the_gate_runs_too():
    entries = re.findall(r"^        entry: \.venv/bin/(\S+)", HOOKS, re.MULTILINE)
    assert sorted(entries) == ["codespell", "lint-imports", "ruff", "ruff"]
    assert [name for name in entries if f'"$bin/{name}"' not in GATE] == []
    assert re.findall(r"- repo: (\S+)", HOOKS) == ["local"]


@pytest.mark.parametrize(
    "message",
    [
        "web: end live streams when a key is suspended\n\nThe stream checked once.\n",
        "docs: " + 66 * "x" + "\n\nWhy.\n",
    ],
)
def test_hook_takes_a_message_with_area_and_reason(message):
    assert re.search(MESSAGE, message)


@pytest.mark.parametrize(
    "message",
    [
        "web: end live streams when a key is suspended\n",
        "web: end live streams\nwithout a blank line\n",
        "web: end live streams\n\n# Please enter the commit message\n",
        "page: end live streams\n\nNo such area.\n",
        "End live streams\n\nNo area.\n",
        "docs: " + 67 * "x" + "\n\nToo long.\n",
    ],
)
def test_hook_refuses_a_message_without_them(message):
    assert not re.search(MESSAGE, message)


def test_areas_of_the_hook_are_those_of_the_guide():
    [areas] = re.findall(r"\(((?:\w+\|)+\w+)\): ", MESSAGE)
    [told] = re.findall(r"Areas are package names:\s((?:\w+,\s)+\w+)\.", GUIDE)
    assert set(areas.split("|")) == set(re.split(r",\s", told))


def test_gates_of_the_guide_are_those_of_check():
    told = set(re.findall(r"^\| `\./check(?: (--\w+))?` \|", GUIDE, re.MULTILINE))
    [gates] = re.findall(r"^(--\w+) \| (--\w+)\)$", GATE, re.MULTILINE)
    assert told == {"", *gates}


def test_fast_gate_is_the_first_steps_and_the_tests_of_core():
    # `--fast` runs the first six steps and core's tests; nothing of the whole gate but that.
    steps = re.findall(r"^ *step (?:'(?=[^']+'))?([\w ]+(?=')|\w+)", GATE, re.MULTILINE)
    first = steps.index("spelling") + 1
    assert steps[:first] == ["format", "lint", "types", "floors", "dependencies", "spelling"]
    assert steps[first] == "tests of core"
    assert steps[first + 1 : first + 4] == ["pythons", "coverage of core", "tests"]


def test_each_python_command_of_the_guide_names_a_module_or_file():
    for module in re.findall(r"\.venv/bin/python -m (scripts\.\w+)", GUIDE):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file()
    for file in re.findall(r"\.venv/bin/python (\S+\.py)", GUIDE):
        assert (ROOT / file).is_file()


def test_guide_selects_tests_that_there_are():
    [file, words] = re.findall(r"^\./test -q -n 0 (\S+) -k (\w+)$", GUIDE, re.MULTILINE)[0]
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "--collect-only", file,
         "-k", words],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert listed.returncode == 0, listed.stdout + listed.stderr
    assert f"{file}::" in listed.stdout


def test_pictures_of_the_readme_are_those_that_the_script_makes():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(rf"^!\[(.+)\]\({FOLDER}/(.+)\)$", readme, re.MULTILINE)
    assert sorted(name for _, name in shown) == sorted(PICTURES)
    assert [name for words, name in shown if len(words) < 40] == [], "say what is to be seen"
    for name in PICTURES:
        data = (ROOT / FOLDER / name).read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n"), name
        assert len(data) < 400_000, name
