"""Read a weekly list to be answered, with CN's latest statements, and keep the reader's draft.

Does not sign. Stores nothing but the draft.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

import orjson

from special_channel.core.bytes.errors import Malformed, NotAllowed
from special_channel.core.bytes.fields import is_reference
from special_channel.core.bytes.ids import Party
from special_channel.core.entries import ReturnRow
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.sense.findings import Finding
from special_channel.desk import columns
from special_channel.desk.answers import (
    PrefilledRow,
    company_names,
    findings,
    prefilled,
    same_as,
)
from special_channel.desk.given import GivenCells, other_values, said_of
from special_channel.desk.layout import table_of
from special_channel.desk.marked_texts import refuse_marked
from special_channel.desk.payloads import PREVIEW_SALT, Fields, sheet_part
from special_channel.desk.returns import AnsweredList, changed_only, return_of
from special_channel.desk.sheet import Sheet
from special_channel.desk.table import Choices
from special_channel.desk.tables import Book
from special_channel.messages.catalogue import Catalogue
from special_channel.messages.sense import said
from special_channel.stores.drafts import Replaces
from special_channel.web.answers.views import (
    AnswerDraft,
    AnswerLook,
    AnswerPart,
    AnswerRow,
    AnswerView,
    CorrectableItem,
    Progress,
    RowNotice,
)
from special_channel.web.shared.corrections import placed
from special_channel.web.shared.statements import state_item
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.reasons import Sheeted, to_confirm
from special_channel.web.shell.statements import (
    LatestStatements,
    StatedRows,
    answer_record,
    latest_statements,
    stated_rows,
)
from special_channel.web.shell.threads import find_batch
from special_channel.web.shell.uploads import HeadItem, KeptPart, head_items, kept_part


async def find_answerable(context: PageContext, number: str) -> BatchRow:
    """Look up a list for a reader who may answer it.

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


async def answer(context: PageContext, batch: BatchRow) -> AnswerView:
    """Read a list with CN's latest statement of each row."""
    return _view(context, batch, await stated_rows(context, batch.batch), slice(None))


async def answer_part(context: PageContext, batch: BatchRow, shown: slice) -> AnswerPart:
    """Read some rows of a list with CN's latest statement of each."""
    stated, draft = await asyncio.gather(
        stated_rows(context, batch.batch, shown), _drafted(context, batch, "rows")
    )
    here = {row.row: stated.here(row) for row in stated.rows}
    drafted = {row["row"] for row in draft}
    answered = sum(is_here or row in drafted for row, is_here in here.items())
    return AnswerPart(
        _view(context, batch, stated, shown),
        here,
        Progress(answered, len(here)),
        any(is_reference(row.number) for row in stated.rows),
    )


def _view(context: PageContext, batch: BatchRow, stated: StatedRows, shown: slice) -> AnswerView:
    rows = tuple(
        _row(row, stated.last.get(row.number), stated.applications.get(row.number), context.peer)
        for row in stated.rows[shown]
    )
    return AnswerView(list=batch.list, batch=batch.batch, position=f"EU-{batch.index}", rows=rows)


# Of a list that is being answered a few rows change, and its page opens again and again.
@lru_cache(maxsize=4096)
def _row(
    row: ListingRow, last: ListingRow | None, application: ApplicationRow | None, peer: Party
) -> AnswerRow:
    """Return a row with CN's latest statement; `peer`: the other side."""
    latest = prefilled(row, last, application)
    return AnswerRow(
        row=row.row,
        number=row.number,
        said_in=str(latest.said_in) if latest.said_in else None,
        fields=dict(latest.fields),
        question=row.question,
        urgency=row.urgency,
        peer=state_item(application, peer) if application else None,
        here=latest.here,
        correctable=tuple(
            CorrectableItem(position=str(each.position), id=each.ref.id, row=each.ref.row)
            for each in latest.correctable
        ),
    )


