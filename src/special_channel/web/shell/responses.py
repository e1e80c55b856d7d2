"""A page as a response: never kept by a cache, in the reader's language, compressed.

Does not read anything: handlers hand the page in.
"""

from __future__ import annotations

import asyncio
from typing import Final, Literal

from aiohttp import web

from special_channel.desk import extracts
from special_channel.desk.extracts import Extract
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import Frame, ViewPage, frame
from special_channel.web.shell.render import render


async def show(context: PageContext, page: ViewPage, template: str = "") -> web.Response:
    """Respond with a page in its frame, or with another template's part of it."""
    return html(page, await frame(context), 200, template)


def html(page: ViewPage, around: Frame, status: int, template: str = "") -> web.Response:
    """Respond with a page in a given frame."""
    response = web.Response(
        text=render(page, around, template),
        status=status,
        content_type="text/html",
        headers={
            "Cache-Control": "no-store",
            "Content-Language": around.lang,
            "Vary": "Accept-Encoding, Accept-Language, Cookie",
        },
    )
    # Secrets in a compressed page can be guessed only by a site that can make a browser ask for
    # it with its session (BREACH); cookies that are Strict are not sent for other sites.
    response.enable_compression()
    return response


Ending = Literal["xlsx", "csv"]


ENDINGS: Final[tuple[Ending, ...]] = ("xlsx", "csv")


_WRITERS: Final = {
    "xlsx": (extracts.xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": (extracts.csv_bytes, "text/csv"),
}


async def take_along(
    context: PageContext, extract: Extract, name: str, ending: Ending
) -> web.Response:
    """Respond with a file named by its content and today's date in our capital."""
    write, media = _WRITERS[ending]
    named = f"{file_name(context, name)}.{ending}"
    return web.Response(
        body=await asyncio.to_thread(write, extract),
        content_type=media,
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{named}"',
        },
    )


def file_name(context: PageContext, name: str) -> str:
    """Name a file by its content and today's date in our capital."""
    return f"{name}-{context.today(context.party).isoformat()}"
