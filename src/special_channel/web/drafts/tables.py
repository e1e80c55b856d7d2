"""The reader's drafts as a file, with their first words; nobody else's."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.drafts import queries
from special_channel.web.drafts.views import DraftFilters
from special_channel.web.shared.view import SizesView
from special_channel.web.shell.context import OFFICIALS, PageContext
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.list_files import (
    both_titles,
    file_routes,
    filter_fact,
    list_extract,
    list_facts,
    wall_clock,
)

COLUMNS: Final = (
    "draft", "about_number", "subject", "translation", "answered_questions", "first_words", "saved",
    "unsent",
)  # fmt: skip


async def drafts_extract(context: PageContext, query: DraftFilters) -> Extract:
    """Make a table of the reader's drafts that match."""
    found = await queries.draft_list(context, query)
    label = context.t.label
    comma = ", " if context.lang == "en" else "、"
    lines = [
        [
            label("draft-form", item.form),
            numbered(context, item.number) if item.number else "",
            *(both_titles(item.title) if item.title else ("", "")),
            comma.join(numbered(context, each) for each in item.answers),
            item.words.text if item.words else "",
            wall_clock(context, item.at),
            label("extract", "signed_not_sent") if item.held else "",
        ]
        for item in found.items
    ]
    form = label("draft-form", query.form) if query.form else ""
    facts = [
        filter_fact(context, (form, query.text)),
        ("drafts", str(len(lines))),
        ("times", label("capital", context.party)),
    ]
    view = SizesView(**context.sizes)
    return list_extract(context, "drafts", COLUMNS, lines, list_facts(context, view, facts))


FILES: Final = file_routes("drafts", DraftFilters, drafts_extract, *OFFICIALS)
