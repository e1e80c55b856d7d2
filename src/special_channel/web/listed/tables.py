"""Listed applications by country, sector and size of firm as a file: a line for each group."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.listed import queries
from special_channel.web.listed.views import GroupLine
from special_channel.web.shared.query import Query
from special_channel.web.shared.states import GROUPS
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.list_files import file_routes, list_extract, list_facts

_COUNTS: Final = ("rows", *(f"state-{name}" for name in GROUPS), "priority_asked", "granted")


async def listed_extract(context: PageContext, _query: Query) -> Extract:
    """Make a table of the groups by each private column, in order of their names.

    Raises:
        NotFound: `not-found` on CN's node, which has no private columns.
    """
    view = await queries.listed(context)
    t = context.t
    lines = [
        [t.label("kept", grouping.column), _group(context, grouping.column, line), *_counts(line)]
        for grouping in view.groupings
        for line in grouping.lines
    ]
    facts = [
        *list_facts(context, view, ()),
        (t.label("extract", "internal"), t.label("extract", "internal-codes")),
    ]
    columns = ("grouping", "group", *_COUNTS)
    # The whole name is longer than a sheet's may be.
    made = list_extract(context, "fairness-short", columns, lines, facts)
    return replace(made, numbers=frozenset(_COUNTS))


def _group(context: PageContext, column: str, line: GroupLine) -> str:
    if not line.value:
        return context.t.gettext("not stated in the list")
    return line.value if column == "member_state" else context.t.label(column, line.value)


def _counts(line: GroupLine) -> list[str]:
    return [str(count) for count in (line.total, *line.counts.values(), line.asked, line.granted)]


FILES: Final = file_routes("fairness", Query, listed_extract)
