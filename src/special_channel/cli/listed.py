"""`special-channel by-country`: listed applications by our private columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from special_channel.cli import options
from special_channel.cli.command import Choice, option
from special_channel.cli.remote import Call
from special_channel.cli.tables import Item, Reader, Section, Table, text
from special_channel.messages.catalogue import catalogue
from special_channel.web.listed.views import COLUMNS


async def _named_groups(call: Call, answer: Item) -> Item:
    """Write the name of each group in the reader's language."""
    t = catalogue(call.out.lang)
    for grouping in answer["groupings"]:
        column = str(grouping["column"])
        for line in grouping["lines"]:
            line["name"] = t.gettext("not stated in the list")
            if code := str(line["value"]):
                line["name"] = code if column == "member_state" else t.label(column, code)
    return answer


def _grouping(reader: Reader, grouping: Item) -> Iterator[str]:
    yield f"\n{catalogue(reader.out.lang).label('kept', grouping['column'])}"


_GROUPS: Final = {
    "approved": "approved",
    "pending": "not_decided",
    "refused": "refused",
    "over": "ended_otherwise",
    "unstated": "no_state_stated",
}
"""Headings of the counts by group of states (`web/shared/states.py`)."""

by_country = Table(
    path="/api/fairness",
    help="Count listed applications by country, sector and size of firm, from our private columns;"
    " on the EU's node alone.",
    items="",
    sections=(
        Section(
            _grouping,
            each="groupings",
            items="lines",
            columns=(
                text("group", "name"),
                text("applications", "total"),
                *(text(heading, f"counts.{name}") for name, heading in _GROUPS.items()),
                text("priority_asked", "asked"),
                text("priority_granted", "granted"),
            ),
        ),
    ),
    complete=_named_groups,
    filters=(
        option("--by", "Count by this column alone.", Choice(*COLUMNS)),
        options.TEXT,
        option(
            "--sort",
            "List groups by name, or those with the most applications without decision first.",
            Choice("name", "pending"),
        ),
    ),
).alone()
