"""Grants of access as a file, for overseers alone."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.access import queries
from special_channel.web.access.api import OVERSIGHT
from special_channel.web.access.views import AccessFilters, GrantAct, GrantView
from special_channel.web.access.words import scope_words
from special_channel.web.shared.view import SizesView
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.list_files import (
    file_routes,
    filter_fact,
    list_extract,
    list_facts,
    wall_clock,
)

COLUMNS: Final = (
    "grant", "grant_reader", "scope", "until", "purpose", "written_order", "grant_state",
    "ended_in", "signed_by",
)  # fmt: skip


async def access_extract(context: PageContext, query: AccessFilters) -> Extract:
    """Make a table of grants that match: in force, over, waiting, and not granted."""
    found = await queries.access_of(context, query)
    label = context.t.label
    lines = [_granted(context, each) for each in (*found.in_force, *found.past)]
    lines += [_act(context, each) for each in (*found.waiting, *found.closed)]
    state = label("access-state", query.state) if query.state else ""
    counts = [
        filter_fact(context, (query.text, state)),
        ("grants", str(len(lines))),
        ("times", label("capital", context.party)),
    ]
    facts = [
        *list_facts(context, SizesView(**context.sizes), counts),
        (label("extract", "internal"), label("extract", "internal-access")),
    ]
    return list_extract(context, "access", COLUMNS, lines, facts)


def _granted(context: PageContext, grant: GrantView) -> list[str]:
    state = context.t.label("access-state", grant.state)
    return [grant.position, *_terms(context, grant), state, grant.ended or "", ""]


def _act(context: PageContext, act: GrantAct) -> list[str]:
    comma = ", " if context.lang == "en" else "、"
    state = context.t.label("act-state", act.state)
    return ["", *_terms(context, act), state, "", comma.join(act.signed)]


def _terms(context: PageContext, grant: GrantView | GrantAct) -> list[str]:
    return [
        grant.reader.name,
        scope_words(grant.scope, context.lang, context.t),
        wall_clock(context, grant.until),
        grant.purpose,
        grant.order,
    ]


FILES: Final = file_routes("access", AccessFilters, access_extract, OVERSIGHT)
