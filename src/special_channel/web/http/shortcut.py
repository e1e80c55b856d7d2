"""The shortcut of `POST /api/entries` from aiohttp's server to the handler (ADR 22).

Does not parse HTTP: aiohttp's server and parser do. Makes no checks of its own: limits, session,
body and errors are the same functions as behind the router. Requests with an unusual first line
or with `Expect` go to the router.
"""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from special_channel.web.entries.api import post_entries
from special_channel.web.http.connections import CONNECTIONS
from special_channel.web.http.gate import GATE
from special_channel.web.http.operation import Handler
from special_channel.web.http.security import REACHED, Way, add_headers, answer
from special_channel.web.http.services import OWN, SERVICES

PATH: Final = "/api/entries"


def shortcut(app: web.Application, ordinary: Handler) -> Handler:
    """Return a handler of `POST /api/entries` that passes other requests to `ordinary`."""
    connections = app[CONNECTIONS]
    way = Way(app[SERVICES], app[GATE], PATH, closed=True)
    reached = next(own for route, own in app[REACHED].items() if route.handler is post_entries)

    async def entries(request: web.Request) -> web.StreamResponse:
        request[OWN] = reached
        response = await answer(request, post_entries, way)
        await add_headers(request, response)
        return response

    async def handle(request: web.Request) -> web.StreamResponse:
        if (
            request.raw_path == PATH
            and request.method == hdrs.METH_POST
            and hdrs.EXPECT not in request.headers
        ):
            return await connections.handled(request, entries)
        return await ordinary(request)

    return handle
