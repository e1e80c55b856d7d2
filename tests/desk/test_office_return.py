"""The return sheet in an office program: filled by its drop-downs, sorted, cut, saved as XLSX."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import pytest

from special_channel.core.sense import vocabularies
from special_channel.desk.payloads import Fields
from special_channel.desk.returns import AnsweredList, changed_only, return_sheet
from special_channel.desk.sheets import columns, return_lines, return_xlsx
from special_channel.messages.catalogue import catalogue

SOFFICE = shutil.which("soffice") or shutil.which("localc")

ROWS: Final = 250
ANSWERED: Final = 184
DELETED: Final = 40
LEFT_OUT: Final = ("eu_as_of", "days_used", "decided_on")

# Chooses the words of rows in turn, as an official does: each from the list that its cell offers.
MACRO: Final = """
Function Offered(doc As Object, cell As Object, n As Integer) As String
  Dim place As String, sheet As Object, range As Object
  place = cell.Validation.getFormula1()
  sheet = doc.Sheets.getByName(doc.Sheets.getElementNames()(doc.Sheets.Count - 1))
  If InStr(place, sheet.Name) = 0 Then Exit Function
  place = Mid(place, InStr(place, sheet.Name) + Len(sheet.Name))
  place = Join(Split(Join(Split(Join(Split(place, "'"), ""), "."), ""), "!"), "")
  range = sheet.getCellRangeByName(Join(Split(place, "$"), ""))
  Offered = range.getCellByPosition(0, n Mod range.Rows.Count).String
End Function

Sub Fill(source As String, target As String)
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  Dim saved(0) As New com.sun.star.beans.PropertyValue
  Dim field(0) As New com.sun.star.table.TableSortField
  Dim sorted(1) As New com.sun.star.beans.PropertyValue
  Dim doc As Object, sheet As Object, cell As Object, row As Integer, rest As Integer
  On Error GoTo Failed
  hidden(0).Name = "Hidden" : hidden(0).Value = True
  doc = StarDesktop.loadComponentFromURL(ConvertToURL(source), "_blank", 0, hidden())
  doc.lockControllers()
  doc.addActionLock()
  sheet = doc.Sheets.getByIndex(0)
  For row = 1 To {answered}
    cell = sheet.getCellByPosition({match}, row)
    cell.String = Offered(doc, cell, 0)
    cell = sheet.getCellByPosition({state}, row)
    cell.String = Offered(doc, cell, row)
    cell = sheet.getCellByPosition({as_of}, row)
    cell.String = "2026年11月27日"
  Next row
  field(0).Field = {number} : field(0).IsAscending = False
  sorted(0).Name = "SortFields" : sorted(0).Value = field()
  sorted(1).Name = "ContainsHeader" : sorted(1).Value = True
  sheet.getCellRangeByPosition(0, 0, {last}, {rows}).sort(sorted())
  rest = {deleted}
  For row = {rows} To 1 Step -1
    If rest > 0 And sheet.getCellByPosition({state}, row).String = "" Then
      sheet.Rows.removeByIndex(row, 1)
      rest = rest - 1
    End If
  Next row
  {remove}
  saved(0).Name = "FilterName" : saved(0).Value = "Calc MS Excel 2007 XML"
  doc.storeToURL(ConvertToURL(target), saved())
  doc.close(True)
  StarDesktop.terminate()
  Exit Sub
Failed:
  ' Without a window, nobody would read a message and close it.
  Open target For Output As #1
  Print #1, "Line " & Erl & ": " & Error$
  Close #1
  StarDesktop.terminate()
End Sub
"""

MODULE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">\n'
    '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1"'
    ' script:language="StarBasic">{text}</script:module>'
)


def office(folder: Path, *arguments: str) -> None:
    subprocess.run(
        [
            str(SOFFICE), f"-env:UserInstallation=file://{folder}/profile", "--headless",
            "--norestore", *arguments,
        ],
        check=True,
        capture_output=True,
        timeout=170,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )  # fmt: skip


def filled(folder: Path, source: bytes) -> bytes:
    """Have the office program fill, sort, cut and save a workbook."""
    (folder / "given.xlsx").write_bytes(source)
    office(folder, "--terminate_after_init")
    names = columns("zh-CN")
    at = {name: names.index(name) for name in names}
    removed = sorted((at[name] for name in LEFT_OUT), reverse=True)
    text = MACRO.format(
        match=at["match"],
        state=at["cn_status"],
        as_of=at["cn_as_of"],
        number=at["application_no"],
        last=len(names) - 1,
        rows=ROWS,
        answered=ANSWERED,
        deleted=DELETED,
        remove="\n  ".join(f"sheet.Columns.removeByIndex({column}, 1)" for column in removed),
    )
    basic = folder / "profile/user/basic/Standard"
    (basic / "Module1.xba").write_text(MODULE.format(text=escape(text)), encoding="utf-8")
    (basic / "script.xlb").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE library:library PUBLIC'
        ' "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">\n'
        '<library:library xmlns:library="http://openoffice.org/2000/library"'
        ' library:name="Standard" library:readonly="false" library:passwordprotected="false">'
        '<library:element library:name="Module1"/></library:library>',
        encoding="utf-8",
    )
    given, saved = folder / "given.xlsx", folder / "saved.xlsx"
    office(folder, f'macro:///Standard.Module1.Fill("{given}","{saved}")')
    data = saved.read_bytes()
    assert data.startswith(b"PK"), data
    return data


@pytest.mark.skipif(SOFFICE is None, reason="no LibreOffice (libreoffice-calc-nogui)")
@pytest.mark.timeout(360)
def test_sheet_filled_in_an_office_program_imports(tmp_path):
    numbers = {row: f"FIKTIV-26-{row:07d}" for row in range(1, ROWS + 1)}
    rows: list[Fields] = [
        {"row": row, "number": number, "eu_state": "submitted", "eu_as_of": "2026-11-18",
         "urgency": "urgent", "question": "status"}
        for row, number in numbers.items()
    ]  # fmt: skip
    lines = return_lines("L2026-47", rows, catalogue("zh-CN"))
    saved = filled(tmp_path, return_xlsx("L2026-47", lines, "zh-CN"))
    answered = AnsweredList("L2026-47", numbers)
    sheet = return_sheet(saved, answered).checked()
    assert sheet.table is not None
    assert len(sheet.table.lines) == ROWS - DELETED == 210
    assert (len(sheet.rows), sheet.left) == (ANSWERED, ROWS - DELETED - ANSWERED)
    assert sheet.table.asked() == ()
    assert not {*LEFT_OUT} & {*sheet.table.header}
    codes = vocabularies.STATE.codes
    states = {int(str(row["row"])): row["state"] for row in sheet.rows}
    assert states == {row: codes[row % len(codes)] for row in range(1, ANSWERED + 1)}
    assert {row["match"] for row in sheet.rows} == {"found"}
    assert {row["as_of"] for row in sheet.rows} == {"2026-11-27"}
    # Sorted downwards: the office program really moved the rows.
    assert [*states] == sorted(range(1, ANSWERED + 1), reverse=True)
    assert len(answered.numbers) - len(sheet.rows) == 66
    said: dict[int, Fields] = {
        int(str(row["row"])): {name: row[name] for name in ("match", "state", "as_of")}
        for row in sheet.rows
    }
    again = AnsweredList("L2026-47", numbers, said)
    assert changed_only(return_sheet(saved, again), again).rows == ()
