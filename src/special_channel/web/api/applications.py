"""Applications over the API: both sides' statements, each with its own statutory clock.

Does not merge them and does not render; an assertion is sent as any entry is.
"""

from __future__ import annotations

from aiohttp import web

from special_channel.core.bytes.ids import PARTIES, Party, Position
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.web.http.operation import Body, Operation, operation, whole_number
from special_channel.web.reading.application import find_application
from special_channel.web.reading.applications import asked_of, find
from special_channel.web.shared.clocks import ClockView, clock_of
from special_channel.web.shell.context import PageContext, page_context

MOST = 1000
"""Applications of one answer."""

QUERY = (
    "text", "own", "peer", "differs", "batch", "urgency", "clock", "sort", "first", "limit", "lang",
)  # fmt: skip


class ClockActItem(Body):
    """One act of the procedure, as stated."""

    act: str
    on: str
    basis: str | None = None
    expected_until: str | None = None


class AssertionItem(Body):
    """What a side held at one time; `state_text` is in the reader's language."""

    position: str
    state: str
    state_text: str
    as_of: str | None = None
    source: str
    clock: tuple[ClockActItem, ...] = ()
    decision: str | None = None
    decided_on: str | None = None


class StatutoryItem(Body):
    """A side's statutory clock today in Beijing. `over` is never true where time wasn't counted.

    `day` counts working days since `accepted` in China's calendar; `sentence` says how.
    """

    standing: str
    accepted: str | None = None
    deemed: bool
    day: int
    limit: int | None = None
    last_day: str | None = None
    over: bool
    provisional: bool
    sentence: str


class ApplicationSide(Body):
    """One side's latest statement, and its clock."""

    latest: AssertionItem | None = None
    clock: StatutoryItem
    history: tuple[AssertionItem, ...] | None = None


class LinkItem(Body):
    """One side's word that `number` stands in place of `former`."""

    by: str
    position: str
    number: str
    former: str
    basis: str


class ListedItem(Body):
    """A row on a list."""

    batch: str
    list: str
    row: int
    urgency: str
    rank: int
    match: str | None = None


class ApplicationItem(Body):
    """One application. `differences`: in what the sides' latest statements differ."""

    number: str
    eu: ApplicationSide
    cn: ApplicationSide
    differences: tuple[str, ...]
    times_listed: int
    links: tuple[LinkItem, ...]


class ApplicationDetail(ApplicationItem):
    """One application with its lists and threads, at sizes (m, n)."""

    listed: tuple[ListedItem, ...]
    threads: tuple[str, ...]
    eu_size: int
    cn_size: int


class ApplicationsFound(Body):
    """Some applications, how many fit, and the sizes (m, n) that this shows."""

    eu: int
    cn: int
    total: int
    items: tuple[ApplicationItem, ...]


@operation(Operation("Find applications", response=ApplicationsFound, query=QUERY))
async def get_applications(request: web.Request) -> ApplicationsFound:
    """Return applications as the page of the same name finds them, `first` counted from 1.

    `own` and `peer` are states, or `-` where none is stated; `differs` is `any` or a kind;
    `clock` is by CN's statements.
    """
    context = await page_context(request)
    first, limit = whole_number(request, "first", 1), whole_number(request, "limit", 100)
    found = await find(context, asked_of(request.query), max(0, first - 1), min(limit, MOST))
    return ApplicationsFound(
        eu=found.eu,
        cn=found.cn,
        total=found.total,
        items=tuple(_item(context, held.application) for held in found.rows),
    )


@operation(Operation("Read an application", response=ApplicationDetail, query=("lang",)))
async def get_application(request: web.Request) -> ApplicationDetail:
    """Return one application: both sides' histories, clocks, links, lists and threads."""
    context = await page_context(request)
    row = await find_application(context, request.match_info["number"])
    applications = context.own.applications
    threads = await applications.threads_on([row.number])
    item = _item(context, row)
    return ApplicationDetail(
        number=item.number,
        eu=_side(context, row, "eu", whole=True),
        cn=_side(context, row, "cn", whole=True),
        differences=item.differences,
        times_listed=item.times_listed,
        links=item.links,
        listed=tuple(
            ListedItem(
                batch=f"EU-{batch.index}",
                list=batch.list,
                row=listing.row,
                urgency=listing.urgency,
                rank=listing.rank,
                match=listing.match or None,
            )
            for listing, batch in await applications.appearances(row.number)
        ),
        threads=tuple(str(thread.position) for thread in threads),
        eu_size=context.heads["eu"].size,
        cn_size=context.heads["cn"].size,
    )


def _item(context: PageContext, row: ApplicationRow) -> ApplicationItem:
    eu, cn = (_side(context, row, party) for party in PARTIES)
    return ApplicationItem(
        number=row.number,
        eu=eu,
        cn=cn,
        differences=row.differences(),
        times_listed=len(row.listed),
        links=tuple(
            LinkItem(
                by=link.party,
                position=str(Position(link.party, link.index)),
                number=link.number,
                former=link.former,
                basis=link.basis,
            )
            for link in row.links
        ),
    )


def _side(
    context: PageContext, row: ApplicationRow, party: Party, *, whole: bool = False
) -> ApplicationSide:
    latest, history = row.latest(party), row.history(party)
    return ApplicationSide(
        latest=_assertion(context, party, latest) if latest else None,
        clock=_clock(clock_of(context, row, party)),
        history=tuple(_assertion(context, party, said) for said in history) if whole else None,
    )


def _assertion(context: PageContext, party: Party, said: AssertedStatement) -> AssertionItem:
    return AssertionItem(
        position=str(Position(party, said.index)),
        state=said.state,
        state_text=context.t.state(said.state, said.source),
        as_of=said.as_of or None,
        source=said.source,
        clock=tuple(
            ClockActItem(
                act=fact.act,
                on=fact.on,
                basis=fact.basis or None,
                expected_until=fact.expected_until or None,
            )
            for fact in said.clock
        ),
        decision=said.decision or None,
        decided_on=said.decided_on or None,
    )


def _clock(clock: ClockView) -> StatutoryItem:
    return StatutoryItem(
        standing=clock.standing,
        accepted=clock.accepted.isoformat() if clock.accepted else None,
        deemed=clock.deemed,
        day=clock.day,
        limit=clock.limit,
        last_day=clock.last_day.isoformat() if clock.last_day else None,
        over=clock.over,
        provisional=clock.provisional,
        sentence=clock.sentence,
    )
