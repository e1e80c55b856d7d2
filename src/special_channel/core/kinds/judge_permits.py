"""What lists, applications, licences and priority ask of their past, under rules 1.

Does not repeat what holds for all kinds, and knows no company: a name is allowed or not, by
the charter's opt-in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from special_channel.core.bytes.errors import Malformed, NotAllowed, RuleBroken
from special_channel.core.bytes.quantities import is_whole, quantity
from special_channel.core.entries import (
    AmendmentSheet,
    ApplicationAsserted,
    ApplicationLinked,
    BatchAmended,
    BatchAnswered,
    BatchListed,
    ClockMarked,
    LicenceDrawn,
    LicenceIssued,
    ListRow,
    ListSheet,
    PriorityAnswered,
    PriorityRequested,
    ReturnRow,
    ReturnSheet,
    Urgent,
    parse_model,
)
from special_channel.core.entries.batches import OPTED
from special_channel.core.entries.permits import Draw, Licence, LicenceLine, Mark
from special_channel.core.rows.applications import COUNTING
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.rows.charter import InForce
from special_channel.core.rows.licences import DrawRow, LicenceRow
from special_channel.core.rows.past import Past
from special_channel.core.rows.priorities import PriorityRow
from special_channel.core.rules.court import Candidate, Court, named, owned
from special_channel.core.rules.releasing import releasers, stops_line
from special_channel.core.rules.state import listing_key

CUSTOMERS: Final = "customers"
"""The charter's opt-in column without which no entry names a company."""


def judge_sheet(
    candidate: Candidate,
    entry: BatchListed | BatchAmended | BatchAnswered,
    past: Past,
    court: Court,
    charter: InForce | None,
) -> None:
    """Refuse a sheet that is not this side's, has other rows than the entry says, or says more.

    Raises:
        Malformed: `data-malformed`, `entry-malformed`.
        NotAllowed: `owner`, `clearance-missing`.
        RuleBroken: `reference`, `column-not-shared`.
    """
    data = candidate.data or b""
    match entry:
        case BatchListed():
            owned("eu", past)
            listed = parse_model(ListSheet, data).rows
            _judge_rows([row.row for row in listed], entry.body.rows)
            _judge_opted(listed, charter)
            _judge_line_stops(candidate, listed, court)
        case BatchAmended():
            owned("eu", past)
            _judge_batch(entry.ref, past, court)
            sheet = parse_model(AmendmentSheet, data)
            _judge_rows(sheet.rows(), entry.body.rows)
            _judge_amendment(entry, sheet, court)
            _judge_opted(sheet.added, charter)
            _judge_line_stops(candidate, (*sheet.added, *sheet.changed), court)
        case BatchAnswered():  # pragma: no branch - a closed union
            owned("cn", past)
            answered = parse_model(ReturnSheet, data).rows
            _judge_rows([row.row for row in answered], entry.body.rows)
            _judge_remarks(entry, answered)
            _judge_batch(entry.ref, past, court)


def _judge_rows(rows: Sequence[int], stated: int) -> None:
    if len(rows) != stated or len(set(rows)) != len(rows):
        raise Malformed(
            "data-malformed", "The sheet has other rows than the entry says.", rows=len(rows)
        )


def _judge_opted(rows: Sequence[ListRow], charter: InForce | None) -> None:
    """Refuse fields of a list that the charter in force does not opt in."""
    for name in sorted(OPTED):
        filled = [row.row for row in rows if getattr(row, name) is not None]
        if filled and not _shares(charter, name):
            raise _not_shared(name, row=filled[0])


def _shares(charter: InForce | None, column: str) -> bool:
    return charter is not None and column in charter.charter.columns


def _not_shared(column: str, **facts: int) -> RuleBroken:
    return RuleBroken(
        "column-not-shared", "The charter has not opted in to this.", column=column, **facts
    )


def _judge_remarks(entry: BatchAnswered, rows: tuple[ReturnRow, ...]) -> None:
    """Refuse free remarks that belong to no row, or to two, or are in no language."""
    sheet, *remarks = entry.parts
    named_by_rows = sorted(row.text for row in rows if row.text is not None)
    if (
        sheet.k != "data"
        or any(part.k != "text" for part in remarks)
        or named_by_rows != list(range(1, len(entry.parts)))
        or (entry.lang is None) != (not remarks)
    ):
        raise Malformed("data-malformed", "The remarks and the rows don't fit.", rows=len(rows))


def _judge_batch(batch: str, past: Past, court: Court) -> None:
    named(court, past, batch)
    if court.row(("batch", batch), BatchRow) is None:
        raise RuleBroken("reference", "The entry names no batch.", id=batch)


def _judge_amendment(entry: BatchAmended, sheet: AmendmentSheet, court: Court) -> None:
    """A row number is used once; only what is on the list is changed or taken off it.

    Lists are the EU's alone, so all that is known of their rows lies in the past.
    """
    for added in sheet.added:
        if court.row(listing_key(entry.ref, added.row), ListingRow) is not None:
            raise RuleBroken("reference", "The list has such a row already.", row=added.row)
    held_rows = sheet.rows()[len(sheet.added) :]
    for place in held_rows:
        held = court.row(listing_key(entry.ref, place), ListingRow)
        if held is None or held.withdrawn >= 0:
            raise RuleBroken("reference", "The list does not have such a row.", row=place)


