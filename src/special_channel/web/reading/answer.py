"""Reads a list to be answered on screen: each row as the own side stated it last.

Does not sign or keep anything but a draft of the reader's own, filled from their file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import orjson

from special_channel.core.bytes.errors import Malformed, NotAllowed
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.desk import columns
from special_channel.desk.answers import NAME_COLUMNS, PrefilledRow, check_fit, prefilled
from special_channel.desk.lists import Sheet
from special_channel.web.pages.answer import AnswerFilePage, AnswerPage, AnswerRow
from special_channel.web.pages.list_check import FaultLine, KeptPart
from special_channel.web.reading.applications import assertion
from special_channel.web.reading.batch import find_batch
from special_channel.web.reading.list_check import kept_part
from special_channel.web.shared.capitals import on_date
from special_channel.web.shared.references import application_url, batch_ref
from special_channel.web.shell.context import PageContext

ALL_ROWS: Final = 2000
"""As a list may have (core/entries/batches.py)."""


async def find(context: PageContext, number: str) -> BatchRow:
    """Return the batch for somebody who may answer it.

    Raises:
        NotFound: `batch-unknown`.
        NotAllowed: `owner`, `role`, `charter-absent`.
    """
    row = await find_batch(context, number)
    if context.party != "cn":
        raise NotAllowed("owner", "CN answers lists.")
    if not context.writes:
        raise NotAllowed("role", "The role of this key does not allow that.", kind="batch.answered")
    if context.charter is None:
        raise NotAllowed("charter-absent", "No charter is in force yet.")
    return row


async def stated(
    context: PageContext, batch: BatchRow
) -> tuple[Sequence[ListingRow], Mapping[int, PrefilledRow], Mapping[str, ApplicationRow]]:
    """Return a batch's rows, what was stated last of each, and the applications."""
    views = context.own.views
    rows, held = await asyncio.gather(
        views.listings(batch.batch, 1, ALL_ROWS), views.applications_on(batch.batch)
    )
    # What stands on this list alone was answered here or nowhere.
    again = [number for number, row in held.items() if len(row.listed) > 1]
    last = {row.number: row for row in rows if row.answered >= 0}
    last |= await views.last_answers(again) if again else {}
    made = {row.row: prefilled(row, last.get(row.number), held.get(row.number)) for row in rows}
    return rows, made, held


async def answer(context: PageContext, batch: BatchRow) -> AnswerPage:
    """Read the page on which a list is answered."""
    assert context.charter is not None  # noqa: S101 - own bug: `find` looked
    rows, made, held = await stated(context, batch)
    counts = await context.own.views.counts([batch.batch], context.party)
    ref = batch_ref(batch, counts.get(batch.batch, {}))
    return AnswerPage(
        batch=ref,
        entry_id=batch.batch,
        rows=tuple(_row(context, row, made[row.row], held.get(row.number)) for row in rows),
        today=context.calendar(context.party).local(context.now).date(),
        draft_name=draft_name(batch),
        next_url=ref.url,
        lang=context.languages[0],
        new_thread_url=f"{ref.url}/new-thread",
        kept=await _kept(context, batch),
    )


def draft_name(batch: BatchRow) -> str:
    """Return the name of the reader's draft of this answer."""
    return f"answer-{batch.batch}"


def _row(
    context: PageContext, row: ListingRow, held: PrefilledRow, application: ApplicationRow | None
) -> AnswerRow:
    fields: dict[str, Any] = dict(held.fields)
    return AnswerRow(
        row=row.row,
        number=row.number,
        url=application_url(row.number),
        urgency=row.urgency,
        question=row.question,
        peer=assertion(application, context.peer) if application else None,
        held={k: tuple(v) if isinstance(v, list) else str(v) for k, v in fields.items()},
        data=orjson.dumps(fields, option=orjson.OPT_SORT_KEYS).decode(),
        said_in=str(held.said_in) if held.said_in else "",
        since=on_date(str(fields.get("as_of") or "")),
        here=held.here,
    )


async def _kept(context: PageContext, batch: BatchRow) -> KeptPart | None:
    """Return what the reader's file has beside the answer, and what was kept of the list before."""
    rows = await _drafted(context, batch)
    if not rows:
        return None
    before = columns.decode_rows(await context.own.views.kept_columns(batch.list))
    return kept_part(context, batch.list, columns.merge_rows(before, rows))


async def _drafted(context: PageContext, batch: BatchRow) -> list[dict[str, Any]]:
    """Return the rows of the reader's file that are to be kept."""
    draft = await context.own.drafts.load(context.reader.key, draft_name(batch))
    fields: dict[str, Any] = orjson.loads(draft.text) if draft else {}
    return [row for each in fields.get("kept", ()) for row in _row_of(each)]


def _row_of(text: str) -> Iterator[dict[str, Any]]:
    """Read a row that the draft keeps; a draft is its writer's own and may hold anything."""
    with suppress(orjson.JSONDecodeError):
        row = orjson.loads(text)
        if isinstance(row, dict) and isinstance(row.get("row"), int):
            yield row


async def own_names(context: PageContext, batch: BatchRow) -> tuple[str, ...]:
    """Return the names of companies that the own side keeps with this list, or is about to."""
    kept = columns.decode_rows(await context.own.views.kept_columns(batch.list)).values()
    found = [
        value
        for row in (*kept, *await _drafted(context, batch))
        for name, value in columns.cells_of(row).items()
        if name in NAME_COLUMNS
    ]
    return tuple(dict.fromkeys(found))


async def from_file(
    context: PageContext, batch: BatchRow, file: str, data: bytes
) -> AnswerFilePage | Sheet:
    """Read a filled return sheet: the sheet if it fits the list, else what is at fault."""
    rows = await context.own.views.listings(batch.batch, 1, ALL_ROWS)
    ref = batch_ref(batch, {})
    try:
        sheet = await context.own.reader.return_sheet(data)
        sheet = check_fit(sheet, batch.list, {row.row: row.number for row in rows})
    except Malformed as error:
        return AnswerFilePage(ref, file, refused=(error.code, tuple(error.facts.items())))
    if not sheet.faults:
        return sheet
    return AnswerFilePage(
        ref,
        file,
        faults=tuple(
            FaultLine(
                each.row,
                each.column,
                each.code,
                (("row", each.row), ("column", each.column), *each.facts().items()),
            )
            for each in sheet.faults
        ),
    )


async def keep_draft(context: PageContext, batch: BatchRow, sheet: Sheet) -> None:
    """Make the reader's draft of the rows of their file; what they typed before is replaced.

    `kept` has the rows of the columns that stay: they are signed into the private log with it.
    """
    rows = []
    for row in sheet.rows:
        said = {name: value for name, value in row.items() if value not in ("", [], None)}
        words = sheet.remarks.get(int(str(row["row"])), "")
        rows.append(orjson.dumps({**said, "words": words} if words else said).decode())
    kept = [orjson.dumps(each).decode() for each in sheet.kept if columns.cells_of(each)]
    text = orjson.dumps({"rows": rows} | ({"kept": kept} if kept else {})).decode()
    await context.own.drafts.save(context.reader.key, draft_name(batch), text, context.now)
