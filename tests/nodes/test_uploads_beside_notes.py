"""Notes don't wait until other people's files are read."""

from __future__ import annotations

import asyncio
import threading

import pytest

from tests.desk.test_reader import COSTLY
from tests.nodes.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHEETS = 8


async def post(desk: Desk) -> int:
    """Post a note over HTTP; return the status."""
    note = await desk.note()
    sent = {
        "entries": [
            {
                "envelope": note.envelope.decode(),
                "parts": [part.decode() for part in note.parts if part is not None],
            }
        ]
    }
    return (await desk.api.call("POST", "/api/entries", sent)).status


async def test_notes_do_not_wait_for_eight_hostile_sheets(desk: Desk) -> None:
    data = COSTLY()
    uploads = [
        asyncio.ensure_future(desk.api.call("POST", "/api/lists/check", data=data))
        for _ in range(SHEETS)
    ]
    async with asyncio.timeout(150):
        while not any(upload.done() for upload in uploads):
            assert await post(desk) == 200  # while two are read, and six wait for their turn
    still = [upload for upload in uploads if not upload.done()]
    assert len(still) >= SHEETS - 2
    assert await post(desk) == 200
    for upload in uploads:
        assert (await upload).code in {"list-unfolds", "list-unreadable", "file-too-costly"}


async def test_receipts_do_not_wait_for_shared_threads(desk: Desk) -> None:
    assert await post(desk) == 200  # a connection that is open needs no thread to look up its host
    free = threading.Event()
    busy = [asyncio.ensure_future(asyncio.to_thread(free.wait)) for _ in range(200)]
    try:
        async with asyncio.timeout(30):
            assert await post(desk) == 200
    finally:
        free.set()
        await asyncio.gather(*busy)
