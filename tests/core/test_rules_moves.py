"""Rule 12: only `deadline.moved` changes a due time, on one of five bases.

Failure mode 32 (a calendar or rule changes: old cases keep the deadline that they were
promised) and 25 (an internal note changes nothing) are tested here as well.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.times import instant, posix
from special_channel.core.entries import parse as parse_entry
from special_channel.core.replay.needs import roots_needed
from special_channel.core.rows.charter import CharterRow, charter_of
from special_channel.core.rows.charter import parse as parse_charter
from special_channel.core.rows.charter_calendars import stated
from special_channel.core.rows.past import Past
from special_channel.core.rows.questions import suspensions
from special_channel.core.rules.alerting import warnings
from special_channel.core.rules.due_history import history
from special_channel.core.rules.state import question_key
from special_channel.core.time.due import Suspension
from tests.core.calendar_files import both_sides, with_2027
from tests.core.test_private import PrivateLog
from tests.core.test_rules_time import Asked, code_of, moved, proposed
from tests.stories import DUE, LATER, busy
from tests.world import World

RULE = "three-working-days"
EARLIER = "2026-11-24T08:30:00Z"
SPAN = {"first": "2026-11-24T08:00:00Z", "last": "2026-11-24T09:30:00Z"}
CALENDAR = stated(both_sides()["cn"]) | {"digest": "c" * 64}
NEW_CALENDAR = with_2027(CALENDAR) | {"digest": "d" * 64}


@pytest.fixture
def asked() -> Asked:
    return Asked()


def by_rule(*, provisional: bool = False, **charter: Any) -> Asked:
    """A world with a question counted by a rule of the charter."""
    made = Asked.__new__(Asked)
    made.world = World.founded(**charter)
    made.thread = made.world.open_thread("eu")
    digest = sha256(canonical.dumps(made.world.charter(**charter))).hexdigest()
    due = "2027-01-06T09:30:00Z" if provisional else DUE
    ask = made.world.ask("eu", due, rule=RULE, calendar="c" * 64, charter=digest)
    if provisional:
        ask["provisional"] = True
    # Written days before it was released and sent, so that the rule gives DUE.
    thread = made.thread.leaf.thread
    made.note = made.world.note("eu", thread, asks=[ask], at="2026-11-18T08:00:00Z")
    made.world.exchange()
    return made


def adopt(asked: Asked, number: int = 2, **changed: Any) -> tuple[str, str]:
    """Let both sides adopt another charter; return the digests of charter and CN's calendar."""
    stated: dict[str, Any] = {"number": number, "calendars": [NEW_CALENDAR]} | changed
    for party in ("eu", "cn"):
        asked.world.adopt(party, **stated)
    asked.world.exchange()
    document = asked.world.charter(**stated)
    return sha256(canonical.dumps(document)).hexdigest(), str(stated["calendars"][0]["digest"])


def recounted(asked: Asked, due: str, basis: str, named: tuple[str, str], **more: Any) -> Any:
    return moved(asked, due, basis, charter=named[0], calendar=named[1], **more)


# agreed, suspended ---------------------------------------------------------------------


def test_a_suspension_is_agreed_by_both_sides(asked):
    """The answering side proposes a span and a date; the asker agrees."""
    assert code_of(moved, asked, LATER, "suspended") == "deadline-proposal"
    plain = proposed(asked, LATER)
    assert code_of(moved, asked, LATER, "suspended", proposal=plain) == "deadline-suspended"
    proposal = proposed(asked, LATER, suspended=SPAN)
    other = "2026-11-24T10:00:01Z"
    assert code_of(moved, asked, other, "suspended", proposal=proposal) == "deadline-proposal"
    moved(asked, LATER, "suspended", proposal=proposal)
    assert asked.row().due == LATER
    assert suspensions(asked.row()) == (Suspension(instant(SPAN["first"]), instant(SPAN["last"])),)


def test_agreeing_to_the_date_alone_suspends_nothing(asked):
    moved(asked, LATER, "agreed", proposal=proposed(asked, LATER, suspended=SPAN))
    assert suspensions(asked.row()) == ()


def test_a_rule_may_say_that_its_clock_is_never_suspended():
    never = {"rule": RULE, "working_days": 3, "count": "answering", "suspends": "never"}
    asked = by_rule(reply_rules=[never])
    proposal = proposed(asked, LATER, suspended=SPAN)
    assert code_of(moved, asked, LATER, "suspended", proposal=proposal) == "deadline-suspended"
    moved(asked, LATER, "agreed", proposal=proposal)


def test_a_span_that_runs_backwards_is_no_proposal(asked):
    backwards = {"first": SPAN["last"], "last": SPAN["first"]}
    assert code_of(proposed, asked, LATER, suspended=backwards) == "entry-malformed"


