"""Reports over broken bundles are the bytes that they were before the verifier was changed."""

from __future__ import annotations

from tests.export.breaking import GOLDEN, lines


def test_reports_of_broken_bundles_are_unchanged():
    expected = GOLDEN.read_text(encoding="utf-8").splitlines()
    assert lines().splitlines() == expected


def test_most_ways_to_break_a_bundle_give_reports_apart():
    digests = [line.split()[0] for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    assert len(set(digests)) > len(digests) * 0.7
