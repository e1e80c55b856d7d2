"""Licences: licensed quantities, draw-downs and balances.

Holds only company names stated in licences. Does not decide about shipments: customs does.
Quantities are exact (`quantities.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Literal

from special_channel.core.bytes.ids import EntryId
from special_channel.core.bytes.quantities import Basis, Quantity, Unit, quantity
from special_channel.core.entries import LicenceDrawn, LicenceIssued
from special_channel.core.rows.past import Placed

Per = Literal["licence", "calendar_year", "licence_year"]

Standing = Literal["to_come", "in_force", "ended", "expired"]


@dataclass(frozen=True, slots=True)
class AllowedQuantity:
    """Licensed quantity of one control code in each period."""

    code: str
    quantity: str
    unit: Unit
    basis: Basis

    def counted(self) -> Quantity:
        """Return the exact quantity."""
        return quantity(self.quantity, self.unit, self.basis)


@dataclass(frozen=True, slots=True)
class LicenceEnd:
    """End of a licence: the act and its date."""

    how: str
    on: str


@dataclass(frozen=True, slots=True)
class Issue:
    """Terms of a licence as of one `licence.issued`.

    `corrects`: the entry that it replaces; empty for none.
    """

    index: int
    id: EntryId
    accepted: str
    type: str
    lines: tuple[AllowedQuantity, ...]
    per: Per
    issued_on: str
    valid_from: str
    valid_to: str
    applications: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    ended: LicenceEnd | None = None
    corrects: str = ""

    def line(self, code: str) -> AllowedQuantity | None:
        """Look up the licensed quantity of a control code."""
        return next((each for each in self.lines if each.code == code), None)

    def period_of(self, day: str) -> str:
        """Return the first date of the quantity's period around `day`."""
        if self.per == "licence":
            return self.valid_from
        if self.per == "calendar_year":
            return f"{day[:4]}-01-01"
        return _licence_year(self.valid_from, day)


# Cached: every draw-down of a licence is put into its period for each balance.
@lru_cache(maxsize=4096)
def _licence_year(valid_from: str, day: str) -> str:
    """Return the first date of the licence year around `day`."""
    first, on = date.fromisoformat(valid_from), date.fromisoformat(day)
    begun = _anniversary(first, on.year)
    return (begun if begun <= on else _anniversary(first, on.year - 1)).isoformat()


def _anniversary(first: date, year: int) -> date:
    """Return the start of a licence year in `year`; 29 February becomes 1 March."""
    try:
        return first.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """A licence by number. CN's last issue that no correction replaces has the terms in force.

    `issues`: all issues as recorded, oldest first.
    """

    licence: str
    issues: tuple[Issue, ...] = ()

    @property
    def now(self) -> Issue:
        """Latest terms."""
        return self.live[-1]

    @property
    def live(self) -> tuple[Issue, ...]:
        """Issues that no correction replaces; a correcting one is in the place of the first one.

        As for statements, the first correction of an issue replaces it; another one is an issue
        like any other.
        """
        origins, replaced = corrected_issues(self.issues)
        live = [each for each in self.issues if each.id not in replaced]
        return tuple(sorted(live, key=lambda each: origins[each.id]))

    def standing(self, on: str) -> Standing:
        """Return the licence's status on a date in China."""
        now = self.now
        if now.ended is not None and now.ended.on <= on:
            return "ended"
        if on > now.valid_to:
            return "expired"
        return "in_force" if on >= now.valid_from else "to_come"


@dataclass(frozen=True, slots=True)
class DrawRow:
    """One draw-down. `corrected`: index of the entry that replaces it; -1 for none."""

    draw: EntryId
    index: int
    accepted: str
    licence: str
    code: str
    quantity: str
    unit: Unit
    basis: Basis
    on: str
    application: str = ""
    customer: str = ""
    corrects: str = ""
    corrected: int = field(default=-1)

    def counted(self) -> Quantity:
        """Return the exact quantity."""
        return quantity(self.quantity, self.unit, self.basis)


