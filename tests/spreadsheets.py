"""Sample lists, good and hostile, and a separate process that reads one file.

A separate process has its own peak of memory. Checks no results:
`tests/desk/test_hostile_files.py` does, and `benchmarks/dry_run.py` measures.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import xlsxwriter

from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries.batches import OPTED
from special_channel.desk.lists import weekly_list

COLUMNS: Final = (
    "list_id", "row", "application_no", "urgency", "priority_rank", "first_listed",
    "times_listed", "eu_asserted_status", "eu_as_of", "question_code", "eu_company", "eori",
    "hs_cn", "qty", "rank_reason",
)  # fmt: skip

_MIB: Final = 1024 * 1024


def rows(count: int) -> list[list[str]]:
    """Return lines of a fictional list."""
    return [
        [
            "L2026-47", str(row), f"FIKTIV-26-{row:07d}", "urgent", str(row), "2026-11-06", "1",
            "review", "2026-11-18", "Q_STATUS", f"Fictional Motoren {row} GmbH", "DE000000000",
            "8505111000", "960.000", "Stock for nine days",
        ]
        for row in range(1, count + 1)
    ]  # fmt: skip


def text(lines: list[list[str]], encoding: str = "utf-8-sig") -> bytes:
    """Write a CSV file."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([list(COLUMNS), *lines])
    return out.getvalue().encode(encoding)


Fill = Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None]


def workbook(lines: list[list[str]], fill: Fill = lambda *_: None) -> bytes:
    """Write a workbook of text cells, extended by `fill`."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_numbers": False})
    sheet = book.add_worksheet()
    for number, line in enumerate([list(COLUMNS), *lines]):
        sheet.write_row(number, 0, line)
    fill(book, sheet)
    book.close()
    return out.getvalue()


def text_cells(columns: Sequence[str], lines: Sequence[Mapping[str, str]]) -> bytes:
    """Write a workbook in which every cell is text."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet, text_ = book.add_worksheet(), book.add_format({"num_format": "@"})
    for column, name in enumerate(columns):
        sheet.write_string(0, column, name)
        for number, line in enumerate(lines, 1):
            if line[name]:
                sheet.write_string(number, column, line[name], text_)
    book.close()
    return out.getvalue()


def repacked(data: bytes, changed: Mapping[str, Callable[[bytes], bytes]]) -> bytes:
    """Change parts of a workbook, or add them."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in dict.fromkeys((*old.namelist(), *changed)):
            held = old.read(name) if name in old.namelist() else b""
            new.writestr(name, changed[name](held) if name in changed else held)
    return out.getvalue()


SHEET: Final = "xl/worksheets/sheet1.xml"
STRINGS: Final = "xl/sharedStrings.xml"


def _in_sheet(more: bytes) -> bytes:
    good = workbook(rows(20))
    return repacked(good, {SHEET: lambda xml: xml.replace(b"</sheetData>", more + b"</sheetData>")})


def _blank_rows() -> bytes:
    cells = (b'<row r="%d" s="1"><c r="A%d" s="1"/></row>' % (n, n) for n in range(30, 1_000_030))
    return _in_sheet(b"".join(cells))


def _full_rows() -> bytes:
    """Return XML rows that fill every cell that a reader may allocate."""
    letters = [_letters(column) for column in range(1, 201)]
    found = []
    for row in range(30, 4_030):
        cells = b"".join(b'<c r="%s%d"><v>7</v></c>' % (name, row) for name in letters)
        found.append(b'<row r="%d">%s</row>' % (row, cells))
    return _in_sheet(b"".join(found))


def _letters(column: int) -> bytes:
    name = b""
    while column:
        column, rest = divmod(column - 1, 26)
        name = bytes([65 + rest]) + name
    return name


def _laughs(xml: bytes) -> bytes:
    entities = b'<!ENTITY a0 "ha">' + b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
    )
    return xml.replace(b"<sst ", b"<!DOCTYPE sst [" + entities + b"]>\n<sst ", 1).replace(
        b"<t>list_id</t>", b"<t>&a9;</t>"
    )


def hostile() -> dict[str, bytes]:
    """Return damaged and malicious files by name."""
    good = workbook(rows(20))
    one = rows(1)[0]

    def second(book: xlsxwriter.Workbook, _: object) -> None:
        book.add_worksheet().write(0, 0, "notes")

    def merged(_: object, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.merge_range("D5:D8", "urgent")

    def calculated(_: object, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write_formula(1, 4, '=HYPERLINK("http://example.invalid")', value=2)

    return {
        "wrong columns": text(rows(3)).replace(b"application_no", b"Antragsnummer"),
        "two sheets": workbook(rows(20), second),
        "merged cells": workbook(rows(20), merged),
        "macros": repacked(good, {"xl/vbaProject.bin": lambda _: b"fictional macros"}),
        "zip bomb": repacked(good, {"xl/media/image1.png": lambda _: bytes(400 * _MIB)}),
        "bomb of strings": repacked(
            good,
            {
                STRINGS: lambda xml: xml.replace(
                    b"</sst>", b"<si><t>" + b"a" * 55 * _MIB + b"</t></si></sst>"
                )
            },
        ),
        "bomb of entities": repacked(good, {STRINGS: _laughs}),
        "a million blank rows": _blank_rows(),
        "blank lines of text": text(rows(20)) + b"," * 14 + b"\r\n" + b"\r\n" * 3_900_000,
        "empty cells of text": text(rows(20)) + b"," * 8_000_000,
        "every cell filled": _full_rows(),
        "the last cell of all": workbook(
            rows(20), lambda _, sheet: sheet.write(1_048_575, 16_383, "x")
        ),
        "formulas": workbook(rows(20), calculated),
        "formulas in text": text(
            [[*one[:2], "=1+1", *one[3:]], [*one[:10], "@SUM(A1)", *one[11:]]]
        ),
        "marks of direction": text([[*one[:2], "FIKTIV\u202e-1", *one[3:]]]),
        "GB18030 called UTF-8": b"\xef\xbb\xbf"
        + text([[*one[:10], "虚构磁材（宁波）有限公司", *one[11:]]], "gb18030"),
        "half a file": good[: len(good) // 2],
        "no spreadsheet": bytes(range(256)) * 4096,
    }


def read(data: bytes) -> str:
    """Check a list as its dry run does; return the error's code, or empty."""
    try:
        sheet = weekly_list(data, OPTED)
    except Malformed as error:
        return error.code
    return sheet.faults[0].code if sheet.faults else ""


def alone(file: Path) -> tuple[str, float, float]:
    """Read a file in a separate process; return the code, seconds and peak MB."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.spreadsheets", str(file)],
        capture_output=True,
        check=True,
        text=True,
    )
    code, seconds, peak = json.loads(done.stdout)
    return str(code), float(seconds), float(peak)


def main() -> None:
    """Read the file named on the command line; print the result of `alone`."""
    data = Path(sys.argv[1]).read_bytes()
    start = time.perf_counter()
    code = read(data)
    seconds = time.perf_counter() - start
    # Not `getrusage`: that counts what the process was forked from, too.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    sys.stdout.write(json.dumps([code, seconds, peak]))


if __name__ == "__main__":
    main()
