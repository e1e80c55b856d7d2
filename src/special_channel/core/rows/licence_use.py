"""How far a licence's quantities are stated as used, and which statement reached a mark.

Speaks of statements alone: what was exported, customs knows. Pure; exact quantities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from special_channel.core.rows.licences import Balance, DrawRow, LicenceRow, balances

UseMark = Literal["most", "over"]
"""`most`: at least `MOST_PERCENT` of a quantity is stated as used. `over`: more than all of it."""

MOST_PERCENT: Final = 80
"""Share from which the desks are told; chosen here, no source states one."""

_RANKS: Final[Mapping[UseMark, int]] = {"most": 1, "over": 2}


@dataclass(frozen=True, slots=True)
class ReachedMark:
    """A mark that a statement reached.

    Attributes:
        code: Control code of the quantity.
        since: First date of the quantity's period.
        mark: The mark.
    """

    code: str
    since: str
    mark: UseMark


def reached_marks(
    row: LicenceRow, draws: Sequence[DrawRow], index: int, today: str
) -> tuple[ReachedMark, ...]:
    """Return the marks that hold with the entry `index` of CN's log and did not hold before it.

    Later entries are left out, so that the answer is the same whenever it is asked. A draw-down is
    counted in the period of its own date, new terms in the period of `today` (a date in China).
    """
    made = next((each for each in draws if each.index == index), None)
    day = made.on if made else today
    before = {each.code: _RANKS[each.mark] for each in _marks(row, draws, index - 1, day)}
    return tuple(
        each
        for each in _marks(row, draws, index, day)
        if _RANKS[each.mark] > before.get(each.code, 0)
    )


def _marks(
    row: LicenceRow, draws: Sequence[DrawRow], last: int, day: str
) -> tuple[ReachedMark, ...]:
    """Return the marks by the entries up to `last`."""
    issues = tuple(each for each in row.issues if each.index <= last)
    if not issues:
        return ()
    known = [
        replace(each, corrected=-1) if each.corrected > last else each
        for each in draws
        if each.index <= last
    ]
    found = balances(replace(row, issues=issues).now, known, day)
    marks = ((each, _mark(each)) for each in found)
    return tuple(ReachedMark(each.line.code, each.since, mark) for each, mark in marks if mark)


def _mark(balance: Balance) -> UseMark | None:
    if balance.left.millionths < 0:
        return "over"
    drawn, allowed = balance.drawn.millionths, balance.line.counted().millionths
    return "most" if drawn > 0 and 100 * drawn >= MOST_PERCENT * allowed else None
