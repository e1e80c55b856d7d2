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
from special_channel.desk import tables
from special_channel.desk.heads import MAX_HEAD
from special_channel.desk.layout import LIST_NUMBER, table_of
from special_channel.desk.marked_texts import refuse_marked, texts_in
from special_channel.desk.reader import MAX_RESULT_BYTES
from special_channel.desk.table import MARK_KINDS, Choices
from special_channel.desk.tables import MAX_ROWS, Book
from special_channel.stores.drafts import CHOSEN
from special_channel.web.shell.context import PageContext

LIST_FILE: Final = "file-list"
"""Name of the draft of a new weekly list."""

MAX_HEADS: Final = 200
"""Heads of which something is decided: a sheet has no more columns."""

_HEADS: Final = f"{CHOSEN}heads"
"""Name of the reader's choices of columns: nothing typed, so not among the listed drafts."""

_REMEMBERED: Final = 30
"""Rows of heads with remembered choices, the latest."""

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


async def remembered_heads(context: PageContext, book: Book, sheet: str = "") -> Mapping[str, str]:
    """Return the reader's last choices of columns for a file with the same row of heads.

    `sheet`: the chosen sheet. Nothing is remembered of a file whose heads are not found.
    """
    signature = _signature(book, sheet)
    if not signature:
        return {}
    saved = await context.own.desk.drafts.load(context.reader.key, _HEADS)
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        rows = orjson.loads(saved.text)["heads"] if saved else ()
        known = dict(map(orjson.loads, rows))
        return {str(head): str(column) for head, column in known.get(signature, {}).items()}
    return {}


async def remember_heads(context: PageContext, file: KeptFile) -> None:
    """Remember the reader's choices of columns for later files with the same row of heads.

    Choices that contradict each other are not remembered.
    """
    try:
        table_of(file.book, "list", file.choices)
    except Malformed:
        return
    signature = _signature(file.book, file.choices.sheet)
    if not signature:
        return
    saved = await context.own.desk.drafts.load(context.reader.key, _HEADS)
    rows: list[str] = []
    with suppress(ValueError, KeyError, TypeError):
        rows = [str(row) for row in orjson.loads(saved.text)["heads"]] if saved else []
    row = orjson.dumps([signature, dict(file.choices.heads)]).decode()
    text = orjson.dumps({"heads": [*rows[1 - _REMEMBERED :], row]}).decode()
    await context.own.desk.drafts.save(context.reader.key, _HEADS, text, context.now)


def _signature(book: Book, sheet: str) -> str:
    """Return the digest of the folded row of heads; empty for a file without a table."""
    with suppress(Malformed):
        table = table_of(book, "list", Choices(sheet=sheet))
        return sha256(table.signature().encode()).hexdigest()
    return ""


def decided(choices: Choices, form: Mapping[str, str]) -> Choices:
    """Return choices with those of a form.

    Fields: `sheet`; `list`, such as `L2026-48`; `head:FOLDED`, a column or nothing; `send:KIND` and
    `send:LINE:KIND`, `send` or `aside`; `order:COLUMN`, `day` or `month`; `cell:LINE:COLUMN`, the
    corrected text, and `empty:LINE:COLUMN` for a cell to be left empty; `drop:` before one of these
    names takes that choice back.
    """
    choices = _taken_back(choices, [name[5:] for name in form if name.startswith("drop:")])
    sent, heads, orders = set(choices.sent), dict(choices.heads), dict(choices.orders)
    cells = {line: dict(row) for line, row in choices.cells.items()}
    named = form.get("list", "").strip().upper()
    for name, value in form.items():
        what, _, which = name.partition(":")
        line, _, column = which.partition(":")
        if what == "head" and len(which) <= MAX_HEAD:
            heads[which] = value
        elif what == "send" and (column if _is_line(line) else line) in MARK_KINDS:
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
        heads=dict(list(heads.items())[:MAX_HEADS]),
        sent=frozenset(sent),
        cells=dict(list(cells.items())[:MAX_ROWS]),
        orders=orders,
        list=named if LIST_NUMBER.fullmatch(named) else choices.list,
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
    }


def _decoded(saved: Mapping[str, Any]) -> Choices:
    return Choices(
        str(saved["sheet"]),
        {str(head): str(column) for head, column in saved["heads"].items()},
        frozenset(map(str, saved["sent"])),
        {int(line): dict(row) for line, row in saved["cells"].items()},
        {str(column): str(order) for column, order in saved["orders"].items()},
        str(saved.get("list", "")),
    )
