"""Views of licences and draw-downs, for pages and API. Amounts are decimal text in `unit`.

Does not count quantities: `core/rows/licences.py` does. A draw-down is not a shipment.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from special_channel.core.rows.licences import Standing
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.licences import Rule
from special_channel.web.shared.references import application_url, licence_url
from special_channel.web.shared.view import SizesView, View


class QuantityItem(View):
    """Quantity of a control code in the present period; `unit` is `kg` or `pcs`."""

    code: str
    allowed: str
    drawn: str
    left: str
    unit: str
    basis: str

    @property
    def share(self) -> int:
        """Quantity left, in thousandths of the quantity allowed."""
        return int(max(Decimal(0), Decimal(self.left)) * 1000 // Decimal(self.allowed))

    @property
    def over(self) -> bool:
        """Whether draw-downs exceed the quantity allowed."""
        return self.left.startswith("-")


class LicenceItem(View):
    """A licence by CN's last statement; `standing` is of today in Beijing."""

    licence: str
    type: str
    standing: Standing
    valid_from: date
    valid_to: date
    per: str
    lines: tuple[QuantityItem, ...]
    customers: tuple[str, ...]

    @property
    def url(self) -> str:
        """Address of the licence's page."""
        return licence_url(self.licence)


class DrawItem(EntryItem):
    """A draw-down.

    Attributes:
        corrects: Number of the replaced draw-down.
        corrected_in: Number of the replacing draw-down.
        apart: Not counted, because the licence now states another unit or basis.
    """

    position: str
    on: date
    code: str
    amount: str
    unit: str
    basis: str
    application: str | None = None
    customer: str | None = None
    corrects: str | None = None
    corrected_in: str | None = None
    apart: bool

    @property
    def application_url(self) -> str:
        """Address of the application's page."""
        return application_url(self.application or "")


class CoveredItem(View):
    """A pending application covered by the licence; the rule is `code` or `code-customer`."""

    number: str
    code: str
    state: str
    rule: Rule

    @property
    def url(self) -> str:
        """Address of the application's page."""
        return application_url(self.number)


class StatedLine(View):
    """Quantity of a control code as stated."""

    code: str
    amount: str
    unit: str
    basis: str


class StatedItem(EntryItem):
    """A licence by the statement of an entry; `corrected_in`: the replacing entry."""

    position: str
    corrected_in: str | None = None
    type: str
    valid_from: date
    valid_to: date
    lines: tuple[StatedLine, ...]
    ended: str | None = None
    ended_on: date | None = None


class LicenceDetail(LicenceItem, EntryItem):
    """A licence with its draw-downs, newest first, and its statements, newest first.

    Attributes:
        since: First day of the present period.
        covers: Pending applications covered by the licence, at most 50; absent if the node does
            not know applications' control codes.
        covered: Total number of covered applications.
        eu_size: Size of the EU's log (rule 3).
        cn_size: Size of CN's log.
    """

    position: str
    issued_on: date
    since: date
    applications: tuple[str, ...]
    ended: str | None = None
    ended_on: date | None = None
    draws: tuple[DrawItem, ...]
    history: tuple[StatedItem, ...]
    covers: tuple[CoveredItem, ...] | None = None
    covered: int
    eu_size: int
    cn_size: int


class LicencesFound(SizesView):
    """Licences, next to expire first, and the total number of matches."""

    total: int
    items: tuple[LicenceItem, ...]
