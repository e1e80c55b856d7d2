"""Counts for the menu, read by a single statement: every page and live stream asks for the counts.

Does not decide which reader sees a count: `web/shell/counts.py` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class MenuRow:
    """Counts shared by all readers, and marks of waiting acts and of their possible signers.

    Attributes:
        threads: Number of threads with an open question that our side has to answer.
        releases: Number of drafts that wait for release.
        acts: Ids of the first waiting acts on people, each with the size of its envelope in bytes;
            a further signature makes an envelope longer.
        directory: Number of directory entries of our side's shared log.
        answered: Number of our side's entries that the other side is known to hold (K3).
    """

    threads: int
    releases: int
    acts: Sequence[str]
    directory: int
    answered: int


_ROW: Final = """
SELECT (SELECT count(DISTINCT thread) FROM record.asks WHERE open AND answering = $1) AS threads,
    (SELECT count(*) FROM desk.clearances WHERE state = 'waiting') AS releases,
    ARRAY(SELECT id || ' ' || octet_length(envelope) FROM desk.acts
        WHERE state = 'waiting' AND expires > $3 ORDER BY at, id LIMIT $4) AS acts,
    (SELECT directory FROM record.heads WHERE log = $1) AS directory,
    coalesce((SELECT frontier FROM record.entries WHERE log = $2 ORDER BY idx DESC LIMIT 1), 0)
        AS answered
"""


class MenuRows(Store):
    """Queries for the counts of the menu."""

    async def read(self, party: Party, now: datetime, most: int) -> MenuRow:
        """Return the counts of a side. `most`: number of acts; `now`: time by which acts lapse."""
        [row] = await self._objects(MenuRow, _ROW, party, peer_of(party), now, most)
        return row
