"""Lists over the API as files: `?format=csv` or `?format=xlsx` returns the file of the page.

The rows are all that match, in the reader's language or `lang`; a place in the list (`first`,
`limit`) is ignored. Writes no file: the handler of the page does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import Malformed
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import OPERATION, Handler, Operation
from special_channel.web.shared.file_formats import MEDIA, ONLY_JSON, PAGE_OF

_FORMAT: Final = "format"


def with_files(api: Iterable[Route], pages: Iterable[Route]) -> tuple[Route, ...]:
    """Return a folder's routes of the API; those of lists return files as well."""
    handlers = {path: handler for method, path, handler in pages if method == "GET"}
    return tuple(
        (method, path, _list_handler(path, handler, handlers))
        if method == "GET" and path in PAGE_OF
        else (method, path, handler)
        for method, path, handler in api
    )


def _list_handler(path: str, listed: Handler, pages: dict[str, Handler]) -> Handler:
    files = {ending: pages[f"{PAGE_OF[path]}.{ending}"] for ending in MEDIA}

    async def handler(request: web.Request) -> web.StreamResponse:
        if _FORMAT not in request.query:
            return await listed(request)
        chosen = request.query[_FORMAT]
        if chosen not in files:
            raise Malformed("request-malformed", "Not a format of lists.", field=_FORMAT)
        for field in sorted(ONLY_JSON.get(path, frozenset()) & request.query.keys()):
            raise Malformed("request-malformed", "The file has no such filter.", field=field)
        return await files[chosen](request)

    handler.__name__ = listed.__name__
    handler.__doc__ = listed.__doc__
    spec: Operation = getattr(listed, OPERATION)
    setattr(handler, OPERATION, replace(spec, files=True))
    return handler
