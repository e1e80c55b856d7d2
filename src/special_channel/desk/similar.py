"""Find application numbers that may be typing errors, on evidence.

Serial numbers differ by one character by nature, so two numbers of one series are not compared
with each other. Pure: the record is an argument. Nothing is changed: a person decides about each
pair.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, combinations, islice
from typing import Final, Literal

from special_channel.desk import cells
from special_channel.desk.answers import NAME_COLUMNS
from special_channel.desk.lists import CODES

Why = Literal["values", "characters", "length", "one", "missing"]
"""Reason for a pair, the strongest first.

`values`: `other` was on the last list, is not on this one, is one change away, and has the same
private columns. `characters`: only characters that look alike differ. `length`: one digit more or
fewer than known numbers of the series, of which `other` is one. `one`: one character, no series.
`missing`: as `values`, without equal columns.
"""

WHYS: Final[tuple[Why, ...]] = ("values", "characters", "length", "one", "missing")

SHOWN: Final = 20
"""Pairs that are returned at most."""

_SERIAL: Final = 3
"""Numbers that make a series."""

_LONG_SERIES: Final = 20
"""Known numbers of a series whose length is compared."""

_SAME_LENGTH: Final = 0.95
"""Their share with one length."""

_UNPROVEN: Final = 0.01
"""Share of rows up to which pairs are shown that nothing but a missing number speaks for."""

_MAX_GROUP: Final = 50
"""Numbers compared in a group; limits the cost of files with one repeated number."""

_MAX_PAIRS: Final = 200_000
"""Pairs compared at most, under a second; a list of 2,000 rows has some thousands."""

_MAX_NUMBER: Final = 64
"""Characters of an application number, as in `core.entries`; longer ones are refused elsewhere."""

_TAIL: Final = re.compile(r"[0-9]+(?=[^0-9]*\Z)")
"""The last run of digits."""

_REFERENCES: Final = frozenset({"own_reference", "our_reference", "reference"})
_QUANTITIES: Final = frozenset({"quantity", "quantity_kg", "amount"})

Cells = Mapping[str, str]
"""Cells of a row by column."""


@dataclass(frozen=True, slots=True)
class SimilarNumbers:
    """A number, possibly mistyped, and the number possibly meant. The list keeps the two.

    Attributes:
        row: Line of the file.
        number: Number of that line.
        other_row: Line of the other number; 0 outside the file.
        other: The number possibly meant.
        why: Why the pair is shown.
    """

    row: int
    number: str
    other_row: int
    other: str
    why: Why


@dataclass(frozen=True, slots=True)
class ListedNumber:
    """A number of the file, with its line and its cells that a mistyped row would repeat."""

    line: int
    number: str
    cells: Cells = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PastNumbers:
    """Numbers of the record.

    Attributes:
        known: All application numbers.
        gone: Cells by number, for undecided applications of the last list that this list lacks.
    """

    known: frozenset[str] = frozenset()
    gone: Mapping[str, Cells] = field(default_factory=dict)


def similar_numbers(rows: Iterable[ListedNumber], past: PastNumbers) -> tuple[SimilarNumbers, ...]:
    """Return pairs of numbers that may be one, the strongest first, at most one a line."""
    listed = [row for row in rows if 0 < len(row.number) <= _MAX_NUMBER]
    series = _series({row.number for row in listed} | past.known)
    new = [row for row in listed if row.number not in past.known]
    replaced = [*_replaced(new, past.gone)]
    proven = [pair for pair in replaced if pair.why == "values"]
    unproven = [pair for pair in replaced if pair.why == "missing"]
    if len(unproven) > _UNPROVEN * len(listed):
        unproven = []
    pairs = chain(proven, _in_file(listed, series), _odd_lengths(new, past.known), unproven)
    first: dict[int, SimilarNumbers] = {}
    for pair in sorted(pairs, key=lambda pair: (WHYS.index(pair.why), pair.row, pair.other_row)):
        first.setdefault(pair.row, pair)
    return tuple(first.values())[:SHOWN]


def _stem(number: str) -> tuple[str, str]:
    """Return what precedes and what follows the last run of digits."""
    tail = _TAIL.search(number)
    return (number[: tail.start()], number[tail.end() :]) if tail else (number, "")


def _tail(number: str) -> str:
    tail = _TAIL.search(number)
    return tail.group() if tail else ""


def _series(numbers: Iterable[str]) -> frozenset[tuple[str, str]]:
    stems = Counter(_stem(number) for number in numbers)
    return frozenset(stem for stem, count in stems.items() if count >= _SERIAL)


def _in_file(
    rows: Iterable[ListedNumber], series: frozenset[tuple[str, str]]
) -> Iterator[SimilarNumbers]:
    """Pair numbers of the file, the later line first."""
    groups: dict[str, list[tuple[ListedNumber, str]]] = {}
    for row in rows:
        skeleton = cells.skeleton(row.number)
        for key in {skeleton, *cells.shortened_by_one(row.number)}:
            groups.setdefault(key, []).append((row, skeleton))
    pairs = chain.from_iterable(combinations(group[:_MAX_GROUP], 2) for group in groups.values())
    for (other, one), (row, another) in islice(pairs, _MAX_PAIRS):
        if row.number == other.number:
            continue
        if one == another:
            yield SimilarNumbers(row.line, row.number, other.line, other.number, "characters")
            continue
        stem = _stem(row.number)
        together = stem == _stem(other.number) and stem in series
        if not together and cells.one_apart(row.number, other.number):
            yield SimilarNumbers(row.line, row.number, other.line, other.number, "one")


def _replaced(new: Iterable[ListedNumber], gone: Mapping[str, Cells]) -> Iterator[SimilarNumbers]:
    """Pair unknown numbers with numbers of the last list that this list lacks."""
    groups: dict[str, list[str]] = {}
    for other in gone:
        for key in cells.shortened_by_one(other):
            groups.setdefault(key, []).append(other)
    for row in new:
        keys = cells.shortened_by_one(row.number)
        near = {other for key in keys for other in groups.get(key, ())[:_MAX_GROUP]}
        for other in sorted(near):
            if cells.one_apart(row.number, other) or _exchanged(row.number, other):
                why: Why = "values" if _same_case(row.cells, gone[other]) else "missing"
                yield SimilarNumbers(row.line, row.number, 0, other, why)


def _odd_lengths(new: Iterable[ListedNumber], known: Iterable[str]) -> Iterator[SimilarNumbers]:
    """Pair unknown numbers with a known one of their series that all agree with in length."""
    by_stem: dict[tuple[str, str], list[str]] = {}
    for number in known:
        by_stem.setdefault(_stem(number), []).append(number)
    usual: dict[tuple[str, str], tuple[int, str]] = {}
    for stem, numbers in by_stem.items():
        [(length, count)] = Counter(len(number) for number in numbers).most_common(1)
        if len(numbers) >= _LONG_SERIES and count >= _SAME_LENGTH * len(numbers):
            usual[stem] = length, max(each for each in numbers if len(each) == length)
    for row in new:
        length, other = usual.get(_stem(row.number), (len(row.number), ""))
        if abs(len(row.number) - length) == 1:
            yield SimilarNumbers(row.line, row.number, 0, other, "length")


def _exchanged(first: str, second: str) -> bool:
    """Tell whether two texts differ by two exchanged neighbours."""
    if len(first) != len(second):
        return False
    apart = [at for at, sign in enumerate(first) if sign != second[at]]
    return (
        len(apart) == 2  # noqa: PLR2004 - the two neighbours
        and apart[1] == apart[0] + 1
        and first[apart[0]] == second[apart[1]]
        and first[apart[1]] == second[apart[0]]
    )


def _same_case(one: Cells, other: Cells) -> bool:
    """Tell whether two rows repeat a reference, or a code with a company or a quantity."""
    same = {name for name, text in one.items() if text and other.get(name) == text}
    if not same.isdisjoint(_REFERENCES):
        return True
    return not same.isdisjoint(CODES) and not same.isdisjoint(NAME_COLUMNS | _QUANTITIES)
