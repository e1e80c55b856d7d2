"""Quantities of goods: decimal text, a unit and what is weighed, counted exactly.

A quantity is never a float. It is read into whole millionths of its base unit (kilogram or
piece), so sums are exact. Kilograms and tonnes convert; pieces never do, and the weight of
the goods (`gross`) is never added to the rare earth in them (`contained`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import StringConstraints

Amount = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$")]
"""A decimal number as text: at most twelve digits before the point and six after it."""

Unit = Literal["kg", "t", "pcs"]

Basis = Literal["gross", "contained"]
"""`gross`: the weight or number of the goods; `contained`: of the rare earth in them."""

Dimension = Literal["kg", "pcs"]

PLACES: Final = 6
_MILLIONTHS: Final = 10**PLACES
_KILOGRAMS: Final[dict[Unit, int]] = {"kg": 1, "t": 1000, "pcs": 1}


@dataclass(frozen=True, slots=True)
class Quantity:
    """So many millionths of a kilogram or of a piece.

    Attributes:
        millionths: Whole; below 0 where more was taken than there was.
        dimension: `kg` for kilograms and tonnes, `pcs` for pieces.
        basis: What is weighed or counted.
    """

    millionths: int
    dimension: Dimension
    basis: Basis

    @property
    def amount(self) -> str:
        """The decimal text in the base unit, without zeros at its end."""
        whole, rest = divmod(abs(self.millionths), _MILLIONTHS)
        text = f"{whole}.{rest:0{PLACES}d}".rstrip("0").rstrip(".")
        return f"-{text}" if self.millionths < 0 else text

    def of_one_kind(self, other: Quantity) -> bool:
        """Tell whether two quantities may be added: the same dimension and basis."""
        return (self.dimension, self.basis) == (other.dimension, other.basis)

    def less(self, taken: Iterable[Quantity]) -> Quantity:
        """Return what is left when these, all of one kind with this, are taken away."""
        left = self.millionths
        for each in taken:
            assert self.of_one_kind(each)  # noqa: S101 - own bug: callers keep kinds apart
            left -= each.millionths
        return Quantity(left, self.dimension, self.basis)


def quantity(amount: str, unit: Unit, basis: Basis) -> Quantity:
    """Read a quantity; `amount` is an `Amount`."""
    whole, _, rest = amount.partition(".")
    millionths = int(whole) * _MILLIONTHS + int(rest.ljust(PLACES, "0"))
    dimension: Dimension = "pcs" if unit == "pcs" else "kg"
    return Quantity(millionths * _KILOGRAMS[unit], dimension, basis)


def is_whole(amount: str) -> bool:
    """Tell whether a decimal text has nothing behind the point."""
    return not amount.partition(".")[2].strip("0")
