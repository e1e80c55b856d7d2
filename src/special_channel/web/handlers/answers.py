"""The page on which a list is answered, its file to fill in, and a filled file sent back.

Does not sign, and keeps nothing but the reader's own draft.
"""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from special_channel.desk import sheets
from special_channel.web.handlers.lists import MAX_FILE_NAME
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Handler
from special_channel.web.pages.answer import AnswerFilePage
from special_channel.web.reading import answer as answer_reading
from special_channel.web.reading import terms as terms_reading
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.shell.forms import posted, read_form, see_other
from special_channel.web.shell.responses import show

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def get_answer(request: web.Request) -> web.Response:
    """Show a whole list with what was stated last of each row."""
    context = await page_context(request, *OFFICIALS)
    batch = await answer_reading.find(context, request.match_info["number"])
    return await show(context, await answer_reading.answer(context, batch))


async def post_answer_file(request: web.Request) -> web.Response:
    """Read a filled sheet into the reader's draft, or say what is at fault in it."""
    context = await page_context(request, *OFFICIALS)
    batch = await answer_reading.find(context, request.match_info["number"])
    await read_form(request, context.reader)
    sent = (await posted(request)).file("file")
    name = sent.filename[:MAX_FILE_NAME]
    found = await answer_reading.from_file(context, batch, name, sent.file.read())
    if isinstance(found, AnswerFilePage):
        return await show(context, found)
    await answer_reading.keep_draft(context, batch, found)
    return see_other(f"/batches/EU-{batch.index}/answer")


def _file(ending: str, media: str) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        context = await page_context(request, *OFFICIALS)
        batch = await answer_reading.find(context, request.match_info["number"])
        rows, made, _ = await answer_reading.stated(context, batch)
        lines = sheets.return_lines(
            batch.list,
            [{"row": row.row, "number": row.number, **made[row.row].fields} for row in rows],
        )
        write = sheets.xlsx if ending == "xlsx" else sheets.csv_bytes
        body = await asyncio.to_thread(write, sheets.COLUMNS, lines)
        named = f"answer-EU-{batch.index}.{ending}"
        return web.Response(
            body=body,
            content_type=media,
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": f'attachment; filename="{named}"',
            },
        )

    handler.__name__ = f"get_answer_{ending}"
    handler.__doc__ = f"Return the sheet to fill in as {ending.upper()}."
    return handler


async def get_terms(request: web.Request) -> web.Response:
    """Show the lists of official terms."""
    context = await page_context(request)
    return await show(context, terms_reading.terms())


ANSWER_PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/batches/{number}/answer", get_answer),
    ("POST", "/batches/{number}/answer", post_answer_file),
    ("GET", "/batches/{number}/answer.xlsx", _file("xlsx", XLSX)),
    ("GET", "/batches/{number}/answer.csv", _file("csv", "text/csv")),
    ("GET", "/terms", get_terms),
)
