"""The answer with an export: its name, type, length and what is damaged in it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

import pytest
from structlog.testing import capture_logs

from special_channel.web.http.services import Bundle
from tests.world import World

PIECES = (b"PK", b"first", b"second")


@pytest.mark.parametrize(
    ("damaged", "told"), [((), None), (("EU-4", "CN-7"), "EU-4, CN-7")], ids=["whole", "damaged"]
)
async def test_export_is_a_named_file_that_says_what_is_damaged(pages_of, damaged, told):
    asked: list[tuple[str, str]] = []

    @asynccontextmanager
    async def export(scope: str, key: str) -> AsyncIterator[Bundle]:
        async def chunks() -> AsyncIterator[bytes]:
            for piece in PIECES:
                yield piece

        asked.append((scope, key))
        yield Bundle(
            name="thread-EU-9", length=len(b"".join(PIECES)), damaged=damaged, chunks=chunks()
        )

    world = World.founded()
    site = await pages_of(world, "eu", export=export)
    shown = await site.get("/api/export?scope=EU-9")
    assert (shown.status, shown.html.encode()) == (200, b"".join(PIECES))
    assert asked == [("EU-9", world.eu.keys["desk"].key)]
    sent = {name: shown.headers.get(name) for name in (
        "Content-Type", "Content-Length", "Content-Disposition", "Cache-Control",
        "Special-Channel-Damaged",
    )}  # fmt: skip
    assert sent == {
        "Content-Type": "application/zip",
        "Content-Length": "13",
        "Content-Disposition": 'attachment; filename="thread-EU-9.zip"',
        "Cache-Control": "no-store",
        "Special-Channel-Damaged": told,
    }
    await site.get("/api/export")
    assert asked[-1][0] == "all"


async def test_connection_lost_behind_the_node_is_told_its_reader(pages_of):
    def export(_scope: str, _key: str) -> NoReturn:
        raise ConnectionResetError

    site = await pages_of(World.founded(), "eu", export=export)
    with capture_logs() as logs:
        shown = await site.get("/api/export")
    answer = json.loads(shown.html)
    assert (shown.status, answer["code"]) == (503, "internal")
    assert [each["event"] for each in logs] == ["request.failed"]
