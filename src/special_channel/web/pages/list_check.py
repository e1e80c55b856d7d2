"""What a dry run of a weekly list found: line by line, beside the record, and what is signed.

The columns that stay are on this page alone, which the own side's node shows to the official
whose file it is: their browser signs them into the private log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from special_channel.core.rules.releasing import NOT_HELD, Release
from special_channel.stores.lists import EarlierListings, Predecessor
from special_channel.web.shared.words import Facts


@dataclass(frozen=True, slots=True)
class FaultLine:
    """One fault or note: row and column of the file, and the code whose sentence tells it."""

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
class UrgencyLine:
    """How many rows are of an urgency, in this list and in the one before it."""

    urgency: str
    rows: int
    last: int


@dataclass(frozen=True, slots=True)
class LineSeen:
    """One line of the file as it was read.

    Attributes:
        reason: Why it has its rank; that stays at home.
        earlier: Where its number stood before.
        predecessors: In whose place it stands, each by a side's statement.
    """

    line: int
    number: str
    urgency: str
    rank: str
    reason: str
    times: str
    earlier: EarlierListings | None
    predecessors: tuple[Predecessor, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptPart:
    """The columns that stay, as they are signed but for the salt, and for which log."""

    part: str
    body: str
    log: str


@dataclass(frozen=True, slots=True)
class ListCheckPage:
    """A dry run; with nothing but `file` at the beginning.

    Attributes:
        refused: Code and facts by which the file can't be read at all.
        notes: What to know, by line; none keeps the list from being signed.
        last: Name and number of the list whose counts stand beside.
        reopened: How many numbers stood on a list before.
        linked: How many stand in another's place.
        crosses: Fields that would cross, and in how many rows they are filled.
        agreed: Further shared columns that the charter `charter` opts in.
        not_agreed: Those that it doesn't.
        part: The data part as it would be signed, but for the salt; empty with a fault.
        body: The payload's body, as JSON.
        stays: Columns of the file that stay at home.
        release: Whether a second official must release it, and who may.
    """

    template: ClassVar[str] = "list_check.html"
    page: ClassVar[str] = "batches"

    file: str = ""
    list: str = ""
    rows: int = 0
    refused: tuple[str, Facts] | None = None
    faults: tuple[FaultLine, ...] = ()
    notes: tuple[FaultLine, ...] = ()
    near: tuple[NearLine, ...] = ()
    urgency: tuple[UrgencyLine, ...] = ()
    last: tuple[str, str] | None = None
    reopened: int = 0
    linked: int = 0
    lines: tuple[LineSeen, ...] = ()
    crosses: tuple[tuple[str, int], ...] = ()
    agreed: tuple[str, ...] = ()
    not_agreed: tuple[str, ...] = ()
    charter: int = 0
    part: str = ""
    body: str = ""
    stays: tuple[str, ...] = ()
    kept: KeptPart | None = None
    release: Release = NOT_HELD

    @property
    def part_bytes(self) -> int:
        """How many bytes would cross."""
        return len(self.part.encode())
