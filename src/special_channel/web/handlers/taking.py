"""A table to take along as a response: XLSX or CSV, never kept by a cache.

Does not make tables: readings do. Does not write files: `desk/extracts.py` does, in a thread.
"""

from __future__ import annotations

import asyncio
from typing import Final, Literal

from aiohttp import web

from special_channel.desk import extracts
from special_channel.desk.extracts import Extract
from special_channel.web.reading.extracts import file_name
from special_channel.web.reading.scene import Scene

Ending = Literal["xlsx", "csv"]
ENDINGS: Final[tuple[Ending, ...]] = ("xlsx", "csv")

_WRITERS: Final = {
    "xlsx": (extracts.xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": (extracts.csv_bytes, "text/csv"),
}


async def take_along(seen: Scene, extract: Extract, name: str, ending: Ending) -> web.Response:
    """Answer with a file named after what it is of and the day in the own capital."""
    write, media = _WRITERS[ending]
    named = f"{file_name(seen, name)}.{ending}"
    return web.Response(
        body=await asyncio.to_thread(write, extract),
        content_type=media,
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{named}"',
        },
    )
