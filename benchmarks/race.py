"""An answer against the due time at one instant, on real nodes, links and locks (rule 13).

Runs the races of `tests/escalation/test_race.py` many times over. A race is wrong if the two
nodes tell different outcomes, or another than rule 13's table has for the facts in their logs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from benchmarks.figures import Figure, machine

ROOT = Path(__file__).resolve().parents[1]
TIMES, QUICK_TIMES, PER_TIME = 14, 1, 72
"""Races are 72 each time: 40 with the link up, 8 slow, 24 cut; 14 times are 1,008."""


def race(folder: Path, *, quick: bool) -> list[Figure]:
    """Race, and count what came out."""
    times = QUICK_TIMES if quick else TIMES
    file = folder / "races.jsonl"
    told = {"SPECIAL_CHANNEL_RACES_TIMES": str(times), "SPECIAL_CHANNEL_RACES_FILE": str(file)}
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "tests/escalation/test_race.py"]
    ran = subprocess.run(
        command, cwd=ROOT, env=os.environ | told, stdout=subprocess.PIPE, text=True, check=False
    )
    found: dict[str, Counter[str]] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        part = json.loads(line)
        found.setdefault(part["link"], Counter()).update(part["found"])
    right = sum(sum(outcomes.values()) for outcomes in found.values())
    if ran.returncode:
        print(ran.stdout, file=sys.stderr)
        right = min(right, times * PER_TIME - 1)
    outcomes = "; ".join(
        f"link {link}: " + ", ".join(f"{count} {word}" for word, count in sorted(of.items()))
        for link, of in sorted(found.items())
    )
    return [
        Figure(
            "race_wrong",
            times * PER_TIME - right,
            "races",
            f"of {times * PER_TIME} on two nodes with PostgreSQL; {outcomes}; "
            f"{time.monotonic() - began:.0f} s, {machine()}",
            "none",
            float(times * PER_TIME - right),
        )
    ]
