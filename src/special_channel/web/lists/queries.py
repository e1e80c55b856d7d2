"""Read weekly lists with both sides' states. `checking.py` compares a file with the record.

Does not merge the sides' states. Private columns come from our side's private log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from dataclasses import fields as fields_of
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, cast

from special_channel.core.bytes.errors import NotAllowed
from special_channel.core.bytes.ids import PARTIES, EntryId, Party, Position, ThreadId
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.batches import BatchAmendment, BatchAnswer, BatchRow, ListingRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.sense.history import uncounted_by
from special_channel.desk import columns
from special_channel.messages.catalogue import Catalogue, catalogue
from special_channel.stores.batch_views import BatchFilter, ListingFilter, Progress
from special_channel.stores.lists import Predecessor
from special_channel.stores.thread_views import ThreadFilter
from special_channel.web.http.services import StoreServices
from special_channel.web.lists.views import (
    AmendedItem,
    BatchDetail,
    BatchesFound,
    BatchFilters,
    BatchItem,
    CountedBatch,
    PredecessorItem,
    RowFilters,
    RowItem,
    RowStates,
    SheetItem,
)
from special_channel.web.shared.capitals import on_date
from special_channel.web.shared.clocks import ClocksOfCn
from special_channel.web.shared.corrections import corrections_of
from special_channel.web.shared.days import instants
from special_channel.web.shared.own_cells import own_cell
from special_channel.web.shared.statements import state_item
from special_channel.web.shared.words import Words
from special_channel.web.shell.content import content, erased_of
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.threads import MANY

THREADS: Final = 100
"""Threads on a list's page, latest activity first."""

PRIVATE: Final = 3
"""Private columns next to the shared ones."""

FIRST_COLUMNS: Final = ("rank_reason", "company", "eu_company", "member_state", "stock_out_on")
"""Private columns that precede others."""

NONE: Final[Mapping[str, ApplicationRow]] = MappingProxyType({})

_LISTED: Final = sorted(RowItem.model_fields.keys() & {each.name for each in fields_of(ListingRow)})
"""Fields of a listing that a row shows as they are, if they are not empty."""

_listed: Final = attrgetter(*_LISTED)


async def batches(
    context: PageContext, filters: BatchFilters, offset: int, limit: int
) -> BatchesFound:
    """Read weekly lists that match."""
    wanted = BatchFilter(
        filters.text, cast(Any, filters.state), *instants(context.party, *filters.days())
    )
    rows, total = await context.own.stores.views.batch_page(
        wanted, limit, offset, oldest=filters.sort == "oldest"
    )
    items = await counted(context, rows)
    return BatchesFound(**context.sizes, total=total, items=items)


def wanted(query: RowFilters, first: int = 1) -> ListingFilter:
    """Return the filter of the store; `first`: lowest row number."""
    return ListingFilter(
        query.state, query.match, query.differs == "1", query.text, first, query.sort
    )


async def batch(
    context: PageContext,
    item: BatchItem,
    listings: Sequence[ListingRow],
    applications: Mapping[str, ApplicationRow] = NONE,
) -> BatchDetail:
    """Read some rows of a weekly list, with both sides' latest states of `applications`."""
    latest = await _states(context, listings, applications) if applications else {}
    rows = [_row(each, latest.get(each.row)) for each in listings]
    return BatchDetail(**context.sizes, items=(item, *rows))


def batch_item(row: BatchRow) -> BatchItem:
    """Return the view of a weekly list without counts."""
    return BatchItem(**_item(row))


async def counted(context: PageContext, rows: Sequence[BatchRow]) -> tuple[CountedBatch, ...]:
    """Count the rows of weekly lists by both sides' states."""
    counts, progress = await context.own.stores.views.how_far([row.batch for row in rows])
    return tuple(
        CountedBatch(
            **_item(row),
            counts=dict(counts["cn"][row.batch]),
            eu_counts=dict(counts["eu"][row.batch]),
            answered=at.answered,
            open_threads=at.open_threads,
            differing=at.differing,
            eu_as_of=on_date(at.eu_as_of),
            cn_as_of=on_date(at.cn_as_of),
        )
        for row in rows
        for at in (progress.get(row.batch, Progress()),)
    )


async def predecessors(
    stores: StoreServices, applications: Mapping[str, ApplicationRow]
) -> Mapping[str, tuple[Predecessor, ...]]:
    """Look up former numbers by application number, with their listings.

    A link is one side's statement, so listings of a former number are never added to the count of
    the current number.
    """
    links = {
        number: [link for link in row.live_links if link.number == number]
        for number, row in applications.items()
    }
    numbers = sorted({link.former for each in links.values() for link in each})
    earlier = await stores.lists.earlier(numbers) if numbers else {}
    return {
        number: tuple(Predecessor(link, earlier.get(link.former)) for link in each)
        for number, each in links.items()
        if each
    }


def predecessor_item(number: str, former: Predecessor) -> PredecessorItem:
    """Return the view of a former number."""
    return PredecessorItem(
        number=number,
        former=former.link.former,
        by=former.link.party,
        position=former.position,
        basis=former.link.basis,
        times=former.times,
        list=former.earlier.list if former.earlier else "",
        batch=former.earlier.position if former.earlier else "",
    )


async def threads(
    context: PageContext, batch: EntryId, most: int = THREADS
) -> tuple[Sequence[ThreadRow], dict[str, int]]:
    """Read the threads of a list, and the number of open questions by thread."""
    views = context.own.stores.views
    rows = await views.threads(ThreadFilter(batch=batch), most)
    asks = await views.asks(threads=[row.thread for row in rows], only_open=True, limit=MANY)
    questions: dict[ThreadId, int] = {}
    for ask in asks:
        questions[ask.thread] = questions.get(ask.thread, 0) + 1
    return rows, questions


