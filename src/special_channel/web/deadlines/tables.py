"""Due times of questions as a file."""

from __future__ import annotations

from typing import Final

from special_channel.core.bytes.ids import Position
from special_channel.core.bytes.times import instant
from special_channel.desk.extracts import Extract
from special_channel.web.deadlines import queries
from special_channel.web.deadlines.views import DeadlinesQuery
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.silence import line
from special_channel.web.shared.view import SizesView
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.list_files import (
    both_titles,
    file_routes,
    list_extract,
    list_facts,
    wall_clock,
)
from special_channel.web.shell.questions import last_heard_of
from special_channel.web.shell.threads import subjects

COLUMNS: Final = (
    "question", "thread", "subject", "translation", "weekly_list", "answering", "due", "first_due",
    "basis", "question_state", "answered_in",
)  # fmt: skip


async def deadlines_extract(context: PageContext, query: DeadlinesQuery) -> Extract:
    """Make a table of the questions that match a filter, nearest first."""
    found = await queries.matching(context, query)
    rows = [each.row for each in found.questions]
    titles = await subjects(context, [each.thread for each in found.questions])
    heard = await last_heard_of(context, rows)
    label = context.t.label
    lines = []
    for each in found.questions:
        row, batch = each.row, found.refs.get(each.thread.opening.batch)
        answer = Position(row.answering, row.answer.index) if row.answer else None
        lines.append(
            [
                numbered(context, ask_number(row)),
                numbered(context, str(each.thread.position)),
                *both_titles(titles.title(each.thread)),
                batch.name if batch else "",
                label("side", row.answering),
                wall_clock(context, each.due.at),
                wall_clock(context, instant(row.first_due)) if row.moves else "",
                label("basis", row.moves[-1].basis) if row.moves else "",
                line(row.outcome(), each.due, heard.at(row), context),
                numbered(context, str(answer)) if answer else "",
            ]
        )
    facts = [
        ("filter", label("deadline-state", query.state or "awaited")),
        ("questions", str(len(lines))),
        ("times", label("capital", context.party)),
    ]
    view = SizesView(**context.sizes)
    return list_extract(context, "deadlines", COLUMNS, lines, list_facts(context, view, facts))


FILES: Final = file_routes("deadlines", DeadlinesQuery, deadlines_extract)
