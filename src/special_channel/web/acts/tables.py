"""Acts on people waiting for a second signature, as a file."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.acts import queries
from special_channel.web.shared.acts import ActFilters
from special_channel.web.shared.view import SizesView
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.list_files import (
    file_routes,
    filter_fact,
    list_extract,
    list_facts,
    wall_clock,
)

COLUMNS: Final = ("act", "entry_kind", "signed_by", "time", "lapses", "can_sign")


async def acts_extract(context: PageContext, query: ActFilters) -> Extract:
    """Make a table of the waiting acts of a filter that are open to the reader, in its order."""
    comma = ", " if context.lang == "en" else "、"
    label = context.t.label
    lines = [
        [
            act.title,
            label("kind", act.kind),
            comma.join(act.signed),
            wall_clock(context, act.begun),
            wall_clock(context, act.ends),
            comma.join(act.can),
        ]
        for act in await queries.waiting_details(context, query)
    ]
    counts = [
        filter_fact(context, (query.text, label("act-may", query.may) if query.may else "")),
        ("acts", str(len(lines))),
        ("times", label("capital", context.party)),
    ]
    facts = [
        *list_facts(context, SizesView(**context.sizes), counts),
        (label("extract", "internal"), label("people", "internal")),
    ]
    return list_extract(context, "acts", COLUMNS, lines, facts)


FILES: Final = file_routes("acts", ActFilters, acts_extract, at="/people/acts")
