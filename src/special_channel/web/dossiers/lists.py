"""The dossier of a weekly list: rows with both sides' states, CN's answers, threads, entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.desk.dossiers import Cell, Dossier, DossierPart, FiledTable
from special_channel.messages.catalogue import LANGS, Catalogue, catalogue
from special_channel.messages.dates import full_date
from special_channel.stores.batch_views import ListingFilter
from special_channel.stores.thread_views import ThreadFilter
from special_channel.web.dossiers.parts import FILED, entries_part, in_turns, threads_part
from special_channel.web.dossiers.writer import DossierWriter, Subject, dossier
from special_channel.web.lists import queries
from special_channel.web.lists.views import MAX_ROWS, BatchItem, CountedBatch, RowItem
from special_channel.web.shared.clocks import used_days
from special_channel.web.shared.words import NO_LANGUAGE, Pair, Words
from special_channel.web.shell.context import PageContext

_Line = tuple[Cell, ...]


class _Read(NamedTuple):
    """Some rows of a list: lines of the table of rows, and of the table of answers."""

    rows: Sequence[_Line]
    answers: Sequence[_Line]


async def read_list_dossier(context: PageContext, row: BatchRow, *, internal: bool) -> Dossier:
    """Read the dossier of a weekly list; `internal`: with our side's own columns."""
    writer = DossierWriter(context, internal)
    listings, _ = await context.own.stores.views.listing_page(
        row.batch, ListingFilter(), 0, MAX_ROWS
    )
    [batch] = await queries.counted(context, [row])
    read = [await _read(writer, row, batch, some) for some in in_turns(listings)]
    parts = [
        _rows(writer, [line for each in read for line in each.rows]),
        _answers(writer, [line for each in read for line in each.answers]),
        await _threads(writer, row),
        await _entries(writer, row),
    ]
    if internal:
        parts.insert(0, await _ours(writer, row, listings))
    return await dossier(
        writer,
        Subject("list", row.list, _title(row)),
        facts=_facts(writer, batch),
        cover=(_counts(writer, await queries.counts_by_source(context, batch)),),
        parts=parts,
    )


def _title(row: BatchRow) -> Pair:
    english, chinese = (
        Words(catalogue(lang).gettext("dossier.list", name=row.list), lang) for lang in LANGS
    )
    return Pair(english, chinese)


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


async def _read(
    writer: DossierWriter, row: BatchRow, batch: BatchItem, listings: Sequence[ListingRow]
) -> _Read:
    """Write some rows: as many as other requests can wait for."""
    views = writer.context.own.stores.views
    applications = await views.applications([each.number for each in listings])
    view = await queries.batch(writer.context, batch, listings, applications)
    remarks = await queries.remarks(writer.context, row, listings)
    answers = [_answer(writer, each, remarks.get(each.row)) for each in view.rows if each.match]
    return _Read([_row(writer, each) for each in view.rows], answers)


def _rows(writer: DossierWriter, lines: Sequence[_Line]) -> DossierPart:
    sides = (writer.context.party, writer.context.peer)
    heads = (
        *(writer.say(f"head.{each}") for each in ("row", "application", "urgency")),
        *(writer.say("head.state-by", side=writer.side(side)) for side in sides),
    )
    return DossierPart("rows", writer.say("rows-of"), (FiledTable(heads, tuple(lines)),))


def _row(writer: DossierWriter, row: RowItem) -> _Line:
    return (
        Cell(str(row.row)),
        Cell(row.number, NO_LANGUAGE),
        Cell(_urgency(writer, row)),
        *(_state(writer, row, side) for side in (writer.context.party, writer.context.peer)),
    )


def _answers(writer: DossierWriter, lines: Sequence[_Line]) -> DossierPart:
    """Write CN's last answer to each row, in both languages."""
    heads = ("row", "application", "answer", "answered-state", "answered-clock", "remark")
    table = FiledTable(
        tuple(writer.say(f"head.{each}") for each in heads),
        tuple(lines),
        empty=writer.say("no-answer"),
    )
    return DossierPart("answers", writer.say("answers-of"), (table,))


def _answer(writer: DossierWriter, row: RowItem, said: Words | None) -> _Line:
    return (
        Cell(str(row.row)),
        Cell(row.number, NO_LANGUAGE),
        writer.in_both(lambda t: _match(writer, t, row)),
        writer.in_both(lambda t: _stated(t, row)),
        writer.in_both(lambda t: _clock(t, row)),
        _remark(writer, row, said),
    )


