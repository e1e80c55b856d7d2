"""Forms without JavaScript: marking a thread as read, and editing a draft again."""

from __future__ import annotations

from aiohttp import web

from special_channel.web.reading.thread import gather, remember
from special_channel.web.shell.context import page_context
from special_channel.web.shell.forms import local_path, read_form, see_other
from special_channel.web.shell.threads import find_thread


async def post_read(request: web.Request) -> web.Response:
    """Mark a thread as read up to what is there."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    row = await find_thread(context, request.match_info["number"])
    await remember(context, await gather(context, row))
    return see_other(local_path(fields.get("back", ""), "/inbox"))
