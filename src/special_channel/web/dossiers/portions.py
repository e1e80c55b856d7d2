"""Cut a dossier into portions for pages: a page has at most 400 KB, a file has the whole.

Does not change words or their order. A part, table, entry or row that is cut has its heading in
each portion.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest
from typing import Final, NamedTuple

from special_channel.desk.dossiers import Cell, Dossier, DossierPart, FiledEntry, FiledTable
from special_channel.web.shared.pieces import pieces
from special_channel.web.shared.portions import heavy

# Weights are bytes of HTML.
HEAVIEST: Final = 300_000
"""Weight of a portion; frame and cover take the rest of 400 KB."""

_ENTRY: Final = 1_000
_ROW: Final = 60
_CELL: Final = 60
_CHANGED: Final = 140
"""Of a cell with words that a correction removed or added, which says so."""

_LINE: Final = 200
"""Of a paragraph or a line of an entry; its passage's heading may stand above it."""


class _Words(NamedTuple):
    """A piece of an entry's words: of its passage or, for `passage` -1, of its lines.

    Attributes:
        paragraph: Place of the paragraph in its passage, or of the line.
    """

    passage: int
    paragraph: int
    cell: Cell


@dataclass(frozen=True, slots=True)
class _CutEntry:
    """A portion of an entry whose words are too heavy for one."""

    entry: FiledEntry
    words: tuple[_Words, ...]

    def filed(self) -> FiledEntry:
        """Return the entry with these words alone."""

        def cells(words: Iterable[_Words]) -> Iterator[tuple[int, tuple[Cell, ...]]]:
            for number, group in groupby(words, lambda each: each.paragraph):
                yield number, tuple(each.cell for each in group)

        passages, lines = [], []
        for number, group in groupby(self.words, lambda each: each.passage):
            if number >= 0:
                paragraphs = tuple(row for _, row in cells(group))
                passages.append(replace(self.entry.passages[number], paragraphs=paragraphs))
                continue
            for line, row in cells(group):
                word, cell = self.entry.lines[line]
                lines.append((word, replace(cell, text="".join(each.text for each in row))))
        return replace(self.entry, passages=tuple(passages), lines=tuple(lines))


_Block = FiledEntry | FiledTable | _CutEntry


def portion(made: Dossier, number: int) -> tuple[Dossier, int]:
    """Return a portion of a dossier by its number from 1, and the number of portions.

    The last portion for a number beyond it.
    """
    starts = len(made.cover)
    found = list(_portions((*made.cover, *made.parts)))
    shown = found[min(number, len(found)) - 1]
    cover = tuple(part for at, part in shown if at < starts)
    parts = tuple(part for at, part in shown if at >= starts)
    return replace(made, cover=cover, parts=parts), len(found)


def _portions(parts: Sequence[DossierPart]) -> Iterator[list[tuple[int, DossierPart]]]:
    """Yield parts with their places, as many blocks and rows as a portion has."""
    shown: list[tuple[int, DossierPart]] = []
    weight = 0
    for at, part in enumerate(parts):
        blocks: list[_Block] = []
        for block in part.blocks:
            for n, (piece, weighs, head) in enumerate(_pieces(block)):
                # A further piece of an entry stands below the heading that is there already.
                more = weighs + (0 if n and blocks else head)
                if weight and weight + more > HEAVIEST:
                    if blocks:
                        shown.append((at, replace(part, blocks=_filed(blocks))))
                    yield shown
                    shown, blocks, weight, more = [], [], 0, weighs + head
                _add(blocks, piece, same=n > 0)
                weight += more
        if blocks or not part.blocks:
            shown.append((at, replace(part, blocks=_filed(blocks))))
    yield shown


def _filed(blocks: Sequence[_Block]) -> tuple[FiledEntry | FiledTable, ...]:
    return tuple(each.filed() if isinstance(each, _CutEntry) else each for each in blocks)


def _pieces(block: FiledEntry | FiledTable) -> Iterator[tuple[_Block, int, int]]:
    """Yield what goes to a portion together, its weight, and the weight of its heading."""
    if isinstance(block, FiledTable):
        if not block.rows:
            yield block, _ENTRY, 0
        for piece in (each for row in block.rows for each in _cut_row(row)):
            yield replace(block, rows=(piece,)), _row(piece), 0
        return
    words, head = list(_words(block)), _head(block)
    weight = sum(map(_weight, words))
    if head + weight <= HEAVIEST:
        yield block, weight, head
        return
    for each in words:
        for cell in _cut_cell(each.cell, HEAVIEST - head - _LINE - _CHANGED):
            some = each._replace(cell=cell)
            yield _CutEntry(block, (some,)), _weight(some), head


def _add(blocks: list[_Block], piece: _Block, *, same: bool) -> None:
    """Add a piece; `same`: a further one of the table or entry whose piece came before."""
    last = blocks[-1] if blocks else None
    # Two tables next to each other stay two, even under the same heads.
    if same and isinstance(piece, FiledTable) and isinstance(last, FiledTable):
        blocks[-1] = replace(last, rows=(*last.rows, *piece.rows))
    elif same and isinstance(piece, _CutEntry) and isinstance(last, _CutEntry):
        blocks[-1] = replace(last, words=(*last.words, *piece.words))
    else:
        blocks.append(piece)


def _words(entry: FiledEntry) -> Iterator[_Words]:
    """Yield the words of an entry in the order of its page."""
    for number, passage in enumerate(entry.passages):
        for place, paragraph in enumerate(passage.paragraphs):
            yield from (_Words(number, place, cell) for cell in paragraph)
    yield from (_Words(-1, place, cell) for place, (_, cell) in enumerate(entry.lines))


def _cut_row(row: Sequence[Cell]) -> Iterator[tuple[Cell, ...]]:
    """Cut a row whose cells are too heavy for a portion; its heading stands in each piece."""
    if _row(row) <= HEAVIEST:
        yield tuple(row)
        return
    most = (HEAVIEST - _ROW) // len(row) - _CHANGED
    columns = [list(_cut_cell(cell, most)) for cell in row]
    if len(columns[0]) == 1:
        columns[0] *= max(map(len, columns))
    yield from zip_longest(*columns, fillvalue=Cell(""))


def _cut_cell(cell: Cell, most: int) -> Iterator[Cell]:
    """Cut a cell into cells of at most `most` bytes of text."""
    if _cell(cell) <= most:
        yield cell
        return
    alone = replace(cell, below=())
    yield from (replace(alone, text=text) for text in pieces(cell.text, most))
    for each in cell.below:
        yield from (replace(alone, text="", below=(piece,)) for piece in _cut_cell(each, most))


def _head(entry: FiledEntry) -> int:
    """Weigh an entry without its passages and lines."""
    return _ENTRY + sum(_CELL + heavy(text) for text in (*entry.remarks, entry.heading, entry.role))


def _row(row: Sequence[Cell]) -> int:
    return _ROW + sum(map(_cell, row))


def _weight(words: _Words) -> int:
    return _LINE + _cell(words.cell)


def _cell(cell: Cell) -> int:
    return (_CHANGED if cell.change else _CELL) + heavy(cell.text) + sum(map(_cell, cell.below))
