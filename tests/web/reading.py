"""Read a page as its reader does: cells of tables by visible text, without tags."""

from __future__ import annotations

import re
from html.parser import HTMLParser


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag, attrs):  # noqa: ARG002 - of the base class
        if tag == "tr":
            self.rows.append([])
        elif tag in {"th", "td"}:
            self._cell = []
        elif tag == "small" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag):
        if tag in {"th", "td"} and self._cell is not None:
            # A no-break space is part of the text; blanks and line ends of the source are not.
            self.rows[-1].append(" ".join(re.split(r"[ \n]+", "".join(self._cell))).strip(" "))
            self._cell = None

    def handle_data(self, data):
        if self._cell is not None:
            self._cell.append(data)


def rows_of(html: str) -> list[list[str]]:
    """Return the rows of all tables of a page, each as the text of its cells, heads among them."""
    reader = _Tables()
    reader.feed(html)
    return reader.rows
