"""Kills: nodes, databases and Redis by SIGKILL under load; what was receipted must stand once."""

from __future__ import annotations

from pathlib import Path

from benchmarks.figures import Figure
from tests.kills.run import run


def storm(folder: Path, kills: int, seed: int) -> list[Figure]:
    """Kill that many times and count what was lost and what stands twice."""
    found = run(kills, seed, folder)
    conditions = (
        f"{found.kills} kills in {found.seconds:.0f} s, {found.receipted} receipted, seed {seed}"
    )
    return [
        Figure("kills_lost", found.lost, "entries", conditions, "none", float(found.lost)),
        Figure("kills_doubled", found.doubled, "entries", conditions, "none", float(found.doubled)),
    ]
