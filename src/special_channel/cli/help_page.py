"""Help in lines of a terminal's width, in Latin letters and in Chinese characters.

click counts characters and breaks lines at spaces. A Chinese character takes two columns, and no
space follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import click
from rich.cells import cell_len

from special_channel.cli.printing import READER
from special_channel.messages.catalogue import commands

_PIECE: Final = re.compile(
    r"\s+|[（《“]*[\u2e80-\uffef][。，；：、）》”！？]*|[^\s\u2e80-\uffef]+[。，；：、）》”！？]*"
)
"""An unbreakable piece: spaces, a word, or a character with its punctuation."""


class HelpPage(click.HelpFormatter):
    """Formats help; widths are terminal columns."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the usage line."""
        del prefix
        self._write(f"{_words('Usage: ')}{prog} {args}", "", " " * 4)

    def write_heading(self, heading: str) -> None:
        """Write a section's heading."""
        self.write(f"{_words(heading)}{_words(':')}\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs with an empty line between."""
        indent = " " * self.current_indent
        for number, paragraph in enumerate(text.split("\n\n")):
            if number:
                self.write("\n")
            self._write(paragraph, indent, indent)

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write terms with their explanations in a second column, whole."""
        rows = list(rows)
        indent = " " * self.current_indent
        column = min(max(cell_len(term) for term, _ in rows), col_max) + col_spacing
        hang = indent + " " * column
        for term, text in rows:
            if cell_len(term) + col_spacing > column:
                self.write(f"{indent}{term}\n")
                self._write(text, hang, hang)
            else:
                self._write(text, indent + term + " " * (column - cell_len(term)), hang)

    def _write(self, text: str, first: str, rest: str) -> None:
        for line in _lines(text, first, rest, self.width):
            self.write(f"{line}\n")


def _words(msgid: str) -> str:
    return commands(READER.get()).gettext(msgid)


def _lines(text: str, first: str, rest: str, width: int) -> Iterator[str]:
    """Break a text into lines of at most `width` columns; `first` and `rest` are indents."""
    line, is_empty = first, True
    for piece in _PIECE.findall(text):
        if not is_empty and cell_len(line) + cell_len(piece.rstrip()) > width:
            yield line.rstrip()
            line, is_empty = rest, True
        if not (is_empty and piece.isspace()):
            line, is_empty = line + piece, False
    yield line.rstrip()