@dataclass(frozen=True, slots=True)
class Balance:
    """Balance of one control code in the period around a date.

    Attributes:
        line: Licensed quantity.
        since: First date of the period.
        drawn: Sum of the stated draw-downs in the period, without corrected ones.
        left: Licensed quantity less `drawn`; below 0 after excess draw-downs.
        apart: Draw-downs of the code in another unit or basis than the licence now states, shown
            separately and not subtracted.
    """

    line: AllowedQuantity
    since: str
    drawn: Quantity
    left: Quantity
    apart: tuple[DrawRow, ...] = ()


def corrected_issues(
    issues: Iterable[Issue],
) -> tuple[Mapping[EntryId, int], Mapping[EntryId, int]]:
    """Return the place of each issue, and the index of the issue that replaces one, by id.

    The place is the index of the first issue in its chain of corrections. `issues`: oldest first.
    """
    origins: dict[EntryId, int] = {}
    replaced: dict[EntryId, int] = {}
    for issue in issues:
        corrects = bool(issue.corrects) and issue.corrects not in replaced
        origins[issue.id] = origins[issue.corrects] if corrects else issue.index
        if corrects:
            replaced[issue.corrects] = issue.index
    return origins, replaced


def balances(issue: Issue, draws: Iterable[DrawRow], on: str) -> tuple[Balance, ...]:
    """Return the balance of each line in the period around a date in China."""
    period = issue.period_of(on)
    of_code: dict[str, list[DrawRow]] = {line.code: [] for line in issue.lines}
    for draw in draws:
        listed = of_code.get(draw.code)
        if listed is not None and draw.corrected < 0 and issue.period_of(draw.on) == period:
            listed.append(draw)
    return tuple(_balance(line, of_code[line.code], period) for line in issue.lines)


def _balance(line: AllowedQuantity, draws: Sequence[DrawRow], since: str) -> Balance:
    allowed = line.counted()
    drawn, apart = 0, []
    for draw in draws:
        counted = draw.counted()
        if counted.of_one_kind(allowed):
            drawn += counted.millionths
        else:
            apart.append(draw)
    return Balance(
        line,
        since,
        replace(allowed, millionths=drawn),
        replace(allowed, millionths=allowed.millionths - drawn),
        tuple(apart),
    )


def issued(row: LicenceRow | None, placed: Placed, entry: LicenceIssued) -> LicenceRow:
    """Add an issue of a licence: new terms."""
    body = entry.body
    row = row or LicenceRow(body.licence)
    issue = Issue(
        index=placed.position.index,
        id=placed.id,
        accepted=placed.accepted,
        type=body.type,
        lines=tuple(
            AllowedQuantity(line.code, line.quantity, line.unit, line.basis) for line in body.lines
        ),
        per=body.per,
        issued_on=body.issued_on,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        applications=body.applications,
        customers=body.customers,
        ended=LicenceEnd(body.ended.how, body.ended.on) if body.ended else None,
        corrects=body.corrects.id if body.corrects else "",
    )
    return replace(row, issues=(*row.issues, issue))


def drawn(placed: Placed, entry: LicenceDrawn) -> DrawRow:
    """Return the row of a draw-down."""
    body = entry.body
    return DrawRow(
        draw=placed.id,
        index=placed.position.index,
        accepted=placed.accepted,
        licence=body.licence,
        code=body.code,
        quantity=body.quantity,
        unit=body.unit,
        basis=body.basis,
        on=body.on,
        application=body.application or "",
        customer=body.customer or "",
        corrects=body.corrects.id if body.corrects else "",
    )


def corrected(row: DrawRow, placed: Placed) -> DrawRow:
    """Mark a draw-down as replaced by the entry `placed`."""
    return replace(row, corrected=placed.position.index)
