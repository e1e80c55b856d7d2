"""Weekly lists: listed, amended, answered on a return sheet.

Knows no company: a name is allowed or not, by the charter's opt-in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from special_channel.core.bytes.errors import Malformed, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import EntryId, Position
from special_channel.core.entries import (
    AmendmentSheet,
    BatchAmended,
    BatchAnswered,
    BatchListed,
    ListRow,
    ListSheet,
    Model,
    ReturnRow,
    ReturnSheet,
    Urgent,
    parse_model,
)
from special_channel.core.entries.batches import OPTED
from special_channel.core.kinds.kind import (
    Case,
    Kind,
    application_row,
    row,
    row_or_none,
)
from special_channel.core.kinds.sharing import not_shared, shares
from special_channel.core.rows import applications, batches
from special_channel.core.rows.applications import ApplicationRow, ClockFact, Statement
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.rows.charter import InForce
from special_channel.core.rows.past import Placed
from special_channel.core.rules.judge_context import Candidate, JudgeContext, named, owned
from special_channel.core.rules.releasing import releasers, stops_line
from special_channel.core.rules.state import Row, RowKey, Rows, listing_key
from special_channel.core.time.statutory import Act

_S = TypeVar("_S", bound=Model)

# Listed --------------------------------------------------------------------------------


def _listed_needs(_: BatchListed, data: bytes | None) -> Iterable[RowKey]:
    sheet = _sheet(ListSheet, data)
    return [("application", listed.number) for listed in sheet.rows] if sheet else []


def _judge_listed(entry: BatchListed, case: Case) -> None:
    owned("eu", case.past)
    listed = parse_model(ListSheet, case.candidate.data or b"").rows
    _judge_rows([each.row for each in listed], entry.body.rows)
    _judge_opted(listed, case.charter)
    _judge_line_stops(case.candidate, listed, case.context)


def _fold_listed(entry: BatchListed, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield batches.listed(placed, entry)
    sheet = parse_model(ListSheet, placed.data or b"")
    yield from _list_rows(rows, placed, placed.id, sheet.rows)


def _list_rows(
    rows: Rows, placed: Placed, batch: EntryId, listed: Iterable[ListRow]
) -> Iterator[Row]:
    made: dict[str, ApplicationRow] = {}
    for each in listed:
        yield batches.listing(batch, placed, each)
        held = made.get(each.number) or application_row(rows, each.number)
        held = applications.listed(held, placed, batch, each)
        if each.state is not None:
            held = applications.asserted(
                held, each.number, placed, Statement(each.state, each.as_of or "", "list")
            )
        made[each.number] = held
    yield from made.values()


# Amended -------------------------------------------------------------------------------


def _amended_needs(entry: BatchAmended, data: bytes | None) -> Iterator[RowKey]:
    yield "entry", entry.ref
    yield "batch", entry.ref
    sheet = _sheet(AmendmentSheet, data)
    if sheet is not None:
        yield from (("application", added.number) for added in sheet.added)
        yield from (listing_key(entry.ref, place) for place in sheet.rows())


def _judge_amended(entry: BatchAmended, case: Case) -> None:
    owned("eu", case.past)
    _judge_batch(entry.ref, case)
    sheet = parse_model(AmendmentSheet, case.candidate.data or b"")
    _judge_rows(sheet.rows(), entry.body.rows)
    _judge_amendment(entry, sheet, case.context)
    _judge_opted(sheet.added, case.charter)
    _judge_line_stops(case.candidate, (*sheet.added, *sheet.changed), case.context)


def _judge_amendment(entry: BatchAmended, sheet: AmendmentSheet, context: JudgeContext) -> None:
    """A row number is used once; only what is on the list is changed or taken off it.

    Lists are the EU's alone, so all that is known of their rows lies in the past.
    """
    for added in sheet.added:
        if context.row(listing_key(entry.ref, added.row), ListingRow) is not None:
            raise RuleBroken("reference", "The list has such a row already.", row=added.row)
    held_rows = sheet.rows()[len(sheet.added) :]
    for place in held_rows:
        held = context.row(listing_key(entry.ref, place), ListingRow)
        if held is None or held.withdrawn >= 0:
            raise RuleBroken("reference", "The list does not have such a row.", row=place)


def _fold_amended(entry: BatchAmended, rows: Rows, placed: Placed) -> Iterator[Row]:
    sheet = parse_model(AmendmentSheet, placed.data or b"")
    yield batches.batch_amended(row(rows, BatchRow, ("batch", entry.ref)), placed, sheet)
    yield from _list_rows(rows, placed, entry.ref, sheet.added)
    for changed in sheet.changed:
        held = row(rows, ListingRow, listing_key(entry.ref, changed.row))
        yield batches.listing_changed(held, placed, changed)
    for withdrawn in sheet.withdrawn:
        held = row(rows, ListingRow, listing_key(entry.ref, withdrawn.row))
        yield batches.listing_withdrawn(held, placed, withdrawn.reason or "")


# Answered ------------------------------------------------------------------------------


def _answered_needs(entry: BatchAnswered, data: bytes | None) -> Iterator[RowKey]:
    yield "entry", entry.ref
    yield "batch", entry.ref
    sheet = _sheet(ReturnSheet, data)
    for answer in sheet.rows if sheet else ():
        yield "application", answer.number
        yield listing_key(entry.ref, answer.row)


def _judge_answered(entry: BatchAnswered, case: Case) -> None:
    owned("cn", case.past)
    answered = parse_model(ReturnSheet, case.candidate.data or b"").rows
    _judge_rows([answer.row for answer in answered], entry.body.rows)
    _judge_remarks(entry, answered)
    _judge_batch(entry.ref, case)


def _judge_remarks(entry: BatchAnswered, rows: tuple[ReturnRow, ...]) -> None:
    """Refuse free remarks that belong to no row, or to two, or are in no language."""
    sheet, *remarks = entry.parts
    named_by_rows = sorted(each.text for each in rows if each.text is not None)
    if (
        sheet.k != "data"
        or any(part.k != "text" for part in remarks)
        or named_by_rows != list(range(1, len(entry.parts)))
        or (entry.lang is None) != (not remarks)
    ):
        raise Malformed("data-malformed", "The remarks and the rows don't fit.", rows=len(rows))


def _fold_answered(entry: BatchAnswered, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield batches.batch_answered(row(rows, BatchRow, ("batch", entry.ref)), placed, entry.body.rows)
    made: dict[str, ApplicationRow] = {}
    for answer in parse_model(ReturnSheet, placed.data or b"").rows:
        listing = row_or_none(rows, ListingRow, listing_key(entry.ref, answer.row))
        # A row that was added meanwhile is not the one that this sheet answers (rule 4).
        if listing is not None and placed.past.holds(Position("eu", listing.listed_in)):
            yield batches.listing_answered(listing, placed, answer)
        if answer.state is not None:
            held = made.get(answer.number) or application_row(rows, answer.number)
            made[answer.number] = applications.asserted(
                held, answer.number, placed, _answered(answer, answer.state)
            )
    yield from made.values()


_CLOCK_WORDS: Final[Mapping[str, Act]] = {
    "runs": "counted",
    "not_counted": "uncounted",
    "no_limit": "council",
}
"""What a return sheet's `clock` says of the statutory clock on the sheet's date; the other
words follow from the state."""


def _answered(answer: ReturnRow, state: str) -> Statement:
    clock = [ClockFact("accepted", answer.accepted_on)] if answer.accepted_on else []
    act = _CLOCK_WORDS.get(answer.clock or "")
    if answer.as_of and act:
        clock.append(ClockFact(act, answer.as_of))
    return Statement(
        state=state,
        as_of=answer.as_of or "",
        source="return-sheet",
        clock=tuple(clock),
        decision=answer.decision or "",
        decided_on=answer.decided_on or "",
    )


# Sheets --------------------------------------------------------------------------------


def _sheet(model: type[_S], data: bytes | None) -> _S | None:
    """Read a sheet; None if it is malformed, which the judge refuses by name."""
    try:
        return parse_model(model, data or b"{}")
    except Malformed:
        return None


def _judge_rows(rows: Sequence[int], stated: int) -> None:
    if len(rows) != stated or len(set(rows)) != len(rows):
        raise Malformed(
            "data-malformed", "The sheet has other rows than the entry says.", rows=len(rows)
        )


def _judge_opted(rows: Sequence[ListRow], charter: InForce | None) -> None:
    """Refuse fields of a list that the charter in force does not opt in."""
    for name in sorted(OPTED):
        filled = [each.row for each in rows if getattr(each, name) is not None]
        if filled and not shares(charter, name):
            raise not_shared(name, row=filled[0])


def _judge_batch(batch: str, case: Case) -> None:
    named(case.context, case.past, batch)
    if case.context.row(("batch", batch), BatchRow) is None:
        raise RuleBroken("reference", "The entry names no batch.", id=batch)


def _judge_line_stops(candidate: Candidate, rows: Sequence[Urgent], context: JudgeContext) -> None:
    """A line stop is released by a head of unit, whatever else the charter asks."""
    if not stops_line(each.urgency for each in rows):
        return
    roles = releasers((), line_stop=True)
    others = (context.key(key) for key in candidate.signed if key != candidate.entry.by)
    if not any(key is not None and key.role in roles for key in others):
        raise NotAllowed("clearance-missing", "A line stop needs the head of unit's release.")


KINDS = (
    Kind(BatchListed, _listed_needs, _judge_listed, _fold_listed),
    Kind(BatchAmended, _amended_needs, _judge_amended, _fold_amended),
    Kind(BatchAnswered, _answered_needs, _judge_answered, _fold_answered),
)