def test_an_earlier_date_is_agreed_where_the_answering_side_proposed_it(asked):
    assert code_of(moved, asked, EARLIER, "agreed") == "deadline-proposal"
    moved(asked, EARLIER, "agreed", proposal=proposed(asked, EARLIER))
    assert asked.row().due == EARLIER


# delivered-late ------------------------------------------------------------------------


def test_a_question_that_arrived_in_time_is_not_moved_for_its_delivery(asked):
    assert code_of(moved, asked, LATER) == "deadline-delivered"
    assert code_of(moved, asked, LATER, delivered="no note") == "deadline-delivered"


def test_one_that_arrived_inside_the_minimum_notice_is():
    asked = Asked(deliver=False)
    asked.due(-29)
    asked.world.exchange()
    moved(asked, LATER)
    assert asked.row().due == LATER


def test_a_proof_that_does_not_cover_the_question_proves_nothing():
    asked = Asked(deliver=False)
    asked.due()
    own = asked.world.eu.own
    before = own.cosigned[max(own.cosigned)]
    asked.world.exchange()
    assert code_of(moved, asked, LATER, delivered=before) == "deadline-delivered"


def test_a_late_delivery_never_makes_it_earlier():
    asked = Asked(deliver=False)
    asked.due(-29)
    asked.world.exchange()
    assert code_of(moved, asked, EARLIER) == "deadline-counted"
    assert code_of(moved, asked, DUE) == "deadline-counted"


# calendar, rebase ----------------------------------------------------------------------


def test_mode_32_a_new_calendar_alone_changes_no_promised_date():
    asked = by_rule()
    before = asked.row()
    adopt(asked)
    assert asked.row() == before


def test_a_calendar_release_moves_what_was_counted_without_it():
    asked = by_rule(provisional=True)
    assert asked.row().is_provisional
    named = adopt(asked)
    recounted(asked, "2027-01-07T09:30:00Z", "calendar", named)
    row = asked.row()
    assert (row.due, row.is_provisional) == ("2027-01-07T09:30:00Z", False)
    assert row.counted_by == named
    asked.world.exchange()
    assert asked.row(asked.world.cn) == row


def test_the_same_date_may_become_firm():
    asked = by_rule(provisional=True)
    due = asked.row().due
    recounted(asked, due, "calendar", adopt(asked))
    assert (asked.row().due, asked.row().is_provisional) == (due, False)


def test_a_release_moves_once_and_never_to_an_earlier_date():
    asked = by_rule(provisional=True)
    named = adopt(asked)
    earlier = "2027-01-05T09:30:00Z"
    assert code_of(recounted, asked, earlier, "calendar", named) == "deadline-earlier"
    recounted(asked, "2027-01-07T09:30:00Z", "calendar", named)
    again = "2027-01-08T09:30:00Z"
    assert code_of(recounted, asked, again, "calendar", named) == "deadline-calendar"


def test_a_calendar_move_names_what_both_adopted():
    asked = by_rule(provisional=True)
    due = "2027-01-07T09:30:00Z"
    first = (asked.row().charter, "c" * 64)
    assert code_of(recounted, asked, due, "calendar", first) == "deadline-calendar"
    asked.world.adopt("eu", number=2, calendars=[NEW_CALENDAR])
    only_ours = asked.world.charter(number=2, calendars=[NEW_CALENDAR])
    ours = (sha256(canonical.dumps(only_ours)).hexdigest(), "d" * 64)
    assert code_of(recounted, asked, due, "calendar", ours) == "deadline-calendar"
    asked.world.adopt("cn", number=2, calendars=[NEW_CALENDAR])
    asked.world.exchange()
    assert code_of(recounted, asked, due, "calendar", (ours[0], "e" * 64)) == "deadline-calendar"
    recounted(asked, due, "calendar", ours)


def test_without_another_calendar_or_with_another_rule_it_is_no_calendar_move():
    due = "2027-01-07T09:30:00Z"
    asked = by_rule(provisional=True)
    same = adopt(asked, calendars=[CALENDAR], columns=["state"])
    assert code_of(recounted, asked, due, "calendar", same) == "deadline-calendar"
    longer = [{"rule": RULE, "working_days": 4, "count": "answering"}]
    both = adopt(asked, 3, reply_rules=longer)
    assert code_of(recounted, asked, due, "calendar", both) == "deadline-calendar"
    recounted(asked, due, "rebase", both)


def test_a_question_without_a_rule_is_not_counted_again():
    asked = Asked(rule=None)
    named = adopt(asked)
    for basis in ("calendar", "rebase"):
        assert code_of(recounted, asked, LATER, basis, named) == f"deadline-{basis}"


