"""Batches: what a weekly list creates, its rows, and CN's answers to them.

Does not parse spreadsheets, and knows no company: only what crossed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from special_channel.core.entries import BatchListed, ListRow, ReturnRow
from special_channel.core.ids import EntryId
from special_channel.core.past import Placed


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """One return sheet, whole or in part."""

    index: int
    id: EntryId
    accepted: str
    rows: int


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch: its id is the listing entry's, its number that entry's position."""

    batch: EntryId
    index: int
    list: str
    rows: int
    accepted: str
    answers: tuple[BatchAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class ListingRow:
    """One row of a batch, with CN's latest answer to it; the last index wins.

    `text` is the place of a free remark among the parts of the answering entry; 0: none.
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


def listed(placed: Placed, entry: BatchListed) -> BatchRow:
    """Make a batch of a list."""
    return BatchRow(
        placed.id, placed.position.index, entry.body.list, entry.body.rows, placed.accepted
    )


def listing(placed: Placed, row: ListRow) -> ListingRow:
    """Make the row of one listed application."""
    return ListingRow(
        batch=placed.id,
        row=row.row,
        number=row.number,
        urgency=row.urgency,
        rank=row.rank,
        first_listed=row.first_listed,
        times_listed=row.times_listed,
        question=row.question or "",
    )


def batch_answered(row: BatchRow, placed: Placed, rows: int) -> BatchRow:
    """Add a return sheet."""
    return replace(
        row,
        answers=(
            *row.answers,
            BatchAnswer(placed.position.index, placed.id, placed.accepted, rows),
        ),
    )


def listing_answered(row: ListingRow, placed: Placed, answer: ReturnRow) -> ListingRow:
    """Take CN's answer to one row."""
    return replace(
        row,
        match=answer.match,
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
    )
