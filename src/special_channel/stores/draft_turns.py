"""Waiting drafts whose turn people are told of: `desk.clearances` with their sign-off routes.

Does not decide whose turn it is: `escalation/event_turns.py` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from special_channel.core.bytes.ids import EntryId, PersonId
from special_channel.core.rows.routes import RouteRow
from special_channel.stores.clearances import Clearance
from special_channel.stores.personal_notices import PAGE, NoticeRow, add_notices
from special_channel.stores.store import Store

_UNTOLD: Final = """
SELECT c.id, c.envelope, c.parts, c.by, c.at, c.state, c.act FROM desk.clearances AS c
LEFT JOIN private.routes AS r ON r.key = c.id
WHERE c.state = 'waiting'
    AND (NOT c.told OR c.told_answers < coalesce(jsonb_array_length(r.doc -> 'answers'), 0))
ORDER BY c.at, c.act, c.place, c.id LIMIT $1
"""

_TURNED: Final = """
UPDATE work.notices SET closed = $2,
    state = CASE WHEN medium = 'page' THEN 'seen' ELSE 'superseded' END
WHERE about = $1 AND kind IN ('release', 'check') AND state IN ('new', 'waiting')
    AND letter = '' AND NOT id = ANY ($3::text[])
"""


class DraftTurns(Store):
    """Drafts that wait for release or for a step of their route, and who was told."""

    async def untold(self) -> Sequence[tuple[Clearance, RouteRow | None]]:
        """Return waiting drafts whose turn was told to nobody, with their routes, oldest first."""
        rows = await self._pool.fetch(_UNTOLD, PAGE)
        drafts = [Clearance(**{**row, "parts": tuple(row["parts"])}) for row in rows]
        routes = await self._by_key(RouteRow, [draft.id for draft in drafts])
        return [(draft, routes.get(draft.id)) for draft in drafts]

    async def drafter(self, id_: EntryId) -> PersonId:
        """Return who drafted a draft on a sign-off route; empty without a route."""
        row = (await self._by_key(RouteRow, [id_])).get(id_)
        return row.author if row else ""

    async def get(self, id_: EntryId) -> Clearance | None:
        """Look up a signed draft in any state."""
        row = await self._pool.fetchrow(
            "SELECT id, envelope, parts, by, at, state, remark, act FROM desk.clearances"
            " WHERE id = $1",
            id_,
        )
        return Clearance(**{**row, "parts": tuple(row["parts"])}) if row else None

    async def tell(
        self, id_: EntryId, answers: int, notices: Sequence[NoticeRow], now: datetime
    ) -> None:
        """Store the notices about a draft's turn, once; close those of an earlier turn.

        `answers`: number of answers on its route so far.
        """
        async with self._pool.transaction() as connection:
            told = await connection.fetchval(
                "UPDATE desk.clearances SET told = true, told_answers = $2"
                " WHERE id = $1 AND (NOT told OR told_answers < $2) RETURNING true",
                *(id_, answers),
            )
            if told:
                await connection.execute(_TURNED, id_, now, [each.id for each in notices])
                await add_notices(connection, notices)
