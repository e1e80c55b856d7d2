"""Refuse what our own officials state and cannot be true, before it is stored or laid to release.

Only own statements: whatever the other side states is mirrored, kept and counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Refused, RuleBroken
from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries import (
    AmendmentSheet,
    ApplicationAsserted,
    BatchAmended,
    BatchAnswered,
    BatchListed,
    ClockMarked,
    Entry,
    LicenceDrawn,
    LicenceIssued,
    ListSheet,
    ReturnRow,
    ReturnSheet,
)
from special_channel.core.rows.applications import COUNTING, ApplicationRow
from special_channel.core.rows.submission import Submission, read
from special_channel.core.sense import licences, statements
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.findings import Finding
from special_channel.core.sense.licences import LicenceAround
from special_channel.core.sense.statements import StatementAround
from special_channel.desk import answers
from special_channel.desk.list_checks import ListRecord, amendment_findings, list_findings
from special_channel.desk.tables import MAX_ROWS
from special_channel.messages.sense import said
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.statements import answer_record, latest_statements, list_around

_ROWS: Final = (b'"rows":[', b'"added":[', b'"changed":[')
"""One of these is in each part with rows. Most entries are notes, and are not read here."""

_STATEMENTS: Final = (
    b'"kind":"application.asserted"',
    b'"kind":"clock.marked"',
    b'"kind":"licence.issued"',
    b'"kind":"licence.drawn"',
)
"""One of these is in the payload of each statement on an application or a licence."""

OfApplication = ApplicationAsserted | ClockMarked
OfLicence = LicenceIssued | LicenceDrawn
Stated = OfApplication | OfLicence


async def refuse_impossible(request: web.Request, sent: Sequence[Submission]) -> None:
    """Refuse a sheet or statement that can't be true, unless it is stored already.

    Raises:
        RuleBroken: `answer-impossible`, `list-impossible`, with the first such row;
            `statement-impossible`, `licence-impossible`, with the number.
    """
    await _refuse_statements(request, sent)
    sheets = [item for item in sent if any(part and _has_rows(part) for part in item.parts)]
    if not sheets:
        return
    context = await page_context(request)
    for item in sheets:
        checked = await _checked(context, item)
        refused = [each for each in checked.findings if each.grade == "refuse"]
        if refused:
            raise _refusal(refused, checked.numbers, said(context.t, refused[0]))


async def _refuse_statements(request: web.Request, sent: Sequence[Submission]) -> None:
    entries = [entry for item in sent if _is_statement(item) for entry in _statement(item)]
    if not entries:
        return
    context = await page_context(request)
    days = WorkingDays(context.calendar("cn"))
    applications = await _applications(context, [each for _, each in entries])
    for id_, entry in entries:
        if _of_the_other_authority(context, entry):
            continue
        if isinstance(entry, OfApplication):
            number = entry.body.number
            around = statement_around(context, days, applications.get(number))
            code, found = "statement-impossible", _of_statement(entry, around)
        else:
            number = entry.body.licence
            terms = await licence_around(context, days, number, applications)
            code, found = "licence-impossible", _of_licence(entry, terms)
        refused = [each for each in found if each.grade == "refuse"]
        if refused and not await context.own.stores.record.find([id_]):
            raise RuleBroken(
                code,
                "The statement can't be true.",
                number=number,
                rule=refused[0].rule,
                count=len(refused),
                words=said(context.t, refused[0]),
            )


async def _applications(
    context: PageContext, entries: Iterable[Stated]
) -> Mapping[str, ApplicationRow]:
    """Read the applications named by statements, by number."""
    numbers: set[str] = set()
    for entry in entries:
        if isinstance(entry, OfApplication):
            numbers.add(entry.body.number)
        elif isinstance(entry, LicenceIssued):
            numbers.update(entry.body.applications)
    return await context.own.stores.views.applications(list(numbers)) if numbers else {}


async def licence_around(
    context: PageContext,
    days: WorkingDays,
    number: str,
    applications: Mapping[str, ApplicationRow],
) -> LicenceAround:
    """Read the values with which a licence or a draw-down is read."""
    permits = context.own.stores.permits
    licence = await permits.licence(number)
    draws = (await permits.draws([number])).get(number, ()) if licence else ()
    return LicenceAround(context.today("cn"), days, licence, draws, applications)


def statement_around(
    context: PageContext, days: WorkingDays, application: ApplicationRow | None
) -> StatementAround:
    """Return the values with which a statement of our side is read."""
    return StatementAround(context.party, context.today("cn"), days, application)


def _of_the_other_authority(context: PageContext, entry: Stated) -> bool:
    """Tell whether the EU says that time is not counted: the judge refuses it with its own code."""
    if context.party == "cn" or not isinstance(entry, ClockMarked):
        return False
    return entry.body.act in COUNTING


def _of_licence(entry: OfLicence, around: LicenceAround) -> tuple[Finding, ...]:
    if isinstance(entry, LicenceIssued):
        return licences.licence(entry.body, around)
    return licences.draw(entry.body, around)


def _of_statement(entry: OfApplication, around: StatementAround) -> tuple[Finding, ...]:
    if isinstance(entry, ApplicationAsserted):
        return statements.assertion(entry.body, around)
    return statements.mark(entry.body, around)


def _is_statement(item: Submission) -> bool:
    try:
        payload = dsse.decode(item.envelope).payload
    except Refused:
        return False
    return any(each in payload for each in _STATEMENTS)


def _statement(item: Submission) -> list[tuple[EntryId, Stated]]:
    """Return a statement with its id; nothing if the judge refuses it with its own code."""
    try:
        draft = read(item, whole=True)
    except (Refused, ValidationError):
        return []
    return [(draft.id, draft.entry)] if isinstance(draft.entry, Stated) else []


def _refusal(refused: Sequence[Finding], numbers: Mapping[int, str], words: str) -> RuleBroken:
    row, rule, count = refused[0].row, refused[0].rule, len(refused)
    text = "A row states what can't be true."
    if numbers:
        number = numbers.get(row, "")
        return RuleBroken(
            "list-impossible", text, row=row, number=number, rule=rule, count=count, words=words
        )
    return RuleBroken("answer-impossible", text, row=row, rule=rule, count=count, words=words)


def _has_rows(part: bytes) -> bool:
    return any(each in part for each in _ROWS)


@dataclass(frozen=True, slots=True)
class _Checked:
    """Findings of a sheet; `numbers`: application numbers by row, of a list or an amendment."""

    findings: Iterable[Finding] = ()
    numbers: Mapping[int, str] = field(default_factory=dict)


async def _checked(context: PageContext, item: Submission) -> _Checked:
    try:
        draft = read(item, whole=True)
        checked = await _check(context, draft.entry, draft.data or b"{}")
    except (Refused, ValidationError):
        return _Checked()  # the judge refuses it with its own code
    stored = checked.findings and await context.own.stores.record.find([draft.id])
    return _Checked() if stored else checked


async def _check(context: PageContext, entry: Entry, data: bytes) -> _Checked:
    match entry:
        case BatchAnswered():
            sheet = ReturnSheet.model_validate_json(data)
            listed = await latest_statements(context, entry.ref)
            stated = answer_record(context, listed, ())
            return _Checked(answers.findings(sheet.rows, _remarked(sheet.rows), stated))
        case BatchListed():
            rows = ListSheet.model_validate_json(data).rows
            record = ListRecord(list_around(context))
            found = await asyncio.to_thread(list_findings, rows, record)
            return _Checked(found, {row.row: row.number for row in rows})
        case BatchAmended():
            amendment = AmendmentSheet.model_validate_json(data)
            views = context.own.stores.views
            standing = {row.row: row for row in await views.listings(entry.ref, 1, MAX_ROWS)}
            numbers = {row.row: row.number for row in standing.values()}
            numbers |= {row.row: row.number for row in amendment.added}
            # Rules against the record confirm or note; only the amended list itself can refuse.
            record = ListRecord(list_around(context), standing=standing)
            found = await asyncio.to_thread(amendment_findings, amendment, record)
            return _Checked(found, numbers)
        case _:
            return _Checked()


def _remarked(rows: Iterable[ReturnRow]) -> dict[int, str]:
    """Return the rows with a free remark; its words are not read here."""
    return {row.row: "-" for row in rows if row.text}
