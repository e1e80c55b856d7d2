"""Requests for priority as a file: a line for each, with the counts of the page."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.priority import queries
from special_channel.web.priority.views import PrioritiesPageQuery
from special_channel.web.shell.context import PageContext
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

COLUMNS: Final = ("request", "requested", "reason", "rows", "unanswered", "granted")


async def priorities_extract(context: PageContext, query: PrioritiesPageQuery) -> Extract:
    """Make a table of the matching requests."""
    found = await queries.priorities(context, query, 0, MAX_ROWS)
    label = context.t.label
    lines = [
        [
            numbered(context, item.position),
            wall_clock(context, item.asked_at),
            label("priority-reason", item.reason),
            str(item.applications),
            str(item.open),
            str(item.granted),
        ]
        for item in found.items
    ]
    reason = label("priority-reason", query.reason) if query.reason else ""
    state = label("priority-state", query.state) if query.state else ""
    facts = [
        filter_fact(context, (query.text, reason, state, days_words(query))),
        ("requests", str(found.total)),
        ("times", label("capital", context.party)),
    ]
    return list_extract(context, "priority", COLUMNS, lines, list_facts(context, found, facts))


FILES: Final = file_routes("priority", PrioritiesPageQuery, priorities_extract)
