"""Published vectors are in the repository with their source, so that no core test skips."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.architecture.project import ROOT, kept_files
from tests.vectors import FOLDER, table

SKIPS = re.compile(r"\bpytest\.(?:mark\.)?(?:skip|skipif|xfail|importorskip)\b")
TABLES = sorted(path.stem for path in FOLDER.glob("*.json"))


def sources(node: Any) -> Iterator[dict[str, Any]]:
    """The parts of a table that name a source."""
    if "source" in node:
        yield node
    else:
        for part in node.values():
            yield from sources(part)


def test_no_core_test_skips():
    skipping = [
        str(path.relative_to(ROOT))
        for path in kept_files("tests/core/**.py")
        if SKIPS.search(path.read_text(encoding="utf-8"))
    ]
    assert not skipping


@pytest.mark.parametrize("name", TABLES)
def test_table_of_figures_names_source_and_licence(name):
    for part in sources(table(name)):
        assert part["source"]
        assert part["licence"]


def test_readme_of_vectors_names_each_table_and_its_tests():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)\.json` .* \| (.+) \|$", page, re.MULTILINE)
    assert sorted(name for name, _ in rows) == TABLES
    for name, tests in rows:
        for file in re.findall(r"`([\w/.]+)`", tests):
            assert f'table("{name}")' in (ROOT / file).read_text(encoding="utf-8"), (name, file)
