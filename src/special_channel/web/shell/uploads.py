"""Uploaded sheets: the file of a form, its faults by line, and columns for the private log.

Does not read sheets: `desk` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from aiohttp import web

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Refused
from special_channel.desk import payloads
from special_channel.desk.heads import folded
from special_channel.desk.intake import ListNotice
from special_channel.desk.lists import DECISIONS, LIST_COLUMNS, RETURN_COLUMNS
from special_channel.desk.payloads import Fields
from special_channel.desk.sheet import AsideRow, Fault
from special_channel.desk.table import Choices, Table
from special_channel.desk.tables import Book
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


class RefusalItem(View):
    """Why a file was refused, and the next step."""

    code: str
    sentence: str
    next: str


class EncodingItem(View):
    """An encoding that fits a file.

    Attributes:
        code: IANA name, the value of the choice.
        words: Name in the reader's language.
        same: Further encodings with the same reading.
        sample: Part of a line in this encoding.
    """

    code: str
    words: str
    same: tuple[str, ...]
    sample: str


class HeadItem(View):
    """A head of a file.

    Attributes:
        place: Cell of the head, such as `D3`.
        text: The head itself.
        column: Code of the recognised column; empty for a column of our own.
        words: The column in the reader's language.
        meant: Possible columns of an ambiguous head.
        key: The folded head, the name of a choice.
        options: Possible columns with their names.
    """

    place: str
    text: str
    column: str = ""
    words: str = ""
    meant: tuple[str, ...] = ()
    key: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @property
    def unclear(self) -> bool:
        """Whether an official may choose its column: it is unknown, or can be several."""
        return bool(self.options) or not self.column


class AsideFault(View):
    """An error in a cell, or an open decision about a line.

    Attributes:
        column: Name of the column in the reader's language; empty for the whole line.
        decide: Kind of the mark; empty for an error.
        options: Valid values of the cell, with their words.
        emptied: Whether the cell may be left empty.
    """

    fault: FaultItem
    column: str = ""
    decide: str = ""
    emptied: bool = False
    options: tuple[tuple[str, str], ...] = ()

    @property
    def dates(self) -> tuple[str, str]:
        """Code and name of the column, to choose the order of its dates."""
        return self.fault.column, self.column


class AsideItem(View):
    """A line set aside, with its errors and open decisions. `line`: of the file."""

    line: int
    row: str
    number: str
    faults: tuple[AsideFault, ...]


class SkippedItem(View):
    """A title, a total or a signature in a file. `line`: of the file."""

    line: int
    text: str


EMBEDDED: Final = 20_000
"""Most bytes of data to sign in a page; more is fetched by the script that signs."""


@dataclass(frozen=True, slots=True)
class DataToSign:
    """A data part without its salt, as a page has it.

    Attributes:
        text: The part; empty if it is at `url`.
        size: Its bytes.
        url: Address from which the script fetches a large part; else empty.
        sha256: Digest of a large part: what is signed is what this page was made of.
    """

    text: str
    size: int
    url: str = ""
    sha256: str = ""


def data_to_sign(part: bytes, url: str = "") -> DataToSign:
    """Return a part for a page; one that is too large for the page is at `url`."""
    if not url or len(part) <= EMBEDDED:
        return DataToSign(part.decode(), len(part))
    return DataToSign("", len(part), url, sha256(part).hexdigest())


@dataclass(frozen=True, slots=True)
class KeptPart:
    """Private columns to sign, without their salt, and the log for them."""

    data: DataToSign
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


def column_words(t: Catalogue, column: str) -> str:
    """Return the name of a column of lists and return sheets in the reader's language."""
    field = {**RETURN_COLUMNS, **LIST_COLUMNS}.get(column)
    return t.label("sheet", field[0]) if field else t.label("column", column)


def aside_items(t: Catalogue, rows: Iterable[AsideRow]) -> tuple[AsideItem, ...]:
    """Write the lines set aside in the reader's language."""
    rows = tuple(rows)
    places = {row.line: int(row.row) for row in rows if row.row.isdecimal()}
    return tuple(
        AsideItem(
            line=row.line,
            row=row.row,
            number=row.number,
            faults=tuple(
                AsideFault(
                    fault=fault_item(t, fault, places),
                    column=column_words(t, fault.column) if fault.column else "",
                    decide=_KINDS.get(fault.code, ""),
                    emptied=fault.code in _EMPTIED,
                    options=tuple(
                        (code, t.label(fault.vocabulary, code) if fault.vocabulary else code)
                        for code in fault.known
                    ),
                )
                for fault in row.faults
            ),
        )
        for row in rows
    )


_KINDS: Final[Mapping[str, str]] = {code: kind for kind, code in DECISIONS.items()}


_EMPTIED: Final = frozenset({"list-reference-stated", "list-stop-needless", "answer-found-as"})
"""Faults of cells that should be empty."""


def head_items(t: Catalogue, table: Table | None) -> tuple[HeadItem, ...]:
    """Write the heads of a file in the reader's language."""
    return tuple(
        HeadItem(
            place=head.place,
            text=head.text,
            column=head.column,
            words=column_words(t, head.column) if head.column else "",
            meant=head.meant,
            key=folded(head.text),
            options=tuple((column, column_words(t, column)) for column in head.meant),
        )
        for head in (table.heads if table else ())
    )


