"""Port of the applications as a whole: found by what is stated of them, page by page.

Does not compare statements: the core did when the row was made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from special_channel.core.bytes.ids import EntryId
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.rows.threads import ThreadRow

NOTHING: Final = "-"
"""Asks for applications of which a side states no state."""

ANY: Final = "any"
"""Asks for applications in which the sides differ, in whatever."""

Sort = Literal["number", "listed", "times", "eu_as_of", "cn_as_of", "day"]
SORTS: Final[tuple[Sort, ...]] = ("number", "listed", "times", "eu_as_of", "cn_as_of", "day")

ClockIs = Literal["", "none", "running", "uncounted", "unlimited", "ended", "over"]
CLOCKS: Final[tuple[ClockIs, ...]] = (
    "none", "running", "uncounted", "unlimited", "ended", "over",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClockSought:
    """How the statutory clock by CN's statements stands on a date.

    Attributes:
        word: As asked; `over` leaves out where time was not counted.
        on: The date, as are the two limits: papers received, and applications accepted,
            by which count as accepted, and as over (`core.time.standing`).
        weighed: Numbers that fit though only a calendar could tell.
    """

    word: ClockIs
    on: str
    deemed_by: str
    over_by: str
    weighed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sought:
    """Which applications; empty strings mean all.

    Attributes:
        text: Within the number, whatever the case.
        eu: The state that the EU holds, or `NOTHING`; `cn` the same of CN.
        differs: `ANY`, or one of `core.applications.DIFFERENCES`.
        batch: On this list, now or before.
        urgency: Of the last appearance on a list.
        priority: `asked` without an answer, or CN's answer to the last request.
    """

    text: str = ""
    eu: str = ""
    cn: str = ""
    differs: str = ""
    batch: EntryId = ""
    urgency: str = ""
    clock: ClockSought | None = None
    priority: str = ""
    sort: Sort = "number"


@dataclass(frozen=True, slots=True)
class Held:
    """An application with its last appearance on a list, if it was on one."""

    application: ApplicationRow
    listing: ListingRow | None = None
    batch: BatchRow | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Some applications, how many there are, and the sizes (m, n) that this shows."""

    rows: Sequence[Held]
    total: int
    eu: int
    cn: int


@dataclass(frozen=True, slots=True)
class Differing:
    """How many applications differ in what.

    Attributes:
        known: All applications, of the batch if one was named.
        both: Those of which both sides state a state.
        kinds: By `core.applications.DIFFERENCES`; one application may be in several.
    """

    known: int
    both: int
    differing: int
    kinds: Mapping[str, int] = field(default_factory=dict)
    eu: int = 0
    cn: int = 0


class Applications(Protocol):
    """All applications of the record."""

    async def sought(self, sought: Sought, offset: int, limit: int) -> Found:
        """Return those of a page."""
        ...

    async def to_weigh(self, on: str) -> Sequence[ApplicationRow]:
        """Return those whose clock only a calendar tells, or that have acts after a date."""
        ...

    async def differing(self, batch: EntryId) -> Differing:
        """Count differences, of all applications or of those on a batch."""
        ...

    async def appearances(self, number: str) -> Sequence[tuple[ListingRow, BatchRow]]:
        """Return an application's rows on lists, the newest list first."""
        ...

    async def threads_on(self, numbers: Sequence[str]) -> Sequence[ThreadRow]:
        """Return threads that were opened on any of these, the last moved first."""
        ...