def _judge_line_stops(candidate: Candidate, rows: Sequence[Urgent], court: Court) -> None:
    """A line stop is released by a head of unit, whatever else the charter asks."""
    if not stops_line(row.urgency for row in rows):
        return
    roles = releasers((), line_stop=True)
    others = (court.key(key) for key in candidate.signed if key != candidate.entry.by)
    if not any(row is not None and row.role in roles for row in others):
        raise NotAllowed("clearance-missing", "A line stop needs the head of unit's release.")


def judge_application(
    entry: ApplicationAsserted | ApplicationLinked | ClockMarked, past: Past
) -> None:
    """Refuse acts that run backwards, that give no reason or one of time that is counted.

    That time is not counted, and that it is again, is CN's to state: what the EU estimates of
    it stands in its own `application.asserted`.

    Raises:
        Malformed: `entry-malformed`.
        NotAllowed: `owner`.
    """
    match entry:
        case ApplicationAsserted():
            dates = [act.on for act in entry.body.clock]
            reasons = [act for act in entry.body.clock if act.basis or act.expected_until]
            if dates != sorted(dates) or any(act.act != "uncounted" for act in reasons):
                raise _malformed("The acts of the procedure don't hold together.", "body.clock")
        case ApplicationLinked():
            if entry.body.number == entry.body.former:
                raise _malformed("A number is not linked to itself.", "body.former")
        case ClockMarked():  # pragma: no branch - a closed union
            if entry.body.act in COUNTING:
                owned("cn", past)
            judge_mark(entry.body)


def judge_mark(said: Mark) -> None:
    """Refuse time that is not counted without a reason, and a reason of any other act.

    Raises:
        Malformed: `entry-malformed`.
    """
    if (said.act == "uncounted") != (said.basis is not None):
        raise _malformed("Time that is not counted has a reason.", "body.basis")
    if said.expected_until is not None and (
        said.act != "uncounted" or said.expected_until < said.on
    ):
        raise _malformed("What is expected comes after it.", "body.expected_until")


def judge_licence(
    entry: LicenceIssued | LicenceDrawn, past: Past, court: Court, charter: InForce | None
) -> None:
    """Refuse a licence that is not CN's, or a draw-down that its licence has no line for.

    More may be stated as drawn than was allowed: the page shows it, and nobody is told to
    state something else.

    Raises:
        Malformed: `entry-malformed`.
        NotAllowed: `owner`.
        RuleBroken: `column-not-shared`, `reference`, `licence-line`.
    """
    owned("cn", past)
    match entry:
        case LicenceIssued():
            judge_issue(entry.body)
            companies = bool(entry.body.customers)
        case LicenceDrawn():  # pragma: no branch - a closed union
            _judge_draw(entry.body, court)
            companies = entry.body.customer is not None
    if companies and not _shares(charter, CUSTOMERS):
        raise _not_shared(CUSTOMERS)


def judge_issue(said: Licence) -> None:
    """Refuse a licence that does not hold together by itself.

    Raises:
        Malformed: `entry-malformed`.
    """
    codes = [line.code for line in said.lines]
    if len(set(codes)) != len(codes) or not all(map(_is_counted, said.lines)):
        raise _malformed("Each control code has one quantity above nothing.", "body.lines")
    if said.valid_from > said.valid_to:
        raise _malformed("A licence ends after it begins.", "body.valid_to")
    if len(set(said.applications)) != len(said.applications):
        raise _malformed("An application is named once.", "body.applications")


def _is_counted(line: LicenceLine | Draw) -> bool:
    whole = line.unit != "pcs" or is_whole(line.quantity)
    return whole and quantity(line.quantity, line.unit, line.basis).millionths > 0


def _judge_draw(said: Draw, court: Court) -> None:
    """Licences and draw-downs are CN's alone, so all that is known of them lies in the past."""
    held = court.row(("licence", said.licence), LicenceRow)
    if held is None:
        raise RuleBroken("reference", "No licence of this number was stated.", id=said.licence)
    line = held.now.line(said.code)
    drawn = quantity(said.quantity, said.unit, said.basis)
    if line is None or not line.counted().of_one_kind(drawn):
        raise RuleBroken(
            "licence-line",
            "The licence has no such control code in this unit and basis.",
            code=said.code,
        )
    taken_back = said.corrects is not None and drawn.millionths == 0
    if not (taken_back or _is_counted(said)):
        raise _malformed("What is drawn is above nothing, and pieces are whole.", "body.quantity")
    if said.corrects is not None:
        earlier = court.row(("draw", said.corrects), DrawRow)
        if earlier is None or earlier.licence != said.licence or earlier.corrected >= 0:
            raise RuleBroken(
                "reference", "There is no such draw-down to correct.", id=said.corrects
            )


def judge_priority(entry: PriorityRequested | PriorityAnswered, past: Past, court: Court) -> None:
    """Refuse a request that is not the EU's, or an answer on what was not asked for.

    Raises:
        Malformed: `entry-malformed`.
        NotAllowed: `owner`.
        RuleBroken: `reference`.
    """
    match entry:
        case PriorityRequested():
            owned("eu", past)
            numbers = list(entry.body.applications)
        case PriorityAnswered():  # pragma: no branch - a closed union
            owned("cn", past)
            named(court, past, entry.ref)
            request = court.row(("priority", entry.ref), PriorityRow)
            wanted = {each.number for each in request.wanted} if request else set()
            numbers = [each.number for each in entry.body.answers]
            if not wanted.issuperset(numbers):
                raise RuleBroken(
                    "reference", "The request for priority names no such application.", id=entry.ref
                )
    if len(set(numbers)) != len(numbers):
        raise _malformed("An application is named once.", "body")


def _malformed(detail: str, field: str) -> Malformed:
    return Malformed("entry-malformed", detail, field=field)
