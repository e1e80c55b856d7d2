"""Which calendar releases count: those that both sides adopted in a charter.

Does not read files: whoever holds releases hands them in. A release that no charter names
is only held; due times are counted by it once a charter has adopted it.
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
    """Merge the newest release of each side and year: what the next charter would adopt.

    A side without a release is left out.

    Raises:
        Malformed: `calendar-mixed`.
    """
    latest: dict[tuple[Party, int], CalendarRelease] = {}
    for each in releases:
        key = (each.side, each.year)
        if key not in latest or each.release > latest[key].release:
            latest[key] = each
    found: dict[Party, Calendar] = {}
    for party in PARTIES:
        own = [each for (side, _), each in latest.items() if side == party]
        if own:
            found[party] = merge(own)
    return found


def adopted(charter: Charter, releases: Sequence[CalendarRelease]) -> Calendars | None:
    """Put together the calendars that a charter adopted; None if a release isn't held.

    A charter that lists no releases, as the first ones did, names the newest ones by the
    digest of the whole.
    """
    held = {each.digest: each for each in releases}
    latest = newest(releases)
    found: dict[Party, Calendar] = {}
    for named in charter.calendars:
        calendar = _one(named, held) if named.releases else latest.get(named.party)
        if calendar is None or calendar.digest != named.digest:
            return None
        found[named.party] = calendar
    return found if found.keys() == set(PARTIES) else None


def _one(named: CharterCalendar, held: Mapping[str, CalendarRelease]) -> Calendar | None:
    own = [held.get(each.digest) for each in named.releases]
    there = [each for each in own if each is not None and each.side == named.party]
    # What the charter says of their days is what the judge counts by: it must be the files' own.
    return merge(there) if len(there) == len(own) and states(named, there) else None
