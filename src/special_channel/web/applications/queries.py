"""Read applications from the record: filtered pages, one with its history, and differences.

Does not compare the sides and does not count days: `core` does. The number of queries of a page
does not grow with its rows. The record has nothing of the other side's internal procedure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, get_args

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.fields import REFERENCE_MARK, is_reference
from special_channel.core.bytes.ids import PARTIES, Party, Position
from special_channel.core.bytes.times import instant
from special_channel.core.rows.applications import (
    DIFFERENCES,
    SHEETS,
    ApplicationRow,
    AssertedStatement,
    ClockFact,
    events,
)
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.rows.licences import LicenceRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.time.standing import deemed_by, over_by
from special_channel.core.time.statutory import DECISION_DAYS
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.stores.applications import (
    ANY,
    APPEARANCES,
    CLOCKS,
    ApplicationFilter,
    ClockFilter,
    ListedApplication,
    Sort,
)
from special_channel.stores.permits import LicenceFilter
from special_channel.web.applications.links import link_fields, links_of
from special_channel.web.applications.views import (
    ActItem,
    ApplicationDetail,
    ApplicationFilters,
    ApplicationItem,
    ApplicationsFound,
    DifferenceFilters,
    DifferencesFound,
    DifferingItem,
    IssuedItem,
    LinkItem,
    ListedItem,
    ListItem,
    MarkItem,
    NumberFilters,
    RequestItem,
    SideDetail,
    SideItem,
    StatementItem,
)
from special_channel.web.shared.capitals import on_date
from special_channel.web.shared.clocks import act_text, clock_of, counted
from special_channel.web.shared.corrections import corrections_of, replacing
from special_channel.web.shared.differences import differences_of
from special_channel.web.shared.licences import Rule, covering_rule
from special_channel.web.shared.statements import state_item
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.damage import refuse_row
from special_channel.web.shell.questions import QuestionState, last_heard_of, question_state
from special_channel.web.shell.threads import MANY, find_batch

COVERING: Final = 25
"""Licences that are checked against an application without a licence."""

LICENCES: Final = 20
"""Licences on an application's page, next to expire first."""


async def applications(
    context: PageContext, filters: ApplicationFilters, offset: int, limit: int
) -> ApplicationsFound:
    """Read applications.

    Raises:
        NotFound: `batch-unknown`.
    """
    query, _ = await _filter(context, filters)
    query = replace(
        query,
        urgency=filters.urgency,
        clock=await _clock(context, filters.clock),
        priority=filters.priority,
        sort=_sort(context.party, filters.sort),
    )
    found = await context.own.stores.applications.sought(query, offset, limit)
    items = tuple(ApplicationItem(**_item(context, each)) for each in found.rows)
    return ApplicationsFound(eu=found.eu, cn=found.cn, total=found.total, items=items)


async def find_application(context: PageContext, number: str) -> ApplicationRow:
    """Look up an application by MOFCOM's number.

    Raises:
        NotFound: `application-unknown`.
        Unavailable: `record-damaged`.
    """
    refuse_row(context.own.status, "application", number, number)
    known = "\0" not in number  # PostgreSQL has no such character
    row = (await context.own.stores.views.applications([number])).get(number) if known else None
    if row is None:
        raise NotFound("application-unknown", "There is no such application here.")
    return row


async def application(
    context: PageContext,
    row: ApplicationRow,
    threads: Sequence[ThreadRow],
    *,
    lists: int = APPEARANCES,
    licences: int = LICENCES,
) -> ApplicationDetail:
    """Read an application with its statements, lists, licences and `threads`.

    `lists` and `licences`: most of them.
    """
    own, on = context.own, context.today("cn").isoformat()
    listed = await own.stores.applications.appearances(row.number, lists)
    issued, _ = await own.stores.permits.licences(
        LicenceFilter(on, application=row.number), 0, licences
    )
    item = _item(context, ListedApplication(row, *listed[0] if listed else ()))
    item |= {party: _detail(context.lang, row, party, item[party]) for party in PARTIES}
    item["links"] = await links_of(own.stores, row)
    return ApplicationDetail(
        **item,
        reference=row.number.removeprefix(REFERENCE_MARK) if is_reference(row.number) else "",
        listed=tuple(_listed(*each) for each in listed),
        licences=tuple(_licence(each, on) for each in issued),
        covering=await _covering(context, row.number, on),
        request=_request(row),
        threads=tuple(str(each.position) for each in threads),
        asks=await _asks(context, threads),
        eu_size=context.heads["eu"].size,
        cn_size=context.heads["cn"].size,
    )