async def remarks(
    context: PageContext, batch: BatchRow, listings: Sequence[ListingRow]
) -> Mapping[int, Words]:
    """Read free remarks of answers, by row number."""
    answered = {row.answered for row in listings if row.text}
    ids = [answer.id for answer in batch.answers if answer.index in answered]
    entries = await context.own.stores.record.find(ids) if ids else {}
    erased = await erased_of(context, [*entries.values()])
    texts = {
        (entry.index, words.ordinal): words
        for entry in entries.values()
        for words in content(entry, erased.get(entry.id, {})).original
    }
    pairs = ((row.row, texts.get((row.answered, row.text))) for row in listings if row.text)
    return {row: words for row, words in pairs if words}


async def private_columns(
    context: PageContext,
    batch: BatchRow,
    listings: Sequence[ListingRow],
    most: int | None = PRIVATE,
    words: Callable[[Catalogue, str, str], str] = own_cell,
) -> tuple[tuple[str, ...], Mapping[int, Sequence[str]]]:
    """Return names of the first private columns of a list, and the cells of some of its rows.

    `most`: number of columns; None for all. `words`: returns the words of a cell of a column.
    """
    rows = columns.decode_rows(await context.own.stores.views.kept_columns(batch.list))
    # Most rows have the same columns.
    alike = dict.fromkeys(map(columns.names_of, rows.values()))
    names = dict.fromkeys(name for each in alike for name in each)
    first = [name for name in FIRST_COLUMNS if name in names]
    shown = tuple([*first, *(name for name in names if name not in first)][:most])
    cells = {each.row: columns.cells_of(rows.get(each.row, {})) for each in listings}
    t = context.t
    return shown, {
        row: [words(t, name, each.get(name, "")) for name in shown] for row, each in cells.items()
    }


async def counts_by_source(
    context: PageContext, item: CountedBatch
) -> Mapping[Party, Mapping[str, int]]:
    """Return rows by state of both sides, with rows in state `returned` by their source."""
    counts: dict[Party, dict[str, int]] = {"eu": dict(item.eu_counts), "cn": dict(item.counts)}
    split = [party for party in PARTIES if counts[party].pop("returned", 0)]
    views = context.own.stores.views
    found = await asyncio.gather(*(views.returned(item.batch, party) for party in split))
    for party, sources in zip(split, found, strict=True):
        counts[party] |= {f"returned.{source}": rows for source, rows in sources.items()}
    return counts


def refuse_other_side(context: PageContext) -> None:
    """Refuse a reader of the side without lists.

    Raises:
        NotAllowed: `owner`.
    """
    if not context.writes_for("eu"):
        raise NotAllowed("owner", "EU lists applications.")


def _item(row: BatchRow) -> dict[str, Any]:
    return {
        "batch": row.batch,
        "number": f"EU-{row.index}",
        "list": row.list,
        "rows": row.rows,
        "standing": row.standing,
        "accepted": row.accepted,
        "answers": tuple(SheetItem(**_sent("cn", each)) for each in row.answers),
        "amendments": tuple(AmendedItem(**_sent("eu", each)) for each in row.amendments),
    }


def _sent(party: Party, sent: BatchAnswer | BatchAmendment) -> dict[str, Any]:
    fields = asdict(sent)
    del fields["id"]
    return {"position": str(Position(party, fields.pop("index"))), **fields}


async def _states(
    context: PageContext, listings: Sequence[ListingRow], rows: Mapping[str, ApplicationRow]
) -> dict[int, RowStates]:
    """Return both sides' latest states by row: a number can be in two, one of them withdrawn."""
    former = await predecessors(context.own.stores, rows)
    clocks = ClocksOfCn.of(context)
    states = {}
    for each in listings:
        if (row := rows.get(each.number)) is None:
            continue
        states[each.row] = _stated(clocks, row, each.answered)
        if links := former.get(each.number):
            items = tuple(predecessor_item(each.number, link) for link in links)
            states[each.row] = states[each.row].model_copy(update={"predecessors": items})
    return states


# A list's page opens again and again; few of its applications change between.
@lru_cache(maxsize=4096)
def _stated(clocks: ClocksOfCn, row: ApplicationRow, answered: int) -> RowStates:
    """Return both sides' latest states; `answered`: index of CN's entry with the row's answer."""
    clock = clocks.clock(row)
    t = catalogue(clocks.lang)
    return RowStates(
        eu=state_item(row, "eu"),
        cn=state_item(row, "cn"),
        differs=bool(row.differences()),
        statutory=clock if clock.accepted_on else None,
        paused=uncounted_by(row, "cn", answered),
        corrections=tuple(each for party in PARTIES for each in corrections_of(t, row, party)),
    )


def _row(listing: ListingRow, states: RowStates | None) -> RowItem:
    item = _item_of(listing)
    return item if states is None else item.model_copy(update={"states": states})


@lru_cache(maxsize=4096)
def _item_of(listing: ListingRow) -> RowItem:
    values = zip(_LISTED, _listed(listing), strict=True)
    fields = {name: value for name, value in values if value not in ("", -1)}
    fields["listed_in"] = _position("eu", listing.listed_in)
    fields["amended_in"] = _position("eu", listing.amended)
    fields["withdrawn_in"] = _position("eu", listing.withdrawn)
    fields["answered_in"] = _position("cn", listing.answered)
    return RowItem.model_validate(fields, strict=False)  # dates are text in the record


def _position(party: Party, index: int) -> str | None:
    return str(Position(party, index)) if index >= 0 else None
