"""Licences: issue and draw-down.

Does not limit draw-downs to the licensed quantity: pages show the excess.
"""

from __future__ import annotations

from collections.abc import Iterator

from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.bytes.quantities import is_whole, quantity
from special_channel.core.entries import LicenceDrawn, LicenceIssued, StatementRef
from special_channel.core.entries.permits import Draw, Licence, LicenceLine
from special_channel.core.kinds.kind import (
    Case,
    Kind,
    application_row,
    row,
    row_or_none,
)
from special_channel.core.kinds.sharing import CUSTOMERS, not_shared, shares
from special_channel.core.rows import applications, corrections, licences
from special_channel.core.rows.applications import ApplicationRow, Statement
from special_channel.core.rows.licences import DrawRow, Issue, LicenceRow
from special_channel.core.rows.past import Placed
from special_channel.core.rules.judge_context import JudgeContext, owned
from special_channel.core.rules.state import Row, RowKey, Rows


def _issued_needs(entry: LicenceIssued, _: bytes | None) -> Iterator[RowKey]:
    yield "licence", entry.body.licence
    for number in entry.body.applications:
        yield "application", number


def _judge_issued(entry: LicenceIssued, case: Case) -> None:
    owned("cn", case.past)
    judge_issue(entry.body)
    _judge_companies(case, named_here=bool(entry.body.customers))
    _judge_issue_correction(entry.body, case.context)


def _judge_issue_correction(body: Licence, context: JudgeContext) -> None:
    """Refuse a correction of anything but an earlier issue of the licence."""
    # Only CN writes licences, so every issue lies in the entry's past.
    if body.corrects is None:
        return
    licence = context.row(("licence", body.licence), LicenceRow)
    issues = {issue.id for issue in licence.issues} if licence else set()
    if body.corrects.row is not None or body.corrects.id not in issues:
        raise RuleBroken(
            "reference", "There is no such issue of the licence to correct.", id=body.corrects.id
        )


def judge_issue(licence: Licence) -> None:
    """Refuse a licence with duplicate codes or applications, empty quantities or dates reversed.

    Raises:
        Malformed: `entry-malformed`.
    """
    codes = [line.code for line in licence.lines]
    if len(set(codes)) != len(codes) or not all(map(_is_counted, licence.lines)):
        raise _malformed("Each control code has one quantity above nothing.", "body.lines")
    if licence.valid_from > licence.valid_to:
        raise _malformed("A licence ends after it begins.", "body.valid_to")
    if len(set(licence.applications)) != len(licence.applications):
        raise _malformed("An application is named once.", "body.applications")


def _issued_behind(entry: LicenceIssued, _: bytes | None, rows: Rows) -> Iterator[RowKey]:
    """Yield the keys of applications that the corrected issue names."""
    licence = row_or_none(rows, LicenceRow, ("licence", entry.body.licence))
    corrected = _corrected_issue(licence, entry.body.corrects)
    if corrected is not None:
        yield from (("application", number) for number in corrected.applications)


def _corrected_issue(licence: LicenceRow | None, corrects: StatementRef | None) -> Issue | None:
    """Return the issue that a correction takes the place of; None if it replaces nothing."""
    live = licence.live if licence and corrects else ()
    return next((each for each in live if corrects and each.id == corrects.id), None)


def _fold_issued(entry: LicenceIssued, rows: Rows, placed: Placed) -> Iterator[Row]:
    """Record the issue, and state `issued` once for each application on the licence.

    A correction replaces the statements of the issue that it corrects: an application that no
    issue names any more is not stated as issued.
    """
    before = row_or_none(rows, LicenceRow, ("licence", entry.body.licence))
    licence = licences.issued(before, placed, entry)
    yield licence
    corrected = _corrected_issue(before, entry.body.corrects)
    named = {number for issue in licence.live for number in issue.applications}
    statement = Statement("issued", entry.body.issued_on, "licence")
    own = entry.body.applications
    for number in dict.fromkeys((*own, *(corrected.applications if corrected else ()))):
        application = application_row(rows, number)
        stated = _stated_by(application, licence)
        if number in own and (stated is None or (corrected and stated == corrected.index)):
            application = applications.asserted(application, number, placed, statement)
        elif application is None or number in named or stated is None:
            continue
        if corrected and stated == corrected.index:
            ref = StatementRef(id=corrected.id)
            application = corrections.corrected(application, placed, ref, corrected.index)
        yield application


def _stated_by(application: ApplicationRow | None, licence: LicenceRow) -> int | None:
    """Return the index of the issue that states an application as issued; None without one."""
    issues = {issue.index for issue in licence.issues}
    live = application.live("cn") if application else ()
    return next((each.index for each in live if each.index in issues), None)


def _drawn_needs(entry: LicenceDrawn, _: bytes | None) -> Iterator[RowKey]:
    yield "licence", entry.body.licence
    if entry.body.corrects is not None:
        yield "draw", entry.body.corrects.id


def _judge_drawn(entry: LicenceDrawn, case: Case) -> None:
    owned("cn", case.past)
    _judge_draw(entry.body, case.context)
    _judge_companies(case, named_here=entry.body.customer is not None)


def _judge_draw(draw: Draw, context: JudgeContext) -> None:
    """Refuse a draw-down without a matching licence line, quantity or earlier draw-down."""
    # Only CN writes licences and draw-downs, so every row of them lies in the entry's past.
    licence = context.row(("licence", draw.licence), LicenceRow)
    if licence is None:
        raise RuleBroken("reference", "No licence of this number was stated.", id=draw.licence)
    line = licence.now.line(draw.code)
    drawn = quantity(draw.quantity, draw.unit, draw.basis)
    if line is None or not line.counted().of_one_kind(drawn):
        raise RuleBroken(
            "licence-line",
            "The licence has no such control code in this unit and basis.",
            code=draw.code,
        )
    cancels = draw.corrects is not None and drawn.millionths == 0
    if not (cancels or _is_counted(draw)):
        raise _malformed("What is drawn is above nothing, and pieces are whole.", "body.quantity")
    if draw.corrects is not None:
        _judge_draw_correction(draw.licence, draw.corrects, context)


def _judge_draw_correction(licence: str, corrects: StatementRef, context: JudgeContext) -> None:
    """Refuse a correction of anything but a draw-down of the licence, each replaced once."""
    earlier = context.row(("draw", corrects.id), DrawRow)
    fits = earlier is not None and earlier.licence == licence and earlier.corrected < 0
    if not fits or corrects.row is not None:
        raise RuleBroken("reference", "There is no such draw-down to correct.", id=corrects.id)


def _is_counted(line: LicenceLine | Draw) -> bool:
    whole = line.unit != "pcs" or is_whole(line.quantity)
    return whole and quantity(line.quantity, line.unit, line.basis).millionths > 0


def _judge_companies(case: Case, *, named_here: bool) -> None:
    if named_here and not shares(case.charter, CUSTOMERS):
        raise not_shared(CUSTOMERS)


def _fold_drawn(entry: LicenceDrawn, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield licences.drawn(placed, entry)
    if entry.body.corrects is not None:
        yield licences.corrected(row(rows, DrawRow, ("draw", entry.body.corrects.id)), placed)


def _malformed(detail: str, field: str) -> Malformed:
    return Malformed("entry-malformed", detail, field=field)


KINDS = (
    Kind(LicenceIssued, _issued_needs, _judge_issued, _fold_issued, _issued_behind),
    Kind(LicenceDrawn, _drawn_needs, _judge_drawn, _fold_drawn),
)
