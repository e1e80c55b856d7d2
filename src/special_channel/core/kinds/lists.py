"""Weekly lists: listing, amendment, answers on a return sheet.

Does not check company names, only whether the charter opts in to the column.
"""

from __future__ import annotations

from collections import ChainMap
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
    StatementRef,
    Urgent,
    parse_model,
)
from special_channel.core.entries.batches import OPTED, Link
from special_channel.core.kinds.correcting import (
    answers_behind,
    corrected,
    judge_corrections,
    replaced_answers,
    statement_needs,
)
from special_channel.core.kinds.kind import (
    Case,
    Kind,
    application_row,
    row,
    row_or_none,
)
from special_channel.core.kinds.sharing import not_shared, shares
from special_channel.core.rows import applications, batches, corrections, links
from special_channel.core.rows.applications import ApplicationRow, ClockFact, Statement
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.rows.charter import InForce
from special_channel.core.rows.past import Placed
from special_channel.core.rules.judge_context import JudgeContext, named, owned
from special_channel.core.rules.releasing import releasers, stops_line
from special_channel.core.rules.signers import released
from special_channel.core.rules.state import Row, RowKey, Rows, listing_key
from special_channel.core.time.statutory import Act

_S = TypeVar("_S", bound=Model)

# Listed --------------------------------------------------------------------------------


def _listed_needs(_: BatchListed, data: bytes | None) -> Iterable[RowKey]:
    sheet = _sheet(ListSheet, data)
    if sheet is None:
        return []
    numbers: list[RowKey] = [("application", listed.number) for listed in sheet.rows]
    return [*numbers, *statement_needs(listed.corrects for listed in sheet.rows)]


def _judge_listed(entry: BatchListed, case: Case) -> None:
    owned("eu", case.past)
    listed = parse_model(ListSheet, case.candidate.data or b"").rows
    _judge_rows([each.row for each in listed], entry.body.rows)
    _judge_opted(listed, case.charter)
    _judge_line_stops(listed, case)
    judge_corrections(case, ((each.number, each.corrects) for each in listed))


def _fold_listed(entry: BatchListed, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield batches.listed(placed, entry)
    sheet = parse_model(ListSheet, placed.data or b"")
    yield from _list_rows(rows, placed, placed.id, sheet.rows)


def _list_rows(
    rows: Rows, placed: Placed, batch: EntryId, listed: Iterable[ListRow]
) -> Iterator[Row]:
    changed: dict[str, ApplicationRow] = {}
    for each in listed:
        yield batches.listing(batch, placed, each)
        application = changed.get(each.number) or application_row(rows, each.number)
        application = applications.listed(application, placed, batch, each)
        if each.state is not None:
            statement = Statement(each.state, each.as_of or "", "list", row=each.row)
            application = applications.asserted(application, each.number, placed, statement)
        changed[each.number] = corrected(application, rows, placed, each.corrects, each.row)
    yield from changed.values()


# Amended -------------------------------------------------------------------------------


def _amended_needs(entry: BatchAmended, data: bytes | None) -> Iterator[RowKey]:
    yield "entry", entry.ref
    yield "batch", entry.ref
    sheet = _sheet(AmendmentSheet, data)
    if sheet is not None:
        yield from (("application", added.number) for added in sheet.added)
        yield from statement_needs(added.corrects for added in sheet.added)
        yield from (listing_key(entry.ref, place) for place in sheet.rows())


def _judge_amended(entry: BatchAmended, case: Case) -> None:
    owned("eu", case.past)
    _judge_batch(entry.ref, case)
    sheet = parse_model(AmendmentSheet, case.candidate.data or b"")
    _judge_rows(sheet.rows(), entry.body.rows)
    _judge_amendment(entry, sheet, case.context)
    _judge_opted(sheet.added, case.charter)
    _judge_line_stops((*sheet.added, *sheet.changed), case)
    judge_corrections(case, ((added.number, added.corrects) for added in sheet.added))


def _judge_amendment(entry: BatchAmended, sheet: AmendmentSheet, context: JudgeContext) -> None:
    """Refuse a new row with a used number, and changes of rows that are not on the list."""
    # Only the EU writes lists, so every row of them lies in the entry's past.
    for added in sheet.added:
        if context.row(listing_key(entry.ref, added.row), ListingRow) is not None:
            raise RuleBroken("reference", "The list has such a row already.", row=added.row)
    existing = sheet.rows()[len(sheet.added) :]
    for place in existing:
        listing = context.row(listing_key(entry.ref, place), ListingRow)
        if listing is None or listing.withdrawn >= 0:
            raise RuleBroken("reference", "The list does not have such a row.", row=place)


def _fold_amended(entry: BatchAmended, rows: Rows, placed: Placed) -> Iterator[Row]:
    sheet = parse_model(AmendmentSheet, placed.data or b"")
    yield batches.batch_amended(row(rows, BatchRow, ("batch", entry.ref)), placed, sheet)
    yield from _list_rows(rows, placed, entry.ref, sheet.added)
    for changed in sheet.changed:
        listing = row(rows, ListingRow, listing_key(entry.ref, changed.row))
        yield batches.listing_changed(listing, placed, changed)
    for withdrawn in sheet.withdrawn:
        listing = row(rows, ListingRow, listing_key(entry.ref, withdrawn.row))
        yield batches.listing_withdrawn(listing, placed, withdrawn.reason or "")


# Answered ------------------------------------------------------------------------------


def _answered_needs(entry: BatchAnswered, data: bytes | None) -> Iterator[RowKey]:
    yield "entry", entry.ref
    yield "batch", entry.ref
    sheet = _sheet(ReturnSheet, data)
    for answer in sheet.rows if sheet else ():
        yield "application", answer.number
        if answer.found_as is not None:
            yield "application", answer.found_as
        yield listing_key(entry.ref, answer.row)
        yield from statement_needs([answer.corrects])


def _answered_behind(_: BatchAnswered, data: bytes | None, rows: Rows) -> Iterator[RowKey]:
    # Few sheets correct anything, and a sheet is parsed slowly.
    sheet = _sheet(ReturnSheet, data) if b'"corrects"' in (data or b"") else None
    answers = sheet.rows if sheet else ()
    return answers_behind(rows, ((answer.number, answer.corrects) for answer in answers))


def _judge_answered(entry: BatchAnswered, case: Case) -> None:
    owned("cn", case.past)
    answered = parse_model(ReturnSheet, case.candidate.data or b"").rows
    _judge_rows([answer.row for answer in answered], entry.body.rows)
    _judge_remarks(entry, answered)
    _judge_batch(entry.ref, case)
    judge_corrections(case, ((answer.number, answer.corrects) for answer in answered))


def _judge_remarks(entry: BatchAnswered, rows: tuple[ReturnRow, ...]) -> None:
    """Refuse remarks that no row or several rows name, or remarks without a language."""
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
    changed: dict[RowKey, Row] = {}
    now = ChainMap(changed, rows)  # type: ignore[arg-type]  # only the first mapping is written
    for answer in parse_model(ReturnSheet, placed.data or b"").rows:
        key: RowKey = ("application", answer.number)
        before = application_row(now, answer.number)
        application = _answered_application(before, rows, placed, answer)
        if answer.found_as is not None:
            link = Link(number=answer.found_as, former=answer.number, basis="matched")
            found = application_row(now, link.number)
            changed["application", link.number] = links.linked(
                found, link.number, placed, link, answer.row
            )
            application = links.linked(application, link.former, placed, link, answer.row)
        changed[key] = application
        for listing in _answered_listings(entry.ref, application, now, placed, answer):
            changed[listing_key(listing.batch, listing.row)] = listing
    yield from changed.values()


def _answered_application(
    before: ApplicationRow | None, rows: Rows, placed: Placed, answer: ReturnRow
) -> ApplicationRow:
    if answer.state is None:
        row = corrections.matched(before, placed, answer)
    else:
        statement = _answered(answer, answer.state)
        row = applications.asserted(before, answer.number, placed, statement)
    return corrected(row, rows, placed, answer.corrects, answer.row)


def _answered_listings(
    batch: EntryId, application: ApplicationRow, rows: Rows, placed: Placed, answer: ReturnRow
) -> Iterator[ListingRow]:
    """Yield the row of the list with its answer, and other rows whose answer this one replaces."""
    place = placed.position.index, answer.row
    origin, _ = application.replacements("cn").origin(place)
    for shown in replaced_answers(application, rows, place):
        yield batches.listing_answered(shown, placed, answer, origin)
    listing = row_or_none(rows, ListingRow, listing_key(batch, answer.row))
    # A row of this number added concurrently is not the row that the sheet answers (rule 4).
    if listing is None or not placed.past.holds(Position("eu", listing.listed_in)):
        return
    # A correction of an older answer does not replace a later one.
    if listing.answer_origin <= origin:
        yield batches.listing_answered(listing, placed, answer, origin)


_CLOCK_WORDS: Final[Mapping[str, Act]] = {
    "runs": "counted",
    "not_counted": "uncounted",
    "no_limit": "council",
}
"""Acts of the statutory clock on the sheet's date, by a return sheet's `clock`. Further values of
`clock` follow from the state."""


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
        row=answer.row,
    )


