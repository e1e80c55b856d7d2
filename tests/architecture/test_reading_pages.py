"""Tests read pages by role and visible text (`tests/web/reading.py`), not by patterns on HTML.

A pattern on HTML fails when an attribute moves, and passes when its text is hidden.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.project import ROOT, kept_files

MARKUP = re.compile(r"""<(?:[a-z]+\b|/|\(|\[\^>)|=\\?["']""")
"""A tag, its end, or the value of an attribute."""

NAMED_GROUP = re.compile(r"\(\?P?<[^>]*>|\(\?<[=!]")


def patterns_on_html(source: str) -> Iterator[int]:
    """Yield the lines that apply a regular expression to HTML."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Attribute)):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "re"):
            continue
        texts = [each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)]
        pattern = "".join(each for each in texts if isinstance(each, str))
        subjects = [each.attr for arg in node.args[1:] for each in ast.walk(arg)
                    if isinstance(each, ast.Attribute)]  # fmt: skip
        if "html" in subjects or MARKUP.search(NAMED_GROUP.sub("", pattern)):
            yield node.lineno


@pytest.mark.parametrize(
    "source",
    [
        're.search("a", shown.html)',
        "re.findall(r'<td[^>]*>', text)",
        "re.findall(r'(?s)<(\\w+)', text)",
        'CELL = re.compile(r\'data-body="([^"]*)"\')',
        "re.sub('<[^>]*>', '', text)",
        "re.split('</li>', text)",
    ],
)
def test_pattern_on_html_is_found(source):
    assert list(patterns_on_html(source)) == [1]


@pytest.mark.parametrize("source", ["re.search(r'(?P<d>\\d+) < 5', shown.text)", "f(shown.html)"])
def test_pattern_on_text_is_left_alone(source):
    assert list(patterns_on_html(source)) == []


@pytest.mark.parametrize("folder", ["web", "story"])
def test_no_test_reads_a_page_by_a_pattern(folder):
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in kept_files(f"tests/{folder}/**.py")
        for line in patterns_on_html(path.read_text("utf-8"))
    ]
    assert found == []
