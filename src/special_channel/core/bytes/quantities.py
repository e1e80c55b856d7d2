"""Exact quantities of goods: a decimal text, a unit, and a basis (gross or contained).

A quantity is never a float. Amounts are whole millionths of a base unit (kilogram or piece), so
sums are exact. Kilograms and tonnes convert into each other, pieces never. The weight of goods
(`gross`) is never added to the weight of their rare earth (`contained`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Final, Literal

from pydantic import StringConstraints

Amount = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$")]
"""A decimal number as text: at most twelve digits before the point, six behind."""

Unit = Literal["kg", "t", "pcs"]

Basis = Literal["gross", "contained"]
"""`gross`: weight or number of the goods; `contained`: of the rare earth in the goods."""

Dimension = Literal["kg", "pcs"]

PLACES: Final = 6
_MILLIONTHS: Final = 10**PLACES
_KILOGRAMS: Final[dict[Unit, int]] = {"kg": 1, "t": 1000, "pcs": 1}


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount in millionths of a kilogram or of a piece.

    Attributes:
        millionths: An integer; negative if more was subtracted than was available.
        dimension: `kg` for kilograms and tonnes, `pcs` for pieces.
        basis: The goods or the rare earth in the goods.
    """

    millionths: int
    dimension: Dimension
    basis: Basis

    @property
    def amount(self) -> str:
        """The decimal text in the base unit, without trailing zeros."""
        whole, rest = divmod(abs(self.millionths), _MILLIONTHS)
        text = f"{whole}.{rest:0{PLACES}d}".rstrip("0").rstrip(".")
        return f"-{text}" if self.millionths < 0 else text

    def of_one_kind(self, other: Quantity) -> bool:
        """Tell whether two quantities may be added: the same dimension and basis."""
        return (self.dimension, self.basis) == (other.dimension, other.basis)

    def less(self, taken: Iterable[Quantity]) -> Quantity:
        """Subtract quantities of the same dimension and basis."""
        rest = self.millionths
        for other in taken:
            assert self.of_one_kind(other)  # noqa: S101 - callers compare kinds before
            rest -= other.millionths
        return Quantity(rest, self.dimension, self.basis)


# Cached: a licence's page counts each draw-down for every line and every later draw-down.
@lru_cache(maxsize=4096)
def quantity(amount: str, unit: Unit, basis: Basis) -> Quantity:
    """Parse a quantity; `amount` is an `Amount`."""
    whole, _, rest = amount.partition(".")
    millionths = int(whole) * _MILLIONTHS + int(rest.ljust(PLACES, "0"))
    dimension: Dimension = "pcs" if unit == "pcs" else "kg"
    return Quantity(millionths * _KILOGRAMS[unit], dimension, basis)


def is_whole(amount: str) -> bool:
    """Tell whether a decimal text is a whole number."""
    return not amount.partition(".")[2].strip("0")
