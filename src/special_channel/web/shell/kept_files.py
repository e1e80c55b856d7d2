"""Keep an uploaded file with its reader's choices, as a draft of the reader.

Drafts stay in our own database and never cross. The reader's own browser may save any draft, so
loaded drafts are checked. Does not read files: `desk/tables.py` does.
"""

from __future__ import annotations

import base64
import itertools
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

import orjson

from special_channel.core.bytes.errors import Malformed
from special_channel.desk import heads, tables
from special_channel.desk.encodings import ENCODINGS
from special_channel.desk.heads import MAX_HEAD
from special_channel.desk.layout import LIST_NUMBER, table_of
from special_channel.desk.marked_texts import refuse_marked, texts_in
from special_channel.desk.reader import MAX_RESULT_BYTES
from special_channel.desk.table import HIDDEN_SHEETS, MARK_KINDS, Choices
from special_channel.desk.tables import MAX_ROWS, Book
from special_channel.stores.drafts import CHOSEN
from special_channel.stores.head_choices import HeadChoice
from special_channel.web.shell.context import PageContext

LIST_FILE: Final = "file-list"
"""Name of the draft of a new weekly list."""

MAX_HEADS: Final = 200
"""Heads of which something is decided: a sheet has no more columns."""

_PIECE: Final = 60_000
"""Characters of a draft's text; longer ones are parted."""

_MAX_TEXT: Final = 2_000

_LINE_DIGITS: Final = 7
"""Digits of a line's number: a sheet has 1,048,576 lines."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """An uploaded file: its name, its sheets, and the reader's choices."""

    name: str
    book: Book
    choices: Choices


def amendment_file(batch: str) -> str:
    """Return the name of the draft of an amendment's file, by the list's entry."""
    return f"file-{batch}"


def return_file(batch: str) -> str:
    """Return the name of the draft of a return sheet that waits for a choice.

    Not among the listed drafts: what is taken of the file goes into the draft of the answer.
    """
    return f"{CHOSEN}return-{batch}"


async def keep_file(context: PageContext, place: str, file: KeptFile) -> None:
    """Replace the reader's kept file.

    Raises:
        RuleBroken: `draft-limit`; as `refuse_marked`, of any cell, comment or correction.
    """
    book = orjson.dumps(tables.to_json(file.book))
    choices = orjson.dumps(_encoded(file.choices))
    # A packed file shows no words, so its texts are looked through before.
    texts = itertools.chain([file.name], texts_in(book), texts_in(choices))
    await context.own.desk.reader.aside(lambda: refuse_marked(texts))
    fields = {
        "file": file.name,
        "book": _pieces(base64.b64encode(zlib.compress(book)).decode()),
        "choices": _pieces(choices.decode()),
    }
    text = orjson.dumps(fields).decode()
    await context.own.desk.drafts.save(context.reader.key, place, text, context.now)


async def kept_file(context: PageContext, place: str) -> KeptFile | None:
    """Load the reader's kept file; None for a missing or damaged draft."""
    draft = await context.own.desk.drafts.load(context.reader.key, place)
    if draft is None:
        return None
    with suppress(ValueError, KeyError, TypeError, zlib.error, AttributeError):
        fields: dict[str, Any] = orjson.loads(draft.text)
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(base64.b64decode("".join(fields["book"])), MAX_RESULT_BYTES)
        book = tables.from_job(orjson.loads(data))
        return KeptFile(
            str(fields["file"]), book, _decoded(orjson.loads("".join(fields["choices"])))
        )
    return None


async def forget_file(context: PageContext, place: str) -> None:
    """Delete the reader's kept file."""
    await context.own.desk.drafts.save(context.reader.key, place, "", context.now)


_SENT: Final = frozenset({*MARK_KINDS, HIDDEN_SHEETS})
"""What is sent, or read, by a choice."""


async def desk_choice(context: PageContext, book: Book, choices: Choices) -> HeadChoice | None:
    """Return what the reader's desk chose last for a list's file with the same row of heads.

    Nothing is remembered of a file whose heads are not found with the chosen sheet and encoding.
    """
    signature = await context.own.desk.reader.aside(lambda: _signature(book, choices))
    if not signature:
        return None
    return await context.own.desk.head_choices.of_heads(context.reader.row.desk, signature)


async def new_file(context: PageContext, name: str, book: Book) -> KeptFile:
    """Return an uploaded list's file with the columns as the reader's desk chose them."""
    choice = await desk_choice(context, book, Choices())
    return KeptFile(name, book, Choices(heads=choice.chosen if choice else {}))


async def remember_heads(context: PageContext, file: KeptFile) -> None:
    """Remember a choice of columns for later files of the reader's desk with the same heads.

    Choices with which the file has no table are not remembered; none at all forgets the choice.
    """
    signature, columns = await context.own.desk.reader.aside(lambda: _columns_chosen(file))
    desk, choices = context.reader.row.desk, context.own.desk.head_choices
    if columns:
        await choices.keep(desk, signature, HeadChoice(columns, context.reader.key, context.now))
    elif signature and not file.choices.heads:
        await choices.remove(desk, signature)


