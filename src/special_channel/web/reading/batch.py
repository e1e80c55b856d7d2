"""One batch: its rows page by page, both sides' states beside each other, its threads.

Does not merge the sides' states. Columns of the own side alone come from its private log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, get_args
from urllib.parse import urlencode

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.ids import EntryId, Party, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import ReturnRow
from special_channel.core.rows.applications import ApplicationRow as Application
from special_channel.core.rows.applications import AssertedStatement
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.desk import columns
from special_channel.stores.batch_views import ListingFilter, Progress
from special_channel.stores.lists import Predecessor
from special_channel.web.pages.batch import AmendedIn, ApplicationRow, BatchPage, Filter, SideCounts
from special_channel.web.reading.linked import predecessors
from special_channel.web.shared.clocks import clock_of
from special_channel.web.shared.paging import paging
from special_channel.web.shared.references import Assertion, ThreadRef, application_url, state_bar
from special_channel.web.shared.words import Words
from special_channel.web.shell.content import content, erased_of, title
from special_channel.web.shell.context import PageContext

PAGE: Final = 100
"""Rows on a page: 2000 at once take a second to lay out."""

ALL: Final = 1_000_000
"""Rows of a print: more than any list has."""

THREADS: Final = 100
"""Threads of the batch that the page names, the last moved first."""

PRIVATE: Final = 3
"""Columns of the own side that fit beside the shared ones."""

FIRST_COLUMNS: Final = ("rank_reason", "company", "eu_company", "member_state", "stock_out_on")
"""Own columns that are shown before others, where the list has them."""

MATCHES: Final = tuple(get_args(ReturnRow.model_fields["match"].annotation))


async def find_batch(context: PageContext, number: str) -> BatchRow:
    """Return a batch by its number (EU-120).

    Raises:
        NotFound: `batch-unknown`.
    """
    try:
        position = Position.parse(number)
    except Malformed:
        raise NotFound("batch-unknown", "There is no such batch here.") from None
    row = await context.own.views.batch(position)
    if row is None:
        raise NotFound("batch-unknown", "There is no such batch here.")
    return row


async def batch(
    context: PageContext, row: BatchRow, wanted: ListingFilter, page: int, *, printing: bool = False
) -> BatchPage:
    """Read one page of a batch; all of its rows for a print."""
    views, url = context.own.views, f"/batches/EU-{row.index}"
    first, size = (0, ALL) if printing else ((page - 1) * PAGE, PAGE)
    rows, total = await views.listing_page(row.batch, wanted, first, size)
    held = await views.applications([listing.number for listing in rows])
    linked = await predecessors(context.own, held)
    threads = await _threads(context, row.batch)
    own_columns, kept = _kept(await views.kept_columns(row.list), rows)
    sides, states = await _sides(context, row.batch)
    last = row.answers[-1] if row.answers else None
    said = await _remarks(context, row, rows)
    around = _Around(context, held, linked, threads, kept, said)
    return BatchPage(
        name=row.list,
        position=f"EU-{row.index}",
        entry_id=row.batch,
        url=url,
        listed_at=instant(row.accepted),
        answered_at=instant(last.accepted) if last else None,
        answered_position=f"CN-{last.index}" if last else None,
        answered_rows=sum(answer.rows for answer in row.answers),
        sides=sides,
        rows=tuple(_row(around, listing) for listing in rows),
        paging=paging(page, total, size, f"{url}?{_query(wanted)}"),
        filter=Filter(wanted.state, wanted.match, wanted.differs, wanted.text, states, MATCHES),
        threads=tuple(ref for ref, _ in threads),
        private_columns=own_columns,
        new_thread_url=f"{url}/new-thread" if context.writes and not printing else None,
        printing=printing,
        print_url=f"{url}?{_query(wanted)}&print=all",
        answer_url=f"{url}/answer" if may_answer(context) else None,
        amendments=tuple(
            AmendedIn(
                f"EU-{each.index}",
                instant(each.accepted),
                each.added,
                each.changed,
                each.withdrawn,
            )
            for each in row.amendments
        ),
        amend_url=f"{url}/amend" if context.writes and context.party == "eu" else None,
    )


def may_answer(context: PageContext) -> bool:
    """Tell whether the reader's side answers lists, and their role writes."""
    return context.writes and context.party == "cn" and context.charter is not None


async def _remarks(
    context: PageContext, batch: BatchRow, rows: Sequence[ListingRow]
) -> Mapping[tuple[int, int], Words]:
    """Return free remarks by the index of the answer and their place in it."""
    wanted = {row.answered for row in rows if row.text}
    ids = [answer.id for answer in batch.answers if answer.index in wanted]
    held = await context.own.record.find(ids) if ids else {}
    erased = await erased_of(context, [*held.values()])
    return {
        (entry.index, words.ordinal): words
        for entry in held.values()
        for words in content(entry, erased.get(entry.id, {})).original
        if words.ordinal is not None
    }


