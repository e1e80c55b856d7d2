"""The scan of a workbook before it is read: places of formulas, limits, every way to write XML."""

from __future__ import annotations

import io
import zipfile

import pytest

from special_channel.core.bytes.errors import Malformed
from special_channel.desk import workbook as bounds
from special_channel.desk.workbook import SheetScan, scan_workbook

SHEET = "xl/worksheets/sheet1.xml"


def packed(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def scanned(*sheets: bytes) -> SheetScan:
    """Contents of all sheets together."""
    named = {f"xl/worksheets/sheet{number}.xml": xml for number, xml in enumerate(sheets, 1)}
    scans = scan_workbook(packed(named)).sheets
    assert [*scans] == [*named]
    return SheetScan(
        tuple(cell for scan in scans.values() for cell in scan.formulas),
        tuple(span for scan in scans.values() for span in scan.merged),
    )


def code_of(data: bytes) -> tuple[str, dict[str, object]]:
    with pytest.raises(Malformed) as refused:
        scan_workbook(data)
    return refused.value.code, dict(refused.value.facts)


@pytest.mark.parametrize(
    ("xml", "formulas"),
    [
        (b'<c r="B3"><f>1</f></c>', ((3, 2),)),
        (b'<c r="A1"><v>1</v></c>', ()),
        (b'<c r="AA10"><f/></c>', ((10, 27),)),
        (b'<c r="GR5000"><f>1</f></c>', ((5000, 200),)),
        (b'<x:c r="A1"><x:f>1</x:f></x:c>', ((1, 1),)),
        (b"<c  s='1'  r = 'C4' ><f>1</f></c>", ((4, 3),)),
        (b'<c r="B2"><f>1</f></c><c r="A2"><f>1</f></c>', ((2, 1), (2, 2))),
        (b'<c r="B2"><f>1</f><f>2</f></c>', ((2, 2),)),
        (b'<c r="A1"/><f>1</f>', ()),
        (b'<c r="A1"></c><f>1</f>', ()),
        (b'<!-- <c r="A1"><f>1</f></c> -->', ()),
        (b'<![CDATA[ <c r="A1"><f>1</f></c> ]]>', ()),
        (b'<? <c r="A1"><f>1</f></c> ?>', ()),
        (b'<?xml version="1.0"?><c r="A1"><f>1</f></c>', ((1, 1),)),
        (b'<c r="A1" t=">"><f>1</f></c>', ((1, 1),)),
        (b'<col r="A1"><f>1</f></col>', ()),
        (b'<c r="A1" /><c r="B1"><is><t>x</t></is></c>', ()),
    ],
)
def test_formula_is_found_in_its_cell(xml, formulas):
    assert scanned(b"<sheetData>" + xml + b"</sheetData>").formulas == formulas


def test_formulas_of_all_sheets_are_found():
    first, second = b'<c r="A1"><f>1</f></c>', b'<c r="B2"><f>1</f></c>'
    assert scanned(first, second).formulas == ((1, 1), (2, 2))


@pytest.mark.parametrize(
    ("xml", "merged"),
    [
        (b'<mergeCell ref="A2:A5"/>', ("A2:A5",)),
        (b'<mergeCell ref="A2:A5"/><mergeCell ref="B1:B2"/>', ("A2:A5", "B1:B2")),
        (b'<mergeCells count="1"></mergeCells>', ()),
    ],
)
def test_merged_cells_of_a_sheet_are_named(xml, merged):
    assert scanned(xml).merged == merged


def test_more_merged_cells_than_any_title_has_are_refused():
    xml = b'<mergeCell ref="A2:A5"/>' * (bounds.MAX_MERGED + 1)
    assert code_of(packed({SHEET: xml})) == ("list-merged", {"cell": "A2:A5"})


@pytest.mark.parametrize(
    ("place", "cell"),
    [(b"A5001", "A5001"), (b"GS1", "GS1"), (b"XFD1048576", "XFD1048576")],
)
def test_value_beyond_any_list_is_named_by_its_cell(place, cell):
    xml = b'<c r="' + place + b'"><v>1</v></c>'
    assert code_of(packed({SHEET: xml})) == ("list-far-cells", {"cell": cell})


def test_cell_beyond_any_list_without_a_value_is_skipped():
    assert scanned(b'<c r="A5001" s="1"/><c r="XFD1"></c>').formulas == ()


@pytest.mark.parametrize(
    "xml",
    [b'<c r="A1"', b"<!-- no end", b"<![CDATA[ no end", b"<? no end", b"<c><f>1</f></c>",
     b'<c r="a1"><f>1</f></c>'],
)  # fmt: skip
def test_sheet_that_is_damaged_is_unreadable(xml):
    assert code_of(packed({SHEET: xml})) == ("list-unreadable", {})


def test_stored_parts_are_scanned_like_deflated_ones():
    parts = {SHEET: b'<c r="B3"><f>1</f></c>' + b" " * 200_000, "docProps/app.xml": b"<x/>"}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        assert scan_workbook(packed(parts, method)).sheets[SHEET].formulas == ((3, 2),)


@pytest.mark.parametrize("name", ["xl/vbaProject.bin", "xl/VBAPROJECT.BIN", "vbaproject.bin"])
def test_macros_are_known_by_their_file(name):
    assert code_of(packed({SHEET: b"<x/>", name: b"x"})) == ("list-macros", {})


def test_five_hundred_parts_are_the_most():
    parts = {f"xl/{number}": b"" for number in range(500)}
    assert not scan_workbook(packed(parts)).sheets
    assert code_of(packed(parts | {"xl/more": b""})) == ("list-unfolds", {"limit": 67_108_864})


def test_sheets_and_other_parts_have_room_of_their_own():
    assert (bounds.MAX_UNFOLDED, bounds.MAX_ELSE) == (67_108_864, 25_165_824)
    assert (bounds.MAX_PARTS, bounds.MAX_ROW, bounds.MAX_COLUMN) == (500, 5000, 200)
    whole = b" " * bounds.MAX_ELSE
    assert not scan_workbook(packed({"xl/a": whole[:-5], "xl/b": b" " * 5})).sheets
    assert code_of(packed({"xl/a": whole[:-5], "xl/b": b" " * 6}))[0] == "list-unfolds"
    sheets = {SHEET: b" " * (bounds.MAX_UNFOLDED - 5), "xl/worksheets/sheet2.xml": b" " * 5}
    assert scan_workbook(packed(sheets)).sheets
    assert code_of(packed(sheets | {"xl/a": b" "}))[0] == "list-unfolds"


def test_tags_of_cells_are_counted(monkeypatch):
    monkeypatch.setattr(bounds, "MAX_TAGS", 3)
    assert scanned(b'<c r="A1"><v>1</v></c>').formulas == ()
    assert code_of(packed({SHEET: b'<c r="A1"><v>1</v></c><c/>'}))[0] == "list-unfolds"


def test_signs_of_all_sheets_are_counted_together(monkeypatch):
    monkeypatch.setattr(bounds, "MAX_SIGNS", 4)
    more = "xl/worksheets/sheet2.xml"
    assert len(scan_workbook(packed({SHEET: b"<a><b>", more: b"<c ><d>"})).sheets) == 2
    assert code_of(packed({SHEET: b"<a><b>", more: b"<d><<d>"}))[0] == "list-unfolds"


def test_parts_that_overlap_are_refused():
    data = bytearray(packed({SHEET: b"x" * 1000, "xl/b": b"y" * 1000}, zipfile.ZIP_STORED))
    directory = data.rindex(b"xl/b") - 46
    data[directory + 20 : directory + 24] = (100_000).to_bytes(4, "little")
    assert code_of(bytes(data)) == ("list-unreadable", {})


def test_part_whose_header_lies_outside_the_file_is_refused():
    data = bytearray(packed({SHEET: b"<x/>"}))
    directory = data.rindex(SHEET.encode()) - 46
    data[directory + 42 : directory + 46] = (len(data) - 4).to_bytes(4, "little")
    assert code_of(bytes(data))[0] == "list-unreadable"


def test_part_in_a_way_of_packing_that_no_workbook_has_is_refused():
    """Also a part that is no sheet."""
    parts = {SHEET: b"<sheetData/>", "xl/media/image1.png": b"y" * 1000}
    assert code_of(packed(parts, zipfile.ZIP_BZIP2))[0] == "list-unreadable"


def test_part_that_does_not_unfold_is_refused():
    data = bytearray(packed({SHEET: b"<sheetData/>", "xl/media/image1.png": bytes(range(256)) * 9}))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = archive.getinfo("xl/media/image1.png")
    start = part.header_offset + 30 + len(part.filename)
    data[start] = 0xFF  # a block of a kind that DEFLATE has not
    assert code_of(bytes(data))[0] == "list-unreadable"


def test_name_and_extra_fields_before_a_part_are_skipped():
    out = io.BytesIO()
    info = zipfile.ZipInfo(SHEET)
    info.extra = b"\xfe\xca\x04\x00abcd"
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, b'<c r="B3"><f>1</f></c>')
    assert scan_workbook(out.getvalue()).sheets[SHEET].formulas == ((3, 2),)
