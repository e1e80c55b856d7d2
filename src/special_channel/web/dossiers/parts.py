"""Parts that dossiers of lists and applications share: threads, and entries with their digests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from special_channel.core.bytes.ids import ThreadId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.threads import ThreadRow
from special_channel.desk.dossiers import Cell, DossierPart, FiledEntry, FiledTable
from special_channel.ports import Stored
from special_channel.web.dossiers.writer import DossierWriter
from special_channel.web.shared.words import NO_LANGUAGE
from special_channel.web.shell.content import number_of, party_of
from special_channel.web.shell.people import People, people
from special_channel.web.shell.threads import subjects

FILED: Final = 2_000
"""Most entries of a dossier, and most of its threads: 2,000 take seven seconds and 600 MB."""

AT_ONCE: Final = 100
"""What is written before other requests have their turn."""


_T = TypeVar("_T")


def in_turns(rows: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Yield rows in batches of `AT_ONCE`, so that other requests can run between batches."""
    for first in range(0, len(rows), AT_ONCE):
        yield rows[first : first + AT_ONCE]


async def threads_part(
    writer: DossierWriter,
    threads: Sequence[ThreadRow],
    questions: Mapping[ThreadId, int] | None = None,
    total: int = 0,
) -> DossierPart:
    """Write the threads; the internal edition adds the references of our records office.

    Args:
        writer: The words and the edition.
        threads: The threads to write.
        questions: Number of open questions by thread; None omits the column.
        total: Number of threads in total, if larger than the number of `threads`.
    """
    heads = [writer.say("head.thread"), writer.say("head.subject")]
    rows = [cells async for cells in _titled(writer, threads)]
    if writer.internal:
        # Only here: what the shareable edition does not read cannot get into it by mistake.
        ids = [each.thread for each in threads]
        filed = await writer.context.own.desk.references.in_use(ids)
        # Before the subject, since the last column gets the width that the others leave.
        heads.insert(1, writer.say("fact.reference"))
        for each, cells in zip(threads, rows, strict=True):
            cells.insert(1, Cell(filed.get(each.thread, "–"), NO_LANGUAGE))
    if questions is not None:
        heads.append(writer.say("head.open-questions"))
        for each, cells in zip(threads, rows, strict=True):
            cells.append(Cell(str(questions.get(each.thread, 0))))
    table = FiledTable(
        tuple(heads),
        tuple(map(tuple, rows)),
        remark=writer.only(len(threads), total),
        empty=writer.say("no-thread"),
    )
    return DossierPart("threads", writer.say("threads"), (table,))


async def _titled(writer: DossierWriter, threads: Sequence[ThreadRow]) -> AsyncIterator[list[Cell]]:
    for some in in_turns(threads):
        about = await subjects(writer.context, some)
        for each in some:
            title = about.title(each)
            first, other = title.in_order(writer.context.lang)
            cell = writer.words(first)
            if other and other.text:
                cell = Cell(cell.text, cell.lang, below=(writer.words(other),))
            yield [Cell(writer.numbered(str(each.position))), cell]


async def entries_part(
    writer: DossierWriter, entries: Sequence[Stored], total: int = 0
) -> DossierPart:
    """Write the part of entries that are rows of sheets: signer, time and digest.

    `total`: number of entries in total, if larger than the number of `entries`.
    """
    known = await people(writer.context, {each.by for each in entries})
    ordered = sorted(entries, key=lambda each: (each.accepted, each.log, each.index))
    blocks: list[FiledEntry | FiledTable] = []
    for some in in_turns(ordered):
        blocks += (_entry(writer, known, each) for each in some)
        await asyncio.sleep(0)
    if remark := writer.only(len(entries), total):
        blocks.append(FiledTable((), (), remark))
    return DossierPart("entries", writer.say("entries-of"), tuple(blocks))


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
