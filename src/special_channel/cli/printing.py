"""What reaches standard output: a table for people, or JSON and nothing else.

Does not choose words for errors: `messages/` has them by code.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.scripts import visible
from special_channel.messages.catalogue import Catalogue, Lang, catalogue, commands, sentence

READER: Final[ContextVar[Lang]] = ContextVar("reader", default="en")
"""The reader's language, set once from `--lang` or the environment."""

_PLAIN_WIDTH: Final = 10_000
"""Columns where no terminal is: a pipe gets whole lines."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where results go, and in which form."""

    as_json: bool
    lang: Lang

    def label(self, group: str, code: str) -> str:
        """Return the words for a coded value."""
        return catalogue(self.lang).label(group, code)

    def worded(self, fields: Mapping[str, Any], /, **groups: str) -> dict[str, Any]:
        """Put coded fields into the reader's words, each by its group; JSON keeps the codes."""
        if self.as_json:
            return dict(fields)
        coded = {name: group for name, group in groups.items() if fields.get(name)}
        words = {name: self.label(group, str(fields[name])) for name, group in coded.items()}
        return {**fields, **words}

    def document(self, fields: Mapping[str, Any]) -> None:
        """Print one thing."""
        if self.as_json:
            print_json(fields)
            return
        words = commands(self.lang)
        shown = [(words.gettext(name), value) for name, value in fields.items()]
        width = max((cell_len(name) for name, _ in shown), default=0)
        for name, value in shown:
            print_line(f"{name}{' ' * (width - cell_len(name))}  {_cell(value, words) or '–'}")

    def receipt(self, receipt: Mapping[str, Any], /, **more: Any) -> None:  # noqa: ANN401 - JSON
        """Print where an entry stands; with `--json` also its C2SP tlog-proof."""
        shown = (
            dict(receipt) if self.as_json else {each: receipt[each] for each in ("position", "id")}
        )
        self.document({**shown, **more})

    def rows(self, items: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
        """Print a listing: a line a thing, or an object a line with all its fields."""
        if self.as_json:
            for item in items:
                print_json(item)
            return
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
        words = commands(self.lang)
        for column in columns:
            table.add_column(words.gettext(column))
        for item in items:
            table.add_row(*(Text(_cell(item.get(column, ""), words)) for column in columns))
        Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH).print(table)

    def say(self, text: str) -> None:
        """Print a remark: on standard error where standard output is for machines."""
        if self.as_json:
            print_error_line(text)
        else:
            print_line(text)


def print_json(fields: Mapping[str, Any]) -> None:
    """Print one JSON document on one line."""
    # For programs, which need the text as it is signed.
    _write(json.dumps(fields, ensure_ascii=False, separators=(",", ":")))


def print_line(text: str) -> None:
    """Print one line at once; marks that would steer the terminal are written out."""
    _write(visible(text))


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def print_error_line(text: str) -> None:
    """Print one line on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def print_error(error: ChannelError, lang: Lang) -> None:
    """Print what happened and what to do next, with the stable code."""
    words = sentence(error.code, lang, **error.facts)
    known = f"error.{error.code}" in catalogue(lang)
    text = words.text if known else error.detail
    print_error_line(f"{error.code}: {text}")
    said = text + words.next_step
    shown = {name: value for name, value in error.facts.items() if str(value) not in said}
    if shown:
        labels = commands(lang)
        named = (
            f"{labels.gettext(name)}{labels.gettext(': ')}{value}" for name, value in shown.items()
        )
        print_error_line("  " + ("，" if lang == "zh-CN" else ", ").join(named))
    print_error_line(f"  {words.next_step}")


def _cell(value: object, words: Catalogue) -> str:
    if isinstance(value, bool):
        return words.gettext("yes" if value else "no")
    if isinstance(value, dict):
        value = [f"{name or '–'} {_cell(each, words)}" for name, each in value.items()]
    if isinstance(value, list | tuple):
        return words.gettext(", ").join(_cell(each, words) for each in value)
    return "–" if value is None else visible(str(value))
