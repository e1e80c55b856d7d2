"""Refuse what our own officials state and cannot be true, before it is stored or laid to release.

Only own statements: whatever the other side states is mirrored, kept and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from special_channel.core.bytes.errors import Refused, RuleBroken
from special_channel.core.entries import BatchAnswered, ReturnRow, ReturnSheet
from special_channel.core.rows.submission import Submission, read
from special_channel.core.sense.findings import Finding
from special_channel.desk import answers
from special_channel.messages.sense import said
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.statements import answer_record, latest_statements

_ROWS: Final = b'"rows":['
"""Stands in each part with the rows of a sheet. Most entries are notes, and are not read here."""


async def refuse_impossible(request: web.Request, sent: Sequence[Submission]) -> None:
    """Refuse a return sheet with a row that can't be true, unless it is stored already.

    Raises:
        RuleBroken: `answer-impossible`, with the first such row.
    """
    sheets = [item for item in sent if any(part and _ROWS in part for part in item.parts)]
    if not sheets:
        return
    context = await page_context(request)
    for item in sheets:
        found = [each for each in await _findings(context, item) if each.grade == "refuse"]
        if found:
            raise RuleBroken(
                "answer-impossible",
                "A row states what can't be true.",
                row=found[0].row,
                rule=found[0].rule,
                count=len(found),
                words=said(context.t, found[0]),
            )


async def _findings(context: PageContext, item: Submission) -> Iterable[Finding]:
    try:
        draft = read(item, whole=True)
        entry = draft.entry
        if not isinstance(entry, BatchAnswered):
            return ()
        sheet = ReturnSheet.model_validate_json(draft.data or b"{}")
    except (Refused, ValidationError):
        return ()  # the judge refuses it with its own code
    if await context.own.stores.record.find([draft.id]):
        return ()
    listed = await latest_statements(context, entry.ref)
    record = answer_record(context, listed, ())
    return answers.findings(sheet.rows, _remarked(sheet.rows), record)


def _remarked(rows: Iterable[ReturnRow]) -> dict[int, str]:
    """Return the rows with a free remark; its words are not read here."""
    return {row.row: "-" for row in rows if row.text}
