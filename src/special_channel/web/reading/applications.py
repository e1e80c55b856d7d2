"""All applications: what is asked for, and a page of those that fit.

A fixed number of queries for any page. Does not decide what differs or what is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Protocol
from urllib.parse import urlencode

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import EntryId, Party, Position
from special_channel.core.rows.applications import DIFFERENCES, ApplicationRow, events
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.time.standing import deemed_by, over_by
from special_channel.core.time.statutory import DECISION_DAYS, Act
from special_channel.stores.applications import (
    ANY,
    CLOCKS,
    NOTHING,
    ApplicationFilter,
    ClockFilter,
    ClockWord,
    FoundApplications,
    ListedApplication,
    Sort,
)
from special_channel.stores.filters import SavedFilter
from special_channel.web.pages.application import (
    COLUMNS,
    FIRST_COLUMNS,
    ApplicationsPage,
    Asked,
    Choices,
    Line,
)
from special_channel.web.reading.batch import find_batch
from special_channel.web.shared.capitals import on_date
from special_channel.web.shared.clocks import clock_of, counted
from special_channel.web.shared.paging import paging
from special_channel.web.shared.references import (
    Assertion,
    ListRef,
    ThreadRef,
    application_url,
    last_entries,
)
from special_channel.web.shared.states import STATES
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.context import PageContext

PAGE: Final = 100
"""Rows of one page."""

ALL: Final = 20_000
"""Rows of a file to take along: twice what the channel is meant for."""

BATCHES: Final = 200
"""Lists that the filter offers, the newest first."""

MAX_TEXT: Final = 64
"""Characters of an application's number (core/entries/header.py)."""

PRIORITIES: Final = ("asked", "granted", "not_now", "cannot")
URGENCIES: Final = ("normal", "urgent", "line_stop")
PAGE_SORTS: Final = ("number", "listed", "times", "own_as_of", "peer_as_of", "day")


class Query(Protocol):
    """What an address asks for; a name may stand in it several times."""

    def get(self, key: str, default: str, /) -> str:
        """Return a name's first value."""
        ...

    def getall(self, key: str, default: list[str], /) -> list[str]:
        """Return all values of a name."""
        ...


def asked_of(query: Query) -> Asked:
    """Read the filters of an address.

    Raises:
        Malformed: `request-malformed`, with the field.
    """
    states = {"", NOTHING, *STATES}
    columns = tuple(name for name in COLUMNS if name in query.getall("col", []))
    return Asked(
        text=_text(query, "text"),
        own=_one(query, "own", states),
        peer=_one(query, "peer", states),
        differs=_one(query, "differs", {"", ANY, *DIFFERENCES}),
        batch=_text(query, "batch"),
        urgency=_one(query, "urgency", {"", *URGENCIES}),
        clock=_one(query, "clock", {"", *CLOCKS}),
        priority=_one(query, "priority", {"", *PRIORITIES}),
        sort=_one(query, "sort", {"", *PAGE_SORTS}) or "number",
        columns=columns or FIRST_COLUMNS,
    )


def _text(query: Query, name: str) -> str:
    text = query.get(name, "").strip()
    if len(text) > MAX_TEXT or not text.isprintable():
        raise Malformed("request-malformed", "A number has at most 64 characters.", field=name)
    return text


def _one(query: Query, name: str, allowed: set[str]) -> str:
    value = query.get(name, "")
    if value not in allowed:
        raise Malformed("request-malformed", "There is no such filter.", field=name)
    return value


def query_of(asked: Asked) -> str:
    """Write the filters as an address has them; never empty, so that a page can follow."""
    fields = [
        (name, getattr(asked, name))
        for name in (
            "text",
            "own",
            "peer",
            "differs",
            "batch",
            "urgency",
            "clock",
            "priority",
            "sort",
        )
    ]
    columns = asked.columns if asked.columns != FIRST_COLUMNS else ()
    return urlencode(
        [(name, value) for name, value in fields if value] + [("col", name) for name in columns]
    )


async def applications(context: PageContext, asked: Asked, page: int) -> ApplicationsPage:
    """Read one page of all applications.

    Raises:
        NotFound: `batch-unknown`.
    """
    found = await find(context, asked, (page - 1) * PAGE, PAGE)
    numbers = [held.application.number for held in found.rows]
    threads = await threads_of(context, numbers) if "threads" in asked.columns else {}
    batches = await context.own.views.batches(BATCHES)
    query = query_of(asked)
    return ApplicationsPage(
        rows=tuple(line(context, held, threads) for held in found.rows),
        paging=paging(page, found.total, PAGE, f"/applications?{query}"),
        asked=asked,
        choices=Choices(STATES, CLOCKS, PAGE_SORTS, batch_choices(batches)),
        up_to=last_entries(found.eu, found.cn),
        query=query,
        new_thread_url="/threads/new" if context.writes else None,
        saved=await _saved(context),
        may_ask=context.writes and context.party == "eu",
    )


