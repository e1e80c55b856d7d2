"""Who may release an entry as its second official: one rule for the judge and for what pages offer.

Does not judge by itself: `judge.py` and `judge_permits.py` ask it of each signer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from special_channel.core.entries import Role
from special_channel.core.roles import CLEARERS

LINE_STOP: Final = "line_stop"
"""The urgency of a row that only a leader releases, whatever else the charter asks."""

LEADERS: Final = ("head", "director")


def releasers(roles: Sequence[Role], *, line_stop: bool = False) -> tuple[Role, ...]:
    """Return the roles of which one second official must be.

    Empty where nobody is asked for, and where the charter names none that may release a line stop:
    then it takes two.

    Args:
        roles: What the charter in force names for the entry; empty: it asks for nobody.
        line_stop: Whether the entry lists a row as a line stop.
    """
    asked: Sequence[Role] = roles or (LEADERS if line_stop else ())
    return tuple(role for role in asked if role in CLEARERS and (not line_stop or role in LEADERS))


def stops_line(urgencies: Iterable[object]) -> bool:
    """Tell whether one of these rows' urgencies is a line stop."""
    return LINE_STOP in urgencies
