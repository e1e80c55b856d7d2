"""Cache of counts over both shared logs and the kept columns, valid until either changes.

Only for slow counts that depend on the logs and kept columns alone. Never for texts, which are
erased in place, not in keys either; and never for data that a node stores outside its logs. A part
that comes late changes no count: rows wait for the `data` of an entry (`link/checking.py`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, cast

from special_channel.stores.database_errors import database_errors
from special_channel.stores.shown import ShownRows

_R = TypeVar("_R")

# A size alone does not tell an end that was lost and came back equally long (`kept.py`). Of the
# kept columns the writing transaction counts, not the index: an erasure order changes columns
# without a new index.
_SIZES: Final = (
    "SELECT (SELECT (size, frontier)::text FROM record.heads WHERE log = 'eu'),"
    " (SELECT (size, frontier)::text FROM record.heads WHERE log = 'cn'),"
    " (SELECT max(xmin::text::bigint) FROM private.columns_kept)"
)


class SizeCache:
    """LRU cache; keys contain both logs' sizes and trees and the last write of kept columns.

    A cached result may be newer than its sizes, never older: the sizes are read first. Each
    lookup reads the sizes, because other processes write as well; the query takes at most a
    tenth of the saved time.
    """

    def __init__(self, pool: ShownRows, most: int = 64) -> None:
        self._pool = pool
        self._most = most
        self._results: OrderedDict[tuple[object, ...], object] = OrderedDict()

    async def get(self, query: tuple[object, ...], read: Callable[[], Awaitable[_R]]) -> _R:
        """Return the cached result of a query at the present sizes, or call `read` and cache."""
        with database_errors():
            sizes = await self._pool.pool.fetchrow(_SIZES)
        # Hidden rows are part of the key: counts that include a damaged row are counted again.
        key = (*(sizes or ()), self._pool.hidden(), *query)
        if key in self._results:
            self._results.move_to_end(key)
            return cast(_R, self._results[key])
        result = await read()
        self._results[key] = result
        while len(self._results) > self._most:
            self._results.popitem(last=False)
        return result
