"""The calendars under config/, parsed for tests."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.time.calendars import Calendar, merge, parse_release

CALENDARS = Path(__file__).resolve().parents[2] / "config" / "calendars"


def raw(side: Party, year: int) -> dict[str, object]:
    return tomllib.loads((CALENDARS / f"{side}-{year}.toml").read_text(encoding="utf-8"))


@cache
def both_sides() -> dict[Party, Calendar]:
    return {
        side: merge(parse_release(raw(side, year)) for year in (2025, 2026)) for side in PARTIES
    }


def with_2027(stated: dict[str, Any]) -> dict[str, Any]:
    """A charter's calendar with a further release, of a fictional 2027 without holidays."""
    last = stated["releases"][-1]
    further = last | {
        "id": f"{stated['party']}-2027-1",
        "year": 2027,
        "digest": "7" * 64,
        "first": "2027-01-01",
        "last": "2027-12-31",
        "closed": "",
        "make_up": "",
    }
    return stated | {"last": "2027-12-31", "releases": [*stated["releases"], further]}
