"""The answer to a list over the API: what was stated last, and a look before signing.

Signs and keeps nothing; the signed sheet goes to `entries.py` or `drafts.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from special_channel.core.entries import ReturnRow, ReturnSheet
from special_channel.desk.answers import PrefilledRow, notices, same_as
from special_channel.desk.payloads import PREVIEW_SALT, sheet_part
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.reading.answer import find, own_names, stated
from special_channel.web.shell.context import page_context

RowNumber = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}$")]
Words = Annotated[str, Field(max_length=20_000)]


class ListedRow(Body):
    """A row of the list with what was stated last: fields as a return sheet has them."""

    row: int
    number: str
    said_in: str | None = None
    fields: dict[str, Any]


class AnswerSoFar(Body):
    """A list and what its side that answers stated last of each row, of whatever list."""

    list: str
    batch: str
    rows: tuple[ListedRow, ...]


class AnswerDraft(Body):
    """Rows that would be signed, and free remarks by row number."""

    rows: ReturnSheet
    remarks: dict[RowNumber, Words] = Field(default_factory=dict)


class RowNotice(Body):
    """Something to look at once more; nothing is forbidden."""

    row: int
    code: str
    text: str


class AnswerLook(Body):
    """What would cross: rows, how many say nothing new, bytes of the sheet; what to look at."""

    rows: int
    same: int
    changed: int
    bytes: int
    summary: str
    notices: tuple[RowNotice, ...]


@operation(Operation("Read what was stated last of each row of a list", response=AnswerSoFar))
async def get_answer(request: web.Request) -> AnswerSoFar:
    """Return the answer as it stands before anybody touches it."""
    context = await page_context(request)
    batch = await find(context, request.match_info["number"])
    rows, made, _ = await stated(context, batch)
    return AnswerSoFar(
        list=batch.list, batch=batch.batch, rows=tuple(_listed(made[row.row]) for row in rows)
    )


@operation(
    Operation("Look at an answer before signing it", request=AnswerDraft, response=AnswerLook)
)
async def post_look(request: web.Request, body: AnswerDraft) -> AnswerLook:
    """Say what would cross and what to look at; signs and keeps nothing."""
    context = await page_context(request)
    batch = await find(context, request.match_info["number"])
    _, made, _ = await stated(context, batch)
    rows = body.rows.rows
    remarks = {int(row): words for row, words in body.remarks.items() if words.strip()}
    same = sum(_same(row, made, remarks) for row in rows)
    said = [row.model_dump(mode="json", exclude_defaults=True) for row in rows]
    part = sheet_part(PREVIEW_SALT, "return", said)
    today = context.calendar(context.party).local(context.now).date()
    found = notices(rows, remarks, today, await own_names(context, batch))
    return AnswerLook(
        rows=len(rows),
        same=same,
        changed=len(rows) - same,
        bytes=len(part),
        summary=context.t.gettext(
            "answer.summary", list=batch.list, rows=len(rows), same=same, changed=len(rows) - same
        ),
        notices=tuple(
            RowNotice(
                row=each.row,
                code=each.code,
                text=context.t.gettext(
                    f"answer-notice.{each.code}", row=each.row, words=each.words
                ),
            )
            for each in found
        ),
    )


def _listed(held: PrefilledRow) -> ListedRow:
    said_in = str(held.said_in) if held.said_in else None
    return ListedRow(row=held.row, number=held.number, said_in=said_in, fields=dict(held.fields))


def _same(row: ReturnRow, made: Mapping[int, PrefilledRow], remarks: Mapping[int, str]) -> bool:
    held = made.get(row.row)
    return held is not None and row.row not in remarks and bool(held.fields) and same_as(row, held)