async def look(context: PageContext, batch: BatchRow, draft: AnswerDraft) -> AnswerLook:
    """Count the rows of an answer and collect notices; nothing is signed or stored."""
    statements = await latest_statements(context, batch.batch)
    latest, rows = statements.latest, draft.rows.rows
    remarks = {int(row): words for row, words in draft.remarks.items() if words.strip()}
    same = sum(row.row not in remarks and _repeats(row, latest.get(row.row)) for row in rows)
    sheet = [row.model_dump(mode="json", exclude_defaults=True) for row in rows]
    counts = {"rows": len(rows), "same": same, "changed": len(rows) - same}
    record = await answer_record(context, statements, await _names(context, batch))
    found = findings(rows, remarks, record)
    t = context.t
    given = {int(row): dict[str, str](**cells) for row, cells in draft.given.items()}
    sheeted = Sheeted(len(rows), corrected={row.row for row in rows if row.corrects})
    return AnswerLook(
        **counts,
        bytes=len(sheet_part(PREVIEW_SALT, "return", sheet)),
        summary=t.gettext("answer.summary", list=batch.list, **counts),
        notices=(
            *(_notice(t, each) for each in found),
            *_corrections(t, rows, statements),
            *_others(t, given, given_out(context, statements)),
        ),
        confirm=to_confirm(t, found, sheeted),
    )


def _corrections(
    t: Catalogue, rows: Iterable[ReturnRow], statements: LatestStatements
) -> Iterator[RowNotice]:
    """Yield a notice for each correcting row, with the number of the replaced statement."""
    for row in rows:
        latest = statements.latest.get(row.row)
        for each in latest.correctable if latest else ():
            if each.ref == row.corrects:
                at = placed(t, str(each.position), each.ref.row or 0)
                text = t.gettext("answer-notice.corrects", row=row.row, position=at)
                yield RowNotice(row=row.row, code="correction", grade="note", text=text)


def given_out(context: PageContext, statements: LatestStatements) -> GivenCells:
    """Return what the sheet given out repeats of the record, by row."""
    given = {}
    for row in statements.rows:
        application = statements.applications.get(row.number)
        peer = state_item(application, context.peer) if application else None
        given[row.row] = {
            "urgency": row.urgency,
            "question_code": row.question,
            "eu_asserted_status": peer.state if peer else "",
            "eu_as_of": peer.as_of.isoformat() if peer and peer.as_of else "",
        }
    return given


def _others(t: Catalogue, file: GivenCells, record: GivenCells) -> tuple[RowNotice, ...]:
    """Write the values of a file that the record has otherwise; nothing is to be decided."""
    return tuple(
        RowNotice(row=each.row, code="given-other", grade="note", text=said_of(t, each))
        for each in other_values(file, record)
    )


def _notice(t: Catalogue, finding: Finding) -> RowNotice:
    key = "refused" if finding.grade == "refuse" else "row"
    words = said(t, finding)
    text = t.gettext(f"answer-notice.{key}", row=finding.row, words=words)
    return RowNotice(row=finding.row, code=finding.rule, grade=finding.grade, text=text)


def draft_name(batch: str) -> str:
    """Return the name of the reader's draft of an answer, by the list's entry."""
    return f"answer-{batch}"


async def answered_list(
    context: PageContext, batch: BatchRow, statements: LatestStatements, as_of: str = ""
) -> AnsweredList:
    """Read the answered list of a return sheet; `as_of`: date for undated states."""
    kept = await context.own.stores.views.kept_columns(batch.list)
    return AnsweredList(
        batch.list,
        {row.row: row.number for row in statements.rows},
        {row: latest.fields for row, latest in statements.latest.items()},
        as_of,
        {row: columns.cells_of(each) for row, each in columns.decode_rows(kept).items()},
        {row: latest.correctable for row, latest in statements.latest.items()},
    )


async def read_sheet(
    context: PageContext, batch: BatchRow, book: Book, as_of: str, choices: Choices
) -> tuple[Sheet, tuple[RowNotice, ...]]:
    """Read a filled return sheet, without rows equal to the latest statement.

    Returns also a notice for each value of the file that the record has otherwise.

    `as_of`: date for undated states; `choices`: the reader's choices about the file.

    Raises:
        Malformed: As `layout.table_of` and `returns.return_of`.
    """
    statements = await latest_statements(context, batch.batch)
    answered = await answered_list(context, batch, statements, as_of)
    whole = await context.own.desk.reader.aside(
        lambda: return_of(table_of(book, "return", choices), answered)
    )
    sheet = changed_only(whole, answered)
    return sheet, _others(context.t, sheet.given, given_out(context, statements))


def refuse_unchanged(sheet: Sheet) -> None:
    """Refuse a sheet of which every row repeats the latest statement.

    Raises:
        Malformed: `answer-unchanged`.
    """
    if not sheet.rows:
        raise Malformed("answer-unchanged", "Each row was stated before.", rows=sheet.repeated)


