"""Whose threads they are on the own side: the reader's, their unit's, or anybody's.

Does not look at the other side's hands, and leaves out nothing that is nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from special_channel.core.bytes.ids import KeyId
from special_channel.core.rows.threads import ThreadRow
from special_channel.web.pages.inbox import Scope
from special_channel.web.shell.context import PageContext


async def fitting(
    context: PageContext, scope: Scope, rows: Sequence[ThreadRow]
) -> Callable[[ThreadRow], bool]:
    """Return what tells of these threads whether they are within a scope."""
    if scope == "all":
        return lambda _row: True
    ids = sorted({row.thread for row in rows})
    mine = await _own_keys(context, scope)
    held = await context.own.views.held(ids, context.party, mine)

    def fits(row: ThreadRow) -> bool:
        if row.thread in held.threads:
            return row.thread in held.by_these
        return row.opening.party != context.party or row.opening.by in mine

    return fits


async def _own_keys(context: PageContext, scope: Scope) -> frozenset[KeyId]:
    """Return the keys that count as the reader's: their own person's, or their unit's."""
    me = context.reader
    if scope == "mine":
        mine = await context.own.officials.keys_of(me.official.id) if me.official else ()
        return frozenset({me.key, *mine})
    keys = await context.own.views.keys(None)
    return frozenset(
        key
        for key, row in keys.items()
        if row.party == context.party and row.unit == me.row.unit and row.unit
    ) | {me.key}
