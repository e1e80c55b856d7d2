"""The dossier of a weekly list: rows with both sides' states, and the entries about the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.desk.dossiers import Cell, Dossier, DossierPart, FiledEntry, FiledTable
from special_channel.ports import Stored
from special_channel.stores.batch_views import ListingFilter
from special_channel.web.dossiers.writer import DossierWriter, Subject, dossier
from special_channel.web.lists import queries
from special_channel.web.lists.views import CountedBatch, RowItem
from special_channel.web.shared.words import NO_LANGUAGE, Pair, Words
from special_channel.web.shell.content import number_of, party_of
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.people import People, people
from special_channel.web.shell.threads import subjects

EVERY: Final = 2_000
"""Rows of a list (core/entries/batches.py)."""


async def read_list_dossier(context: PageContext, row: BatchRow, *, internal: bool) -> Dossier:
    """Read the dossier of a weekly list; `internal`: with our side's own columns."""
    writer = DossierWriter(context, internal)
    listings, _ = await context.own.stores.views.listing_page(row.batch, ListingFilter(), 0, EVERY)
    [batch] = await queries.counted(context, [row])
    view = await queries.batch(context, batch, listings, states=True)
    parts = [_rows(writer, view.rows), await _threads(writer, row), await _entries(writer, row)]
    if internal:
        parts.insert(0, await _ours(writer, row, listings))
    return await dossier(
        writer,
        Subject("list", row.list, Pair(Words(writer.say("list", name=row.list), context.lang))),
        facts=_facts(writer, batch),
        cover=(_counts(writer, await queries.counts_by_source(context, batch)),),
        parts=parts,
    )


def _facts(writer: DossierWriter, batch: CountedBatch) -> Iterator[tuple[str, str]]:
    number = writer.numbered(batch.number)
    yield "list", writer.say("listed", number=number, time=writer.both_times(batch.listed_at))
    if batch.standing == batch.rows:
        yield "rows", writer.say("rows", count=batch.rows)
    else:
        yield "rows", writer.say("rows-amended", count=batch.standing, first=batch.rows)
    yield "answered", writer.say("answered-of", count=batch.answered, all=batch.standing)


def _counts(writer: DossierWriter, counts: Mapping[Party, Mapping[str, int]]) -> DossierPart:
    context = writer.context
    sides = (context.party, context.peer)
    states = sorted({*counts["eu"], *counts["cn"]}, key=lambda state: (not state, state))
    rows = tuple(
        (
            Cell(context.t.label("state", state) if state else writer.say("no-state")),
            *(Cell(str(counts[side].get(state, 0))) for side in sides),
        )
        for state in states
    )
    heads = (
        writer.say("head.state-of"),
        *(writer.say("head.by", side=writer.side(s)) for s in sides),
    )
    return DossierPart("counts", writer.say("counts"), (FiledTable(heads, rows),))


def _rows(writer: DossierWriter, rows: Sequence[RowItem]) -> DossierPart:
    context = writer.context
    sides = (context.party, context.peer)
    lines = tuple(
        (
            Cell(str(each.row)),
            Cell(each.number, NO_LANGUAGE),
            Cell(_urgency(writer, each)),
            *(Cell(_state(writer, each, side)) for side in sides),
        )
        for each in rows
    )
    heads = (
        *(writer.say(f"head.{each}") for each in ("row", "application", "urgency")),
        *(writer.say("head.state-by", side=writer.side(side)) for side in sides),
    )
    return DossierPart("rows", writer.say("rows-of"), (FiledTable(heads, lines),))


def _urgency(writer: DossierWriter, row: RowItem) -> str:
    words = [writer.label("urgency", row.urgency)]
    if row.withdrawn_in:
        words.append(writer.say("off-list", number=writer.numbered(row.withdrawn_in)))
    return writer.say("join-clauses").join(words)


def _state(writer: DossierWriter, row: RowItem, side: Party) -> str:
    stated = row.states.side(side) if row.states else None
    if stated is None:
        return "–"
    return writer.say(
        "stated",
        state=writer.context.t.state(stated.state, stated.source),
        date=writer.date(stated.as_of),
        number=writer.numbered(stated.position),
    )


async def _ours(
    writer: DossierWriter, row: BatchRow, listings: Sequence[ListingRow]
) -> DossierPart:
    """Write our side's own columns of the list; the EU keeps some, the other side none."""
    names, cells = await queries.private_columns(writer.context, row, listings)
    lines = tuple(
        (
            Cell(str(each.row)),
            Cell(each.number, NO_LANGUAGE),
            *(Cell(value or "–") for value in cells[each.row]),
        )
        for each in listings
        if any(cells.get(each.row, ()))
    )
    label = writer.context.t.label
    heads = (
        writer.say("head.row"),
        writer.say("head.application"),
        *(label("column", name) for name in names),
    )
    table = FiledTable(heads, lines, empty=writer.say("nothing-ours"))
    return DossierPart("ours", writer.say("ours-only"), (table,))


async def _threads(writer: DossierWriter, row: BatchRow) -> DossierPart:
    context = writer.context
    threads, questions = await queries.threads(context, row.batch)
    about = await subjects(context, threads)
    lines = tuple(
        (
            Cell(writer.numbered(str(each.position))),
            writer.words(about.title(each).first(context.lang)),
            Cell(str(questions.get(each.thread, 0))),
        )
        for each in threads
    )
    heads = tuple(writer.say(f"head.{each}") for each in ("thread", "subject", "open-questions"))
    table = FiledTable(heads, lines, empty=writer.say("no-thread"))
    return DossierPart("threads", writer.say("threads"), (table,))


async def _entries(writer: DossierWriter, row: BatchRow) -> DossierPart:
    ids = [row.batch, *(each.id for each in row.amendments), *(each.id for each in row.answers)]
    found = await writer.context.own.stores.record.find(ids)
    return await entries_part(writer, [found[each] for each in ids if each in found])


async def entries_part(writer: DossierWriter, entries: Sequence[Stored]) -> DossierPart:
    """Write the part of entries that are rows of sheets: who signed, when, with which digest."""
    known = await people(writer.context, {each.by for each in entries})
    blocks = tuple(
        _entry(writer, known, each)
        for each in sorted(entries, key=lambda each: (each.accepted, each.log, each.index))
    )
    return DossierPart("entries", writer.say("entries-of"), blocks)


def _entry(writer: DossierWriter, known: People, stored: Stored) -> FiledEntry:
    author, party = known.writer(stored), party_of(stored)
    kind = writer.label("kind", stored.kind)
    refused = stored.code
    sentence = writer.context.t.sentence(refused).text if refused else ""
    no_effect = writer.context.t.gettext("This entry has no effect.")
    return FiledEntry(
        number=number_of(stored),
        side=writer.sides(party),
        heading=writer.say("heading", number=writer.numbered(number_of(stored)), author=kind),
        role=writer.say("join").join(filter(None, (writer.author(author), writer.role(author)))),
        times=writer.times(instant(stored.accepted)),
        remarks=(f"{no_effect} {sentence}",) if refused else (),
        digest=writer.digest(stored),
    )