def _match(writer: DossierWriter, t: Catalogue, row: RowItem) -> str:
    words = [t.label("match", row.match or "")]
    if row.found_as:
        words.append(f"{t.label('sheet', 'found_as')} {row.found_as}")
    if row.answered_in:
        words.append(writer.numbered(row.answered_in))
    return t.gettext("dossier.join-clauses").join(words)


def _stated(t: Catalogue, row: RowItem) -> str:
    words = [t.state(row.state, "return-sheet")] if row.state else []
    if row.as_of:
        words.append(full_date(row.as_of, t.lang))
    if row.decision:
        words.append(t.label("decision", row.decision))
    if row.decided_on:
        words.append(full_date(row.decided_on, t.lang))
    return t.gettext("dossier.join").join(words) or "–"


def _clock(t: Catalogue, row: RowItem) -> str:
    words = [t.label("clock", row.clock)] if row.clock else []
    if row.accepted_on:
        words.append(t.gettext("accepted %(date)s", date=full_date(row.accepted_on, t.lang)))
    if row.days_used is not None:
        paused = row.states is not None and row.states.paused
        words.append(used_days(t, row.days_used, row.clock or "", paused=paused))
    words += (t.label("missing", each) for each in row.missing)
    return t.gettext("dossier.join-clauses").join(words) or "–"


def _remark(writer: DossierWriter, row: RowItem, said: Words | None) -> Cell:
    """Write the words of the remark in both languages, and below them a free text as signed."""
    code = row.remark or ""
    words = writer.in_both(lambda t: t.label("remark", code)) if code else Cell("")
    if said is None:
        return words if code else Cell("–")
    return replace(words, below=(*words.below, writer.words(said)))


def _urgency(writer: DossierWriter, row: RowItem) -> str:
    words = [writer.label("urgency", row.urgency)]
    if row.withdrawn_in:
        words.append(writer.say("off-list", number=writer.numbered(row.withdrawn_in)))
    return writer.say("join-clauses").join(words)


def _state(writer: DossierWriter, row: RowItem, side: Party) -> Cell:
    stated = row.states.side(side) if row.states else None
    if stated is None:
        return Cell("–")
    return writer.in_both(
        lambda t: t.gettext(
            "dossier.stated",
            state=t.state(stated.state, stated.source),
            date=full_date(stated.as_of, t.lang) if stated.as_of else "–",
            number=writer.numbered(stated.position),
        )
    )


async def _ours(
    writer: DossierWriter, row: BatchRow, listings: Sequence[ListingRow]
) -> DossierPart:
    """Write our side's own columns of the list; the EU keeps some, the other side none."""
    names, cells = await queries.private_columns(writer.context, row, listings, None)
    lines = tuple(
        (
            Cell(str(each.row)),
            Cell(each.number, NO_LANGUAGE),
            # One below the other: a sheet of paper has no place for all columns.
            Cell(
                "",
                below=tuple(
                    Cell(_own(writer, name, value))
                    for name, value in zip(names, cells[each.row], strict=True)
                    if value
                ),
            ),
        )
        for each in listings
        if any(cells.get(each.row, ()))
    )
    heads = tuple(writer.say(f"head.{each}") for each in ("row", "application", "value"))
    table = FiledTable(heads, lines, empty=writer.say("nothing-ours"))
    return DossierPart("ours", writer.say("ours-only"), (table,))


def _own(writer: DossierWriter, column: str, cell: str) -> str:
    return writer.say("own-value", column=writer.label("column", column), value=cell)


async def _threads(writer: DossierWriter, row: BatchRow) -> DossierPart:
    views = writer.context.own.stores.views
    threads, questions = await queries.threads(writer.context, row.batch, FILED)
    total = await views.thread_count(ThreadFilter(batch=row.batch))
    return await threads_part(writer, threads, questions, total)


async def _entries(writer: DossierWriter, row: BatchRow) -> DossierPart:
    ids = [row.batch, *(each.id for each in row.amendments), *(each.id for each in row.answers)]
    kept = [ids[0], *ids[1:][-FILED + 1 :]]
    found = await writer.context.own.stores.record.find(kept)
    return await entries_part(writer, [found[each] for each in kept if each in found], len(ids))
