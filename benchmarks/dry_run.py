"""The dry run of a weekly list: how long 500 rows take, and the worst of hostile files.

Does not judge what is found: `tests/desk/test_hostile_files.py` does.
"""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.figures import Figure
from special_channel.core.entries.batches import OPTED
from special_channel.desk import intake, payloads
from special_channel.desk.lists import weekly_list
from special_channel.stores.lists import EarlierListings, UrgencyCounts
from tests.spreadsheets import alone, hostile, rows, text, workbook


def dry_run(folder: Path) -> list[Figure]:
    """Measure a list of 500 rows, and the worst of the hostile ones."""
    lines = rows(500)
    numbers = [line[2] for line in lines]
    earlier = {
        each: EarlierListings(2, "2026-10-02", "L2026-46", "EU-120") for each in numbers[:250]
    }
    record = intake.ListHistory(
        UrgencyCounts("L2026-46", {"urgent": 240}, "EU-120"), earlier=earlier
    )
    known = [f"FIKTIV-25-{number:07d}" for number in range(10_000)]
    taken = []
    for data in (workbook(lines), text(lines)) * 3:
        start = time.perf_counter()
        sheet = weekly_list(data, OPTED)
        intake.alike(numbers, known)
        found = intake.compare(sheet, record)
        payloads.sheet_part(payloads.PREVIEW_SALT, "list", found.sheet.checked().rows)
        taken.append(time.perf_counter() - start)
    measured = {}
    for place, (name, data) in enumerate(hostile().items()):
        file = folder / f"{place}.bin"
        file.write_bytes(data)
        measured[name] = alone(file)
    slowest = max(measured, key=lambda name: measured[name][1])
    largest = max(measured, key=lambda name: measured[name][2])
    seconds, peak = measured[slowest][1], measured[largest][2]
    return [
        Figure(
            "list_dry_run_500_ms",
            1000 * max(taken),
            "ms",
            "500 rows, XLSX and CSV, slowest of 6, 250 numbers and 10,000 applications known",
            "1 s",
            max(taken),
        ),
        Figure(
            "list_hostile_worst_s",
            seconds,
            "s",
            f"{len(measured)} hostile files, each in a process of its own; the worst: {slowest}",
            "5 s",
            seconds / 5,
        ),
        Figure(
            "list_hostile_worst_mb",
            peak,
            "MB",
            f"peak of the whole process, interpreter included; the worst: {largest}",
            "200 MB",
            peak / 200,
        ),
    ]
