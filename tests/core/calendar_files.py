"""The calendars under config/, parsed for tests."""

import tomllib
from functools import cache
from pathlib import Path

from special_channel.core.calendars import Calendar, merge, parse_release
from special_channel.core.ids import PARTIES, Party

CALENDARS = Path(__file__).resolve().parents[2] / "config" / "calendars"


def raw(side: Party, year: int) -> dict[str, object]:
    return tomllib.loads((CALENDARS / f"{side}-{year}.toml").read_text(encoding="utf-8"))


@cache
def both_sides() -> dict[Party, Calendar]:
    return {
        side: merge(parse_release(raw(side, year)) for year in (2025, 2026)) for side in PARTIES
    }
