"""Query open threads with whom they are with on our side, for heads of unit.

Does not count and does not name persons: `core/numbers/units.py` and pages do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes.ids import KeyId, Party, PersonId, ThreadId
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class HeldThread:
    """An open thread.

    Attributes:
        thread: Its id; `party` and `idx` are its number.
        accepted: Time of its opening, as signed.
        holder: Pseudonym of the official to whom it is assigned; empty for nobody.
        author: Key of our side's last note, else of our side's opening; empty without either.
    """

    thread: ThreadId
    party: Party
    idx: int
    accepted: str
    holder: PersonId
    author: KeyId


_OPEN: Final = """
SELECT t.key AS thread, t.party, t.idx, t.doc #>> '{opened,0,accepted}' AS accepted,
    coalesce((SELECT a.official FROM private.assignments AS a WHERE a.key = t.key), '') AS holder,
    coalesce(
        (SELECT n.author FROM record.notes AS n WHERE n.thread = t.key AND n.party = $1
            ORDER BY n.idx DESC LIMIT 1),
        CASE WHEN t.party = $1 THEN t.doc #>> '{opened,0,by}' END, '') AS author
FROM record.threads AS t WHERE NOT t.closed ORDER BY accepted, t.party, t.idx LIMIT $2
"""


class UnitViews(Store):
    """Queries for heads of unit."""

    async def held_threads(self, party: Party, limit: int) -> Sequence[HeldThread]:
        """Return open threads with whom they are with on our side `party`, oldest first."""
        return await self._objects(HeldThread, _OPEN, party, limit)
