"""Find in free texts what should be looked at before they cross (S-093, S-095 to S-099).

Pure, linear in the length of the texts. Marks that stop a text are found by `marks.marked` before;
words of a finding are for the author and the releasing official alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from special_channel.core.sense.companies import companies
from special_channel.core.sense.findings import Fact, Finding, Grade, Rule, in_order
from special_channel.core.sense.marks import RULES as MARK_RULES
from special_channel.core.sense.marks import soft_marks
from special_channel.core.sense.personal import personal, persons

Place = Literal[
    "subject", "text", "translation", "question", "remark", "point", "reason", "place", "file"
]
"""Where a text is: part of a note, a thread, a meeting or a sheet; `file`: the name of a file."""

TEXT_RULES: Final = {
    rule.id: rule
    for rule in (
        *MARK_RULES,
        Rule("S-097", ("confirm",), "privacy"),
        Rule("S-098", ("note",)),
        Rule("S-099", ("confirm",)),
        # Of a file: `desk/crossing_job.py` reads it.
        Rule("S-100", ("refuse", "confirm")),
    )
}
"""The rules of free texts by number."""

_MOST: Final = 10
"""Findings of a rule in one text: a text with more of them is looked at as a whole."""


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A text with its place.

    Attributes:
        place: What the text is.
        number: Which one of its place, the first by 1.
        text: The text as typed.
    """

    place: Place
    number: int
    text: str


def placed(texts: Iterable[tuple[Place, str]]) -> tuple[PlacedText, ...]:
    """Number texts by place, in their order; leave out empty ones."""
    numbers: dict[Place, int] = {}
    made = []
    for place, text in texts:
        if text.strip():
            numbers[place] = numbers.get(place, 0) + 1
            made.append(PlacedText(place, numbers[place], text))
    return tuple(made)


def text_findings(
    texts: Iterable[PlacedText], numbers: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Return what should be looked at, the gravest first; the row is the number of the text.

    Args:
        texts: The texts.
        numbers: Application numbers and others that are no personal data, whatever their form.
    """
    return in_order(finding for each in texts for finding in _of_text(each, frozenset(numbers)))


def _of_text(each: PlacedText, numbers: Collection[str]) -> Iterator[Finding]:
    plain = unicodedata.normalize("NFKC", each.text)
    rules: tuple[tuple[str, Grade, Iterator[tuple[str, str]]], ...] = (
        ("", "confirm", ((mark.words, mark.rule) for mark in soft_marks(each.text))),
        ("S-097", "confirm", ((data.masked, data.kind) for data in personal(plain, numbers))),
        ("S-098", "note", ((name, "") for name in persons(plain))),
        ("S-099", "confirm", ((name, "") for name in companies(plain))),
    )
    for rule, grade, found in rules:
        for words, kind in _first(found):
            facts = {"words": Fact("text", words)}
            if rule == "S-097":
                facts["kind"] = Fact("personal", kind)
            yield Finding(rule or kind, grade, each.number, (each.place,), facts)


def _first(found: Iterator[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the first distinct ones; the text is read no further."""
    distinct: dict[tuple[str, str], None] = {}
    for each in found:
        distinct[each] = None
        if len(distinct) == _MOST:
            break
    return tuple(distinct)