class ChosenItem(View):
    """A choice about a file: the name of its field, and what was chosen."""

    name: str
    text: str


def chosen_items(t: Catalogue, choices: Choices) -> tuple[ChosenItem, ...]:
    """Write an official's choices about a file in the reader's language."""
    whole = {
        "encoding": choices.encoding and t.label("encoding", choices.encoding),
        "sheet": choices.sheet and t.gettext("sheet “%(name)s”", name=choices.sheet),
    }
    chosen = {name: text for name, text in whole.items() if text}
    said: dict[str, tuple[str, str]] = {}
    if choices.list:
        said["list"] = column_words(t, "list_id"), choices.list
    for head, column in choices.heads.items():
        words = column_words(t, column) if column else t.gettext("stays with us")
        said[f"head:{head}"] = (f"“{head}”", words)
    for each in sorted(choices.sent):
        line, _, kind = each.rpartition(":")
        if line:
            said[f"send:{each}"] = (t.gettext("line %(line)s", line=line), t.label("sent", kind))
        else:
            chosen[f"send:{each}"] = t.label("mark", kind)
    for line_, row in choices.cells.items():
        for column, text in row.items():
            place = f"{t.gettext('line %(line)s', line=line_)} · {column_words(t, column)}"
            said[f"cell:{line_}:{column}"] = (place, text or t.gettext("leave empty"))
    for column, order in choices.orders.items():
        words = t.gettext("day first") if order == "day" else t.gettext("month first")
        said[f"order:{column}"] = (column_words(t, column), words)
    chosen |= {name: f"{place} → {words}" for name, (place, words) in said.items()}
    return tuple(ChosenItem(name=name, text=text) for name, text in chosen.items())


def skipped_items(table: Table | None) -> tuple[SkippedItem, ...]:
    """Write titles, totals and signatures of a file."""
    return tuple(
        SkippedItem(line=row.line, text=row.text) for row in (table.skipped if table else ())
    )


class ReadItem(View):
    """How a file was read: heads, lines skipped, other sheets, cells of missing heads."""

    heads: tuple[HeadItem, ...] = ()
    skipped: tuple[SkippedItem, ...] = ()
    others: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()

    @property
    def left_out(self) -> bool:
        """Whether something of the file was not read."""
        return bool(self.skipped or self.others or self.unnamed)


def read_item(t: Catalogue, table: Table | None) -> ReadItem:
    """Write how a file was read in the reader's language."""
    return ReadItem(
        heads=head_items(t, table),
        skipped=skipped_items(table),
        others=table.others if table else (),
        unnamed=table.unnamed if table else (),
    )


def refusal_item(t: Catalogue, error: Refused) -> RefusalItem:
    """Write why a file was refused, with columns by their names."""
    facts = dict(error.facts)
    if column := str(facts.get("column", "")):
        names = (column_words(t, name) for name in column.split(", "))
        facts["column"] = t.gettext("list.comma").join(names)
    words = t.sentence(error.code, **facts)
    return RefusalItem(code=error.code, sentence=words.text, next=words.next_step)


def asked_items(t: Catalogue, error: Refused, book: Book) -> dict[str, Any]:
    """Write why a file was refused, with sheets or encodings to choose from.

    Returns:
        Values of a page: `refused`, `sheets`, `encodings`.
    """
    code, samples = error.code, error.facts
    return {
        "refused": refusal_item(t, error),
        "sheets": [grid.name for grid in book] if code == "list-two-sheets" else (),
        "encodings": [
            EncodingItem(
                code=first,
                words=t.label("encoding", first),
                same=tuple(t.label("encoding", each) for each in others),
                sample=str(samples[first]),
            )
            for first, *others in (grid.encodings for grid in book if code == "list-encoding")
        ],
    }


def kept_part(context: PageContext, list_: str, rows: Sequence[Fields], url: str = "") -> KeptPart:
    """Return a list's private columns as the browser signs them; large ones are at `url`."""
    part = payloads.columns_part(payloads.PREVIEW_SALT, rows)
    body = canonical.dumps({"list": list_, "rows": len(rows)}).decode()
    data = data_to_sign(part, url)
    return KeptPart(data, body, context.own.node.identity.private_origin)


async def read_choices(request: web.Request, context: PageContext) -> Mapping[str, str] | None:
    """Read the fields of a form without a file; None for a form with a file.

    Raises:
        Malformed: `request-malformed`.
        NotAllowed: As `read_form`.
    """
    fields = await read_form(request, context.reader)
    form = await posted(request)
    return None if form.files or "file" in fields else fields


async def read_upload(request: web.Request, context: PageContext) -> tuple[str, bytes]:
    """Read name and content of the file in a form.

    Raises:
        Malformed: `request-malformed`.
        NotAllowed: As `read_form`.
    """
    await read_form(request, context.reader)
    file = (await posted(request)).file("file")
    return file.filename[:MAX_FILE_NAME], file.file.read()
