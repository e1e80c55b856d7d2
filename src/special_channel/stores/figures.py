"""Query questions for the figures, in PostgreSQL. Does not count and does not write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import NoteRow
from special_channel.stores.rows import row_of
from special_channel.stores.store import Store

AskedRow = tuple[QuestionRow, NoteRow | None]
"""A question with the note that asks it."""


@dataclass(frozen=True, slots=True)
class PeriodQuestions:
    """Questions of a period, with both logs' sizes in the same snapshot.

    `stamped`: the newest stamped heads of both logs, the EU's first; None without a stamped head.
    """

    eu: int
    cn: int
    stamped: tuple[str | None, str | None]
    rows: Sequence[AskedRow]


_ASKED: Final = """
SELECT eu.size AS eu, cn.size AS cn, eu.stamped AS eu_stamped, cn.stamped AS cn_stamped,
    a.doc AS ask, n.doc AS note
FROM record.heads AS eu
JOIN record.heads AS cn ON eu.log = 'eu' AND cn.log = 'cn'
LEFT JOIN record.asks AS a
    ON a.doc ->> 'accepted' >= $1 AND ($2 = '' OR a.doc ->> 'accepted' < $2)
LEFT JOIN record.notes AS n ON n.key = a.note
"""
"""One statement for one snapshot, so that sizes and rows agree."""


class FigureQueries(Store):
    """Query questions to compute response times."""

    async def asked(self, since: datetime | None, until: datetime | None) -> PeriodQuestions:
        """Return questions accepted into their log from `since` on and before `until`.

        All reads happen in one snapshot.

        Raises:
            Unavailable: `database-unavailable`.
        """
        records = await self._pool.fetch(_ASKED, _text(since), _text(until))
        rows: list[AskedRow] = []
        for record in records:
            if record["ask"]:
                note = row_of(NoteRow, record["note"]) if record["note"] else None
                rows.append((row_of(QuestionRow, record["ask"]), note))
        head = records[0]
        return PeriodQuestions(
            head["eu"], head["cn"], (head["eu_stamped"], head["cn_stamped"]), rows
        )

    async def accepted(self, log: Party, size: int) -> str | None:
        """Return when the last of a log's first `size` entries was accepted; None for no entry."""
        accepted: str | None = await self._pool.fetchval(
            "SELECT accepted FROM record.entries WHERE log = $1 AND idx = $2", log, size - 1
        )
        return accepted


def _text(at: datetime | None) -> str:
    """Format an instant as in leaves; the texts sort in the order of time."""
    return "" if at is None else timestamp(at)
