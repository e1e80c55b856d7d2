"""The dry run of a weekly list, the rules of plausibility alone, and the worst of hostile files.

Does not judge what is found: `tests/desk/test_hostile_files.py` does.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks.figures import Figure
from special_channel.core.entries import ListRow, ReturnRow
from special_channel.core.entries.batches import OPTED
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.core.rows.batches import ListingRow
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.list_case import ListAround, NumberRecord
from special_channel.desk import columns, intake, payloads
from special_channel.desk.answers import AnswerRecord, findings
from special_channel.desk.known_numbers import KnownNumbers
from special_channel.desk.list_checks import ListRecord, list_findings, readable
from special_channel.desk.lists import weekly_list
from special_channel.desk.sheet import Sheet
from special_channel.desk.similar import PastNumbers
from special_channel.stores.lists import EarlierListings, UrgencyCounts
from tests.core.calendar_files import both_sides
from tests.spreadsheets import alone, hostile, rows, text, workbook


def dry_run(folder: Path) -> list[Figure]:
    """Measure a list of 500 rows, the rules for lists and answers, and the worst hostile file."""
    lines = rows(500)
    numbers = [line[2] for line in lines]
    earlier = {
        each: EarlierListings(2, "2026-10-02", "L2026-46", "EU-120") for each in numbers[:250]
    }
    record = intake.ListHistory(
        UrgencyCounts("L2026-46", {"urgent": 240}, "EU-120"), earlier=earlier
    )
    taken, checking = [], []
    for data in (workbook(lines), text(lines)) * 3:
        start = time.perf_counter()
        sheet = weekly_list(data, OPTED)
        found = intake.compare(sheet, record)
        checking.append(_checks(found.sheet))
        payloads.sheet_part(payloads.PREVIEW_SALT, "list", found.sheet.checked().rows)
        taken.append(time.perf_counter() - start)
    longest = weekly_list(text(rows(2000)), OPTED)
    most = [_checks(longest) for _ in range(3)]
    answer, known = answer_of(2000)
    answering = [_seconds_of(answer, known) for _ in range(3)]
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
            "list_checks_500_ms",
            1000 * max(checking),
            "ms",
            "rules of plausibility for 500 rows on one core, slowest of 6, 10,000 numbers known",
            "200 ms",
            max(checking) / 0.2,
        ),
        Figure(
            "list_checks_2000_ms",
            1000 * max(most),
            "ms",
            "rules of plausibility for 2,000 rows on one core, slowest of 3, 10,000 numbers known",
            "300 ms",
            max(most) / 0.3,
        ),
        Figure(
            "answer_checks_2000_ms",
            1000 * max(answering),
            "ms",
            "rules of plausibility for 2,000 rows of a return sheet on one core, slowest of 3",
            "300 ms",
            max(answering) / 0.3,
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


def _checks(sheet: Sheet) -> float:
    """Check a list with two statements and an earlier row of each number; return the seconds."""
    listed = readable(sheet.rows)
    numbers = {row.number: _known(row) for row in listed}
    known = KnownNumbers([*numbers, *(f"FIKTIV-25-{number:07d}" for number in range(10_000))])
    kept = {row: columns.cells_of(cells) for row, cells in enumerate(sheet.kept, 1)}
    around = ListAround(date(2026, 11, 20), date(2026, 11, 20), lists=20)
    gone = {f"FIKTIV-24-{number:07d}": kept[1] for number in range(100)}
    record = ListRecord(around, numbers, PastNumbers(known, gone), kept=kept)
    start = time.perf_counter()
    list_findings(readable(sheet.rows), record)
    return time.perf_counter() - start


def answer_of(count: int) -> tuple[Sequence[ReturnRow], AnswerRecord]:
    """Return rows of an answer in ordinary states, and a record with two statements of each number.

    No row is refused: a refused one might be read with fewer rules.
    """
    held = (
        {"state": "review", "as_of": "2026-11-20", "accepted_on": "2026-11-02", "clock": "runs"},
        {"state": "supplement", "as_of": "2026-11-20", "missing": ("contract", "translation")},
        {"state": "approved", "as_of": "2026-11-20", "accepted_on": "2026-10-12",
         "decision": "approved", "decided_on": "2026-11-19"},
    )  # fmt: skip
    answer, listed, applications = [], {}, {}
    for place in range(1, count + 1):
        number, fields = f"FIKTIV-26-{place:07d}", held[place % len(held)]
        stated = {"row": place, "number": number, "match": "found", **fields}
        answer.append(ReturnRow.model_validate(stated))
        listed[place] = ListingRow("", place, number, "urgent", place, "2026-11-06", 1, "status")
        said = (
            AssertedStatement(state, day, "return-sheet", index=index, id=f"{index:064x}")
            for index, (state, day) in enumerate(
                (("submitted", "2026-10-09"), ("submitted", "2026-10-10")), place
            )
        )
        applications[number] = ApplicationRow(number, cn=tuple(said))
    days = WorkingDays(both_sides()["cn"])
    names = tuple(f"Fictional Motoren {place} GmbH" for place in range(100))
    return answer, AnswerRecord(listed, applications, days, date(2026, 11, 24), names)


def _seconds_of(answer: Sequence[ReturnRow], record: AnswerRecord) -> float:
    """Check an answer, a free remark in every tenth row; return the seconds."""
    remarks = {row.row: "The applicant was told by telephone." for row in answer[::10]}
    start = time.perf_counter()
    findings(answer, remarks, record)
    return time.perf_counter() - start


def _known(row: ListRow) -> NumberRecord:
    said = [
        AssertedStatement("review", "2026-11-13", "return-sheet", index=index, id=f"{index:064x}")
        for index in (row.row, row.row + 2000)
    ]
    application = ApplicationRow(row.number, eu=(said[0],), cn=(said[1],))
    last = ListingRow("", row.row, row.number, "urgent", row.rank, "2026-11-13", 1, "status")
    return NumberRecord(application, listed=True, last=last)
