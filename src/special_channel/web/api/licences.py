"""Licences over the API: what is allowed, drawn and left, exactly, as decimal text.

Does not render; a licence is recorded as any entry is.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from special_channel.web.http.operation import Body, Operation, operation, whole_number
from special_channel.web.pages.licences import DrawView, LicenceLine, LineView
from special_channel.web.reading import licences as reading
from special_channel.web.reading.clocks import today_in_china
from special_channel.web.shell.context import scene

MOST = 100
"""Licences of one answer."""


class QuantityItem(Body):
    """One control code in the period that holds today; amounts are decimal text in `unit`."""

    code: str
    allowed: str
    drawn: str
    left: str
    unit: str
    basis: str


class LicenceItem(Body):
    """A licence as CN states it. `standing`: to_come, in_force, ended or expired, today."""

    licence: str
    type: str
    standing: str
    valid_from: str
    valid_to: str
    per: str
    lines: tuple[QuantityItem, ...]


class DrawItem(Body):
    """A draw-down. `corrected_in`: the entry that stands in its place."""

    position: str
    on: str
    code: str
    amount: str
    unit: str
    basis: str
    application: str | None = None
    customer: str | None = None
    corrected_in: str | None = None


class CoveredItem(Body):
    """A pending application that the licence would cover, by `code` or `code-customer`."""

    number: str
    code: str
    state: str
    rule: str


class LicenceDetail(LicenceItem):
    """One licence with its draw-downs, at sizes (m, n).

    `covers` is absent where this node does not know applications' control codes.
    """

    position: str
    issued_on: str
    applications: tuple[str, ...]
    customers: tuple[str, ...]
    ended: str | None = None
    ended_on: str | None = None
    draws: tuple[DrawItem, ...]
    covers: tuple[CoveredItem, ...] | None = None
    covered: int
    eu_size: int
    cn_size: int


class LicencesFound(Body):
    """Some licences, how many fit, and the sizes (m, n)."""

    eu: int
    cn: int
    total: int
    items: tuple[LicenceItem, ...]


@operation(
    Operation(
        "Find licences",
        response=LicencesFound,
        query=("text", "code", "standing", "first", "limit"),
    )
)
async def get_licences(request: web.Request) -> LicencesFound:
    """Return licences, the first to expire first, `first` counted from 1."""
    seen = await scene(request)
    asked = reading.asked_of(request.query)
    first, limit = whole_number(request, "first", 1), whole_number(request, "limit", MOST)
    rows, total = await reading.find(seen, asked, max(0, first - 1), min(limit, MOST))
    found = await reading.lines(seen, rows, today_in_china(seen))
    return LicencesFound(
        eu=seen.heads["eu"].size,
        cn=seen.heads["cn"].size,
        total=total,
        items=tuple(LicenceItem(**_fields(line)) for line in found),
    )


@operation(Operation("Read a licence", response=LicenceDetail))
async def get_licence(request: web.Request) -> LicenceDetail:
    """Return one licence with its draw-downs and what it would cover."""
    seen = await scene(request)
    page = await reading.licence(
        seen, await reading.find_licence(seen, request.match_info["number"])
    )
    return LicenceDetail(
        **_fields(page.licence),
        position=page.position,
        issued_on=page.issued_on.isoformat(),
        applications=tuple(each for each, _ in page.applications),
        customers=page.customers,
        ended=page.ended or None,
        ended_on=page.ended_on.isoformat() if page.ended_on else None,
        draws=tuple(_draw(each) for each in page.draws),
        covers=None
        if page.covers is None
        else tuple(
            CoveredItem(number=each.number, code=each.code, state=each.state, rule=each.rule)
            for each in page.covers
        ),
        covered=page.covered,
        eu_size=seen.heads["eu"].size,
        cn_size=seen.heads["cn"].size,
    )


def _fields(line: LicenceLine) -> dict[str, Any]:
    return {
        "licence": line.number,
        "type": line.type,
        "standing": line.standing,
        "valid_from": line.valid_from.isoformat(),
        "valid_to": line.valid_to.isoformat(),
        "per": line.per,
        "lines": tuple(_quantity(each) for each in line.lines),
    }


def _quantity(each: LineView) -> QuantityItem:
    return QuantityItem(
        code=each.code,
        allowed=each.allowed,
        drawn=each.drawn,
        left=each.left,
        unit=each.unit,
        basis=each.basis,
    )


def _draw(each: DrawView) -> DrawItem:
    return DrawItem(
        position=each.position,
        on=each.on.isoformat(),
        code=each.code,
        amount=each.amount,
        unit=each.unit,
        basis=each.basis,
        application=each.application or None,
        customer=each.customer or None,
        corrected_in=each.corrected_in or None,
    )
