"""Read licences from the record. Does not write: licences and draw-downs are entries.

The EU's node knows applications' control codes from its private columns, which do not cross.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import EntryId
from special_channel.core.bytes.quantities import quantity
from special_channel.core.kinds.sharing import CUSTOMERS
from special_channel.core.rows.licences import (
    Balance,
    DrawRow,
    Issue,
    LicenceRow,
    balances,
    corrected_issues,
)
from special_channel.stores.permits import LicenceFilter
from special_channel.web.licences.views import (
    CoveredItem,
    DrawItem,
    LicenceDetail,
    LicenceItem,
    LicencesFound,
    QuantityItem,
    StatedItem,
    StatedLine,
)
from special_channel.web.shared.days import Day
from special_channel.web.shared.licences import Rule
from special_channel.web.shared.query import (
    Filters,
    PageQuery,
    Query,
    Text,
    WindowQuery,
    codes,
    read_day,
)
from special_channel.web.shared.states import PENDING
from special_channel.web.shell.context import PageContext

COVERED: Final = 50
"""Applications that a licence's page names, by number."""

LICENCE_TYPES: Final = ("individual", "general", "certificate")
"""Kinds of licences, as a filter."""


class LicenceFilters(Filters):
    """Filters of licences; empty values match all. `until`: valid until this day at the latest.

    By default the next to expire come first, then those that have expired or ended.
    """

    text: Text = ""
    code: Text = ""
    standing: Literal["", "in_force", "to_come", "expired", "ended"] = ""
    type: Annotated[str, codes(LICENCE_TYPES)] = ""
    until: Day = ""
    sort: Literal["expiry", "number"] = "expiry"


class LicencesPageQuery(LicenceFilters, PageQuery):
    """A page of filtered licences."""


class LicencesQuery(LicenceFilters, WindowQuery):
    """Filtered licences over the API."""


class NewLicenceQuery(Query):
    """Number of the licence with which the form for a licence is filled; none for a new one.

    `corrects`: number of its statement to replace, such as `CN-12`.
    """

    licence: str = ""
    corrects: str = ""


class DrawQuery(Query):
    """Number of the draw-down that a new one replaces, such as `CN-12`; empty if absent."""

    corrects: str = ""


async def licences(
    context: PageContext, filters: LicenceFilters, offset: int, limit: int
) -> LicencesFound:
    """Read licences that match."""
    on, until = context.today("cn"), read_day(filters.until)
    sought = LicenceFilter(
        on.isoformat(),
        filters.text,
        filters.code,
        filters.standing,
        type=filters.type,
        until=until.isoformat() if until else "",
    )
    rows, total = await context.own.stores.permits.licences(
        sought, offset, limit, by_number=filters.sort == "number"
    )
    draws = await context.own.stores.permits.draws([row.licence for row in rows])
    items = tuple(LicenceItem(**_item(row, draws[row.licence], on)) for row in rows)
    return LicencesFound(**context.sizes, total=total, items=items)


async def find_licence(context: PageContext, number: str) -> tuple[LicenceRow, Sequence[DrawRow]]:
    """Look up a licence and its draw-downs.

    Raises:
        NotFound: `licence-unknown`.
    """
    row = await context.own.stores.permits.licence(number) if "\0" not in number else None
    if row is None:
        raise NotFound("licence-unknown", f"Licence {number} does not exist.")
    return row, (await context.own.stores.permits.draws([number]))[number]


async def licence(context: PageContext, number: str) -> LicenceDetail:
    """Read a licence with its draw-downs and the applications covered by the licence.

    Raises:
        NotFound: `licence-unknown`.
    """
    row, draws = await find_licence(context, number)
    on, now = context.today("cn"), row.now
    _, replaced = corrected_issues(row.issues)
    covers, covered = await _covers(context, row, on)
    return LicenceDetail(
        **_item(row, draws, on),
        position=f"CN-{now.index}",
        issued_on=date.fromisoformat(now.issued_on),
        since=date.fromisoformat(now.period_of(on.isoformat())),
        applications=now.applications,
        **_end(now),
        draws=_draws(now, draws),
        history=tuple(_stated(issue, replaced) for issue in reversed(row.issues)),
        covers=covers,
        covered=covered,
        eu_size=context.heads["eu"].size,
        cn_size=context.heads["cn"].size,
    )


