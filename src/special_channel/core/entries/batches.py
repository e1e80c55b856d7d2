"""Entries of batches and applications. Lists are the EU's, answers and licences CN's.

The rows stand in the `data` part: number, urgency, state. Only what the charter opts in.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

from special_channel.core.bytes.fields import (
    ApplicationNumber,
    ControlCode,
    Lang,
    Model,
    Name,
    Word,
)
from special_channel.core.bytes.ids import Date, EntryId
from special_channel.core.entries.header import Header, PartRef, WithData
from special_channel.core.time.statutory import Act

RowCount = Annotated[int, Field(ge=1, le=2000)]


class Listing(Model):
    """A weekly list by its number, and how many rows it has."""

    list: Name
    rows: RowCount


class BatchListed(WithData):
    """A list becomes a batch; the batch's id is this entry's."""

    kind: Literal["batch.listed"]
    body: Listing


class Urgent(Model):
    """How urgent a row is. `stop_on`: with `line_stop`, and only then, when the line stops."""

    row: RowCount
    urgency: Literal["normal", "urgent", "line_stop"]
    rank: Annotated[int, Field(ge=1, le=9999)]
    stop_on: Date | None = Field(default=None, validate_default=True)

    @field_validator("stop_on")
    @classmethod
    def _with_a_line_stop(cls, stop_on: str | None, info: ValidationInfo) -> str | None:
        if (stop_on is None) == (info.data.get("urgency") == "line_stop"):
            raise ValueError("a line stop has a date, and nothing else has")
        return stop_on


class ListRow(Urgent):
    """One row of a list, as it crosses; of the fields `OPTED`, what the charter opts in.

    `state` is what the EU side holds to be the application's, as of `as_of`. `first_listed` and
    `times_listed` are of this very number: one that took another's place begins anew.
    """

    number: ApplicationNumber
    first_listed: Date
    times_listed: Annotated[int, Field(ge=1, le=999)]
    state: Word | None = None
    as_of: Date | None = None
    question: Word | None = None
    control_code: ControlCode | None = None


OPTED: Final = frozenset({"state", "as_of", "question", "control_code"})
"""Fields of a list that cross only where the charter opts them in, by these names."""


class ListSheet(Model):
    """The `data` part of `batch.listed`."""

    rows: Annotated[tuple[ListRow, ...], Field(min_length=1, max_length=2000)]


class AmendmentCount(Model):
    """How many rows the amendment adds, changes and withdraws together."""

    rows: RowCount


class BatchAmended(WithData):
    """A change to the list `ref`. What was listed stays as it was signed."""

    kind: Literal["batch.amended"]
    ref: EntryId
    body: AmendmentCount


class Withdrawal(Model):
    """A row that is taken off the list, and why."""

    row: RowCount
    reason: Word | None = None


class AmendmentSheet(Model):
    """The `data` part of `batch.amended`: each row stands in it once.

    A row that is added has a new number; one that is changed gets urgency and rank anew.
    """

    added: Annotated[tuple[ListRow, ...], Field(max_length=2000)] = ()
    changed: Annotated[tuple[Urgent, ...], Field(max_length=2000)] = ()
    withdrawn: Annotated[tuple[Withdrawal, ...], Field(max_length=2000)] = ()

    def rows(self) -> tuple[int, ...]:
        """Return the numbers of all rows that it touches."""
        return (
            *(row.row for row in self.added),
            *(row.row for row in self.changed),
            *(row.row for row in self.withdrawn),
        )


class ReturnCount(Model):
    """How many rows the return sheet answers."""

    rows: RowCount


class BatchAnswered(WithData):
    """CN's answer to the list `ref`, whole or in part.

    The first part is the sheet. Each further one is a free remark in `lang`, a `text` part
    that one row of the sheet names: it can be erased, the sheet can't.
    """

    kind: Literal["batch.answered"]
    parts: Annotated[tuple[PartRef, ...], Field(min_length=1, max_length=1000)]
    lang: Lang | None = None
    ref: EntryId
    body: ReturnCount


class ReturnRow(Model):
    """One row of a return sheet: what the CN side holds to be the application's state.

    `remark` is a code, read in both languages; `text` is the place among the entry's parts
    of a free remark on this row.
    """

    row: RowCount
    number: ApplicationNumber
    match: Literal["found", "not_found", "duplicate", "not_eu", "withheld", "not_ours"]
    state: Word | None = None
    as_of: Date | None = None
    accepted_on: Date | None = None
    clock: Word | None = None
    days_used: Annotated[int, Field(ge=0, le=9999)] | None = None
    missing: Annotated[tuple[Word, ...], Field(max_length=20)] = ()
    decision: Word | None = None
    decided_on: Date | None = None
    remark: Word | None = None
    text: Annotated[int, Field(ge=1, le=999)] | None = None


class ReturnSheet(Model):
    """The `data` part of `batch.answered`."""

    rows: Annotated[tuple[ReturnRow, ...], Field(min_length=1, max_length=2000)]


class ClockAct(Model):
    """One act of the procedure with its date in China.

    `basis` and `expected_until` go with `uncounted`: why time is not counted, and until when
    the side expects that.
    """

    act: Act
    on: Date
    basis: Word | None = None
    expected_until: Date | None = None


class Assertion(Model):
    """What the author's side holds to be an application's state, and how it came there."""

    number: ApplicationNumber
    state: Word
    as_of: Date
    source: Word
    clock: Annotated[tuple[ClockAct, ...], Field(max_length=20)] = ()
    decision: Word | None = None
    decided_on: Date | None = None


class ApplicationAsserted(Header):
    """One application, outside a list."""

    kind: Literal["application.asserted"]
    body: Assertion


class Link(Model):
    """Two numbers of one matter, as the author's side states it."""

    number: ApplicationNumber
    former: ApplicationNumber
    basis: Literal["refiled", "corrected", "split", "joined"]


class ApplicationLinked(Header):
    """A number that took another's place, when papers were filed anew or a number corrected."""

    kind: Literal["application.linked"]
    body: Link
