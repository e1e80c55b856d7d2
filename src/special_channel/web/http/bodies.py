"""Reads request bodies with a time-out: only time spent waiting for the client counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from special_channel.core.bytes.errors import Malformed
from special_channel.web.http.services import Limits, services


async def chunks(request: web.Request) -> AsyncIterator[bytes]:
    """Yield a body in chunks.

    A client has `body_seconds`, and a further second for each `body_bytes_per_second` sent. Time
    that the node spends on a chunk is not counted.

    Raises:
        Malformed: `request-slow`.
    """
    limits, clock = services(request).limits, asyncio.get_running_loop().time
    waited, received = 0.0, 0
    while not request.content.is_eof():
        began = clock()
        try:
            async with asyncio.timeout(_allowed(limits, received) - waited):
                chunk = await request.content.readany()
        except TimeoutError:
            raise _slow() from None
        waited += clock() - began
        if chunk:
            received += len(chunk)
            yield chunk
    # Most bodies are here whole by now: a time-out for each would take longer than reading it.
    rest = request.content.read_nowait()
    if rest:
        yield rest


async def receive_form(request: web.Request) -> None:
    """Read a form with its files within the time for its length; `request.post()` returns the form.

    Raises:
        Malformed: `request-slow`.
    """
    limits = services(request).limits
    length = min(request.content_length or limits.request_bytes, limits.request_bytes)
    try:
        async with asyncio.timeout(_allowed(limits, length)):
            await request.post()
    except TimeoutError:
        raise _slow() from None


def _allowed(limits: Limits, length: int) -> float:
    return limits.body_seconds + length / limits.body_bytes_per_second


def _slow() -> Malformed:
    return Malformed("request-slow", "The request did not arrive in time.")
