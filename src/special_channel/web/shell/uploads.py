"""Uploaded sheets: the file of a form, its faults by line, and columns for the private log.

Does not read sheets: `desk` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.desk import payloads
from special_channel.desk.intake import ListNotice
from special_channel.desk.layout import Table
from special_channel.desk.lists import LIST_COLUMNS, RETURN_COLUMNS, Fault
from special_channel.desk.payloads import Fields
from special_channel.messages.catalogue import Catalogue
from special_channel.web.shared.view import View
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.forms import posted, read_form

MAX_FILE_NAME: Final = 200
"""Characters of a file's name on a page."""


class FaultItem(View):
    """A fault or a notice of a line, with its sentence and the next step.

    Attributes:
        row: Line of the file.
        listed: Row number of the list; 0 without one.
        file: Value in the file, if the record has another.
        record: Value in the record, which is sent.
        cell: Excerpt of the cell.
        known: Valid words for the cell.
    """

    row: int
    listed: int = 0
    column: str
    code: str
    number: str = ""
    file: str = ""
    record: str = ""
    cell: str = ""
    known: str = ""
    sentence: str
    next: str


class RefusalItem(View):
    """Why a file was refused, and the next step."""

    code: str
    sentence: str
    next: str


class HeadItem(View):
    """A head of a file.

    Attributes:
        place: Cell of the head, such as `D3`.
        text: The head itself.
        column: Code of the column as which it was read; empty for a column that stays with us.
        words: The column in the reader's language.
        meant: Columns that an unclear head can mean.
    """

    place: str
    text: str
    column: str = ""
    words: str = ""
    meant: tuple[str, ...] = ()


class SkippedItem(View):
    """A row of a file that is no line: a title, a total, a signature. `line`: of the file."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class KeptPart:
    """Private columns to sign, without their salt, and the log for them."""

    part: str
    body: str
    log: str


def fault_item(t: Catalogue, fault: Fault | ListNotice) -> FaultItem:
    """Write a fault or a notice in the reader's language."""
    facts = (
        fault.facts(t)
        if isinstance(fault, Fault)
        else {"number": fault.number, "file": fault.file, "record": fault.record}
    )
    words = t.sentence(fault.code, row=fault.row, column=fault.column, **facts)
    facts = {name: fact for name, fact in facts.items() if name != "other"}
    return FaultItem(
        row=fault.row,
        listed=fault.listed if isinstance(fault, Fault) else 0,
        column=fault.column,
        code=fault.code,
        **facts,
        sentence=words.text,
        next=words.next_step,
    )


def column_words(t: Catalogue, column: str) -> str:
    """Return the name of a column of lists and return sheets in the reader's language."""
    field = {**RETURN_COLUMNS, **LIST_COLUMNS}.get(column)
    return t.label("sheet", field[0]) if field else t.label("column", column)


def head_items(t: Catalogue, table: Table | None) -> tuple[HeadItem, ...]:
    """Write the heads of a file in the reader's language."""
    return tuple(
        HeadItem(
            place=head.place,
            text=head.text,
            column=head.column,
            words=column_words(t, head.column) if head.column else "",
            meant=head.meant,
        )
        for head in (table.heads if table else ())
    )


def skipped_items(table: Table | None) -> tuple[SkippedItem, ...]:
    """Write the rows of a file that are no lines."""
    return tuple(
        SkippedItem(line=row.line, text=row.text) for row in (table.skipped if table else ())
    )


def refusal_item(t: Catalogue, error: Malformed) -> RefusalItem:
    """Write why a file was refused, with columns by their names."""
    facts = dict(error.facts)
    if column := str(facts.get("column", "")):
        names = (column_words(t, name) for name in column.split(", "))
        facts["column"] = t.gettext("list.comma").join(names)
    words = t.sentence(error.code, **facts)
    return RefusalItem(code=error.code, sentence=words.text, next=words.next_step)


def kept_part(context: PageContext, list_: str, rows: Sequence[Fields]) -> KeptPart:
    """Return a list's private columns as the browser signs them."""
    part = payloads.columns_part(payloads.PREVIEW_SALT, rows)
    body = canonical.dumps({"list": list_, "rows": len(rows)}).decode()
    return KeptPart(part.decode(), body, context.own.node.identity.private_origin)


async def read_upload(request: web.Request, context: PageContext) -> tuple[str, bytes]:
    """Read name and content of the file in a form.

    Raises:
        Malformed: `request-malformed`.
        NotAllowed: As `read_form`.
    """
    await read_form(request, context.reader)
    file = (await posted(request)).file("file")
    return file.filename[:MAX_FILE_NAME], file.file.read()
