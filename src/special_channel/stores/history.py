"""Query acknowledgements of our side's ladder steps, in PostgreSQL. Does not write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from special_channel.core.bytes.ids import EntryId
from special_channel.ports.history import Acknowledgement
from special_channel.stores.database_errors import mapped
from special_channel.stores.sessions import Pool
from special_channel.stores.shown import ShownRows, shown

_ACKNOWLEDGED: Final = """
SELECT s.id, e.author, e.accepted
FROM private.escalations AS s
CROSS JOIN LATERAL jsonb_array_elements_text(s.doc -> 'acknowledged') AS a (idx)
JOIN private.entries AS e ON e.log = 'private' AND e.idx = a.idx::bigint
WHERE s.id = ANY ($1::text[])
ORDER BY e.idx
"""


class PostgresAcknowledgements:
    """Port `Acknowledgements`."""

    def __init__(self, pool: Pool | ShownRows) -> None:
        self._pool = shown(pool)

    @mapped
    async def of(self, raised: Sequence[EntryId]) -> Mapping[EntryId, Sequence[Acknowledgement]]:
        """Return acknowledgements by step."""
        acknowledgements: dict[EntryId, list[Acknowledgement]] = {}
        for row in await self._pool.fetch(_ACKNOWLEDGED, list(raised)):
            fact = Acknowledgement(row["author"], row["accepted"])
            acknowledgements.setdefault(row["id"], []).append(fact)
        return acknowledgements
