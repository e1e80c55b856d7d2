"""Cut the long tables of a page into portions, so that its HTML has at most 400 KB.

`part` chooses a table of the page and `page` a portion of the table; other tables show the first
portion with links to the rest. Main tables keep their portions while a table beside them is read:
`beside` names them. Links need no script.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final, Generic, Protocol, TypeVar

from markupsafe import escape
from pydantic import Field

from special_channel.web.shared.paging import Paging, paging
from special_channel.web.shared.query import PageQuery, Text, Whole
from special_channel.web.shared.words import BIDI

_T = TypeVar("_T")

_PLACE: Final = "[a-z-]{1,40}[.][1-9][0-9]{0,5}"

MOST: Final = 100
"""Rows of a portion; a browser takes a second for 2000 rows."""

# Weights are bytes of HTML; ten tables and the frame of a page share 400 KB.
CHOSEN: Final = 100_000
OTHERS: Final = 20_000

ROW: Final = 600
"""Weight of a row without its texts."""

CONTROL: Final = len('<bdi class="ctl"></bdi>')
"""Weight of the mark around a control of a text's direction."""


class PortionQuery(PageQuery):
    """Chosen table of a page, and the number of the table's portion.

    Attributes:
        part: Name of the table.
        at: Place of an item in the table, from 1: show the portion with the item; 0 for `page`.
        beside: Portions of main tables that stay beside the chosen one, such as `read.3,rows.2`.
    """

    part: Text = ""
    at: Whole = 0
    beside: Annotated[str, Field(pattern=f"^({_PLACE}(,{_PLACE}){{0,3}})?$")] = ""

    def page_of(self, name: str, *, main: bool) -> int:
        """Return the page of a table: the chosen one's, that of a main table beside it, or 1."""
        if self.part == name:
            return self.page
        return _places(self.beside).get(name, 1) if main else 1


class OfEntry(Protocol):
    """An item of a table, of the entry with this number."""

    @property
    def position(self) -> str:
        """The entry's number."""


class EntryPortionQuery(PortionQuery):
    """Chosen portion of tables of entries; `entry`: number of an entry, whose portion is shown."""

    entry: Text = ""

    def within(self, tables: Mapping[str, Sequence[OfEntry]]) -> PortionQuery:
        """Return the query for the first table with the entry; for `part` where none has it."""
        for name, items in tables.items() if self.entry else ():
            for at, item in enumerate(items, 1):
                if item.position == self.entry:
                    return PortionQuery(part=name, at=at)
        return self


@dataclass(frozen=True, slots=True)
class Portion(Generic[_T]):
    """A portion of a table.

    Attributes:
        first: Number of items before the portion.
        total: Number of items of the whole table.
        chosen: Whether the address chooses the table.
        url: Address of the portion, to come back to.
    """

    items: Sequence[_T]
    first: int
    total: int
    pages: Paging
    chosen: bool
    url: str


@dataclass(frozen=True, slots=True)
class Portions:
    """Cuts the tables of the page at `url`; the URL may have a query, as of a filter.

    `heaviest`: bytes of HTML in a portion of the chosen table; `most`: its rows; `beside`: the
    portions of main tables that every link of another table keeps, empty for none.
    """

    url: str
    query: PortionQuery
    heaviest: int = CHOSEN
    most: int = MOST
    beside: str = ""

    def around(self, **mains: Paging) -> Portions:
        """Return what cuts the tables beside main tables; their links keep the mains' pages."""
        later = (f"{name}.{main.page}" for name, main in mains.items() if main.page > 1)
        return replace(self, beside=",".join(later))

    def table(self, name: str) -> str:
        """Return the address of the first portion of a table."""
        others = (f"{each}.{page}" for each, page in _places(self.beside).items() if each != name)
        kept = ",".join(others)
        beside = f"&beside={kept}" if kept else ""
        return f"{self.url}{'&' if '?' in self.url else '?'}part={name}{beside}"

    def again(self, name: str, portion: Portion[_T]) -> Portion[_T]:
        """Return a portion of a table with links that keep the main tables beside it."""
        was = portion.pages
        pages = self._pages(name, was.page, was.pages, chosen=portion.chosen)
        return replace(portion, pages=pages, url=self._address(name, was.page))

    def of(
        self,
        name: str,
        items: Sequence[_T],
        row: int | Callable[[_T], int] = ROW,
        *,
        main: bool = False,
    ) -> Portion[_T]:
        """Return a portion of a table; `name` is also the id of its element.

        Args:
            name: Name of the table.
            items: Items of the whole table.
            row: Bytes of HTML of a row without its texts, or a function for a row with its texts.
            main: Whether the table is the page's main table; its portions are never shortened.
        """
        asked = self.query.part == name
        chosen = asked or main
        weigh = row if callable(row) else _with_texts(row)
        heaviest = self.heaviest if chosen else OTHERS
        starts = list(_starts(map(weigh, items), heaviest, self.most))
        count = len(starts)
        page = min(self.query.page_of(name, main=main), count)
        if asked and self.query.at:
            page = max(1, bisect_left(starts, self.query.at))
        first = starts[page - 1]
        last = starts[page] if page < count else len(items)
        pages = self._pages(name, page, count, chosen=chosen)
        url = self._address(name, page)
        return Portion(items[first:last], first, len(items), pages, chosen, url)

    def _address(self, name: str, page: int) -> str:
        return f"{self.table(name)}&page={page}#{name}" if page > 1 else self.url

    def _pages(self, name: str, page: int, count: int, *, chosen: bool) -> Paging:
        """Link a portion to its neighbours; in a table not chosen, link to the whole table."""
        table = self.table(name)
        made = paging(page, count, 1, table)
        following = made.next_url if chosen else table
        return Paging(
            made.page,
            made.pages,
            made.total,
            f"{made.previous_url}#{name}" if made.previous_url else None,
            f"{following}#{name}" if made.next_url else None,
        )


def heavy(text: object) -> int:
    """Return the bytes of a text in HTML, with the marks around controls of its direction."""
    words = str(text)
    marks = 0 if words.isascii() else CONTROL * len(BIDI.findall(words))
    return len(escape(words).encode()) + marks


def _places(beside: str) -> Mapping[str, int]:
    """Return the page of each table that `beside` names."""
    named = (each.partition(".") for each in beside.split(",") if each)
    return {table: int(page) for table, _, page in named}


def _with_texts(row: int) -> Callable[[object], int]:
    return lambda item: row + heavy(item)


def _starts(weights: Iterable[int], heaviest: int, most: int) -> Iterator[int]:
    """Yield the index of the first item in every portion; the first is 0, also without items."""
    yield 0
    weight = rows = 0
    for at, each in enumerate(weights):
        if rows and (weight + each > heaviest or rows == most):
            yield at
            weight = rows = 0
        weight += each
        rows += 1
