"""The figures on lists and answers: each is measured, named in its group, and explained."""

from __future__ import annotations

import pytest

from benchmarks import __main__ as bench
from benchmarks import document, dry_run
from special_channel.desk.answers import findings
from tests.spreadsheets import rows, workbook


def test_measured_answer_is_read_by_all_rules_and_refused_by_none():
    answer, record = dry_run.answer_of(30)
    found = findings(answer, {}, record)
    assert {each.grade for each in found} <= {"confirm", "note"}
    assert [row.row for row in answer] == sorted(record.listed)
    assert record.applications.keys() == {row.number for row in answer}


def test_figures_of_lists_are_named_and_explained(tmp_path, monkeypatch):
    """With one plain file in the place of the hostile ones, which take long."""
    monkeypatch.setattr(dry_run, "hostile", lambda: {"plain": workbook(rows(3))})
    figures = {each.name: each for each in dry_run.dry_run(tmp_path)}
    assert set(figures) == set(bench.GROUPS["lists"])
    page = document.PAGE.read_text("utf-8")
    assert [name for name in figures if f"`{name}`" not in page] == []
    assert figures["answer_checks_2000_ms"].against == "300 ms"
    ratio = figures["answer_checks_2000_ms"].value / 300
    assert figures["answer_checks_2000_ms"].ratio == pytest.approx(ratio)
