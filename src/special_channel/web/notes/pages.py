"""Pages on which an official corrects, withdraws or translates a note. The browser signs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from special_channel.web.http.openapi import Route
from special_channel.web.notes import queries
from special_channel.web.notes.portions import portion_of
from special_channel.web.notes.views import NOTE_ACTS, NoteAct, NoteActView
from special_channel.web.shared.portions import PortionQuery
from special_channel.web.shared.query import read_query
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show

_FIRST: Final = PortionQuery()


def _page_of(act: NoteAct) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def get_act(request: web.Request) -> web.Response:
        """Show the form of the act."""
        context = await page_context(request, *OFFICIALS)
        which = request.match_info["which"]
        asked = read_query(PortionQuery, request.query.items())
        return await show(context, act_page(await queries.note_act(context, which, act), asked))

    return get_act


def act_page(view: NoteActView, asked: PortionQuery = _FIRST) -> ViewPage:
    """Make the page of an act about a note; `asked`: the portion of its texts."""
    portion = portion_of(view, asked)
    return ViewPage("notes/act.html", "threads", portion.view, {"portion": portion})


PAGES: Final[tuple[Route, ...]] = tuple(
    ("GET", f"/entries/{{which}}/{act}", _page_of(act)) for act in NOTE_ACTS
)
