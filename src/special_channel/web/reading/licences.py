"""Licences: what is left, what expires, and which pending applications one would cover.

The EU node knows the control codes of applications from its private columns; a node without
such columns says that it can't tell. Nothing here crosses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from urllib.parse import urlencode

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.quantities import quantity
from special_channel.core.kinds.sharing import CUSTOMERS
from special_channel.core.rows.licences import Balance, DrawRow, Issue, LicenceRow, balances
from special_channel.ports.permits import LicenceFilter
from special_channel.web.pages.licences import (
    STANDINGS,
    CoveredView,
    DrawView,
    IssueView,
    LicenceLine,
    LicencePage,
    LicencesAsked,
    LicencesPage,
    LineView,
    Rule,
)
from special_channel.web.reading.applications import Query
from special_channel.web.reading.clocks import today_in_china
from special_channel.web.shared.paging import paging
from special_channel.web.shared.references import application_url, last_entries, licence_url
from special_channel.web.shared.states import PENDING
from special_channel.web.shell.context import Scene

PAGE: Final = 25
"""Licences of one page; each is shown with what is left of every code."""

COVERED: Final = 50
"""Applications that a licence's page names, by number."""

MAX_TEXT: Final = 64


def asked_of(query: Query) -> LicencesAsked:
    """Read the filters of an address.

    Raises:
        Malformed: `request-malformed`, with the field.
    """
    fields = {name: query.get(name, "").strip() for name in ("text", "code", "standing")}
    for name, value in fields.items():
        if len(value) > MAX_TEXT or not value.isprintable():
            raise Malformed("request-malformed", "A number has at most 64 characters.", field=name)
    if fields["standing"] not in {"", *STANDINGS}:
        raise Malformed("request-malformed", "There is no such filter.", field="standing")
    return LicencesAsked(**fields)


async def licences(scene: Scene, asked: LicencesAsked, page: int) -> LicencesPage:
    """Read one page of licences."""
    on = today_in_china(scene)
    rows, total = await find(scene, asked, (page - 1) * PAGE, PAGE)
    query = urlencode({name: getattr(asked, name) for name in ("text", "code", "standing")})
    return LicencesPage(
        rows=await lines(scene, rows, on),
        paging=paging(page, total, PAGE, f"/licences?{query}"),
        asked=asked,
        on=on,
        up_to=sizes(scene),
        records=may_record(scene),
    )


async def find(
    scene: Scene, asked: LicencesAsked, offset: int, limit: int
) -> tuple[Sequence[LicenceRow], int]:
    """Find what is asked for, and how many there are."""
    on = today_in_china(scene).isoformat()
    sought = LicenceFilter(on, asked.text, asked.code, asked.standing)
    return await scene.own.permits.licences(sought, offset, limit)


def sizes(scene: Scene) -> tuple[str, str]:
    """Name the last entries of both logs that are shown."""
    return last_entries(scene.heads["eu"].size, scene.heads["cn"].size)


def may_record(scene: Scene) -> bool:
    """Tell whether the reader's side states licences, and their role writes."""
    return scene.writes and scene.party == "cn"


def shares_customers(scene: Scene) -> bool:
    """Tell whether the charter in force lets licences name companies."""
    return scene.document is not None and CUSTOMERS in scene.document.columns


async def find_licence(scene: Scene, number: str) -> LicenceRow:
    """Return a licence by its number.

    Raises:
        NotFound: `licence-unknown`.
    """
    row = await scene.own.permits.licence(number) if "\0" not in number else None
    if row is None:
        raise NotFound("licence-unknown", "There is no such licence here.")
    return row


async def lines(scene: Scene, rows: Sequence[LicenceRow], on: date) -> tuple[LicenceLine, ...]:
    """Return licences as lines of a table, with what is left of each."""
    draws = await scene.own.permits.draws([row.licence for row in rows])
    return tuple(_line(row, draws[row.licence], on) for row in rows)


async def licence(scene: Scene, row: LicenceRow) -> LicencePage:
    """Read the page of one licence."""
    on, now = today_in_china(scene), row.now
    draws = (await scene.own.permits.draws([row.licence]))[row.licence]
    covers, covered = await _covers(scene, row, on)
    return LicencePage(
        licence=_line(row, draws, on),
        issued_on=date.fromisoformat(now.issued_on),
        position=f"CN-{now.index}",
        since=date.fromisoformat(now.period_of(on.isoformat())),
        on=on,
        applications=tuple((number, application_url(number)) for number in now.applications),
        customers=now.customers,
        ended=now.ended.how if now.ended else "",
        ended_on=date.fromisoformat(now.ended.on) if now.ended else None,
        draws=_draws(now, draws),
        history=tuple(_issue(issue) for issue in reversed(row.issues)),
        covers=covers,
        covered=covered,
        shared_customers=shares_customers(scene),
        charter=scene.charter.number if scene.charter else 0,
        records=may_record(scene),
    )


