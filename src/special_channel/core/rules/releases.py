"""Calendar releases that both sides adopted in a charter.

A release has no effect on due times until a charter adopts it. Does not read files: releases are
arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.charter import Charter
from special_channel.core.rows.charter_calendars import CharterCalendar, release_id, states
from special_channel.core.time.calendars import Calendar, CalendarRelease, merge
from special_channel.core.time.due import Calendars

__all__ = ["adopted", "newest", "release_id"]


def newest(releases: Iterable[CalendarRelease]) -> dict[Party, Calendar]:
    """Merge, by side, the newest release of each year, for the next charter.

    Omits a side without releases.

    Raises:
        Malformed: `calendar-mixed`.
    """
    latest: dict[tuple[Party, int], CalendarRelease] = {}
    for each in releases:
        key = (each.side, each.year)
        if key not in latest or each.release > latest[key].release:
            latest[key] = each
    calendars: dict[Party, Calendar] = {}
    for party in PARTIES:
        by_year = [each for (side, _), each in latest.items() if side == party]
        if by_year:
            calendars[party] = merge(by_year)
    return calendars


def adopted(charter: Charter, releases: Sequence[CalendarRelease]) -> Calendars | None:
    """Merge the calendars of a charter; None without exactly its releases and both calendars.

    A calendar without a list of releases means the newest releases, checked by digest.
    """
    by_digest = {each.digest: each for each in releases}
    latest = newest(releases)
    calendars: dict[Party, Calendar] = {}
    for named in charter.calendars:
        calendar = _merged(named, by_digest) if named.releases else latest.get(named.party)
        if calendar is None or calendar.digest != named.digest:
            return None
        calendars[named.party] = calendar
    return calendars if calendars.keys() == set(PARTIES) else None


def _merged(named: CharterCalendar, releases: Mapping[str, CalendarRelease]) -> Calendar | None:
    matches = [releases.get(each.digest) for each in named.releases]
    present = [each for each in matches if each is not None and each.side == named.party]
    # The judge counts by the days in the charter, so they must equal the days in the files.
    return merge(present) if len(present) == len(matches) and states(named, present) else None
