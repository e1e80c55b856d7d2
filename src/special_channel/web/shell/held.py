"""Filter threads by who of our side holds them, and by the reader's own labels."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Annotated, Final

from pydantic import Field

from special_channel.core.bytes.ids import PersonId, ThreadId
from special_channel.stores.thread_views import ThreadFilter
from special_channel.web.shared.query import Query, Text
from special_channel.web.shell.colleagues import colleagues
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.marks import labelled

NOBODY: Final = "-"
"""Desk and person of threads of nobody in a filter: no charter gives a desk this code."""


class HeldFilters(Query):
    """Filters of threads by who holds them, and by the reader's labels; empty ones match all.

    Attributes:
        desk: Code of our desk that holds the thread; `-`: threads of nobody.
        holder: Number of the person to whom the thread is assigned; `-`: nobody.
        label: A label of the reader.
    """

    desk: Text = ""
    holder: Annotated[str, Field(pattern="^(-|[1-9][0-9]{0,8})?$")] = ""
    label: Text = ""

    @property
    def held(self) -> dict[str, str]:
        """The chosen filters by name."""
        chosen = {"desk": self.desk, "holder": self.holder, "label": self.label}
        return {name: value for name, value in chosen.items() if value}


async def held_filter(context: PageContext, query: HeldFilters) -> ThreadFilter:
    """Return the filter of the store by who holds threads, and by the reader's labels."""
    return ThreadFilter(
        holder=await _person(context, query.holder) if query.holder else None,
        desk=("" if query.desk == NOBODY else query.desk) if query.desk else None,
        party=context.party,
        among=tuple(await labelled(context, query.label)) if query.label else None,
    )


async def chosen(
    context: PageContext, query: HeldFilters, ids: Collection[ThreadId]
) -> Collection[ThreadId]:
    """Return which of some threads match the filters."""
    if not query.held or not ids:
        return ids
    wanted = await held_filter(context, query)
    among = {*ids} if wanted.among is None else {*ids} & {*wanted.among}
    rows = await context.own.stores.views.threads(replace(wanted, among=tuple(among)), len(ids))
    return {row.thread for row in rows}


async def _person(context: PageContext, number: str) -> PersonId:
    """Return the pseudonym of a person of our side; empty for nobody, `NOBODY` for unknown ones."""
    if number == NOBODY:
        return ""
    staff = (await colleagues(context)).values()
    return next((one.person for one in staff if one.number == int(number)), NOBODY)
