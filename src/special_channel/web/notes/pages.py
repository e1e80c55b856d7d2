"""Pages on which an official corrects, withdraws or translates a note. The browser signs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.notes import queries
from special_channel.web.notes.views import NOTE_ACTS, NoteAct, NoteActView
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show


def _page_of(act: NoteAct) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def get_act(request: web.Request) -> web.Response:
        """Show the form of the act."""
        context = await page_context(request, *OFFICIALS)
        which = request.match_info["which"]
        return await show(context, act_page(await queries.note_act(context, which, act)))

    return get_act


def act_page(view: NoteActView) -> ViewPage:
    """Make the page of an act about a note."""
    return ViewPage("notes/act.html", "threads", view)


PAGES: Final[tuple[Route, ...]] = tuple(
    ("GET", f"/entries/{{which}}/{act}", _page_of(act)) for act in NOTE_ACTS
)
