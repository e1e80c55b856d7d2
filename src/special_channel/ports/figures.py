"""Port of response times: questions with their notes, in one snapshot of both logs.

Does not count: `core/numbers/figures.py` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import NoteRow


@dataclass(frozen=True, slots=True)
class PeriodQuestions:
    """Questions of a period, with both logs' sizes in the same snapshot.

    `stamped`: the newest stamped heads of both logs, the EU's first; None without a stamped head.
    """

    eu: int
    cn: int
    stamped: tuple[str | None, str | None]
    rows: Sequence[tuple[QuestionRow, NoteRow | None]]


class FigureQueries(Protocol):
    """Query questions to compute response times."""

    async def asked(self, since: datetime | None, until: datetime | None) -> PeriodQuestions:
        """Return questions accepted into their log from `since` on and before `until`.

        All reads happen in one snapshot.

        Raises:
            Unavailable: `database-unavailable`.
        """
        ...
