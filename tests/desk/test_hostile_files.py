"""Damaged and hostile spreadsheets: a clear report, within bounds; office programs bring back."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from special_channel.core.entries.batches import OPTED
from special_channel.desk import columns
from special_channel.desk.lists import weekly_list
from special_channel.desk.sheets import csv_bytes
from special_channel.desk.tables import read as read_table
from tests.spreadsheets import COLUMNS, alone, hostile, read, rows, text, text_cells

LIMIT_MB = 200

CODES = {
    "wrong columns": "list-columns",
    "two sheets": "list-two-sheets",
    "merged cells": "list-cell-merged",
    "macros": "list-macros",
    "zip bomb": "list-unfolds",
    "bomb of strings": "list-unfolds",
    "bomb of entities": "list-unreadable",
    "a million blank rows": "",
    "blank lines of text": "",
    "empty cells of text": "list-far-cells",
    "every cell filled": "list-too-long",
    "the last cell of all": "list-far-cells",
    "formulas": "list-formula",
    "formulas in text": "list-formula",
    "marks of direction": "list-hidden-mark",
    "GB18030 called UTF-8": "",
    "half a file": "list-unreadable",
    "no spreadsheet": "list-unreadable",
}
"""What is said of each; of those without a code, the list is read as if nothing were there."""

LARGE = (
    "zip bomb",
    "bomb of strings",
    "a million blank rows",
    "blank lines of text",
    "empty cells of text",
    "every cell filled",
)
"""Those that could take much memory."""


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return hostile()


@pytest.mark.parametrize("name", sorted(CODES))
def test_each_is_told_by_its_code_or_read_as_if_nothing_were_there(files, name):
    assert read(files[name]) == CODES[name]


def test_no_hostile_file_is_left_out(files):
    assert files.keys() == CODES.keys()


@pytest.mark.parametrize("name", LARGE)
@pytest.mark.timeout(60)
def test_none_takes_more_memory_than_the_bound(files, name, tmp_path):
    file = tmp_path / "list.bin"
    file.write_bytes(files[name])
    code, _, peak = alone(file)
    assert code == CODES[name]
    assert peak < LIMIT_MB


def test_chinese_behind_a_mark_of_utf_8_is_read_right(files):
    sheet = weekly_list(files["GB18030 called UTF-8"], OPTED)
    assert columns.cells_of(sheet.kept[0])["eu_company"] == "虚构磁材（宁波）有限公司"


# ---------------------------------------------------------------- there and back

LINES = [
    dict(zip(COLUMNS, line, strict=True))
    | {
        "eu_company": ("=1+1", "-5 %", "@home", "虚构磁材（宁波）有限公司", "“Őrség”; š, ł")[n % 5],
        "hs_cn": "0805001000",
        "rank_reason": ("line one\nline two", "'quoted", "", "+49", "12E16")[n % 5],
    }
    for n, line in enumerate(rows(25))
]


def cells_of(data: bytes) -> list[dict[str, str]]:
    [grid] = read_table(data)
    assert not any(row.formulas or row.numeric for row in grid.rows)
    head, *rows = grid.rows
    return [
        {name: cell for name, cell in zip(head.cells, row.cells, strict=False) if cell}
        for row in rows
    ]


def expected() -> list[dict[str, str]]:
    return [{name: cell for name, cell in line.items() if cell} for line in LINES]


@pytest.mark.parametrize("write", [text_cells, csv_bytes])
def test_what_we_write_we_read(write):
    assert cells_of(write(COLUMNS, LINES)) == expected()


FILTERS = {
    "xlsx": "xlsx:Calc MS Excel 2007 XML",
    "csv": "csv:Text - txt - csv (StarCalc):44,34,76",
}
SOFFICE = shutil.which("soffice") or shutil.which("localc")


@pytest.mark.skipif(SOFFICE is None, reason="no LibreOffice (libreoffice-calc-nogui)")
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.timeout(180)
def test_libreoffice_saves_what_we_wrote_and_nothing_changed(kind, tmp_path):
    source, out = tmp_path / "list.xlsx", tmp_path / "out"
    source.write_bytes(text_cells(COLUMNS, LINES))
    subprocess.run(
        [
            str(SOFFICE),
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            FILTERS[kind],
            "--outdir",
            str(out),
            str(source),
        ],
        check=True,
        capture_output=True,
    )
    saved = (out / f"list.{kind}").read_bytes()
    assert weekly_list(saved, OPTED).rows == weekly_list(source.read_bytes(), OPTED).rows
    if kind == "xlsx":
        assert cells_of(saved) == expected()


EXCEL = {
    "Excel, Chinese: CSV": text(rows(3), "gb18030"),
    "Excel: CSV UTF-8": text(rows(3)),
    "Excel, German: CSV": text(rows(3), "utf-8").replace(b",", b";"),
    "Excel: Unicode text": text(rows(3), "utf-8").decode().replace(",", "\t").encode("utf-16"),
    "WPS: CSV": text(rows(3), "gb18030").replace(b"\r\n", b"\n"),
    "with blank columns behind": text(rows(3)).replace(b"\r\n", b",,,\r\n"),
}


@pytest.mark.parametrize("name", sorted(EXCEL))
def test_a_list_as_the_office_programs_write_it(name):
    assert weekly_list(EXCEL[name], OPTED).checked().rows == weekly_list(text(rows(3)), OPTED).rows


def test_a_line_says_where_it_stood_though_blank_ones_came_before():
    [grid] = read_table(text(rows(1)) + b"\r\n,,,\r\n" + b",".join(b"x" for _ in COLUMNS))
    assert [row.number for row in grid.rows] == [1, 2, 5]
