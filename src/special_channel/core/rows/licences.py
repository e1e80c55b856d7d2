"""Licences: what each allows, what was drawn, and what is left of it.

Does not know companies beyond the names that a licence states, and does not decide what was
shipped: customs does. Quantities are counted exactly (`quantities.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from special_channel.core.bytes.ids import EntryId
from special_channel.core.bytes.quantities import Basis, Quantity, Unit, quantity
from special_channel.core.entries import LicenceDrawn, LicenceIssued
from special_channel.core.rows.past import Placed

Per = Literal["licence", "calendar_year", "licence_year"]

Standing = Literal["to_come", "in_force", "ended", "expired"]


@dataclass(frozen=True, slots=True)
class AllowedQuantity:
    """How much of one control code a licence allows in each of its periods."""

    code: str
    quantity: str
    unit: Unit
    basis: Basis

    def counted(self) -> Quantity:
        """Return the quantity to count with."""
        return quantity(self.quantity, self.unit, self.basis)


@dataclass(frozen=True, slots=True)
class LicenceEnd:
    """By which act, and from when, a licence is no longer in force."""

    how: str
    on: str


@dataclass(frozen=True, slots=True)
class Issue:
    """How a licence stood from one entry of CN's on."""

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

    def line(self, code: str) -> AllowedQuantity | None:
        """Return what is allowed of a control code."""
        return next((each for each in self.lines if each.code == code), None)

    def period_of(self, day: str) -> str:
        """Return on which date the period began that holds this one; the quantity is for it."""
        if self.per == "licence":
            return self.valid_from
        if self.per == "calendar_year":
            return f"{day[:4]}-01-01"
        first, on = date.fromisoformat(self.valid_from), date.fromisoformat(day)
        begun = _anniversary(first, on.year)
        return (begun if begun <= on else _anniversary(first, on.year - 1)).isoformat()


def _anniversary(first: date, year: int) -> date:
    """Return the day of that year on which a licence year begins; 29 February gives 1 March."""
    try:
        return first.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """A licence by its number: how it stands is what CN said last."""

    licence: str
    issues: tuple[Issue, ...] = ()

    @property
    def now(self) -> Issue:
        """How it stands."""
        return self.issues[-1]

    def standing(self, on: str) -> Standing:
        """Tell whether it is in force on a date in China."""
        now = self.now
        if now.ended is not None and now.ended.on <= on:
            return "ended"
        if on > now.valid_to:
            return "expired"
        return "in_force" if on >= now.valid_from else "to_come"


@dataclass(frozen=True, slots=True)
class DrawRow:
    """One draw-down. `corrected`: index of the entry that stands in its place; -1 for none."""

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
        """Return the quantity to count with."""
        return quantity(self.quantity, self.unit, self.basis)


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left of one control code in the period that holds a date.

    Attributes:
        line: What is allowed.
        since: When the period began.
        drawn: What was drawn in it, as far as stated and not corrected.
        left: The rest; below 0 where more was stated as drawn than was allowed.
        apart: Draw-downs of this code in another unit or basis than the licence now states:
            they can't be counted against it and are shown by themselves.
    """

    line: AllowedQuantity
    since: str
    drawn: Quantity
    left: Quantity
    apart: tuple[DrawRow, ...] = ()


def balances(issue: Issue, draws: Iterable[DrawRow], on: str) -> tuple[Balance, ...]:
    """Return what is left of each line in the period that holds a date in China."""
    period = issue.period_of(on)
    in_it = [draw for draw in draws if draw.corrected < 0 and issue.period_of(draw.on) == period]
    return tuple(_balance(line, in_it, period) for line in issue.lines)


def _balance(line: AllowedQuantity, draws: Sequence[DrawRow], since: str) -> Balance:
    allowed = line.counted()
    of_code = [draw for draw in draws if draw.code == line.code]
    counted = [draw.counted() for draw in of_code if draw.counted().of_one_kind(allowed)]
    left = allowed.less(counted)
    drawn = replace(allowed, millionths=allowed.millionths - left.millionths)
    apart = tuple(draw for draw in of_code if not draw.counted().of_one_kind(allowed))
    return Balance(line, since, drawn, left, apart)


def issued(row: LicenceRow | None, placed: Placed, entry: LicenceIssued) -> LicenceRow:
    """Take how a licence stands."""
    said = entry.body
    row = row or LicenceRow(said.licence)
    issue = Issue(
        index=placed.position.index,
        id=placed.id,
        accepted=placed.accepted,
        type=said.type,
        lines=tuple(
            AllowedQuantity(line.code, line.quantity, line.unit, line.basis) for line in said.lines
        ),
        per=said.per,
        issued_on=said.issued_on,
        valid_from=said.valid_from,
        valid_to=said.valid_to,
        applications=said.applications,
        customers=said.customers,
        ended=LicenceEnd(said.ended.how, said.ended.on) if said.ended else None,
    )
    return replace(row, issues=(*row.issues, issue))


def drawn(placed: Placed, entry: LicenceDrawn) -> DrawRow:
    """Make the row of a draw-down."""
    said = entry.body
    return DrawRow(
        draw=placed.id,
        index=placed.position.index,
        accepted=placed.accepted,
        licence=said.licence,
        code=said.code,
        quantity=said.quantity,
        unit=said.unit,
        basis=said.basis,
        on=said.on,
        application=said.application or "",
        customer=said.customer or "",
        corrects=said.corrects or "",
    )


def corrected(row: DrawRow, placed: Placed) -> DrawRow:
    """Let a later draw-down stand in this one's place."""
    return replace(row, corrected=placed.position.index)
