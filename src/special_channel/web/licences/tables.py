"""The list of licences as a file: a line for each control code."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.licences import queries
from special_channel.web.licences.queries import LicencesPageQuery
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.list_files import (
    MAX_ROWS,
    file_routes,
    filter_fact,
    list_extract,
    list_facts,
)

COLUMNS: Final = (
    "licence", "licence_kind", "standing", "valid_from", "valid_to", "control_code", "allowed",
    "drawn", "left", "unit", "quantity", "per", "customers",
)  # fmt: skip


async def licences_extract(context: PageContext, query: LicencesPageQuery) -> Extract:
    """Make a table of the licences that match a filter."""
    found = await queries.licences(context, query, 0, MAX_ROWS)
    label = context.t.label
    comma = ", " if context.lang == "en" else "、"
    lines = [
        [
            item.licence,
            label("licence", item.type),
            label("standing", item.standing),
            item.valid_from.isoformat(),
            item.valid_to.isoformat(),
            line.code,
            line.allowed,
            line.drawn,
            line.left,
            line.unit,
            label("quantity", line.basis),
            label("per", item.per),
            comma.join(item.customers),
        ]
        for item in found.items
        for line in item.lines
    ]
    standing = label("standing", query.standing) if query.standing else ""
    kind = label("licence", query.type) if query.type else ""
    until = f"– {query.until}" if query.until else ""
    facts = [
        filter_fact(context, (query.text, query.code, kind, standing, until)),
        ("licences", str(found.total)),
    ]
    return list_extract(context, "licences", COLUMNS, lines, list_facts(context, found, facts))


FILES: Final = file_routes("licences", LicencesPageQuery, licences_extract)
