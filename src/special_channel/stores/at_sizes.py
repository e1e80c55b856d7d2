"""What was counted over both shared logs and the kept columns, kept until an entry comes.

Only for what follows from these alone and takes long to count again: never for texts, which are
erased in place, and never for what a node writes beside its logs.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, cast

from special_channel.stores.sessions import Pool
from special_channel.stores.shown import ShownRows, shown

_R = TypeVar("_R")

_SIZES: Final = (
    "SELECT (SELECT size FROM record.heads WHERE log = 'eu'),"
    " (SELECT size FROM record.heads WHERE log = 'cn'),"
    " (SELECT max(xmin::text::bigint) FROM private.columns_kept)"
)


class AtSizes:
    """Results by what was asked, at the sizes of both logs and the last write of kept columns.

    An order that reaches the columns leaves their list's place as it is, so the writing
    transaction counts, not the place. The last asked for stay longest.

    What is read may be newer than the sizes, never older: the sizes are asked for first. Other
    processes write as well, so each asking looks at the sizes; that takes a tenth of what it
    saves, or less.
    """

    def __init__(self, pool: Pool | ShownRows, most: int = 64) -> None:
        self._pool = shown(pool)
        self._most = most
        self._held: OrderedDict[tuple[object, ...], object] = OrderedDict()

    async def get(self, asked: tuple[object, ...], read: Callable[[], Awaitable[_R]]) -> _R:
        """Return what was read at these sizes, or read it now."""
        sizes = await self._pool.pool.fetchrow(_SIZES)
        # What was counted with a row that is now known to be damaged is counted again.
        key = (*(sizes or ()), self._pool.hidden(), *asked)
        if key in self._held:
            self._held.move_to_end(key)
            return cast(_R, self._held[key])
        made = await read()
        self._held[key] = made
        while len(self._held) > self._most:
            self._held.popitem(last=False)
        return made
