"""Views of weekly lists, for pages and API.

Does not merge the sides' states. Private columns appear on our side's pages alone.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field

from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant
from special_channel.web.shared.clocks import ClockView
from special_channel.web.shared.corrections import CorrectionItem
from special_channel.web.shared.days import DayFilters
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.query import Filters, PageQuery, Text, Whole, WindowQuery, codes
from special_channel.web.shared.references import application_url, state_bar
from special_channel.web.shared.statements import StateItem
from special_channel.web.shared.states import Bar
from special_channel.web.shared.view import SizesView, View

BATCH_STATES: Final = ("unanswered", "differing", "open_threads")
"""What may be left to do on a list, as a filter."""

MAX_ROWS: Final = 2000
"""Rows of a list (core/entries/batches.py)."""


class BatchFilters(DayFilters):
    """Filters of weekly lists by part of the name, by day of arrival and by what is left to do.

    Attributes:
        state: `unanswered`: with rows that CN has not answered; `differing`: with states that
            differ between the sides; `open_threads`: with open threads.
    """

    text: Text = ""
    state: Annotated[str, codes(BATCH_STATES)] = ""
    sort: Literal["newest", "oldest"] = "newest"


class BatchesPageQuery(BatchFilters, PageQuery):
    """A page of filtered weekly lists."""


class BatchesQuery(BatchFilters, WindowQuery):
    """Filtered weekly lists over the API."""


class RowFilters(Filters):
    """Filters and order of a list's rows; empty values match every row.

    Attributes:
        state: Code of the state that either side states.
        match: What CN's answer compared the row to.
        differs: `1`: only applications whose states differ between the sides.
        text: Part of the application's number.
        sort: By row, by the application's number, or the most urgent first.
    """

    state: Text = ""
    match: Text = ""
    differs: Annotated[str, Field(max_length=1)] = ""
    text: Text = ""
    sort: Literal["row", "number", "urgency"] = "row"


class RowsQuery(RowFilters, WindowQuery):
    """Rows of a list over the API, from `first` on: a row number, or a place in another order.

    `states`: add both sides' latest states of each row's application, and count them.
    """

    states: bool = False

    @property
    def size(self) -> int:
        """Rows to return, at most `MAX_ROWS`."""
        return min(self.limit, MAX_ROWS)


class BatchPageQuery(RowFilters, PageQuery):
    """A page of a list's filtered rows.

    `print`: `all` for a part to print; `after`: number of matching rows before it.
    """

    print: str = ""
    after: Annotated[Whole, Field(ge=0, le=999_999)] = 0


class SentItem(EntryItem):
    """An entry about a list: `position`, and when it was accepted."""

    position: str
    accepted: str

    @property
    def at(self) -> datetime:
        """When the entry was accepted."""
        return instant(self.accepted)


class SheetItem(SentItem):
    """A return sheet; `rows`: number of rows answered."""

    rows: int


class AmendedItem(SentItem):
    """An amendment: numbers of rows added, changed and taken off."""

    added: int
    changed: int
    withdrawn: int


class BatchItem(EntryItem):
    """A weekly list.

    Attributes:
        batch: Id of the list's entry.
        number: Registration number, such as `EU-120`.
        rows: Number of rows at first.
        standing: Number of rows after all amendments.
    """

    numbered: ClassVar = "number"

    batch: str
    number: str
    list: str
    rows: int
    standing: int
    accepted: str
    answers: tuple[SheetItem, ...]
    amendments: tuple[AmendedItem, ...]

    @property
    def url(self) -> str:
        """Address of the list's page."""
        return f"/batches/{self.number}"

    @property
    def listed_at(self) -> datetime:
        """When the list was accepted."""
        return instant(self.accepted)


class CountedBatch(BatchItem):
    """A weekly list with numbers of its rows.

    Attributes:
        counts: Rows by state, as CN states them; an empty state for none.
        eu_counts: Rows by state, as the EU states them.
        answered: Number of rows with an answer.
        differing: Number of rows with states that differ between the sides.
    """

    counts: dict[str, int]
    eu_counts: dict[str, int]
    answered: int
    open_threads: int
    differing: int
    eu_as_of: date | None = None
    cn_as_of: date | None = None

    def bar(self, party: Party) -> Bar:
        """Return the rows by a side's states."""
        return state_bar(self.eu_counts if party == "eu" else self.counts)

    def as_of(self, party: Party) -> date | None:
        """Return the date of a side's newest state."""
        return self.eu_as_of if party == "eu" else self.cn_as_of


class BatchesFound(SizesView):
    """Weekly lists, newest first; `total`: number of lists."""

    total: int
    items: tuple[CountedBatch, ...]


class PredecessorItem(EntryItem):
    """A former number of `number`, by a side's statement.

    `times`: how often the former number was listed; never added to the count of `number`. `list`
    and `batch` name its last list.
    """

    number: str
    former: str
    by: Party
    position: str
    basis: str
    times: int
    list: str = ""
    batch: str = ""


class RowStates(View):
    """Both sides' latest states of a row's application.

    `statutory`: the clock by CN's statements, of an application that CN accepted; `paused`: whether
    CN had stated by its last answer to the row, of the round then, that time is not counted;
    `corrections`: of both sides' statements.
    """

    eu: StateItem | None = None
    cn: StateItem | None = None
    differs: bool = False
    statutory: ClockView | None = None
    paused: bool = False
    predecessors: tuple[PredecessorItem, ...] = ()
    corrections: tuple[CorrectionItem, ...] = ()

    def side(self, party: Party) -> StateItem | None:
        """Return a side's latest state."""
        return self.eu if party == "eu" else self.cn


class RowItem(View):
    """A row of a list with CN's latest answer.

    Attributes:
        state: State in the answer; `states` has the latest states, if asked for.
        clock: Clock in the answer; `states.statutory` is counted from CN's statements.
        listed_in: Entry that put the row on the list.
        amended_in: Entry that last changed urgency or rank; `was`: the urgency before.
        withdrawn_in: Entry that took the row off the list; the row keeps its history.
    """

    row: int
    number: str
    urgency: str
    rank: int
    first_listed: date
    times_listed: int
    listed_in: str | None = None
    question: str | None = None
    stop_on: date | None = None
    amended_in: str | None = None
    was: str | None = None
    withdrawn_in: str | None = None
    reason: str | None = None
    answered_in: str | None = None
    match: str | None = None
    found_as: str | None = None
    state: str | None = None
    as_of: date | None = None
    accepted_on: date | None = None
    clock: str | None = None
    days_used: int | None = None
    missing: tuple[str, ...] = ()
    decision: str | None = None
    decided_on: date | None = None
    remark: str | None = None
    states: RowStates | None = None

    @property
    def url(self) -> str:
        """Address of the application's page."""
        return application_url(self.number)


class BatchDetail(SizesView):
    """A weekly list, then its rows; the list is counted if its rows have states."""

    items: tuple[BatchItem | CountedBatch | RowItem, ...]

    def without_rows(self) -> Self:
        """Return the list alone."""
        return self.model_copy(update={"items": (self.batch,)})

    @property
    def batch(self) -> BatchItem:
        """The list."""
        [batch] = [each for each in self.items[:1] if isinstance(each, BatchItem)]
        return batch

    @property
    def rows(self) -> tuple[RowItem, ...]:
        """The rows."""
        return tuple(each for each in self.items if isinstance(each, RowItem))
