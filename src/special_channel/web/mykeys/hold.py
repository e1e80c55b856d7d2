"""Set for how many seconds the reader's signed notes wait, for page and API.

Does not hold notes: the browser does.
"""

from __future__ import annotations

from typing import Final

from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.web.shell.context import PageContext

LONGEST_HOLD: Final = 120
"""Seconds."""

_SECONDS: Final = frozenset(map(str, range(LONGEST_HOLD + 1)))


async def set_hold(context: PageContext, seconds: str) -> None:
    """Store the reader's own hold before sending.

    Raises:
        RuleBroken: `hold-seconds` for anything but a whole number of seconds from 0 to 120.
        Malformed: `request-malformed` for a key of nobody in our directory.
    """
    official = context.reader.official
    if seconds.strip() not in _SECONDS:
        raise RuleBroken("hold-seconds", "The hold is out of range.", most=LONGEST_HOLD)
    if official is None:
        raise Malformed("request-malformed", "Our directory does not know this key.", field="key")
    await context.own.desk.officials.set_hold(official.id, int(seconds))