async def heads_of(context: PageContext, book: Book, choices: Choices) -> tuple[HeadItem, ...]:
    """Return the heads of a refused sheet, to name its columns."""
    with suppress(Malformed):
        read = context.own.desk.reader.aside
        return head_items(context.t, await read(lambda: table_of(book, "return", choices)))
    return ()


async def save_draft(context: PageContext, batch: BatchRow, sheet: Sheet) -> None:
    """Put the rows of a sheet into the reader's draft; its other rows stay as they are.

    A row of the sheet takes the place of the draft's, apart from a free remark that the sheet does
    not have. `kept` has the private columns.

    Raises:
        RuleBroken: `draft-limit`; as `refuse_marked`.
    """
    private = (cell for each in sheet.kept for cell in columns.cells_of(each).values())
    refuse_marked([*sheet.remarks.values(), *private])
    name, drafts = draft_name(batch.batch), context.own.desk.drafts
    version = None
    # An open page of the answer may save while the file is read: then its rows are read again.
    while version is None:
        before = await drafts.load(context.reader.key, name)
        text = orjson.dumps(_merged(before.text if before else "", sheet)).decode()
        over = Replaces(before.version if before else 0)
        version = await drafts.save(context.reader.key, name, text, context.now, over)


def _merged(draft: str, sheet: Sheet) -> dict[str, list[str]]:
    """Return the fields of a draft with the rows of a sheet, by row."""
    rows = {row["row"]: row for row in _rows_of(draft, "rows")}
    for row in sheet.rows:
        fields = {name: value for name, value in row.items() if value not in ("", [], None)}
        number = int(str(row["row"]))
        words = sheet.remarks.get(number) or rows.get(number, {}).get("words", "")
        rows[number] = {**fields, "words": words} if words else fields
    before = {row["row"]: row for row in _rows_of(draft, "kept")}
    given = [each for each in sheet.kept if columns.cells_of(each)]
    kept = columns.merge_rows(before, given)
    merged = {"rows": [rows[number] for number in sorted(rows)]} | ({"kept": kept} if kept else {})
    return {name: [orjson.dumps(row).decode() for row in each] for name, each in merged.items()}


async def kept_rows(context: PageContext, batch: BatchRow) -> Sequence[Fields]:
    """Return the private columns of the draft, merged with the list's; nothing without any."""
    rows = await _drafted(context, batch, "kept")
    if not rows:
        return ()
    before = columns.decode_rows(await context.own.stores.views.kept_columns(batch.list))
    return columns.merge_rows(before, rows)


async def kept_columns(context: PageContext, batch: BatchRow) -> KeptPart | None:
    """Return the private columns as the browser signs them; None without any."""
    rows = await kept_rows(context, batch)
    url = f"/batches/EU-{batch.index}/answer/data.json"
    return kept_part(context, batch.list, rows, url) if rows else None


def _repeats(row: ReturnRow, latest: PrefilledRow | None) -> bool:
    """Return whether a row repeats the latest statement."""
    return latest is not None and bool(latest.fields) and same_as(row, latest)


async def _names(context: PageContext, batch: BatchRow) -> tuple[str, ...]:
    """Return names of companies in the private columns of the list and of the draft."""
    kept = columns.decode_rows(await context.own.stores.views.kept_columns(batch.list)).values()
    return company_names((*kept, *await _drafted(context, batch, "kept")))


async def _drafted(context: PageContext, batch: BatchRow, name: str) -> list[dict[str, Any]]:
    """Return rows in the reader's draft: `rows` of the answer, or `kept` private columns."""
    draft = await context.own.desk.drafts.load(context.reader.key, draft_name(batch.batch))
    return _rows_of(draft.text if draft else "", name)


def _rows_of(draft: str, name: str) -> list[dict[str, Any]]:
    fields: dict[str, Any] = orjson.loads(draft) if draft else {}
    return [row for each in fields.get(name, ()) for row in _row_of(each)]


def _row_of(text: str) -> Iterator[dict[str, Any]]:
    """Read a row of the draft. The reader's own browser may store any draft."""
    with suppress(orjson.JSONDecodeError):
        row = orjson.loads(text)
        if isinstance(row, dict) and isinstance(row.get("row"), int):
            yield row
