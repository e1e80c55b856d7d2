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

from special_channel.core.bytes.errors import Refused, RuleBroken
from special_channel.core.entries import (
    AmendmentSheet,
    BatchAmended,
    BatchAnswered,
    BatchListed,
    Entry,
    ListSheet,
    ReturnRow,
    ReturnSheet,
)
from special_channel.core.rows.submission import Submission, read
from special_channel.core.sense.findings import Finding
from special_channel.desk import answers
from special_channel.desk.list_checks import ListRecord, amendment_findings, list_findings
from special_channel.desk.tables import MAX_ROWS
from special_channel.messages.sense import said
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.statements import answer_record, latest_statements, list_around

_ROWS: Final = (b'"rows":[', b'"added":[', b'"changed":[')
"""One of these is in each part with rows. Most entries are notes, and are not read here."""


async def refuse_impossible(request: web.Request, sent: Sequence[Submission]) -> None:
    """Refuse a sheet with a row that can't be true, unless it is stored already.

    Raises:
        RuleBroken: `answer-impossible`, `list-impossible`, with the first such row.
    """
    sheets = [item for item in sent if any(part and _has_rows(part) for part in item.parts)]
    if not sheets:
        return
    context = await page_context(request)
    for item in sheets:
        checked = await _checked(context, item)
        refused = [each for each in checked.findings if each.grade == "refuse"]
        if refused:
            raise _refusal(refused, checked.numbers, said(context.t, refused[0]))


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
