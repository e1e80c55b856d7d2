"""Corrections of statements on an application, and marks of differences, in its row.

Records which statement a correction names. Does not remove the replaced statement: the row answers
without it (`replacements.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from special_channel.core.bytes.ids import Party
from special_channel.core.entries import DifferenceMarked, ReturnRow, StatementRef
from special_channel.core.rows.application_facts import (
    CorrectionFact,
    DifferenceFact,
    MatchFact,
)
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.past import Placed
from special_channel.core.rows.replacements import Place


def stated(row: ApplicationRow, party: Party, place: Place) -> bool:
    """Return whether a side states something on the application at a place."""
    return place in _places(row, party)


def _places(row: ApplicationRow, party: Party) -> Iterator[Place]:
    yield from (each.place for each in row.history(party))
    yield from (each.place for each in row.marks(party))
    # A number found for a reference is part of what its row of the sheet states.
    yield from ((each.index, 0) for each in row.links if each.party == party and not each.row)
    if party == "eu":
        yield from ((each.index, each.row) for each in row.listed)
    else:
        yield from ((each.index, each.row) for each in row.matches)


def corrected(
    row: ApplicationRow, placed: Placed, ref: StatementRef, index: int, sheet_row: int = 0
) -> ApplicationRow:
    """Add the correction by an entry, or by a row of its sheet.

    `index`: index of the entry that `ref` names.
    """
    position = placed.position
    fact = CorrectionFact(position.party, position.index, sheet_row, ref.id, index, ref.row or 0)
    # Both logs add corrections, so sort by log and index (rule 4).
    facts = sorted((*row.corrections, fact), key=lambda each: (each.party, each.index, each.row))
    return replace(row, corrections=tuple(facts))


def matched(row: ApplicationRow | None, placed: Placed, answer: ReturnRow) -> ApplicationRow:
    """Add a row of a return sheet without a state."""
    row = row or ApplicationRow(answer.number)
    index, found_as = placed.position.index, answer.found_as or ""
    fact = MatchFact(index, answer.row, answer.match, placed.id, found_as)
    return replace(row, matches=(*row.matches, fact))


def difference_marked(
    row: ApplicationRow | None, placed: Placed, entry: DifferenceMarked
) -> ApplicationRow:
    """Add a side's mark of a difference."""
    body = entry.body
    row = row or ApplicationRow(body.number)
    fact = DifferenceFact(
        party=placed.position.party,
        index=placed.position.index,
        id=placed.id,
        field=body.field,
        act=body.act,
        eu=body.eu.id,
        eu_row=body.eu.row or 0,
        cn=body.cn.id,
        cn_row=body.cn.row or 0,
        reason=body.reason or "",
        note=body.ask.id if body.ask else "",
        q=body.ask.q if body.ask else "",
    )
    # Sorted for the same reason as corrections.
    facts = sorted((*row.difference_marks, fact), key=lambda each: (each.party, each.index))
    return replace(row, difference_marks=tuple(facts))
