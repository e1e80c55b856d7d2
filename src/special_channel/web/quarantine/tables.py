"""Quarantined files as a list: finds, and who asked for a file. Never the bytes."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.desk.people_alarms import LOOKERS
from special_channel.web.quarantine import queries
from special_channel.web.quarantine.views import QuarantinedFile, QuarantineFilters
from special_channel.web.shared.view import SizesView
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.list_files import (
    file_routes,
    filter_fact,
    list_extract,
    list_facts,
    wall_clock,
)

COLUMNS: Final = (
    "file_name", "entry", "find", "active_content", "scanner", "signatures", "found_at",
    "looked_into", "asked_by", "agreed_by",
)  # fmt: skip


async def quarantine_extract(context: PageContext, query: QuarantineFilters) -> Extract:
    """Make a table of the quarantined files of a filter, in its order."""
    found = await queries.quarantine(context, query)
    lines = [_line(context, each) for each in found.files]
    label = context.t.label
    counts = [
        filter_fact(context, (query.text, label("look", query.look) if query.look else "")),
        ("files", str(len(lines))),
        ("times", label("capital", context.party)),
    ]
    facts = list_facts(context, SizesView(**context.sizes), counts)
    return list_extract(context, "quarantine", COLUMNS, lines, facts)


def _line(context: PageContext, file: QuarantinedFile) -> list[str]:
    comma = ", " if context.lang == "en" else "、"
    agreed = dict.fromkeys(each.second for each in file.requests if each.second)
    return [
        file.name,
        numbered(context, file.position) if file.position else "",
        file.threat,
        comma.join(context.t.label("active", name) for name in file.active),
        file.engine,
        file.dated.isoformat() if file.dated else file.signatures,
        wall_clock(context, file.at),
        wall_clock(context, file.taken),
        comma.join(dict.fromkeys(each.name for each in file.requests)),
        comma.join(agreed),
    ]


FILES: Final = file_routes("quarantine", QuarantineFilters, quarantine_extract, *LOOKERS)