def _columns_chosen(file: KeptFile) -> tuple[str, Mapping[str, str]]:
    """Return a file's signature, and its heads with chosen columns; none without a table."""
    signature = _signature(file.book, file.choices)
    with suppress(Malformed):
        table = table_of(file.book, "list", file.choices)
        own = {heads.folded(head.text) for head in table.heads}
        known = {"", *heads.columns_of("list")}
        return signature, {
            head: each
            for head, each in file.choices.heads.items()
            if signature and head in own and each in known
        }
    return signature, {}


def _signature(book: Book, choices: Choices) -> str:
    """Return the digest of the folded row of heads; empty for a file without a table."""
    with suppress(Malformed):
        # Heads alone are read, and nothing crosses.
        hidden = frozenset({HIDDEN_SHEETS})
        bare = Choices(sheet=choices.sheet, encoding=choices.encoding, sent=hidden)
        table = table_of(book, "list", bare)
        return sha256(table.signature().encode()).hexdigest()
    return ""


def decided(choices: Choices, form: Mapping[str, str]) -> Choices:
    """Return choices with those of a form.

    Fields: `encoding`; `sheet`; `list`, such as `L2026-48`; `head:FOLDED`, a column or nothing;
    `send:KIND`, `send:LINE:KIND` and `send:sheet-hidden`, `send` or `aside`; `order:COLUMN`, `day`
    or `month`; `cell:LINE:COLUMN`, the corrected text, and `empty:LINE:COLUMN` for a cell to be
    left empty; `drop:` before one of these names takes that choice back.
    """
    choices = _taken_back(choices, [name[5:] for name in form if name.startswith("drop:")])
    sent, columns, orders = set(choices.sent), dict(choices.heads), dict(choices.orders)
    cells = {line: dict(row) for line, row in choices.cells.items()}
    named, encoding = form.get("list", "").strip().upper(), form.get("encoding", "")
    for name, value in form.items():
        what, _, which = name.partition(":")
        line, _, column = which.partition(":")
        if what == "head" and len(which) <= MAX_HEAD:
            columns[which] = value
        elif what == "send" and (column if _is_line(line) else line) in _SENT:
            (sent.add if value == "send" else sent.discard)(which)
        elif what == "cell" and _is_line(line) and len(value) <= _MAX_TEXT:
            if value.strip():
                cells.setdefault(int(line), {})[column] = value.strip()
        elif what == "empty" and _is_line(line) and not form.get(f"cell:{which}", "").strip():
            cells.setdefault(int(line), {})[column] = ""
        elif what == "order" and value in {"day", "month"}:
            orders[column or which] = value
    return replace(
        choices,
        sheet=form.get("sheet", choices.sheet),
        heads=dict(list(columns.items())[:MAX_HEADS]),
        sent=frozenset(sent),
        cells=dict(list(cells.items())[:MAX_ROWS]),
        orders=orders,
        list=named if LIST_NUMBER.fullmatch(named) else choices.list,
        encoding=encoding if encoding in ENCODINGS else choices.encoding,
    )


def _taken_back(choices: Choices, names: Iterable[str]) -> Choices:
    """Return choices without some, by the names of their fields."""
    gone = frozenset(names)
    cells = {
        line: {column: text for column, text in row.items() if f"cell:{line}:{column}" not in gone}
        for line, row in choices.cells.items()
    }
    return Choices(
        "" if "sheet" in gone else choices.sheet,
        {head: each for head, each in choices.heads.items() if f"head:{head}" not in gone},
        frozenset(each for each in choices.sent if f"send:{each}" not in gone),
        {line: row for line, row in cells.items() if row},
        {name: each for name, each in choices.orders.items() if f"order:{name}" not in gone},
        "" if "list" in gone else choices.list,
        "" if "encoding" in gone else choices.encoding,
    )


def _is_line(text: str) -> bool:
    """Tell whether a text is the number of a file's line."""
    return text.isdecimal() and len(text) <= _LINE_DIGITS


def _pieces(text: str) -> list[str]:
    """Part a text by the length of a draft's texts."""
    return [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]


def _encoded(choices: Choices) -> dict[str, Any]:
    return {
        "sheet": choices.sheet,
        "heads": dict(choices.heads),
        "sent": sorted(choices.sent),
        "cells": {str(line): dict(row) for line, row in choices.cells.items()},
        "orders": dict(choices.orders),
        "list": choices.list,
        "encoding": choices.encoding,
    }


def _decoded(saved: Mapping[str, Any]) -> Choices:
    return Choices(
        str(saved["sheet"]),
        {str(head): str(column) for head, column in saved["heads"].items()},
        frozenset(map(str, saved["sent"])),
        {int(line): dict(row) for line, row in saved["cells"].items()},
        {str(column): str(order) for column, order in saved["orders"].items()},
        str(saved.get("list", "")),
        str(saved.get("encoding", "")),
    )
