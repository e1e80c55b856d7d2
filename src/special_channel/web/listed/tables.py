"""Listed applications by country, sector and size of firm as a file: a line for each group."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.listed import queries
from special_channel.web.listed.views import GroupLine, ListedFilters
from special_channel.web.shared.states import GROUPS
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.list_files import (
    file_routes,
    filter_fact,
    list_extract,
    list_facts,
)

_COUNTS: Final = ("rows", *(f"state-{name}" for name in GROUPS), "priority_asked", "granted")


async def listed_extract(context: PageContext, query: ListedFilters) -> Extract:
    """Make a table of the groups by each private column that match a filter, in its order.

    Raises:
        NotFound: `not-found` on CN's node, which has no private columns.
    """
    view = await queries.listed(context, query)
    t = context.t
    lines = [
        [
            t.label("kept", grouping.column),
            queries.group_name(context, grouping.column, line.value),
            *_counts(line),
        ]
        for grouping in view.groupings
        for line in grouping.lines
    ]
    by = t.label("kept", query.by) if query.by else ""
    facts = [
        *list_facts(context, view, [filter_fact(context, (by, query.text))]),
        (t.label("extract", "internal"), t.label("extract", "internal-codes")),
    ]
    columns = ("grouping", "group", *_COUNTS)
    # The whole name is longer than a sheet's may be.
    made = list_extract(context, "fairness-short", columns, lines, facts)
    return replace(made, numbers=frozenset(_COUNTS))


def _counts(line: GroupLine) -> list[str]:
    return [str(count) for count in (line.total, *line.counts.values(), line.asked, line.granted)]


FILES: Final = file_routes("fairness", ListedFilters, listed_extract)
