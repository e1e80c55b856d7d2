"""Read "since when" as somebody types it in a hurry: a time, with or without a day.

Times are of the own capital. Does not know what an entry is: `desk/stop_cards.py` does.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Party
from special_channel.web.shared.capitals import ZONES, local

_WITH_DAY: Final = (
    "%d %b %Y %H:%M",
    "%d %B %Y %H:%M",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%d.%m.%Y %H:%M",
    "%Y\u5e74%m\u6708%d\u65e5%H:%M",
    "%Y\u5e74%m\u6708%d\u65e5 %H:%M",
)

_MAX: Final = 40
"""Characters of a typed time."""


def since_of(choice: str, typed: str, party: Party, now: datetime) -> datetime | None:
    """Return from when on others may have a key; None for now, or if it is not known.

    Args:
        choice: `now`, `at` or `unknown`.
        typed: The time, for `at`; without a day, the last time that the clock showed it.
        party: The side in whose capital the time is.
        now: The time now.

    Raises:
        Malformed: `stop-since`.
    """
    if choice in {"now", "unknown"}:
        return None
    text = " ".join(unicodedata.normalize("NFKC", typed).replace(",", " ").split())
    at = _read(text, party, now) if choice == "at" and len(text) <= _MAX else None
    if at is None or at > now:
        raise Malformed("stop-since", "The time can't be read, or is still to come.", time=text)
    return at


def _read(text: str, party: Party, now: datetime) -> datetime | None:
    zone = ZONES[party]
    for form in _WITH_DAY:
        try:
            # Naive on purpose: the zone is the capital's, whatever this machine's is. In UTC, which
            # the first day of the calendar does not have: a try of that day would be in vain.
            return datetime.strptime(text, form).replace(tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    try:
        clock = datetime.strptime(text, "%H:%M").replace(tzinfo=zone).timetz()
    except ValueError:
        return None
    today = datetime.combine(local(now, party).date(), clock)
    return today if today <= now else today - timedelta(days=1)