def test_mode_32_another_rule_in_a_new_charter_binds_old_questions_only_by_a_rebase():
    asked = by_rule()
    before = asked.row()
    longer = [{"rule": RULE, "working_days": 10, "count": "answering"}]
    named = adopt(asked, reply_rules=longer)
    assert asked.row() == before
    early = "2026-12-07T09:30:00Z"  # nine working days
    assert code_of(recounted, asked, early, "rebase", named) == "deadline-counted"
    recounted(asked, "2026-12-08T09:30:00Z", "rebase", named)
    assert asked.row().counted_by == named
    again = "2026-12-09T09:30:00Z"
    assert code_of(recounted, asked, again, "rebase", named) == "deadline-rebase"


def test_a_rule_that_the_new_charter_lacks_has_nothing_to_rebase_to():
    asked = by_rule()
    named = adopt(asked, reply_rules=[])
    assert code_of(recounted, asked, LATER, "rebase", named) == "deadline-rebase"


def test_a_charter_without_that_sides_calendar_counts_nothing():
    asked = by_rule()
    named = adopt(asked, calendars=[NEW_CALENDAR | {"party": "eu"}])
    assert code_of(recounted, asked, LATER, "rebase", named) == "deadline-rebase"


# what is over, what changes nothing ----------------------------------------------------


def test_mode_32_what_is_answered_or_ended_is_not_moved(asked):
    """An answer in time stays in time after any later agreement."""
    proposal = proposed(asked, EARLIER)
    asked.due(-1)
    asked.world.answer("cn", asked.note)
    asked.world.exchange()
    assert code_of(moved, asked, EARLIER, "agreed", proposal=proposal) == "deadline-answered"
    assert asked.outcomes() == {"in-time"}
    ended = Asked()
    proposal = proposed(ended, LATER)
    ended.world.about("eu", "note.withdrawn", ended.note)
    assert code_of(moved, ended, LATER, "agreed", proposal=proposal) == "deadline-ended"


def test_mode_25_an_internal_note_neither_stops_nor_starts_a_clock(asked):
    """Nor does any other note without answers."""
    world, before = asked.world, asked.row()
    for party in ("eu", "cn"):
        world.note(party, asked.thread.leaf.thread, ("For the file.",))
    world.exchange()
    assert asked.row() == before
    assert asked.outcomes() == {"open"}
    log = PrivateLog(busy())
    rows = dict(log.world.eu.replay.rows)
    written = {"lang": "en", "parts": [{"k": "text", "c": "a" * 64}]}
    log.append(log.payload("note.internal", thread=log.story.thread.leaf.thread, **written))
    assert (log.size, log.rows) == (1, {})
    assert log.world.eu.replay.rows == rows


def test_mode_25_an_answer_with_a_question_of_its_own_stops_one_clock_and_starts_the_other(asked):
    world = asked.world
    asks = [world.ask("cn", LATER)]
    ticked = [{"id": asked.note.id, "q": ["1"]}]
    back = world.note("cn", asked.thread.leaf.thread, asks=asks, answers=ticked)
    world.exchange()
    theirs = world.eu.replay.rows[question_key(back.id, "1")]
    assert not asked.row().is_open
    assert (theirs.is_open, theirs.answering, theirs.due) == (True, "eu", LATER)


# history -------------------------------------------------------------------------------


def test_the_history_of_a_date_tells_who_proposed_what_and_what_became_of_it(asked):
    world = asked.world
    refused = proposed(asked, "2026-11-27T09:30:00Z")
    world.clock.forward(60)
    agreed = proposed(asked, LATER, suspended=SPAN)
    world.clock.forward(60)
    move = moved(asked, LATER, "suspended", proposal=agreed)
    told = history(asked.row())
    assert [(fact.what, fact.due, fact.basis) for fact in told] == [
        ("asked", DUE, ""),
        ("proposed", "2026-11-27T09:30:00Z", ""),
        ("proposed", LATER, ""),
        ("moved", LATER, "suspended"),
    ]
    assert [fact.id for fact in told] == [asked.note.id, refused, agreed, move.id]
    assert [fact.agreed for fact in told] == [False, False, True, False]
    assert [fact.in_force for fact in told] == [False, False, False, True]
    assert [fact.position.party for fact in told] == ["eu", "cn", "cn", "eu"]
    assert told[2].suspended == (SPAN["first"], SPAN["last"])
    assert history(asked.row(world.eu))[0].accepted == asked.row().accepted


def test_what_was_never_moved_has_the_history_of_its_asking(asked):
    (only,) = history(asked.row())
    assert (only.what, only.in_force, only.position) == ("asked", True, asked.row().position)


# the charter ---------------------------------------------------------------------------


