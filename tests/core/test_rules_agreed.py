"""Rules 11 and 12: only an agreed due time can pass; the asker alone can but request one."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.rows.charter import parse as parse_charter
from special_channel.core.rows.past import Past
from special_channel.core.rules.due_history import history
from special_channel.core.rules.earliest import notice_from
from tests.core.judging import code_of
from tests.core.test_rules_moves import adopt, by_rule, recounted
from tests.core.test_rules_time import Asked, moved, proposed
from tests.sides import Entry
from tests.stories import DUE, LATER
from tests.world import AGREED, World


@pytest.fixture
def requested() -> Asked:
    return Asked(rule=None)


def accept(asked: Asked, due: str = DUE, party: Any = "cn", **changed: Any) -> Entry:
    """CN accepts a date, and the entry is delivered to EU."""
    body = {"q": "1", "due": due, "basis": "agreed"} | changed.pop("body", {})
    said = asked.world.about(party, "deadline.moved", asked.note, body=body, **changed)
    asked.world.exchange()
    return said


# What is agreed ------------------------------------------------------------------------


def test_requested_date_cannot_pass(requested):
    requested.due()
    head = requested.world.stamp("cn")
    assert code_of(requested.passed, head=head) == "deadline-not-agreed"
    assert requested.outcomes() == {"open"}
    assert not requested.row().is_agreed


def test_accepted_date_passes_like_a_counted_one(requested):
    accept(requested)
    assert requested.row().is_agreed
    assert (requested.row().due, requested.row().moves) == (DUE, ())
    requested.due()
    requested.passed(head=requested.world.stamp("cn"))
    assert requested.outcomes() == {"unanswered-confirmed"}


def test_date_counted_by_a_rule_is_agreed_from_the_start():
    assert Asked().row().is_agreed
    assert Asked().row().is_counted


def test_date_of_a_proposal_that_the_asker_took_is_agreed(requested):
    moved(requested, LATER, "agreed", proposal=proposed(requested, LATER))
    row = requested.row()
    assert (row.is_agreed, row.is_counted) == (True, False)


def test_proposal_of_the_very_date_accepts_it(requested):
    """Whichever entry came first: logs don't tell."""
    proposed(requested, LATER)
    assert not requested.row().is_agreed
    proposed(requested, DUE)
    assert requested.row().is_agreed


def test_acceptance_of_one_date_says_nothing_of_another(requested):
    accept(requested)
    requested.due(-1)
    requested.world.answer("cn", requested.note)
    requested.due(1)
    requested.world.about("cn", "note.withdrawn", requested.world.cn.own.entries[-1])
    requested.world.exchange()
    moved(requested, LATER, "withdrawn")
    requested.world.exchange()
    assert not requested.row().is_agreed
    accept(requested, LATER)
    assert requested.row().is_agreed


def test_acceptance_at_or_after_the_date_agrees_to_nothing(requested):
    """A date chosen by the other side alone can't pass by agreement."""
    requested.due()
    accept(requested)
    assert not requested.row().is_agreed
    requested.due(1)
    assert code_of(requested.passed) == "deadline-not-agreed"


def test_acceptance_that_the_past_lacks_does_not_let_a_date_pass(requested):
    """CN accepted, but outside the past of EU's entry."""
    world = requested.world
    body = {"q": "1", "due": DUE, "basis": "agreed"}
    world.about("cn", "deadline.moved", requested.note, body=body)
    delivered = requested.proof()
    requested.due()
    assert code_of(requested.passed) == "deadline-not-agreed"
    world.exchange()
    requested.passed(delivered=delivered)
    assert requested.outcomes() == {"unanswered-unconfirmed"}


def test_answer_to_a_requested_date_is_neither_in_time_nor_late(requested):
    requested.due(5)
    requested.world.answer("cn", requested.note)
    assert requested.outcomes() == {"answered"}


def test_recount_by_another_charter_is_agreed():
    asked = by_rule()
    assert asked.row().is_agreed
    longer = [{"rule": "three-working-days", "working_days": 10, "count": "answering"}]
    recounted(asked, "2026-12-08T09:30:00Z", "rebase", adopt(asked, reply_rules=longer))
    row = asked.row()
    assert (row.is_agreed, row.is_counted) == (True, True)
    move = row.moves[0].index
    assert not row.agreed_in(Past("eu", move, 99), "2026-12-08T09:30:00Z")
    assert row.counted_in_force(Past("eu", move, 99))


