"""Cut a dossier into portions for pages: a page has at most 400 KB, a file has the whole.

Does not change words or their order. A part or table that is cut has its heading in each portion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from markupsafe import escape

from special_channel.desk.dossiers import Cell, Dossier, DossierPart, FiledEntry, FiledTable

# Weights are bytes of HTML.
HEAVIEST: Final = 300_000
"""Weight of a portion; frame and cover take the rest of 400 KB."""

_ENTRY: Final = 1_000
_ROW: Final = 60
_CELL: Final = 60

_Block = FiledEntry | FiledTable


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
            for n, (piece, heavy) in enumerate(_pieces(block)):
                if weight and weight + heavy > HEAVIEST:
                    if blocks:
                        shown.append((at, replace(part, blocks=tuple(blocks))))
                    yield shown
                    shown, blocks, weight = [], [], 0
                _add(blocks, piece, same=n > 0)
                weight += heavy
        if blocks or not part.blocks:
            shown.append((at, replace(part, blocks=tuple(blocks))))
    yield shown


def _pieces(block: _Block) -> Iterator[tuple[_Block, int]]:
    """Yield what is never cut: an entry, or one row of a table; with its weight."""
    if isinstance(block, FiledEntry) or not block.rows:
        yield block, _weight(block)
        return
    for row in block.rows:
        yield replace(block, rows=(row,)), _ROW + sum(map(_cell, row))


def _add(blocks: list[_Block], piece: _Block, *, same: bool) -> None:
    """Add an entry, or a row; `same`: a further row of the table whose row came before."""
    last = blocks[-1] if blocks else None
    # Two tables next to each other stay two, even under the same heads.
    if same and isinstance(piece, FiledTable) and isinstance(last, FiledTable):
        blocks[-1] = replace(last, rows=(*last.rows, *piece.rows))
    else:
        blocks.append(piece)


def _weight(block: _Block) -> int:
    if isinstance(block, FiledTable):
        return _ENTRY
    texts = (
        Cell(each.text, each.lang)
        for said in block.passages
        for paragraph in said.paragraphs
        for each in paragraph
    )
    lines = (cell for _, cell in block.lines)
    remarks = (Cell(text) for text in (*block.remarks, block.heading, block.role))
    return _ENTRY + sum(map(_cell, (*texts, *lines, *remarks)))


def _cell(cell: Cell) -> int:
    return _CELL + len(escape(cell.text).encode()) + sum(map(_cell, cell.below))
