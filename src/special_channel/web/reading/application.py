"""One application: both sides' statements beside each other, each with its own clock.

Does not merge them. What the other side does with an application inside is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import (
    ApplicationAsserted,
    ApplicationLinked,
    ClockMarked,
    LicenceDrawn,
    LicenceIssued,
    PriorityAnswered,
    PriorityRequested,
)
from special_channel.core.rows.applications import (
    SHEETS,
    ApplicationRow,
    AssertedStatement,
    ClockMark,
    NumberLink,
)
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.rows.licences import LicenceRow
from special_channel.ports import Stored
from special_channel.stores.lists import EarlierListings
from special_channel.stores.permits import LicenceFilter
from special_channel.web.pages.application import (
    Appearance,
    ApplicationPage,
    LicenceRef,
    LinkView,
    MarkForm,
    MarkView,
    PrioritySaid,
    SideView,
    Statement,
)
from special_channel.web.reading.applications import list_ref, thread_ref
from special_channel.web.reading.clock_form import EMPTY, checked_mark, may_mark
from special_channel.web.shared.capitals import on_date
from special_channel.web.shared.clocks import act_text, clock_of
from special_channel.web.shared.licences import Rule, covering_rule
from special_channel.web.shared.references import ThreadRef, application_url, licence_url
from special_channel.web.shell.content import content, entry_of, erased_of, title
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.damage import refuse_row

COVERING: Final = 25
"""Licences that are tried for an application that they would cover."""

LICENCES: Final = 20
"""Licences that the page names, the first to expire first."""

THREADS: Final = 100
"""Threads that the page names, the last moved first."""


async def find_application(context: PageContext, number: str) -> ApplicationRow:
    """Return an application by MOFCOM's number.

    Raises:
        NotFound: `application-unknown`.
        Unavailable: `record-damaged`.
    """
    refuse_row(context.own, "application", number, number)
    known = "\0" not in number  # PostgreSQL has no such character
    row = (await context.own.views.applications([number])).get(number) if known else None
    if row is None:
        raise NotFound("application-unknown", "There is no such application here.")
    return row


def home_of(stored: Stored) -> str:
    """Return the page of the application, licence or request that an entry is about, or ""."""
    entry = entry_of(stored)
    match entry:
        case ApplicationAsserted() | ApplicationLinked() | ClockMarked():
            return application_url(entry.body.number)
        case LicenceIssued() | LicenceDrawn():
            return licence_url(entry.body.licence)
        case PriorityRequested():
            return f"/priority/EU-{stored.index}"
        case PriorityAnswered():
            return "/priority"
        case _:
            return ""


async def application(
    context: PageContext, row: ApplicationRow, given: Mapping[str, str] | None = None
) -> ApplicationPage:
    """Read the page of one application; `given` is what was typed into its form."""
    appearances = await context.own.applications.appearances(row.number)
    on = context.today("cn").isoformat()
    issued, _ = await context.own.permits.licences(
        LicenceFilter(on, application=row.number), 0, LICENCES
    )
    others = sorted({_other(row.number, link) for link in row.links})
    earlier = await context.own.lists.earlier(others) if others else {}
    would = await _covering(context, row.number)
    return ApplicationPage(
        number=row.number,
        sides=(side(context, row, context.party), side(context, row, context.peer)),
        differences=row.differences(),
        links=tuple(_link(row.number, link, earlier) for link in row.links),
        appearances=tuple(_appearance(*each) for each in appearances),
        threads=await _threads(context, row.number),
        new_thread_url="/threads/new" if context.writes else None,
        licences=tuple(_licence(each, on) for each in issued),
        covering=tuple(_licence(each, on, rule) for each, rule in would),
        priority=_priority(row),
        may_ask=context.writes_for("eu"),
        marks=_marks(context, row, given),
    )


async def _covering(context: PageContext, number: str) -> list[tuple[LicenceRow, Rule]]:
    """Return the licences in force that would cover an application, and by which rule.

    Empty where this node does not know the application's control code.
    """
    columns = await context.own.permits.kept(number)
    code = columns.get("control_code", "")
    if not code:
        return []
    sought = LicenceFilter(context.today("cn").isoformat(), code=code, standing="in_force")
    rows, _ = await context.own.permits.licences(sought, 0, COVERING)
    return [
        (row, rule)
        for row in rows
        if number not in row.now.applications and (rule := covering_rule(row.now, columns))
    ]


def _marks(
    context: PageContext, row: ApplicationRow, given: Mapping[str, str] | None
) -> MarkForm | None:
    if not may_mark(context):
        return None
    return EMPTY if given is None else checked_mark(context, row, given)


def _licence(row: LicenceRow, on: str, rule: str = "") -> LicenceRef:
    now = row.now
    return LicenceRef(
        row.licence,
        licence_url(row.licence),
        now.type,
        row.standing(on),
        date.fromisoformat(now.valid_to),
        rule,
    )


def _priority(row: ApplicationRow) -> PrioritySaid | None:
    if not row.asked:
        return None
    asked, reply = row.asked[-1], row.reply()
    position = f"EU-{asked.index}"
    said = PrioritySaid(position, f"/priority/{position}", asked.reason)
    if reply is None:
        return said
    return replace(said, answer=reply.answer, remark=reply.remark, answered_in=f"CN-{reply.index}")


def side(context: PageContext, row: ApplicationRow, party: Party) -> SideView:
    """Return what one side states."""
    return SideView(
        party=party,
        history=tuple(_statement(context, said, party) for said in reversed(row.history(party))),
        clock=clock_of(context, row, party),
        accepted=on_date(row.dated(party, "accepted")),
        marks=tuple(_mark(context, said, party) for said in reversed(row.marks(party))),
    )


def _mark(context: PageContext, said: ClockMark, party: Party) -> MarkView:
    return MarkView(str(Position(party, said.index)), act_text(context.t, said), said.source)


def _statement(context: PageContext, said: AssertedStatement, party: Party) -> Statement:
    return Statement(
        code=said.state,
        source=said.source,
        as_of=on_date(said.as_of),
        position=str(Position(party, said.index)),
        decision=said.decision,
        decided_on=on_date(said.decided_on),
        acts=tuple(act_text(context.t, fact, sheet=said.source in SHEETS) for fact in said.clock),
    )


def _other(number: str, link: NumberLink) -> str:
    return link.former if link.number == number else link.number


def _link(number: str, link: NumberLink, earlier: Mapping[str, EarlierListings]) -> LinkView:
    other = _other(number, link)
    return LinkView(
        party=link.party,
        position=str(Position(link.party, link.index)),
        number=link.number,
        former=link.former,
        basis=link.basis,
        other=other,
        url=application_url(other),
        earlier=earlier.get(other),
    )


def _appearance(listing: ListingRow, batch: BatchRow) -> Appearance:
    return Appearance(
        list=list_ref(batch),
        listed_at=instant(batch.accepted),
        row=listing.row,
        urgency=listing.urgency,
        rank=listing.rank,
        times=listing.times_listed,
        match=listing.match,
        answered_in=f"CN-{listing.answered}" if listing.answered >= 0 else "",
        remark=listing.remark,
    )


async def _threads(context: PageContext, number: str) -> tuple[ThreadRef, ...]:
    rows = (await context.own.applications.threads_on([number]))[:THREADS]
    openings = await context.own.record.find([row.opening.id for row in rows])
    erased = await erased_of(context, [*openings.values()])
    found = []
    for row in rows:
        opening = openings.get(row.opening.id)
        said = content(opening, erased.get(opening.id, ())) if opening else None
        found.append(thread_ref(context, row, title(said)))
    return tuple(found)