# Who accepts, and how ------------------------------------------------------------------


def test_acceptance_is_told_in_the_history_of_the_date(requested):
    said = accept(requested)
    assert [(fact.what, fact.due, fact.id) for fact in history(requested.row())] == [
        ("asked", DUE, requested.note.id),
        ("accepted", DUE, said.id),
    ]
    assert history(requested.row())[0].in_force


def test_both_sides_hold_the_same_row_of_an_accepted_date(requested):
    accept(requested)
    world = requested.world
    assert requested.row(world.eu) == requested.row(world.cn)


def test_asker_cannot_accept_its_own_date(requested):
    assert code_of(accept, requested, party="eu") == "deadline-proposal"


def test_acceptance_names_the_date_in_force(requested):
    assert code_of(accept, requested, LATER) == "deadline-due"


def test_acceptance_states_nothing_else(requested):
    proposal = proposed(requested, DUE)
    for more in ({"proposal": proposal}, {"provisional": True}, {"charter": "c" * 64}):
        assert code_of(accept, requested, body=more) == "entry-malformed"


def test_answering_side_moves_nothing(requested):
    for basis in ("calendar", "rebase", "suspended", "delivered-late", "withdrawn"):
        assert code_of(accept, requested, body={"basis": basis}) == "owner"


def test_node_accepts_for_nobody(requested):
    assert code_of(accept, requested, by="node") == "role"


def test_what_is_answered_or_ended_is_not_accepted(requested):
    requested.world.answer("cn", requested.note)
    assert code_of(accept, requested) == "deadline-answered"
    ended = Asked(rule=None)
    ended.world.about("eu", "note.withdrawn", ended.note)
    ended.world.exchange()
    assert code_of(accept, ended) == "deadline-ended"


def test_acceptance_of_an_agreed_date_changes_nothing_but_its_history():
    asked = Asked()
    accept(asked)
    assert asked.row().is_agreed
    assert len(asked.row().acceptances) == 1


# Delivery ------------------------------------------------------------------------------


def test_requested_date_is_not_moved_for_its_delivery():
    asked = Asked(rule=None, deliver=False)
    asked.due()
    asked.world.exchange()
    assert code_of(moved, asked, LATER) == "deadline-not-agreed"


def test_accepted_date_is_not_moved_for_its_delivery():
    """The side that accepted had the question."""
    asked = Asked(deliver=False)
    asked.due(-29)
    asked.world.exchange()
    moved(asked, LATER, "agreed", proposal=proposed(asked, LATER))
    assert code_of(moved, asked, "2026-11-24T11:00:00Z") == "deadline-not-agreed"


# The charter ---------------------------------------------------------------------------


def charter_with(**changed: Any) -> Any:
    return parse_charter(canonical.dumps(World.founded().charter(**changed)))


def rule(**fields: Any) -> list[dict[str, Any]]:
    return [{"rule": AGREED, "count": "answering"} | fields]


@pytest.mark.parametrize(
    "changed",
    [
        {"reply_rules": rule(seconds=90), "demonstration": False},
        {"reply_rules": rule(seconds=90, working_days=1)},
        {"reply_rules": rule()},
        {"reply_rules": rule(seconds=86_401)},
        {"reply_rules": rule(seconds=30)},
        {
            "limits": {
                "file_bytes": 1,
                "minimum_notice_seconds": 1,
                "minimum_notice_working_days": 2,
            }
        },
    ],
)
def test_charter_with_a_rule_that_counts_nothing_is_refused(changed):
    assert code_of(charter_with, **changed) == "charter-malformed"


def test_only_a_demonstration_counts_seconds():
    charter = charter_with(reply_rules=rule(seconds=90))
    assert charter.demonstration
    assert charter.reply_rule(AGREED).seconds == 90


def test_notice_of_a_working_day_spares_what_is_counted_in_seconds():
    limits = {
        "file_bytes": 1,
        "minimum_notice_seconds": 30,
        "minimum_notice_working_days": 1,
    }
    charter = charter_with(limits=limits)
    at = instant("2026-11-24T08:00:00Z")
    seconds = notice_from(charter, charter.reply_rule(AGREED), "cn", at)
    assert timestamp(seconds) == "2026-11-24T08:00:30Z"
    days = notice_from(charter, charter.reply_rule("three-working-days"), "cn", at)
    assert timestamp(days) == "2026-11-25T09:30:00Z"
