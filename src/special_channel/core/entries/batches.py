"""Entries of batches and applications: lists by the EU; return sheets and licences by CN.

Rows (number, urgency, state) are in the `data` part, with the fields that the charter opts in.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeVar

from pydantic import Field, ValidationInfo, field_validator

from special_channel.core.bytes.fields import (
    ApplicationNumber,
    ControlCode,
    Lang,
    ListedNumber,
    Model,
    Name,
    Word,
    is_reference,
)
from special_channel.core.bytes.ids import Date, EntryId
from special_channel.core.entries.header import Header, PartRef, WithData
from special_channel.core.time.statutory import Act

_T = TypeVar("_T")

RowCount = Annotated[int, Field(ge=1, le=2000)]


class StatementRef(Model):
    """One statement on one number: a whole entry, or the row `row` of the entry's sheet."""

    id: EntryId
    row: RowCount | None = None


class Listing(Model):
    """Number of a weekly list, and its count of rows."""

    list: Name
    rows: RowCount


class BatchListed(WithData):
    """Submits a list as a batch; the entry's id is the batch's id."""

    kind: Literal["batch.listed"]
    body: Listing


class Urgent(Model):
    """Urgency of a row. `stop_on`: date of the line stop, for urgency `line_stop` alone."""

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
    """A row of a list, as sent; of the fields in `OPTED`, only fields that the charter opts in.

    `state` is the application's state by the EU's knowledge, as of `as_of`. `first_listed` and
    `times_listed` count this number alone, without former numbers of the application. `corrects`:
    the EU's earlier statement on this number, which was never right and is replaced by this row.

    `number` may be a reference of the EU for an application whose number it does not know; such a
    row states no state.
    """

    number: ListedNumber
    first_listed: Date
    times_listed: Annotated[int, Field(ge=1, le=999)]
    state: Word | None = None
    as_of: Date | None = None
    question: Word | None = None
    control_code: ControlCode | None = None
    corrects: StatementRef | None = None

    @field_validator("state", "as_of")
    @classmethod
    def _of_a_number(cls, stated: str | None, info: ValidationInfo) -> str | None:
        return _no_statement_of_a_reference(stated, info)


def _no_statement_of_a_reference(stated: _T, info: ValidationInfo) -> _T:
    # Statements are counted by application: what is stated of a reference would count twice.
    if stated and is_reference(info.data.get("number", "")):
        raise ValueError("nothing is stated of a reference but whether it was found")
    return stated


OPTED: Final = frozenset({"state", "as_of", "question", "control_code"})
"""Names of list fields that are sent only if the charter opts in."""


class ListSheet(Model):
    """The `data` part of `batch.listed`."""

    rows: Annotated[tuple[ListRow, ...], Field(min_length=1, max_length=2000)]


class AmendmentCount(Model):
    """Total of rows added, changed and withdrawn by an amendment."""

    rows: RowCount


class BatchAmended(WithData):
    """Amends the list `ref`. The signed list itself stays unchanged."""

    kind: Literal["batch.amended"]
    ref: EntryId
    body: AmendmentCount


class Withdrawal(Model):
    """A row withdrawn from a list, and the reason."""

    row: RowCount
    reason: Word | None = None


class AmendmentSheet(Model):
    """The `data` part of `batch.amended`; a row occurs at most once.

    An added row has a new row number; a changed row gets a new urgency and rank.
    """

    added: Annotated[tuple[ListRow, ...], Field(max_length=2000)] = ()
    changed: Annotated[tuple[Urgent, ...], Field(max_length=2000)] = ()
    withdrawn: Annotated[tuple[Withdrawal, ...], Field(max_length=2000)] = ()

    def rows(self) -> tuple[int, ...]:
        """Return the numbers of all amended rows."""
        return (
            *(row.row for row in self.added),
            *(row.row for row in self.changed),
            *(row.row for row in self.withdrawn),
        )


class ReturnCount(Model):
    """Number of answered rows in a return sheet."""

    rows: RowCount


class BatchAnswered(WithData):
    """CN's answer to all or some rows of the list `ref`.

    The first part is the return sheet. Further parts are free remarks in `lang`, of role `text`,
    each named by a row of the sheet. Remarks can be erased, the sheet can't.
    """

    kind: Literal["batch.answered"]
    parts: Annotated[tuple[PartRef, ...], Field(min_length=1, max_length=1000)]
    lang: Lang | None = None
    ref: EntryId
    body: ReturnCount


class ReturnRow(Model):
    """A row of a return sheet: the application's state by CN's knowledge.

    `remark` is a code with wording in both languages; `text` is the index of a free remark on the
    row among the entry's parts. `corrects`: CN's earlier statement on this number, which was never
    right and is replaced by this row. `found_as`: MOFCOM's number of what the EU listed under a
    reference; of a reference, nothing else is stated but the match.
    """

    row: RowCount
    number: ListedNumber
    match: Literal["found", "not_found", "duplicate", "not_eu", "withheld", "not_ours"]
    found_as: ApplicationNumber | None = None
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
    corrects: StatementRef | None = None

    @field_validator("found_as")
    @classmethod
    def _of_a_found_reference(cls, found_as: str | None, info: ValidationInfo) -> str | None:
        known = is_reference(info.data.get("number", "")) and info.data.get("match") == "found"
        if found_as is not None and not known:
            raise ValueError("a number is stated of a reference that was found")
        return found_as

    @field_validator(
        "state", "as_of", "accepted_on", "clock", "days_used", "missing", "decision", "decided_on"
    )
    @classmethod
    def _of_a_number(cls, stated: _T, info: ValidationInfo) -> _T:
        return _no_statement_of_a_reference(stated, info)


class ReturnSheet(Model):
    """The `data` part of `batch.answered`."""

    rows: Annotated[tuple[ReturnRow, ...], Field(min_length=1, max_length=2000)]


class ClockAct(Model):
    """An act of the procedure with its date in China.

    With act `uncounted`, `basis` is the reason for pausing the clock, and `expected_until` the
    expected end of the pause.
    """

    act: Act
    on: Date
    basis: Word | None = None
    expected_until: Date | None = None


class Assertion(Model):
    """An application's state and procedure, by the knowledge of the author's side.

    `corrects`: the side's earlier statement on this number, which was never right.
    """

    number: ApplicationNumber
    state: Word
    as_of: Date
    source: Word
    clock: Annotated[tuple[ClockAct, ...], Field(max_length=20)] = ()
    decision: Word | None = None
    decided_on: Date | None = None
    corrects: StatementRef | None = None


class ApplicationAsserted(Header):
    """States an application's state outside a list."""

    kind: Literal["application.asserted"]
    body: Assertion


class Link(Model):
    """Two numbers of the same matter, by the knowledge of the author's side.

    With basis `matched`, `former` is a reference under which the EU listed the application. With
    basis `withdrawn`, the side takes back what it stated of the two numbers before.
    """

    number: ApplicationNumber
    former: ListedNumber
    basis: Literal["refiled", "corrected", "split", "joined", "matched", "withdrawn"]


class ApplicationLinked(Header):
    """Links a new application number to a former number, after refiling or a correction."""

    kind: Literal["application.linked"]
    body: Link
