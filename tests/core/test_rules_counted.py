"""Rule 11: a due time by a reply rule is counted by the judge, not taken from the rule's name."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.times import posix
from special_channel.core.rows.charter import parse
from special_channel.core.rows.charter_calendars import stated
from tests.core.calendar_files import both_sides, with_2027
from tests.core.test_rules_moves import CALENDAR, RULE, adopt, by_rule, recounted
from tests.core.test_rules_time import Asked, code_of, moved, proposed
from tests.stories import COUNTED, DUE
from tests.world import AGREED, World

EU = stated(both_sides()["eu"])
BOTH = [CALENDAR, EU]
SECOND_BEFORE = "2026-11-27T09:29:59Z"


def ask(world: World, due: str, rule: str = RULE, **changed: Any) -> Any:
    """A note of EU with a question of the given `at` and `provisional`."""
    at = changed.pop("at", world.clock.now)
    charter = changed.pop("charter", {})
    digest = sha256(canonical.dumps(world.charter(**charter))).hexdigest()
    question = world.ask("eu", due, rule=rule, charter=digest, **changed)
    thread = world.open_thread("eu").leaf.thread
    return world.note("eu", thread, asks=[question], at=at)


def test_date_before_what_the_rule_gives_is_refused():
    world = World.founded()
    for early in (DUE, "2026-11-26T09:30:00Z", SECOND_BEFORE):
        assert code_of(ask, world, early) == "ask-early"
    ask(world, COUNTED)
    ask(world, "2026-11-30T09:30:00Z")


def test_date_is_counted_from_the_notes_own_time():
    world = World.founded()
    tuesday, wednesday = "2026-11-24T15:59:59Z", "2026-11-24T16:00:00Z"  # midnight in Beijing
    ask(world, COUNTED, at=tuesday)
    assert code_of(ask, world, COUNTED, at=wednesday) == "ask-early"


def test_seconds_of_a_rule_are_counted_from_the_notes_time():
    world = World.founded()
    assert code_of(ask, world, "2026-11-24T08:00:59Z", AGREED) == "ask-early"
    ask(world, "2026-11-24T08:01:00Z", AGREED)


def test_closures_and_make_up_days_count_as_the_charter_says():
    world = World.founded()
    wednesday = "2026-09-30T08:00:00Z"
    # 1 to 7 October are closed; Saturday 10 October is worked.
    assert code_of(ask, world, "2026-10-09T09:30:00Z", at=wednesday) == "ask-early"
    ask(world, "2026-10-10T09:30:00Z", at=wednesday)


def test_joint_rule_counts_days_that_both_sides_work():
    joint = [{"rule": RULE, "working_days": 3, "count": "both"}]
    charter: dict[str, Any] = {"reply_rules": joint, "calendars": BOTH}
    world = World.founded(**charter)
    at = "2026-12-22T08:00:00Z"  # Brussels is closed from 24 December to 1 January
    alone = "2026-12-25T09:30:00Z"
    assert code_of(ask, world, alone, at=at, charter=charter) == "ask-early"


def test_rule_without_a_stated_calendar_counts_nothing():
    bare = {name: CALENDAR[name] for name in ("party", "digest", "last")}
    for calendars in ([bare], [EU], []):
        charter: dict[str, Any] = {"calendars": calendars}
        world = World.founded(**charter)
        assert code_of(ask, world, COUNTED, charter=charter) == "ask-uncounted"
        ask(world, DUE, AGREED, charter=charter)


def test_far_time_of_a_note_is_refused_by_its_code():
    world = World.founded()
    for at in ("1999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"):
        for rule in (RULE, AGREED):
            late = "9999-12-31T23:59:59Z"
            assert code_of(ask, world, late, rule, at=at) == "date-out-of-range"


# Moves and passing ---------------------------------------------------------------------


def test_late_delivery_moves_to_what_the_rule_gives_from_there():
    asked = Asked(deliver=False)
    asked.due()
    asked.world.exchange()
    assert code_of(moved, asked, "2026-11-24T09:00:59Z") == "deadline-counted"
    moved(asked, "2026-11-24T09:01:00Z")


def test_recount_past_coverage_says_that_it_is_provisional():
    asked = by_rule(provisional=True)
    same = [CALENDAR | {"digest": "d" * 64}]
    longer = [{"rule": RULE, "working_days": 40, "count": "answering"}]
    named = adopt(asked, calendars=same, reply_rules=longer)
    due = "2027-02-01T09:30:00Z"
    assert code_of(recounted, asked, due, "rebase", named) == "deadline-counted"
    recounted(asked, due, "rebase", named, provisional=True)


def pass_at(asked: Asked, due: str) -> Any:
    asked.world.clock.seconds = posix(due)
    return asked.world.pass_due("eu", asked.note, due, head=asked.world.stamp("cn"))


def test_provisional_date_passes_only_once_it_is_firm():
    asked = by_rule(provisional=True)
    due = asked.row().due
    assert code_of(pass_at, asked, due) == "deadline-provisional"
    recounted(asked, due, "calendar", adopt(asked))
    pass_at(asked, due)


def test_provisional_date_passes_that_the_other_side_named():
    asked = by_rule(provisional=True)
    proposed(asked, asked.row().due)
    pass_at(asked, asked.row().due)


def test_untrue_time_of_a_note_gains_no_more_than_the_notice():
    """Written as if days ago: the date is the rule's, and a day is still to be left."""
    limits = {
        "file_bytes": 1,
        "minimum_notice_seconds": 30,
        "minimum_notice_working_days": 1,
    }
    asked = by_rule(limits=limits)  # due an hour after it was delivered
    assert code_of(pass_at, asked, DUE) == "deadline-delivered"
    moved(asked, COUNTED)
    pass_at(asked, COUNTED)


# The charter ---------------------------------------------------------------------------


def changed_release(**changed: Any) -> dict[str, Any]:
    first, last = CALENDAR["releases"]
    return CALENDAR | {"releases": [first, last | changed]}


@pytest.mark.parametrize(
    "calendar",
    [
        CALENDAR | {"last": "2026-12-30"},
        changed_release(zone="Mars/Olympus"),
        changed_release(workdays="mon tue  wed"),
        changed_release(workdays=""),
        changed_release(closes=0),
        changed_release(closes=1440),
        changed_release(closed="2026-02-30/2026-03-01"),
        changed_release(closed="2026-05-02/2026-05-01"),
        changed_release(closed="2026-05-01/2026-07-02"),
        changed_release(closed="2026-05-01/2026-05-02 2026-05-02/2026-05-03"),
        changed_release(closed="0001-01-01/0001-01-02"),
        changed_release(make_up="2029-01-06"),
        changed_release(first="0001-01-01"),
        changed_release(first="2025-12-31"),
    ],
)
def test_calendar_that_does_not_hold_together_is_refused(calendar):
    document = canonical.dumps(World.founded().charter(calendars=[calendar]))
    assert code_of(parse, document) == "charter-malformed"


def test_two_calendars_of_a_side_are_counted_by_the_first():
    charter: dict[str, Any] = {"calendars": [CALENDAR, with_2027(CALENDAR)]}
    world = World.founded(**charter)
    due, at = "2027-01-05T09:30:00Z", "2026-12-30T08:00:00Z"
    assert code_of(ask, world, due, at=at, charter=charter) == "ask-provisional"
