"""Batches: the list of them, and one with its applications, both sides' states beside.

Does not merge the sides' states and does not decide whether they differ: the fold does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import ClassVar, Final, Literal

from special_channel.core.bytes.ids import Party
from special_channel.ports.lists import Predecessor
from special_channel.web.pages.frame import Pair, Words

Bucket = Literal["done", "running", "asked", "ended", "unknown"]
BUCKETS: Final[tuple[Bucket, ...]] = ("done", "running", "asked", "ended", "unknown")

_BUCKET_OF: Final[dict[str, Bucket]] = {
    **dict.fromkeys(("approved", "issued", "used"), "done"),
    **dict.fromkeys(
        ("drafted", "submitted", "provincial", "accepted", "review", "expert", "council"),
        "running",
    ),
    **dict.fromkeys(("supplement", "customs_query"), "asked"),
    **dict.fromkeys(("refused", "not_accepted", "returned", "withdrawn", "expired"), "ended"),
}


GAP: Final = 4
"""Between the parts of a bar, of 1000."""

SMALLEST: Final = 2
"""Width of a part that would not be seen, of 1000."""

STATES: Final = tuple(_BUCKET_OF)
"""State codes, by the part of a bar that they belong to."""


def bucket_of(code: str) -> Bucket:
    """Return which part of a bar a state code belongs to, with its source or without."""
    return _BUCKET_OF.get(code.partition(".")[0], "unknown")


@dataclass(frozen=True, slots=True)
class Slice:
    """One part of a bar, placed on a scale of 1000.

    `drawn` is its width less the gap to the next; the smallest is still seen.
    """

    bucket: Bucket
    count: int
    start: int
    width: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Bar:
    """How many applications are in which state, by one side's assertions.

    A state may have its source behind a dot (`returned.supplier`), where that says what it is.
    """

    counts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """All applications counted."""
        return sum(count for _, count in self.counts)

    @property
    def done(self) -> int:
        """Those decided in favour."""
        return sum(count for code, count in self.counts if bucket_of(code) == "done")

    def slices(self) -> tuple[Slice, ...]:
        """Lay the buckets side by side, in a fixed order."""
        return _slices(self)


# A batch's bar stands beside each of its threads.
@lru_cache(maxsize=1024)
def _slices(bar: Bar) -> tuple[Slice, ...]:
    total = bar.total
    sums = dict.fromkeys(BUCKETS, 0)
    for code, count in bar.counts:
        sums[bucket_of(code)] += count
    laid: list[Slice] = []
    seen = 0
    for bucket, count in sums.items():
        if count:
            start = round(1000 * seen / total)
            seen += count
            width = round(1000 * seen / total) - start
            drawn = max(width if seen == total else width - GAP, SMALLEST)
            laid.append(Slice(bucket, count, start, width, drawn))
    return tuple(laid)


def bar_of(counts: Mapping[str, int]) -> Bar:
    """Order counts by state as an application passes through them."""
    order = {code: place for place, code in enumerate(_BUCKET_OF)}
    return Bar(
        tuple(sorted(counts.items(), key=lambda item: order.get(item[0].partition(".")[0], 99)))
    )


@dataclass(frozen=True, slots=True)
class BatchRef:
    """A batch by the name of its list (`L2026-41`) and its registration number."""

    name: str
    position: str
    url: str
    bar: Bar | None = None


@dataclass(frozen=True, slots=True)
class ThreadRef:
    """A thread by its number, with its subject."""

    number: str
    url: str
    title: Pair
    open_asks: int = 0
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Assertion:
    """What one side holds to be an application's state. `position`: where it says so."""

    code: str
    as_of: date | None
    source: str = ""
    position: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """One application of a batch.

    Attributes:
        match: Code of the return sheet's `match`; None while CN has not answered.
        differs: The sides hold different states.
        private: This side's own columns, never sent; as many as the page's
            `private_columns`.
        clock: The statutory clock's day where CN states acceptance, with one sentence of how
            it came about; counted here, whatever the sheet says of days.
        words: A free remark of the answer.
        stop_on: When the line stops, of a line stop.
        withdrawn: Where the row was taken off the list; it stays for its history.
        predecessors: In whose place it stands; their lists are counted by themselves.
    """

    row: int
    number: str
    urgency: str
    rank: int | None
    first_listed: date | None
    times_listed: int
    own: Assertion | None
    peer: Assertion | None
    match: str | None = None
    differs: bool = False
    accepted_on: date | None = None
    days_used: int | None = None
    remark: str = ""
    words: Words | None = None
    threads: tuple[ThreadRef, ...] = ()
    private: tuple[str, ...] = ()
    url: str = ""
    clock: str = ""
    clock_how: str = ""
    stop_on: date | None = None
    withdrawn: str = ""
    predecessors: tuple[Predecessor, ...] = ()


@dataclass(frozen=True, slots=True)
class Paging:
    """One page of many; URLs are None where there is no such page."""

    page: int
    pages: int
    total: int
    previous_url: str | None = None
    next_url: str | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """What the table shows. Empty strings mean all."""

    state: str = ""
    match: str = ""
    differs: bool = False
    text: str = ""
    states: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SideCounts:
    """One side's states of a batch, as of the newest of its assertions."""

    party: Party
    bar: Bar
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class AmendedIn:
    """One amendment of a list: where it stands, and how many rows it adds, changes, takes off."""

    position: str
    at: datetime
    added: int
    changed: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One batch. `new_thread_url` is None for a reader who may not write, and on a print.

    `printing`: all rows are here, without checkboxes; `print_url` leads to such a page.

    `answer_url` is the page on which a reader of the side that answers does so.
    """

    template: ClassVar[str] = "batch.html"
    page: ClassVar[str] = "batch"

    name: str
    position: str
    entry_id: str
    url: str
    listed_at: datetime
    answered_at: datetime | None
    answered_position: str | None
    answered_rows: int
    sides: tuple[SideCounts, SideCounts]
    rows: tuple[ApplicationRow, ...]
    paging: Paging
    filter: Filter = field(default_factory=Filter)
    threads: tuple[ThreadRef, ...] = ()
    private_columns: tuple[str, ...] = ()
    new_thread_url: str | None = None
    answer_url: str | None = None
    csv_url: str | None = None
    amendments: tuple[AmendedIn, ...] = ()
    amend_url: str | None = None
    printing: bool = False
    print_url: str = ""


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch in the list of batches."""

    ref: BatchRef
    listed_at: datetime
    rows: int
    answered_rows: int
    open_threads: int
    differing: int


@dataclass(frozen=True, slots=True)
class BatchesPage:
    """All batches, newest first. `lists` tells whether the reader may check a new list."""

    template: ClassVar[str] = "batches.html"
    page: ClassVar[str] = "batches"

    batches: tuple[BatchLine, ...]
    paging: Paging
    lists: bool = False
