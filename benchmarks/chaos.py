"""Faults while due times pass: what was lost, doubled or early, and whether every proof holds."""

from __future__ import annotations

from pathlib import Path

from benchmarks.figures import Figure, machine
from tests.kills.chaos import run

SECONDS = 60


def faults(folder: Path, seed: int, *, quick: bool) -> list[Figure]:
    """Let due times pass under faults, and count."""
    timers, seconds = (1_000, 15) if quick else (10_000, SECONDS)
    found = run(timers, seconds, seed, folder)
    told = ", ".join(f"{count} {name}" for name, count in sorted(found.faults.items()))
    conditions = (
        f"{timers:,} due within {seconds} s, two workers, faults: {told}; the record is "
        f"{found.verdict}; {found.seconds:.0f} s, seed {seed}, {machine()}"
    )
    return [
        Figure("chaos_lost", found.lost, "timers", conditions, "none", float(found.lost)),
        Figure("chaos_doubled", found.doubled, "timers", "the same run", "none", found.doubled),
        Figure("chaos_early", found.early, "timers", "the same run", "none", float(found.early)),
    ]
