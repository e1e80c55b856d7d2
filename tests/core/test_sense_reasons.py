"""Reasons of authors for findings: what a reason covers, and when a rule is shown once."""

from __future__ import annotations

import pytest

from special_channel.core.sense.findings import Finding
from special_channel.core.sense.reasons import (
    REASONS,
    GivenReason,
    given_for,
    offered,
    unconfirmed,
    written_once,
)
from special_channel.messages.catalogue import catalogue

DAY = Finding("S-046", "confirm", 3)


def test_every_reason_has_words_of_its_own():
    for lang in ("en", "zh-CN"):
        words = [catalogue(lang).label("sense-reason", each) for each in REASONS]
        assert len({*words}) == len(words)
        assert not {*words} & {*REASONS} - {"other"}


@pytest.mark.parametrize(
    ("rules", "rows", "covered"),
    [
        (("S-046",), (), True),
        (("S-010", "S-046"), (2, 3), True),
        (("S-046",), (2, 4), False),
        (("S-047",), (3,), False),
    ],
)
def test_reason_covers_its_rules_in_its_rows(rules, rows, covered):
    given = GivenReason(rules, rows, "checked_file")
    assert given.covers(DAY) == covered
    assert (unconfirmed([DAY], [given]) == ()) == covered


def test_reason_for_a_sheet_counts_for_the_rows_that_it_names_alone():
    every, some = (GivenReason(("S-046",), rows, "checked_file") for rows in ((), (3,)))
    since = Finding("S-046", "confirm", 4)
    assert unconfirmed([DAY, since], [every], sheet=True) == (DAY, since)
    assert unconfirmed([DAY, since], [some], sheet=True) == (since,)
    assert unconfirmed([DAY, since], [every]) == ()


def test_last_fitting_reason_counts():
    first = GivenReason(("S-046",), (), "law")
    last = GivenReason(("S-046",), (3,), "other", "as told by telephone")
    assert given_for(DAY, [first, last], ()) is last
    assert given_for(DAY, [last, first], ()) is first
    assert given_for(DAY, [], ()) is None


def test_correction_counts_where_something_is_corrected():
    given = GivenReason(("S-046",), (), "correction")
    other = Finding("S-046", "confirm", 4)
    assert unconfirmed([DAY, other], [given], {4}) == (DAY,)
    assert "correction" not in offered(correction=False)
    assert offered(correction=True) == REASONS


def test_findings_of_other_grades_need_no_reason():
    assert unconfirmed([Finding("S-029", "note", 1), Finding("S-027", "refuse", 1)], []) == ()


@pytest.mark.parametrize(
    ("count", "rows", "once"),
    [(5, 5, False), (6, 6, True), (50, 250, False), (51, 250, True), (6, 1000, False)],
)
def test_frequent_rule_is_written_once(count, rows, once):
    assert written_once(count, rows) == once
