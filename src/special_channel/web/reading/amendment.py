"""Reads an uploaded file as an amendment of a list, for its dry run. Keeps and signs nothing."""

from __future__ import annotations

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rules.releasing import release_of
from special_channel.desk import amending, columns, payloads
from special_channel.desk.amending import Amendment
from special_channel.web.pages.amendment import AmendmentPage
from special_channel.web.reading.list_check import kept_part, line_of, opted
from special_channel.web.shared.amendments import AmendedLine
from special_channel.web.shell.context import PageContext

MOST = 2000
"""Rows of a list."""


async def amendment_of(context: PageContext, row: BatchRow, data: bytes) -> Amendment:
    """Compare a file with the list that it amends.

    Raises:
        Malformed: As `weekly_list` and `amending.amend`.
    """
    views = context.own.views
    sheet = await context.own.reader.weekly_list(data, opted(context.document))
    held = {each.row: each for each in await views.listings(row.batch, 1, MOST)}
    kept = columns.decode_rows(await views.kept_columns(row.list))
    return amending.amend(sheet, row.list, held, kept)


async def amendment(context: PageContext, row: BatchRow, file: str, data: bytes) -> AmendmentPage:
    """Read the dry run of amending a list."""
    name, position = row.list, f"EU-{row.index}"
    try:
        found = await amendment_of(context, row, data)
    except Malformed as error:
        refused = (error.code, tuple(error.facts.items()))
        return AmendmentPage(name, position, row.batch, file, refused=refused)
    part = payloads.amendment_part(payloads.PREVIEW_SALT, found.data)
    faults = tuple(line_of(each, **each.facts()) for each in found.sheet.faults)
    return AmendmentPage(
        name,
        position,
        row.batch,
        file,
        faults=faults,
        lines=_lines(found),
        part="" if faults else part.decode(),
        body=canonical.dumps({"rows": found.rows}).decode(),
        kept=kept_part(context, row.list, found.kept) if found.kept and not faults else None,
        release=release_of(context.document, "batch.amended", line_stop=found.line_stops()),
    )


def _lines(found: Amendment) -> tuple[AmendedLine, ...]:
    added = (
        AmendedLine(
            int(str(row.get("row", 0))),
            str(row.get("number", "")),
            None,
            (str(row.get("urgency", "")), str(row.get("rank", "")), str(row.get("stop_on", ""))),
        )
        for row in found.added()
        if isinstance(row.get("row"), int)
    )
    changed = (
        AmendedLine(each.row, each.number, each.before, each.after, each.reason)
        for each in found.changes
    )
    return tuple(sorted((*added, *changed), key=lambda line: line.row))
