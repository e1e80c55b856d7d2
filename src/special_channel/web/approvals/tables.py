"""Write a file of the drafts waiting for release: kind of draft and turn, without texts."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.approvals import queries
from special_channel.web.approvals.views import DraftItem, ReleaseFilters
from special_channel.web.shared.view import SizesView
from special_channel.web.shell.context import OFFICIALS, REGISTRAR, PageContext
from special_channel.web.shell.list_files import (
    file_routes,
    filter_fact,
    list_extract,
    list_facts,
    wall_clock,
)

COLUMNS: Final = (
    "draft", "subject", "author", "sent", "rows", "line_stops", "releasers", "step", "step_by",
)  # fmt: skip


async def releases_extract(context: PageContext, query: ReleaseFilters) -> Extract:
    """Make a table of the drafts waiting for release that match a filter."""
    drafts = await queries.waiting(context, query)
    label = context.t.label
    kind = label("kind", query.kind) if query.kind else ""
    turn = label("release-turn", query.turn) if query.turn else ""
    facts = [
        filter_fact(context, (kind, turn)),
        ("drafts", str(len(drafts))),
        ("times", label("capital", context.party)),
    ]
    view = SizesView(**context.sizes)
    lines = [_line(context, draft) for draft in drafts]
    return list_extract(context, "clearance", COLUMNS, lines, list_facts(context, view, facts))


def _line(context: PageContext, draft: DraftItem) -> list[str]:
    label, author, route = context.t.label, draft.author, draft.route
    comma = ", " if context.lang == "en" else "、"
    desk = author.desk.first(context.lang).text
    whose = route.whose if route else tuple(label("role", role) for role in draft.releasers)
    return [
        label("kind", draft.kind),
        draft.title.first(context.lang).text if draft.title else "",
        author.name or desk,
        wall_clock(context, draft.drafted_at),
        str(draft.rows) if draft.rows else "",
        str(draft.stops) if draft.stops else "",
        comma.join(whose),
        f"{route.step} / {route.of}" if route else "",
        wall_clock(context, route.by if route else None),
    ]


FILES: Final = file_routes("clearances", ReleaseFilters, releases_extract, *OFFICIALS, REGISTRAR)
