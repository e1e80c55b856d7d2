"""Check the signed sheets of our side with the record: lists, amendments, and answers to lists.

The same checks, with the same record, as where a file is read and where a second official sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from special_channel.core.bytes import parts
from special_channel.core.bytes.ids import EntryId, KeyId
from special_channel.core.entries import (
    AmendmentSheet,
    BatchAmended,
    BatchAnswered,
    BatchListed,
    ListRow,
    ListSheet,
    ReturnRow,
    ReturnSheet,
)
from special_channel.core.rows.submission import Incoming
from special_channel.core.sense.findings import Finding
from special_channel.desk import answers
from special_channel.desk.answers import company_names
from special_channel.desk.tables import MAX_ROWS
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.listings import check_amended, check_rows, kept_rows, last_rows
from special_channel.web.shell.statements import answer_record, latest_statements


@dataclass(frozen=True, slots=True)
class Checked:
    """Findings of an entry.

    Attributes:
        total: Number of rows.
        numbers: Application numbers by row, of a list or an amendment.
        corrected: Rows that correct an earlier statement.
        id: The entry.
        by: The key of its author.
    """

    findings: Sequence[Finding] = ()
    total: int = 0
    numbers: Mapping[int, str] = field(default_factory=dict)
    corrected: frozenset[int] = frozenset()
    id: EntryId = ""
    by: KeyId = ""


async def checked_sheet(context: PageContext, draft: Incoming) -> Checked:
    """Check a sheet with the record; nothing is found in another entry.

    Raises:
        ValidationError: The sheet is not well-formed.
    """
    data, views = draft.data or b"{}", context.own.stores.views
    match draft.entry:
        case BatchAnswered():
            sheet = ReturnSheet.model_validate_json(data)
            return await _answer(context, draft, draft.entry.ref, sheet)
        case BatchListed():
            rows, name = ListSheet.model_validate_json(data).rows, draft.entry.body.list
            kept, last = await kept_rows(context, name), await last_rows(views)
            found = await check_rows(context, rows, kept, last)
            return _checked(draft, found, corrected_rows(rows), {r.row: r.number for r in rows})
        case BatchAmended():
            amendment = AmendmentSheet.model_validate_json(data)
            batch = await views.batch(draft.entry.ref)
            if batch is None:
                return Checked()
            kept = await kept_rows(context, batch.list)
            found = await check_amended(context, batch, amendment, kept)
            numbers = {r.row: r.number for r in await views.listings(batch.batch, 1, MAX_ROWS)}
            numbers |= {r.row: r.number for r in amendment.added}
            return _checked(draft, found, corrected_rows(amendment.added), numbers)
        case _:
            return Checked()


async def _answer(
    context: PageContext, draft: Incoming, answered: EntryId, sheet: ReturnSheet
) -> Checked:
    batch = await context.own.stores.views.batch(answered)
    kept = await kept_rows(context, batch.list) if batch else ()
    listed = await latest_statements(context, answered)
    record = await answer_record(context, listed, company_names(kept))
    remarks = remarks_in(sheet.rows, draft.submission.parts)
    found = await context.own.desk.reader.aside(
        lambda: answers.findings(sheet.rows, remarks, record)
    )
    return _checked(draft, found, corrected_rows(sheet.rows), {})


def _checked(
    draft: Incoming,
    found: Sequence[Finding],
    corrected: frozenset[int],
    numbers: Mapping[int, str],
) -> Checked:
    rows = draft.entry.body.rows if isinstance(draft.entry, _SHEETS) else 0
    return Checked(found, rows, numbers, corrected, draft.id, draft.entry.by)


_SHEETS: Final = (BatchAmended, BatchAnswered, BatchListed)


def corrected_rows(rows: Iterable[ListRow | ReturnRow]) -> frozenset[int]:
    """Return the rows that correct an earlier statement."""
    return frozenset(row.row for row in rows if row.corrects)


def remarks_in(rows: Iterable[ReturnRow], disclosures: Sequence[bytes | None]) -> Mapping[int, str]:
    """Return the free remarks of a return sheet by row; `disclosures`: the parts of its entry."""
    remarks = {}
    for row in rows:
        disclosure = disclosures[row.text] if row.text and row.text < len(disclosures) else None
        part = parts.parse(disclosure) if disclosure else None
        if isinstance(part, parts.TextPart):
            remarks[row.row] = part.text
    return remarks
