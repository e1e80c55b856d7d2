"""Licences: what is left of each quantity, what expires when, and what one would cover.

Does not count: `core.rows.licences` does. A draw-down is what was used, and is not a shipment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from special_channel.core.rows.licences import Standing
from special_channel.web.shared.paging import Paging

STANDINGS: tuple[Standing, ...] = ("in_force", "to_come", "expired", "ended")
TYPES = ("individual", "general", "certificate")
PERIODS = ("licence", "calendar_year", "licence_year")
UNITS = ("kg", "t", "pcs")
BASES = ("gross", "contained")
ENDS = ("used", "withdrawn", "revoked", "forfeited", "deregistered")

Rule = Literal["code", "code-customer"]
"""By what an application would be covered: the same control code, and of a licence that names
customers the same company, too."""


@dataclass(frozen=True, slots=True)
class LineView:
    """What a licence allows of a control code in the period that holds today, and what is left.

    Amounts are decimal text in `unit`, `kg` or `pcs`. `share`: of a thousand, how much is left.
    `over`: more was stated as drawn than allowed.
    """

    code: str
    allowed: str
    drawn: str
    left: str
    unit: str
    basis: str
    share: int
    over: bool = False


@dataclass(frozen=True, slots=True)
class DrawView:
    """One draw-down, as stated. `corrected_in`: the entry that stands in its place."""

    position: str
    entry_id: str
    on: date
    code: str
    amount: str
    unit: str
    basis: str
    application: str = ""
    application_url: str = ""
    customer: str = ""
    corrects: str = ""
    corrected_in: str = ""
    apart: bool = False


@dataclass(frozen=True, slots=True)
class LicenceLine:
    """A licence in the table of all."""

    number: str
    url: str
    type: str
    standing: Standing
    valid_from: date
    valid_to: date
    days_left: int
    lines: tuple[LineView, ...]
    per: str
    customers: int = 0


@dataclass(frozen=True, slots=True)
class CoveredView:
    """A pending application that a licence would cover, and by which rule."""

    number: str
    url: str
    code: str
    state: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class IssueView:
    """How the licence stood from one entry on."""

    position: str
    type: str
    valid_from: date
    valid_to: date
    lines: tuple[tuple[str, str, str, str], ...]
    ended: str = ""
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class LicencesAsked:
    """What the reader asked for; empty strings mean all."""

    text: str = ""
    code: str = ""
    standing: str = ""

    @property
    def filters(self) -> bool:
        """Whether anything is left out."""
        return bool(self.text or self.code or self.standing)


@dataclass(frozen=True, slots=True)
class LicencesPage:
    """All licences. `records`: whether this reader may record one."""

    template: ClassVar[str] = "licences.html"
    page: ClassVar[str] = "licences"

    rows: tuple[LicenceLine, ...]
    paging: Paging
    asked: LicencesAsked
    on: date
    up_to: tuple[str, str]
    records: bool = False


@dataclass(frozen=True, slots=True)
class LicencePage:
    """One licence.

    Attributes:
        covers: Pending applications that it would cover; None where this node can't tell,
            since it knows no application's control code.
        covered: How many there are, of which `covers` are the first.
        shared_customers: Whether the charter opts in to naming companies.
        charter: Number of the charter in force, which both sides adopted.
    """

    template: ClassVar[str] = "licence.html"
    page: ClassVar[str] = "licence"

    licence: LicenceLine
    issued_on: date
    position: str
    since: date
    on: date
    applications: tuple[tuple[str, str], ...] = ()
    customers: tuple[str, ...] = ()
    ended: str = ""
    ended_on: date | None = None
    draws: tuple[DrawView, ...] = ()
    history: tuple[IssueView, ...] = ()
    covers: tuple[CoveredView, ...] | None = None
    covered: int = 0
    shared_customers: bool = False
    charter: int = 0
    records: bool = False


Given = dict[str, str]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A form for a licence or a draw-down, and what it would sign.

    Attributes:
        what: `licence` or `draw`.
        given: The fields as the reader filled them in.
        codes: Of a draw-down: the licence's control codes.
        fault: The field that can't be taken, as the form names it; empty if none.
        body: The body that would be signed, as JSON; empty until all is right.
        told: It in the reader's words, label and value.
        then: Where to go once it is signed.
    """

    template: ClassVar[str] = "licence_record.html"
    page: ClassVar[str] = "licence"

    what: Literal["licence", "draw"]
    action: str
    then: str
    given: Given
    number: str = ""
    codes: tuple[str, ...] = ()
    fault: str = ""
    body: str = ""
    told: tuple[tuple[str, str], ...] = ()
    shared_customers: bool = False
    lines: int = 6
