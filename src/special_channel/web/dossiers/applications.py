"""The dossier of an application: both sides' statements, lists, licences, threads, entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from special_channel.core.bytes.ids import EntryId, Party
from special_channel.core.rows.applications import ApplicationRow
from special_channel.desk import columns
from special_channel.desk.dossiers import Cell, Dossier, DossierPart, FiledTable
from special_channel.ports import Stored
from special_channel.web.applications import queries
from special_channel.web.applications.views import ApplicationDetail, MarkItem, StatementItem
from special_channel.web.dossiers.parts import FILED, entries_part, threads_part
from special_channel.web.dossiers.writer import DossierWriter, Subject, dossier
from special_channel.web.shared.corrections import placed
from special_channel.web.shared.own_cells import own_cell
from special_channel.web.shared.words import NO_LANGUAGE, Pair, Words
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.threads import MANY


async def read_application_dossier(
    context: PageContext, row: ApplicationRow, *, internal: bool
) -> Dossier:
    """Read the dossier of an application; `internal`: with our side's own columns."""
    writer = DossierWriter(context, internal)
    every = await context.own.stores.applications.threads_on([row.number], MANY)
    threads = every[:FILED]
    view = await queries.application(context, row, threads, lists=MANY, licences=MANY)
    entries, count = await _entries(context, row)
    parts = [
        _statements(writer, view),
        _lists(writer, view),
        _licences(writer, view),
        await threads_part(writer, threads, total=len(every)),
        await entries_part(writer, entries, count),
    ]
    if internal:
        parts.insert(0, await _ours(writer, view))
    return await dossier(
        writer,
        Subject("application", row.number, Pair(Words(row.number, NO_LANGUAGE))),
        facts=_facts(writer, view),
        cover=(_latest(writer, view), _questions(writer, view)),
        parts=parts,
    )


def _facts(writer: DossierWriter, view: ApplicationDetail) -> Iterator[tuple[str, str]]:
    if view.last_list:
        number = writer.numbered(view.last_list.batch)
        name = writer.say("list", name=view.last_list.list)
        yield "last-list", writer.say("join-clauses").join((name, number))
    yield "times-listed", writer.say("times", count=view.times_listed)
    if view.urgency:
        yield "urgency", writer.label("urgency", view.urgency)
    clock = view.cn.clock
    if clock.stated:
        yield "clock", clock.sentence
    if view.differences:
        comma = ", " if writer.context.lang == "en" else "、"
        yield "differs", comma.join(writer.label("difference", each) for each in view.differences)


def _sides(writer: DossierWriter) -> tuple[Party, Party]:
    return writer.context.party, writer.context.peer


def _latest(writer: DossierWriter, view: ApplicationDetail) -> DossierPart:
    rows = []
    for side in _sides(writer):
        latest = view.side(side).latest
        rows.append(
            (
                Cell(writer.side(side)),
                Cell(latest.state_text if latest else writer.say("no-state")),
                Cell(writer.date(latest.as_of) if latest else "–"),
                Cell(writer.numbered(latest.position) if latest else "–"),
            )
        )
    table = FiledTable(_state_heads(writer), tuple(rows))
    return DossierPart("latest", writer.say("latest"), (table,))


def _state_heads(writer: DossierWriter) -> tuple[str, ...]:
    return tuple(writer.say(f"head.{each}") for each in ("side", "state-of", "as-of", "entry"))


def _questions(writer: DossierWriter, view: ApplicationDetail) -> DossierPart:
    rows = tuple(
        (
            Cell(writer.numbered(each.number)),
            writer.timed(each.due),
            Cell(
                writer.marked(each.sentence)
                if writer.internal
                else writer.label("outcome", each.outcome)
            ),
        )
        for each in view.asks
    )
    heads = tuple(writer.say(f"head.{each}") for each in ("question", "date", "outcome"))
    table = FiledTable(heads, rows, empty=writer.say("no-question"))
    return DossierPart("questions", writer.say("questions"), (table,))


