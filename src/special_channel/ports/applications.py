"""Port of queries of all applications: filtered by statements of both sides, in pages.

Does not compare the sides' statements: core did when it folded the row.
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
"""Filter value: applications without a state stated by the side."""

ANY: Final = "any"
"""Filter value: applications with a difference of any kind between the sides."""

Sort = Literal["number", "listed", "times", "eu_as_of", "cn_as_of", "day"]
SORTS: Final[tuple[Sort, ...]] = ("number", "listed", "times", "eu_as_of", "cn_as_of", "day")

ClockWord = Literal["", "none", "running", "uncounted", "unlimited", "ended", "over"]
CLOCKS: Final[tuple[ClockWord, ...]] = (
    "none", "running", "uncounted", "unlimited", "ended", "over",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClockFilter:
    """Filter by the state of the statutory clock on a date, from CN's statements.

    Attributes:
        word: The clock's state; `over` excludes applications with time not counted.
        on: The date.
        deemed_by: Applications with papers received by this date are deemed accepted
            (`core.time.standing`).
        over_by: Applications accepted by this date are over the limit (`core.time.standing`).
        weighed: Numbers of further matches, found by the caller with a calendar.
    """

    word: ClockWord
    on: str
    deemed_by: str
    over_by: str
    weighed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApplicationFilter:
    """Filter of applications; an empty string matches all.

    Attributes:
        text: Part of the number; case is ignored.
        eu: The state stated by the EU, or `NOTHING`.
        cn: The state stated by CN, or `NOTHING`.
        differs: `ANY`, or one of `core.rows.applications.DIFFERENCES`.
        batch: The list on which the application is or was.
        urgency: Urgency in the last appearance on a list.
        priority: CN's answer to the last request for priority; `asked` without an answer.
    """

    text: str = ""
    eu: str = ""
    cn: str = ""
    differs: str = ""
    batch: EntryId = ""
    urgency: str = ""
    clock: ClockFilter | None = None
    priority: str = ""
    sort: Sort = "number"


@dataclass(frozen=True, slots=True)
class ListedApplication:
    """An application with its last appearance on a list, None if never listed."""

    application: ApplicationRow
    listing: ListingRow | None = None
    batch: BatchRow | None = None


@dataclass(frozen=True, slots=True)
class FoundApplications:
    """A page of applications, the number of matches, and the sizes of both logs."""

    rows: Sequence[ListedApplication]
    total: int
    eu: int
    cn: int


@dataclass(frozen=True, slots=True)
class DifferenceCounts:
    """Numbers of applications by difference between the sides.

    Attributes:
        known: All applications, or all of the batch.
        both: Applications with a state stated by both sides.
        differing: Applications with at least one difference.
        kinds: Applications by `core.rows.applications.DIFFERENCES`; an application may count
            several times.
        eu: Size of the EU's log.
        cn: Size of CN's log.
    """

    known: int
    both: int
    differing: int
    kinds: Mapping[str, int] = field(default_factory=dict)
    eu: int = 0
    cn: int = 0


class Applications(Protocol):
    """All applications of the record."""

    async def sought(self, sought: ApplicationFilter, offset: int, limit: int) -> FoundApplications:
        """Return a page of the applications that match a filter."""
        ...

    async def to_weigh(self, on: str) -> Sequence[ApplicationRow]:
        """Return applications whose clock depends on a calendar, or with acts after a date."""
        ...

    async def differing(self, batch: EntryId) -> DifferenceCounts:
        """Count differences of a batch's applications, or of all if `batch` is empty."""
        ...

    async def appearances(self, number: str) -> Sequence[tuple[ListingRow, BatchRow]]:
        """Return an application's rows on lists, the newest list first."""
        ...

    async def threads_on(self, numbers: Sequence[str]) -> Sequence[ThreadRow]:
        """Return threads opened on any of these applications, latest activity first."""
        ...