# Sheets --------------------------------------------------------------------------------


def corrected_by(
    entry: BatchListed | BatchAmended | BatchAnswered, data: bytes | None
) -> Iterator[StatementRef]:
    """Yield the statements that rows of an entry's sheet correct; none for a malformed sheet."""
    rows: Sequence[ListRow | ReturnRow] = ()
    if isinstance(entry, BatchAmended):
        amendment = _sheet(AmendmentSheet, data)
        rows = amendment.added if amendment else ()
    elif isinstance(entry, BatchListed):
        listed = _sheet(ListSheet, data)
        rows = listed.rows if listed else ()
    else:
        answered = _sheet(ReturnSheet, data)
        rows = answered.rows if answered else ()
    yield from (row.corrects for row in rows if row.corrects is not None)


def _sheet(model: type[_S], data: bytes | None) -> _S | None:
    """Parse a sheet; None if malformed."""
    # No error here: the judge refuses a malformed sheet with its code.
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
    """Refuse list fields without an opt-in of the charter in force."""
    for name in sorted(OPTED):
        filled = [each.row for each in rows if getattr(each, name) is not None]
        if filled and not shares(charter, name):
            raise not_shared(name, row=filled[0])


def _judge_batch(batch: str, case: Case) -> None:
    named(case.context, case.past, batch)
    if case.context.row(("batch", batch), BatchRow) is None:
        raise RuleBroken("reference", "The entry names no batch.", id=batch)


def _judge_line_stops(rows: Sequence[Urgent], case: Case) -> None:
    """Refuse a line stop without a leader's release, whatever the charter's release rules."""
    if not stops_line(each.urgency for each in rows):
        return
    roles = releasers((), line_stop=True)
    if not released(case.candidate, roles, case.charter, case.past, case.context):
        raise NotAllowed("clearance-missing", "A line stop needs the head of unit's release.")


KINDS = (
    Kind(BatchListed, _listed_needs, _judge_listed, _fold_listed),
    Kind(BatchAmended, _amended_needs, _judge_amended, _fold_amended),
    Kind(BatchAnswered, _answered_needs, _judge_answered, _fold_answered, _answered_behind),
)
