"""Uploaded sheets: the file of a form, its faults by line, and columns for the private log.

Does not read sheets: `desk` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from special_channel.core.bytes import canonical
from special_channel.desk import payloads
from special_channel.desk.intake import ListNotice
from special_channel.desk.payloads import Fields
from special_channel.desk.sheet import Fault
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
        list_row: Number of the line's row in the list; 0 without one.
        file: Value in the file, if the record has another.
        record: Value in the record, which is sent.
        cell: Excerpt of the cell.
        other: Line of the file with the same number.
        known: Valid words for the cell.
    """

    row: int
    list_row: int = 0
    column: str
    code: str
    number: str = ""
    file: str = ""
    record: str = ""
    cell: str = ""
    other: str = ""
    known: str = ""
    sentence: str
    next: str


@dataclass(frozen=True, slots=True)
class KeptPart:
    """Private columns to sign, without their salt, and the log for them."""

    part: str
    body: str
    log: str


def fault_item(
    t: Catalogue, fault: Fault | ListNotice, rows: Mapping[int, int] | None = None
) -> FaultItem:
    """Write a fault or a notice in the reader's language.

    `rows`: rows of the list by line of the file.
    """
    facts = (
        fault.facts(t)
        if isinstance(fault, Fault)
        else {"number": fault.number, "file": fault.file, "record": fault.record}
    )
    words = t.sentence(fault.code, row=fault.row, column=fault.column, **facts)
    return FaultItem(
        row=fault.row,
        list_row=(rows or {}).get(fault.row, 0),
        column=fault.column,
        code=fault.code,
        **facts,
        sentence=words.text,
        next=words.next_step,
    )


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
