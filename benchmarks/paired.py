"""Statistics of variants that take turns: medians of the ratios of pairs.

A machine that others use is slow for seconds at a time. Two bursts that follow one another meet
nearly the same machine, so their ratio holds where neither value does.
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
        pairs: How many there are.
    """

    median: float
    low: float
    high: float
    pairs: int

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f}, {self.pairs} pairs)"


def paired_ratio(values: Sequence[float], others: Sequence[float]) -> Ratio:
    """Divide each value by the one beside it.

    Raises:
        ValueError: There are no pairs, one side has more values, or a divisor is not positive.
    """
    if not values or len(values) != len(others):
        raise ValueError(f"{len(values)} values and {len(others)} make no pairs")
    if any(other <= 0 for other in others):
        raise ValueError("a ratio needs divisors above 0")
    ratios = [value / other for value, other in zip(values, others, strict=True)]
    return Ratio(statistics.median(ratios), min(ratios), max(ratios), len(ratios))


def turn_order(contestants: Sequence[_T], turn: int) -> list[_T]:
    """Return the order of one turn: every second one backwards, each pair begins elsewhere.

    With two contestants that is A B, B A, A B, …: a machine that grows slower harms both alike.
    With more, each follows another neighbour in the next pair of turns.
    """
    start = turn // 2 % len(contestants) if len(contestants) > 2 else 0
    order = [*contestants[start:], *contestants[:start]]
    return order[::-1] if turn % 2 else order
