"""What a dry run of a weekly list found: faults, numbers alike, what would cross, what stays.

Does not hold a value of a column that stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

Facts = tuple[tuple[str, str | int], ...]


@dataclass(frozen=True, slots=True)
class FaultLine:
    """One fault: the row and column of the file, and the code whose sentence tells it."""

    row: int
    column: str
    code: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class NearLine:
    """Two numbers that may be one, mistyped. `alike`: only easily mistaken characters differ."""

    row: int
    number: str
    other_row: int
    other: str
    alike: bool


@dataclass(frozen=True, slots=True)
class ListCheckPage:
    """A dry run; with nothing but `file` at the beginning.

    Attributes:
        refused: Code and facts by which the file can't be read at all.
        crosses: Fields that would cross, and in how many rows they are filled.
        part: The data part as it would be signed, but for the salt; empty with a fault.
        stays: Columns of the file that stay at home.
    """

    template: ClassVar[str] = "list_check.html"
    page: ClassVar[str] = "batches"

    file: str = ""
    list: str = ""
    rows: int = 0
    refused: tuple[str, Facts] | None = None
    faults: tuple[FaultLine, ...] = ()
    near: tuple[NearLine, ...] = ()
    crosses: tuple[tuple[str, int], ...] = ()
    part: str = ""
    stays: tuple[str, ...] = ()

    @property
    def part_bytes(self) -> int:
        """How many bytes would cross."""
        return len(self.part.encode())
