"""Encode a side's statuses of an application as text lines for SQL, sortable by date.

Does not compute statuses: `core/numbers/statuses.py` does. Lines have fixed columns (counted from
1), so that counting applications needs no parsing of documents:

    1  as of        11 order      15 accepted   25 ended
    35 how it ended 36 paused     37 first returned
    47 accepted without a date
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from special_channel.core.numbers.statuses import ApplicationStatus, Begun, End

LETTERS: Final[Mapping[End, str]] = {
    "": " ",
    "approved": "a",
    "refused": "r",
    "decided": "d",
    "not_accepted": "n",
    "withdrawn": "w",
    "returned": "b",
}
"""How the application ended, in one character."""

BEGUN: Final[Mapping[Begun, str]] = {"": " ", "now": "n", "before": "b"}
"""Whether the application was accepted at an unstated date, in one character."""

ACCEPTED: Final = 15
ENDED: Final = 25
END: Final = 35
PAUSED: Final = 36
RETURNED: Final = 37
BEGINNING: Final = 47
"""First columns of the fields, counted from 1 as in SQL."""


def status_lines(statuses: Sequence[ApplicationStatus]) -> list[str]:
    """Return one line a status; expects and keeps ascending dates."""
    return [
        f"{status.as_of:10}{order:04d}{status.accepted:10}{status.ended:10}"
        f"{LETTERS[status.end]}{'p' if status.paused else ' '}"
        f"{status.returned:10}{BEGUN[status.begun]}"
        for order, status in enumerate(statuses)
    ]
