"""Filter threads by scope: the reader's, their unit's, or all of our side.

Threads without an official on our side are in every scope.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from special_channel.core.bytes.ids import KeyId
from special_channel.core.rows.threads import ThreadRow
from special_channel.web.shell.context import PageContext

Scope = Literal["mine", "unit", "all"]


async def fitting(
    context: PageContext, scope: Scope, rows: Sequence[ThreadRow]
) -> Callable[[ThreadRow], bool]:
    """Return a predicate that tells whether a thread is within a scope."""
    if scope == "all":
        return lambda _row: True
    ids = sorted({row.thread for row in rows})
    mine = await _own_keys(context, scope)
    handled = await context.own.stores.views.held(ids, context.party, mine)

    def fits(row: ThreadRow) -> bool:
        if row.thread in handled.threads:
            return row.thread in handled.by_these
        return row.opening.party != context.party or row.opening.by in mine

    return fits


async def _own_keys(context: PageContext, scope: Scope) -> frozenset[KeyId]:
    """Return the keys of the reader, or of their units."""
    me = context.reader
    if scope == "mine":
        mine = await context.own.desk.officials.keys_of(me.official.id) if me.official else ()
        return frozenset({me.key, *mine})
    keys = await context.own.stores.views.keys(None)
    # A stand-in's unit is the absent person's as well.
    units = {grant.unit for grant in me.row.functions_now} - {""}
    return frozenset(
        key for key, row in keys.items() if row.party == context.party and row.unit in units
    ) | {me.key}
