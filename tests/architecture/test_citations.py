"""Every rule, promise, mode, decision, file and heading that a text cites is in the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.project import ROOT, kept_files
from tests.faults.catalogue import modes

TEXTS = [
    path
    for path in kept_files(
        *("src/**.py", "src/**.sql", "src/**.js", "src/**.html", "src/**.css", "src/**.md"),
        *("src/**.toml", "src/**.lua", "tests/**.py", "tests/**.md", "tests/**.toml"),
        *(
            "docs/**.md",
            "docs/**.py",
            "benchmarks/**.py",
            "scripts/*",
            "deploy/**",
            "config/*.toml",
        ),
        *("*.md", "pyproject.toml", "Makefile", "run", "test", "check", "bench", "faults"),
    )
    if path != Path(__file__)  # it has examples of citations that lead nowhere
]

NUMBERS = r"(\d+(?:(?:, and |, | and | to )\d+)*)"
RULES = re.compile(rf"\b[Rr]ules?\s{NUMBERS}\b")
MODES = re.compile(rf"\b[Mm]odes?\s(?!0){NUMBERS}\b")
PROMISES = re.compile(r"(?<![\w-]\d )(?<![\w.@`-])P([1-9])\b(?!@|\.\w)")
DECISIONS = re.compile(r"\bADRs?[ -](\d+)")
CHARTER_RULES = re.compile(r"\brules 1\b(?! (?:and|to|or) |, \d)")
"""The charter's `rules: 1`, which is the number of the whole set."""

FILE = re.compile(r"\.(?:py|md)\b(?![\w(]|\.\w)")
NAME = re.compile(r"[\w./-]*\Z")
NO_CITATION = frozenset("*{}$<'\"@")
"""What stands before a pattern, a string of the code, an address."""

HEADING = re.compile(r'`?,\s"([^"]+)"')
SECTION = re.compile(r"`?,\s(?:part|section)\s(\d+)")
ELSEWHERE = re.compile(r"merge-and-time|\bdomain brief\b|\b[Ii]ssues? \d+\b|\bformats, part \d")
"""What no reader of the repository can look up."""


def numbered(pattern: str) -> set[int]:
    page = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
    return set(map(int, re.findall(pattern, page, re.MULTILINE)))


KNOWN_RULES = numbered(r"^### (\d+)\. ")
KNOWN_PROMISES = numbered(r"^### P(\d)\. ")
KNOWN_MODES = {mode.number for mode in modes()}
KNOWN_DECISIONS = {int(each.name[:4]) for each in (ROOT / "docs/adr").glob("[0-9]*.md")}
PATHS = [path.relative_to(ROOT) for path in kept_files()]
ENDINGS = {"/".join(path.parts[start:]) for path in PATHS for start in range(len(path.parts))}
"""Each file's path, and what follows each of its slashes: a text may name either."""


def spelled(numbers: str) -> set[int]:
    """Numbers of "11 and 12", of "8 to 16", of "11, 13 and 16"."""
    found = set(map(int, re.findall(r"\d+", numbers)))
    for first, last in re.findall(r"(\d+) to (\d+)", numbers):
        found |= set(range(int(first), int(last) + 1))
    return found


@cache
def headings(path: Path) -> frozenset[str]:
    """A document's headings, with and without their numbers."""
    found = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return frozenset(found) | {re.sub(r"^\d+\. ", "", title) for title in found}


def resolve(name: str, text: Path) -> Path | None:
    """Resolve a cited document: next to the text, below the root, or by a unique file name."""
    for place in (text.parent / name, ROOT / name):
        if place.is_file():
            return place
    found = [ROOT / path for path in PATHS if str(path).endswith(f"/{name}")]
    return found[0] if len(found) == 1 else None


def lost_numbers(text: str) -> Iterator[str]:
    """Cited rules, modes, promises and decisions that do not exist."""
    for pattern, searched, known in (
        (RULES, CHARTER_RULES.sub("", text), KNOWN_RULES),
        (MODES, text, KNOWN_MODES),
        (PROMISES, text, KNOWN_PROMISES),
        (DECISIONS, text, KNOWN_DECISIONS),
    ):
        yield from (m[0] for m in pattern.finditer(searched) if not spelled(m[1]) <= known)


def lost_files(path: Path, text: str) -> Iterator[str]:
    """Cited files and headings that do not exist."""
    for match in FILE.finditer(text):
        name = NAME.search(text, max(0, match.start() - 120), match.start())
        start = name.start() if name else match.start()
        cited = re.sub(r"^(?:\.{1,2}/)+", "", text[start : match.end()])
        if text[max(0, start - 1) : start] in NO_CITATION or cited.startswith((".", "/")):
            continue
        if cited.removeprefix("special_channel/") not in ENDINGS:
            yield cited
        elif cited.endswith(".md"):
            yield from lost_headings(resolve(cited, path), text[match.end() :][:200])


def lost_headings(document: Path | None, behind: str) -> Iterator[str]:
    """Citations that follow a document's name."""
    titles = headings(document) if document is not None else frozenset()
    if (quoted := HEADING.match(behind)) and quoted[1] not in titles:
        yield quoted[1]
    number = SECTION.match(behind)
    if number and not any(title.startswith(f"{number[1]}. ") for title in titles):
        yield number[0]


def lost(path: Path, text: str) -> list[str]:
    """Citations of a text without a target."""
    elsewhere = (match[0] for match in ELSEWHERE.finditer(text))
    return [*lost_numbers(text), *lost_files(path, text), *elsewhere]


def unfolded(path: Path) -> str:
    """A text whose lines are joined where a sentence goes on behind a comment's mark."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"\n[ \t]*(?:#|--|//|\*)?[ \t]+(?=\S)", " ", text)


def test_every_citation_leads_somewhere():
    found = {path: there for path in TEXTS if (there := lost(path, unfolded(path)))}
    assert not {str(path.relative_to(ROOT)): there for path, there in found.items()}


@pytest.mark.parametrize(
    "text",
    [
        "(rule 24)",
        "Rules 20 to 25.",
        "rules 11, 13 and 99",
        "failure mode 40",
        "modes 25 and 36",
        "(ADR 99)",
        "design.md, part 4",
        "`refusals.py` does",
        'docs/rules.md, "No such heading"',
        "docs/operating.md, section 99",
        "merge-and-time, 13",
        "the domain brief says",
        "(issue 11, item 12)",
    ],
)
def test_citation_that_leads_nowhere_is_found(text):
    assert lost(ROOT / "README.md", text)


@pytest.mark.parametrize(
    "text",
    [
        "rule 13",
        "under rules 1",
        "Rules 11 and 12, and rules 8 to 16",
        "P9 and EU-877 P1",
        "folder of mode 0700",
        "mode 31",
        "ADR 3",
        "core/replay/judge.py",
        "`judge.py`",
        'docs/rules.md, "Every entry"',
        'docs/operating.md, "Damage in the database"',
        "docs/operating.md, section 9",
        "p1@eu.example",
    ],
)
def test_citation_of_what_is_here_is_taken(text):
    assert not lost(ROOT / "README.md", text)
