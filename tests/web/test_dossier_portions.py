"""Portions of a dossier: tables stay apart, and a table that is cut goes on under its heads."""

from __future__ import annotations

from special_channel.desk.dossiers import Cell, Dossier, DossierPart, FiledTable
from special_channel.web.dossiers.portions import HEAVIEST, portion


def table(*texts: str, remark: str = "") -> FiledTable:
    return FiledTable(("Number", "State"), tuple((Cell(each), Cell("x")) for each in texts), remark)


def dossier(*blocks: FiledTable) -> Dossier:
    return Dossier(
        lang="en", internal=False, label="", edge="", notice="", subject="", kind="",
        title=Cell("Application A-1"), other_title=None, facts=(), cover=(),
        parts=(DossierPart("states", "States", blocks),), effect="", removed="", added="",
        file_name="a",
    )  # fmt: skip


def test_tables_with_equal_heads_stay_apart():
    first, second = table("A-1", "A-2", remark="By the EU."), table("A-3", remark="By CN.")
    shown, count = portion(dossier(first, second), 1)
    assert count == 1
    assert shown.parts[0].blocks == (first, second)


def test_translation_in_a_cut_row_goes_on_without_words_above_it():
    original, translation = "x" * HEAVIEST, "y" * HEAVIEST
    row = (Cell("A-1"), Cell(original, below=(Cell(translation),)))
    made = dossier(FiledTable(("Number", "Remark"), (row,)))
    count = portion(made, 1)[1]
    shown = [portion(made, n)[0].parts[0].blocks[0].rows for n in range(1, count + 1)]
    cells = [cell for rows in shown for _, cell in rows]
    assert "".join(cell.text for cell in cells) == original
    assert "".join(each.text for cell in cells for each in cell.below) == translation


def test_table_that_is_cut_goes_on_in_the_next_portion():
    long = "x" * (HEAVIEST // 3)
    whole = table(*[f"{n}{long}" for n in range(5)])
    made = dossier(whole, table("A-1"))
    count = portion(made, 1)[1]
    shown = [portion(made, n)[0].parts[0].blocks for n in range(1, count + 1)]
    assert count == 3
    rows = [row for blocks in shown for block in blocks for row in block.rows]
    assert rows == [*whole.rows, *table("A-1").rows]
    assert len(shown[-1]) == 2
