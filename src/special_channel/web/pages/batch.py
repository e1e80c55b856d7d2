"""Batches: the list of them, and one with its applications, both sides' states beside.

Does not merge the sides' states and does not decide whether they differ: the fold does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from special_channel.core.bytes.ids import Party
from special_channel.stores.lists import Predecessor
from special_channel.web.shared.bars import Bar
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.references import Assertion, BatchRef, ThreadRef
from special_channel.web.shared.words import Words


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
