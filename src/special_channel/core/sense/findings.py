"""What a check of plausibility finds, and the table of its rules.

A finding speaks of a statement, never of conduct. Sentences of both languages stand in the
catalogues under `sense.<rule>`, the sources of the rules under `law.<code>`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Grade = Literal["refuse", "confirm", "note"]
"""`refuse`: can't be signed. `confirm`: to be looked at before signing. `note`: shown."""

GRADES: Final[tuple[Grade, ...]] = ("refuse", "confirm", "note")

Law = Literal[
    "logic",
    "announcement-18",
    "calendar",
    "calendar-both",
    "control-list",
    "dual-use",
    "dual-use-17",
    "licensing-32",
    "licensing-38",
    "licensing-42",
    "privacy",
]
"""Source of a rule. `logic`: no law, but that two statements can't both be true."""

UNCHECKED: Final[frozenset[Law]] = frozenset({"dual-use", "dual-use-17", "privacy"})
"""Sources of which nobody compared the rule with the official text: the sentence says so."""

FactKind = Literal[
    "text",
    "number",
    "rows",
    "date",
    "field",
    "column",
    "side",
    "state",
    "match",
    "clock",
    "decision",
    "question",
    "remark",
    "urgency",
    "missing",
    "act",
    "source",
    "unit",
    "licence-field",
    "personal",
    "hidden",
    "capital",
    "priority",
    "priority-reason",
    "priority-remark",
    "code-field",
    "uncounted",
    "closure",
]
"""How a fact is written in a sentence: as it is, as a date, or by the term of a vocabulary.

`rows`, `missing` and the words of a vocabulary hold several values, parted by commas; `closure` the
name of a holiday in English and in Chinese, parted by a line break.
"""


@dataclass(frozen=True, slots=True)
class Fact:
    """A value in a finding's sentence."""

    kind: FactKind
    value: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of plausibility.

    Attributes:
        id: Number, such as `S-035`, stable for ever.
        grades: The grades that a finding of the rule can have, the gravest first.
        law: Where the rule comes from.
    """

    id: str
    grades: tuple[Grade, ...]
    law: Law = "logic"


@dataclass(frozen=True, slots=True)
class Finding:
    """A statement that can't be true, or should be looked at again.

    Attributes:
        rule: Number of the rule.
        grade: Gravity.
        row: Row of the sheet.
        fields: Fields of the row that don't fit, the first to be corrected first.
        facts: Values in the sentence, by the name of the placeholder.
        variant: Which of a rule's sentences; empty for a rule with a single sentence.
    """

    rule: str
    grade: Grade
    row: int
    fields: tuple[str, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    variant: str = ""


def facts_of(**facts: tuple[FactKind, str]) -> dict[str, Fact]:
    """Return facts by the name of the placeholder, each of its kind and value."""
    return {name: Fact(*fact) for name, fact in facts.items()}


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, the gravest first, then by row and rule."""
    return tuple(sorted(findings, key=lambda each: (GRADES.index(each.grade), each.row, each.rule)))
