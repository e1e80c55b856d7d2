"""Counts for the menu, read by a single statement: every page and live stream asks for the counts.

Does not decide which reader sees a count: `web/shell/counts.py` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from special_channel.core.bytes.ids import Party, PersonId, peer_of
from special_channel.stores.drafts import TYPED
from special_channel.stores.file_scans import WAITING_REQUESTS
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class MenuRow:
    """Counts shared by all readers, and marks of what waits for some of them.

    Attributes:
        threads: Number of threads with an open question that our side has to answer.
        releases: Number of drafts that wait for release.
        acts: Ids of the first waiting acts on people, each with the size of its envelope in bytes;
            a further signature makes an envelope longer.
        directory: Number of directory entries of our side's shared log.
        answered: Number of our side's entries that the other side is known to hold (K3).
        drafts: Pseudonyms of our people who have drafts, each with the number of drafts; for a key
            of nobody in our directory the key.
        news: Each person with news, and the number of news.
        asked: Pseudonyms of the people who asked for a quarantined file, one for each request to
            which nobody has agreed.
    """

    threads: int
    releases: int
    acts: Sequence[str]
    directory: int
    answered: int
    drafts: Sequence[str] = ()
    news: Sequence[str] = ()
    asked: Sequence[str] = ()

    def news_of(self, person: PersonId) -> int:
        """Return the number of a person's news."""
        counts = dict(each.split() for each in self.news)
        return int(counts.get(person, 0))


_ROW: Final = f"""
SELECT (SELECT count(DISTINCT thread) FROM record.asks WHERE open AND answering = $1) AS threads,
    (SELECT count(*) FROM desk.clearances WHERE state = 'waiting') AS releases,
    ARRAY(SELECT id || ' ' || octet_length(envelope) FROM desk.acts
        WHERE state = 'waiting' AND expires > $3 ORDER BY at, id LIMIT $4) AS acts,
    (SELECT directory FROM record.heads WHERE log = $1) AS directory,
    coalesce((SELECT frontier FROM record.entries WHERE log = $2 ORDER BY idx DESC LIMIT 1), 0)
        AS answered,
    ARRAY(SELECT coalesce(o.person, d.key) || ' ' || count(DISTINCT d.place)
        FROM desk.drafts AS d LEFT JOIN desk.official_keys AS k ON k.key = d.key
        LEFT JOIN desk.officials AS o ON o.id = k.official
        WHERE {TYPED} GROUP BY coalesce(o.person, d.key) ORDER BY 1) AS drafts,
    ARRAY(SELECT person || ' ' || count(*) FROM work.notices WHERE state = 'new'
        GROUP BY person ORDER BY person) AS news,
    ARRAY(SELECT person FROM ({WAITING_REQUESTS}) AS q) AS asked
"""  # noqa: S608 - constants


class MenuRows(Store):
    """Queries for the counts of the menu."""

    async def read(self, party: Party, now: datetime, most: int) -> MenuRow:
        """Return the counts of a side. `most`: number of acts; `now`: time by which acts lapse."""
        [row] = await self._objects(MenuRow, _ROW, party, peer_of(party), now, most)
        return row
