"""Results on standard output: tables and documents for people, JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from special_channel.cli.printing import print_error_line, print_json, print_line
from special_channel.core.bytes.ids import EntryId
from special_channel.core.bytes.scripts import visible
from special_channel.messages.catalogue import Catalogue, Lang, catalogue, commands

_PLAIN_WIDTH: Final = 10_000
"""Width of a table in a pipe or a file: no line is broken."""

DRAFT_DIGITS: Final = 6
"""Digits of a draft's number."""


def draft_number(draft: EntryId) -> str:
    """Return a draft's number for people, made from its id. Two drafts may have the same."""
    # Decimal digits, since people type them; a command that takes one refuses an ambiguous number.
    return str(int(draft[:16], 16) % 10**DRAFT_DIGITS).zfill(DRAFT_DIGITS)


@dataclass(frozen=True, slots=True)
class Output:
    """Prints results in the reader's language, or as JSON."""

    as_json: bool
    lang: Lang

    def label(self, group: str, code: str) -> str:
        """Return the words for a coded value."""
        return catalogue(self.lang).label(group, code)

    def worded(self, fields: Mapping[str, Any], /, **groups: str) -> dict[str, Any]:
        """Replace codes by labels, `groups` names a label group by field; JSON keeps the codes."""
        if self.as_json:
            return dict(fields)
        coded = {name: group for name, group in groups.items() if fields.get(name)}
        words = {name: self.label(group, str(fields[name])) for name, group in coded.items()}
        return {**fields, **words}

    def document(self, fields: Mapping[str, Any]) -> None:
        """Print fields, a line a field."""
        if self.as_json:
            print_json(fields)
            return
        words = commands(self.lang)
        shown = [(_named(name, words), value) for name, value in fields.items()]
        width = max((cell_len(name) for name, _ in shown), default=0)
        for name, value in shown:
            print_line(f"{name}{' ' * (width - cell_len(name))}  {_cell(value, words) or '–'}")

    def receipt(self, receipt: Mapping[str, Any], /, **more: Any) -> None:  # noqa: ANN401 - JSON
        """Print an entry's position; as JSON the whole receipt with its C2SP tlog-proof."""
        shown = receipt if self.as_json else {"position": receipt["position"]}
        self.document({**shown, **more})

    def draft(self, draft: EntryId, state: str, /, **more: Any) -> None:  # noqa: ANN401 - JSON
        """Print a draft's number and state; as JSON its id."""
        shown = draft if self.as_json else draft_number(draft)
        self.document(self.worded({"draft": shown, "state": state}, state="draft-state") | more)

    def rows(self, items: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
        """Print a table of `columns`; as JSON an object per item, with every field."""
        if self.as_json:
            for item in items:
                print_json(item)
            return
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
        words = commands(self.lang)
        for column in columns:
            table.add_column(_named(column, words))
        for item in items:
            table.add_row(*(Text(_cell(item.get(column, ""), words)) for column in columns))
        Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH).print(table)

    def say(self, text: str) -> None:
        """Print a remark: on standard error if standard output is JSON."""
        if self.as_json:
            print_error_line(text)
        else:
            print_line(text)


def _named(field: str, words: Catalogue) -> str:
    return words.gettext(field).replace("_", " ")


def _cell(value: object, words: Catalogue) -> str:
    if isinstance(value, bool):
        return words.gettext("yes" if value else "no")
    if isinstance(value, dict):
        value = [f"{name or '–'} {_cell(each, words)}" for name, each in value.items()]
    if isinstance(value, list | tuple):
        return words.gettext(", ").join(_cell(each, words) for each in value)
    return "–" if value is None else visible(str(value))
