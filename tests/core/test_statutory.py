"""The statutory clock: dates worked out by hand, then a second, naive count."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.bytes.errors import Malformed
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.core.time import calendars
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.statutory import (
    AMENDMENT_DAYS,
    Act,
    Event,
    StatutoryClock,
    deemed_after,
    statutory_clock,
)
from tests.core.calendar_files import both_sides
from tests.core.golden import naive_statutory

CN = both_sides()["cn"]

CLOSED_2025: Final = frozenset(
    {date(2025, 1, 1), date(2025, 4, 4), date(2025, 5, 1), date(2025, 5, 2), date(2025, 5, 5)}
    | {date(2025, 6, 2), date(2025, 2, 3), date(2025, 2, 4)}
    | {date(2025, 1, day) for day in (28, 29, 30, 31)}
    | {date(2025, 10, day) for day in (1, 2, 3, 6, 7, 8)}
)
"""Weekdays off by the State Council's notice, written down apart from the calendar files."""

CLOSED_2026: Final = frozenset(
    {date(2026, 1, day) for day in (1, 2, 3)}
    | {date(2026, 2, day) for day in range(15, 24)}
    | {date(2026, 4, day) for day in (4, 5, 6)}
    | {date(2026, 5, day) for day in range(1, 6)}
    | {date(2026, 6, day) for day in (19, 20, 21)}
    | {date(2026, 9, day) for day in (25, 26, 27)}
    | {date(2026, 10, day) for day in range(1, 8)}
)
MADE_UP: Final = frozenset(
    date.fromisoformat(day)
    for day in (
        *("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"),
        *("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
    )
)


def works(day: date) -> bool:
    return day in MADE_UP or (day.weekday() < 5 and day not in CLOSED_2025 | CLOSED_2026)


def stated(*acts: str) -> list[Event]:
    """Read `2026-09-21 accepted`."""
    events = []
    for act in acts:
        day, name = act.split()
        events.append(Event(_ACTS[name], date.fromisoformat(day)))
    return events


_ACTS: Final[dict[str, Act]] = {
    "received": "received",
    "supplement": "supplement",
    "accepted": "accepted",
    "uncounted": "uncounted",
    "counted": "counted",
    "council": "council",
    "returned": "returned",
    "decided": "decided",
    "not_accepted": "not_accepted",
    "withdrawn": "withdrawn",
}


def on(day: str, *acts: str, limit: int = 45) -> StatutoryClock:
    return statutory_clock(CN, stated(*acts), date.fromisoformat(day), limit)


@pytest.mark.parametrize(
    ("accepted", "last"),
    [
        ("2026-09-01", "2026-11-09"),  # not 3 Nov, as plain weekdays say
        ("2025-12-15", "2026-02-24"),  # the same: Spring Festival and two make-up Saturdays
        (
            "2026-09-21",
            "2026-11-30",
        ),  # 6 in September, 18 in October (Sat 10 worked), 21 in November
        ("2026-04-30", "2026-07-07"),  # 19 in May (Sat 9 worked), 21 in June (19th off), 5 in July
    ],
)
def test_the_45th_working_day_from_acceptance(accepted: str, last: str) -> None:
    clock = on(accepted, f"{accepted} accepted")
    assert (clock.standing, clock.day, str(clock.last_day)) == ("running", 0, last)


def test_day_31_of_an_application_accepted_on_21_september() -> None:
    clock = on("2026-11-10", "2026-09-21 accepted")
    assert (clock.day, clock.limit, clock.over) == (31, 45, False)


def test_a_clock_runs_from_acceptance_and_not_from_submission() -> None:
    assert on("2026-03-02", "2026-02-28 received").standing == "none"
    clock = on("2026-03-20", "2026-03-02 received", "2026-03-05 accepted")
    assert (str(clock.accepted), clock.deemed, clock.day) == ("2026-03-05", False, 11)


def test_accepted_by_law_when_nothing_missing_is_named_within_five_days() -> None:
    received = "2026-02-12 received"  # Thu; 13, Sat 14, 24, 25, 26 Feb are the five days
    assert str(deemed_after(CN, date(2026, 2, 12))) == "2026-02-26"
    assert on("2026-02-26", received).standing == "none"
    clock = on("2026-02-27", received)
    assert (clock.standing, clock.deemed, str(clock.accepted)) == ("running", True, "2026-02-12")
    assert clock.day == 6
    assert on("2026-02-27", received, "2026-02-26 supplement").standing == "none"
    late = on("2026-03-02", received, "2026-02-27 supplement")
    assert (late.standing, late.deemed) == ("running", True)


def test_what_the_authority_states_later_goes_before_acceptance_by_law() -> None:
    clock = on("2026-03-20", "2026-02-12 received", "2026-03-02 accepted")
    assert (str(clock.accepted), clock.deemed, clock.acceptances) == ("2026-03-02", False, 2)


def test_a_supplement_handed_in_is_received_again() -> None:
    acts = ("2026-03-02 received", "2026-03-04 supplement", "2026-03-16 received")
    assert on("2026-03-23", *acts).standing == "none"
    assert str(on("2026-03-24", *acts).accepted) == "2026-03-16"


def test_received_while_time_runs_changes_nothing() -> None:
    acts = ("2026-03-02 accepted", "2026-03-04 received")
    assert str(on("2026-03-30", *acts).accepted) == "2026-03-02"


def test_time_not_counted_moves_the_last_day_and_is_never_over() -> None:
    acts = ("2026-03-02 accepted", "2026-03-09 uncounted")
    waiting = on("2026-06-30", *acts)
    assert (waiting.standing, waiting.day, waiting.last_day) == ("uncounted", 4, None)
    again = on("2026-06-30", *acts, "2026-03-23 counted")
    assert again.standing == "running"
    assert again.day > 45
    assert not again.over
    assert str(on("2026-03-23", *acts, "2026-03-23 counted").last_day) == "2026-05-21"


def test_one_reason_after_the_other_leaves_no_gap_and_no_overlap() -> None:
    acts = ("2026-03-02 accepted", "2026-03-09 uncounted", "2026-03-11 uncounted")
    clock = on("2026-03-16", *acts, "2026-03-13 counted")
    assert [(str(span.first), str(span.last)) for span in clock.spans] == [
        ("2026-03-09", "2026-03-11"),
        ("2026-03-11", "2026-03-13"),
    ]
    assert clock.day == 6
    assert on("2026-03-16", "2026-03-02 accepted", "2026-03-13 counted").spans == ()


def test_over_45_is_said_only_of_time_that_ran_without_a_break() -> None:
    assert on("2026-05-12", "2026-03-02 accepted").day == 48
    assert on("2026-05-12", "2026-03-02 accepted").over
    assert not on("2026-05-07", "2026-03-02 accepted").over
    assert not on("2026-05-12", "2026-03-02 accepted", "2026-05-11 decided").over


def test_referred_to_the_state_council_there_is_no_limit() -> None:
    clock = on("2026-09-18", "2026-03-02 accepted", "2026-03-09 council")
    assert (clock.standing, clock.limit, clock.last_day, clock.over) == (
        "unlimited",
        None,
        None,
        False,
    )


def test_a_return_ends_the_clock_and_acceptance_begins_it_anew() -> None:
    acts = ("2026-03-02 accepted", "2026-03-09 uncounted", "2026-03-16 returned")
    ended = on("2026-06-01", *acts)
    assert (ended.standing, ended.day, ended.last_day) == ("ended", 4, None)
    again = on("2026-06-08", *acts, "2026-06-01 received", "2026-06-02 accepted")
    assert (again.standing, again.day, again.spans, again.acceptances) == ("running", 4, (), 2)


@pytest.mark.parametrize("act", ["decided", "withdrawn", "returned", "not_accepted"])
def test_what_ends_before_acceptance_has_no_day(act: str) -> None:
    clock = on("2026-06-01", "2026-03-02 received", f"2026-03-03 {act}")
    assert (clock.standing, clock.day, clock.accepted) == ("ended", 0, None)


def test_an_amendment_has_twenty_days() -> None:
    clock = on("2026-03-02", "2026-03-02 accepted", limit=AMENDMENT_DAYS)
    assert str(clock.last_day) == "2026-03-30"


def test_past_the_calendars_it_is_provisional() -> None:
    assert not on("2026-10-09", "2026-10-09 accepted").provisional
    assert on("2026-11-24", "2026-11-24 accepted").provisional
    assert on("2027-01-05", "2026-10-09 accepted", "2027-01-04 decided").provisional


def test_what_happens_later_is_not_known_yet() -> None:
    assert on("2026-03-05", "2026-03-02 accepted", "2026-03-06 decided").standing == "running"


def test_no_day_of_a_century_is_looked_at_by_itself(monkeypatch) -> None:
    looked: list[date] = []
    known = calendars._works

    def works_on(calendar: Calendar, day: date) -> bool:
        looked.append(day)
        return known(calendar, day)

    monkeypatch.setattr(calendars, "_works", works_on)
    ran = on("2026-03-05", "0202-01-04 accepted")
    assert (ran.over, ran.provisional, str(ran.last_day)) == (True, True, "0202-03-08")
    # Each of two pauses in a row ends on a working day that counts.
    acts = ("0202-01-04 accepted", "0202-01-06 uncounted", "1202-01-04 uncounted")
    paused = on("2026-03-05", *acts, "2026-03-03 counted")
    assert (paused.day, str(paused.last_day)) == (4, "2026-05-07")
    assert on("2026-03-05", *acts).day == 1
    assert len(looked) < 5_000


def test_dates_that_run_backwards_are_refused() -> None:
    with pytest.raises(Malformed) as refused:
        on("2026-06-01", "2026-03-02 accepted", "2026-03-01 decided")
    assert refused.value.code == "clock-out-of-order"


# A second count that knows nothing of the first: it walks the days and keeps a flag.


@dataclass
class Walk:
    """A person's notes, day by day."""

    started: date | None = None
    day: int = 0
    paused: bool = False
    council: bool = False
    ended: bool = False

    def take(self, act: Act, at: date) -> None:
        if act == "accepted":
            self.__init__(started=at)  # type: ignore[misc]
        self.paused = act == "uncounted" or (self.paused and act != "counted")
        self.council = self.council or act == "council"

    def sleep(self, acts: list[Act], at: date) -> None:
        if self.started != at and works(at) and not (self.ended or self.paused):
            self.day += 1
        self.ended = self.ended or not {"decided", "returned", "withdrawn"}.isdisjoint(acts)


def naive(events: list[Event], today: date) -> tuple[str, int, date | None]:
    walk, at = Walk(), events[0].on
    while at <= today:
        acts = [event.act for event in events if event.on == at]
        for act in acts:
            walk.take(act, at)
        walk.sleep(acts, at)
        at += timedelta(days=1)
    standing = "uncounted" if walk.paused else "running"
    standing = "unlimited" if walk.council else standing
    return "ended" if walk.ended else standing, walk.day, walk.started


def _case(rng: random.Random) -> tuple[list[Event], date]:
    at = date(2025, 1, 2) + timedelta(days=rng.randrange(560))
    events = [Event("accepted", at)]
    for act in rng.choice(_COURSES):
        at += timedelta(days=rng.randint(1, 12))
        events.append(Event(act, at))
    return events, at + timedelta(days=rng.randint(0, 40))


_COURSES: Final[tuple[tuple[Act, ...], ...]] = (
    (),
    ("uncounted",),
    ("uncounted", "counted"),
    ("uncounted", "decided"),
    ("uncounted", "counted", "decided"),
    ("returned", "accepted"),
    ("returned", "accepted", "uncounted", "counted"),
    ("council",),
    ("decided",),
    ("withdrawn",),
    ("uncounted", "returned", "accepted", "decided"),
)


@pytest.mark.parametrize("seed", range(12))
def test_forty_dated_cases_against_the_naive_count(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - cases, not keys
    for _ in range(40):
        events, today = _case(rng)
        clock = statutory_clock(CN, events, today)
        assert (clock.standing, clock.day, clock.accepted) == naive(events, today), (events, today)


@given(start=st.dates(date(2025, 1, 2), date(2026, 9, 30)), more=st.integers(0, 60))
def test_a_day_later_is_never_an_earlier_day(start: date, more: int) -> None:
    events = [Event("accepted", start)]
    one = statutory_clock(CN, events, start + timedelta(days=more))
    following = statutory_clock(CN, events, start + timedelta(days=more + 1))
    assert following.day - one.day in {0, 1}
    assert one.last_day is not None
    assert one.last_day == following.last_day
    assert one.over == (start + timedelta(days=more) > one.last_day and one.day > 45)


def test_the_golden_table_holds_and_is_what_the_naive_count_makes() -> None:
    table = naive_statutory.TABLE.read_text(encoding="utf-8").splitlines()
    assert table == list(naive_statutory.rows())
    assert len(table) > 300
    for row in csv.DictReader(table):
        acts = [act.split(":") for act in row["acts"].split()]
        clock = on(row["on"], *(f"{day} {act}" for day, act in acts), limit=int(row["limit"]))
        got = {
            "standing": clock.standing,
            "accepted": str(clock.accepted or ""),
            "day": str(clock.day),
            "last_day": str(clock.last_day or ""),
            "how": "deemed" if clock.deemed else "stated",
            "over": "over" if clock.over else "within",
            "firm": "provisional" if clock.provisional else "firm",
        }
        assert row == row | got


def test_the_naive_count_agrees_with_what_was_counted_by_hand() -> None:
    for row in csv.reader(naive_statutory.BY_HAND.splitlines()):
        told, today, limit, *expected = row
        acts = [(act[:10], act[11:]) for act in told.split()]
        assert [str(each) for each in naive_statutory.diary(acts, today, int(limit))] == expected


def test_no_entry_is_made_by_a_node_when_a_statutory_limit_passes() -> None:
    by_nodes = {kind for kind, roles in MAY_SIGN.items() if "node" in roles}
    about_procedures = {"application", "clock", "licence", "priority", "batch"}
    assert {kind.partition(".")[0] for kind in by_nodes}.isdisjoint(about_procedures)