async def _asks(context: PageContext, threads: Sequence[ThreadRow]) -> tuple[QuestionState, ...]:
    """Read the questions of threads with their states."""
    ids = [each.thread for each in threads]
    rows = await context.own.stores.views.asks(threads=ids, limit=MANY) if ids else ()
    heard = await last_heard_of(context, rows)
    return tuple(question_state(context, row, heard) for row in rows)


async def differences(
    context: PageContext, filters: DifferenceFilters, offset: int, limit: int
) -> DifferencesFound:
    """Read applications in which the sides differ, with counts of the list or of the record.

    Raises:
        NotFound: `batch-unknown`.
    """
    query, batch = await _filter(context, filters)
    order = _sort(context.party, filters.sort)
    query = replace(query, differs=query.differs or ANY, sort=order)
    found = await context.own.stores.applications.sought(query, offset, limit)
    counts = await context.own.stores.applications.differing(query.batch)
    return DifferencesFound(
        eu=counts.eu,
        cn=counts.cn,
        known=counts.known,
        both=counts.both,
        differing=counts.differing,
        kinds={kind: counts.kinds.get(kind, 0) for kind in DIFFERENCES},
        total=found.total,
        items=tuple(_differing(context, each) for each in found.rows),
        list_name=batch.list if batch else None,
    )


async def threads_by_number(
    context: PageContext, numbers: Sequence[str]
) -> Mapping[str, Sequence[ThreadRow]]:
    """Look up threads by number of their applications."""
    threads: dict[str, list[ThreadRow]] = {}
    for row in await context.own.stores.applications.threads_on(numbers):
        for number in row.opening.applications:
            threads.setdefault(number, []).append(row)
    return threads


async def _filter(
    context: PageContext, filters: NumberFilters
) -> tuple[ApplicationFilter, BatchRow | None]:
    """Return the filter of rows and the list of the filter."""
    states = {context.party: filters.own, context.peer: filters.peer}
    batch = await find_batch(context, filters.batch) if filters.batch else None
    query = ApplicationFilter(
        text=filters.text,
        eu=states["eu"],
        cn=states["cn"],
        differs=filters.differs,
        batch=batch.batch if batch else "",
    )
    return query, batch


def _sort(party: Party, sort: str) -> Sort:
    own, peer = ("eu", "cn") if party == "eu" else ("cn", "eu")
    column = sort.replace("own", own).replace("peer", peer)
    return next((each for each in get_args(Sort) if each == column), "number")


async def _clock(context: PageContext, word: str) -> ClockFilter | None:
    """Return dates for SQL, and the matches that only a calendar can tell."""
    known = next((each for each in CLOCKS if each == word), None)
    if not known:
        return None
    calendar, on = context.calendar("cn"), context.today("cn")
    rows = await context.own.stores.applications.to_weigh(on.isoformat())
    clocks = {row.number: counted(calendar, events(row, "cn"), on) for row in rows}
    return ClockFilter(
        word=known,
        on=on.isoformat(),
        deemed_by=deemed_by(calendar, on).isoformat(),
        over_by=over_by(calendar, on, DECISION_DAYS).isoformat(),
        weighed=tuple(
            number
            for number, clock in clocks.items()
            if (clock.over if known == "over" else clock.standing == known)
        ),
    )


def _item(context: PageContext, listed: ListedApplication) -> dict[str, Any]:
    row = listed.application
    return {
        "number": row.number,
        "differences": row.differences(),
        "eu": _side(context, row, "eu"),
        "cn": _side(context, row, "cn"),
        "times_listed": len(row.listed),
        "links": tuple(LinkItem(**link_fields(row, link)) for link in row.links),
        "last_list": _last_list(listed),
        "urgency": listed.listing.urgency if listed.listing else None,
        "priority": row.priority() or None,
    }


# Applications of a page are on few lists.
@lru_cache(maxsize=512)
def _list_item(name: str, index: int) -> ListItem:
    return ListItem(list=name, batch=f"EU-{index}")


