"""Rules that a reader sees of the other side's statements, as an aid for reading alone.

A finding speaks of the statement, and against the day on which it was stated and what its side had
stated before: so it never changes with the day of reading. It crosses nowhere, and no count leaves
a row out for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from special_channel.core.entries import ReturnRow
from special_channel.core.sense.findings import Fact, Finding
from special_channel.core.sense.return_case import Around
from special_channel.core.sense.return_rows import return_row

LAW: Final = frozenset({"S-036", "S-037", "S-041", "S-042", "S-050", "S-056", "S-069"})
"""Rules that read the law of the side that speaks: a reader who chose so has them as questions."""

_OF_QUESTIONS: Final = LAW | {"S-051"}
"""Rules about the rows of a sheet: another statement need not answer a list's question."""

_OF_ROWS: Final = _OF_QUESTIONS | {
    *("S-009", "S-027", "S-030", "S-032", "S-033", "S-039", "S-040", "S-044", "S-045", "S-046"),
    *("S-048", "S-049", "S-052", "S-053", "S-054", "S-055", "S-060"),
}
"""Rules of return sheets that a reader sees."""

_REWORDED: Final = frozenset(
    {"S-009", "S-030", "S-052", "S-053", "S-054", "S-055", "S-067", "S-076"}
)
"""Rules whose sentence asks the author; a reader has another one."""

_REWORDED_VARIANTS: Final = frozenset(
    {"S-071.basis", "S-079.from", "S-079.ended", "S-079.line", "S-079.types", "S-083.near"}
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader may note of a statement of the other side.

    Attributes:
        together: What can't be read together, in the statement or with those before.
        notes: What else does not fit, or is not stated.
        questions: What the law of the other side leaves to be asked.
    """

    together: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    questions: tuple[Finding, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there is anything to note or to ask."""
        return bool(self.together or self.notes or self.questions)


def reading(found: Iterable[Finding], shown: Collection[str], stated: date) -> Reading:
    """Return what a reader sees of findings in the other side's statement.

    Args:
        found: All findings, as of the day of the statement.
        shown: Numbers of the rules that a reader sees.
        stated: The date in Beijing of the statement.
    """
    together: list[Finding] = []
    notes: list[Finding] = []
    questions: list[Finding] = []
    for each in found:
        if each.rule not in shown:
            continue
        if each.rule in LAW:
            variant = f"{each.variant}.ask".removeprefix(".")
            questions.append(replace(each, grade="note", variant=variant))
        elif each.grade == "refuse" and each.rule != "S-009":
            together.append(_for_reader(each, stated))
        else:
            notes.append(_for_reader(each, stated))
    return Reading(tuple(together), tuple(notes), tuple(questions))


def _for_reader(finding: Finding, stated: date) -> Finding:
    facts, variant = finding.facts, finding.variant
    if finding.rule == "S-009":
        facts = {**facts, "stated": Fact("date", stated.isoformat())}
    if finding.rule in _REWORDED:
        variant = "read"
    elif f"{finding.rule}.{variant}" in _REWORDED_VARIANTS:
        variant = f"{variant}.read"
    return replace(finding, grade="note", facts=facts, variant=variant)


def read_row(row: int, dates: Mapping[str, date], stated: date) -> Iterator[Finding]:
    """Yield dates of what has happened that are later than the day of the statement (S-009).

    Args:
        row: Number of the row.
        dates: Dates by field.
        stated: The date in Beijing of the entry.
    """
    for name, day in dates.items():
        if day > stated:
            facts = {"field": Fact("field", name), "date": Fact("date", day.isoformat())}
            yield _for_reader(Finding("S-009", "note", row, (name,), facts), stated)


def read_return(row: ReturnRow, around: Around, *, in_sheet: bool = True) -> Reading:
    """Return what a reader may note of a row of CN's answer.

    Args:
        row: The row.
        around: Values as of the statement; `today` is its date in Beijing.
        in_sheet: Whether a return sheet states it; else a correction outside of one.
    """
    shown = _OF_ROWS if in_sheet else _OF_ROWS - _OF_QUESTIONS
    return reading(return_row(row, around), shown, around.today)


def as_read(found: Iterable[Finding], variant: str = "") -> tuple[Finding, ...]:
    """Return findings of the other side's statement as notes, with the sentence for a reader.

    `variant`: suffix of the sentence; empty if the author's sentence serves a reader as well.
    """
    return tuple(replace(each, grade="note", variant=f"{each.variant}{variant}") for each in found)
