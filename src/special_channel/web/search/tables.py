"""Hits of a search as a file. The words that were searched for are not written into it."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.search import queries
from special_channel.web.search.queries import SearchQuery
from special_channel.web.search.views import FoundText
from special_channel.web.shared.query import MAX_LIMIT
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

MOST: Final = 1_000
"""Hits of a file: more is no search but a copy of the record, which an export is for."""

COLUMNS: Final = (
    "found_kind", "number_found", "thread", "subject", "translation", "side", "signer", "time",
    "match", "excerpt",
)  # fmt: skip


async def hits_extract(context: PageContext, query: SearchQuery) -> Extract:
    """Make a table of hits, exact ones first, up to `MOST`.

    Raises:
        Malformed: `request-malformed`.
        NotFound: `batch-unknown`.
    """
    items: list[FoundText] = []
    page, more = query, True
    while more and len(items) < MOST:
        found = await queries.search(context, page, MAX_LIMIT)
        items += found.items
        more = found.after is not None
        page = query.model_copy(update={"after": found.after or ""})
    label = context.t.label
    count = f"{len(items[:MOST])}+" if more else str(len(items))
    facts = [("hits", count), ("times", label("capital", context.party))]
    view = SizesView(**context.sizes)
    lines = [_line(context, item) for item in items[:MOST]]
    return list_extract(context, "search", COLUMNS, lines, list_facts(context, view, facts))


def _line(context: PageContext, item: FoundText) -> list[str]:
    label, author = context.t.label, item.author
    gap = " … "
    texts = ("".join(run.text for run in each.runs) for each in item.told)
    desk = author.desk.first(context.lang).text if author else ""
    return [
        label("found", item.kind),
        numbered(context, item.number),
        numbered(context, item.thread) if item.thread else "",
        *(both_titles(item.title) if item.title else ("", "")),
        label("side", item.side) if item.side else "",
        (author.name or desk) if author else "",
        wall_clock(context, item.at),
        label("found", "as-near" if item.near else "as-typed"),
        gap.join(texts),
    ]


FILES: Final = file_routes("search", SearchQuery, hits_extract)
