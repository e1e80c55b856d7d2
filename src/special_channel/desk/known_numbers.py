"""Keep the application numbers of the record in memory, indexed for comparison.

A record has 100,000 numbers, and a pass through all numbers takes a second. Lists, statements and
notes compare every unknown number with the record. `similar.py` decides what a difference means.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.desk import cells
from special_channel.desk.reader import Reader
from special_channel.stores.lists import Lists

LONG_SERIES: Final = 20
"""Known numbers of a series whose length or year is compared."""

SAME_LENGTH: Final = 0.95
"""Share of a series with one length, or with a possible year."""

_TAIL: Final = re.compile(r"[0-9]+(?=[^0-9]*\Z)")
"""The last run of digits."""

_RUN: Final = re.compile(r"[0-9]+")
_DIGITS: Final = "0123456789"
_SHORT: Final = 2
"""Digits of a year without its century."""

Stem = tuple[str, str]
"""What precedes and what follows the last run of digits."""


def stem_of(number: str) -> Stem:
    """Return what precedes and what follows the last run of digits."""
    tail = _TAIL.search(number)
    return (number[: tail.start()], number[tail.end() :]) if tail else (number, "")


def form_of(number: str) -> tuple[str, Sequence[str]]:
    """Return what precedes the last run of digits, with digits masked, and its runs of digits."""
    before, _ = stem_of(number)
    return _RUN.sub(lambda run: "#" * len(run[0]), before), _RUN.findall(before)


@dataclass(slots=True)
class _Length:
    """Count and greatest of a series' numbers with one length."""

    count: int = 0
    greatest: str = ""


class KnownNumbers:
    """Application numbers, indexed by look, series, length and year."""

    def __init__(self, numbers: Iterable[str] = ()) -> None:
        self._numbers: set[str] = set()
        self._alike: dict[str, str] = {}
        self._lengths: defaultdict[Stem, defaultdict[int, _Length]] = defaultdict(
            lambda: defaultdict(_Length)
        )
        self._years: defaultdict[str, Counter[frozenset[str]]] = defaultdict(Counter)
        # Checks look numbers up while a thread learns those of a list that has arrived.
        self._changing = threading.RLock()
        self.learn(numbers)

    def __contains__(self, number: str) -> bool:
        return number in self._numbers

    @property
    def size(self) -> int:
        """How many numbers are known; none is ever forgotten."""
        return len(self._numbers)

    def learn(self, numbers: Iterable[str]) -> None:
        """Add numbers."""
        for number in {*numbers} - self._numbers:
            with self._changing:
                self._add(number)

    def _add(self, number: str) -> None:
        skeleton = cells.skeleton(number)
        self._alike[skeleton] = min(number, self._alike.get(skeleton, number))
        length = self._lengths[stem_of(number)][len(number)]
        length.count += 1
        length.greatest = max(length.greatest, number)
        form, runs = form_of(number)
        self._years[form][frozenset(run for run in runs if len(run) == _SHORT)] += 1
        self._numbers.add(number)

    def alike(self, number: str) -> str:
        """Return the known number that differs only in characters that look alike; else empty."""
        return self._alike.get(cells.skeleton(number), "")

    def by_one_digit(self, number: str) -> Sequence[str]:
        """Return known numbers with one digit more or fewer in the last run of digits."""
        before, after = stem_of(number)
        digits = number[len(before) : len(number) - len(after)]
        fewer = {digits[:at] + digits[at + 1 :] for at in range(len(digits))}
        more = {
            digits[:at] + digit + digits[at:] for at in range(len(digits) + 1) for digit in _DIGITS
        }
        made = {f"{before}{each}{after}" for each in fewer | more if each}
        return sorted(made & self._numbers)

    def count(self, stem: Stem) -> int:
        """Count the numbers of a series."""
        with self._changing:
            return sum(each.count for each in self._lengths.get(stem, {}).values())

    def usual(self, stem: Stem) -> str:
        """Return the greatest number of a long series with one length; empty for other series."""
        with self._changing:
            count = self.count(stem)
            if count < LONG_SERIES:
                return ""
            most = max(self._lengths[stem].values(), key=lambda each: each.count)
        return most.greatest if most.count >= SAME_LENGTH * count else ""

    def dated(self, form: str, years: Collection[str]) -> bool:
        """Tell whether the numbers of a form contain a year of two digits from `years`."""
        with self._changing:
            found = self._years.get(form, Counter[frozenset[str]]()).copy()
        dated = sum(count for runs, count in found.items() if not runs.isdisjoint(years))
        return found.total() >= LONG_SERIES and dated >= SAME_LENGTH * found.total()


class RecordNumbers:
    """Known numbers of a node's record, read again when the count changes."""

    def __init__(self, lists: Lists, reader: Reader) -> None:
        self._lists, self._reader = lists, reader
        self._known, self._count = KnownNumbers(), 0
        self._reading = asyncio.Lock()

    async def known(self) -> KnownNumbers:
        """Return the numbers of every application in the record."""
        async with self._reading:
            # No application leaves the record: an equal count means equal numbers.
            count = await self._lists.count_numbers()
            if count != self._count:
                numbers = await self._lists.numbers()
                # Not in the loop: the first 100,000 take a second.
                await self._reader.aside(lambda: self._known.learn(numbers))
                self._count = count
            return self._known
