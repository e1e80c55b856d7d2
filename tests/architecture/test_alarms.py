"""Every alarm of the program has a metric while it is off, and sentences."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator

from special_channel.broker.guarding import PRIVATE_BEHIND
from special_channel.broker.starting import ALONE
from special_channel.link.heal import REASONS
from special_channel.ports.conditions import CODES, FORKED
from tests.architecture.project import ROOT

SOURCE = ROOT / "src" / "special_channel"

HANDED_ON = REASONS | {FORKED, "published-damaged", "internal"}
"""Codes that a call of `sound` has in a variable: of the guard, of the probe, of the heal."""


def sounded() -> Iterator[str]:
    """Codes that calls of `sound` name, in words or by a constant of their module."""
    for path in SOURCE.rglob("*.py"):
        module = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "sound"):
                continue
            code = node.args[0]
            if isinstance(code, ast.Constant):
                yield str(code.value)
            elif isinstance(code, ast.Name) and code.id.isupper():
                yield getattr(importlib.import_module(module), code.id)


def test_every_alarm_that_sounds_is_a_figure_while_it_is_off():
    found = {*sounded()}
    assert {PRIVATE_BEHIND, ALONE, "link-down"} <= found, "the search finds what there is"
    assert (found | HANDED_ON) - CODES == set()


def test_every_alarm_is_a_heading_of_errors_md():
    lines = (ROOT / "docs/errors.md").read_text(encoding="utf-8").splitlines()
    assert {code for code in CODES if f"## {code}" not in lines} == set()
