"""Questions with a due time: by an instant, or by a reply rule of the charter in force.

Does not sign: the asker signs the instant that is counted here. Reads the calendar files,
whose digests must be the charter's.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from special_channel.core.calendars import Calendar, CalendarRelease, merge, parse_release
from special_channel.core.charter import Charter
from special_channel.core.due import due
from special_channel.core.errors import Malformed, NotFound, RuleBroken
from special_channel.core.ids import PARTIES, Party
from special_channel.desk.payloads import Question


def calendars(folder: Path) -> dict[Party, Calendar]:
    """Read all releases of a folder and merge them by side.

    Raises:
        NotFound: `calendar-missing`.
        Malformed: `calendar-malformed`, `calendar-mixed`.
    """
    releases = [_release(file) for file in sorted(folder.glob("*.toml"))]
    found = {party: [release for release in releases if release.side == party] for party in PARTIES}
    missing = [party for party, own in found.items() if not own]
    if missing:
        raise NotFound("calendar-missing", "A side has no calendar here.", side=missing[0])
    return {party: merge(own) for party, own in found.items()}


def by_rule(
    charter: Charter, rule: str, calendar: Mapping[Party, Calendar], who: Party, start: datetime
) -> Question:
    """Return a question without words, due by a reply rule counted from `start`.

    Raises:
        RuleBroken: `ask-rule`, `charter-mismatch` if the calendar is not the charter's.
    """
    found = charter.reply_rule(rule)
    if found is None:
        raise RuleBroken("ask-rule", "The charter has no such reply rule.", rule=rule)
    digest = calendar[who].digest
    if digest not in {each.digest for each in charter.calendars}:
        raise RuleBroken("charter-mismatch", "The calendar here is not the charter's.")
    counted = due(calendar, who, start, found.working_days, found.count)
    return Question(
        "", "", who, counted.stamp, rule=rule, calendar=digest, provisional=counted.provisional
    )


def _release(file: Path) -> CalendarRelease:
    try:
        return parse_release(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise Malformed(
            "calendar-malformed", "A calendar file is not TOML.", field=file.name
        ) from None
