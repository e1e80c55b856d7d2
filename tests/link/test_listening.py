"""A server of tests closes every connection that it accepted."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
from aiohttp import web

from tests.link.nodes import listening


@pytest.mark.parametrize("turns", range(5))
async def test_connection_accepted_at_the_last_moment_is_closed(turns):
    # asyncio needs some turns of its loop for a new connection; the server closes in the midst.
    async with listening(web.Application()) as url:
        caller = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
        for _ in range(turns):
            await asyncio.sleep(0)
    with caller:
        caller.settimeout(5)
        # Reset: it still waited to be accepted when nobody listened any more.
        with contextlib.suppress(ConnectionResetError):
            assert caller.recv(1) == b""
