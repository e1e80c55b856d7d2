"""Find application numbers that may be typing errors, on evidence (rules S-006 and S-007).

Neighbours in a series differ by a single character by nature, so two numbers of a series are never
compared. Pure: the record is an argument. Does not change a number: a person decides about every
pair.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, islice
from typing import Final

from special_channel.core.bytes.fields import is_reference
from special_channel.core.sense.findings import Fact, Finding, Grade
from special_channel.desk import cells
from special_channel.desk.answers import NAME_COLUMNS
from special_channel.desk.cell_checks import CODES
from special_channel.desk.known_numbers import KnownNumbers, Stem, form_of, stem_of

_GRADES: Final[Mapping[str, Grade]] = {
    "values": "confirm",
    "unfound": "confirm",
    "row": "confirm",
    "known": "confirm",
    "length": "confirm",
    "one": "note",
    "missing": "note",
    "many": "note",
    "year": "note",
}
"""Grades by the evidence, the strongest first.

`values`: the other number was on the last list, is not on this one, is one change away, and has the
same private columns. `unfound`: CN did not find the number; the other is one change away, has the
same private columns, and was found or is new. `row`, `known`: only characters that look alike
differ from another row's, or from a known number (S-006). `length`: more or fewer digits than
known numbers of the series. `one`: one character, no series. `missing`: as `values`, without equal
columns. `many`: too many of those to be evidence. `year`: a year in the number that can't be.
"""

_ALIKE: Final = frozenset({"row", "known"})
"""Evidence of rule S-006; other evidence is of S-007."""

SHOWN: Final = 20
"""Findings that are returned at most."""

_SERIAL: Final = 3
"""Numbers that make a series."""

_UNPROVEN: Final = 0.01
"""Share of rows up to which pairs are shown that nothing but a missing number speaks for."""

_FIRST_YEAR: Final = 2025
"""The year in which the controls began."""

_MAX_GROUP: Final = 50
"""Numbers compared in a group; limits the cost of files with one repeated number."""

_MAX_PAIRS: Final = 200_000
"""Pairs compared at most, under a second; a list of 2,000 rows has some thousands."""

_MAX_NUMBER: Final = 64
"""Characters of an application number, as in `core.entries`; longer ones are refused elsewhere."""

_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
_SHORT_YEAR: Final = re.compile(r"[0-9]{2}")

_REFERENCES: Final = frozenset({"own_reference", "our_reference", "reference"})
_QUANTITIES: Final = frozenset({"quantity", "quantity_kg", "amount", "qty"})

Cells = Mapping[str, str]
"""Cells of a row by column."""


@dataclass(frozen=True, slots=True)
class ListedNumber:
    """A number of a list, its row, and the cells of the row that a mistyped row would repeat."""

    row: int
    number: str
    cells: Cells = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PastNumbers:
    """Numbers of the record.

    Attributes:
        known: Application numbers of the record.
        gone: Cells by number, for undecided applications of the last list missing on the new list.
        unfound: Numbers not found by CN when last asked.
        found: Cells by number, for applications of the last list found by CN.
    """

    known: KnownNumbers = field(default_factory=KnownNumbers)
    gone: Mapping[str, Cells] = field(default_factory=dict)
    unfound: frozenset[str] = frozenset()
    found: Mapping[str, Cells] = field(default_factory=dict)


def similar_numbers(
    rows: Iterable[ListedNumber], past: PastNumbers, year: int
) -> tuple[Finding, ...]:
    """Return findings of numbers that may be mistyped, the strongest evidence first.

    At most a single finding for a row, and at most `SHOWN`. `year`: the current year.
    """
    listed = [
        row for row in rows if 0 < len(row.number) <= _MAX_NUMBER and not is_reference(row.number)
    ]
    series = _series({row.number for row in listed}, past.known)
    new = [row for row in listed if row.number not in past.known]
    found = chain(
        _replaced(new, past.gone, _UNPROVEN * len(listed)),
        _unfound(listed, new, past),
        _alike(listed),
        _one_apart(listed, series),
        _alike_known(new, past.known),
        _odd_lengths(new, past.known),
        _odd_years(new, past.known, year),
    )
    order = [*_GRADES]
    first: dict[int, Finding] = {}
    for each in sorted(found, key=lambda each: (order.index(each.variant), each.row)):
        first.setdefault(each.row, each)
    return tuple(first.values())[:SHOWN]


def near_known(words: Iterable[str], known: KnownNumbers, year: int) -> Mapping[str, str]:
    """Return by word the known number that may be meant; words without such a number are omitted.

    Uses only evidence without a list: characters that look alike, and a digit more or fewer than
    in the numbers of a series, if a single known number differs by just that digit.
    """
    rows = [ListedNumber(row, word) for row, word in enumerate(words, start=1)]
    found = similar_numbers(rows, PastNumbers(known), year)
    near: dict[str, str] = {}
    for each in found:
        number = each.facts["number"].value
        if each.variant == "known":
            near[number] = each.facts["other"].value
        elif each.variant == "length" and len(meant := known.by_one_digit(number)) == 1:
            near[number] = meant[0]
    return near


def _found(listed: ListedNumber, variant: str, **facts: Fact) -> Finding:
    rule = "S-006" if variant in _ALIKE else "S-007"
    named = {"number": Fact("number", listed.number), **facts}
    return Finding(rule, _GRADES[variant], listed.row, ("number",), named, variant)


def _series(numbers: Iterable[str], known: KnownNumbers) -> frozenset[Stem]:
    """Return the stems shared by at least `_SERIAL` numbers, new and known together."""
    stems = {stem_of(number): 0 for number in numbers}
    new = Counter(stem_of(number) for number in numbers if number not in known)
    return frozenset(stem for stem in stems if new[stem] + known.count(stem) >= _SERIAL)


def _alike(rows: Iterable[ListedNumber]) -> Iterator[Finding]:
    """Yield numbers of the file that differ from an earlier row's only by look-alike characters."""
    groups: dict[str, list[ListedNumber]] = {}
    for row in rows:
        groups.setdefault(cells.skeleton(row.number), []).append(row)
    for other, row in _pairs(groups.values()):
        yield _found(row, "row", **_other(other))


