"""A second, naive count of the statutory clock, for the golden table.

Shares nothing with the package and no calendar file: the notices' days off and make-up days are
written down here, and a diary is kept day by day, in text.

`python -m tests.core.golden.naive_statutory` prints the table anew.
"""

import sys
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path

TABLE = Path(__file__).with_name("statutory.csv")

OFF = """
2025-01-01 2025-01-28..2025-02-04 2025-04-04..2025-04-06 2025-05-01..2025-05-05
2025-05-31..2025-06-02 2025-10-01..2025-10-08
2026-01-01..2026-01-03 2026-02-15..2026-02-23 2026-04-04..2026-04-06 2026-05-01..2026-05-05
2026-06-19..2026-06-21 2026-09-25..2026-09-27 2026-10-01..2026-10-07
"""
MADE_UP = """
2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11
2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10
"""


def between(first, last):
    day = date.fromisoformat(first)
    while day.isoformat() <= last:
        yield day.isoformat()
        day += timedelta(days=1)


OFF_DAYS = {
    day for span in OFF.split() for day in between(span.split("..")[0], span.split("..")[-1])
}
WORKED = [
    day
    for day in between("2025-01-01", "2028-12-31")
    if day in MADE_UP.split() or (date.fromisoformat(day).isoweekday() <= 5 and day not in OFF_DAYS)
]


def diary(acts, on, limit):  # noqa: C901, PLR0912, PLR0915 - a diary has one line an act
    """Return what a clerk's diary would show in the evening of `on`."""
    received = started = ended = None
    deemed = paused = unlimited = ever = False
    stopped: set[str] = set()
    for today in between(acts[0][0], on):
        if received and len([day for day in WORKED if received < day < today]) >= 5:
            started, received, ended, deemed = received, None, None, True
            paused = unlimited = ever = False
            stopped = set()
        for act in [name for day, name in acts if day == today]:
            if act == "received" and (started is None or ended):
                received = today
            elif act == "supplement":
                received = None
            elif act == "accepted":
                received, started, ended, deemed = None, today, None, False
                paused = unlimited = ever = False
                stopped = set()
            elif act == "uncounted":
                paused = ever = True
            elif act == "counted":
                paused = False
            elif act == "council":
                unlimited = True
            elif act in {"returned", "withdrawn", "decided", "not_accepted"}:
                received, ended = None, today
        if paused and not ended:
            stopped.add(today)
        if paused and ended == today:
            stopped.add(today)
    if started is None:
        return ("ended" if ended else "none", "", 0, "", "stated", "within", "firm")
    until = ended or on
    counted = [day for day in WORKED if started < day and day not in stopped]
    day = len([each for each in counted if each <= until])
    standing = "running"
    if paused:
        standing = "uncounted"
    if unlimited:
        standing = "unlimited"
    if ended:
        standing = "ended"
    last = counted[limit - 1] if standing == "running" else ""
    over = standing == "running" and not ever and day > limit
    return (
        standing,
        started,
        day,
        last,
        "deemed" if deemed else "stated",
        "over" if over else "within",
        "provisional" if max(until, last) > "2026-12-31" else "firm",
    )


BY_HAND = """\
2026-09-21:accepted,2026-11-10,45,running,2026-09-21,31,2026-11-30,stated,within,firm
2026-09-01:accepted,2026-09-01,45,running,2026-09-01,0,2026-11-09,stated,within,firm
2025-12-15:accepted,2025-12-15,45,running,2025-12-15,0,2026-02-24,stated,within,firm
2026-04-30:accepted,2026-04-30,45,running,2026-04-30,0,2026-07-07,stated,within,firm
2026-03-02:accepted,2026-03-02,20,running,2026-03-02,0,2026-03-30,stated,within,firm
2026-02-12:received,2026-02-26,45,none,,0,,stated,within,firm
2026-02-12:received 2026-02-26:supplement,2026-02-27,45,none,,0,,stated,within,firm
2026-03-02:accepted 2026-03-09:uncounted,2026-06-30,45,uncounted,2026-03-02,4,,stated,within,firm
2026-03-02:accepted 2026-03-09:uncounted 2026-03-23:counted,2026-03-23,45,running,2026-03-02,5,2026-05-21,stated,within,firm
2026-03-02:accepted 2026-03-09:uncounted 2026-03-16:returned,2026-06-01,45,ended,2026-03-02,4,,stated,within,firm
2026-03-02:accepted 2026-03-16:returned 2026-06-02:accepted,2026-06-08,45,running,2026-06-02,4,2026-08-05,stated,within,firm
2026-03-02:accepted 2026-03-09:council,2026-03-13,45,unlimited,2026-03-02,9,,stated,within,firm
"""  # noqa: E501 - lines of the table
"""Counted by hand in the notices' calendar; no count of this file made them."""

COURSES = (
    "accepted",
    "accepted uncounted",
    "accepted uncounted counted",
    "accepted uncounted uncounted counted",
    "accepted uncounted counted uncounted counted",
    "accepted decided",
    "accepted uncounted decided",
    "accepted uncounted counted decided",
    "accepted returned",
    "accepted returned accepted",
    "accepted returned received",
    "accepted uncounted returned accepted",
    "accepted withdrawn",
    "accepted council",
    "accepted uncounted council",
    "received",
    "received accepted",
    "received supplement",
    "received supplement received",
    "received supplement received accepted decided",
    "received not_accepted",
    "received uncounted",
)


def cases():
    """Each course from starts all over both years, with other gaps and evenings each time."""
    gaps = cycle([1, 3, 4, 6, 7, 9, 12, 19, 2, 26])
    evenings = cycle([0, 1, 4, 8, 15, 33, 62, 90])
    limits = cycle([45, 45, 45, 45, 20])
    start = date(2025, 1, 2)
    while start < date(2026, 12, 20):
        for course in COURSES:
            day, acts = start, []
            for name in course.split():
                acts.append((day.isoformat(), name))
                day += timedelta(days=next(gaps))
            last = date.fromisoformat(acts[-1][0]) + timedelta(days=next(evenings))
            yield acts, last.isoformat(), next(limits)
        start += timedelta(days=41)


def rows():
    yield "acts,on,limit,standing,accepted,day,last_day,how,over,firm"
    yield from BY_HAND.splitlines()
    for acts, on, limit in cases():
        told = " ".join(f"{day}:{name}" for day, name in acts)
        yield ",".join(map(str, (told, on, limit, *diary(acts, on, limit))))


if __name__ == "__main__":
    sys.stdout.writelines(f"{row}\n" for row in rows())
