"""A second, naive count of due times, for the golden table.

Shares nothing with the package: reads the raw lists, knows Brussels' summer time by its
rule and Beijing's offset by heart, writes down every worked date and takes the n-th.

`python -m tests.core.golden.naive_due` prints the table anew.
"""

import sys
import tomllib
from datetime import date, datetime, timedelta
from functools import cache
from itertools import cycle, product
from pathlib import Path

CALENDARS = Path(__file__).resolve().parents[3] / "config" / "calendars"
TABLE = Path(__file__).with_name("due-times.csv")
CLOSE = {"eu": (17, 30), "cn": (17, 30)}
YEARS = (2025, 2026)


def last_sunday(year, month):
    day = date(year, month, 31)
    while day.isoweekday() != 7:
        day -= timedelta(days=1)
    return day


def offset_hours(side, utc):
    if side == "cn":
        return 8
    spring, autumn = (
        datetime.fromisoformat(f"{last_sunday(utc.year, month)}T01:00") for month in (3, 10)
    )
    return 2 if spring <= utc < autumn else 1


@cache
def worked_dates(side):
    """Every worked date of the covered years, then plain weekdays for one more year."""
    worked = set()
    for year in YEARS:
        raw = tomllib.loads((CALENDARS / f"{side}-{year}.toml").read_text(encoding="utf-8"))
        shut = set()
        for closure in raw["closed"]:
            day = closure["first"]
            while day <= closure["last"]:
                shut.add(day.isoformat())
                day += timedelta(days=1)
        extra = {make_up["day"].isoformat() for make_up in raw.get("make_up", [])}
        day = date(year, 1, 1)
        while day.year == year:
            weekday = day.isoweekday() <= 5
            text = day.isoformat()
            if (weekday and text not in shut) or text in extra:
                worked.add(text)
            day += timedelta(days=1)
    day = date(2027, 1, 1)
    while day.year == 2027:
        if day.isoweekday() <= 5:
            worked.add(day.isoformat())
        day += timedelta(days=1)
    return frozenset(worked)


def naive_due(side, utc, working_days, count):
    """Return the due instant as naive UTC, and whether it is provisional."""
    worked = worked_dates(side)
    if count == "both":
        worked = worked & worked_dates("cn" if side == "eu" else "eu")
    signed_on = (utc + timedelta(hours=offset_hours(side, utc))).date().isoformat()
    last = sorted(text for text in worked if text > signed_on)[working_days - 1]
    hour, minute = CLOSE[side]
    noon = datetime.fromisoformat(last + "T12:00:00")
    close = noon.replace(hour=hour, minute=minute) - timedelta(hours=offset_hours(side, noon))
    return close, last > "2026-12-31"


BY_HAND = """\
cn,answering,2026-02-12T09:00Z,3,2026-02-24T09:30Z,firm
eu,answering,2026-04-01T07:00Z,3,2026-04-09T15:30Z,firm
eu,both,2026-04-30T10:00Z,3,2026-05-08T15:30Z,firm
cn,answering,2026-09-21T08:00Z,5,2026-09-29T09:30Z,firm
cn,answering,2026-01-09T22:30Z,1,2026-01-12T09:30Z,firm
cn,answering,2026-12-29T02:00Z,5,2027-01-05T09:30Z,provisional
cn,answering,2026-08-31T16:00Z,45,2026-11-09T09:30Z,firm
cn,answering,2025-12-14T16:00Z,45,2026-02-24T09:30Z,firm
cn,answering,2026-11-26T15:59Z,1,2026-11-27T09:30Z,firm
cn,answering,2026-11-26T16:00Z,1,2026-11-30T09:30Z,firm
"""
"""Checked by hand against the notices; no count of this file made them."""


def starts():
    """Each day of both years, at hours that straddle both midnights and both closes."""
    hours = cycle(["00:30", "09:29", "09:30", "15:29", "15:59", "16:00", "21:59", "22:00", "23:30"])
    spans = cycle([1, 2, 3, 5, 10, 45, 60])
    day = date(2025, 1, 1)
    while day.year < 2027:
        for side, count in product(("eu", "cn"), ("answering", "both")):
            yield side, count, datetime.fromisoformat(f"{day}T{next(hours)}"), next(spans)
        day += timedelta(days=1)


def rows():
    yield "answering,count,start,working_days,due,provisional"
    yield from BY_HAND.splitlines()
    for side, count, start, working_days in starts():
        close, provisional = naive_due(side, start, working_days, count)
        yield (
            f"{side},{count},{start:%Y-%m-%dT%H:%MZ},{working_days},"
            f"{close:%Y-%m-%dT%H:%MZ},{'provisional' if provisional else 'firm'}"
        )


if __name__ == "__main__":
    sys.stdout.writelines(f"{row}\n" for row in rows())
