"""Reports on broken bundles equal the reports before the change of the verifier."""

from __future__ import annotations

from special_channel.cli import cores
from special_channel.cli.cores import Checker
from tests.export.breaking import GOLDEN, lines


def test_reports_of_broken_bundles_are_unchanged():
    expected = GOLDEN.read_text(encoding="utf-8").splitlines()
    assert lines().splitlines() == expected


def test_reports_are_the_same_if_a_process_checks(monkeypatch):
    """Some stories alone: each broken bundle is read as often as by the test above."""
    expected = [
        line
        for line in GOLDEN.read_text(encoding="utf-8").splitlines()
        if line.split("  ")[1].startswith(("erased:", "permits:"))
    ]
    assert len(expected) > len(expected[0])
    # However busy the machine is, the process gives the answers.
    monkeypatch.setattr(cores, "PATIENCE_MS", 60_000)
    checker = Checker(start_after=0)
    try:
        assert checker.is_ready(60_000)
        assert lines(checker.begin, {"erased", "permits"}).splitlines() == expected
        assert checker.is_ready()
    finally:
        checker.end()


def test_most_ways_to_break_a_bundle_give_reports_apart():
    digests = [line.split()[0] for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    assert len(set(digests)) > len(digests) * 0.7
