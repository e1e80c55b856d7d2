"""A side's people for programs: JSON, and our side's people as a file.

Does not write files: `desk/extracts.py` does.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.desk.extracts import Extract
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.persons import journal, queries
from special_channel.web.persons.journal import JournalQuery
from special_channel.web.persons.queries import ChangesQuery, PeopleQuery
from special_channel.web.persons.views import Changes, Journal, PeopleView
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.directory import read_side
from special_channel.web.shell.directory_views import PersonItem
from special_channel.web.shell.frame import effect_text

_COLUMNS: Final = (
    *("number", "name", "title", "functions", "roles", "keys", "suspended", "state"),
    *("state_code", "doubt"),
)


@operation(Operation("Find people of a side"))
async def get_people(request: web.Request, query: PeopleQuery) -> PeopleView:
    """Return persons with functions and keys, machines and roots; names of our side alone."""
    context = await page_context(request)
    party = query.party or context.party
    return await queries.people(context, party, query, query.offset, query.size)


@operation(Operation("Read changes of a side's directory"))
async def get_changes(request: web.Request, query: ChangesQuery) -> Changes:
    """Return changes of persons, functions, keys and roots, newest first."""
    context = await page_context(request)
    side = await read_side(context, query.party or context.party, named=False)
    return await queries.changes(side, query.offset, query.size)


@operation(Operation("Read our side's journal of acts on people", query=JournalQuery))
async def get_journal(request: web.Request, query: JournalQuery) -> Journal:
    """Return matching lines of the journal; for registrars, leaders and oversight."""
    context = await page_context(request, *journal.KEEPERS)
    side = await read_side(context, context.party)
    return await journal.journal(side, query, query.offset, query.size)


def extract(context: PageContext, view: PeopleView) -> Extract:
    """Make the table of our side's people in the reader's language."""
    label = context.t.label
    facts = [
        (label("extract", "as_of_entries"), ", ".join(view.up_to)),
        (label("people", "persons"), str(view.total)),
        (label("extract", "internal"), label("people", "internal")),
    ]
    return Extract(
        title=label("page", "people"),
        about=label("extract", "about"),
        columns=[(code, label("people", code)) for code in _COLUMNS],
        lines=[_line(context, item) for item in view.items],
        facts=facts,
        effect=effect_text(context),
        up_to=", ".join(view.up_to),
        numbers=frozenset({"number", "keys", "suspended"}),
    )


def _line(context: PageContext, item: PersonItem) -> list[str]:
    label, comma = context.t.label, "、" if context.lang == "zh-CN" else ", "
    held = [each for each in item.functions if each.ended is None]
    return [
        str(item.number),
        item.name or "",
        item.title,
        comma.join(f"{label('role', each.role)} ({each.title})" for each in held),
        " ".join(each.role for each in held),
        str(item.kept),
        str(item.stopped),
        label("person-state", item.state),
        item.state,
        item.doubt or "",
    ]


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/people", get_people),
    ("GET", "/api/people/changes", get_changes),
    ("GET", "/api/people/journal", get_journal),
)
