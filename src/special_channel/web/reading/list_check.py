"""Reads an uploaded weekly list for the page of its dry run. Keeps and signs nothing."""

from __future__ import annotations

import asyncio

from special_channel.core.errors import Malformed
from special_channel.desk import payloads
from special_channel.desk.lists import Sheet, weekly_list
from special_channel.web.pages.list_check import FaultLine, ListCheckPage, NearLine
from special_channel.web.reading.scene import Scene


def may_list(scene: Scene) -> bool:
    """Tell whether the reader's side lists applications, and her role writes."""
    return scene.writes and scene.party == "eu"


async def list_check(scene: Scene, file: str, data: bytes) -> ListCheckPage:
    """Check a list as the command line does, in a thread: a workbook takes its time."""
    opted = frozenset(scene.document.columns if scene.document else ())
    try:
        sheet = await asyncio.to_thread(weekly_list, data, opted)
    except Malformed as error:
        return ListCheckPage(file, refused=(error.code, tuple(error.facts.items())))
    return _page(file, sheet)


def _page(file: str, sheet: Sheet) -> ListCheckPage:
    part = b"" if sheet.faults else payloads.sheet_part(payloads.UNDRAWN, "list", sheet.rows)
    return ListCheckPage(
        file=file,
        list=sheet.list,
        rows=len(sheet.rows),
        faults=tuple(
            FaultLine(
                each.row,
                each.column,
                each.code,
                (("row", each.row), ("column", each.column), ("number", each.number)),
            )
            for each in sheet.faults
        ),
        near=tuple(
            NearLine(each.row, each.number, each.other_row, each.other, each.alike)
            for each in sheet.near
        ),
        crosses=tuple(sheet.filled().items()),
        part=part.decode(),
        stays=sheet.columns,
    )
