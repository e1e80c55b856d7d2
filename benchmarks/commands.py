"""Processor time of a command that does no work."""

from __future__ import annotations

import resource
import statistics
import subprocess
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, machine

ROOT: Final = Path(__file__).resolve().parents[1]

RUNS: Final = 9
TARGET_SECONDS: Final = 0.5


def help_cpu() -> list[Figure]:
    """Run `special-channel --help` several times; return the median processor time."""
    seconds = statistics.median(_cpu_seconds("--help") for _ in range(RUNS))
    return [
        Figure(
            "help_cpu_s",
            seconds,
            "s",
            f"processor time of `special-channel --help`, median of {RUNS}, {machine()}",
            f"{TARGET_SECONDS} s",
            seconds / TARGET_SECONDS,
        )
    ]


def _cpu_seconds(*arguments: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [ROOT / ".venv/bin/special-channel", *arguments], stdout=subprocess.DEVNULL, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
