"""docs/rules.md is complete and agrees with the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from docs import make_tables
from special_channel.core.audit.findings import CODES
from special_channel.core.entries import PRIVATE_KINDS, SHARED_KINDS
from tests.architecture.project import ROOT
from tests.core.test_judge_order import ORDER, PASSED

PAGE = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
CORE = ROOT / "src/special_channel/core"
SECTIONS = dict(
    re.findall(r"^### ([PK]?\d+)\. .+?\n(.*?)(?=^##)", PAGE + "\n## end", re.MULTILINE | re.DOTALL)
)
JUDGE = PAGE.partition("## The judge: order of checks")[2].partition("### What a valid entry")[0]

# What reads form is not among them: its codes are in docs/formats.
JUDGING = (
    "replay/judge.py",
    "kinds/*.py",
    "rules/judge_context.py",
    "rules/earliest.py",
    "rules/persons.py",
    "rules/private.py",
    "rules/signature_origin.py",
    "rules/signers.py",
    "rules/signing_keys.py",
    "rules/stopping.py",
    "rules/suite_policy.py",
)
REFUSALS = {"Malformed", "BadSignature", "NotAllowed", "RuleBroken"}
MADE = {"key-suspended", "key-revoked", "person-ended", "deadline-calendar", "deadline-rebase"}
"""Codes that the judge looks up by the standing of a key, or makes of `deadline-` and the basis."""


def raised(*patterns: str) -> Iterator[str]:
    """Codes of refusals in modules of core."""
    for pattern in patterns:
        for path in CORE.glob(pattern):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in REFUSALS:
                    yield from (
                        str(arg.value) for arg in node.args[:1] if isinstance(arg, ast.Constant)
                    )


def named(text: str, *, kinds: bool = False) -> set[str]:
    """Codes, or kinds, in a text."""
    words = set(re.findall(r"`([a-z][a-z.-]*)`", text))
    return {word for word in words if ("." in word) == kinds}


def known_codes() -> set[str]:
    return set(CODES) | set(re.findall(r"^## ([a-z0-9-]+)$", make_tables.errors(), re.MULTILINE))


def test_rules_and_promises_are_numbered_without_gaps():
    numbers = re.findall(r"^### (P?\d+)\. ", PAGE, re.MULTILINE)
    assert numbers == [*(f"P{each}" for each in range(1, 10)), *map(str, range(1, 24))]


def test_rules_on_persons_are_written_down_or_said_to_be_missing():
    built = {int(number[1:]) for number in SECTIONS if number[0] == "K"}
    table = PAGE.partition("## Persons and keys")[2].partition("### K1. ")[0]
    missing: set[int] = set()
    for row in re.findall(r"^\| (K\d.*?) \|", table, re.MULTILINE):
        numbers = [int(each) for each in re.findall(r"K(\d+)", row)]
        missing |= set(range(numbers[0], numbers[-1] + 1)) if " to " in row else set(numbers)
    elsewhere = {24}
    assert built | missing | elsewhere == set(range(1, 32))


@pytest.mark.parametrize("number", SECTIONS)
def test_rule_names_its_codes_modules_and_tests(number):
    found = re.search(
        r"\*Codes:\*\s(.+?)\.\s\*Module:\*\s(.+?)\.\s\*Tests:\*\s(.+)\.",
        SECTIONS[number],
        re.DOTALL,
    )
    assert found, SECTIONS[number][-300:]
    assert named(found[1]) <= known_codes()
    modules = re.findall(r"`([^`]+)`", found[2])
    assert modules
    assert not [each for each in modules if not (ROOT / "src/special_channel" / each).is_file()]
    tests = re.findall(r"`([^`]+)`", found[3])
    assert tests
    for test in tests:
        file, _, name = test.partition("::")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert f"def {name}" in text if name else "def test_" in text, test


def test_judges_checks_are_all_written_down():
    codes = set(raised(*JUDGING))
    assert "deadline-head" in codes, "the judge's modules are elsewhere"
    assert not codes - named(JUDGE)


def test_no_check_is_written_down_that_nothing_makes():
    words = named(JUDGE) & known_codes()
    assert not words - set(raised("**/*.py")) - MADE


def test_each_shared_kind_has_its_checks():
    checks = JUDGE.partition("### Directory and charter")[2].partition("### The private log")[0]
    rows = re.findall(r"^\| (`[^|]+`) \|", checks, re.MULTILINE)
    kinds = [kind for row in rows for kind in re.findall(r"`([a-z]+\.[a-z]+)`", row)]
    assert sorted(kinds) == sorted(SHARED_KINDS)


def test_each_kind_named_in_the_rules_exists():
    kinds = {word for word in named(PAGE, kinds=True) if not re.search(r"\.(md|py|e|E)$", word)}
    assert (
        kinds - {"key.", "body.public", "body.party", "body.roots"} <= SHARED_KINDS | PRIVATE_KINDS
    )


def in_order(text: str) -> list[str]:
    """Codes in a text without repetition, in order of appearance."""
    return [word for word in re.findall(r"`([a-z-]+)`", text) if word in known_codes()]


@pytest.mark.parametrize(
    ("begins", "tested"),
    [
        ("### Every entry", [code for code, _ in ORDER]),
        ("**A question**", [code for code, _ in ORDER if code.startswith(("ask-", "charter-"))]),
        ("| `deadline.passed` |", PASSED),
    ],
)
def test_order_that_is_written_down_is_the_one_that_is_tested(begins, tested):
    """Codes that are also in tests/core/test_judge_order.py have the same order."""
    text = JUDGE.partition(f"\n{begins}")[2].split("\n\n" if begins[0] != "|" else "\n")
    written = in_order(text[1] if begins.startswith("#") else text[0])
    both = [code for code in dict.fromkeys(written) if code in tested]
    assert len(both) > 3
    assert both == sorted(both, key=tested.index)
