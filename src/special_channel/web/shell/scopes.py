"""Filter threads by scope: the reader's, their unit's, or all of our side.

The reader's are threads assigned to the reader, threads that the reader opened or wrote in, and
threads of the other side without a holder or a note of our side: the other side asks everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

from special_channel.core.bytes.ids import KeyId
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.stores.thread_views import HeldBy
from special_channel.web.shell.context import PageContext

Scope = Literal["mine", "unit", "all"]
"""`mine`: assigned to the reader, written by the reader, or asked of everybody."""

SCOPES: Final[tuple[Scope, ...]] = ("mine", "unit", "all")


async def fitting(
    context: PageContext, scope: Scope, rows: Sequence[ThreadRow]
) -> Callable[[ThreadRow], bool]:
    """Return a predicate that tells whether a thread is within a scope."""
    if scope == "all":
        return lambda _row: True
    ids = sorted({row.thread for row in rows})
    mine = _own_keys(context, scope)
    handled = await context.own.stores.views.held(ids, context.party, mine)

    def fits(row: ThreadRow) -> bool:
        if row.thread in handled.threads:
            return row.thread in handled.by_these
        return row.opening.party != context.party

    return fits


async def asked_within(
    context: PageContext, scope: Scope, rows: Sequence[QuestionRow]
) -> Sequence[QuestionRow]:
    """Return the questions in threads within a scope."""
    if scope == "all":
        return rows
    views = context.own.stores.views
    threads = await views.threads_by_id(sorted({row.thread for row in rows}))
    fits = await fitting(context, scope, [*threads.values()])
    return [row for row in rows if row.thread in threads and fits(threads[row.thread])]


def held_by(context: PageContext, scope: Scope) -> HeldBy | None:
    """Return the keys by which the store filters threads as `fitting` does; None for all."""
    return None if scope == "all" else HeldBy(context.party, _own_keys(context, scope))


def _own_keys(context: PageContext, scope: Scope) -> frozenset[KeyId]:
    """Return the keys of the reader, or of their units."""
    me, directory = context.reader, context.directory
    if scope == "mine":
        person = directory.persons.get((context.party, me.row.person))
        return frozenset({me.key, *(person.keys if person else ())})
    # A stand-in's unit is the absent person's as well.
    units = {grant.unit for grant in me.row.functions_now} - {""}
    return frozenset(
        key
        for key, row in directory.keys.items()
        if row.party == context.party and row.unit in units
    ) | {me.key}
