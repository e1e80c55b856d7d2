"""Findings are written so that a row has one choice of a reason for each rule."""

from __future__ import annotations

import pytest

from special_channel.core.sense.findings import Finding, facts_of
from special_channel.messages.catalogue import catalogue
from special_channel.web.shell.reasons import Sheeted, to_confirm

DAYS = {
    "accepted_on": ("2026-11-21", {"en": "21 Nov 2026", "zh-CN": "2026年11月21日"}),
    "decided_on": ("2026-11-22", {"en": "22 Nov 2026", "zh-CN": "2026年11月22日"}),
}


def weekend(row: int, name: str) -> Finding:
    facts = facts_of(field=("field", name), date=("date", DAYS[name][0]))
    return Finding("S-046", "confirm", row, (name,), facts)


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
@pytest.mark.parametrize("total", [50, 0])
def test_two_findings_of_a_rule_on_a_row_have_one_choice(lang, total):
    row = 7 if total else 1
    found = [weekend(row, "accepted_on"), weekend(row, "decided_on")]
    [item] = to_confirm(catalogue(lang), found, Sheeted(total))
    assert item.rows == ((row,) if total else ())
    first, second = item.text.split("\n")
    assert DAYS["accepted_on"][1][lang] in first
    assert DAYS["decided_on"][1][lang] in second


def test_rows_with_more_findings_than_others_are_apart():
    found = [weekend(2, "accepted_on"), weekend(5, "accepted_on"), weekend(5, "decided_on")]
    items = to_confirm(catalogue("en"), found, Sheeted(50))
    assert [(each.rows, each.text.count("\n")) for each in items] == [((2,), 0), ((5,), 1)]


def test_rule_written_once_names_the_first_five_rows():
    found = [weekend(row, name) for row in range(1, 9) for name in DAYS]
    [item] = to_confirm(catalogue("en"), found, Sheeted(8))
    assert item.rows == (*range(1, 9),)
    once, *lines = item.text.split("\n")
    assert "with the first 5 rows" in once
    assert [line.partition(":")[0] for line in lines] == [
        f"Row {row}" for row in range(1, 6) for _ in DAYS
    ]