def test_no_counted_date_past_coverage_is_firm():
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread
    ask = world.ask("eu", "2027-01-05T09:30:00Z", rule=RULE)
    assert code_of(world.note, "eu", thread, asks=[ask]) == "ask-provisional"
    world.note("eu", thread, asks=[ask | {"provisional": True}])
    world.note("eu", thread, asks=[world.ask("eu", "2027-01-05T09:30:00Z")])


def test_a_joint_count_is_firm_as_far_as_both_calendars_reach():
    calendars = [NEW_CALENDAR, CALENDAR | {"party": "eu", "digest": "e" * 64}]
    rules = [{"rule": "joint", "working_days": 3, "count": "both"}]
    world = World.founded(calendars=calendars, reply_rules=rules)
    charter = sha256(
        canonical.dumps(world.charter(calendars=calendars, reply_rules=rules))
    ).hexdigest()
    thread = world.open_thread("eu").leaf.thread
    ask = world.ask("eu", "2027-01-05T09:30:00Z", rule="joint", charter=charter)
    assert code_of(world.note, "eu", thread, asks=[ask]) == "ask-provisional"


def charter_with(**changed: Any) -> Any:
    return parse_charter(canonical.dumps(World.founded().charter(**changed)))


def test_an_old_charter_is_read_with_what_it_lacks_left_out():
    bare = {name: CALENDAR[name] for name in ("party", "digest", "last")}
    charter = charter_with(calendars=[bare])
    rule = charter.reply_rule(RULE)
    assert (rule.warnings, rule.urgency, rule.breaks_through, rule.suspends) == (
        (),
        "normal",
        False,
        "agreement",
    )
    assert rule.stops == ("answered", "withdrawn", "closed")
    assert charter.duty_desk("cn") is None
    assert charter.calendar("cn").releases == ()
    assert charter.calendar("eu") is None


@pytest.mark.parametrize(
    "changed",
    [
        {"duty": [{"party": "cn", "desk": "nobody", "closure_days": 3}]},
        {"duty": [{"party": "cn", "desk": "licensing", "closure_days": 2}]},
        {"warnings": [80, 50]},
        {"warnings": [50, 50]},
        {"warnings": [0]},
        {"warnings": [100]},
        {"stops": ["answered"]},
        {"urgency": "huge"},
    ],
)
def test_a_charter_that_does_not_hold_together_is_refused(changed):
    if "duty" not in changed:
        rule = {"rule": RULE, "working_days": 3, "count": "answering"}
        changed = {"reply_rules": [rule | changed]}
    assert code_of(charter_with, **changed) == "charter-malformed"


def test_warnings_are_pinned_with_the_rule_that_an_ask_names():
    """A later charter's warnings don't reach an old question (failure mode 32)."""
    warned = [{"rule": RULE, "working_days": 3, "count": "answering", "warnings": [50]}]
    duty = [{"party": "cn", "desk": "licensing", "closure_days": 5}]
    charter = charter_with(reply_rules=warned, duty=duty)
    assert charter.duty_desk("cn").desk == "licensing"
    row = replace(by_rule().row(), first_due="2026-11-27T09:30:00Z")
    assert len(warnings(row, charter.reply_rule(row.rule), both_sides())) == 1
    assert warnings(row, charter_with().reply_rule(row.rule), both_sides()) == ()
    assert posix(row.due) > posix(row.accepted)


def test_a_move_beyond_the_past_does_not_count():
    asked = by_rule(provisional=True)
    first = asked.row().charter
    move = recounted(asked, asked.row().due, "calendar", adopt(asked))
    index = move.position.index
    row = asked.row()
    assert row.counted_in(Past("eu", index, 99)) == first
    assert row.provisional_in(Past("eu", index, 99))
    assert not row.provisional_in(Past("eu", index + 1, 99))
    assert row.counted_in(Past("eu", index + 1, 99)) == row.counted_by[0] != first


def test_the_tree_of_a_proof_of_late_delivery_is_looked_up_for_the_judge():
    asked = Asked(deliver=False)
    asked.due()
    asked.world.exchange()
    move = moved(asked, LATER)
    size = min(size for size in asked.world.eu.own.cosigned if size > asked.note.position.index)
    entry = parse_entry(move.envelope.payload)
    assert (asked.world.eu.origin, size) in roots_needed(entry)  # type: ignore[arg-type]


def test_a_charter_that_nobody_adopted_is_none():
    asked = Asked()
    rows = tuple(row for row in asked.world.eu.replay.rows.values() if isinstance(row, CharterRow))
    assert charter_of(rows, "f" * 64) is None
    assert charter_of((), "f" * 64) is None
    assert charter_of(rows, asked.row().charter) is not None