def shares_customers(context: PageContext) -> bool:
    """Tell whether the charter in force lets licences name companies."""
    return context.document is not None and CUSTOMERS in context.document.columns


async def _covers(
    context: PageContext, row: LicenceRow, on: date
) -> tuple[tuple[CoveredItem, ...] | None, int]:
    """Look up pending applications covered by a licence, and their total number."""
    if context.party != "eu":
        return None, 0
    now = row.now
    if now.type != "general" or row.standing(on.isoformat()) != "in_force":
        return (), 0
    rule: Rule = "code-customer" if now.customers else "code"
    codes = [line.code for line in now.lines]
    rows, total = await context.own.stores.permits.coverable(codes, PENDING, now.customers, COVERED)
    items = []
    for each in rows:
        stated = each.application.latest("cn") or each.application.latest("eu")
        state = stated.state if stated else ""
        number = each.application.number
        items.append(CoveredItem(number=number, code=each.code, state=state, rule=rule))
    return tuple(items), total


def _item(row: LicenceRow, draws: Sequence[DrawRow], on: date) -> dict[str, Any]:
    now = row.now
    return {
        "licence": row.licence,
        "type": now.type,
        "standing": row.standing(on.isoformat()),
        "valid_from": date.fromisoformat(now.valid_from),
        "valid_to": date.fromisoformat(now.valid_to),
        "per": now.per,
        "lines": tuple(_quantity(each) for each in balances(now, draws, on.isoformat())),
        "customers": now.customers,
    }


def _quantity(balance: Balance) -> QuantityItem:
    allowed = balance.line.counted()
    return QuantityItem(
        code=balance.line.code,
        allowed=allowed.amount,
        drawn=balance.drawn.amount,
        left=balance.left.amount,
        unit=allowed.dimension,
        basis=allowed.basis,
    )


def _draws(now: Issue, draws: Sequence[DrawRow]) -> tuple[DrawItem, ...]:
    positions = {draw.draw: f"CN-{draw.index}" for draw in draws}
    return tuple(
        DrawItem(
            position=positions[draw.draw],
            on=date.fromisoformat(draw.on),
            code=draw.code,
            amount=draw.counted().amount,
            unit=draw.counted().dimension,
            basis=draw.basis,
            application=draw.application or None,
            customer=draw.customer or None,
            corrects=positions.get(draw.corrects),
            corrected_in=f"CN-{draw.corrected}" if draw.corrected >= 0 else None,
            apart=_apart(now, draw),
        )
        for draw in sorted(draws, key=lambda draw: (draw.on, draw.index), reverse=True)
    )


def _apart(now: Issue, draw: DrawRow) -> bool:
    line = now.line(draw.code)
    return line is None or not line.counted().of_one_kind(draw.counted())


def _stated(issue: Issue, replaced: Mapping[EntryId, int]) -> StatedItem:
    return StatedItem(
        position=f"CN-{issue.index}",
        corrected_in=f"CN-{replaced[issue.id]}" if issue.id in replaced else None,
        type=issue.type,
        valid_from=date.fromisoformat(issue.valid_from),
        valid_to=date.fromisoformat(issue.valid_to),
        lines=tuple(
            StatedLine(
                code=each.code,
                amount=quantity(each.quantity, each.unit, each.basis).amount,
                unit=each.counted().dimension,
                basis=each.basis,
            )
            for each in issue.lines
        ),
        **_end(issue),
    )


def _end(issue: Issue) -> dict[str, Any]:
    if issue.ended is None:
        return {}
    return {"ended": issue.ended.how, "ended_on": date.fromisoformat(issue.ended.on)}