def _last_list(listed: ListedApplication) -> ListItem | None:
    return _list_item(listed.batch.list, listed.batch.index) if listed.batch else None


def _side(context: PageContext, row: ApplicationRow, party: Party) -> SideItem:
    latest = row.latest(party)
    return SideItem(
        latest=_statement(context.lang, party, latest) if latest else None,
        clock=clock_of(context, row, party),
    )


def _detail(lang: Lang, row: ApplicationRow, party: Party, side: SideItem) -> SideDetail:
    return SideDetail(
        **dict(side),
        history=tuple(
            _statement(lang, party, each, replacing(row, party, each.place))
            for each in row.history(party)
        ),
        marks=tuple(
            MarkItem(
                **dict(_act(lang, each, sheet=False)),
                position=str(Position(party, each.index)),
                source=each.source,
                **replacing(row, party, each.place),
            )
            for each in row.marks(party)
        ),
        corrections=corrections_of(catalogue(lang), row, party),
    )


def _statement(
    lang: Lang,
    party: Party,
    statement: AssertedStatement,
    replaced: Mapping[str, Any] = MappingProxyType({}),
) -> StatementItem:
    return StatementItem(
        **replaced,
        row=statement.row,
        position=str(Position(party, statement.index)),
        state=statement.state,
        state_text=catalogue(lang).state(statement.state, statement.source),
        as_of=on_date(statement.as_of),
        source=statement.source,
        clock=tuple(_act(lang, each, sheet=statement.source in SHEETS) for each in statement.clock),
        decision=statement.decision or None,
        decided_on=on_date(statement.decided_on),
    )


# Many applications of a page have the same acts on the same days.
@lru_cache(maxsize=4096)
def _act(lang: Lang, fact: ClockFact, *, sheet: bool) -> ActItem:
    return ActItem(
        act=fact.act,
        on=date.fromisoformat(fact.on),
        basis=fact.basis or None,
        expected_until=on_date(fact.expected_until),
        text=act_text(catalogue(lang), fact, sheet=sheet),
    )


def _listed(listing: ListingRow, batch: BatchRow) -> ListedItem:
    return ListedItem(
        **dict(_list_item(batch.list, batch.index)),
        listed_at=instant(batch.accepted),
        row=listing.row,
        urgency=listing.urgency,
        rank=listing.rank,
        times=listing.times_listed,
        match=listing.match or None,
        remark=listing.remark or None,
        found_as=listing.found_as or None,
        answered_in=f"CN-{listing.answered}" if listing.answered >= 0 else None,
    )


async def _covering(context: PageContext, number: str, on: str) -> tuple[IssuedItem, ...]:
    """Look up licences in force for an application's control code."""
    columns = await context.own.stores.permits.kept(number)
    code = columns.get("control_code", "")
    if not code:
        return ()
    sought = LicenceFilter(on, code=code, standing="in_force")
    rows, _ = await context.own.stores.permits.licences(sought, 0, COVERING)
    return tuple(
        _licence(row, on, rule)
        for row in rows
        if number not in row.now.applications and (rule := covering_rule(row.now, columns))
    )


def _licence(row: LicenceRow, on: str, rule: Rule | None = None) -> IssuedItem:
    return IssuedItem(
        licence=row.licence, type=row.now.type, standing=row.standing(on),
        valid_to=date.fromisoformat(row.now.valid_to), rule=rule,
    )  # fmt: skip


def _request(row: ApplicationRow) -> RequestItem | None:
    if not row.asked:
        return None
    request, reply = row.asked[-1], row.reply()
    return RequestItem(
        position=f"EU-{request.index}",
        reason=request.reason,
        answer=reply.answer if reply else None,
        remark=reply.remark or None if reply else None,
        answered_in=f"CN-{reply.index}" if reply else None,
    )


def _differing(context: PageContext, listed: ListedApplication) -> DifferingItem:
    row = listed.application
    eu, cn = state_item(row, "eu"), state_item(row, "cn")
    assert eu is not None and cn is not None  # noqa: S101, PT018 - a silent side never differs
    aspects = differences_of(context.t, row, context.party)
    return DifferingItem(
        number=row.number,
        differences=tuple(each.kind for each in aspects),
        last_list=_last_list(listed),
        eu=eu,
        cn=cn,
        aspects=aspects,
    )
