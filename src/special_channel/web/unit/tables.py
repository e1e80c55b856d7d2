"""Open threads of our side with whom they are with, as a file."""

from __future__ import annotations

from typing import Final

from special_channel.core.rules.roles import HEADS
from special_channel.desk.extracts import Extract
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.list_files import (
    MAX_ROWS,
    both_titles,
    file_routes,
    list_extract,
    list_facts,
    wall_clock,
)
from special_channel.web.unit import queries
from special_channel.web.unit.views import UnitQuery

COLUMNS: Final = (
    "thread", "subject", "translation", "desk", "holder", "opened", "working_days_open",
    "question", "due", "question_state",
)  # fmt: skip


async def unit_extract(context: PageContext, query: UnitQuery) -> Extract:
    """Make a table of the open threads of a filter, in its order.

    Raises:
        Malformed: `date-malformed`.
    """
    found = await queries.unit(context, query.model_copy(update={"page": 1}), MAX_ROWS)
    lines = [
        [
            numbered(context, each.number),
            *both_titles(each.title),
            each.desk_title.first(context.lang).text if each.desk_title else "",
            each.holder.name if each.holder else "",
            each.opened.isoformat(),
            str(each.working_days),
            numbered(context, each.question) if each.question else "",
            wall_clock(context, each.due.at if each.due else None),
            each.state,
        ]
        for each in found.items
    ]
    label = context.t.label
    facts = [("threads", str(found.total)), ("times", label("capital", context.party))]
    return list_extract(context, "unit", COLUMNS, lines, list_facts(context, found, facts))


FILES: Final = file_routes("unit", UnitQuery, unit_extract, *HEADS)