def _one_apart(rows: Sequence[ListedNumber], series: frozenset[Stem]) -> Iterator[Finding]:
    """Yield numbers of the file that differ by a single character from an earlier row's.

    Two numbers that belong to a series, the same or different series, are not compared.
    """
    serial = {row.number for row in rows if stem_of(row.number) in series}
    single = {
        key
        for row in rows
        if row.number not in serial
        for key in cells.shortened_by_one(row.number)
    }
    groups: dict[str, list[ListedNumber]] = {}
    for row in rows if single else ():
        for key in single & cells.shortened_by_one(row.number):
            groups.setdefault(key, []).append(row)
    for other, row in _pairs(groups.values()):
        if not serial >= {other.number, row.number} and cells.one_apart(row.number, other.number):
            yield _found(row, "one", **_other(other))


def _pairs(
    groups: Iterable[Sequence[ListedNumber]],
) -> Iterator[tuple[ListedNumber, ListedNumber]]:
    """Yield pairs of different numbers of a group, the earlier row first."""
    pairs = chain.from_iterable(combinations(group[:_MAX_GROUP], 2) for group in groups)
    for other, row in islice(pairs, _MAX_PAIRS):
        if other.number != row.number:
            yield other, row


def _other(row: ListedNumber) -> Mapping[str, Fact]:
    return {"other": Fact("number", row.number), "row": Fact("text", str(row.row))}


def _alike_known(new: Iterable[ListedNumber], known: KnownNumbers) -> Iterator[Finding]:
    """Yield unknown numbers that differ from a known number only by look-alike characters."""
    for row in new:
        if other := known.alike(row.number):
            yield _found(row, "known", other=Fact("number", other))


def _replaced(
    new: Iterable[ListedNumber], gone: Mapping[str, Cells], unproven: float
) -> Iterator[Finding]:
    """Yield unknown numbers close to a number of the last list that the new list lacks."""
    near = _near(gone)
    missing: list[Finding] = []
    for row in new:
        for other in near(row.number):
            same = _same_case(row.cells, gone[other])
            found = _found(row, "values" if same else "missing", other=Fact("number", other))
            if same:
                yield found
            else:
                missing.append(found)
    rows = {each.row: each for each in reversed(missing)}
    if len(rows) <= unproven:
        yield from rows.values()
    elif rows:
        first = rows[min(rows)]
        facts = {"n": Fact("text", str(len(rows)))}
        yield Finding("S-007", _GRADES["many"], first.row, ("number",), facts, "many")


def _unfound(
    listed: Iterable[ListedNumber], new: Iterable[ListedNumber], past: PastNumbers
) -> Iterator[Finding]:
    """Yield numbers not found by CN that are close to a number of the same case."""
    others = {**past.found, **{row.number: row.cells for row in new}}
    near = _near(others if past.unfound else {})
    for row in listed:
        if row.number in past.unfound:
            for other in near(row.number):
                if _same_case(row.cells, others[other]):
                    facts = {"other": Fact("number", other), "side": Fact("side", "cn")}
                    yield _found(row, "unfound", **facts)


def _near(others: Iterable[str]) -> Callable[[str], Sequence[str]]:
    """Return a lookup of the other numbers a single change away from a number."""
    groups: dict[str, list[str]] = {}
    for other in others:
        for key in cells.shortened_by_one(other):
            groups.setdefault(key, []).append(other)

    def near(number: str) -> Sequence[str]:
        keys = cells.shortened_by_one(number) if groups else ()
        close = {other for key in keys for other in groups.get(key, ())[:_MAX_GROUP]}
        return [
            other
            for other in sorted(close)
            if cells.one_apart(number, other) or _exchanged(number, other)
        ]

    return near


def _odd_lengths(new: Iterable[ListedNumber], known: KnownNumbers) -> Iterator[Finding]:
    """Yield unknown numbers with more or fewer digits than known numbers of the same series."""
    for row in new:
        other = known.usual(stem_of(row.number))
        if other and len(other) != len(row.number):
            yield _found(row, "length", other=Fact("number", other))


def _odd_years(new: Iterable[ListedNumber], known: KnownNumbers, year: int) -> Iterator[Finding]:
    """Yield unknown numbers with a year before the controls, or later than the current year.

    Two digits are a year where known numbers of the same form have a year.
    """
    years = range(_FIRST_YEAR, year + 1)
    short = {str(each)[2:] for each in years}
    for row in new:
        form, runs = form_of(row.number)
        long = [run for run in runs if _YEAR.fullmatch(run)]
        odd = [run for run in long if int(run) not in years]
        if not long and short.isdisjoint(runs) and known.dated(form, short):
            odd = [run for run in runs if _SHORT_YEAR.fullmatch(run)]
        for run in odd[:1]:
            yield _found(row, "year", year=Fact("text", run))


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
