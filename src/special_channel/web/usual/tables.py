"""The reader's templates as a file, with their texts in both languages."""

from __future__ import annotations

from typing import Final

from special_channel.core.bytes.times import instant
from special_channel.desk.extracts import Extract
from special_channel.web.shared.view import SizesView
from special_channel.web.shell.context import OFFICIALS, PageContext
from special_channel.web.shell.list_files import (
    file_routes,
    filter_fact,
    list_extract,
    list_facts,
    wall_clock,
)
from special_channel.web.usual import queries
from special_channel.web.usual.views import TemplateFilters

COLUMNS: Final = (
    "template", "template_kind", "keeper", "english_text", "chinese_text", "last_used",
)  # fmt: skip


async def templates_extract(context: PageContext, query: TemplateFilters) -> Extract:
    """Make a table of the reader's templates that match, in the order of the page."""
    found = await queries.listed(context, query)
    t = context.t
    lines = [
        [
            item.title,
            t.label("template-kind", item.kind),
            t.gettext("kept by your desk") if item.kept else t.gettext("of our side"),
            item.en,
            item.zh,
            wall_clock(context, instant(item.used) if item.used else None),
        ]
        for item in found.items
    ]
    kind = t.label("template-kind", query.kind) if query.kind else ""
    keeper = t.label("template-keeper", query.keeper) if query.keeper else ""
    facts = [
        filter_fact(context, (kind, query.text, keeper)),
        ("templates", str(len(lines))),
        ("times", t.label("capital", context.party)),
    ]
    view = SizesView(**context.sizes)
    return list_extract(context, "templates", COLUMNS, lines, list_facts(context, view, facts))


FILES: Final = file_routes("templates", TemplateFilters, templates_extract, *OFFICIALS)
