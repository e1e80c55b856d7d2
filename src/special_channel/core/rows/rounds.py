"""Rounds of an application: from one return, refusal to accept or withdrawal to the next."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from special_channel.core.time.statutory import Act

_ENDS: Final = frozenset({"returned", "not_accepted", "withdrawn"})

_ONCE: Final = frozenset({"accepted", "decided"})
"""Acts of which a round has one."""

_NEVER: Final = "9999-99"
"""After every date."""


def replaced_dates(act: Act, on: str, course: Collection[tuple[Act, str]]) -> list[str]:
    """Return other dates of an act in the same round, which its new date replaces.

    `course`: acts with their dates, in any order.
    """
    if act not in _ONCE:
        return []
    ends = [day for each, day in course if each in _ENDS]
    since = max((day for day in ends if day <= on), default="")
    until = min((day for day in ends if day >= on), default=_NEVER)
    return [day for each, day in course if each == act and since < day < until]
