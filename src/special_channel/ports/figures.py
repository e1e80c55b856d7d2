"""Port of figures: asks with the notes that ask them, at one moment of both logs.

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
class Asked:
    """Asks of a period, and the sizes (m, n) of both logs that they are a function of.

    `stamped` are the newest stamped heads of both logs, EU's first; None before the first.
    """

    eu: int
    cn: int
    stamped: tuple[str | None, str | None]
    rows: Sequence[tuple[QuestionRow, NoteRow | None]]


class AskedRows(Protocol):
    """Reads asks for figures."""

    async def asked(self, since: datetime | None, until: datetime | None) -> Asked:
        """Return the asks accepted into their log from `since` on and before `until`.

        Everything in the answer is of one moment.

        Raises:
            Unavailable: `database-unavailable`.
        """
        ...
