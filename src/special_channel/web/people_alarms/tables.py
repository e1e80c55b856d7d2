"""Alarms about acts on people as a file."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.desk.people_alarms import LOOKERS
from special_channel.messages.catalogue import sentence
from special_channel.web.people_alarms.queries import alarms
from special_channel.web.people_alarms.views import AlarmFilters
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

COLUMNS: Final = ("time", "entry", "alarm", "to_do")


async def alarms_extract(context: PageContext, query: AlarmFilters) -> Extract:
    """Make a table of the open alarms of a filter, in its order."""
    found = await alarms(context.own.alerts, context.reader, context.lang, query)
    lines = [
        [
            wall_clock(context, each.at),
            numbered(context, each.position),
            each.words,
            sentence(each.code, context.lang).next_step,
        ]
        for each in found.alarms
    ]
    label = context.t.label
    counts = [
        filter_fact(context, (query.text, label("looks", query.who) if query.who else "")),
        ("alarms", str(len(lines))),
        ("times", label("capital", context.party)),
    ]
    facts = list_facts(context, SizesView(**context.sizes), counts)
    return list_extract(context, "alarms", COLUMNS, lines, facts)


FILES: Final = file_routes("alarms", AlarmFilters, alarms_extract, *LOOKERS)
