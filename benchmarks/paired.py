"""Statistics for variants that take turns: the median of the ratios of pairs.

A shared machine is slow for seconds at a time. Two consecutive bursts meet nearly the same machine,
so their ratio is reliable even where the values are not.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Ratio:
    """The ratio of two variants over a number of pairs.

    Attributes:
        median: The median of the pairs' ratios.
        low: The lowest pair.
        high: The highest pair.
        pairs: Number of pairs.
    """

    median: float
    low: float
    high: float
    pairs: int

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f}, {self.pairs} pairs)"


def paired_ratio(values: Sequence[float], others: Sequence[float]) -> Ratio:
    """Divide values pair by pair.

    Raises:
        ValueError: No pairs, lists of different lengths, or a divisor of 0 or less.
    """
    if not values or len(values) != len(others):
        raise ValueError(f"{len(values)} values and {len(others)} make no pairs")
    if any(other <= 0 for other in others):
        raise ValueError("a ratio needs divisors above 0")
    ratios = [value / other for value, other in zip(values, others, strict=True)]
    return Ratio(statistics.median(ratios), min(ratios), max(ratios), len(ratios))


def turn_order(contestants: Sequence[_T], turn: int) -> list[_T]:
    """Return the order of contestants in one turn.

    Odd turns go backwards: A B, B A, A B, …, so a machine that grows slower harms A and B alike.
    With three or more contestants, every pair of turns begins with the next contestant.
    """
    start = turn // 2 % len(contestants) if len(contestants) > 2 else 0
    order = [*contestants[start:], *contestants[:start]]
    return order[::-1] if turn % 2 else order