def _query(wanted: ListingFilter) -> str:
    fields = {"state": wanted.state, "match": wanted.match, "text": wanted.text}
    if wanted.differs:
        fields["differs"] = "1"
    return urlencode({name: value for name, value in fields.items() if value}) or "all=1"


async def _threads(
    context: PageContext, batch_id: EntryId
) -> list[tuple[ThreadRef, frozenset[str]]]:
    views = context.own.views
    found = await views.threads(show="all", batch=batch_id, limit=THREADS)
    openings = await context.own.record.find([row.opening.id for row in found])
    erased = await erased_of(context, [*openings.values()])
    asks = await views.asks(threads=[row.thread for row in found], only_open=True)
    refs = []
    for row in found:
        opening = openings.get(row.opening.id)
        said = content(opening, erased.get(opening.id, ())) if opening else None
        ref = ThreadRef(
            number=str(row.position),
            url=f"/threads/{row.position}",
            title=title(said),
            open_asks=sum(ask.thread == row.thread for ask in asks),
            closed=row.is_closed(),
        )
        refs.append((ref, frozenset(row.opening.applications)))
    return refs


async def _sides(
    context: PageContext, batch_id: EntryId
) -> tuple[tuple[SideCounts, SideCounts], tuple[str, ...]]:
    views = context.own.views
    progress = (await views.progress([batch_id])).get(batch_id, Progress())
    as_of = {"eu": progress.eu_as_of, "cn": progress.cn_as_of}
    states: set[str] = set()

    async def side(party: Party) -> SideCounts:
        counts = dict((await views.counts([batch_id], party)).get(batch_id, {}))
        states.update(counts)
        if counts.pop("returned", 0):
            by_source = await views.returned(batch_id, party)
            counts |= {f"returned.{source}": rows for source, rows in by_source.items()}
        return SideCounts(party, state_bar(counts), _date(as_of[party]))

    sides = await side(context.party), await side(context.peer)
    return sides, tuple(sorted(states - {""}))


@dataclass(frozen=True, slots=True)
class _Around:
    """What the rows of a page are made of, beside the list's own."""

    context: PageContext
    held: Mapping[str, Application]
    linked: Mapping[str, tuple[Predecessor, ...]]
    threads: Sequence[tuple[ThreadRef, frozenset[str]]]
    private: Mapping[int, Mapping[str, str]]
    said: Mapping[tuple[int, int], Words]


def _row(around: _Around, listing: ListingRow) -> ApplicationRow:
    context, application = around.context, around.held.get(listing.number)
    accepted = application is not None and application.dated("cn", "accepted")
    clock = clock_of(context, application, "cn") if application and accepted else None
    return ApplicationRow(
        row=listing.row,
        number=listing.number,
        urgency=listing.urgency,
        rank=listing.rank,
        first_listed=_date(listing.first_listed),
        times_listed=listing.times_listed,
        own=_assertion(application, context.party),
        peer=_assertion(application, context.peer),
        match=listing.match or None,
        differs=application is not None and application.differs(),
        accepted_on=_date(listing.accepted_on),
        days_used=listing.days_used if listing.days_used >= 0 else None,
        remark=listing.remark,
        words=around.said.get((listing.answered, listing.text)),
        threads=tuple(ref for ref, numbers in around.threads if listing.number in numbers),
        private=tuple(around.private[listing.row].values()),
        url=application_url(listing.number),
        clock=clock.short if clock else "",
        clock_how=clock.sentence if clock else "",
        stop_on=_date(listing.stop_on),
        withdrawn=f"EU-{listing.withdrawn}" if listing.withdrawn >= 0 else "",
        predecessors=around.linked.get(listing.number, ()),
    )


def _assertion(application: Application | None, party: Party) -> Assertion | None:
    held: AssertedStatement | None = application.latest(party) if application else None
    as_of = _date(held.as_of) if held else None
    if held is None or as_of is None:
        return None
    return Assertion(held.state, as_of, held.source, str(Position(party, held.index)))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None  # the form is checked on entry, the calendar's 31 February is not


def _kept(
    data: str | None, listed: Sequence[ListingRow]
) -> tuple[tuple[str, ...], dict[int, dict[str, str]]]:
    """Return the own columns that the page shows, of all rows, and the cells of those listed."""
    held = columns.decode_rows(data)
    names = dict.fromkeys(name for row in held.values() for name in columns.names_of(row))
    first = [name for name in FIRST_COLUMNS if name in names]
    shown = tuple([*first, *(name for name in names if name not in first)][:PRIVATE])
    cells = {each.row: columns.cells_of(held.get(each.row, {})) for each in listed}
    return shown, {
        place: {name: of_row.get(name, "") for name in shown} for place, of_row in cells.items()
    }
