"""What a side held of an application, as lines of text that sort by date and SQL can cut.

Does not decide what is held: `core/held.py` does. A line has fixed places, so that numbers of
all applications cost no reading of documents:

    1  as of        11 order      15 accepted   25 ended
    35 how it ended 36 paused     37 first returned
    47 accepted without a date
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from special_channel.core.held import Begun, End, Held

LETTERS: Final[Mapping[End, str]] = {
    "": " ",
    "approved": "a",
    "refused": "r",
    "decided": "d",
    "not_accepted": "n",
    "withdrawn": "w",
    "returned": "b",
}
"""How it ended, in one character."""

BEGUN: Final[Mapping[Begun, str]] = {"": " ", "now": "n", "before": "b"}
"""Whether it was accepted at a date that is not stated, in one character."""

ACCEPTED: Final = 15
ENDED: Final = 25
END: Final = 35
PAUSED: Final = 36
RETURNED: Final = 37
BEGINNING: Final = 47
"""Places, counted from 1 as SQL does."""


def told(held: Sequence[Held]) -> list[str]:
    """Write the lines, the first date first."""
    return [
        f"{each.as_of:10}{order:04d}{each.accepted:10}{each.ended:10}"
        f"{LETTERS[each.end]}{'p' if each.paused else ' '}{each.returned:10}{BEGUN[each.begun]}"
        for order, each in enumerate(held)
    ]
