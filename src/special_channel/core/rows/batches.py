"""Batches created by weekly lists, their rows, and CN's answers to the rows.

Does not parse spreadsheets. Holds no company names, only fields of shared entries.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries import (
    AmendmentSheet,
    BatchListed,
    ListRow,
    ReturnRow,
    Urgent,
)
from special_channel.core.rows.applications import Statement
from special_channel.core.rows.past import Placed
from special_channel.core.rows.replacements import Place


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """One return sheet; `rows`: number of rows answered."""

    index: int
    id: EntryId
    accepted: str
    rows: int


@dataclass(frozen=True, slots=True)
class BatchAmendment:
    """One amendment: numbers of rows added, changed and withdrawn."""

    index: int
    id: EntryId
    accepted: str
    added: int
    changed: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch, by the id of its `batch.listed`; the entry's position is the batch number.

    `rows`: number of rows listed at first; `standing`: number of rows on the list now.
    """

    batch: EntryId
    index: int
    list: str
    rows: int
    accepted: str
    answers: tuple[BatchAnswer, ...] = ()
    amendments: tuple[BatchAmendment, ...] = ()

    @property
    def standing(self) -> int:
        """Number of rows on the list after all amendments."""
        return self.rows + sum(each.added - each.withdrawn for each in self.amendments)


@dataclass(frozen=True, slots=True)
class ListingRow:
    """One row of a batch with CN's latest answer, by index in CN's log.

    A correction of the answer takes its place, wherever CN states it. Outside a return sheet it is
    an answer with a match, and with state, dates and decision as far as it states them.

    Attributes:
        answered: Index of CN's entry with the answer; -1 without one.
        answered_row: Row of that entry's sheet, 0 for an entry without rows; -1 for `row`.
        answer_of: Index of the first answer in the chain of corrections; -1 without a correction.
        found_as: MOFCOM's number of what the EU listed under a reference.
        listed_in: Index of the EU's entry that put the row on the list.
        amended: Index of the entry that last changed urgency and rank; -1 for none.
        was: Urgency before that change; empty without one.
        withdrawn: Index of the entry that took the row off the list; -1 for none. A withdrawn row
            may still have an answer.
        text: Index of a free remark in the parts of the answering entry; 0 for none.
    """

    batch: EntryId
    row: int
    number: str
    urgency: str
    rank: int
    first_listed: str
    times_listed: int
    question: str = ""
    match: str = ""
    answered: int = -1
    state: str = ""
    as_of: str = ""
    accepted_on: str = ""
    clock: str = ""
    days_used: int = -1
    missing: tuple[str, ...] = ()
    decision: str = ""
    decided_on: str = ""
    remark: str = ""
    text: int = 0
    stop_on: str = ""
    listed_in: int = -1
    amended: int = -1
    withdrawn: int = -1
    reason: str = ""
    control_code: str = ""
    answered_row: int = -1
    answer_of: int = -1
    found_as: str = ""
    was: str = ""

    @property
    def answer_place(self) -> Place:
        """Place of CN's statement that is shown as the answer; its index is -1 without one."""
        return self.answered, self.row if self.answered_row < 0 else self.answered_row

    @property
    def answer_origin(self) -> int:
        """Index of the first answer in the chain of corrections; -1 without an answer."""
        return self.answered if self.answer_of < 0 else self.answer_of


def listed(placed: Placed, entry: BatchListed) -> BatchRow:
    """Return the row of a new batch."""
    return BatchRow(
        placed.id, placed.position.index, entry.body.list, entry.body.rows, placed.accepted
    )


def listing(batch: EntryId, placed: Placed, row: ListRow) -> ListingRow:
    """Return the row of a listed application; `placed`: the listing or amending entry."""
    return ListingRow(
        batch=batch,
        row=row.row,
        number=row.number,
        urgency=row.urgency,
        rank=row.rank,
        first_listed=row.first_listed,
        times_listed=row.times_listed,
        question=row.question or "",
        stop_on=row.stop_on or "",
        listed_in=placed.position.index,
        control_code=row.control_code or "",
    )


def batch_amended(row: BatchRow, placed: Placed, sheet: AmendmentSheet) -> BatchRow:
    """Add an amendment to a batch."""
    amendment = BatchAmendment(
        placed.position.index,
        placed.id,
        placed.accepted,
        len(sheet.added),
        len(sheet.changed),
        len(sheet.withdrawn),
    )
    return replace(row, amendments=(*row.amendments, amendment))


def listing_changed(row: ListingRow, placed: Placed, changed: Urgent) -> ListingRow:
    """Change a row's urgency and rank."""
    return replace(
        row,
        urgency=changed.urgency,
        rank=changed.rank,
        stop_on=changed.stop_on or "",
        amended=placed.position.index,
        was=row.urgency,
    )


def listing_withdrawn(row: ListingRow, placed: Placed, reason: str) -> ListingRow:
    """Withdraw a row from the list."""
    return replace(row, withdrawn=placed.position.index, reason=reason)


def batch_answered(row: BatchRow, placed: Placed, rows: int) -> BatchRow:
    """Add a return sheet to a batch."""
    return replace(
        row,
        answers=(
            *row.answers,
            BatchAnswer(placed.position.index, placed.id, placed.accepted, rows),
        ),
    )


def listing_answered(row: ListingRow, placed: Placed, answer: ReturnRow, origin: int) -> ListingRow:
    """Replace a row's answer with CN's latest; `origin`: see `ListingRow.answer_origin`."""
    return replace(
        row,
        match=answer.match,
        found_as=answer.found_as or "",
        answered=placed.position.index,
        state=answer.state or "",
        as_of=answer.as_of or "",
        accepted_on=answer.accepted_on or "",
        clock=answer.clock or "",
        days_used=-1 if answer.days_used is None else answer.days_used,
        missing=answer.missing,
        decision=answer.decision or "",
        decided_on=answer.decided_on or "",
        remark=answer.remark or "",
        text=answer.text or 0,
        answered_row=-1 if answer.row == row.row else answer.row,
        answer_of=-1 if origin == placed.position.index else origin,
    )


def listing_restated(row: ListingRow, placed: Placed, statement: Statement | None) -> ListingRow:
    """Replace a row's answer with a statement that no sheet contains; None: of one act alone."""
    accepted = [fact.on for fact in statement.clock if fact.act == "accepted"] if statement else []
    return replace(
        row,
        match="found",
        found_as="",
        answered=placed.position.index,
        state=statement.state if statement else "",
        as_of=statement.as_of if statement else "",
        accepted_on=accepted[-1] if accepted else "",
        clock="",
        days_used=-1,
        missing=(),
        decision=statement.decision if statement else "",
        decided_on=statement.decided_on if statement else "",
        remark="",
        text=0,
        answered_row=0,
        answer_of=row.answer_origin,
    )
