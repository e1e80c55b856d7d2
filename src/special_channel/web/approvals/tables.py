"""Drafts that wait for release as a file: what each is and whose turn it is, without its text."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.approvals import queries
from special_channel.web.approvals.views import DraftItem
from special_channel.web.shared.query import PageQuery
from special_channel.web.shared.view import SizesView
from special_channel.web.shell.context import OFFICIALS, REGISTRAR, PageContext
from special_channel.web.shell.list_files import file_routes, list_extract, list_facts, wall_clock

COLUMNS: Final = (
    "draft", "subject", "author", "sent", "rows", "line_stops", "releasers", "step", "step_by",
)  # fmt: skip


async def releases_extract(context: PageContext, _query: PageQuery) -> Extract:
    """Make a table of the drafts that wait for release, the oldest first."""
    drafts = await queries.waiting(context)
    facts = [("drafts", str(len(drafts))), ("times", context.t.label("capital", context.party))]
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


FILES: Final = file_routes("clearances", PageQuery, releases_extract, *OFFICIALS, REGISTRAR)
