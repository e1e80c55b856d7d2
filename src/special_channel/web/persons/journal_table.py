"""Our side's journal of acts on people as a file. Never sent."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.persons import journal
from special_channel.web.persons.journal import KEEPERS, JournalPageQuery
from special_channel.web.shared.view import SizesView
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.directory import read_side
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.list_files import (
    MAX_ROWS,
    days_words,
    file_routes,
    filter_fact,
    list_extract,
    list_facts,
    wall_clock,
)

COLUMNS: Final = ("time", "act", "act_code", "person", "reason", "entry")


async def journal_extract(context: PageContext, query: JournalPageQuery) -> Extract:
    """Make a table of the matching lines of the journal."""
    side = await read_side(context, context.party)
    found = await journal.journal(side, query, 0, MAX_ROWS)
    label = context.t.label
    lines = [
        [
            wall_clock(context, item.at),
            item.words,
            item.act,
            item.who or "",
            item.reason or "",
            numbered(context, item.position) if item.position else "",
        ]
        for item in found.items
    ]
    view = SizesView(**context.sizes)
    counts = [
        filter_fact(context, (days_words(query),)),
        ("acts", str(found.total)),
        ("times", label("capital", context.party)),
    ]
    facts = [
        *list_facts(context, view, counts),
        (label("extract", "internal"), label("people", "internal")),
    ]
    return list_extract(context, "journal", COLUMNS, lines, facts)


JOURNAL_FILES: Final = file_routes(
    "journal", JournalPageQuery, journal_extract, *sorted(KEEPERS), at="/people/journal"
)