async def covering(scene: Scene, number: str) -> tuple[tuple[LicenceRow, Rule], ...] | None:
    """Return the licences in force that would cover an application, and by which rule.

    None where this node does not know the application's control code.
    """
    kept = await scene.own.permits.kept(number)
    code = kept.get("control_code", "")
    if not code:
        return None
    sought = LicenceFilter(today_in_china(scene).isoformat(), code=code, standing="in_force")
    rows, _ = await scene.own.permits.licences(sought, 0, PAGE)
    found = []
    for row in rows:
        rule = _rule(row.now, kept)
        if rule is not None and number not in row.now.applications:
            found.append((row, rule))
    return tuple(found)


def _rule(issue: Issue, kept: Mapping[str, str]) -> Rule | None:
    """Say by what a licence with this control code covers: an individual one covers no other."""
    if issue.type != "general":
        return None
    if not issue.customers:
        return "code"
    named = {name.lower() for name in issue.customers}
    return "code-customer" if kept.get("eu_company", "").lower() in named else None


async def _covers(
    scene: Scene, row: LicenceRow, on: date
) -> tuple[tuple[CoveredView, ...] | None, int]:
    if scene.party != "eu":
        return None, 0
    now = row.now
    if now.type != "general" or row.standing(on.isoformat()) != "in_force":
        return (), 0
    codes = [line.code for line in now.lines]
    kept, total = await scene.own.permits.coverable(codes, PENDING, now.customers, COVERED)
    rule: Rule = "code-customer" if now.customers else "code"
    return tuple(
        CoveredView(
            each.application.number,
            application_url(each.application.number),
            each.columns.get("control_code", ""),
            _state(each.application.latest("cn") or each.application.latest("eu")),
            rule,
        )
        for each in kept
    ), total


def _state(said: object) -> str:
    return str(getattr(said, "state", ""))


def _line(row: LicenceRow, draws: Sequence[DrawRow], on: date) -> LicenceLine:
    now = row.now
    valid_to = date.fromisoformat(now.valid_to)
    return LicenceLine(
        number=row.licence,
        url=licence_url(row.licence),
        type=now.type,
        standing=row.standing(on.isoformat()),
        valid_from=date.fromisoformat(now.valid_from),
        valid_to=valid_to,
        days_left=(valid_to - on).days,
        lines=tuple(_balance(each) for each in balances(now, draws, on.isoformat())),
        per=now.per,
        customers=len(now.customers),
    )


def _balance(balance: Balance) -> LineView:
    allowed, left = balance.line.counted(), balance.left
    rest = max(0, left.millionths)
    return LineView(
        code=balance.line.code,
        allowed=allowed.amount,
        drawn=balance.drawn.amount,
        left=left.amount,
        unit=allowed.dimension,
        basis=allowed.basis,
        share=rest * 1000 // allowed.millionths,
        over=left.millionths < 0,
    )


def _draws(now: Issue, draws: Sequence[DrawRow]) -> tuple[DrawView, ...]:
    positions = {draw.draw: f"CN-{draw.index}" for draw in draws}
    return tuple(
        DrawView(
            position=f"CN-{draw.index}",
            entry_id=draw.draw,
            on=date.fromisoformat(draw.on),
            code=draw.code,
            amount=draw.counted().amount,
            unit=draw.counted().dimension,
            basis=draw.basis,
            application=draw.application,
            application_url=application_url(draw.application) if draw.application else "",
            customer=draw.customer,
            corrects=positions.get(draw.corrects, ""),
            corrected_in=f"CN-{draw.corrected}" if draw.corrected >= 0 else "",
            apart=_apart(now, draw),
        )
        for draw in sorted(draws, key=lambda draw: (draw.on, draw.index), reverse=True)
    )


def _apart(now: Issue, draw: DrawRow) -> bool:
    """Tell whether the licence, as it stands, has no line that this counts against."""
    line = now.line(draw.code)
    return line is None or not line.counted().of_one_kind(draw.counted())


def _issue(issue: Issue) -> IssueView:
    return IssueView(
        position=f"CN-{issue.index}",
        type=issue.type,
        valid_from=date.fromisoformat(issue.valid_from),
        valid_to=date.fromisoformat(issue.valid_to),
        lines=tuple(
            (
                each.code,
                quantity(each.quantity, each.unit, each.basis).amount,
                each.counted().dimension,
                each.basis,
            )
            for each in issue.lines
        ),
        ended=issue.ended.how if issue.ended else "",
        ended_on=date.fromisoformat(issue.ended.on) if issue.ended else None,
    )
