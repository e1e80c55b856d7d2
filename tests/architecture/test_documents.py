"""Documents agree with the program, and their references exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import make_tables
from docs.formats import make_kinds
from special_channel.core.entries import PRIVATE_KINDS, SHARED_KINDS
from tests.architecture.project import ROOT, kept_files
from tests.faults.catalogue import SOURCE, modes
from tests.faults.table import failure_modes

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$", re.MULTILINE)
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
NAMED_FILE = re.compile(r"`((?:src|docs|config|deploy|tests|benchmarks|scripts)/[\w./-]+)`")
DECISION = re.compile(r"\bADR[ -](\d+)")
SQL_FUNCTION = re.compile(r"CREATE (?:OR REPLACE )?FUNCTION (\w+\.\w+)\(")
DOCUMENTS = kept_files("*.md")


@pytest.mark.parametrize(
    ("file", "made"),
    [
        ("docs/errors.md", make_tables.errors),
        ("docs/commands.md", make_tables.commands),
        ("docs/formats/kinds.md", make_kinds.kinds),
        ("docs/failure-modes.md", lambda: failure_modes(modes())),
    ],
)
def test_a_table_is_what_the_program_says(file, made):
    assert (ROOT / file).read_text(encoding="utf-8") == made(), "make it again"


def test_every_kind_has_its_section():
    titled = set(re.findall(r"^### ([a-z.]+)$", make_kinds.kinds(), re.MULTILINE))
    assert titled == SHARED_KINDS | PRIVATE_KINDS


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    lost = []
    for match in LINK.finditer(text):
        target = match[1] or match[2]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (
            fragment and there.suffix == ".md" and fragment not in anchors(there)
        ):
            lost.append(target)
    assert not lost


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_and_decision_that_a_page_names_is_there(page):
    text = page.read_text(encoding="utf-8")
    assert not [name for name in NAMED_FILE.findall(text) if not (ROOT / name).exists()]
    numbers = {int(path.name[:4]) for path in (ROOT / "docs/adr").glob("[0-9]*.md")}
    assert {int(number) for number in DECISION.findall(text)} <= numbers


def test_each_failure_mode_has_a_fault_that_can_be_put_in_and_tests_that_are_there():
    found = [mode for mode in modes() if mode.faults]
    numbers = [mode.number for mode in found]
    # Up to 35 they are the study's; those from 41 are promises that did not hold or could be lost.
    assert numbers == sorted(set(numbers))
    assert set(range(23, 36)) <= set(numbers) <= {*range(36), *range(41, 160)}
    for fault in (fault for mode in found for fault in mode.faults):
        assert fault.breaks, fault.says
        assert [edit for edit in fault.edits if edit.count(ROOT) != 1] == [], fault.says
        for test in fault.breaks:
            file, _, name = test.partition("::")
            assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), test


def test_no_fault_is_put_into_a_function_that_a_later_migration_replaces():
    last: dict[str, str] = {}
    for path in sorted((ROOT / SOURCE / "stores/migrations").glob("*.sql")):
        for name in SQL_FUNCTION.findall(path.read_text(encoding="utf-8")):
            last[name] = path.name
    masked = []
    for fault in (fault for mode in modes() for fault in mode.faults):
        for edit in fault.edits:
            before = (ROOT / SOURCE / edit.file).read_text(encoding="utf-8").partition(edit.old)[0]
            named = SQL_FUNCTION.findall(before) if edit.file.endswith(".sql") else []
            if named and last[named[-1]] != Path(edit.file).name:
                masked.append(fault.says)
    assert masked == []


def test_failure_mode_without_a_fault_names_its_tests():
    numbers = [mode.number for mode in modes()]
    assert numbers == sorted(set(numbers))
    for mode in (mode for mode in modes() if not mode.faults):
        assert mode.tests, mode.number
        for test in mode.tests:
            file, _, name = test.partition("::")
            assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), test
