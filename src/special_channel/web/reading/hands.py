"""Whose threads they are on the own side: the reader's, their unit's, or anybody's.

Does not look at the other side's hands, and leaves out nothing that is nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from special_channel.core.bytes.ids import KeyId
from special_channel.core.rows.threads import ThreadRow
from special_channel.web.pages.inbox import Scope
from special_channel.web.shell.context import Scene


async def fitting(
    scene: Scene, scope: Scope, rows: Sequence[ThreadRow]
) -> Callable[[ThreadRow], bool]:
    """Return what tells of these threads whether they are within a scope."""
    if scope == "all":
        return lambda _row: True
    ids = sorted({row.thread for row in rows})
    mine = await _own_keys(scene, scope)
    held = await scene.own.views.held(ids, scene.party, mine)

    def fits(row: ThreadRow) -> bool:
        if row.thread in held.threads:
            return row.thread in held.by_these
        return row.opening.party != scene.party or row.opening.by in mine

    return fits


async def _own_keys(scene: Scene, scope: Scope) -> frozenset[KeyId]:
    """Return the keys that count as the reader's: their own person's, or their unit's."""
    me = scene.reader
    if scope == "mine":
        mine = await scene.own.officials.keys_of(me.official.id) if me.official else ()
        return frozenset({me.key, *mine})
    keys = await scene.own.views.keys(None)
    return frozenset(
        key
        for key, row in keys.items()
        if row.party == scene.party and row.unit == me.row.unit and row.unit
    ) | {me.key}
