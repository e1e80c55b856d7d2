"""Rules for the rows of a weekly list together: numbers and ranks that occur twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, Protocol

from special_channel.core.sense.findings import Fact, Finding, in_order

SHOWN_ROWS: Final = 8
"""Rows of one rank that a sentence names; further ones are left out."""


class Ranked(Protocol):
    """A row of a list, as sent or as recorded."""

    @property
    def row(self) -> int:
        """Number of the row."""

    @property
    def number(self) -> str:
        """Application number."""

    @property
    def urgency(self) -> str:
        """Urgency code."""

    @property
    def rank(self) -> int:
        """Place in the order of priority, from 1."""


def list_sheet(rows: Iterable[Ranked], amended: Collection[int] = ()) -> tuple[Finding, ...]:
    """Check the rows of a list together.

    Args:
        rows: The rows; for an amendment, the list as it will be.
        amended: Numbers of the rows that an amendment adds or changes. Findings about other rows
            alone are left out; without any, all rows count.
    """
    ordered = sorted(rows, key=lambda each: (each.row, each.number))
    touched = frozenset(amended) or frozenset(each.row for each in ordered)
    return in_order([*_twice(ordered, touched), *_ranks(ordered, touched)])


def _twice(rows: Sequence[Ranked], touched: frozenset[int]) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for each in rows:
        other = first.setdefault(each.number, each.row)
        if other != each.row and not touched.isdisjoint({other, each.row}):
            facts = {
                "number": Fact("number", each.number),
                "a": Fact("text", str(other)),
                "b": Fact("text", str(each.row)),
            }
            row = each.row if each.row in touched else other
            yield Finding("S-005", "refuse", row, ("number",), facts)


def _ranks(rows: Sequence[Ranked], touched: frozenset[int]) -> Iterator[Finding]:
    """Yield ranks that several rows share, and production stops that follow a normal row."""
    ranked: dict[int, list[int]] = {}
    for each in rows:
        ranked.setdefault(each.rank, []).append(each.row)
    for rank, numbers in sorted(ranked.items()):
        concerned = [number for number in numbers if number in touched]
        if len(numbers) > 1 and concerned:
            facts = {
                "n": Fact("text", str(rank)),
                "rows": Fact("rows", ",".join(map(str, numbers[:SHOWN_ROWS]))),
            }
            yield Finding("S-017", "confirm", concerned[0], ("rank",), facts)
    yield from _stops_behind(rows, touched)


def _stops_behind(rows: Sequence[Ranked], touched: frozenset[int]) -> Iterator[Finding]:
    normal = sorted((each for each in rows if each.urgency == "normal"), key=lambda row: row.rank)
    amended = [each for each in normal if each.row in touched]
    for stop in rows:
        if stop.urgency != "line_stop":
            continue
        is_amended = stop.row in touched
        for first in (normal if is_amended else amended)[:1]:
            if first.rank < stop.rank:
                facts = {
                    "n": Fact("text", str(first.rank)),
                    "other": Fact("text", str(first.row)),
                    "row": Fact("text", str(stop.row)),
                }
                row = stop.row if is_amended else first.row
                yield Finding("S-017", "confirm", row, ("rank",), facts, "order")