async def _saved(context: PageContext) -> tuple[SavedFilter, ...] | None:
    official = context.reader.official
    return None if official is None else tuple(await context.own.filters.of_official(official.id))


async def find(context: PageContext, asked: Asked, offset: int, limit: int) -> FoundApplications:
    """Find what is asked for."""
    batch = (await find_batch(context, asked.batch)).batch if asked.batch else ""
    return await context.own.applications.sought(
        await _sought(context, asked, batch), offset, limit
    )


async def _sought(context: PageContext, asked: Asked, batch: EntryId) -> ApplicationFilter:
    eu, cn = (asked.own, asked.peer) if context.party == "eu" else (asked.peer, asked.own)
    word = next((word for word in CLOCKS if word == asked.clock), None)
    return ApplicationFilter(
        text=asked.text,
        eu=eu,
        cn=cn,
        differs=asked.differs,
        batch=batch,
        urgency=asked.urgency,
        clock=await _clock(context, word) if word else None,
        priority=asked.priority,
        sort=_sort(context, asked.sort),
    )


def _sort(context: PageContext, sort: str) -> Sort:
    sides: dict[str, Sort] = {
        "own_as_of": "eu_as_of" if context.party == "eu" else "cn_as_of",
        "peer_as_of": "cn_as_of" if context.party == "eu" else "eu_as_of",
        "listed": "listed",
        "times": "times",
        "day": "day",
    }
    return sides.get(sort, "number")


async def _clock(context: PageContext, word: ClockWord) -> ClockFilter:
    """Say by which dates SQL tells how a clock stands, and weigh what it can't tell."""
    calendar, on = context.calendar("cn"), context.today("cn")
    rows = await context.own.applications.to_weigh(on.isoformat())
    clocks = {row.number: counted(calendar, events(row, "cn"), on) for row in rows}
    return ClockFilter(
        word=word,
        on=on.isoformat(),
        deemed_by=deemed_by(calendar, on).isoformat(),
        over_by=over_by(calendar, on, DECISION_DAYS).isoformat(),
        weighed=tuple(
            number
            for number, clock in clocks.items()
            if (clock.over if word == "over" else clock.standing == word)
        ),
    )


def line(
    context: PageContext,
    held: ListedApplication,
    threads: Mapping[str, Sequence[ThreadRow]] | None = None,
) -> Line:
    """Return an application as a line of the table."""
    row = held.application
    parties = (context.party, context.peer)
    latest = [row.latest(party) for party in parties]
    return Line(
        number=row.number,
        url=application_url(row.number),
        own=assertion(row, context.party),
        peer=assertion(row, context.peer),
        differences=row.differences(),
        clock=clock_of(context, row, "cn") if events(row, "cn") else None,
        urgency=held.listing.urgency if held.listing else "",
        times_listed=len(row.listed),
        list=list_ref(held.batch) if held.batch else None,
        accepted=(_dated(row, parties[0], "accepted"), _dated(row, parties[1], "accepted")),
        decisions=(
            latest[0].decision if latest[0] else "",
            latest[1].decision if latest[1] else "",
        ),
        priority=row.priority(),
        threads=tuple(thread_ref(context, each) for each in (threads or {}).get(row.number, ())),
    )


def list_ref(batch: BatchRow) -> ListRef:
    """Name a list by its batch."""
    return ListRef(batch.list, f"EU-{batch.index}", f"/batches/EU-{batch.index}")


def assertion(row: ApplicationRow, party: Party) -> Assertion | None:
    """Return what a side holds now."""
    held = row.latest(party)
    if held is None:
        return None
    position = str(Position(party, held.index))
    return Assertion(held.state, on_date(held.as_of), held.source, position)


def _dated(row: ApplicationRow, party: Party, act: Act) -> date | None:
    return on_date(row.dated(party, act))


async def threads_of(context: PageContext, numbers: Sequence[str]) -> dict[str, list[ThreadRow]]:
    """Return the threads that were opened on these applications, by number."""
    wanted = set(numbers)
    found: dict[str, list[ThreadRow]] = {}
    for row in await context.own.applications.threads_on(numbers):
        for number in wanted.intersection(row.opening.applications):
            found.setdefault(number, []).append(row)
    return found


def thread_ref(context: PageContext, row: ThreadRow, title: Pair | None = None) -> ThreadRef:
    """Name a thread."""
    return ThreadRef(
        number=str(row.position),
        url=f"/threads/{row.position}",
        title=title or Pair(Words("", context.lang)),
        closed=row.is_closed(),
    )


def batch_choices(rows: Sequence[BatchRow]) -> tuple[tuple[str, str], ...]:
    """Return batches as a filter offers them."""
    return tuple((f"EU-{row.index}", row.list) for row in rows)
