"""Encode errors of the link as problem documents (RFC 9457) with our codes.

Does not translate: the reader is a node. `web` has a table of its own for people's pages.
"""

from __future__ import annotations

from typing import Final

import orjson
from aiohttp import web

from special_channel.core.bytes.errors import (
    BadSignature,
    ChannelError,
    Malformed,
    NotAllowed,
    NotFound,
    RuleBroken,
    Unavailable,
)

CONTENT_TYPE: Final = "application/problem+json"

_STATUS: Final[tuple[tuple[type[ChannelError], int], ...]] = (
    (BadSignature, 401),
    (Malformed, 400),
    (NotAllowed, 403),
    (NotFound, 404),
    (RuleBroken, 409),
    (Unavailable, 503),
)


def status_of(error: ChannelError) -> int:
    """Return the HTTP status of an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def response(error: ChannelError) -> web.Response:
    """Return an error as a problem document."""
    status = status_of(error)
    body = {
        "type": "about:blank",
        "status": status,
        "code": error.code,
        "detail": error.detail,
        "facts": error.facts,
    }
    return web.Response(status=status, body=orjson.dumps(body), content_type=CONTENT_TYPE)
