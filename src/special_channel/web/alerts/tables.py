"""The history of alerts as a file."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.alerts import queries
from special_channel.web.alerts.queries import AlertsQuery
from special_channel.web.alerts.views import AlertView
from special_channel.web.shared.view import SizesView
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.list_files import (
    MAX_ROWS,
    days_words,
    file_routes,
    filter_fact,
    list_extract,
    list_facts,
    wall_clock,
)

COLUMNS: Final = (
    "made", "questions", "due", "alert", "recipient_role", "recipient", "channel", "alert_state",
    "closed", "taken_over_by", "taken_over_at",
)  # fmt: skip


async def alerts_extract(context: PageContext, query: AlertsQuery) -> Extract:
    """Make a table of alerts to all or to the reader."""
    items = await queries.first(context, query, MAX_ROWS)
    label = context.t.label
    state = label("alert-state", query.state) if query.state else ""
    facts = [
        filter_fact(context, (label("alert-show", query.show), state, days_words(query))),
        ("alerts", str(len(items))),
        ("times", label("capital", context.party)),
    ]
    view = SizesView(**context.sizes)
    lines = [_line(context, item) for item in items]
    return list_extract(context, "alerts", COLUMNS, lines, list_facts(context, view, facts))


def _line(context: PageContext, item: AlertView) -> list[str]:
    label = context.t.label
    comma = ", " if context.lang == "en" else "、"
    asked = item.listed or ((item.number,) if item.number else ())
    names = (name for name, _ in item.acknowledged)
    times = (wall_clock(context, at) for _, at in item.acknowledged)
    return [
        wall_clock(context, item.made_at),
        comma.join(numbered(context, each) for each in asked),
        wall_clock(context, item.due),
        _what(context, item),
        label("role", item.role) if item.role else "",
        item.name,
        label("channel", item.channel),
        label("alert-state", item.state),
        wall_clock(context, item.closed_at),
        comma.join(names),
        comma.join(times),
    ]


def _what(context: PageContext, item: AlertView) -> str:
    """Say what an alert is, as the page does."""
    t = context.t
    if item.kind == "digest":
        one, many = "%(num)s question in one message", "%(num)s questions in one message"
        return t.ngettext(one, many, len(item.listed))
    if item.share is not None:
        words = "Warning before the date: %(share)s%% of the time has passed"
        return t.gettext(words, share=item.share)
    return t.gettext(
        "Step %(number)s: %(office)s", number=item.step, office=item.office(context.lang)
    )


FILES: Final = file_routes("alerts", AlertsQuery, alerts_extract)