def _statements(writer: DossierWriter, view: ApplicationDetail) -> DossierPart:
    """Write every statement of both sides, our side's first, and the acts stated apart."""
    rows = []
    for side in _sides(writer):
        detail = view.side(side)
        rows += [
            (
                Cell(writer.side(side)),
                Cell(
                    writer.say("join-clauses").join(
                        (each.state_text, *(a.text for a in each.clock), *_replaced(writer, each))
                    )
                ),
                Cell(writer.date(each.as_of)),
                Cell(writer.numbered(each.position)),
            )
            for each in detail.history
        ]
        rows += [
            (
                Cell(writer.side(side)),
                Cell(writer.say("join-clauses").join((each.text, *_replaced(writer, each)))),
                Cell(writer.date(each.on)),
                Cell(writer.numbered(each.position)),
            )
            for each in detail.marks
        ]
    table = FiledTable(_state_heads(writer), tuple(rows), empty=writer.say("no-state"))
    return DossierPart("statements", writer.say("statements"), (table,))


def _replaced(writer: DossierWriter, stated: StatementItem | MarkItem) -> Iterator[str]:
    t = writer.context.t
    if stated.corrected_in:
        position = placed(t, writer.numbered(stated.corrected_in), stated.corrected_row)
        yield t.gettext("replaced in %(position)s", position=position)
    if stated.corrects:
        position = placed(t, writer.numbered(stated.corrects), stated.corrects_row)
        yield t.gettext("replaces %(position)s", position=position)


def _lists(writer: DossierWriter, view: ApplicationDetail) -> DossierPart:
    rows = tuple(
        (
            Cell(writer.say("list", name=each.list)),
            Cell(writer.numbered(each.batch)),
            Cell(str(each.row)),
            Cell(writer.label("urgency", each.urgency)),
            Cell(writer.numbered(each.answered_in) if each.answered_in else "–"),
        )
        for each in view.listed
    )
    heads = ("list", "entry", "row", "urgency", "answered-in")
    table = FiledTable(
        tuple(writer.say(f"head.{each}") for each in heads), rows, empty=writer.say("no-list")
    )
    return DossierPart("lists", writer.say("lists"), (table,))


def _licences(writer: DossierWriter, view: ApplicationDetail) -> DossierPart:
    rows = tuple(
        (
            Cell(each.licence, NO_LANGUAGE),
            Cell(writer.label("licence", each.type)),
            Cell(writer.label("standing", each.standing)),
            Cell(writer.date(each.valid_to)),
        )
        for each in view.licences
    )
    heads = ("licence", "type", "standing", "valid-to")
    table = FiledTable(
        tuple(writer.say(f"head.{each}") for each in heads), rows, empty=writer.say("no-licence")
    )
    return DossierPart("licences", writer.say("licences"), (table,))


async def _ours(writer: DossierWriter, view: ApplicationDetail) -> DossierPart:
    """Write our side's own columns, of the last list with any."""
    views = writer.context.own.stores.views
    rows: list[tuple[Cell, ...]] = []
    for listed in view.listed:
        kept = columns.decode_rows(await views.kept_columns(listed.list))
        cells: Mapping[str, str] = columns.cells_of(kept.get(listed.row, {}))
        if cells:
            rows = [
                (Cell(writer.label("column", name)), Cell(own_cell(writer.context.t, name, text)))
                for name, text in cells.items()
                if text
            ]
            break
    heads = (writer.say("head.column"), writer.say("head.value"))
    table = FiledTable(heads, tuple(rows), empty=writer.say("nothing-ours"))
    return DossierPart("ours", writer.say("ours-only"), (table,))


async def _entries(context: PageContext, row: ApplicationRow) -> tuple[list[Stored], int]:
    """Read the entries that state something about an application, the latest, and their number."""
    answered = {each.index for each in row.matches}
    ids: set[EntryId] = set()
    for listing, batch in await context.own.stores.applications.appearances(row.number, MANY):
        sheets = answered | {listing.answered}
        ids |= {batch.batch, *(each.id for each in batch.answers if each.index in sheets)}
    ids |= {each.id for each in (*row.eu, *row.cn)}
    ids |= {each.id for each in (*row.eu_marks, *row.cn_marks)}
    ids |= {each.id for each in row.links}
    ids |= {each.id for each in row.asked}
    ids |= {each.id for each in row.replies}
    found = await context.own.stores.record.find(sorted(ids))
    return sorted(found.values(), key=lambda each: each.accepted)[-FILED:], len(found)
